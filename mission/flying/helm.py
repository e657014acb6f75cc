"""Carries out what the person at the keyboard orders while the drone flies: hold, go on, land here, come home.

It also has the drone wait for others, as the rule that keeps them apart wants it, by the same commands.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from pymavlink import mavutil

from mission.flying.expectation import expected_of
from mission.flying.fleet.airborne import Point
from mission.flying.fleet.right_of_way import RightOfWay
from mission.flying.link import VehicleLink
from mission.flying.mission_transfer import upload_mission
from mission.flying.operator import Operator
from mission.flying.orders import ACCEPTED, Order, OrderRecord, Orders
from mission.flying.supervision import Supervisor, Trouble
from mission.flying.under_way import UnderWay
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
LONGEST_WAIT_S = 120.0
"""For so long a drone waits in the air for another one; then it lands where it is."""
_LOOK_EVERY_S = 0.1
"""As often as the vehicle says where it is."""
_ASK_AGAIN_S = 1.0
"""Vehicle seconds after which a wait that the vehicle refused, as it does while it takes off, is asked for again."""
_HELD = frozenset((Trouble.STALLED, Trouble.CAMERA_STOPPED))
"""Troubles that are none while the drone waits as it was told to."""


class _LandingOrderedError(VehicleError):
    """The operator has thought better of the way home."""


class _FoundMeanwhileError(VehicleError):
    """Something that must be acted on at once was seen while the way home was being prepared."""


class Helm:
    """Between the operator and the vehicle, for one flight."""

    def __init__(
        self,
        link: VehicleLink,
        site: Site,
        sortie: Sortie,
        operator: Operator,
        supervisor: Supervisor,
        *,
        right_of_way: RightOfWay,
        on_home: Callable[[Sortie, str], object] = lambda home, closed_by: None,
    ) -> None:
        """Steer the vehicle at `link`, which flies `sortie`, as `operator` orders and as its `right_of_way` lets it.

        The `supervisor` is told of another way; `on_home` of the way home, as soon as the vehicle has it, and of `closed_by`.
        """
        self._link, self._site, self._sortie, self._operator = link, site, sortie, operator
        self._supervisor, self._right_of_way = supervisor, right_of_way
        self._items, self._on_home = mission_items(site, sortie), on_home
        self._orders = Orders(link, operator.answered)
        operator.steers(self._orders.hurry)
        self._n_noted = 0
        self._held_until_s: float | None = None
        self.is_held = False
        self._is_held_by_operator = self._is_yielding = False
        self.waits_for = ""
        """Which other drone, in words; empty while none is in the way."""
        self._waits_since_s: float | None = None
        self._asked_s = self._looked_s = -_ASK_AGAIN_S
        self.closed_by = ""
        """Why the mission was given up for others, in words; empty when it was not."""
        self.is_homeward = False
        """Whether the mission was given up for the way home."""
        self.home: Sortie | None = None
        self.has_finding: Callable[[], bool] = lambda: False
        """Whether something must be acted on at once: the way home is not worth the wait then."""

    def take_up(self, left: UnderWay | None) -> None:
        """Go on with a flight that an earlier program began, if so; from now on other drones reckon with it, where it now is."""
        if left is None:
            return
        if left.home is not None:
            self.home, self.is_homeward, self.closed_by = left.home, True, left.closed_by
            self._items = mission_items(self._site, left.home)
        self._right_of_way.found_in_air(left.way, self._items, self._link.state, self._here_m())

    @property
    def n_items(self) -> int:
        """Items of the mission that is flown now, home left out; the last is the landing on the pad."""
        return len(self._items)

    @property
    def is_at_pad(self) -> bool:
        """Whether the vehicle says that it is no farther off its pad than its clearance."""
        here, pads = self.here_m(), self._site.layout.home_pads
        pad = next(p for p in pads if p.name == self._sortie.home_pad)
        return here is not None and math.dist(here[:2], pad.position_m) <= self._site.drone.clearance_m

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
            return self._give_way()
        order, pressed_s = given
        if order is Order.HOME and self.is_homeward:
            return ""
        self._is_held_by_operator = order is Order.HOLD
        if order is Order.GO_ON and self.waits_for:  # it goes on as soon as the way is free
            return ""
        self._orders.send(order, pressed_s)
        if order is Order.LAND:
            return "the operator ordered a landing"
        if order is Order.HOME:
            return self._turn_home("the operator ordered the way home")
        return ""

    def _give_way(self) -> str:
        """Say where the drone is; have it wait for others, go on, or come home; return why it must be landed instead."""
        state = self._link.state
        if state.mode != Mode.AUTO or state.latlon_1e7 is None:
            return ""
        now = state.boot_s or 0.0
        if now - self._looked_s < _LOOK_EVERY_S:
            return ""
        self._looked_s = now
        held_s = now - (now if self._waits_since_s is None else self._waits_since_s) if self.is_held else None
        answer = self._right_of_way.go_on(self._items, state, self._here_m(), held_s=held_s)
        if answer.closed:
            was_homeward, self.closed_by = self.is_homeward, answer.closed
            if was_homeward:
                return f"the way home is closed: {answer.closed}"
            self._orders.send(Order.HOME, time.monotonic(), is_by_rule=True)
            return self._turn_home(f"the way on is closed: {answer.closed}")
        self.waits_for, self._orders.must_wait = answer.wait, bool(answer.wait)
        if not answer.wait:
            self._waits_since_s = None
        elif self._waits_since_s is None:
            self._waits_since_s = now
        elif now - self._waits_since_s > LONGEST_WAIT_S:
            self.closed_by = answer.wait
            return f"the drone waited {LONGEST_WAIT_S:.0f} s in the air, in vain: {answer.wait}"
        may_be_held = self.is_held or self._orders.is_open(Order.HOLD)
        may_fly = not self.is_held or self._orders.is_open(Order.GO_ON)
        self._is_yielding = bool(answer.wait) or (self._is_yielding and may_be_held and not self._is_held_by_operator)
        if self._is_yielding and (may_fly if answer.wait else may_be_held):
            self._order_by_rule(Order.HOLD if answer.wait else Order.GO_ON, now)
        return ""

    def _order_by_rule(self, order: Order, now_s: float) -> None:
        """Order it, once the last order is answered or was sent often enough in vain; a hold does not wait for a going on."""
        orders = self._orders
        is_over = not orders.is_waiting or orders.has_given_up or (order is Order.HOLD and orders.is_open(Order.GO_ON))
        if is_over and now_s - self._asked_s >= _ASK_AGAIN_S:
            self._asked_s = now_s
            orders.send(order, time.monotonic(), is_by_rule=True)

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

    def _turn_home(self, why: str) -> str:
        """Stop, work out the way, give it to the vehicle and have it flown; return why it must be landed instead.

        Whatever is found meanwhile ends the preparation at once; it is for the caller to act on.
        """
        link = self._link
        try:
            self._orders.is_home_prepared = True
            link.interruption = self._look_up
            self._prepare_home()
            link.set_mode(Mode.AUTO, "mode AUTO for the way home")
        except _LandingOrderedError:
            return "the operator ordered a landing while the way home was prepared"
        except _FoundMeanwhileError as error:
            return "" if link.state.mode != Mode.AUTO or self.has_finding() else error.what
        except AislescanError as error:
            return f"{why}, but {error.what}"
        finally:
            link.interruption, self._orders.is_home_prepared = lambda: None, False
        return ""

    def _prepare_home(self) -> None:
        link, state = self._link, self._link.state
        guided: Callable[[], bool] = lambda: state.mode == Mode.GUIDED  # noqa: E731
        link.wait_for("HEARTBEAT to show mode GUIDED", guided, 10.0, every_s=1.0, again=self._orders.repeat)
        link.interruption = self._look_up_in_guided
        for command in (mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, mavlink.MAV_CMD_IMAGE_STOP_CAPTURE):
            link.command(command, what="stopping the photos")
        link.wait_for("the drone to stop", lambda: math.hypot(*(state.velocity_ned_mps or (9.0,))) < STILL_MPS, _STOP_S)
        self.is_held = self._is_held_by_operator = self._is_yielding = False
        self.is_homeward, self.waits_for, self._waits_since_s = True, "", None
        self._orders.must_wait = False
        self.home = self._way_home()
        self._items = mission_items(self._site, self.home)
        upload_mission(link, self._items)
        state.mission_seq = 0  # it was the number of an item of the other mission
        self._on_home(self.home, self.closed_by)
        self._right_of_way.airspace.turn(self._right_of_way.drone, self.home)
        self._supervisor.expect(expected_of(self._site, self.home, self._items), state)
        if not state.is_position_trusted:
            raise VehicleError("the autopilot lost its position while the way was prepared")
        self._look_up_in_guided()  # nothing that the autopilot has seen to may be undone
        link.interruption = self._look_up

    def _way_home(self) -> Sortie:
        """Look for the way in a thread of its own: the drone is listened to all the while."""
        pool = ThreadPoolExecutor(1, thread_name_prefix="way home")
        try:
            closed = self._right_of_way.airspace.closed_air()
            found = pool.submit(sortie_home, self._site, self._sortie, self._here_m(), closed)
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

    def here_m(self) -> Point | None:
        """Return where the vehicle last said that it was, site frame; None before it said so."""
        return None if self._link.state.latlon_1e7 is None else self._here_m()

    def _here_m(self) -> Point:
        state, anchor = self._link.state, self._site.layout.anchor
        assert state.latlon_1e7 is not None
        north, east = ned_from_latlon_1e7(anchor, state.latlon_1e7)
        x, y, z = site_from_ned(anchor, np.array([north, east, -(state.relative_alt_m or 0.0)]))
        return float(x), float(y), float(z)
