"""Light and sensor of the simulated camera: the drone's LED panel, exposure, uneven light, glare of film, noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.develop_sheet import SheetPainter
from sitl.scene import Sheet
from sitl.stock import Load
from warehouse.camera import CameraModel

Picture = NDArray[np.uint8]
Vector = NDArray[np.float64]

_AMBIENT, _LED = 0.28, 0.72
"""Shares of the hall's lamps and of the LED panel in the light at `_NOMINAL_M`."""
_NOMINAL_M = 1.3
_WHITE = 0.94
"""What white paper at the distance of the face comes out as, against saturation."""
_GRID = (25, 33)
_READ_NOISE, _SHOT_NOISE = 1.3, 0.025
"""Sigma of the dark, in grey levels, and variance per grey level, at nominal exposure."""
_NOISE_UNIT = 64.0


class Light:
    """Lights and exposes the frames of one camera."""

    def __init__(self, camera: CameraModel, *, seed: int) -> None:
        """Prepare vignette and noise."""
        width, height = camera.size_px
        self._size = (width, height)
        rng = np.random.default_rng([seed, 51])
        ys, xs = np.meshgrid(np.linspace(0, height - 1, _GRID[0]), np.linspace(0, width - 1, _GRID[1]), indexing="ij")
        x = (xs - camera.centre_px[0]) / camera.focal_px[0]
        y = (ys - camera.centre_px[1]) / camera.focal_px[1]
        self._rays = np.stack([x, y, np.ones_like(x)], axis=-1)
        self._vignette = 1.0 / (1.0 + x * x + y * y) ** 2 * np.exp(-((x * x + y * y) / 0.7))
        self._waves = rng.uniform(0.8, 2.6, size=(5, 3)) * rng.choice([-1.0, 1.0], size=(5, 3))
        self._phases = rng.uniform(0, 2 * np.pi, 5)
        self._noise = _noise_bank(width + 192, height + 192, seed)

    def reaching(self, depth_m: float) -> float:
        """Return the light on a surface at that depth, 1 at the nominal distance."""
        return _AMBIENT + _LED * (_NOMINAL_M / depth_m) ** 2

    def exposure(self, distance_m: float) -> float:
        """Return the gain that the camera's automatic exposure picks for a face at that distance."""
        return float(np.clip(_WHITE / self.reaching(distance_m), 0.3, 2.2))

    def expose(self, frame: Picture, centre_m: Vector, site_from_camera: Vector, *, exposure: float, seed: int) -> Picture:
        """Give `frame` uneven light, vignette and sensor noise, in place, and return it."""
        rng = np.random.default_rng([seed, 52])
        points = centre_m + _NOMINAL_M * self._rays @ site_from_camera.T
        uneven = np.mean(np.sin(points @ self._waves.T + self._phases), axis=-1)
        gain = self._vignette * (1.0 + 0.16 * uneven) * rng.uniform(0.95, 1.03)
        field = cv2.resize(np.clip(gain * 220.0, 0, 255).astype(np.uint8), self._size, interpolation=cv2.INTER_LINEAR)
        lit = cv2.multiply(frame, field, dst=frame, scale=1 / 220.0)
        grey = np.arange(256)
        sigma = np.sqrt(_READ_NOISE**2 + _SHOT_NOISE * grey) * np.sqrt(max(exposure / _WHITE, 0.5))
        strength = cv2.LUT(lit, np.rint(sigma * _NOISE_UNIT).astype(np.int16))
        y, x = (int(v) for v in rng.integers(0, 192, 2))
        bank = self._noise[y : y + self._size[1], x : x + self._size[0]]
        grain = cv2.multiply(strength, bank, dst=strength, scale=1 / _NOISE_UNIT**2)
        return np.asarray(cv2.add(lit, grain, dst=frame, dtype=cv2.CV_8U), dtype=np.uint8)


@lru_cache(maxsize=2)
def _noise_bank(width: int, height: int, seed: int) -> NDArray[np.int16]:
    rng = np.random.default_rng([seed, 54])
    grain = rng.standard_normal((height, width), dtype=np.float32)
    return np.asarray(np.rint(grain * _NOISE_UNIT), dtype=np.int16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Glare:
    """One bright streak on film, as it looks from one view point."""

    middle_m: Vector
    length_m: float
    width_m: float
    turn_deg: float
    strength: float
    """0 to 1."""


def glare_of(load: Load, front: Sheet, centre_m: Vector) -> list[Glare]:
    """Return the streaks that shine back at a camera with its lamp beside the lens.

    Each wrinkle has its own slope; it shines where its normal points at the camera, so streaks come and go as the camera moves.
    """
    rng = np.random.default_rng([load.look_seed, 53])
    n = 26
    places = rng.uniform([0.03, 0.03], [0.97, 0.97], size=(n, 2))
    slopes = rng.normal(0.0, 0.20, size=(n, 2))
    lengths, widths = rng.uniform(0.02, 0.12, n), rng.uniform(0.004, 0.012, n)
    turns = rng.normal(0.0, 14.0, n)
    right = front.right_m / np.linalg.norm(front.right_m)
    down = front.down_m / np.linalg.norm(front.down_m)
    normal = np.cross(down, right)
    points = front.corner_m + places[:, :1] * front.right_m + places[:, 1:] * front.down_m
    to_camera = centre_m - points
    distance = np.maximum(to_camera @ normal, 0.1)
    wanted = np.stack([to_camera @ right, to_camera @ down], axis=1) / distance[:, None]
    strength = np.exp(-np.sum((wanted - slopes) ** 2, axis=1) / (2 * 0.07**2))
    return [
        Glare(middle_m=points[i], length_m=lengths[i], width_m=widths[i], turn_deg=turns[i], strength=float(strength[i]))
        for i in np.flatnonzero(strength > 0.12)
    ]


def add_glare(painter: SheetPainter, glare: Glare, exposure: float) -> None:
    """Add one streak to the canvas."""
    x, y = painter.pixel(glare.middle_m)
    scale = painter.px_per_m(glare.middle_m)
    reach = int(np.ceil(scale * glare.length_m * 0.75)) + 2
    height, width = painter.canvas.shape
    x0, y0 = max(int(x) - reach, 0), max(int(y) - reach, 0)
    x1, y1 = min(int(x) + reach + 1, width), min(int(y) + reach + 1, height)
    if x1 <= x0 or y1 <= y0:
        return
    axes = scale * glare.length_m / 2, scale * glare.width_m / 2
    turn = np.radians(glare.turn_deg)
    step = 4  # a streak is soft: work it out coarsely
    xs, ys = np.arange(x0, x1, step) - x, np.arange(y0, y1, step) - y
    along = xs[None] * np.cos(turn) + ys[:, None] * np.sin(turn)
    across = -xs[None] * np.sin(turn) + ys[:, None] * np.cos(turn)
    across = across + 0.12 * axes[0] * (along / axes[0]) ** 2
    soft = np.exp(-((along / axes[0]) ** 2) * 1.5 - (across / axes[1]) ** 2 * 1.5)
    bright = np.clip(260.0 * exposure * glare.strength * soft, 0, 255).astype(np.uint8)
    streak = cv2.resize(bright, (x1 - x0, y1 - y0), interpolation=cv2.INTER_LINEAR)
    view = painter.canvas[y0:y1, x0:x1]
    cv2.add(view, streak, dst=view)
