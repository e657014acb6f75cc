"""Recorded flights of a real ArduCopter, and their replay: the ground's words at their times, said to the built-in copter."""

from __future__ import annotations

import re
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymavlink import mavutil

from sitl.copter.autopilot import STEP_S
from sitl.lockstep import LockstepVehicle
from tests.contracts.ground_station import GroundStation, Seen

EPOCH_S = 1795392000
"""2026-11-23T00:00:00Z, to which the recordings add the seconds since boot."""
HOME = (38.6255, -0.5730, 820.0, 0.0)


@dataclass(frozen=True, slots=True)
class Recording:
    """One flight: what the vehicle said and what the ground said, each with the time since boot."""

    vehicle: list[Seen]
    ground: list[Seen]

    @property
    def end_s(self) -> float:
        return self.vehicle[-1].time_s


def load(path: Path) -> Recording:
    log: Any = mavutil.mavlogfile(str(path))
    vehicle, ground = [], []
    while (message := log.recv_match()) is not None:
        seen = Seen(message._timestamp - EPOCH_S, message)
        if message.get_srcSystem() == 1:
            vehicle.append(seen)
        elif message.get_srcSystem() == 255:
            ground.append(seen)
    log.close()
    return Recording(vehicle, ground)


AS_RECORDED = {"FENCE_ALT_MAX": 8.0, "WPNAV_ACCEL": 100.0, "WPNAV_JERK": 1.0, "LAND_SPEED": 40.0}
"""The parameters of the recorded flights, where they are not those that are flown with today."""


@contextmanager
def lock_step(seed: int = 1, **parameters: float) -> Iterator[GroundStation]:
    """A ground station whose every look moves a built-in copter in this process on by one step: no clock on the wall."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        vehicle = LockstepVehicle(HOME, seed=seed, parameters=parameters, listeners=[listener])
        endpoint = f"tcp:127.0.0.1:{listener.getsockname()[1]}"
        with GroundStation(endpoint, advance=vehicle.step, beats=False) as ground:
            vehicle.server.serve(1.0)
            yield ground


def replay(recording: Recording, *, seed: int = 1, **parameters: float) -> Recording:
    """Say to the built-in copter what the ground said, each word not before its time, and mission items only when asked for."""
    with lock_step(seed, **(AS_RECORDED | parameters)) as ground:
        waiting = deque(recording.ground)
        requested: set[tuple[int, int]] = set()
        is_uploading = False
        for step in range(round(recording.end_s / STEP_S)):
            while waiting and waiting[0].time_s <= step * STEP_S:
                message = waiting[0].message
                kind = message.get_type()
                if kind == "MISSION_ITEM_INT":
                    if (message.seq, message.mission_type) not in requested:
                        break
                    requested.remove((message.seq, message.mission_type))
                elif is_uploading and kind != "HEARTBEAT":
                    break
                is_uploading |= kind == "MISSION_COUNT"
                ground.send(waiting.popleft().message)
            for answer in ground.look():
                if answer.get_type() == "MISSION_REQUEST":
                    requested.add((answer.seq, answer.mission_type))
                elif answer.get_type() == "MISSION_ACK":
                    is_uploading = False
        return Recording(list(ground.seen), recording.ground)


def normal(text: str) -> str:
    """Return a status text without measured numbers, which noise changes from flight to flight."""
    return re.sub(r"(at|used) [0-9.]+", r"\1 #", text)
