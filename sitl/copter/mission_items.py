"""The mission in the vehicle's memory: what is accepted, how it is rounded, what a failed upload leaves behind."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pymavlink.dialects.v20 import ardupilotmega as mav

MAX_ITEMS = 650
MISSION = mav.MAV_MISSION_TYPE_MISSION
FENCE = mav.MAV_MISSION_TYPE_FENCE

NAV_NAMES = {
    mav.MAV_CMD_NAV_WAYPOINT: "WP",
    mav.MAV_CMD_NAV_LOITER_UNLIM: "LoitUnlim",
    mav.MAV_CMD_NAV_LOITER_TIME: "LoitTime",
    mav.MAV_CMD_NAV_RETURN_TO_LAUNCH: "RTL",
    mav.MAV_CMD_NAV_LAND: "Land",
    mav.MAV_CMD_NAV_TAKEOFF: "Takeoff",
    mav.MAV_CMD_NAV_DELAY: "Delay",
}
DO_NAMES = {
    mav.MAV_CMD_CONDITION_DELAY: "CondDelay",
    mav.MAV_CMD_CONDITION_YAW: "CondYaw",
    mav.MAV_CMD_DO_CHANGE_SPEED: "ChangeSpeed",
    mav.MAV_CMD_DO_DIGICAM_CONTROL: "DigiCamCtrl",
    mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST: "SetCamTrigDst",
    mav.MAV_CMD_IMAGE_START_CAPTURE: "ImgStartCap",
    mav.MAV_CMD_IMAGE_STOP_CAPTURE: "ImgStopCap",
}
UNREPORTED = frozenset(
    (
        mav.MAV_CMD_DO_DIGICAM_CONTROL,
        mav.MAV_CMD_DO_SET_CAM_TRIGG_DIST,
        mav.MAV_CMD_IMAGE_START_CAPTURE,
        mav.MAV_CMD_IMAGE_STOP_CAPTURE,
    )
)
"""Camera commands finish inside the mission library: no MISSION_ITEM_REACHED."""
_WITH_PLACE = frozenset(
    (
        mav.MAV_CMD_NAV_WAYPOINT,
        mav.MAV_CMD_NAV_LOITER_UNLIM,
        mav.MAV_CMD_NAV_LOITER_TIME,
        mav.MAV_CMD_NAV_LAND,
        mav.MAV_CMD_NAV_TAKEOFF,
    )
)
_RELATIVE = (mav.MAV_FRAME_GLOBAL_RELATIVE_ALT, mav.MAV_FRAME_GLOBAL_RELATIVE_ALT_INT)
_GLOBAL = (mav.MAV_FRAME_GLOBAL, mav.MAV_FRAME_GLOBAL_INT)
_FENCE_COMMANDS = (
    mav.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION,
    mav.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One stored item. Latitude and longitude in 1e-7 degrees, `z` in metres in its `frame`."""

    frame: int
    command: int
    params: tuple[float, float, float, float]
    x: int
    y: int
    z: float

    @property
    def is_nav(self) -> bool:
        """Whether it is flown to its end before the next such item begins."""
        return self.command in NAV_NAMES

    @property
    def is_relative(self) -> bool:
        """Whether `z` counts from home."""
        return self.frame in _RELATIVE

    @property
    def name(self) -> str:
        """As in "Mission: 4 WP"."""
        return NAV_NAMES.get(self.command) or DO_NAMES.get(self.command, "?")


def refusal_of(item: Item, mission_type: int) -> int:
    """Return the MAV_MISSION_RESULT with which ArduCopter turns `item` down, or ACCEPTED."""
    if mission_type == FENCE:
        return int(mav.MAV_MISSION_ACCEPTED if item.command in _FENCE_COMMANDS else mav.MAV_MISSION_UNSUPPORTED)
    if math.isnan(item.params[0]):
        return int(mav.MAV_MISSION_INVALID_PARAM1)
    if item.command not in NAV_NAMES and item.command not in DO_NAMES:
        return int(mav.MAV_MISSION_UNSUPPORTED)
    if item.command in _WITH_PLACE:
        if item.frame not in _RELATIVE and item.frame not in _GLOBAL:
            return int(mav.MAV_MISSION_UNSUPPORTED_FRAME)
        if abs(item.x) > 900_000_000:
            return int(mav.MAV_MISSION_INVALID_PARAM5_X)
        if abs(item.y) > 1_800_000_000:
            return int(mav.MAV_MISSION_INVALID_PARAM6_Y)
    return int(mav.MAV_MISSION_ACCEPTED)


def as_stored(item: Item) -> Item:
    """Return what a later read finds: heights in whole centimetres, waypoint delays in whole seconds, unused numbers gone."""
    p1, p2, p3, p4 = (0.0 if math.isnan(p) else p for p in item.params)
    if item.command == mav.MAV_CMD_NAV_WAYPOINT:
        p1, p2, p3, p4 = float(int(p1)), 0.0, 0.0, 0.0
    elif item.command in (mav.MAV_CMD_NAV_TAKEOFF, mav.MAV_CMD_NAV_LAND):
        p1, p2, p3, p4 = 0.0, 0.0, 0.0, 0.0
    frame = mav.MAV_FRAME_GLOBAL_RELATIVE_ALT if item.frame in _RELATIVE else item.frame
    frame = mav.MAV_FRAME_GLOBAL if frame in _GLOBAL else frame
    z = round(item.z * 100) / 100 if item.command in _WITH_PLACE else item.z
    return Item(frame=frame, command=item.command, params=(p1, p2, p3, p4), x=item.x, y=item.y, z=z)


class Store:
    """The list of items; number 0 is always home, whatever was sent for it."""

    def __init__(self) -> None:
        """Hold nothing."""
        self.items: list[Item] = []
        self.changes = 0

    def __len__(self) -> int:
        """Count with home."""
        return len(self.items)

    def cut(self, count: int) -> None:
        """Forget everything from number `count` on: what MISSION_COUNT does before the first item has come."""
        del self.items[count:]
        self.changes += 1

    def put(self, seq: int, item: Item) -> None:
        """Replace item `seq`, or append it."""
        if seq < len(self.items):
            self.items[seq] = item
        else:
            self.items.append(item)
        self.changes += 1

    def next_nav(self, index: int) -> int | None:
        """Return the number of the first navigation item from `index` on."""
        for i in range(max(index, 1), len(self.items)):
            if self.items[i].is_nav:
                return i
        return None
