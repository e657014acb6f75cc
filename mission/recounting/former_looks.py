"""How the runs before looked at each location, as far as they know: their plans, and what became of them in flight."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from mission.flying.scan import flight_log
from mission.planning.lanes import lane_heading_deg
from mission.planning.plan_files import load_plan
from mission.records import Direction, Lane, LaneView, ScanPlan, Sortie
from mission.recounting.records import PlannedLook, Recount
from warehouse.coordinates import shorter_turn_deg
from warehouse.run_folder import RunFolder
from warehouse.site import Site


def looks_of_plan(
    run_name: str, site: Site, plan: ScanPlan, flown: Mapping[str, Counter[str] | None]
) -> dict[str, list[PlannedLook]]:
    """Return the looks that a plan gives each location.

    `flown` counts the locations flown by sortie; None where the run does not say, as with photos that something else took.
    """
    nothing: Counter[str] = Counter()
    looks: dict[str, list[PlannedLook]] = defaultdict(list)
    for sortie in plan.sorties:
        wanted = Counter(code for lane in sortie.lanes for code in lane.must_see)
        for number, lane in enumerate(sortie.lanes, start=1):
            for view in lane.views:
                for location in view.must_see:
                    seen = flown.get(sortie.name, nothing)
                    is_flown = seen is None or seen[location] >= wanted[location]
                    look = _look(site, lane, view, run_name=run_name, sortie=sortie, number=number, is_flown=is_flown)
                    looks[location].append(look)
    return looks


def former_looks(run: RunFolder, site: Site) -> tuple[dict[str, list[PlannedLook]], ScanPlan | None]:
    """Return all looks at each location that the run and those that it recounts planned, oldest first, and the run's plan.

    No plan, and no looks, where the photos were brought in from elsewhere.
    """
    looks: dict[str, list[PlannedLook]] = defaultdict(list)
    if run.recount_of_path.exists():
        for again in run.read_record(run.recount_of_path, Recount).looks:
            looks[again.location] += again.before
    if not run.plan_path.exists():
        return looks, None
    plan = load_plan(run)
    flown = {sortie.name: _locations_flown(run, sortie.name) for sortie in plan.sorties}
    for location, planned in looks_of_plan(run.root.resolve().name, site, plan, flown).items():
        looks[location] += planned
    return looks, plan


def turn_deg(site: Site, lane: Lane, view: LaneView) -> float:
    """Return how far the nose is turned, clockwise, from where the camera of the view looks square at its face; -180 to 180."""
    camera = site.camera(view.camera)
    if camera is None:
        return 0.0
    return round(shorter_turn_deg(lane_heading_deg(site.layout.faces[view.face], camera), lane.heading_deg), 1)


def _look(site: Site, lane: Lane, view: LaneView, *, run_name: str, sortie: Sortie, number: int, is_flown: bool) -> PlannedLook:
    camera = site.camera(view.camera)
    down = camera.offset_body_m[2] if camera is not None else 0.0
    return PlannedLook(
        run=run_name,
        sortie=sortie.name,
        lane=number,
        direction=lane.direction,
        standoff_m=view.standoff_m,
        height_m=round(lane.start_m[2] - down, 3) if lane.direction is Direction.LEVEL else None,
        turn_deg=turn_deg(site, lane, view),
        speed_mps=lane.speed_mps,
        n_looks=view.n_looks,
        px_per_bar=view.px_per_bar,
        is_flown=is_flown,
    )


def _locations_flown(run: RunFolder, sortie: str) -> Counter[str] | None:
    flights = flight_log(run, sortie).flights
    if flights:
        return Counter(code for flight in flights for code in flight.locations_flown)
    return None if run.frames_path(sortie).exists() else Counter()
