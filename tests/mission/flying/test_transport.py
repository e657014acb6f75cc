"""The ways to a real vehicle: signed messages, serial ports and UDP, a connection that is lost and made anew."""

from __future__ import annotations

import hashlib
import os
import socket
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from pymavlink import mavutil
from pymavlink.dialects.v20 import ardupilotmega as mav

from mission.flying.link import VehicleLink
from mission.flying.preparation import ask_for_streams
from mission.flying.transport import Endpoint, read_signing_key
from sitl.vehicles import Vehicle, start_vehicle
from tests.contracts.ground_station import GroundStation
from warehouse.errors import BadInputError, VehicleError
from warehouse.site import Site

HOME = (38.6255, -0.5730, 820.0, 0.0)
KEY = bytes(range(32))
mavlink = mavutil.mavlink
KINDS = [
    "builtin",
    pytest.param(
        "ardupilot",
        marks=[pytest.mark.arducopter, pytest.mark.skipif("ARDUCOPTER" not in os.environ, reason="$ARDUCOPTER is not set")],
    ),
]


@pytest.fixture(scope="module", params=KINDS)
def vehicle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vehicle]:
    with start_vehicle(request.param, home=HOME, speedup=4.0, folder=tmp_path_factory.mktemp(request.param)) as started:
        yield started


@contextmanager
def relay(vehicle: Vehicle, read: Callable[[], bytes], write: Callable[[bytes], object]) -> Iterator[None]:
    """Carry bytes between the vehicle's first endpoint and something that is no TCP connection."""
    host, port = vehicle.endpoint.removeprefix("tcp:").split(":")
    far = socket.create_connection((host, int(port)))

    def up() -> None:
        with suppress(OSError):
            while data := read():
                far.sendall(data)

    def down() -> None:
        with suppress(OSError):
            while data := far.recv(4096):
                write(data)

    for carry in (up, down):
        threading.Thread(target=carry, daemon=True).start()
    yield
    far.close()


def answers(link: VehicleLink) -> bool:
    """Whether a command is carried out."""
    return link.command(mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST, 0.0, what="switching the camera trigger off") == 0


def test_a_serial_port_leads_to_the_vehicle(vehicle: Vehicle, tmp_path: Path) -> None:
    master, slave = os.openpty()
    tty.setraw(slave)
    with (
        relay(vehicle, lambda: os.read(master, 4096), lambda data: os.write(master, data)),
        VehicleLink(f"{os.ttyname(slave)},115200", tmp_path / "flight.tlog") as link,
    ):
        assert answers(link)


def test_udp_leads_to_the_vehicle(vehicle: Vehicle, tmp_path: Path) -> None:
    here = socket.socket(type=socket.SOCK_DGRAM)
    here.bind(("127.0.0.1", 0))
    with socket.socket(type=socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
    with (
        relay(vehicle, lambda: here.recv(4096), lambda data: here.sendto(data, ("127.0.0.1", port))),
        VehicleLink(f"udp:127.0.0.1:{port}", tmp_path / "flight.tlog") as link,
    ):
        assert answers(link)
    here.close()


def test_a_lost_connection_is_made_anew_and_asked_for_the_same_messages(vehicle: Vehicle, site: Site, tmp_path: Path) -> None:
    host, port = vehicle.endpoint.removeprefix("tcp:").split(":")
    listener = socket.create_server(("127.0.0.1", 0))
    pairs: list[tuple[socket.socket, socket.socket]] = []

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(4096):
                target.sendall(data)

    def accept() -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                far = socket.create_connection((host, int(port)))
                pairs.append((near, far))
                threading.Thread(target=carry, args=(near, far), daemon=True).start()
                threading.Thread(target=carry, args=(far, near), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with VehicleLink(f"tcp:127.0.0.1:{listener.getsockname()[1]}", tmp_path / "flight.tlog") as link:
        ask_for_streams(link, site)
        for each in pairs[0]:
            each.shutdown(socket.SHUT_RDWR)
            each.close()
        deadline = time.monotonic() + 10.0
        while len(pairs) < 2 and time.monotonic() < deadline:
            link.pump()
        link.pump()
        heard: list[str] = []
        link.listeners.append(lambda message: heard.append(message.get_type()))
        link.wait_for("the stream to go on", lambda: heard.count("ATTITUDE") > 10, 10.0)
        assert answers(link)
        link.check_alive("the end")
    for each in (listener, *(one for pair in pairs for one in pair)):
        each.close()


def test_a_wrong_id_of_the_drone_is_answered_with_those_that_were_heard(vehicle: Vehicle, tmp_path: Path) -> None:
    with (
        VehicleLink(Endpoint(address=vehicle.endpoint, vehicle_system=7), tmp_path / "flight.tlog") as link,
        pytest.raises(
            VehicleError, match=r"no drone with MAVLink id 7 speaks at .*; heard there: 1 \(quadrotor\), 17 \(gcs\)"
        ) as told,
    ):
        link.meet()
    assert told.value.remedy == "add --vehicle-id 1"


def test_a_vehicle_that_signs_hears_only_who_has_its_key(vehicle: Vehicle, tmp_path: Path) -> None:
    with GroundStation(vehicle.endpoint, speedup=4.0) as station:
        station.wait("HEARTBEAT")
        for _ in range(3):
            now = int((time.time() - 1420070400) * 1e5)
            station.send(mav.MAVLink_setup_signing_message(1, 1, KEY, now))
            station.wait("HEARTBEAT")
    signed = Endpoint(address=vehicle.camera_endpoint, signing_key=KEY)
    with VehicleLink(signed, tmp_path / "signed.tlog") as link:
        assert answers(link)
    with pytest.raises(VehicleError, match="signs its messages and may not listen to unsigned ones"):
        VehicleLink(vehicle.camera_endpoint, tmp_path / "unsigned.tlog")
    other = Endpoint(address=vehicle.camera_endpoint, signing_key=bytes(32))
    with pytest.raises(VehicleError, match="was signed with another key"):
        VehicleLink(other, tmp_path / "wrong.tlog", connect_timeout_s=2.0)


def test_a_key_for_a_vehicle_that_does_not_sign_is_refused(tmp_path: Path) -> None:
    with (
        start_vehicle("builtin", home=HOME, speedup=1.0, folder=tmp_path) as unsigned,
        pytest.raises(VehicleError, match="is not signed"),
    ):
        VehicleLink(Endpoint(address=unsigned.endpoint, signing_key=KEY), tmp_path / "flight.tlog", connect_timeout_s=2.0)


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (KEY.hex().encode() + b"\n", KEY),
        (bytes(31) + b"\x01", bytes(31) + b"\x01"),
        (b"open sesame\n", hashlib.sha256(b"open sesame").digest()),
    ],
    ids=["hex", "bytes", "passphrase"],
)
def test_a_key_file_holds_digits_bytes_or_a_passphrase(content: bytes, key: bytes, tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(content)
    assert read_signing_key(tmp_path / "key") == key


def test_a_key_file_that_is_empty_or_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"\n")
    with pytest.raises(BadInputError, match="key: empty; expected 64 hex digits"):
        read_signing_key(tmp_path / "key")
    with pytest.raises(BadInputError, match="nokey: No such file"):
        read_signing_key(tmp_path / "nokey")
