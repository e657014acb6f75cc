"""What is tried on bars that were turned upright, cheapest first, and when to give up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import cv2
import numpy as np

from vision.codes import zbar_engine, zxing_engine
from vision.codes.budget import Budget
from vision.codes.decoded import Decoded
from vision.codes.grey import Grey, local_contrast
from vision.codes.localise import UprightCrop
from vision.codes.profiles import profile_of, read_profile

N_FOR_ALL = 2
"""How many readings are tried on every crop."""
LEAST_PERSISTENCE = 0.88
"""What is needed for the others. Of what they have read in real photographs 0.90 was the least; print and leaves have less."""
ZBAR_ROWS = 288
"""Height that a crop is averaged to before pyzbar scans every other row of it."""


def readings(upright: UprightCrop, bars: Sequence[str], budget: Budget) -> Iterator[list[Decoded]]:
    """Yield what an upright crop reads as, in pixels of the crop, one way after the other while the budget lasts.

    It ends after `N_FOR_ALL` where the picture changes along what should be bars.
    """
    crop = upright.image
    if not budget.take(crop.size):
        return
    yield zxing_engine.read(crop, bars, variant="deskewed", any_direction=False)
    if not budget.take(crop.size):
        return
    profile = profile_of(upright)
    yield read_profile(profile, bars)
    if profile.persistence < LEAST_PERSISTENCE or not budget.take(crop.size):
        return
    even = local_contrast(crop)
    yield zxing_engine.read(even, bars, variant="deskewed-clahe", any_direction=False)
    if budget.take(crop.size):
        yield _by_zbar(even, bars, "deskewed-clahe")


def _by_zbar(crop: Grey, bars: Sequence[str], variant: str) -> list[Decoded]:
    height, width = crop.shape
    rows = min(height, ZBAR_ROWS)
    few = np.asarray(cv2.resize(crop, (width, rows), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    found = zbar_engine.read(few, bars, variant=variant, every=(0, 2))
    taller = height / rows
    return [replace(d, corners_px=tuple((x, (y + 0.5) * taller - 0.5) for x, y in d.corners_px)) for d in found]  # type: ignore[arg-type]  # four
