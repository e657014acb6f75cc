"""What passes between a flight and a camera that hangs on this computer, not on the autopilot.

The flight says when the autopilot triggered; the camera, which films without a pause, finds the frame of that moment and writes it.
Times are `time.monotonic` of this computer, in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

TOLERANCE_S = 0.15
"""A frame farther than this from its trigger is not the photo that was planned: at 1 m/s half a location."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialPicture:
    """What a camera shows while the drone stands on its pad."""

    size_px: tuple[int, int]
    """Width, height."""
    rate_hz: float
    """Frames a second, as they came."""
    lag_s: float
    """By so much its frames may have been held up on their way, the half of them; infinite: nothing tells."""
    brightness: float
    """Mean of the picture, 0 (black) to 1 (white)."""
    contrast: float
    """Standard deviation of the picture, on the same scale."""
    defocus_px: float | None
    """Sigma of the blur of its sharpest edges; None: there is no edge to judge by."""
    n_bytes: int
    """As it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureOrder:
    """One photo that the autopilot triggered."""

    file: Path
    """Where the picture goes."""
    heard_s: float
    """When the autopilot's word of it came."""
    utc_s: float
    """Of the trigger, in seconds from 1970 UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureTaken:
    """What became of an order."""

    file: Path
    off_s: float | None
    """How much later than asked for the frame was that was found; None: none was found in time."""
    lag_s: float | None = None
    """By so much the nearest frame may have been held up; None: there was none, or nothing tells."""
    size_px: tuple[int, int] = (0, 0)
    why: str = ""
    """Why there is no picture, for people."""
    is_disk_at_fault: bool = False


class CompanionCamera(Protocol):
    """A camera that films without a pause."""

    name: str
    """For people; no password in it."""
    delay_s: float
    """How much later than the autopilot's word of a photo the frame of that moment comes; negative: earlier."""

    def trial(self, timeout_s: float) -> TrialPicture | None:
        """Return what it shows now; None when no frame comes within `timeout_s`."""

    def trouble(self) -> str:
        """Return for people what is wrong with the connection now; empty when frames come."""

    def take(self, order: PictureOrder) -> None:
        """Have the frame of that moment written; returns at once."""

    def taken(self) -> Sequence[PictureTaken]:
        """Return what was finished since the last call."""
