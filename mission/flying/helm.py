"""Carries out what the person at the keyboard orders while the drone flies: hold, go on, land here, come home."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from pymavlink import mavutil

from mission.flying.expectation import expected_of
from mission.flying.link import VehicleLink
from mission.flying.mission_transfer import upload_mission
from mission.flying.operator import Operator
from mission.flying.orders import ACCEPTED, Order, OrderRecord, Orders
from mission.flying.supervision import Supervisor, Trouble
from mission.flying.vehicle_state import Mode
from mission.planning.mission_items import mission_items
from mission.planning.way_home import sortie_home
from mission.records import Sortie
from warehouse.coordinates import ned_from_latlon_1e7, site_from_ned
from warehouse.errors import AislescanError, VehicleError
from warehouse.site import Site

mavlink = mavutil.mavlink

STILL_MPS = 0.15
_STOP_S = 6.0
_WORK_OUT_S = 120.0
"""Of the vehicle's own time, which in a simulation runs ahead of the computer that looks for the way."""
_AFTER_HOLD_S = 6.0
"""So long after a hold the drone may take to move and to take photos again."""
_HELD = frozenset((Trouble.STALLED, Trouble.CAMERA_STOPPED))
"""Troubles that are none while the drone waits as it was told to."""


class _LandingOrderedError(VehicleError):
    """The operator has thought better of the way home."""


class _FoundMeanwhileError(VehicleError):
    """Something that must be acted on at once was seen while the way home was being prepared."""


class Helm:
    """Between the operator and the vehicle, for one flight."""

    def __init__(self, link: VehicleLink, site: Site, sortie: Sortie, operator: Operator, supervisor: Supervisor) -> None:
        """Steer the vehicle at `link`, which flies `sortie`, as `operator` orders; tell the `supervisor` of another way."""
        self._link, self._site, self._sortie, self._operator = link, site, sortie, operator
        self._supervisor = supervisor
        self._orders = Orders(link, operator.answered)
        operator.steers(self._orders.hurry)
        self._n_noted = 0
        self._held_until_s: float | None = None
        self.is_held = False
        self.is_homeward = False
        """Whether the mission was given up for the way home."""
        self.home: Sortie | None = None
        self.has_finding: Callable[[], bool] = lambda: False
        """Whether something must be acted on at once: the way home is not worth the wait then."""

    @property
    def records(self) -> tuple[OrderRecord, ...]:
        """What was ordered, oldest first."""
        return tuple(self._orders.records)

    def let_go(self) -> None:
        """Carry out no more orders: the drone is being landed, or is in other hands."""
        self._orders.are_heeded = False

    def stop(self) -> None:
        """Stop listening."""
        self.let_go()
        self._orders.stop()

    def heed(self) -> str:
        """Carry out what has been ordered; return why the drone must be landed at once, empty when it need not."""
        self._orders.repeat()
        self._note_answer()
        given = self._operator.next_order()
        if given is None:
            return ""
        order, pressed_s = given
        if order is Order.HOME and self.is_homeward:
            return ""
        self._orders.send(order, pressed_s)
        if order is Order.LAND:
            return "the operator ordered a landing"
        if order is Order.HOME:
            return self._turn_home()
        return ""

    def tolerates(self, trouble: Trouble) -> bool:
        """Whether something is no trouble now, because the operator has ordered it so."""
        if self._held_until_s is None:
            return False
        if trouble is Trouble.TOO_LONG:  # for as long as somebody looks on and has made it wait
            return True
        now = self._link.state.boot_s or 0.0
        return trouble in _HELD and (self.is_held or now - self._held_until_s < _AFTER_HOLD_S)

    def _note_answer(self) -> None:
        """Once a hold, or the going on after it, has been accepted, it holds."""
        if len(self._orders.records) == self._n_noted or self._orders.is_waiting:
            return
        self._n_noted = len(self._orders.records)
        last = self._orders.records[-1]
        if last.order in (Order.HOLD, Order.GO_ON) and last.result == ACCEPTED:
            self.is_held = last.order is Order.HOLD
            self._held_until_s = self._link.state.boot_s

    def _turn_home(self) -> str:
        """Stop, work out the way, give it to the vehicle and have it flown; return why it must be landed instead.

        Whatever is found meanwhile ends the preparation at once; it is for the caller to act on.
        """
        link = self._link
        try:
            self._orders.is_home_prepared = True
            link.interrupt = self._look_up
            self._prepare_home()
            link.set_mode(Mode.AUTO, "mode AUTO for the way home")
        except _LandingOrderedError:
            return "the operator ordered a landing while the way home was prepared"
        except _FoundMeanwhileError as error:
            return "" if link.state.mode != Mode.AUTO or self.has_finding() else error.what
        except AislescanError as error:
            return f"the operator ordered the way home, but {error.what}"
        finally:
            link.interrupt, self._orders.is_home_prepared = None, False
        return ""

    def _prepare_home(self) -> None:
        link, state = self._link, self._link.state
        guided: Callable[[], bool] = lambda: state.mode == Mode.GUIDED  # noqa: E731
        link.wait_for("HEARTBEAT to show mode GUIDED", guided, 10.0, every_s=1.0, again=self._orders.repeat)
        link.interrupt = self._look_up_in_guided
        for command in (mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, mavlink.MAV_CMD_IMAGE_STOP_CAPTURE):
            link.command(command, what="stopping the photos")
        link.wait_for("the drone to stop", lambda: math.hypot(*(state.velocity_ned_mps or (9.0,))) < STILL_MPS, _STOP_S)
        self.is_held, self.is_homeward = False, True
        self.home = self._way_home()
        items = mission_items(self._site, self.home)
        upload_mission(link, items)
        self._supervisor.expect(expected_of(self._site, self.home, items), state)
        if not state.is_position_trusted:
            raise VehicleError("the autopilot lost its position while the way was prepared")
        self._look_up_in_guided()  # nothing that the autopilot has seen to may be undone
        link.interrupt = self._look_up

    def _way_home(self) -> Sortie:
        """Look for the way in a thread of its own: the drone is listened to all the while."""
        pool = ThreadPoolExecutor(1, thread_name_prefix="way home")
        try:
            found = pool.submit(sortie_home, self._site, self._sortie, self._here_m())
            self._link.wait_for("the way home to be worked out", found.done, _WORK_OUT_S)
            return found.result()
        finally:
            pool.shutdown(wait=False)

    def _look_up(self) -> None:
        """Raise when the preparation must not go on."""
        given = self._operator.next_order()
        if given is not None and given[0] is Order.LAND:
            self._orders.send(*given)
            raise _LandingOrderedError("the operator ordered a landing")
        if self.has_finding():
            raise _FoundMeanwhileError("something else must be seen to")

    def _look_up_in_guided(self) -> None:
        self._look_up()
        if self._link.state.mode != Mode.GUIDED:
            raise _FoundMeanwhileError("the autopilot left GUIDED while the way home was prepared")

    def _here_m(self) -> tuple[float, float, float]:
        state, anchor = self._link.state, self._site.layout.anchor
        assert state.latlon_1e7 is not None
        north, east = ned_from_latlon_1e7(anchor, state.latlon_1e7)
        x, y, z = site_from_ned(anchor, np.array([north, east, -(state.relative_alt_m or 0.0)]))
        return float(x), float(y), float(z)
