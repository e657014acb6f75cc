"""How a lens bends: from the tangents of the angles off its axis to where they land on the sensor, and back.

Two models, in OpenCV's own terms, because that is what a calibration hands over:

- `normal`: Brown's radial and tangential terms with a rational radial part
  (https://docs.opencv.org/4.x/d9/d0c/group__calib3d.html), coefficients in OpenCV's order k1, k2, p1, p2, k3, k4, k5, k6;
- `fisheye`: Kannala and Brandt's polynomial of the angle, coefficients k1 to k4
  (https://docs.opencv.org/4.x/db/d58/group__calib3d__fisheye.html).

Coordinates are (…, 2): x right, y down, on the plane one focal length before the lens. Polynomials fold back far off the axis;
beyond that *fold* a model says nothing, and neither direction gives a number there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

NORMAL, FISHEYE = "normal", "fisheye"
COEFFICIENT_COUNTS = {NORMAL: (2, 4, 5, 8), FISHEYE: (4,)}
"""How many coefficients each model may be given; those left out are 0."""

_ROUNDS = 60
_EXACT = 1e-10
_FEW = 16
"""Numbers at most of which the answer is kept: the corners of a code are asked for with its recorded pose, its corrected one, …"""


def distort(lens: str, coefficients: tuple[float, ...], xy: Vector) -> Vector:
    """Return where tangents (…, 2) land; NaN beyond the fold."""
    r = np.hypot(xy[..., 0], xy[..., 1])[..., None]
    if lens == FISHEYE:
        angle = np.arctan(r)
        bent = xy * np.divide(_fisheye(angle, coefficients), r, out=np.ones_like(r), where=r > 1e-12)
        return np.where(r < fold_radius(lens, coefficients), bent, np.nan)
    if not any(coefficients):
        return xy
    bent = xy * _stretch(r, coefficients)
    is_valid = r < fold_radius(lens, coefficients)
    if _is_tangential(coefficients):
        bent = bent + _shift(xy, coefficients)
        is_valid = is_valid & (_determinant(_jacobian(xy, coefficients)) > 0)
    return np.where(is_valid, bent, np.nan)


def undistort(lens: str, coefficients: tuple[float, ...], distorted: Vector) -> Vector:
    """Return the tangents (…, 2) that land on `distorted`; NaN where none does this side of the fold."""
    if lens == NORMAL and not any(coefficients):
        return distorted
    if distorted.size <= _FEW:
        return _undistorted_again(lens, coefficients, distorted.tobytes(), distorted.shape).copy()
    return _undistorted(lens, coefficients, distorted)


@lru_cache(maxsize=8192)
def _undistorted_again(lens: str, coefficients: tuple[float, ...], distorted: bytes, shape: tuple[int, ...]) -> Vector:
    return _undistorted(lens, coefficients, np.frombuffer(distorted, dtype=np.float64).reshape(shape))


def _undistorted(lens: str, coefficients: tuple[float, ...], distorted: Vector) -> Vector:
    target = np.hypot(distorted[..., 0], distorted[..., 1])[..., None]
    fold = fold_radius(lens, coefficients)
    if lens == FISHEYE:
        angle = _invert(lambda a: (_fisheye(a, coefficients), _fisheye_slope(a, coefficients)), target, float(np.arctan(fold)))
        with np.errstate(divide="ignore", invalid="ignore"):
            tangent = np.where(angle < np.pi / 2 - 1e-6, np.tan(angle), np.nan)
            return np.where(target > 1e-12, distorted * (tangent / target), distorted)
    k = _radial(coefficients)
    r = _invert(lambda a: (a * _stretch(a, coefficients), _slope(a, k)), target, fold)
    with np.errstate(divide="ignore", invalid="ignore"):
        xy = np.where(target > 1e-12, distorted * (r / target), distorted)
    return _refine(xy, distorted, coefficients) if _is_tangential(coefficients) else xy


@lru_cache(maxsize=256)
def fold_radius(lens: str, coefficients: tuple[float, ...]) -> float:
    """Return the tangent of the angle off the axis up to which a lens keeps points in order; infinite for most.

    It is the smallest positive root of the slope of the radial polynomial, or of its denominator; for a fisheye at most 90 degrees.
    """
    if lens == FISHEYE:
        k1, k2, k3, k4 = coefficients
        angle = _smallest_root([9 * k4, 7 * k3, 5 * k2, 3 * k1, 1.0])
        return float(np.tan(angle)) if angle < np.pi / 2 else np.inf
    k1, k2, k3, k4, k5, k6 = _radial(coefficients)
    above, below = np.poly1d([k3, k2, k1, 1.0]), np.poly1d([k6, k5, k4, 1.0])  # in r squared
    slope = (above + np.poly1d([2.0, 0.0]) * above.deriv()) * below - np.poly1d([2.0, 0.0]) * above * below.deriv()
    return min(_smallest_root(slope.coeffs), _smallest_root(below.coeffs))


def _smallest_root(polynomial_in_square: list[float] | Vector) -> float:
    """Return the square root of the smallest positive real root; infinite when there is none."""
    values = np.asarray(polynomial_in_square, dtype=np.float64)
    roots = np.roots(np.where(np.abs(values) < 1e-12, 0.0, values))
    real = roots.real[(np.abs(roots.imag) < 1e-9 * np.maximum(1.0, np.abs(roots.real))) & (roots.real > 0)]
    return float(np.sqrt(real.min())) if real.size else np.inf


def _invert(function: Callable[[Vector], tuple[Vector, Vector]], target: Vector, end: float) -> Vector:
    """Return where a function that rises from 0 up to `end` takes the value `target`; NaN where it does not get there.

    `function` returns value and slope. Newton's steps, halving the bracket wherever one would leave it.
    """
    low, high = np.zeros_like(target), np.full_like(target, end)
    if not np.isfinite(end):
        high = np.maximum(target, 1.0)
        for _ in range(40):
            is_short = function(high)[0] < target
            if not is_short.any():
                break
            high = np.where(is_short, 2.0 * high, high)
    at = np.minimum(target, high)
    for _ in range(_ROUNDS):
        value, slope = function(at)
        low, high = np.where(value <= target, at, low), np.where(value >= target, at, high)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = at - (value - target) / slope
        following = np.where((step >= low) & (step <= high), step, (low + high) / 2)
        # A step lost in rounding errors is none: without this, points would jump to and fro by the last bits in every round.
        is_exact = np.abs(value - target) <= 4e-16 * np.maximum(1.0, target)
        has_settled = bool(np.all(is_exact | (np.abs(following - at) <= 1e-15 + 4e-16 * np.abs(at)) | ~np.isfinite(target)))
        at = following
        if has_settled:
            break
    return np.where(np.abs(function(at)[0] - target) < _EXACT * np.maximum(1.0, target), at, np.nan)


def _fisheye(angle: Vector, k: tuple[float, ...]) -> Vector:
    s = angle * angle
    return np.asarray(angle * (1.0 + s * (k[0] + s * (k[1] + s * (k[2] + s * k[3])))), dtype=np.float64)


def _fisheye_slope(angle: Vector, k: tuple[float, ...]) -> Vector:
    s = angle * angle
    return np.asarray(1.0 + s * (3 * k[0] + s * (5 * k[1] + s * (7 * k[2] + s * 9 * k[3]))), dtype=np.float64)


def _radial(coefficients: tuple[float, ...]) -> tuple[float, float, float, float, float, float]:
    """Return k1 to k6."""
    k1, k2, _, _, k3, k4, k5, k6 = (*coefficients, *(0.0,) * (8 - len(coefficients)))
    return k1, k2, k3, k4, k5, k6


def _is_tangential(coefficients: tuple[float, ...]) -> bool:
    return any(coefficients[2:4])


def _stretch(r: Vector, coefficients: tuple[float, ...]) -> Vector:
    k1, k2, k3, k4, k5, k6 = _radial(coefficients)
    s = r * r
    return np.asarray((1.0 + s * (k1 + s * (k2 + s * k3))) / (1.0 + s * (k4 + s * (k5 + s * k6))), dtype=np.float64)


def _stretch_slope(r: Vector, k: tuple[float, ...]) -> Vector:
    """Return the derivative of the stretch by r squared."""
    k1, k2, k3, k4, k5, k6 = k
    s = r * r
    above, below = 1.0 + s * (k1 + s * (k2 + s * k3)), 1.0 + s * (k4 + s * (k5 + s * k6))
    return np.asarray(
        ((k1 + s * (2 * k2 + s * 3 * k3)) * below - above * (k4 + s * (2 * k5 + s * 3 * k6))) / below**2, dtype=np.float64
    )


def _slope(r: Vector, k: tuple[float, ...]) -> Vector:
    """Return the derivative of r times its stretch."""
    k1, k2, k3, k4, k5, k6 = k
    return _stretch(r, (k1, k2, 0.0, 0.0, k3, k4, k5, k6)) + 2.0 * r * r * _stretch_slope(r, k)


def _shift(xy: Vector, coefficients: tuple[float, ...]) -> Vector:
    """Return the tangential part (…, 2)."""
    p1, p2 = coefficients[2:4]
    x, y = xy[..., 0], xy[..., 1]
    s = x * x + y * y
    return np.stack([2 * p1 * x * y + p2 * (s + 2 * x * x), p1 * (s + 2 * y * y) + 2 * p2 * x * y], axis=-1)


def _jacobian(xy: Vector, coefficients: tuple[float, ...]) -> Vector:
    """Return the derivative (…, 2, 2) of the normal model."""
    p1, p2 = coefficients[2:4]
    x, y = xy[..., 0], xy[..., 1]
    r = np.hypot(x, y)
    stretch, slope = _stretch(r, coefficients), _stretch_slope(r, _radial(coefficients))
    across = 2 * x * y * slope + 2 * p1 * x + 2 * p2 * y
    xx = stretch + 2 * x * x * slope + 2 * p1 * y + 6 * p2 * x
    yy = stretch + 2 * y * y * slope + 6 * p1 * y + 2 * p2 * x
    return np.stack([np.stack([xx, across], axis=-1), np.stack([across, yy], axis=-1)], axis=-2)


def _determinant(matrix: Vector) -> Vector:
    """Return the determinants (…, 1) of (…, 2, 2)."""
    return np.asarray(matrix[..., 0, 0] * matrix[..., 1, 1] - matrix[..., 0, 1] * matrix[..., 1, 0])[..., None]


def _refine(xy: Vector, distorted: Vector, coefficients: tuple[float, ...]) -> Vector:
    """Take the tangential part out as well, from what the radial part alone gives: Newton's steps in two dimensions."""
    fold = fold_radius(NORMAL, coefficients)
    # Where the radial part alone has no answer, the tangential part may still give one: begin at the fold's side of the axis.
    xy = np.where(np.isfinite(xy), xy, distorted * 0.9)
    for _ in range(_ROUNDS):
        wrong = xy * _stretch(np.hypot(xy[..., 0], xy[..., 1])[..., None], coefficients) + _shift(xy, coefficients) - distorted
        jacobian = _jacobian(xy, coefficients)
        determinant = _determinant(jacobian)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = (
                np.stack(
                    [
                        jacobian[..., 1, 1] * wrong[..., 0] - jacobian[..., 0, 1] * wrong[..., 1],
                        jacobian[..., 0, 0] * wrong[..., 1] - jacobian[..., 1, 0] * wrong[..., 0],
                    ],
                    axis=-1,
                )
                / determinant
            )
        xy = xy - np.where(np.isfinite(step), np.clip(step, -0.5, 0.5), 0.0)
        if bool(np.all(~np.isfinite(step) | (np.abs(step) < 1e-15))):
            break
    with np.errstate(invalid="ignore"):
        is_right = np.abs(distort(NORMAL, coefficients, xy) - distorted).max(axis=-1, keepdims=True) < _EXACT
        is_right = is_right & (np.hypot(xy[..., 0], xy[..., 1])[..., None] < fold)
    return np.where(is_right, xy, np.nan)
