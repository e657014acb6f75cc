"""The simulated camera against a vehicle that says little: a socket that speaks MAVLink."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.camera import CameraProcess, start_camera
from sitl.develop import Darkroom, Picture
from sitl.stock import make_stock
from warehouse.coordinates import heading_ned_from_site, latlon_1e7_from_ned, ned_from_site
from warehouse.errors import BadInputError, VehicleError
from warehouse.poses import Pose
from warehouse.site import Site
from warehouse.site_file import load_site

SHARP_SITE = Path(__file__).parents[2] / "benchmarks" / "sites" / "sharp"


class Talker:
    """A vehicle on the other end of the camera's link, as far as the camera can tell."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._server = socket.create_server(("127.0.0.1", 0))
        self.endpoint = f"tcp:127.0.0.1:{self._server.getsockname()[1]}"
        self._mav = mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
        self.requests: list[tuple[int, float]] = []
        self.heartbeats_heard = 0
        self.hung_up = threading.Event()
        self._connection: socket.socket | None = None
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        self._connection, _ = self._server.accept()
        self.send(self._mav.heartbeat_encode(2, 3, 81, 0, 3))
        ear = mavlink.MAVLink(None)
        while data := self._connection.recv(4096):
            for message in ear.parse_buffer(data) or ():
                self.heartbeats_heard += message.get_type() == "HEARTBEAT"
                if message.get_type() == "COMMAND_LONG":
                    self.requests.append((int(message.param1), message.param2))
        self.hung_up.set()

    def send(self, *messages: mavlink.MAVLink_message) -> None:
        assert self._connection is not None
        for message in messages:
            self._connection.sendall(message.pack(self._mav))

    def tell(self, time_s: float, position_m: tuple[float, float, float], velocity_ned: tuple[float, float, float]) -> None:
        """Say the time, then the truth: 820.1 m stands for the floor."""
        anchor = self._site.layout.anchor
        lat, lon = (int(v) for v in latlon_1e7_from_ned(anchor, ned_from_site(anchor, position_m)))
        yaw = np.radians(heading_ned_from_site(anchor, 0.0))
        self.send(self._mav.attitude_encode(round(time_s * 1000), 0, 0, yaw, 0, 0, 0))
        alt = 820.1 + position_m[2]
        zeros = (0.0,) * 7
        state = (1, 0, 0, 0, 0, 0, yaw, *zeros[:6], lat / 1e7, lon / 1e7, alt, 0, 0, *velocity_ned)
        self.send(self._mav.sim_state_encode(*state, lat_int=lat, lon_int=lon))

    def shutter(self, index: int) -> None:
        self.send(self._mav.camera_feedback_encode(0, 1, 0, index, 0, 0, 0, 0, 0, 0, 0, 0, 0))

    def close(self) -> None:
        self._server.close()
        if self._connection is not None:
            with contextlib.suppress(OSError):  # closed already
                self._connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def site() -> Site:
    return load_site(SHARP_SITE)


@pytest.fixture
def talker(site: Site) -> Iterator[Talker]:
    talker = Talker(site)
    yield talker
    talker.close()


def stand_on_the_pad(talker: Talker, camera: CameraProcess) -> None:
    """Tell the camera where the drone stands as soon as it asks, and wait until it is ready."""
    while not talker.requests:
        time.sleep(0.01)
    talker.tell(1.0, (6.0, 1.5, 0.0), (0.0, 0.0, 0.0))
    camera.wait_ready(30.0)


def test_a_triggered_photo_shows_the_label_that_hangs_before_the_true_place(site: Site, talker: Talker, tmp_path: Path) -> None:
    stock = make_stock(site, 3)
    code, load = next((c, s) for c, s in stock.standing.items() if "right" in site.layout.bins_by_code[c].face and s.label)
    wanted = site.layout.bins_by_code[code]
    face = site.layout.faces[wanted.face]
    x, y, z = (float(v) for v in face.point_m(wanted.along_m, wanted.base_m + 0.6, 1.4))
    frames = tmp_path / "frames"
    with start_camera(site_folder=SHARP_SITE, seed=3, endpoint=talker.endpoint, frames_folder=frames, boot=2, workers=1) as camera:
        stand_on_the_pad(talker, camera)
        talker.tell(30.00, (x, y - 0.10, z), (0.0, 0.0, 0.0))
        talker.shutter(7)
        talker.tell(30.02, (x, y, z), (0.0, 0.0, 0.0))
        camera.wait_developed(1, 30.0)
        assert camera.progress() == (1, 1)
    darkroom = Darkroom(site, stock, site.cameras[0])
    at_stamp, at_next = (
        darkroom.develop(Pose(time_s=0, position_m=(x, along, z), roll_deg=0, pitch_deg=0, heading_deg=0), (0, 0, 0), seed=7)
        for along in (y - 0.10, y)
    )
    photo = np.asarray(cv2.imread(str(frames / "02-000007.jpg"), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    assert photo.shape == (2400, 3840)
    assert load.pallet.sscc in "".join(b.text for b in zxingcpp.read_barcodes(photo))
    # A shot is drawn where the truth was at its stamp, which is the newest time before it.
    assert 4 * _difference(photo, at_stamp) < _difference(photo, at_next)
    assert {m for m, _ in talker.requests} == {mavlink.MAVLINK_MSG_ID_SIM_STATE, mavlink.MAVLINK_MSG_ID_ATTITUDE}
    assert talker.heartbeats_heard == 0
    assert [p.name for p in tmp_path.rglob("*") if p.is_file()] == ["02-000007.jpg"]


def _difference(a: Picture, b: Picture) -> float:
    blurred = [cv2.resize(np.asarray(p, dtype=np.float32), (164, 123), interpolation=cv2.INTER_AREA) for p in (a, b)]
    return float(np.abs(blurred[0] - blurred[1]).mean())


def test_a_vehicle_that_hangs_up_before_it_tells_its_place_is_named(talker: Talker, tmp_path: Path) -> None:
    with start_camera(
        site_folder=SHARP_SITE, seed=3, endpoint=talker.endpoint, frames_folder=tmp_path, boot=1, workers=1
    ) as camera:
        while talker._connection is None:
            time.sleep(0.01)
        talker.close()
        with pytest.raises(VehicleError, match="hung up before it told where it is"):
            camera.wait_ready(30.0)


def test_an_endpoint_that_is_not_tcp_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"camera endpoint 'udp:127.0.0.1:14550': expected tcp:HOST:PORT"):
        start_camera(site_folder=SHARP_SITE, seed=3, endpoint="udp:127.0.0.1:14550", frames_folder=tmp_path, boot=1)


def test_a_drone_with_two_cameras_photographs_both_faces_at_each_trigger(talker: Talker, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "layout.csv").write_bytes((SHARP_SITE / "layout.csv").read_bytes())
    text = (SHARP_SITE / "site.toml").read_text(encoding="utf-8").replace('mounting = "right"', 'mounting = "both"')
    (folder / "site.toml").write_text(text, encoding="utf-8")
    site = load_site(folder)
    stock = make_stock(site, 3)
    frames = tmp_path / "frames"
    with start_camera(site_folder=folder, seed=3, endpoint=talker.endpoint, frames_folder=frames, boot=2, workers=1) as camera:
        stand_on_the_pad(talker, camera)
        talker.tell(30.00, (6.0, 8.0, 1.0), (0.0, 0.0, 0.0))
        talker.shutter(7)
        talker.tell(30.02, (6.0, 8.0, 1.0), (0.0, 0.0, 0.0))
        camera.wait_developed(2, 30.0)
        assert camera.progress() == (2, 2)
    assert sorted(p.name for p in frames.iterdir()) == ["02-000007-left.jpg", "02-000007-right.jpg"]
    pose = Pose(time_s=0, position_m=(6.0, 8.0, 1.0), roll_deg=0, pitch_deg=0, heading_deg=0)
    for number, model in enumerate(site.cameras):
        photo = np.asarray(cv2.imread(str(frames / f"02-000007-{model.side}.jpg"), cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
        assert _difference(photo, Darkroom(site, stock, model).develop(pose, (0, 0, 0), seed=14 + number)) < 0.5


def test_the_camera_goes_when_the_program_that_started_it_is_killed(talker: Talker, tmp_path: Path) -> None:
    program = (
        "import time\nfrom pathlib import Path\nfrom sitl.camera import CameraProcess, start_camera\n"
        f"start_camera(site_folder=Path({str(SHARP_SITE)!r}), seed=3, endpoint={talker.endpoint!r},"
        f" frames_folder=Path({str(tmp_path)!r}), boot=1, workers=1)\ntime.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program])
    while not talker.requests:  # the camera is up and asks
        assert parent.poll() is None
        time.sleep(0.02)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    talker.hung_up.wait(20.0)
    assert talker.hung_up.is_set()
