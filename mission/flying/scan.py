"""What has been flown of a plan and what is left of it: nothing is forgotten, nothing flown twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from mission.flying.flight import FlightOutcome
from mission.flying.remaining import boot_of, remaining_lanes, trusted
from mission.flying.supervision import PLACE_IN_DOUBT
from mission.flying.transport import Endpoint, Transport
from mission.flying.under_way import flight_under_way
from mission.planning.route import route_sortie
from mission.records import Sortie
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site


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
    is_flown: bool = False
    """Whether nothing is left but to see to the drone, which may still be in the air: it does not take off."""


VehicleAt = Callable[[NextFlight], AbstractContextManager[str | Endpoint | Transport]]
"""Makes the vehicle ready for a flight and yields its endpoint; leaving it waits until the photos are there.

Raises when they will not come, and when the flight must not begin now.
"""


GoOnAfter = Callable[[FlightOutcome], bool]


def note_outcome(run: RunFolder, outcome: FlightOutcome) -> None:
    """Add a flight to its sortie's flight.json."""
    log = flight_log(run, outcome.sortie)
    run.write_json(run.flight_path(outcome.sortie), FlightLog(flights=(*log.flights, outcome)))


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
    sortie = planned
    if left != list(planned.lanes):
        sortie = replace(route_sortie(site, planned.name, left, pad=planned.home_pad), drone=planned.drone, start_s=planned.start_s)
    return NextFlight(sortie=sortie, boot=max(boots, default=0) + 1)


def next_to_do(run: RunFolder, site: Site, planned: Sortie) -> NextFlight | None:
    """Return what is left of a sortie, or, when every lane has been flown, a flight of it that nobody has seen the end of."""
    todo, left = next_flight(run, site, planned), flight_under_way(run, planned.name)
    if todo is None and left is not None:
        return NextFlight(sortie=left.sortie, boot=left.boot + 1, is_flown=True)
    return todo
