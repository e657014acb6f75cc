"""The simulated camera's own MAVLink link to the vehicle: asks for the truth, hears the shutter, and
sends what the range sensor measures, and how far the external navigation is to be off.

It speaks as a camera component and sends no heartbeat: the autopilot must not take it for the ground station that it waits for.
"""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

from pymavlink.dialects.v20 import ardupilotmega as mavlink

from sitl.camera_ranging import Ranging
from sitl.camera_truth import Shot, TruthSample, TruthTrack
from sitl.navigation_error import Wander
from warehouse.coordinates import Anchor, ned_from_site
from warehouse.errors import BadInputError, VehicleError

_SYSTEM_ID = 250
_RATE_HZ = 50
_CONNECT_TIMEOUT_S = 30.0
_ASK_AGAIN_S = 0.5
_RECEIVE_TIMEOUT_S = 0.2
_SETTLE_S = 1.0
"""A photo is drawn with the newest truth when no later one came for so long, in wall time."""


class CameraLink:
    """One connection to one vehicle."""

    def __init__(self, endpoint: str, anchor: Anchor, ranging: Ranging | None = None, wander: Wander | None = None) -> None:
        """Connect to `tcp:HOST:PORT`, waiting for a vehicle that is still starting; `ranging` measures beside the camera,
        `wander` leads the external navigation astray."""
        host, port = parse_endpoint(endpoint)
        self._socket = _connect(host, port, endpoint)
        self._socket.settimeout(_RECEIVE_TIMEOUT_S)
        self._parser = mavlink.MAVLink(None, srcSystem=_SYSTEM_ID, srcComponent=mavlink.MAV_COMP_ID_CAMERA)
        self._parser.robust_parsing = True
        self._track = TruthTrack(anchor)
        self._anchor, self._ranging, self._wander = anchor, ranging, wander
        self._vehicle: int | None = None
        self._time_s = 0.0
        self._asked_at = -_ASK_AGAIN_S
        self._waiting: list[tuple[int, float, float]] = []
        self._last_index: int | None = None

    @property
    def knows_truth(self) -> bool:
        """Whether a photo triggered now could be drawn."""
        return self._track.newest_s > 0.0

    def shots(self) -> Iterator[Shot | None]:
        """Yield every photo as soon as its truth is known, and None now and then; end when the vehicle hangs up."""
        while True:
            self._ask()
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                data = None
            except OSError:
                data = b""
            if data:
                for message in self._parser.parse_buffer(data) or ():
                    self._take(message)
                self._measure()  # at the newest truth only: what waited in the socket is too old to be measured
                self._lead_astray()
            yield from self._known(is_over=data == b"")
            if data == b"":
                return
            yield None

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _ask(self) -> None:
        """Ask for the truth until it comes; a vehicle that is still starting loses what it is asked."""
        now = time.monotonic()
        if self._vehicle is None or self.knows_truth or now - self._asked_at < _ASK_AGAIN_S:
            return
        self._asked_at = now
        for message_id in (mavlink.MAVLINK_MSG_ID_SIM_STATE, mavlink.MAVLINK_MSG_ID_ATTITUDE):
            request = self._parser.command_long_encode(
                self._vehicle, 1, mavlink.MAV_CMD_SET_MESSAGE_INTERVAL, 0, message_id, 1e6 / _RATE_HZ, 0, 0, 0, 0, 0
            )
            with contextlib.suppress(OSError):  # a vehicle that hung up is noticed where we listen
                self._socket.sendall(request.pack(self._parser))

    def _take(self, message: mavlink.MAVLink_message) -> None:
        kind, source = message.get_type(), message.get_srcSystem()
        if kind == "HEARTBEAT" and self._vehicle is None:
            if message.get_srcComponent() == 1 and message.autopilot != mavlink.MAV_AUTOPILOT_INVALID:
                self._vehicle = source
            return
        if source != self._vehicle:
            return
        if kind == "ATTITUDE":
            self._time_s = message.time_boot_ms / 1000.0
        elif kind == "SIM_STATE" and message.lat_int != 0:
            sample = TruthSample(
                time_s=self._time_s,
                latlon_1e7=(message.lat_int, message.lon_int),
                altitude_m=message.alt,
                attitude_rad=(message.roll, message.pitch, message.yaw),
                velocity_ned_mps=(message.vn, message.ve, message.vd),
            )
            self._track.add(sample)
        elif kind == "CAMERA_FEEDBACK" and message.img_idx != self._last_index:
            self._last_index = message.img_idx
            self._waiting.append((message.img_idx, self._time_s, time.monotonic()))

    def _measure(self) -> None:
        reading = self._ranging.due(self._track) if self._ranging is not None and self.knows_truth else None
        if reading is not None:
            with contextlib.suppress(OSError):
                self._socket.sendall(reading.pack(self._parser))

    def _lead_astray(self) -> None:
        if self._wander is None or not self.knows_truth:
            return
        pose = self._track.newest_pose()
        error = self._wander.due(pose.time_s, pose.position_m)
        if error is None:
            return
        north, east, _ = ned_from_site(self._anchor, (*error, 0.0))
        for name, value in ((b"SIM_VICON_GLIT_X", north), (b"SIM_VICON_GLIT_Y", east)):
            setting = self._parser.param_set_encode(self._vehicle, 1, name, float(value), mavlink.MAV_PARAM_TYPE_REAL32)
            with contextlib.suppress(OSError):  # as above
                self._socket.sendall(setting.pack(self._parser))

    def _known(self, *, is_over: bool) -> Iterator[Shot]:
        if not self.knows_truth:
            return
        late = time.monotonic() - _SETTLE_S
        while self._waiting and (is_over or self._track.newest_s > self._waiting[0][1] or self._waiting[0][2] < late):
            index, time_s, _ = self._waiting.pop(0)
            yield self._track.shot(index, time_s)


def parse_endpoint(endpoint: str) -> tuple[str, int]:
    """Return host and port of `tcp:HOST:PORT`; BadInputError for anything else."""
    kind, _, rest = endpoint.partition(":")
    host, _, port = rest.rpartition(":")
    if kind != "tcp" or not host or not port.isdigit():
        raise BadInputError(f"camera endpoint {endpoint!r}: expected tcp:HOST:PORT", remedy="for instance tcp:127.0.0.1:5763")
    return host, int(port)


def _connect(host: str, port: int, endpoint: str) -> socket.socket:
    deadline = time.monotonic() + _CONNECT_TIMEOUT_S
    while True:
        try:
            return socket.create_connection((host, port), timeout=2.0)
        except OSError as error:
            if time.monotonic() > deadline:
                raise VehicleError(
                    f"{endpoint}: no vehicle answers there ({error.strerror or error})",
                    remedy="check that the simulated vehicle runs and that nothing else holds its port",
                ) from error
            time.sleep(0.1)
