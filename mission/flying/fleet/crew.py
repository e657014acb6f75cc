"""One drone with its flights, one after the other, in a thread of its own where there are several.

Drones share the airspace and nothing else: each has its link, its recording, its supervision and its files, and what happens to one
ends its own flights only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from mission.flying.fleet.right_of_way import RightOfWay
from mission.flying.flight import FlightOutcome, FlightProgress, Report, fly_sortie
from mission.flying.operator import NotWantedError, Operator
from mission.flying.preparation import WayClosedError
from mission.flying.rejoining import NothingToFlyError
from mission.flying.scan import GoOnAfter, NextFlight, VehicleAt, next_flight, next_to_do, note_outcome
from mission.flying.stop_request import StopRequest
from mission.flying.under_way import end_flight, flight_under_way
from mission.flying.watch import Ending
from mission.records import Sortie
from warehouse.companion_camera import CompanionCamera
from warehouse.errors import AislescanError, VehicleError
from warehouse.run_folder import RunFolder
from warehouse.site import Site

_REMEDIES = {
    Ending.LANDED_EARLY: "see to the drone and put it back on its pad",
    Ending.AUTOPILOT_FAILSAFE: "see to the drone and put it back on its pad",
    Ending.LINK_LOST: "wait until its motors stand still, see to the drone and put it back on its pad",
    Ending.OPERATOR: "put the drone back on its pad",
    Ending.WAY_CLOSED: "fetch the drone that lies there",
    Ending.PHOTOS_MISSING: "see whether the camera is on and the autopilot triggers it (parameter CAM1_TYPE)",
}
_THEN = "then give the same command again: it flies what is left"
_LOOK_EVERY_S = 0.1


@dataclass(slots=True, kw_only=True)
class Crew:
    """One drone and what it has to fly."""

    run: RunFolder
    site: Site
    sorties: Sequence[Sortie]
    right_of_way: RightOfWay
    vehicle_at: VehicleAt
    report: Report | None
    operator: Operator
    heeds_glides: bool
    go_on_after: GoOnAfter | None
    stop: StopRequest | None
    camera: CompanionCamera | None
    outcomes: list[FlightOutcome] = field(default_factory=list)
    fault: BaseException | None = None
    """Why it flies no more; None: nothing is left of its sorties, as far as others let it."""

    @property
    def drone(self) -> int:
        """Its number."""
        return self.right_of_way.drone

    def announce(self) -> None:
        """Tell the airspace what will be flown first, or that the drone may be in the air already."""
        airspace = self.right_of_way.airspace
        for planned in self.sorties:
            if flight_under_way(self.run, planned.name) is not None:
                airspace.expect(self.drone)
                return
            todo = next_flight(self.run, self.site, planned)
            if todo is not None:
                airspace.get_ready(self.drone, todo.sortie)
                airspace.take_pad(self.drone, todo.sortie.home_pad)
                return

    def fly_alone(self) -> None:
        """Fly, and keep what ends it in `fault`: it must not touch the others."""
        try:
            self.fly()
        except BaseException as fault:
            self.fault = fault
        finally:
            self._give_up_looking()
            self.right_of_way.airspace.leave_pad(self.drone)

    def fly(self) -> None:
        """Fly what is left of each sortie; VehicleError when one ends otherwise than on its pad after its last lane.

        A drone whose last flight nobody has seen the end of is looked for first, also when every lane of that has been flown.
        """
        closed: list[WayClosedError] = []
        for planned in self.sorties:
            while (todo := next_to_do(self.run, self.site, planned)) is not None:
                todo = replace(todo, sortie=replace(todo.sortie, drone=self.drone))
                self._take_pad(todo.sortie)
                try:
                    outcome = self._fly(todo)
                except WayClosedError as error:  # the drone stands on its pad; others of its sorties may lead elsewhere
                    closed.append(error)
                    break
                if outcome is None:
                    end_flight(self.run, planned.name)
                    continue
                self._note(outcome)
                if outcome.ending is Ending.COMPLETED:
                    continue
                if self.go_on_after is not None and self.go_on_after(outcome):
                    self.right_of_way.airspace.fetched(self.drone)
                    continue
                ended = _ended(outcome)
                if outcome.ending is not Ending.WAY_CLOSED:
                    raise ended
                closed.append(WayClosedError(ended.what, remedy=ended.remedy))
                break
        if closed:
            raise closed[0]

    def _fly(self, todo: NextFlight) -> FlightOutcome | None:
        """Return how it ended; None when nothing was left but to see to the drone, and that is down."""
        airspace, sortie = self.right_of_way.airspace, todo.sortie
        try:
            with self.vehicle_at(todo) as endpoint:
                outcome = fly_sortie(
                    endpoint,
                    self.run,
                    self.site,
                    sortie,
                    boot=todo.boot,
                    report=self.report,
                    operator=self.operator,
                    heeds_glides=self.heeds_glides,
                    right_of_way=self.right_of_way,
                    stop=self.stop,
                    camera=self.camera,
                    takes_off=not todo.is_flown,
                )
                self._tell("down", sortie, because="" if outcome.ending is Ending.COMPLETED else outcome.reason)
        except NothingToFlyError:
            airspace.end(self.drone)
            return None
        except BaseException:
            if airspace.is_found(self.drone):
                airspace.end(self.drone)
            else:
                self._close_way(sortie)
            raise
        return outcome

    def _close_way(self, sortie: Sortie) -> None:
        """Have nobody fly where the drone may be: on what it flew when it was last heard of, not only where lanes are left."""
        left = None
        with suppress(AislescanError):  # a file that cannot be read any more must not keep the others waiting
            left = flight_under_way(self.run, sortie.name)
        words = f"drone {self.drone} may be in the air on sortie {sortie.name}, out of reach"
        self.right_of_way.airspace.close(self.drone, sortie if left is None else left.way, words)

    def _give_up_looking(self) -> None:
        """Have nobody wait any longer for a drone that was not found."""
        for planned in self.sorties:
            if not self.right_of_way.airspace.is_found(self.drone) and self.run.under_way_path(planned.name).exists():
                self._close_way(planned)

    def _note(self, outcome: FlightOutcome) -> None:
        note_outcome(self.run, outcome)
        # Else the next flight has to look after what an emergency has set.
        if outcome.ending is not Ending.LINK_LOST and not outcome.left_behind:
            end_flight(self.run, outcome.sortie)
        self.outcomes.append(outcome)

    def _take_pad(self, sortie: Sortie) -> None:
        """Wait until no other drone stands on the pad or is to land there; the drone may have to be carried to it."""
        airspace = self.right_of_way.airspace
        while why := airspace.take_pad(self.drone, sortie.home_pad):
            if not airspace.is_found(self.drone):  # it may be in the air, and others wait until that is known
                return
            self._tell(f"waiting: {why}", sortie)
            if self.stop is not None and self.stop.is_made:
                raise NotWantedError(f"sortie {sortie.name} was not begun", remedy="the same command begins again")
            time.sleep(_LOOK_EVERY_S)

    def _tell(self, phase: str, sortie: Sortie, because: str = "") -> None:
        if self.report is not None and self.right_of_way.n_drones > 1:
            self.report(
                FlightProgress(
                    phase=phase,
                    item=0,
                    n_items=0,
                    n_photos=0,
                    height_m=0.0,
                    text="",
                    drone=self.drone,
                    sortie=sortie.name,
                    because=because,
                )
            )


def _ended(outcome: FlightOutcome) -> VehicleError:
    return VehicleError(
        f"sortie {outcome.sortie} is not complete: {outcome.reason}", remedy=f"{_REMEDIES[outcome.ending]}, {_THEN}"
    )


def fly_at_once(crews: Sequence[Crew]) -> None:
    """Fly with all of them, a thread each, until each is done; what ended one stands in its `fault`.

    Threads, since a flight mostly waits for messages, and one process holds the recordings, the keys and the rule together.
    """
    for crew in sorted(crews, key=lambda each: each.sorties[0].start_s if each.sorties else 0.0):
        crew.announce()
    threads = [threading.Thread(target=crew.fly_alone, name=f"drone {crew.drone}") for crew in crews]
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive():
            thread.join(_LOOK_EVERY_S)  # signals are served in this thread, between two looks
