"""Follow the recording of a link (`flight.tlog`) while another program writes it: what a vehicle last said, at second hand.

A record is the time (8 bytes) and a MAVLink packet (https://mavlink.io/en/guide/serialization.html). Packets that nothing here
wants to know are passed over by their length alone.
"""

from __future__ import annotations

import time
from pathlib import Path

from pymavlink.dialects.v20 import ardupilotmega as mav

from mission.flying.vehicle_state import VehicleState
from warehouse.growing_files import GrowingFile

TAIL_BYTES = 2_000_000
"""Of a recording that is longer when it is first looked at, only the end is taken in: it tells the present, in half a second."""
_STAMP = 8
_V1, _V2 = 0xFE, 0xFD
_SIGNED, _SIGNATURE = 0x01, 13
_LONGEST = _STAMP + 12 + 255 + _SIGNATURE
_IN_A_ROW = 4
"""Records that must follow one another before a place in the middle of a file counts as the start of one."""
_WANTED = frozenset(
    (
        mav.MAVLINK_MSG_ID_HEARTBEAT,
        mav.MAVLINK_MSG_ID_SYS_STATUS,
        mav.MAVLINK_MSG_ID_ATTITUDE,
        mav.MAVLINK_MSG_ID_LOCAL_POSITION_NED,
        mav.MAVLINK_MSG_ID_GLOBAL_POSITION_INT,
        mav.MAVLINK_MSG_ID_MISSION_CURRENT,
        mav.MAVLINK_MSG_ID_EKF_STATUS_REPORT,
        mav.MAVLINK_MSG_ID_STATUSTEXT,
    )
)
_COMPONENT = 1


class Recording:
    """One recording that grows."""

    def __init__(self, path: Path) -> None:
        """Follow `path`, which need not be there yet."""
        self.state = VehicleState()
        self._file = GrowingFile(path)
        self._parser = mav.MAVLink(None)
        self._vehicle: int | None = None
        self._heard_at = time.monotonic()

    @property
    def silent_s(self) -> float:
        """Seconds of this computer since the vehicle was last heard."""
        return time.monotonic() - self._heard_at

    def catch_up(self) -> bool:
        """Take in what has come; return whether the vehicle said anything."""
        if self._file.offset == 0:
            self._skip_to_tail()
        before = self._heard_at
        while True:
            data, is_anew = self._file.look()
            if is_anew:
                self.state, self._vehicle = VehicleState(), None
            used = self._take(data)
            self._file.taken(used)
            if used == 0:
                return self._heard_at != before

    def _skip_to_tail(self) -> None:
        try:
            size = self._file.path.stat().st_size
            if size <= TAIL_BYTES:
                return
            with self._file.path.open("rb") as stream:
                stream.seek(size - TAIL_BYTES)
                data = stream.read(_IN_A_ROW * _LONGEST * 2)
        except OSError:
            return
        self._file.taken(size - TAIL_BYTES + _start_of_record(data))

    def _take(self, data: bytes) -> int:
        """Take in the whole records at the start of `data`; return how many bytes they are."""
        at = 0
        while (length := _record_length(data, at)) is not None:
            if length == 0:  # no packet starts here: a writer was killed within the one before
                at += _start_of_record(data[at + 1 :]) + 1
                continue
            if at + length > len(data):
                break
            self._hear(data, at + _STAMP, length - _STAMP)
            at += length
        return min(at, len(data))

    def _hear(self, data: bytes, at: int, length: int) -> None:
        if data[at] == _V2:
            system, component, kind = data[at + 5], data[at + 6], int.from_bytes(data[at + 7 : at + 10], "little")
        else:
            system, component, kind = data[at + 3], data[at + 4], data[at + 5]
        if kind not in _WANTED or component != _COMPONENT or (self._vehicle is not None and system != self._vehicle):
            return
        try:
            message = self._parser.decode(bytearray(data[at : at + length]))
        except mav.MAVError:
            return
        if self._vehicle is None:
            if message.get_type() != "HEARTBEAT" or message.autopilot == mav.MAV_AUTOPILOT_INVALID:
                return
            self._vehicle = system
        self._heard_at = time.monotonic()
        self.state.update(message)
        if self.state.has_rebooted:  # the next flight: nothing of the last one is true of it
            self.state = VehicleState()
            self.state.update(message)


def _record_length(data: bytes, at: int) -> int | None:
    """Return the length of the record at `at`; None when too little of it is there, 0 when none starts there."""
    if at + _STAMP + 3 > len(data):
        return None
    magic, payload, flags = data[at + _STAMP : at + _STAMP + 3]
    if magic == _V2:
        return _STAMP + 12 + payload + (_SIGNATURE if flags & _SIGNED else 0)
    return _STAMP + 8 + payload if magic == _V1 else 0


def _start_of_record(data: bytes) -> int:
    """Return the first place in `data` from which records follow one another; its length when there is none."""
    for start in range(len(data)):
        at, n = start, 0
        while n < _IN_A_ROW and (length := _record_length(data, at)):
            at, n = at + length, n + 1
        if n == _IN_A_ROW:
            return start
    return len(data)
