"""The process of the built-in copter: sockets, the simulated clock, and the messages between them."""

from __future__ import annotations

import select
import socket
import time
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.copter import announcements
from sitl.copter.autopilot import STEP_S, Autopilot
from sitl.copter.commands import Commands
from sitl.copter.link import COMPONENT, SYSTEM, Link
from sitl.copter.mission_protocol import MissionProtocol
from sitl.copter.parameters import Parameters
from sitl.copter.places import Place
from sitl.copter.telemetry import STREAM_ALL

_QUANTUM_S = 0.002
"""Wall time between two looks at the sockets."""
_MAX_LAG_S = 0.25
"""When the machine is slower than the speed-up asks, the clock slips instead of racing to catch up."""
_PARAMETERS_PER_STEP = 3
_FOREIGN_SYSTEM, _FOREIGN_COMPONENT = 17, 18
"""The external navigation, whose heartbeats a real vehicle forwards too: a ground program must tell systems apart."""


class Server:
    """Serves one vehicle, through reboots, until `stop_on` becomes readable and closed."""

    def __init__(self, *, parameters: Parameters, start: Place, yaw: float, seed: int, listeners: list[socket.socket]) -> None:
        """Accept clients on `listeners`; all links are equal. The clock runs SIM_SPEEDUP times as fast as that on the wall."""
        self._parameters, self._start, self._yaw, self._seed = parameters, start, yaw, seed
        self._speedup = 1.0
        self._listeners = listeners
        self._links: dict[Link, MissionProtocol] = {}
        self._trusted: set[Link] = set()
        """Those that came in at the first endpoint."""
        self._key: tuple[bytes, int] | None = None
        self._foreign = mav.MAVLink(None, srcSystem=_FOREIGN_SYSTEM, srcComponent=_FOREIGN_COMPONENT)
        self._is_reboot_due = False
        self._boot()

        self._handlers = {
            "HEARTBEAT": self._on_heartbeat,
            "COMMAND_LONG": self._on_command,
            "COMMAND_INT": self._on_command,
            "SET_GPS_GLOBAL_ORIGIN": self._on_origin,
            "SET_MODE": self._on_set_mode,
            "PARAM_REQUEST_LIST": self._on_parameter_list,
            "PARAM_REQUEST_READ": self._read_parameter,
            "PARAM_SET": self._on_parameter_set,
            "REQUEST_DATA_STREAM": self._request_streams,
            "TIMESYNC": self._on_timesync,
            "DISTANCE_SENSOR": self._on_distance,
            "SETUP_SIGNING": self._on_setup_signing,
        }

    def _boot(self) -> None:
        self._vehicle = Autopilot(self._parameters, self._start, self._yaw, self._seed, self._broadcast)
        self._commands = Commands(self._vehicle, self.ask_restart)
        self._next_heartbeat_s = self._next_foreign_s = 0.0
        self._next_timesync_s = 10.0

    @property
    def vehicle(self) -> Autopilot:
        """The autopilot of the present boot."""
        return self._vehicle

    def ask_restart(self) -> None:
        """Have the autopilot start anew after this step."""
        self._is_reboot_due = True

    def _broadcast(self, message: Any) -> None:
        for link in self._links:
            link.send(message)

    def run(self, stop_on: int | None, waits: bool) -> None:
        """Live until the file descriptor `stop_on` reports its end; with `waits` the clock starts at the first client."""
        while waits and not self._links:
            if self.serve(0.1, stop_on):
                return
        begin, lived = time.monotonic(), 0.0
        while True:
            if self._has_new_speedup():
                begin, lived = time.monotonic(), 0.0
            due = (time.monotonic() - begin) * self._speedup - lived
            if due > _MAX_LAG_S * self._speedup:
                begin += (due - STEP_S) / self._speedup
                due = STEP_S
            for _ in range(int(due / STEP_S)):
                self.step()
                lived += STEP_S
            if self.restart_if_due():
                begin, lived = time.monotonic(), 0.0
            next_step = begin + (lived + STEP_S) / self._speedup
            if self.serve(max(next_step - time.monotonic(), _QUANTUM_S), stop_on):
                return

    def _has_new_speedup(self) -> bool:
        """Take over SIM_SPEEDUP when it was changed; like ArduPilot, ignore what is no speed."""
        asked = self._parameters["SIM_SPEEDUP"]
        if asked == self._speedup or not asked > 0:
            return False
        self._speedup = asked
        return True

    def restart_if_due(self) -> bool:
        """Start again as after power-up when that was asked for, with the parameters kept; the clients must connect anew."""
        if not self._is_reboot_due:
            return False
        self._is_reboot_due = False
        for link in self._links:
            link.flush()
            link.close()
        self._links.clear()
        self._boot()
        return True

    def step(self) -> None:
        """Live through one step of simulated time and queue what the vehicle sends."""
        vehicle = self._vehicle
        p = self._parameters
        vehicle.estimator.glitch = (p["SIM_VICON_GLIT_X"], p["SIM_VICON_GLIT_Y"], -p["SIM_VICON_GLIT_Z"])
        vehicle.estimator.velocity_glitch = (p["SIM_VICON_VGLI_X"], p["SIM_VICON_VGLI_Y"], -p["SIM_VICON_VGLI_Z"])
        vehicle.step()
        now = vehicle.time_s
        if now >= self._next_heartbeat_s:
            self._next_heartbeat_s += 1.0
            self._broadcast(announcements.heartbeat(vehicle))
        if now >= self._next_foreign_s:
            self._next_foreign_s += 0.5
            raw = mav.MAVLink_heartbeat_message(mav.MAV_TYPE_GCS, mav.MAV_AUTOPILOT_INVALID, 0, 0, 0, 3).pack(self._foreign)
            for link in self._links:
                link.forward(raw)
        if now >= self._next_timesync_s:
            self._next_timesync_s += 10.0
            self._broadcast(mav.MAVLink_timesync_message(0, round(now * 1e9)))
        vehicle.speak()
        for link, protocol in self._links.items():
            link.stream(vehicle)
            protocol.step()
            if link.parameter_queue:
                self._send_parameters(link)

    def _send_parameters(self, link: Link) -> None:
        for index in link.parameter_queue[:_PARAMETERS_PER_STEP]:
            self._send_parameter(link, self._parameters.names[index], index)
        del link.parameter_queue[:_PARAMETERS_PER_STEP]

    def _send_parameter(self, link: Link, name: str, index: int) -> None:
        p = self._parameters
        link.send(mav.MAVLink_param_value_message(name.encode(), p[name], p.type_of(name), len(p), index))

    # -- what comes in ---------------------------------------------------------------------------------------------------------

    def serve(self, wait_s: float, stop_on: int | None = None) -> bool:
        """Send what is queued, then serve clients that speak within `wait_s` seconds; True when the process should end."""
        for link in self._links:
            link.flush()
        for link in [link for link in self._links if not link.is_open]:
            del self._links[link]
            self._trusted.discard(link)
        sockets: dict[Any, Link] = {link.socket: link for link in self._links}
        watched: list[Any] = [*self._listeners, *sockets]
        if stop_on is not None:
            watched.append(stop_on)
        readable, _, _ = select.select(watched, [], [], wait_s)
        for ready in readable:
            if ready is stop_on:
                return True
            if ready in sockets:
                self._read(sockets[ready])
            else:
                self._accept(ready)
        return False

    def _accept(self, listener: socket.socket) -> None:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.accept(client, is_trusted=listener is self._listeners[0])

    def accept(self, client: socket.socket, *, is_trusted: bool = True) -> None:
        """Take on a connected client; only a trusted one may speak unsigned once there is a key."""
        client.setblocking(False)
        link = Link(client)
        if is_trusted:
            self._trusted.add(link)
        if self._key is not None:
            link.use_key(*self._key, accepts_unsigned=is_trusted)
        self._links[link] = MissionProtocol(self._vehicle, link.send)

    def _read(self, link: Link) -> None:
        for message in link.receive():
            target = getattr(message, "target_system", 0), getattr(message, "target_component", 0)
            if target[0] in (0, SYSTEM) and target[1] in (0, COMPONENT):
                self._handle(message, link)
            else:
                self._forward(message, link)
        link.flush()

    def _forward(self, message: Any, source: Link) -> None:
        raw = bytes(message.get_msgbuf())
        for link in self._links:
            if link is not source:
                link.forward(raw)

    def _handle(self, message: Any, link: Link) -> None:
        handler = self._handlers.get(message.get_type())
        if handler is not None:
            handler(message, link)
        else:
            self._links[link].handle(message)
        self._vehicle.speak()

    def _on_heartbeat(self, message: Any, link: Link) -> None:
        if message.get_srcSystem() == int(self._parameters["MAV_GCS_SYSID"]):
            self._vehicle.failsafes.heard_gcs()
        self._forward(message, link)

    def _on_command(self, message: Any, link: Link) -> None:
        self._commands.handle(message, link)

    def _on_origin(self, message: Any, link: Link) -> None:
        self._vehicle.set_origin(message.latitude, message.longitude, message.altitude)

    def _on_set_mode(self, message: Any, link: Link) -> None:
        self._vehicle.set_mode(message.custom_mode)

    def _on_parameter_list(self, message: Any, link: Link) -> None:
        link.parameter_queue = list(range(len(self._parameters)))

    def _on_parameter_set(self, message: Any, link: Link) -> None:
        if message.param_id in self._parameters:
            self._parameters.set(message.param_id, message.param_value)
            self._send_parameter(link, message.param_id, 65535)

    def _on_setup_signing(self, message: Any, link: Link) -> None:
        self._key = bytes(message.secret_key), int(message.initial_timestamp)
        for each in self._links:
            each.use_key(*self._key, accepts_unsigned=each in self._trusted)

    def _on_distance(self, message: Any, link: Link) -> None:
        self._vehicle.rangefinder.hear(message, self._vehicle.time_s)
        self._forward(message, link)

    def _on_timesync(self, message: Any, link: Link) -> None:
        if message.tc1 == 0:
            link.send(mav.MAVLink_timesync_message(round(self._vehicle.time_s * 1e9), message.ts1))

    def _read_parameter(self, message: Any, link: Link) -> None:
        names = self._parameters.names
        if message.param_index >= 0:
            if message.param_index < len(names):
                self._send_parameter(link, names[message.param_index], message.param_index)
        elif message.param_id in self._parameters:
            self._send_parameter(link, message.param_id, 65535)

    def _request_streams(self, message: Any, link: Link) -> None:
        """Every group counts as ALL: the groups of the fields overlap in ArduPilot, and no program here asks for one alone."""
        interval = 1.0 / message.req_message_rate if message.start_stop and message.req_message_rate else None
        for message_id in STREAM_ALL:
            link.set_interval(message_id, interval, self._vehicle.time_s)
