"""Flight modes by ArduCopter's numbers, and what each means here."""

from __future__ import annotations

from enum import IntEnum


class Mode(IntEnum):
    """ArduCopter's `custom_mode`."""

    STABILIZE = 0
    ACRO = 1
    ALT_HOLD = 2
    AUTO = 3
    GUIDED = 4
    LOITER = 5
    RTL = 6
    CIRCLE = 7
    LAND = 9
    DRIFT = 11
    SPORT = 13
    POSHOLD = 16
    BRAKE = 17


STICK_MODES = frozenset((Mode.STABILIZE, Mode.ACRO, Mode.ALT_HOLD, Mode.LOITER, Mode.CIRCLE, Mode.DRIFT, Mode.SPORT, Mode.POSHOLD))
"""Modes that obey sticks. Without a remote control the throttle counts as closed, and the vehicle sinks to the ground."""
NEEDS_POSITION = frozenset((Mode.AUTO, Mode.GUIDED, Mode.LOITER, Mode.RTL, Mode.CIRCLE, Mode.POSHOLD, Mode.BRAKE))
ARMABLE = frozenset(
    (Mode.STABILIZE, Mode.ACRO, Mode.ALT_HOLD, Mode.AUTO, Mode.GUIDED, Mode.LOITER, Mode.DRIFT, Mode.SPORT, Mode.POSHOLD)
)
