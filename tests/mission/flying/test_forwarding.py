"""Another ground station looks on: it sees the flight, and changes nothing."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest
from pymavlink import mavutil

from mission.flying.forwarding import Forwarder, udp_address
from mission.flying.link import VehicleLink
from tests.mission.flying.pilot import vehicle_on_pad
from warehouse.errors import BadInputError
from warehouse.site import Site

mavlink = mavutil.mavlink


def free_udp_port() -> int:
    with socket.socket(type=socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def heard(watcher: Any, link: VehicleLink, kind: str, where: str | None = None) -> Any:
    """Return what the watcher hears next of a kind while the flight goes on; None after 5 s."""
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline:
        link.pump(0.02)
        message = watcher.recv_match(type=kind, condition=where, blocking=False)
        if message is not None:
            return message
    return None


def test_a_watcher_gets_heartbeats_positions_and_answers_and_its_commands_are_denied(site: Site, tmp_path: Path) -> None:
    port = free_udp_port()
    watcher = mavutil.mavlink_connection(f"udpin:127.0.0.1:{port}", source_system=254)
    with vehicle_on_pad("builtin", site, tmp_path) as vehicle, VehicleLink(vehicle.endpoint, tmp_path / "flight.tlog") as link:
        forwarder = Forwarder(link, f"udp:127.0.0.1:{port}")
        link.command(mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, mavlink.MAVLINK_MSG_ID_GLOBAL_POSITION_INT, 1e5, what="positions")
        assert heard(watcher, link, "HEARTBEAT").autopilot == mavlink.MAV_AUTOPILOT_ARDUPILOTMEGA
        assert heard(watcher, link, "GLOBAL_POSITION_INT") is not None

        watcher.mav.param_request_read_send(1, 1, b"WPNAV_RADIUS", -1)
        assert heard(watcher, link, "PARAM_VALUE", "PARAM_VALUE.param_id=='WPNAV_RADIUS'").param_value == 10

        watcher.mav.param_set_send(1, 1, b"WPNAV_RADIUS", 200.0, mavlink.MAV_PARAM_TYPE_REAL32)
        watcher.mav.set_mode_send(1, 1, 6)
        watcher.mav.command_long_send(1, 1, mavlink.MAV_CMD_DO_SET_MODE, 0, 1, 6, 0, 0, 0, 0, 0)
        denied = heard(watcher, link, "COMMAND_ACK", f"COMMAND_ACK.command=={mavlink.MAV_CMD_DO_SET_MODE}")
        assert denied.result == mavlink.MAV_RESULT_DENIED
        watcher.mav.param_request_read_send(1, 1, b"WPNAV_RADIUS", -1)
        assert heard(watcher, link, "PARAM_VALUE", "PARAM_VALUE.param_id=='WPNAV_RADIUS'").param_value == 10
        assert link.state.mode == 0  # not RTL
        assert forwarder.n_refused == 3

        watcher.close()
        for _ in range(20):
            link.pump(0.02)
        assert link.fault is None  # a watcher that is gone is no trouble of the flight
        forwarder.close()


@pytest.mark.parametrize("target", ["udp:127.0.0.1", "tcp:127.0.0.1:14550", "14550", "udp:127.0.0.1:0", "udp::14550"])
def test_an_address_that_cannot_be_watched_from_is_refused_with_an_example(target: str) -> None:
    with pytest.raises(BadInputError, match="expected udp:HOST:PORT"):
        udp_address(target)
