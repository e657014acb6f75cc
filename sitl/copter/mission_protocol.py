"""The mission protocol of one link: upload, download, clear, for mission and fence alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.copter.autopilot import Autopilot
from sitl.copter.mission_items import FENCE, MAX_ITEMS, MISSION, Item, Store, as_stored, refusal_of
from sitl.copter.modes import Mode

ITEM_PAUSE_S = 0.04
REPEAT_S = 1.0
GIVE_UP_S = 8.0


@dataclass(slots=True)
class _Upload:
    store: Store
    mission_type: int
    next_seq: int
    end: int
    system: int
    component: int
    last_item_s: float
    next_request_s: float
    is_partial: bool = False


class MissionProtocol:
    """Handles the messages of one link; `step` sends the next request and notices a sender that fell silent."""

    def __init__(self, vehicle: Autopilot, send: Callable[[Any], None]) -> None:
        """Answer through `send`."""
        self._vehicle, self._send = vehicle, send
        self._upload: _Upload | None = None
        self._has_warned_float = False

    def handle(self, message: Any) -> bool:
        """Take `message` if it belongs to the protocol."""
        kind = message.get_type()
        handler = getattr(self, "_on_" + kind.lower(), None)
        if handler is None:
            return False
        handler(message)
        return True

    def _store(self, message: Any) -> Store | None:
        return {MISSION: self._vehicle.mission, FENCE: self._vehicle.fence}.get(message.mission_type)

    def _ack(self, message: Any, result: int) -> None:
        self._send(
            mav.MAVLink_mission_ack_message(message.get_srcSystem(), message.get_srcComponent(), result, message.mission_type)
        )

    def _ack_upload(self, upload: _Upload, result: int) -> None:
        self._send(mav.MAVLink_mission_ack_message(upload.system, upload.component, result, upload.mission_type))

    # -- upload ----------------------------------------------------------------------------------------------------------------

    def _on_mission_count(self, message: Any) -> None:
        store = self._store(message)
        if store is None:
            self._ack(message, mav.MAV_MISSION_UNSUPPORTED)
            return
        if message.count > MAX_ITEMS:
            self._ack(message, mav.MAV_MISSION_NO_SPACE)
            self._vehicle.say(4, f"Only {MAX_ITEMS} items are supported")
            return
        store.cut(message.count)
        self._tell_total(message.mission_type)
        if message.count == 0:
            self._ack(message, mav.MAV_MISSION_ACCEPTED)
            return
        self._begin(message, store, 0, message.count)

    def _on_mission_write_partial_list(self, message: Any) -> None:
        store = self._store(message)
        if store is None or not 0 <= message.start_index <= message.end_index < len(store):
            self._ack(message, mav.MAV_MISSION_ERROR)
            self._vehicle.say(4, "Flight plan update rejected")
            return
        self._begin(message, store, message.start_index, message.end_index + 1)
        assert self._upload is not None
        self._upload.is_partial = True

    def _begin(self, message: Any, store: Store, start: int, end: int) -> None:
        now = self._vehicle.time_s
        self._upload = _Upload(
            store, message.mission_type, start, end, message.get_srcSystem(), message.get_srcComponent(), now, now
        )
        self._has_warned_float = False
        self.step()

    def _on_mission_item_int(self, m: Any) -> None:
        self._take(m, Item(frame=m.frame, command=m.command, params=(m.param1, m.param2, m.param3, m.param4), x=m.x, y=m.y, z=m.z))

    def _on_mission_item(self, m: Any) -> None:
        if not self._has_warned_float:
            self._has_warned_float = True
            self._vehicle.say(4, "got MISSION_ITEM; use MISSION_ITEM_INT")
        x, y = round(m.x * 1e7), round(m.y * 1e7)
        self._take(m, Item(frame=m.frame, command=m.command, params=(m.param1, m.param2, m.param3, m.param4), x=x, y=y, z=m.z))

    def _take(self, message: Any, item: Item) -> None:
        upload, vehicle = self._upload, self._vehicle
        if upload is None or upload.mission_type != message.mission_type:
            self._ack(message, mav.MAV_MISSION_ERROR)
            return
        if message.seq != upload.next_seq:
            self._ack(message, mav.MAV_MISSION_INVALID_SEQUENCE)
            return
        is_home = message.seq == 0 and upload.mission_type == MISSION
        refusal = mav.MAV_MISSION_ACCEPTED if is_home else refusal_of(item, upload.mission_type)
        if refusal != mav.MAV_MISSION_ACCEPTED:
            self._ack_upload(upload, refusal)
            self._upload = None
            return
        upload.store.put(message.seq, as_stored(item) if upload.mission_type == MISSION else item)
        self._tell_total(upload.mission_type)
        upload.next_seq += 1
        upload.last_item_s = vehicle.time_s
        upload.next_request_s = vehicle.time_s + ITEM_PAUSE_S
        if upload.next_seq >= upload.end:
            self._upload = None
            self._ack_upload(upload, mav.MAV_MISSION_ACCEPTED)
            if upload.mission_type == FENCE:
                vehicle.say(7, "Fence Indexed OK")
            elif not upload.is_partial:
                vehicle.say(6, "Flight plan received")

    def step(self) -> None:
        """Ask for the item that is missing, and give up on a silent sender."""
        upload = self._upload
        if upload is None:
            return
        now = self._vehicle.time_s
        if now - upload.last_item_s > GIVE_UP_S:
            self._upload = None
            self._ack_upload(upload, mav.MAV_MISSION_OPERATION_CANCELLED)
            self._vehicle.say(4, "Mission upload timeout")
        elif now >= upload.next_request_s:
            upload.next_request_s = now + REPEAT_S
            self._send(mav.MAVLink_mission_request_message(upload.system, upload.component, upload.next_seq, upload.mission_type))

    def _tell_total(self, mission_type: int) -> None:
        vehicle = self._vehicle
        store, name = (vehicle.mission, "MIS_TOTAL") if mission_type == MISSION else (vehicle.fence, "FENCE_TOTAL")
        value = vehicle.parameters.set(name, len(store))
        vehicle.broadcast(
            mav.MAVLink_param_value_message(name.encode(), value, vehicle.parameters.type_of(name), len(vehicle.parameters), 65535)
        )

    # -- download --------------------------------------------------------------------------------------------------------------

    def _on_mission_request_list(self, message: Any) -> None:
        store = self._store(message)
        if store is None:
            self._ack(message, mav.MAV_MISSION_UNSUPPORTED)
            return
        self._send_count(message, store)

    def _send_count(self, message: Any, store: Store) -> None:
        self._send(
            mav.MAVLink_mission_count_message(message.get_srcSystem(), message.get_srcComponent(), len(store), message.mission_type)
        )

    def _on_mission_request_int(self, message: Any) -> None:
        item = self._requested(message)
        if item is not None:
            self._send(
                mav.MAVLink_mission_item_int_message(
                    message.get_srcSystem(), message.get_srcComponent(), message.seq, item.frame, item.command,
                    0, 1, *item.params, item.x, item.y, item.z, message.mission_type,
                )
            )  # fmt: skip

    def _on_mission_request(self, message: Any) -> None:
        item = self._requested(message)
        if item is not None:
            self._vehicle.say(4, "got MISSION_REQUEST; use MISSION_REQUEST_INT")
            self._send(
                mav.MAVLink_mission_item_message(
                    message.get_srcSystem(), message.get_srcComponent(), message.seq, item.frame, item.command,
                    0, 1, *item.params, item.x / 1e7, item.y / 1e7, item.z, message.mission_type,
                )
            )  # fmt: skip

    def _requested(self, message: Any) -> Item | None:
        store = self._store(message)
        if store is None or message.seq >= len(store):
            if store is not None:
                self._send_count(message, store)
            self._ack(message, mav.MAV_MISSION_INVALID_SEQUENCE)
            return None
        if message.seq == 0 and message.mission_type == MISSION:
            return self._home_item()
        return store.items[int(message.seq)]

    def _home_item(self) -> Item:
        home = self._vehicle.home
        x, y = home.latlon_1e7 if home is not None else (0, 0)
        z = home.altitude_m if home is not None else 0.0
        return Item(frame=mav.MAV_FRAME_GLOBAL, command=mav.MAV_CMD_NAV_WAYPOINT, params=(0.0, 0.0, 0.0, 0.0), x=x, y=y, z=z)

    # -- the rest --------------------------------------------------------------------------------------------------------------

    def _on_mission_clear_all(self, message: Any) -> None:
        vehicle = self._vehicle
        if message.mission_type == MISSION and vehicle.is_armed and vehicle.mode == Mode.AUTO:
            self._ack(message, mav.MAV_MISSION_ERROR)
            return
        self._upload = None
        for kind, store in ((MISSION, vehicle.mission), (FENCE, vehicle.fence)):
            if message.mission_type in (kind, mav.MAV_MISSION_TYPE_ALL):
                store.cut(0)
                self._tell_total(kind)
                if kind == MISSION:
                    vehicle.auto.reset()
        self._ack(message, mav.MAV_MISSION_ACCEPTED)

    def _on_mission_set_current(self, message: Any) -> None:
        self._vehicle.auto.set_current(message.seq)

    def _on_mission_ack(self, message: Any) -> None:
        """Nothing follows the end of a download."""
