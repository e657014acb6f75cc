"""Rows of `layout.csv` -> bins. A row is a location; a faulty row is reported and skipped, the others are still checked."""

from __future__ import annotations

from warehouse.cells import read_metres
from warehouse.layout import Aisle, Bin, BinKind, RackFace
from warehouse.locations import LocationPattern
from warehouse.site_csv import Row

_OVERLAP_TOLERANCE_M = 0.01
"""Neighbouring openings that share a boundary to the centimetre are no overlap: layouts are measured with a tape."""


def read_bins(rows: dict[int, Row], pattern: LocationPattern, aisles: dict[str, Aisle]) -> tuple[tuple[Bin, ...], list[str]]:
    """Return the bins of the good rows (by their number) and the faults of the others, each `row N, column C: …`."""
    bins: list[Bin] = []
    row_of: dict[str, int] = {}
    faults: list[str] = []
    faces = {(aisle.name, side): aisle.face(side) for aisle in aisles.values() for side in ("left", "right")}
    for row_number, row in rows.items():
        parsed = _bin(row, pattern, aisles, faces)
        if isinstance(parsed, list):
            faults += [f"row {row_number}, {fault}" for fault in parsed]
            continue
        text = parsed.code.text
        if text in row_of:
            faults.append(f"row {row_number}, column location: {text!r} stands in row {row_of[text]} already")
            continue
        row_of[text] = row_number
        bins.append(parsed)
    faults += _overlaps(bins, row_of)
    return tuple(bins), faults


def _bin(row: Row, pattern: LocationPattern, aisles: dict[str, Aisle], faces: dict[tuple[str, str], RackFace]) -> Bin | list[str]:
    faults: list[str] = []
    code = pattern.match(row["location"])
    if code is None:
        faults.append(f"column location: {row['location']!r} does not fit location_pattern {pattern.regex!r}")
    aisle = aisles.get(row["aisle"])
    if aisle is None:
        faults.append(f"column aisle: unknown aisle {row['aisle']!r}; site.toml has {', '.join(aisles) or 'none'}")
    elif code is not None and code.aisle != row["aisle"]:
        faults.append(f"column aisle: {row['aisle']!r}, but location {code.text!r} names aisle {code.aisle!r}")
    if row["side"] not in ("left", "right"):
        faults.append(f"column side: expected left or right (walking from the start of the aisle), got {row['side']!r}")
    kind = _kind(row.get("kind", ""), faults)
    along, base = read_metres(row, "along_m", faults), read_metres(row, "base_m", faults, least=0.0)
    width, height, depth = (read_metres(row, c, faults, above=0.0) for c in ("width_m", "height_m", "depth_m"))
    if aisle is not None and not faults and (along < width / 2 - 0.01 or along > aisle.length_m - width / 2 + 0.01):
        faults.append(f"column along_m: {along:g} m with width_m {width:g} reaches out of the aisle (0 to {aisle.length_m:g} m)")
    if faults or code is None or aisle is None:
        return faults
    face = faces[aisle.name, row["side"]]
    x, y, _ = (origin + along * share for origin, share in zip(face.origin_m, face.along, strict=True))  # as `point_m`, but quick
    return Bin(
        code=code,
        face=face.name,
        centre_m=(x, y, base + height / 2),
        along_m=along,
        width_m=width,
        height_m=height,
        depth_m=depth,
        kind=kind,
    )


def _kind(text: str, faults: list[str]) -> BinKind:
    try:
        return BinKind(text or "normal")
    except ValueError:
        faults.append(f"column kind: expected one of {', '.join(BinKind)}, got {text!r}")
        return BinKind.NORMAL


def _overlaps(bins: list[Bin], row_of: dict[str, int]) -> list[str]:
    """Name each pair of openings on one face that overlap. Rear bins stand behind the front ones: they only meet one another."""
    faults: list[str] = []
    faces: dict[tuple[str, bool], list[Bin]] = {}
    for b in bins:
        faces.setdefault((b.face, b.kind is BinKind.REAR), []).append(b)
    for face_bins in faces.values():
        face_bins.sort(key=lambda b: b.along_m - b.width_m / 2)
        for i, a in enumerate(face_bins):
            for b in face_bins[i + 1 :]:
                if b.along_m - b.width_m / 2 >= a.along_m + a.width_m / 2 - _OVERLAP_TOLERANCE_M:
                    break
                if min(a.base_m + a.height_m, b.base_m + b.height_m) - max(a.base_m, b.base_m) > _OVERLAP_TOLERANCE_M:
                    faults.append(
                        f"row {row_of[b.code.text]}, column along_m: {b.code} stands in the place of {a.code}"
                        f" (row {row_of[a.code.text]}); their openings overlap"
                    )
    return faults
