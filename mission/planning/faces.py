"""One rack face -> the runs that see its bins, and the bins that no run can see, each with its reason.

The order of the questions: may the bin be looked at, how near must the camera be, how high, how fast, is the air free.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mission.planning.free_air import FreeAir
from mission.planning.lanes import Run, RunView, camera_reach_m, lane_heading_deg
from mission.planning.readability import (
    INDOOR_ERRORS,
    LABEL_SETBACK_M,
    MIN_SPEED_MPS,
    N_LOOKS,
    LabelBand,
    farthest_readable_m,
    label_band,
    motion_px,
    pace,
    px_per_bar,
    reach_m,
    tallest_window,
    widest_window,
)
from mission.records import Direction, Limit, Uncovered
from warehouse.camera import CameraModel
from warehouse.layout import Bin, BinKind, RackFace
from warehouse.site import Site

_MIN_SPACING_M = 0.02
"""Photos nearer together than this cannot be told apart by the distance that the autopilot flew."""

_NOT_LOOKED_AT = {
    BinKind.UNUSED: "unused: the layout says that nothing is stored there",
    BinKind.FORBIDDEN: "forbidden: the layout says that nothing may be stored there",
    BinKind.REAR: "rear: it stands behind another place and cannot be seen from the aisle",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FacePlan:
    """What can be seen of one face."""

    runs: tuple[Run, ...]
    uncovered: tuple[Uncovered, ...]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standoff:
    value_m: float
    bound_by: str


def plan_face(site: Site, air: FreeAir, face: RackFace, bins: Iterable[Bin]) -> FacePlan:
    """Return the runs along `face` that see `bins` (all of that face)."""
    uncovered: list[Uncovered] = []
    wanted: list[Bin] = []
    for b in bins:
        if b.kind.is_observable:
            wanted.append(b)
        else:
            remedy = "count it by hand" if b.kind is BinKind.REAR else ""
            uncovered.append(Uncovered(location=b.code.text, reason=_NOT_LOOKED_AT[b.kind], remedy=remedy))
    camera = site.camera(face.side) or site.cameras[0]
    standoff = _standoff(site, camera, face)
    if isinstance(standoff, Uncovered):
        lost = [Uncovered(location=b.code.text, reason=standoff.reason, remedy=standoff.remedy) for b in wanted]
        return FacePlan(runs=(), uncovered=(*uncovered, *lost), limits=())
    runs: list[Run] = []
    limits: list[Limit] = []
    for height, group in _heights(site, camera, standoff.value_m, wanted, uncovered):
        run, bound_by = _run(site, camera, face, standoff_m=standoff.value_m, height_m=height, group=group)
        if run.pace.speed_mps < MIN_SPEED_MPS or run.pace.photo_spacing_m < _MIN_SPACING_M:
            uncovered += [_too_slow(b, run) for b in run.bins]
            continue
        pieces = list(_free_pieces(run, air, uncovered))
        runs += pieces
        if pieces:
            limits.append(Limit(face=face.name, quantity="speed_mps", value=run.pace.speed_mps, bound_by=bound_by))
            limits.append(
                Limit(
                    face=face.name,
                    quantity="photo_spacing_m",
                    value=run.pace.photo_spacing_m,
                    bound_by=f"{N_LOOKS} pictures of every label, {2 * run.views[0].reach_m:.2f} m of the way long",
                )
            )
    if runs:
        limits.append(Limit(face=face.name, quantity="standoff_m", value=standoff.value_m, bound_by=standoff.bound_by))
    return FacePlan(runs=tuple(runs), uncovered=tuple(uncovered), limits=_tightest(limits))


def _standoff(site: Site, camera: CameraModel, face: RackFace) -> _Standoff | Uncovered:
    """Return the largest standoff: farther away the picture holds more, and the same speed blurs it less."""
    drone, labels = site.drone, site.labels
    room, offset = drone.radius_m + drone.clearance_m, camera_reach_m(camera)
    width = site.layout.aisle(face.aisle).width_m
    if width < 2 * room:
        return Uncovered(
            location="",
            reason=f"the aisle is {width:.2f} m wide; the drone with its clearance needs {2 * room:.2f} m",
            remedy="a smaller drone, or less clearance_m",
        )
    readable = farthest_readable_m(camera, labels) - LABEL_SETBACK_M - INDOOR_ERRORS.outward_m
    nearest = room - offset
    if readable < nearest:
        return Uncovered(
            location="",
            reason=f"the camera must be within {readable:.2f} m of the rack for {labels.pixels_per_bar:g} pixels a bar of"
            f" {labels.narrowest_bar_mm:g} mm, but the rotors keep it {nearest:.2f} m away",
            remedy="a longer lens, more pixels, labels with wider bars, or a smaller drone",
        )
    bounds = {
        f"{labels.pixels_per_bar:g} pixels a bar of {labels.narrowest_bar_mm:g} mm on labels up to {LABEL_SETBACK_M:g} m"
        " behind the face": readable,
        f"the aisle's width of {width:g} m less the rotors' clearance": width - room - offset,
    }
    bound_by = min(bounds, key=lambda words: bounds[words])
    return _Standoff(value_m=math.floor(bounds[bound_by] * 1000 + 1e-6) / 1000, bound_by=bound_by)


def _heights(
    site: Site, camera: CameraModel, standoff_m: float, bins: Sequence[Bin], uncovered: list[Uncovered]
) -> list[tuple[float, list[tuple[Bin, LabelBand]]]]:
    """Return the fewest camera heights that hold every label band, each with its bins; what none holds goes to `uncovered`."""
    reach = tallest_window(camera, standoff_m, site.labels, INDOOR_ERRORS).half_height_m
    down = camera.offset_body_m[2]
    lowest, highest = site.drone.min_height_m - down, site.drone.max_height_m - down
    spans: list[tuple[float, float, Bin, LabelBand]] = []
    for b in bins:
        band = label_band(b, site.labels)
        low, high = band.high_m - reach, band.low_m + reach
        if low > high:
            uncovered.append(_band_too_tall(b, band, reach))
        elif high < lowest or low > highest:
            uncovered.append(_out_of_height(b, band, site))
        else:
            spans.append((max(low, lowest), min(high, highest), b, band))
    spans.sort(key=lambda span: span[1])
    groups: list[tuple[float, list[tuple[Bin, LabelBand]]]] = []
    while spans:
        # The lowest upper end must be served; a height just there serves every span that has begun by then: the fewest heights.
        top = spans[0][1]
        together = [span for span in spans if span[0] <= top]
        spans = [span for span in spans if span[0] > top]
        height = (max(span[0] for span in together) + top) / 2
        groups.append((round(height, 4), [(b, band) for _, _, b, band in together]))
    return groups


def _run(
    site: Site, camera: CameraModel, face: RackFace, *, standoff_m: float, height_m: float, group: list[tuple[Bin, LabelBand]]
) -> tuple[Run, str]:
    group = sorted(group, key=lambda pair: (pair[0].along_m, pair[0].base_m))
    half_height = max(max(band.high_m - height_m, height_m - band.low_m) for _, band in group)
    window = widest_window(camera, standoff_m, half_height, INDOOR_ERRORS)
    reach = reach_m(window, site.labels)
    pace_ = pace(camera, site.labels, INDOOR_ERRORS, cruise_mps=site.drone.cruise_mps, standoff_m=standoff_m, reach_m=reach)
    view = RunView(
        face=face,
        camera=camera,
        standoff_m=standoff_m,
        reach_m=reach,
        px_per_bar=round(px_per_bar(camera, site.labels, standoff_m + LABEL_SETBACK_M), 3),
        motion_px=round(motion_px(camera, pace_.speed_mps, standoff_m), 3),
        bins=tuple(b for b, _ in group),
        bands=tuple(band for _, band in group),
    )
    run = Run(
        aisle=face.aisle,
        direction=Direction.LEVEL,
        face=face,
        outward_m=standoff_m + camera_reach_m(camera),
        fixed_m=height_m + camera.offset_body_m[2],
        heading_deg=lane_heading_deg(face, camera),
        pace=pace_,
        views=(view,),
    )
    return run, pace_.speed_bound_by


def _free_pieces(run: Run, air: FreeAir, uncovered: list[Uncovered]) -> Iterable[Run]:
    """Yield the run cut where something is in its way; a bin that cannot be passed at all goes to `uncovered`."""
    if not _in_the_way(run, air):
        yield run
        return
    first = 0
    for i, b in enumerate(run.bins):
        blocked_by = _in_the_way(run.part(i, i + 1), air)
        if blocked_by or _in_the_way(run.part(first, i + 1), air):
            if first < i:
                yield run.part(first, i)
            first = i + 1 if blocked_by else i
        if blocked_by:
            uncovered.append(
                Uncovered(
                    location=b.code.text,
                    reason=f"{' and '.join(blocked_by)} would be nearer than the rotors' clearance on the pass in front of it",
                    remedy="move what is in the way, or count it by hand",
                )
            )
    if first < len(run.bins):
        yield run.part(first, len(run.bins))


def _in_the_way(run: Run, air: FreeAir) -> list[str]:
    """Return what is in the way of the run, whichever way it is flown."""
    lanes = (run.lane(is_forward=True), run.lane(is_forward=False))
    return sorted({name for lane in lanes for name in air.in_the_way(lane.start_m, lane.end_m)})


def _tightest(limits: list[Limit]) -> tuple[Limit, ...]:
    tightest: dict[str, Limit] = {}
    for limit in limits:
        if limit.quantity not in tightest or limit.value < tightest[limit.quantity].value:
            tightest[limit.quantity] = limit
    return tuple(tightest[q] for q in ("standoff_m", "speed_mps", "photo_spacing_m") if q in tightest)


def _band_too_tall(b: Bin, band: LabelBand, reach_m: float) -> Uncovered:
    return Uncovered(
        location=b.code.text,
        reason=f"labels may hang over {band.high_m - band.low_m:.2f} m of height; a picture surely holds {2 * reach_m:.2f} m",
        remedy="a taller picture (more pixels), wider bars, or a narrower band for the labels",
    )


def _out_of_height(b: Bin, band: LabelBand, site: Site) -> Uncovered:
    drone = site.drone
    return Uncovered(
        location=b.code.text,
        reason=f"its labels hang {band.low_m:.2f} to {band.high_m:.2f} m above the floor; the drone scans between"
        f" {drone.min_height_m:g} and {drone.max_height_m:g} m",
        remedy="count it by hand, or change min_height_m or max_height_m if the drone may fly there",
    )


def _too_slow(b: Bin, run: Run) -> Uncovered:
    return Uncovered(
        location=b.code.text,
        reason=f"it would need {run.pace.speed_mps:g} m/s and a photo every {run.pace.photo_spacing_m:g} m, because of"
        f" {run.pace.speed_bound_by}; the drone flies {MIN_SPEED_MPS:g} m/s at least",
        remedy="more light and a shorter exposure, a faster camera, or a wider picture",
    )
