"""Fly a whole plan, sortie by sortie, and go on where an earlier flight stopped: nothing is forgotten, nothing flown twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from mission.flying.flight import FlightOutcome, Report, fly_sortie
from mission.flying.operator import Operator
from mission.flying.remaining import boot_of, remaining_lanes, trusted
from mission.flying.supervision import PLACE_IN_DOUBT
from mission.flying.transport import Endpoint, Transport
from mission.flying.under_way import end_flight, flight_under_way
from mission.flying.watch import Ending
from mission.planning.route import route_sortie
from mission.records import ScanPlan, Sortie
from warehouse.companion_camera import CompanionCamera
from warehouse.errors import BadInputError, VehicleError
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site

_REMEDIES = {
    Ending.LANDED_EARLY: "see to the drone and put it back on its pad",
    Ending.AUTOPILOT_FAILSAFE: "see to the drone and put it back on its pad",
    Ending.LINK_LOST: "wait until its motors stand still, see to the drone and put it back on its pad",
    Ending.OPERATOR: "put the drone back on its pad",
    Ending.PHOTOS_MISSING: "see whether the camera is on and the autopilot triggers it (parameter CAM1_TYPE)",
}
_THEN = "then give the same command again: it flies what is left"


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightLog:
    """All flights of one sortie, oldest first; `flight.json`."""

    flights: tuple[FlightOutcome, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NextFlight:
    """What is left to fly of one planned sortie."""

    sortie: Sortie
    """The planned sortie, or a new way along the lanes that are left, under the same name."""
    boot: int
    """Number of the autopilot's next start in this sortie, from 1."""


VehicleAt = Callable[[NextFlight], AbstractContextManager[str | Endpoint | Transport]]
"""Makes the vehicle ready for a flight and yields its endpoint; leaving it waits until the photos are there.

Raises when they will not come, and when the flight must not begin now.
"""


GoOnAfter = Callable[[FlightOutcome], bool]


def flight_log(run: RunFolder, sortie: str) -> FlightLog:
    """Return the flights of a sortie so far."""
    path = run.flight_path(sortie)
    return run.read_record(path, FlightLog) if path.exists() else FlightLog()


def next_flight(run: RunFolder, site: Site, planned: Sortie) -> NextFlight | None:
    """Return what is left of a sortie, or None when every lane has been flown.

    Of a flight that was broken off the photos stay, and its last lane goes on with the first bin that lacks them. Of one whose
    program was killed, also while the photos were coming in, only those count whose pictures are there.
    """
    log = flight_log(run, planned.name)
    flown = Counter(code for flight in log.flights for code in flight.locations_flown)
    path = run.frames_path(planned.name)
    frames = list(run.read_lines(path, FrameRecord)) if path.exists() else []
    by_boot: dict[int, list[FrameRecord]] = {}
    for frame in frames:
        by_boot.setdefault(boot_of(frame), []).append(frame)
    ended = {flight.boot for flight in log.flights}
    doubtful = {flight.boot for flight in log.flights if flight.trouble in PLACE_IN_DOUBT}
    photos: list[FrameRecord] = []
    for boot, taken in by_boot.items():
        there = taken if boot in ended else [f for f in taken if (run.root / f.file).exists()]
        photos += trusted(there, is_place_in_doubt=boot in doubtful)
    left = remaining_lanes(site, planned, flown, photos)
    if not left:
        return None
    under_way = flight_under_way(run, planned.name)
    boots = [*ended, *by_boot, *([] if under_way is None else [under_way.boot])]
    sortie = planned if left == list(planned.lanes) else route_sortie(site, planned.name, left)
    return NextFlight(sortie=sortie, boot=max(boots, default=0) + 1)


def fly_plan(
    run: RunFolder,
    site: Site,
    plan: ScanPlan,
    vehicle_at: VehicleAt,
    report: Report | None = None,
    *,
    operator: Operator | None = None,
    heeds_glides: bool = True,
    go_on_after: GoOnAfter | None = None,
    camera: CompanionCamera | None = None,
) -> list[FlightOutcome]:
    """Fly what is left of every sortie; VehicleError when one ends otherwise than on its pad after its last lane.

    `go_on_after` is asked then whether to fly what is left of it at once, for instance by a person who has changed the battery.

    With a `camera` of this computer its frames are the photos of every sortie.

    An outcome is written to its sortie's flight.json as soon as the photos are there: what stands in that file is not flown again.
    """
    if plan.n_drones > 1:
        raise BadInputError(
            f"{run.root}: this plan is for {plan.n_drones} drones at once, and `fly` flies one",
            remedy="plan with --drones 1 into a new folder; or load each sortie's mission.plan into a ground station for its drone",
        )
    outcomes = []
    for planned in plan.sorties:
        while (todo := next_flight(run, site, planned)) is not None:
            with vehicle_at(todo) as endpoint:
                outcome = fly_sortie(
                    endpoint,
                    run,
                    site,
                    todo.sortie,
                    boot=todo.boot,
                    report=report,
                    operator=operator,
                    heeds_glides=heeds_glides,
                    camera=camera,
                )
            log = flight_log(run, planned.name)
            run.write_json(run.flight_path(planned.name), FlightLog(flights=(*log.flights, outcome)))
            if outcome.ending is not Ending.LINK_LOST:  # else the next flight has to look after what an emergency has set
                end_flight(run, planned.name)
            outcomes.append(outcome)
            if outcome.ending is not Ending.COMPLETED and not (go_on_after is not None and go_on_after(outcome)):
                raise VehicleError(
                    f"sortie {planned.name} is not complete: {outcome.reason}", remedy=f"{_REMEDIES[outcome.ending]}, {_THEN}"
                )
    return outcomes
