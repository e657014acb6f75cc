"""Upload a mission or a fence and read it back (https://mavlink.io/en/services/mission.html).

ArduCopter does not roll back a failed upload: the list is then a mixture of old and new. So the list is cleared first, and what the
vehicle holds at the end is read back and compared, item by item.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pymavlink import mavutil

from mission.flying.link import COMPONENT, VehicleLink
from mission.records import MissionItem
from warehouse.errors import VehicleError

mavlink = mavutil.mavlink

MISSION, FENCE = mavlink.MAV_MISSION_TYPE_MISSION, mavlink.MAV_MISSION_TYPE_FENCE
_NAMES = {MISSION: "mission", FENCE: "fence"}
_RESULTS = {v: e.name.removeprefix("MAV_MISSION_") for v, e in mavlink.enums["MAV_MISSION_RESULT"].items()}
_TIMEOUT_S = 30.0
"""For the whole list; the vehicle takes 25 items a second (measured), 650 at most."""
_ANSWERS = ("MISSION_REQUEST", "MISSION_REQUEST_INT", "MISSION_ACK")


def upload_mission(link: VehicleLink, items: Sequence[MissionItem]) -> None:
    """Replace the vehicle's mission by `items` (the home item 0 is added here) and prove it by reading it back."""
    home = MissionItem(command=mavlink.MAV_CMD_NAV_WAYPOINT, frame=mavlink.MAV_FRAME_GLOBAL, purpose="home")
    _replace(link, MISSION, [home, *items])
    _compare(MISSION, list(items), _download(link, MISSION)[1:])


def check_mission(link: VehicleLink, items: Sequence[MissionItem]) -> None:
    """Raise VehicleError when the vehicle holds another mission than `items`. Harmless in flight."""
    _compare(MISSION, list(items), _download(link, MISSION)[1:])


def upload_fence(link: VehicleLink, areas: Sequence[tuple[bool, Sequence[tuple[int, int]]]]) -> None:
    """Replace the vehicle's fence by these polygons and prove it: whether to stay in, corners (latitude, longitude, 1e-7 deg)."""
    stay_in, stay_out = mavlink.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION, mavlink.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION
    items = [
        MissionItem(
            command=stay_in if is_inclusion else stay_out,
            frame=mavlink.MAV_FRAME_GLOBAL,
            p1=float(len(corners)),
            x=lat,
            y=lon,
            purpose="fence",
        )
        for is_inclusion, corners in areas
        for lat, lon in corners
    ]
    _replace(link, FENCE, items)
    _compare(FENCE, items, _download(link, FENCE))


def _replace(link: VehicleLink, kind: int, items: list[MissionItem]) -> None:
    name = _NAMES[kind]
    ack = link.wait_message(
        f"the vehicle to clear its {name} (MISSION_ACK)",
        ("MISSION_ACK",),
        lambda m: m.mission_type == kind,
        lambda: link.send(link.encode.mission_clear_all_encode(0, COMPONENT, kind)),
        8.0,
    )
    _check_ack(name, "clearing the old one", ack, link)
    waiting: list[Any] = []

    def listen(message: Any) -> None:
        if message.get_type() in _ANSWERS and message.mission_type == kind:
            waiting.append(message)

    link.listeners.append(listen)
    try:
        sent = -1

        def announce() -> None:
            if sent < 0:
                link.send(link.encode.mission_count_encode(0, COMPONENT, len(items), kind))

        while True:
            what = f"the vehicle to take item {sent + 1} of {len(items) - 1} of the {name} (MISSION_REQUEST)"
            link.wait_for(what, lambda: bool(waiting), _TIMEOUT_S, every_s=3.0, again=announce)
            message = waiting.pop(0)
            if message.get_type() == "MISSION_ACK":
                if _is_late(message, is_all_sent=sent == len(items) - 1):
                    continue
                described = f"item {sent} ({_describe(items[sent])})" if sent >= 0 else f"a list of {len(items)} items"
                _check_ack(name, described, message, link)
                return
            sent = int(message.seq)
            if sent >= len(items):
                raise VehicleError(f"the vehicle asked for item {sent} of a {name} of {len(items)} items", remedy="start again")
            link.send(_encode(link, items[sent], sent, kind))
    finally:
        link.listeners.remove(listen)


def _is_late(ack: Any, *, is_all_sent: bool) -> bool:
    """Whether an answer belongs to something that was said twice: the old list cleared again, an item sent again."""
    is_early_success = ack.type == mavlink.MAV_MISSION_ACCEPTED and not is_all_sent
    return is_early_success or ack.type == mavlink.MAV_MISSION_INVALID_SEQUENCE


def _check_ack(name: str, what: str, ack: Any, link: VehicleLink) -> None:
    if ack.type != mavlink.MAV_MISSION_ACCEPTED:
        words = "; ".join(link.state.texts_since((link.state.boot_s or 0.0) - 2.0))
        raise VehicleError(
            f"the vehicle refused the {name} at {what}: MISSION_ACK says {_RESULTS.get(ack.type, ack.type)}"
            + (f". The autopilot said: {words}" if words else ""),
            remedy="the drone has not moved. If the plan has over 650 items, plan fewer aisles; otherwise update the autopilot",
        )


def _encode(link: VehicleLink, item: MissionItem, seq: int, kind: int) -> Any:
    return link.encode.mission_item_int_encode(
        0, COMPONENT, seq, item.frame, item.command, 0, 1, item.p1, item.p2, item.p3, item.p4, item.x, item.y, item.z, kind
    )


def _download(link: VehicleLink, kind: int) -> list[Any]:
    name = _NAMES[kind]
    count = link.wait_message(
        f"the number of items of the {name} (MISSION_COUNT)",
        ("MISSION_COUNT",),
        lambda m: m.mission_type == kind,
        lambda: link.send(link.encode.mission_request_list_encode(0, COMPONENT, kind)),
        8.0,
    ).count
    items = [_download_item(link, kind, seq) for seq in range(count)]
    link.send(link.encode.mission_ack_encode(0, COMPONENT, mavlink.MAV_MISSION_ACCEPTED, kind))
    return items


def _download_item(link: VehicleLink, kind: int, seq: int) -> Any:
    return link.wait_message(
        f"item {seq} of the {_NAMES[kind]} to be read back (MISSION_ITEM_INT)",
        ("MISSION_ITEM_INT",),
        lambda m: m.seq == seq and m.mission_type == kind,
        lambda: link.send(link.encode.mission_request_int_encode(0, COMPONENT, seq, kind)),
        8.0,
    )


_POSITIONED = {
    mavlink.MAV_CMD_NAV_WAYPOINT,
    mavlink.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_INCLUSION,
    mavlink.MAV_CMD_NAV_FENCE_POLYGON_VERTEX_EXCLUSION,
}
"""Commands whose x and y must come back to the unit; the vehicle may fill in others (a take-off, a landing) itself."""


def _compare(kind: int, sent: list[MissionItem], held: list[Any]) -> None:
    name = _NAMES[kind]
    if len(sent) != len(held):
        raise VehicleError(
            f"the vehicle holds {len(held)} items of the {name} instead of the {len(sent)} sent", remedy="start the flight again"
        )
    for seq, (mine, theirs) in enumerate(zip(sent, held, strict=True), start=1):
        same = mine.command == theirs.command and abs(mine.p1 - theirs.param1) < 0.01
        if mine.command in _POSITIONED:
            same = same and (mine.x, mine.y) == (theirs.x, theirs.y) and abs(mine.z - theirs.z) < 0.02
        if mine.command == mavlink.MAV_CMD_DO_CHANGE_SPEED:
            same = same and abs(mine.p2 - theirs.param2) < 0.01
        if mine.command == mavlink.MAV_CMD_NAV_TAKEOFF:
            same = same and abs(mine.z - theirs.z) < 0.02
        if not same:
            raise VehicleError(
                f"item {seq} of the {name} came back changed: sent {_describe(mine)}, the vehicle holds command {theirs.command}"
                f" p1 {theirs.param1:g} at {theirs.x}, {theirs.y}, {theirs.z:g} m",
                remedy="start the flight again; if it stays so, update the autopilot",
            )


def _describe(item: MissionItem) -> str:
    return f"command {item.command} p1 {item.p1:g} at {item.x}, {item.y}, {item.z:g} m"
