"""Fly one sortie and say how it ended. The code does not know which vehicle it flies."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from mission.flying.emergency import Emergency
from mission.flying.flight_path import FlightPath
from mission.flying.link import VehicleLink
from mission.flying.photo_log import PhotoLog
from mission.flying.preparation import arm, leave_auto, prepare
from mission.flying.range_log import RangeLog
from mission.flying.rejoining import is_armed_now, rejoin
from mission.flying.stop_request import StopRequest
from mission.flying.supervision import Expected, Supervisor
from mission.flying.transport import Endpoint, Transport
from mission.flying.under_way import UnderWay, begin_flight, flight_under_way
from mission.flying.watch import Ending, Watch
from mission.planning.mission_items import mission_items
from mission.records import MissionItem, Sortie
from warehouse.errors import AislescanError
from warehouse.run_folder import RunFolder
from warehouse.site import Site

MIN_PHOTO_SHARE = 0.5
"""Of the planned photos of a lane; with fewer it counts as not flown. Flights differ by two or three photos a lane."""
OFF_PATH_SHARE = 0.75
"""Of the drone's clearance: so far off its way a drone is landed, before it touches what stands beside it."""
LEAST_PHOTO_GAP_S, MISSED_PHOTOS = 3.0, 6
"""So long, or so many photos long, a camera may be silent on a lane."""


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
    n_ranges: int = 0
    """Readings of the sideways range sensor; 0 where the drone has none, or where it told nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightProgress:
    """What a display may show while the drone flies."""

    phase: str
    item: int
    n_items: int
    n_photos: int
    height_m: float
    text: str


Report = Callable[[FlightProgress], None]


def fly_sortie(
    endpoint: str | Endpoint | Transport,
    run: RunFolder,
    site: Site,
    sortie: Sortie,
    *,
    boot: int,
    report: Report | None = None,
    heeds_glides: bool = True,
) -> FlightOutcome:
    """Fly `sortie` on the vehicle at `endpoint`; write flight.tlog, frames.jsonl and ranges.jsonl as it goes; return how it ended.

    A position that glides away ends the flight unless `heeds_glides` is False, for a simulation that has it wander on purpose.
    `boot` counts the starts of the autopilot in this sortie, from 1: it numbers its photos anew each time.

    A vehicle that is still in the air with the mission of a flight whose program was killed is followed from there, instead.

    VehicleError when the vehicle does not get as far as arming: nothing has moved then. Once it is armed every ending, Ctrl-C and a
    full disk too, is an outcome, and the drone is on the ground or, when the link is lost, in the hands of its own failsafe.
    """
    left = flight_under_way(run, sortie.name)
    with VehicleLink(endpoint, run.telemetry_path(sortie.name)) as link:
        is_in_air = left is not None and is_armed_now(link)
        if left is not None and is_in_air:
            sortie, boot = left.sortie, left.boot
        items = mission_items(site, sortie)
        display = _Display(link, len(items), report)
        if left is not None and not is_in_air:
            Emergency(link).put_back(left.landing_parameters)
        bring = rejoin if is_in_air else prepare
        version = bring(link, site, sortie, items, display.phase)
        photos = PhotoLog(link, run, site, sortie, items, boot=boot)
        if is_in_air:
            photos.go_on()
        sensor = site.range_sensor
        ranges = None if sensor is None else RangeLog(link, run, site.layout.anchor, sortie, sensor)
        emergency = Emergency(link, None if left is None or not is_in_air else left.landing_parameters)
        with StopRequest() as stop:
            if not is_in_air:
                display.phase("arming")
                begin_flight(run, UnderWay(boot=boot, sortie=sortie, landing_parameters=emergency.before))
                arm(link)
            armed_at = link.state.boot_s or 0.0
            supervisor = Supervisor(expected_of(site, sortie, items, heeds_glides=heeds_glides))
            watch = Watch(link, supervisor, len(items), stop, emergency)
            ending, reason, trouble = _follow(watch, lambda: display.flying(photos.n_photos))
            flight_s = (link.state.boot_s or armed_at) - armed_at
            watch.stop_looking()
            if ending is not Ending.LINK_LOST:
                emergency.end()
                leave_auto(link)
            photos.stop()
            if ranges is not None:
                ranges.stop()
        started_at = link.utc(armed_at).strftime("%Y-%m-%dT%H:%M:%SZ")
    passed = _lanes_passed(sortie, items, watch.last_item)
    shown = [lane for lane in passed if photos.n_by_lane[lane] >= max(1, MIN_PHOTO_SHARE * sortie.lanes[lane].n_photos)]
    if ending is Ending.COMPLETED and shown != passed:
        ending = Ending.PHOTOS_MISSING
        reason = f"the drone flew its mission, but {len(passed) - len(shown)} of {len(passed)} lanes have too few photos"
    return FlightOutcome(
        sortie=sortie.name,
        boot=boot,
        ending=ending,
        reason=reason,
        trouble=trouble,
        trouble_s=None if watch.trouble_s is None else round(watch.trouble_s - armed_at, 2),
        last_item=watch.last_item,
        locations_flown=tuple(code for lane in shown for code in sortie.lanes[lane].must_see),
        n_photos=photos.n_photos,
        n_unpaired_photos=photos.n_unpaired,
        flight_s=round(flight_s, 1),
        started_at=started_at,
        autopilot_version=version,
        n_ranges=0 if ranges is None else ranges.n_ranges,
    )


def expected_of(site: Site, sortie: Sortie, items: tuple[MissionItem, ...], *, heeds_glides: bool = True) -> Expected:
    """Return what a sound flight of `items` keeps to."""
    gaps = {}
    for seq, item in enumerate(items, start=1):
        if item.lane is not None and item.locations:
            lane = sortie.lanes[item.lane]
            gaps[seq] = max(LEAST_PHOTO_GAP_S, MISSED_PHOTOS * lane.photo_spacing_m / lane.speed_mps)
    return Expected(
        longest_s=2.0 * sortie.time_s + 60.0,
        path=FlightPath(site.layout.anchor, items),
        off_path_m=OFF_PATH_SHARE * site.drone.clearance_m,
        heeds_glides=heeds_glides,
        longest_photo_gap_s=gaps,
    )


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


def _lanes_passed(sortie: Sortie, items: tuple[MissionItem, ...], last_item: int) -> list[int]:
    last_of_lane = {item.lane: seq for seq, item in enumerate(items, start=1) if item.lane is not None}
    return [i for i in range(len(sortie.lanes)) if last_of_lane[i] <= last_item]


class _Display:
    """Passes on what the vehicle does, not more often than a person can see."""

    def __init__(self, link: VehicleLink, n_items: int, report: Report | None) -> None:
        self._link, self._n_items, self._report = link, n_items, report
        self._shown_at = 0.0

    def phase(self, phase: str, n_photos: int = 0) -> None:
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
            )
        )

    def flying(self, n_photos: int) -> None:
        if time.monotonic() - self._shown_at > 0.2:
            self._shown_at = time.monotonic()
            self.phase("flying", n_photos)
