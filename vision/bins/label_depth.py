"""Does a label hang in its bin, at the front or on goods that stand farther in, or is it seen through an empty one?

Laid onto the goods' plane, a label that hangs D behind it moves by B * k between two frames a baseline B apart, with
k = D / (S + D) and S the standoff, as in `vision.bins.occupancy`; and it looks 1 - k times as large as it is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import GOODS_SETBACK_M, FaceView
from vision.bins.parallax import FAR_M
from vision.reads import Read

Vector = NDArray[np.float64]

SSCC_MODULES = 156
"""Length of a GS1-128 symbol of one SSCC (start, FNC1, ten pairs of digits, check: 11 modules each; stop: 13)."""
_SSCC_TEXT_LENGTH = 20
SIZE_SIGMA = 0.08
"""Relative error of a symbol's length: standoff, setback of the goods, first and last bar."""
_MOST_LARGER = 4.0
"""Chi square at most of a symbol larger than the site's rule, which names the narrowest bar: GS1 allows nearly twice that."""
PRIOR_INSIDE, PRIOR_BEHIND = 0.01, 0.01
"""Odds, before anything was measured, that a label that reads hangs deep in its bin, and behind an empty one: at its front is 1."""
PRIOR_INSIDE_DOUBLE, PRIOR_REAR, PRIOR_BEYOND = 0.1, 0.3, 0.1
"""The same where the layout has a rear place behind the bin; and that the label hangs beyond that place: in it is 1."""
SURE_WHERE = 0.9
"""Probability of one of both from which on a label is booked."""
_INSIDE_FROM_M, _STEP_M = 0.2, 0.05
SHALLOWEST_LOAD_M = 0.45
"""Of a bin's depth: a label so little before its rear hangs on no load that stands in it."""
_MOST_NATS = {"parallax": 12.0, "size": 6.0}
"""Neither witness may drown the other: sizes of labels differ, and poses are sometimes worse than they say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelDepth:
    """How far behind the face a label hangs."""

    p_front: float = 1.0
    """Probability that it hangs in the bin at the front; 1 where nothing was measured."""
    p_rear: float = 0.0
    """Probability that it hangs in the rear place behind that bin."""
    behind_m: float = 0.0
    """The best depth behind the goods' plane, should it hang behind that bin."""
    is_measured: bool = False
    """Whether the photos could tell at all: two of them, or a known size in one."""

    @property
    def is_front(self) -> bool:
        """Whether it may be booked to a bin at the front."""
        return self.p_front >= 0.5

    @property
    def is_clear(self) -> bool:
        """Whether the photos tell whether it hangs at the front."""
        return max(self.p_front, 1 - self.p_front) >= SURE_WHERE


def measure_label(
    reads: Sequence[Read],
    views: Mapping[str, FaceView],
    *,
    depth_m: float,
    rear_depth_m: float = 0.0,
    sigma_m: float,
    narrowest_bar_mm: float,
) -> LabelDepth:
    """Return how far behind the face the label of `reads`, all of one text, hangs.

    `depth_m` is the depth of the bin at the front, `rear_depth_m` that of the rear place behind it (0: there is none), `sigma_m`
    one standard deviation of a read's place on the face.
    """
    seen = [(r, views[r.frame]) for r in reads if r.frame in views and r.along_m is not None]
    if not seen:
        return LabelDepth()
    camera = np.array([view.along_m for _, view in seen])
    place = np.array([r.along_m for r, _ in seen], dtype=np.float64)
    standoff = float(np.median([view.standoff_m for _, view in seen])) + GOODS_SETBACK_M
    sizes = [size for r, view in seen if (size := _relative_size(r, view, narrowest_bar_mm)) is not None]
    size = float(np.median(sizes)) if sizes else None

    def misfits(behind_m: Vector) -> list[tuple[float, float]]:
        k = behind_m / (standoff + behind_m)
        by_size = [0.0 if size is None else _size_misfit(size, share) for share in k.tolist()]
        return list(zip(_misfits(camera, place, k, sigma_m).tolist(), by_size, strict=True))

    depths = np.arange(max(depth_m - GOODS_SETBACK_M, 0.0), FAR_M, _STEP_M)
    behind = dict(zip(depths.tolist(), misfits(depths), strict=True))
    if not behind:
        return LabelDepth()
    best = min(behind, key=lambda d: sum(behind[d]))
    inside = misfits(np.arange(_INSIDE_FROM_M, depth_m - SHALLOWEST_LOAD_M, _STEP_M))
    prior_inside, prior_behind = (PRIOR_INSIDE_DOUBLE, PRIOR_REAR) if rear_depth_m else (PRIOR_INSIDE, PRIOR_BEHIND)
    in_bin = math.exp(_lead(misfits(np.zeros(1))[0], behind[best]))
    if inside:
        in_bin += prior_inside * math.exp(_lead(min(inside, key=sum), behind[best]))
    p_front = in_bin / (in_bin + prior_behind)
    return LabelDepth(
        p_front=p_front,
        p_rear=(1 - p_front) * _share_of_rear(behind, depth_m + rear_depth_m - SHALLOWEST_LOAD_M) if rear_depth_m else 0.0,
        behind_m=best,
        is_measured=len({r.frame for r, _ in seen}) > 1 or size is not None,
    )


def _share_of_rear(behind: Mapping[float, tuple[float, float]], end_m: float) -> float:
    """Return the probability that a label behind the front place hangs nearer than `end_m`: in the rear place, not beyond it."""
    within, beyond = ([m for d, m in behind.items() if (d < end_m) == is_within] for is_within in (True, False))
    if not within or not beyond:
        return float(bool(within))
    return 1 / (1 + PRIOR_BEYOND * math.exp(_lead(min(beyond, key=sum), min(within, key=sum))))


def _lead(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return by how many nats the misfits (chi square by parallax, by size) speak for `one`."""
    return _limited((other[0] - one[0]) / 2, "parallax") + _limited((other[1] - one[1]) / 2, "size")


def _misfits(camera: Vector, place: Vector, k: Vector, sigma_m: float) -> Vector:
    """Return the chi squares of the places, had the label hung at each `k`: then place - k * camera is the same in all frames."""
    fixed = place - k[:, None] * camera
    return np.asarray(((fixed - fixed.mean(axis=1, keepdims=True)) ** 2).sum(axis=1) / sigma_m**2)


def _size_misfit(size: float, k: float) -> float:
    """Return the chi square of a relative size; the site's rule names the narrowest bar, so a larger label is no surprise."""
    larger = size / (1 - k) - 1.0
    misfit = (larger / SIZE_SIGMA) ** 2
    return misfit if larger <= 0 else 0.0 if k == 0.0 else min(misfit, _MOST_LARGER)


def _limited(nats: float, witness: str) -> float:
    return max(-_MOST_NATS[witness], min(_MOST_NATS[witness], nats))


def _relative_size(r: Read, view: FaceView, narrowest_bar_mm: float) -> float | None:
    """Return the symbol's length on the goods' plane against that of the site's label; None where its modules are not known."""
    if r.symbology != "Code128" or r.pallet_kind != "SSCC" or len(r.text) != _SSCC_TEXT_LENGTH:
        return None
    upper_left, upper_right = view.on_face(np.asarray(r.corners_px))[:2]
    length = float(np.linalg.norm(upper_right - upper_left))
    return length / (SSCC_MODULES * narrowest_bar_mm / 1000) if math.isfinite(length) else None
