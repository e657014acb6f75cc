"""From a connected vehicle to an armed one: streams, parameters, origin, fence, mission, the autopilot's own checks."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from pymavlink import mavutil

from mission.flying.checks import good, refuse_bad
from mission.flying.fleet.right_of_way import RightOfWay
from mission.flying.indoor_parameters import write_parameter
from mission.flying.link import COMPONENT, VehicleLink
from mission.flying.mission_transfer import upload_fence, upload_mission
from mission.flying.operator import NotWantedError, Operator
from mission.flying.prearm_words import complaints
from mission.flying.preflight import Preflight
from mission.flying.range_log import PLACE_RATE_HZ, RATE_HZ
from mission.flying.vehicle_state import Mode
from mission.planning.autopilot import photo_interval_parameter_s
from mission.planning.fence import corners_1e7, describe_fence, fence_altitude_m, fence_areas
from mission.records import MissionItem, Sortie
from warehouse.coordinates import latlon_1e7_from_ned, ned_from_site
from warehouse.errors import VehicleError
from warehouse.site import Site

mavlink = mavutil.mavlink

READY_TIMEOUT_S = 90.0
"""A cold autopilot is ready to arm 24 s after its boot (measured); a slow external navigation takes longer."""
CONSENT_READY_S = 30.0
_TURN_EVERY_S = 0.5
"""Vehicle seconds between two questions whether the drone may take off."""
_STREAMS_HZ = {
    mavlink.MAVLINK_MSG_ID_ATTITUDE: 20,
    mavlink.MAVLINK_MSG_ID_LOCAL_POSITION_NED: 20,
    mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: 10,
    mavlink.MAVLINK_MSG_ID_SYS_STATUS: 10,
    mavlink.MAVLINK_MSG_ID_EKF_STATUS_REPORT: 10,
    mavlink.MAVLINK_MSG_ID_MISSION_CURRENT: 5,
    mavlink.MAVLINK_MSG_ID_BATTERY_STATUS: 1,
    mavlink.MAVLINK_MSG_ID_EXTENDED_SYS_STATE: 2,
}
_RANGE_STREAMS_HZ = {
    mavlink.MAVLINK_MSG_ID_DISTANCE_SENSOR: RATE_HZ,
    mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT: PLACE_RATE_HZ,
}
"""Asked for as well where the site has a range sensor. A vehicle that knows none answers the request with a refusal, and flies."""


def prepare(preflight: Preflight, items: tuple[MissionItem, ...], tell: Callable[[str], None], *, takes_photo: bool = False) -> str:
    """Bring a connected vehicle to the point where it can be armed; return the autopilot's version. `tell` is given each phase.

    VehicleError with everything that the checks found; those that cost nothing come before anything is uploaded.
    """
    link, site, sortie = preflight.link, preflight.site, preflight.sortie
    state = link.state
    link.meet()
    if state.is_armed:
        raise VehicleError("the vehicle is armed already", remedy="disarm it, clear people from the pad, and start again")
    preflight.look_at_ids()
    refuse_bad(preflight.checks)
    ask_for_streams(link, site)
    tell("checking the parameters")
    version = version_of(link)
    preflight.look_at_autopilot(version)
    preflight.look_at_companion()
    preflight.look_at_disk_and_battery()
    tell("checking the navigation")
    preflight.look_at_navigation(lambda: _ask_what_is_wrong(link))
    refuse_bad(preflight.checks)
    tell("setting the origin")
    _set_origin(link, site, sortie)
    preflight.look_at_place()
    preflight.look_at_camera(takes_photo=takes_photo)
    refuse_bad(preflight.checks)
    tell("uploading the mission")
    link.set_mode(Mode.GUIDED, "mode GUIDED")  # in AUTO every item that arrives would restart the running command
    upload_fence(link, [(area.is_inclusion, corners_1e7(site, area)) for area in fence_areas(site, sortie)])
    # The only parameters written unasked: these belong to the plan and to the site's camera.
    write_parameter(link, "FENCE_ALT_MAX", fence_altitude_m(sortie))
    write_parameter(link, "CAM1_INTRVAL_MIN", photo_interval_parameter_s(max(c.min_interval_s for c in site.cameras)))
    preflight.note(good("fence", f"{describe_fence(site, sortie)}; uploaded, read back, the same"))
    upload_mission(link, items)
    preflight.note(good("mission", f"{len(items)} items; uploaded, read back, the same"))
    link.demand(mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, 0.0, what="switching the camera trigger off")
    link.check_recording()
    make_armable(link, READY_TIMEOUT_S, tell)
    preflight.note(good("autopilot's own checks", "passed: it can be armed"))
    return version


def ask_for_streams(link: VehicleLink, site: Site) -> None:
    """Ask for the messages that a flight lives on, as often as it needs them."""
    rates = (_STREAMS_HZ | ({} if site.range_sensor is None else _RANGE_STREAMS_HZ)).items()
    set_interval = mavlink.MAV_CMD_SET_MESSAGE_INTERVAL

    def ask_again() -> None:
        for message_id, rate in rates:
            link.send(link.encode.command_long_encode(0, COMPONENT, set_interval, 0, message_id, 1e6 / rate, 0, 0, 0, 0, 0))

    for message_id, rate in rates:
        link.command(set_interval, message_id, 1e6 / rate, what=f"the request for message {message_id}")
    link.on_reconnect = ask_again


def make_armable(link: VehicleLink, timeout_s: float, tell: Callable[[str], None] = lambda phase: None) -> None:
    """Set mode AUTO and wait until the autopilot's own checks pass, which depend on it.

    VehicleError in its words and in ours; whatever ends the wait, the vehicle does not stay in AUTO.
    """
    try:
        _set_auto_and_wait(link, timeout_s, tell)
    except BaseException:
        _leave_auto_for_good(link)
        raise


def _set_auto_and_wait(link: VehicleLink, timeout_s: float, tell: Callable[[str], None]) -> None:
    link.set_mode(Mode.AUTO, "mode AUTO")
    tell("waiting until the autopilot is ready")
    what = "the autopilot to be ready to arm (SYS_STATUS pre-arm check, EKF position)"
    since = link.state.boot_s or 0.0
    try:
        link.wait_for(what, lambda: link.state.is_ready_to_arm, timeout_s, every_s=15.0, again=lambda: _ask_what_is_wrong(link))
    except VehicleError as error:
        link.check_alive(what)
        lines = "".join(f"\n  {line}" for line in complaints(link.state.texts_since(since)))
        if not lines:
            raise
        raise VehicleError(
            f"waited {timeout_s:g} s, in vain: the autopilot does not let the drone be armed, and says why:{lines}",
            remedy="put this right, then give the same command again; nothing has moved",
        ) from error


def wait_for_consent(link: VehicleLink, operator: Operator) -> None:
    """Have the operator say that the drone may take off; it stands by in GUIDED for as long. NotWantedError for a no."""
    if not operator.asks:
        return
    leave_auto(link)
    operator.ask()
    while (answer := operator.consent()) is None:
        link.pump()
        link.check_alive("your answer")
        if link.state.is_armed:
            raise VehicleError("somebody else has armed the drone", remedy="see who; this program leaves it be")
    if not answer:
        raise NotWantedError("not flown: you said no. Nothing has moved", remedy="the same command asks again")
    make_armable(link, CONSENT_READY_S)


def wait_for_turn(link: VehicleLink, right_of_way: RightOfWay, tell: Callable[[str], None]) -> None:
    """Wait, disarmed and in GUIDED, until the drone may take off by the rule that keeps drones apart; then make it armable again.

    VehicleError when its way is closed for good.
    """
    airspace, drone, state = right_of_way.airspace, right_of_way.drone, link.state
    while not (answer := airspace.take_off(drone)).is_free:
        leave_auto(link)
        while answer.wait:
            tell(f"waiting: {answer.wait}")
            until_s = (state.boot_s or 0.0) + _TURN_EVERY_S
            link.wait_for("its turn to take off", lambda: state.is_armed or (state.boot_s or 0.0) >= until_s, 20.0)  # noqa: B023
            if state.is_armed:
                raise VehicleError("somebody else has armed the drone", remedy="see who; this program leaves it be")
            answer = airspace.may_take_off(drone)
        if answer.closed:
            break
        make_armable(link, CONSENT_READY_S)
    if answer.closed:
        leave_auto(link)
        raise WayClosedError(f"not flown: {answer.closed}", remedy="fetch that drone; then the same command flies what is left")


class WayClosedError(VehicleError):
    """Another drone lies where this one was to fly."""


def arm(link: VehicleLink) -> None:
    """Arm, upon which the mission starts; VehicleError when the vehicle will not. It stays on the ground then."""
    try:
        link.demand(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 1.0, what="arming")
        link.wait_for("HEARTBEAT to show armed", lambda: link.state.is_armed, 5.0)
    except VehicleError:
        if link.state.is_armed:  # only its answer was lost
            return
        leave_auto(link, Mode.LAND)  # nor may it take off if nothing but its answers got lost
        with contextlib.suppress(VehicleError):
            link.command(mavlink.MAV_CMD_COMPONENT_ARM_DISARM, 0.0, what="disarming")
        raise


def leave_auto(link: VehicleLink, mode: Mode = Mode.GUIDED) -> None:
    """Leave mode AUTO, in which the next arming, by whomever, would start the mission. Silence is no error here."""
    with contextlib.suppress(VehicleError):
        link.set_mode(mode, f"mode {mode.name}")
    with contextlib.suppress(VehicleError):
        link.command(mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, 0.0, what="switching the camera trigger off")
        link.command(mavlink.MAV_CMD_IMAGE_STOP_CAPTURE, what="stopping the photos by time")


@contextlib.contextmanager
def not_left_in_auto(link: VehicleLink) -> Iterator[None]:
    """Have the vehicle leave AUTO when anything, Ctrl-C too, ends what is done here while it is in that mode and disarmed."""
    try:
        yield
    except BaseException:
        if link.state.mode == Mode.AUTO:
            _leave_auto_for_good(link)
        raise


def _leave_auto_for_good(link: VehicleLink) -> None:
    """Leave AUTO, and let no other request to stop come between; a vehicle that somebody has armed is left be."""
    link.interruption = lambda: None
    if not link.state.is_armed:
        leave_auto(link)


def _ask_what_is_wrong(link: VehicleLink) -> None:
    """Have the autopilot list at once, as STATUSTEXT, what keeps it from arming."""
    command = mavlink.MAV_CMD_RUN_PREARM_CHECKS
    link.send(link.encode.command_long_encode(0, COMPONENT, command, 0, 0, 0, 0, 0, 0, 0, 0))


def version_of(link: VehicleLink) -> str:
    """Return the autopilot's version in words."""
    message = link.wait_message(
        "the autopilot's version (AUTOPILOT_VERSION)",
        ("AUTOPILOT_VERSION",),
        lambda m: True,
        lambda: link.send(
            link.encode.command_long_encode(
                0, COMPONENT, mavlink.MAV_CMD_REQUEST_MESSAGE, 0, mavlink.MAVLINK_MSG_ID_AUTOPILOT_VERSION, 0, 0, 0, 0, 0, 0
            )
        ),
        10.0,
    )
    number = int(message.flight_sw_version)
    kind = {0: "-dev", 64: "-alpha", 128: "-beta", 192: "-rc"}.get(number & 0xFF, "")
    commit = bytes(message.flight_custom_version).split(b"\0")[0].decode("ascii", "replace")
    return f"{number >> 24 & 0xFF}.{number >> 16 & 0xFF}.{number >> 8 & 0xFF}{kind}" + (f" ({commit})" if commit else "")


def _set_origin(link: VehicleLink, site: Site, sortie: Sortie) -> None:
    """Tell the autopilot where the zero of its external navigation is: the pad. Early requests are lost, so it is repeated."""
    anchor = site.layout.anchor
    pad = next(p for p in site.layout.home_pads if p.name == sortie.home_pad)
    lat, lon = latlon_1e7_from_ned(anchor, ned_from_site(anchor, (*pad.position_m, 0.0)))
    altitude_mm = round(anchor.altitude_amsl_m * 1000)
    link.wait_for(
        "the EKF origin to be taken (GPS_GLOBAL_ORIGIN)",
        lambda: link.state.is_origin_set,
        60.0,
        every_s=2.0,
        again=lambda: link.send(link.encode.set_gps_global_origin_encode(0, int(lat), int(lon), altitude_mm)),
    )
