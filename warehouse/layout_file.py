"""Rows of `layout.csv` -> bins. A row is a location; a faulty row is reported and skipped, the others are still checked."""

from __future__ import annotations

from collections.abc import Sequence

from warehouse.cells import read_metres
from warehouse.layout import Aisle, Bin, BinKind, RackFace, Tunnel
from warehouse.locations import LocationCode, LocationPattern
from warehouse.site_csv import METRE_COLUMNS, Row

_KINDS = {"": BinKind.NORMAL} | {kind.value: kind for kind in BinKind}
_OVERLAP_TOLERANCE_M = 0.01
"""Neighbouring openings that share a boundary to the centimetre are no overlap: layouts are measured with a tape."""


def read_bins(
    rows: dict[int, Row], pattern: LocationPattern | None, aisles: dict[str, Aisle], tunnels: tuple[Tunnel, ...] = ()
) -> tuple[tuple[Bin, ...], list[str]]:
    """Return the bins of the good rows (by their number) and the faults of the others, each `row N, column C: …`.

    Without a pattern the columns `bay`, `level` and, where there is one, `slot` say what the codes do not.
    """
    faces = {(name, side): aisle.face(side) for name, aisle in aisles.items() for side in ("left", "right")}
    metres = _Metres()
    bins: list[Bin] = []
    row_of: dict[str, int] = {}
    faults: list[str] = []
    for row_number, row in rows.items():
        parsed = _bin(row, pattern, faces, aisles, metres)
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
    tunnels_of = {face: [t for t in tunnels if t.face == face] for face in {t.face for t in tunnels}}
    faults += [
        f"row {row_of[b.code.text]}, column base_m: {b.code} stands in the tunnel {t.from_m:g} to {t.to_m:g} m along {t.face}"
        for b in bins
        for t in tunnels_of.get(b.face, ())
        if _is_within(b, t)
    ]
    return tuple(bins), faults


def _is_within(b: Bin, tunnel: Tunnel) -> bool:
    low, high = b.along_m - b.width_m / 2, b.along_m + b.width_m / 2
    is_beside = min(high, tunnel.to_m) - max(low, tunnel.from_m) <= _OVERLAP_TOLERANCE_M
    return not is_beside and tunnel.height_m - b.base_m > _OVERLAP_TOLERANCE_M


def _code(row: Row, pattern: LocationPattern | None, faults: list[str]) -> LocationCode | None:
    if pattern is not None:
        code = pattern.match(row["location"])
        if code is None:
            faults.append(f"column location: {row['location']!r} does not fit location_pattern {pattern.regex!r}")
        return code
    faults += [
        f"column {column}: expected a text, got nothing; site.toml has no location_pattern to take it from"
        for column in ("location", "bay", "level")
        if not row[column]
    ]
    return LocationCode(text=row["location"], aisle=row["aisle"], bay=row["bay"], level=row["level"], slot=row.get("slot", ""))


def _bin(
    row: Row,
    pattern: LocationPattern | None,
    faces: dict[tuple[str, str], RackFace],
    aisles: dict[str, Aisle],
    metres: _Metres,
) -> Bin | list[str]:
    faults: list[str] = []
    code = _code(row, pattern, faults)
    aisle = aisles.get(row["aisle"])
    if aisle is None:
        faults.append(f"column aisle: unknown aisle {row['aisle']!r}; site.toml has {', '.join(aisles) or 'none'}")
    elif code is not None and code.aisle != row["aisle"]:
        faults.append(f"column aisle: {row['aisle']!r}, but location {code.text!r} names aisle {code.aisle!r}")
    if row["side"] not in ("left", "right"):
        faults.append(f"column side: expected left or right (walking from the start of the aisle), got {row['side']!r}")
    kind = _kind(row.get("kind", ""), faults)
    along, base, width, height, depth = metres.read(row, faults)
    if aisle is not None and not faults and (along < width / 2 - 0.01 or along > aisle.length_m - width / 2 + 0.01):
        faults.append(f"column along_m: {along:g} m with width_m {width:g} reaches out of the aisle (0 to {aisle.length_m:g} m)")
    if faults or code is None or aisle is None:
        return faults
    face = faces[aisle.name, row["side"]]
    return Bin(
        code=code,
        face=face.name,
        centre_m=face.on_face_m(along, base + height / 2),
        along_m=along,
        width_m=width,
        height_m=height,
        depth_m=depth,
        kind=kind,
    )


class _Metres:
    """The numbers of rows; a layout repeats the same few of them in each column."""

    def __init__(self) -> None:
        self._known: dict[str, dict[str, float]] = {column: {} for column in METRE_COLUMNS}

    def read(self, row: Row, faults: list[str]) -> list[float]:
        """Return the numbers by `METRE_COLUMNS`, NaN for each that is at fault."""
        values = []
        for column, known in self._known.items():
            value = known.get(row[column])
            if value is None:
                n_faults = len(faults)
                least, above = {"along_m": (None, None), "base_m": (0.0, None)}.get(column, (None, 0.0))
                value = read_metres(row, column, faults, above=above, least=least)
                if len(faults) == n_faults:
                    known[row[column]] = value
            values.append(value)
        return values


def _kind(text: str, faults: list[str]) -> BinKind:
    kind = _KINDS.get(text)
    if kind is None:
        faults.append(f"column kind: expected one of {', '.join(BinKind)}, got {text!r}")
        return BinKind.NORMAL
    return kind


def _overlaps(bins: list[Bin], row_of: dict[str, int]) -> list[str]:
    return [
        f"row {row_of[b.code.text]}, column along_m: {b.code} stands in the place of {a.code}"
        f" (row {row_of[a.code.text]}); their openings overlap"
        for a, b in overlapping(bins)
    ]


def overlapping(bins: Sequence[Bin]) -> list[tuple[Bin, Bin]]:
    """Return each pair of openings on one face that overlap. Rear bins stand behind the front ones: they only meet one another."""
    pairs: list[tuple[Bin, Bin]] = []
    faces: dict[tuple[str, bool], list[_Span]] = {}
    for b in bins:
        low, base = b.along_m - b.width_m / 2, b.base_m
        span = (low, low + b.width_m - _OVERLAP_TOLERANCE_M, base, base + b.height_m, b)
        faces.setdefault((b.face, b.kind is BinKind.REAR), []).append(span)
    for spans in faces.values():
        spans.sort(key=_begin)
        for i, (_, end, base, top, a) in enumerate(spans):
            for j in range(i + 1, len(spans)):
                other = spans[j]
                if other[0] >= end:
                    break
                if min(top, other[3]) - max(base, other[2]) > _OVERLAP_TOLERANCE_M:
                    pairs.append((a, other[4]))
    return pairs


_Span = tuple[float, float, float, float, Bin]
"""Of an opening: where it begins along the face, where it ends less the tolerance, its base and its top."""


def _begin(span: _Span) -> float:
    return span[0]
