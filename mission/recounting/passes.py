"""The passes that look again at the bins of one face: the planner is asked for them as if the site were a little different.

With fewer metres a second, with more looks, with more pixels a bar, with a cut picture or with labels in half of their band: what
it then plans is flown at the site as it is, and looks at least as well as it says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mission.planning.aisles import camera_for, plan_aisle
from mission.planning.flight_errors import FlightErrors, room_m
from mission.planning.free_air import FreeAir
from mission.planning.lanes import Run
from mission.planning.readability import MIN_SPEED_MPS, motion_share
from mission.records import Direction, Lane, Uncovered
from mission.recounting.manners import BY_HAND, LADDERS, Manner, Rung
from mission.recounting.records import PlannedLook
from mission.recounting.turned_runs import cut_camera, px_share, turned, with_true_need
from warehouse.camera import CameraModel
from warehouse.layout import Bin
from warehouse.site import LabelRules, Site
from warehouse.tags_new import upright_places_m

_NO_COLUMNS_MPS = 1000.0
"""A climb at which no column is fast enough, so that only level passes are tried."""
_ROUNDING_M = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Bins of one face that are looked at again in the same manner."""

    face: str
    manner: Manner
    direction: Direction
    """Of the last look."""
    side: float
    bins: tuple[Bin, ...]
    last: tuple[PlannedLook, ...]
    """The last look at each of them, as far as known."""


def runs_of(site: Site, air: FreeAir, errors: FlightErrors, group: Group) -> tuple[list[Run], list[Uncovered]]:
    """Climb down the ladder until every bin of the group is in a run, or no rung is left.

    Every bin is either in runs or, once, among those that have none, each with the last reason that was found.
    """
    left = list(group.bins)
    runs: list[Run] = []
    lost: dict[str, Uncovered] = {}
    for rung in LADDERS[group.manner]:
        if not left:
            break
        found, refused = _on_rung(site, air, errors, group=group, rung=rung, bins=left)
        runs += found
        lost |= refused
        done = {b.code.text for run in found for b in run.bins}
        left = [b for b in left if b.code.text not in done]
    return runs, [lost.get(b.code.text) or _without_reason(b) for b in left]


def _without_reason(b: Bin) -> Uncovered:
    """Say of a bin that it is for a person: the planner has a pass for it, which lacks room or pixels as it would be flown."""
    return Uncovered(location=b.code.text, reason="No other pass reads it: count it by hand.", remedy="", bound_by=BY_HAND)


def _on_rung(
    site: Site, air: FreeAir, errors: FlightErrors, *, group: Group, rung: Rung, bins: Sequence[Bin]
) -> tuple[list[Run], dict[str, Uncovered]]:
    """Return the runs of one rung, and why the planner refused bins, by location.

    In two strips, only bins that both strips have a run for count.
    """
    face = site.layout.faces[group.face]
    camera = camera_for(site, face)
    passes: list[list[Run]] = []
    lost: dict[str, Uncovered] = {}
    for labels in _strips(site.labels, rung.n_strips):
        planned = plan_aisle(_asking(replace(site, labels=labels), camera, group, rung), air, errors, [(face, list(bins))])
        lost |= {u.location: u for u in planned.uncovered}
        squares: list[Run | None] = list(planned.runs)
        if rung.turn_deg:
            squares = [turned_with_room(site, air, run, camera, rung.turn_deg * group.side) for run in planned.runs]
        true = [with_true_need(r, site.labels, errors, motion_share(site.labels, r.direction)) for r in squares if r is not None]
        passes.append([run for run in true if _has_pixels(run)])
    both = frozenset.intersection(*(frozenset(b.code.text for run in runs for b in run.bins) for runs in passes))
    kept = [run for runs in passes for run in (r.only(both) for r in runs) if run.views]
    return [_said(run, site) for run in kept], lost


def _has_pixels(run: Run) -> bool:
    """Whether bars still have the pixels that they need when the nose is turned."""
    return all(view.px_per_bar >= view.needed_px for view in run.lane(is_forward=True).views)


def _strips(labels: LabelRules, n_strips: int) -> list[LabelRules]:
    """Return the labels as they are, or as if they hung in the lower and in the upper strip of their band.

    The strips share as much height as a label has, so that every label is wholly in one of them; a lower picture holds a strip, so
    the drone may be nearer. None for a band that is no higher than a label.
    """
    if n_strips == 1:
        return [labels]
    strip = (labels.highest_m - labels.lowest_m + labels.height_mm / 1000) / 2
    return [replace(labels, highest_m=labels.lowest_m + strip), replace(labels, lowest_m=labels.highest_m - strip)]


def turned_with_room(site: Site, air: FreeAir, square: Run, camera: CameraModel, turn_deg: float) -> Run | None:
    """Return the run with its nose turned; None where something is in its way, or uprights hide labels from the side.

    A turned run is moved, and so may be nearer to a rack than the square one.
    """
    run = turned(square, camera, turn_deg, site.labels, upright_places_m(site.layout.bins_of_face(square.views[0].face.name)))
    lanes = (run.lane(is_forward=True), run.lane(is_forward=False))
    if any(air.in_the_way(lane.start_m, lane.end_m) for lane in lanes) or not _keep_room(site, air, lanes):
        return None
    (view,) = run.views
    return run if math.floor(view.clear_share * run.pace.n_looks + 1e-9) >= site.labels.looks else None


def _keep_room(site: Site, air: FreeAir, lanes: Sequence[Lane]) -> bool:
    """Whether lanes that were moved are still as far from everything as the drone's position error asks for."""
    distances_m = air.distances_m([lane.start_m for lane in lanes], [lane.end_m for lane in lanes])
    return bool((distances_m >= room_m(site.drone) - _ROUNDING_M).all())


def _asking(site: Site, camera: CameraModel, group: Group, rung: Rung) -> Site:
    """Return the site as the planner must see it to come to a pass of this rung."""
    last_speed = min((look.speed_mps for look in group.last), default=site.drone.cruise_mps)
    last_looks = max((look.n_looks for look in group.last), default=site.labels.looks)
    last_px = max((look.px_per_bar for look in group.last), default=site.labels.least_pixels_per_bar)
    cruise = max(MIN_SPEED_MPS, math.floor(last_speed * rung.speed_factor * 100 + 1e-9) / 100)
    is_level = group.direction is Direction.LEVEL
    least_px = site.labels.pixels_per_bar
    if rung.px_factor is not None:
        least_px = last_px * rung.px_factor
    cameras = site.cameras
    if rung.turn_deg:
        least_px = (least_px or min(last_px, site.labels.least_pixels_per_bar)) / px_share(camera, rung.turn_deg)
        cameras = tuple(cut_camera(c, rung.turn_deg) if c is camera else c for c in site.cameras)
    return replace(
        site,
        drone=replace(
            site.drone,
            cruise_mps=min(site.drone.cruise_mps, cruise) if group.direction is Direction.LEVEL else site.drone.cruise_mps,
            climb_mps=_NO_COLUMNS_MPS if is_level else site.drone.climb_mps,
        ),
        cameras=cameras,
        labels=replace(site.labels, looks=math.ceil(last_looks * rung.looks_factor), pixels_per_bar=least_px),
    )


def _said(run: Run, site: Site) -> Run:
    """Return the run that gives the true reason for its speed, where that is the recount's wish."""
    is_wish = run.direction is Direction.LEVEL and run.pace.speed_mps < site.drone.cruise_mps
    if not (is_wish and run.pace.speed_bound_by == "the drone's cruise_mps"):
        return run
    return replace(run, pace=replace(run.pace, speed_bound_by="the recount: slower than the last time"))
