"""Lines of grey across the bars of one label, from several frames, laid onto one another to a part of a sample.

Frames differ by a shift and a scale, which correlation finds by trial, and by the perspective of their yaw, which stretches one end
against the other: a second-order term, found with the other two by Gauss and Newton's least squares. Only what shows contrast takes
part, so a blob of glare does not pull.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

Line = NDArray[np.float32]
Bend = NDArray[np.float64]
"""(c0, c1, c2): sample x of the reference lies at c0 + c1 t + c2 t^2 of the other line, t = 2 x / (n - 1) - 1."""

SAMPLES_A_BAR = 6
"""Of the narrowest bar, in every line."""
LEAST_LIKENESS = 0.7
"""Correlation of two lines below which they are not of the same bars."""
_LEAST_OVERLAP = 40 * SAMPLES_A_BAR
"""Samples that both lines must show bars in."""
_WINDOW = 4.0 * SAMPLES_A_BAR
"""Sigma over which light and contrast are evened out: a character of Code 128 is 11 modules wide, and has three bars."""
_SCALES = np.arange(-0.09, 0.0901, 0.005)
"""Stretches tried. Labels on a turned pallet are foreshortened, by as much as 8 % at 23 degrees."""
_FLAT = 0.3
"""Share of a line's strong contrast below which a piece of it counts as showing nothing."""
_CALMS = 0.8 * SAMPLES_A_BAR, 0.4 * SAMPLES_A_BAR
"""Sigmas of the blur under which lines are compared, one after the other: first what is wider than a bar."""
_MOST_STEPS = 8
_MOST_TRIED = 4


def smooth(rows: Line, sigma: float) -> Line:
    """Return rows (m, n) blurred along their length."""
    return np.asarray(cv2.GaussianBlur(rows, (0, 0), sigmaX=sigma, sigmaY=1e-3, borderType=cv2.BORDER_REFLECT), dtype=np.float32)


def without_light(rows: Line) -> Line:
    """Return rows (m, n) with their local mean taken out."""
    return np.asarray(rows - smooth(rows, _WINDOW), dtype=np.float32)


def local_power(rows: Line) -> Line:
    """Return the local mean square of rows (m, n)."""
    return smooth(np.asarray(rows * rows, dtype=np.float32), _WINDOW)


@dataclass(frozen=True, eq=False)
class EvenLine:
    """A line whose light and contrast are evened out, and where it shows anything: 1 and 0. Both (n,).

    It remembers what was worked out from it: each line is laid onto several others.
    """

    values: Line
    shown: Line
    _calmed: dict[float, EvenLine] = field(default_factory=dict)

    def calmed(self, sigma: float) -> EvenLine:
        """Return the line blurred by so many samples."""
        if sigma not in self._calmed:
            self._calmed[sigma] = EvenLine(smooth(self.values[None], sigma)[0], self.shown)
        return self._calmed[sigma]

    @cached_property
    def spectra(self) -> tuple[NDArray[np.complex128], ...]:
        """Return the spectra (n + 1,), over twice the length, of what is shown, of its squares, and of where it is shown."""
        return _spectra(self.values, self.shown)

    @cached_property
    def stretched_spectra(self) -> tuple[tuple[NDArray[np.complex128], ...], ...]:
        """Return the same of the line stretched by each of `_SCALES`."""
        bends = [not_bent(self.values.size) * np.array([1.0, 1.0 + stretch, 0.0]) for stretch in _SCALES]
        return tuple(_spectra(*bent(np.stack([self.values, self.shown]), bend)) for bend in bends)


def _spectra(values: Line, shown: Line) -> tuple[NDArray[np.complex128], ...]:
    return tuple(np.fft.rfft(row, 2 * values.size) for row in (values * shown, values**2 * shown, shown))


def evened(line: Line) -> EvenLine:
    """Return a line (n,) between about -2 and 2, near 0 where it shows no contrast."""
    row = without_light(line[None])
    deviation = np.sqrt(local_power(row))
    strong = max(float(np.percentile(deviation, 90)), 1e-6)
    values = row / np.hypot(deviation, _FLAT * strong)
    return EvenLine(np.asarray(values[0], dtype=np.float32), np.asarray(deviation[0] > _FLAT * strong, dtype=np.float32))


@dataclass(frozen=True, slots=True)
class Registration:
    """How one line lies on the reference, and how alike they are there, -1 to 1."""

    bend: Bend
    likeness: float


def register(reference: EvenLine, other: EvenLine) -> Registration | None:
    """Return how `other` lies on `reference`, both (n,) of the same n; None where they are not alike."""
    rough = _rough(reference.calmed(_CALMS[0]), other.calmed(_CALMS[0]))
    tried = [found for bend in rough if (found := refine(reference, other, bend)) is not None]
    return max(tried, key=lambda found: found.likeness, default=None)


def refine(reference: EvenLine, other: EvenLine, bend: Bend) -> Registration | None:
    """Return the registration improved from `bend`; None where the lines are not alike."""
    found = Registration(bend, -1.0)
    for sigma in _CALMS:
        found = _refined(reference.calmed(sigma), other.calmed(sigma), found.bend)
    return found if found.likeness >= LEAST_LIKENESS else None


def _refined(fixed: EvenLine, moving: EvenLine, bend: Bend) -> Registration:
    n = fixed.values.size
    t = np.linspace(-1.0, 1.0, n)
    powers = np.stack([np.ones(n), t, t * t], axis=1)
    rows = np.stack([moving.values, np.gradient(moving.values).astype(np.float32), moving.shown])
    now = bent(rows, bend)
    best, likeness = bend, _likeness(fixed, now[0], now[2])
    for _ in range(_MOST_STEPS):
        seen, steep, shown = now.astype(np.float64)
        weight = shown * fixed.shown
        gain = float((weight * seen * fixed.values).sum()) / max(float((weight * seen * seen).sum()), 1e-9)
        columns = powers * (gain * steep)[:, None]
        normal = (columns * weight[:, None]).T @ columns
        right = (columns * weight[:, None]).T @ (fixed.values - gain * seen)
        step = np.linalg.solve(normal + np.eye(3) * (1e-6 * np.trace(normal) + 1e-9), right)
        bend = bend + np.clip(step, -SAMPLES_A_BAR, SAMPLES_A_BAR)
        now = bent(rows, bend)
        found = _likeness(fixed, now[0], now[2])
        if found > likeness:
            best, likeness = bend, found
        if float(np.abs(step).max()) < 0.01:
            break
    return Registration(best, likeness)


def bent(rows: Line, bend: Bend) -> Line:
    """Return rows (m, n) sampled where the reference's samples lie in them."""
    m, n = rows.shape
    t = np.linspace(-1.0, 1.0, n)
    x = np.broadcast_to((bend[0] + bend[1] * t + bend[2] * t * t).astype(np.float32), (m, n))
    y = np.broadcast_to(np.arange(m, dtype=np.float32)[:, None], (m, n))
    sampled = cv2.remap(rows, np.ascontiguousarray(x), np.ascontiguousarray(y), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, dtype=np.float32)


def not_bent(n: int) -> Bend:
    """Return the bend of a line of `n` samples that lies on the reference already."""
    return np.array([(n - 1) / 2, (n - 1) / 2, 0.0])


def _rough(fixed: EvenLine, moving: EvenLine) -> list[Bend]:
    """Return the shifts and stretches at which the lines are most alike, where both show bars enough."""
    n = fixed.values.size
    tried: list[tuple[float, Bend]] = []
    product_with, power_with, shown_with = (np.conj(spectrum) for spectrum in fixed.spectra)
    for stretch, (values, squares, shown) in zip(_SCALES, moving.stretched_spectra, strict=True):
        bend = not_bent(n) * np.array([1.0, 1.0 + stretch, 0.0])
        product, fixed_power, n_both, power = (
            np.fft.irfft(spectrum, 2 * n)
            for spectrum in (values * product_with, shown * power_with, shown * shown_with, squares * shown_with)
        )
        likeness = product / np.sqrt(np.maximum(fixed_power * power, 1e-3))
        likeness[n_both < _LEAST_OVERLAP] = -1.0
        at = int(np.argmax(likeness))
        shift = at if at < n else at - 2 * n
        tried.append((float(likeness[at]), bend + np.array([shift * bend[1] / not_bent(n)[1], 0.0, 0.0])))
    tried.sort(key=lambda found: -found[0])
    return [bend for likely, bend in tried[:_MOST_TRIED] if likely > 0]


def _likeness(fixed: EvenLine, values: Line, shown: Line) -> float:
    weight = shown * fixed.shown
    if float(weight.sum()) < _LEAST_OVERLAP:
        return -1.0
    powers = float((weight * values * values).sum()) * float((weight * fixed.values * fixed.values).sum())
    return float((weight * values * fixed.values).sum()) / math.sqrt(max(powers, 1e-9))
