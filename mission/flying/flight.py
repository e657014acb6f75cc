"""Fly one sortie and say how it ended. The code does not know which vehicle it flies."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial

from pymavlink import mavutil

from mission.flying.checks import Check
from mission.flying.companion_photos import PictureCount
from mission.flying.emergency import PLACE_AND_SPEED, Emergency
from mission.flying.expectation import expected_of
from mission.flying.fleet.right_of_way import RightOfWay
from mission.flying.helm import Helm
from mission.flying.link import VehicleLink
from mission.flying.live_view import FlightView, LiveView
from mission.flying.operator import NotWantedError, Operator, forget_orders
from mission.flying.orders import OrderRecord
from mission.flying.photo_log import PhotoLog
from mission.flying.preflight import Preflight
from mission.flying.preparation import arm, leave_auto, not_left_in_auto, prepare, wait_for_consent, wait_for_turn
from mission.flying.range_log import RangeLog
from mission.flying.rejoining import NothingToFlyError, is_armed_now, rejoin
from mission.flying.stop_request import StopRequest
from mission.flying.supervision import Supervisor
from mission.flying.transport import Endpoint, Transport
from mission.flying.under_way import UnderWay, begin_flight, flight_under_way
from mission.flying.watch import Ending, Watch
from mission.planning.mission_items import mission_items
from mission.records import MissionItem, Sortie
from warehouse.companion_camera import CompanionCamera
from warehouse.errors import AislescanError
from warehouse.run_folder import RunFolder
from warehouse.site import Site

mavlink = mavutil.mavlink

SHOWN_EVERY_S = 0.2
MIN_PHOTO_SHARE = 0.5
"""Of the planned photos of a lane; with fewer it counts as not flown. Flights differ by two or three photos a lane."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightOutcome:
    """How a sortie ended and why; `flight.json`."""

    sortie: str
    boot: int
    """Which start of the autopilot in this sortie, from 1."""
    ending: Ending
    reason: str
    trouble: str = ""
    trouble_s: float | None = None
    """When its first sign was seen, in seconds from arming."""
    last_item: int
    """The last mission item that was reached, so the drone had passed all before it."""
    locations_flown: tuple[str, ...]
    """What the lanes that were flown to their end, and photographed, had to see."""
    n_photos: int
    n_unpaired_photos: int
    flight_s: float
    """From arming to disarming, on the vehicle's clock."""
    started_at: str
    autopilot_version: str
    orders: tuple[OrderRecord, ...] = ()
    """What the operator ordered, how quickly it left and was answered."""
    n_ranges: int = 0
    """Readings of the sideways range sensor; 0 where the drone has none, or where it told nothing."""
    pictures: PictureCount | None = None
    """Only with a camera of this computer: how many of its frames were found, and how near to their triggers."""
    drone: int = 1
    """Which of the drones that flew at once."""
    n_messages: int = 0
    n_messages_lost: int = 0
    """Of the vehicle's: that came, and that were lost on the way."""
    left_behind: tuple[str, ...] = ()
    """What an emergency has set on the autopilot and could not be put back; the next start does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightProgress:
    """What a display may show while the drone flies."""

    phase: str
    item: int
    n_items: int
    n_photos: int
    height_m: float
    text: str
    view: FlightView | None = None
    """More of it, in the air."""
    drone: int = 1
    sortie: str = ""
    waits_for: str = ""
    """Which other drone is in the way, in words."""
    because: str = ""
    """Why it comes home, or has come down elsewhere than planned, in words."""


Report = Callable[[FlightProgress], None]


def fly_sortie(
    endpoint: str | Endpoint | Transport,
    run: RunFolder,
    site: Site,
    sortie: Sortie,
    *,
    boot: int,
    report: Report | None = None,
    operator: Operator | None = None,
    heeds_glides: bool = True,
    camera: CompanionCamera | None = None,
    right_of_way: RightOfWay | None = None,
    stop: StopRequest | None = None,
    takes_off: bool = True,
) -> FlightOutcome:
    """Fly `sortie` on the vehicle at `endpoint`; write flight.tlog, frames.jsonl and ranges.jsonl as it goes; return how it ended.

    A position that glides away ends the flight unless `heeds_glides` is False, for a simulation that has it wander on purpose.
    `boot` counts the starts of the autopilot in this sortie, from 1: it numbers its photos anew each time.

    With a `camera` of this computer the photos are its frames; without, they are on the drone's own card, or come from elsewhere.

    `operator` is told of the checks and asked before the take-off; None: nobody. A vehicle that is still in the air with the
    mission of a flight whose program was killed is followed from there, and nobody is asked.

    Where other drones fly in the same hall, it takes off and goes on only as its `right_of_way` lets it, and whoever started them
    asks all to `stop`; None: it has the hall, and the signals of this process, for itself.

    Unless it `takes_off`, only a vehicle in the air is followed; NothingToFlyError when it is down: it has back then what an
    emergency may have changed.

    VehicleError when the vehicle does not get as far as arming: nothing has moved then. Once it is armed every ending, Ctrl-C and a
    full disk too, is an outcome, and the drone is on the ground or, when the link is lost, in the hands of its own failsafe.
    """
    left, operator = flight_under_way(run, sortie.name), operator or Operator()
    right_of_way = right_of_way or RightOfWay.alone(site)
    with VehicleLink(endpoint, run.telemetry_path(sortie.name)) as link, not_left_in_auto(link):
        operator.connected(link)
        is_in_air, way = left is not None and is_armed_now(link), sortie
        if left is not None and is_in_air:
            sortie, boot, way = left.sortie, left.boot, left.way
        items = mission_items(site, sortie)
        display = _Display(link, sortie, len(items), report, LiveView(link, site, sortie, items))
        if left is not None and is_in_air:
            version = rejoin(link, site, way, mission_items(site, way), display.phase)
            emergency = Emergency(link, left.landing_parameters)
        else:
            _put_back(link, left, takes_off=takes_off)
            preflight = Preflight(link, run, site, sortie, operator, camera=camera)
            version, emergency = _bring_to_take_off(preflight, items, right_of_way, stop, display.phase)
        photos = PhotoLog(link, run, site, sortie, items, boot=boot, camera=camera)
        if is_in_air:
            photos.go_on()
        sensor = site.range_sensor
        ranges = None if sensor is None else RangeLog(link, run, site.layout.anchor, sortie, sensor)
        with StopRequest() if stop is None else nullcontext(stop) as asked:
            if not is_in_air:
                display.phase("arming")
                _arm(link, run, operator, UnderWay(boot=boot, sortie=sortie, landing_parameters=emergency.before))
            armed_at = link.state.boot_s or 0.0
            supervisor = Supervisor(
                expected_of(site, way, mission_items(site, way), heeds_glides=heeds_glides), photos.last_photo_s
            )
            helm = Helm(link, site, sortie, operator, supervisor, right_of_way=right_of_way, on_home=partial(_note_home, run))
            helm.take_up(left if is_in_air else None)
            watch = Watch(link, supervisor, helm, emergency, n_items=len(items), stop=asked)
            ending, reason, trouble = _follow(watch, lambda: display.flying(photos.n_photos, helm))
            helm.stop()
            flight_s = (link.state.boot_s or armed_at) - armed_at
            watch.stop_looking()
            right_of_way.came_down(helm.here_m(), is_home=watch.is_home, is_lost=ending is Ending.LINK_LOST)
            left_behind = () if ending is Ending.LINK_LOST else emergency.end()
            if ending is not Ending.LINK_LOST:
                leave_auto(link)
            photos.stop()
            if ranges is not None:
                ranges.stop()
        started_at = link.utc(armed_at).strftime("%Y-%m-%dT%H:%M:%SZ")
    passed = _lanes_passed(sortie, items, watch.last_item)
    ending, reason, seen = _hold_against_photos(ending, reason, passed, sortie, photos)
    return FlightOutcome(
        sortie=sortie.name,
        boot=boot,
        ending=ending,
        reason=reason + _words_of_missing(photos.pictures, ending) + _words_of_left(left_behind),
        trouble=trouble,
        trouble_s=None if watch.trouble_s is None else round(watch.trouble_s - armed_at, 2),
        last_item=watch.last_item,
        locations_flown=seen,
        n_photos=photos.n_photos,
        n_unpaired_photos=photos.n_unpaired,
        flight_s=round(flight_s, 1),
        started_at=started_at,
        autopilot_version=version,
        orders=helm.records,
        n_ranges=0 if ranges is None else ranges.n_ranges,
        pictures=photos.pictures,
        drone=right_of_way.drone,
        n_messages=link.n_messages,
        n_messages_lost=link.n_lost,
        left_behind=left_behind,
    )


def check_sortie(
    endpoint: str | Endpoint,
    run: RunFolder,
    site: Site,
    sortie: Sortie,
    *,
    operator: Operator,
    report: Report | None = None,
    camera: CompanionCamera | None = None,
) -> list[Check]:
    """Make every check on the vehicle at `endpoint` as before a flight, take a test photo, and leave the drone on the ground.

    VehicleError when it must not take off.
    """
    items = mission_items(site, sortie)
    with VehicleLink(endpoint, run.telemetry_path(sortie.name, is_check=True)) as link, not_left_in_auto(link):
        operator.connected(link)
        preflight = Preflight(link, run, site, sortie, operator, camera=camera)
        prepare(preflight, items, _Display(link, sortie, len(items), report).phase, takes_photo=True)
        leave_auto(link)
    return preflight.checks


def _follow(watch: Watch, on_progress: Callable[[], None]) -> tuple[Ending, str, str]:
    try:
        return watch.until_disarmed(on_progress)
    except AislescanError as error:
        return Ending.LINK_LOST, error.what, ""
    except (
        Exception
    ) as error:  # a fault of this program, or of whoever shows the progress: the drone comes down before anything else
        logging.getLogger(__name__).exception("a fault of the program; the drone is being landed")
        return watch.land_now(Ending.LANDED_EARLY, f"a fault of the program ({error!r})")


def _put_back(link: VehicleLink, left: UnderWay | None, *, takes_off: bool) -> None:
    """Undo what the flight before may have left behind; NothingToFlyError when no other is to begin."""
    if left is not None:
        Emergency(link).put_back(left.landing_parameters)
    if not takes_off:  # and hangs up: what was only sent may not have arrived
        command = mavlink.MAV_CMD_SET_EKF_SOURCE_SET
        link.command(command, PLACE_AND_SPEED, what="the return to all of the external navigation")
        raise NothingToFlyError("every lane has been flown, and the drone is down")


def _bring_to_take_off(
    preflight: Preflight,
    items: tuple[MissionItem, ...],
    right_of_way: RightOfWay,
    stop: StopRequest | None,
    tell: Callable[[str], None],
) -> tuple[str, Emergency]:
    """Check, ask and wait until nothing is left but to arm; return the autopilot's version and what an emergency would change."""
    link = preflight.link
    link.interruption = partial(_interrupt, link, stop)
    right_of_way.airspace.get_ready(right_of_way.drone, preflight.sortie)
    version = prepare(preflight, items, tell)
    wait_for_consent(link, preflight.operator)
    emergency = Emergency(link)
    wait_for_turn(link, right_of_way, tell)
    link.interruption = lambda: None
    return version, emergency


def _arm(link: VehicleLink, run: RunFolder, operator: Operator, flight: UnderWay) -> None:
    forget_orders(operator)
    begin_flight(run, flight)
    arm(link)


def _interrupt(link: VehicleLink, stop: StopRequest | None) -> None:
    """End what goes on before the take-off, once; what is then left to do on the ground is done."""
    if stop is not None and stop.is_made:
        link.interruption = lambda: None
        raise NotWantedError("stopped before the take-off; nothing has moved", remedy="the same command begins again")


def _note_home(run: RunFolder, home: Sortie, closed_by: str) -> None:
    """Write the way home down for whoever watches; that it cannot be, on a full disk, is no reason not to fly it."""
    with suppress(OSError, AislescanError):
        under_way = flight_under_way(run, home.name)
        if under_way is not None:
            begin_flight(run, replace(under_way, home=home, closed_by=closed_by))


def _lanes_passed(sortie: Sortie, items: tuple[MissionItem, ...], last_item: int) -> list[int]:
    last_of_lane = {item.lane: seq for seq, item in enumerate(items, start=1) if item.lane is not None}
    return [i for i in range(len(sortie.lanes)) if last_of_lane[i] <= last_item]


def _hold_against_photos(
    ending: Ending, reason: str, passed: list[int], sortie: Sortie, photos: PhotoLog
) -> tuple[Ending, str, tuple[str, ...]]:
    """Return how a flight ended and why, in the light of its photos, and the locations that it flew past and photographed."""
    shown = [lane for lane in passed if photos.n_by_lane[lane] >= max(1, MIN_PHOTO_SHARE * sortie.lanes[lane].n_photos)]
    seen = tuple(code for lane in shown for code in photos.seen_along(lane))
    if ending is not Ending.COMPLETED:
        return ending, reason, seen
    if shown != passed:
        words = f"the drone flew its mission, but {len(passed) - len(shown)} of {len(passed)} lanes have too few photos"
        return Ending.PHOTOS_MISSING, words, seen
    n_hidden = sum(len(sortie.lanes[lane].must_see) for lane in shown) - len(seen)
    if n_hidden:
        words = (
            f"the drone flew its mission, but nothing was heard of the photos of {n_hidden} location{'' if n_hidden == 1 else 's'}"
        )
        return Ending.PHOTOS_MISSING, words, seen
    return ending, reason, seen


def _words_of_missing(pictures: PictureCount | None, ending: Ending) -> str:
    """Return what a camera of this computer had to do with an ending that is none of a sound flight."""
    if pictures is None or not pictures.missing or ending is Ending.COMPLETED:
        return ""
    return f" ({pictures.n_missing} of {pictures.n_asked_for} frames were not found, the last: {pictures.missing[-1]})"


def _words_of_left(names: tuple[str, ...]) -> str:
    """Return what a person must know before anybody flies this drone again."""
    return f" (it still lands as in an emergency: {', '.join(names)} could not be put back)" if names else ""


class _Display:
    """Passes on what the vehicle does, not more often than a person can see."""

    def __init__(
        self, link: VehicleLink, sortie: Sortie, n_items: int, report: Report | None, live: LiveView | None = None
    ) -> None:
        self._link, self._n_items, self._report, self._live = link, n_items, report, live
        self._sortie = sortie
        self._shown_at = 0.0
        self._is_homeward = False

    def phase(
        self, phase: str, n_photos: int = 0, view: FlightView | None = None, *, waits_for: str = "", because: str = ""
    ) -> None:
        if self._report is None:
            return
        state = self._link.state
        self._report(
            FlightProgress(
                phase=phase,
                item=state.mission_seq,
                n_items=self._n_items,
                n_photos=n_photos,
                height_m=state.relative_alt_m or 0.0,
                text=state.texts[-1][2] if state.texts else "",
                view=view,
                drone=self._sortie.drone,
                sortie=self._sortie.name,
                waits_for=waits_for,
                because=because,
            )
        )

    def flying(self, n_photos: int, helm: Helm) -> None:
        if self._report is None or time.monotonic() - self._shown_at < SHOWN_EVERY_S:
            return
        self._shown_at = time.monotonic()
        if helm.home is not None and not self._is_homeward and self._live is not None:
            self._is_homeward = True
            self._live.turned_home(helm.home)
        phase = "held" if helm.is_held else "coming home" if helm.is_homeward else "flying"
        view = None if self._live is None else self._live.look()
        self.phase(phase, n_photos, view, waits_for=helm.waits_for, because=helm.closed_by if helm.is_homeward else "")
