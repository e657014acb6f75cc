"""How far down a bin is proven clear, where the upper part of its opening shows something far behind it.

Heights here are those at which a ray crosses the rear of the bin, above the bin's base. Nearer to the edge of the shelf the same
ray runs higher: what stands there may be so much higher before it is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.bins.rear_windows import MIN_TEXTURE, ROW_M, WINDOW_M, RearWindows
from warehouse.layout import LOWEST_LOAD_M

SURE_SIGMAS = 2.0
FITS = 0.7
"""Correlation, all pairs together, from which on a window is said to show the far surface."""
LEAD = 0.1
"""What fronts of goods must fit better by to be believed."""
MIN_AGREED = 0.5
"""Share of the pairs which show a window that must each show the far surface there."""
GAP_M = 0.28
"""Of the width, what may stay unproven at a stretch, from middle to middle of windows: rear posts; half a pallet is 0.4 m wide."""
RUN_M, RUN_SHARE = 0.13, 0.5
"""Upwards of the lowest window of a column, how far and what share of the windows must be far as well."""
BAND_M, BAND_SHARE = 0.065, 0.75
"""Of the windows of all columns so far upwards of the lowest proven row, the share that must be far: boards of a pallet look alike,
and single windows on them fit anything."""
SHOWN_SLACK_M = 0.02
"""What is proven down to so little above the lowest height shown is proven as far down as the photos go."""
SURE_PAIRS = 3
"""Pairs of photos that must agree before an empty location accuses anybody."""
MOST_FRAMES = 4
"""Errors of more frames than these are no longer independent of each other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    """How far down photos prove that nothing stands in a bin."""

    proven_m: float | None
    """The height above which nothing stands at the rear of the bin; None where that is proven of none."""
    shown_m: float
    """The lowest height that the photos show there."""
    sigma_m: float
    """One standard deviation of both: where the cameras that show the lowest row were, and how they were tilted."""
    front_m: float
    """The height of the ray to `proven_m` (or `shown_m`) at the edge of the shelf."""
    depth_m: float
    """Of the bin."""
    far_share: float
    """Share of the windows above that show the far surface."""
    n_pairs: int

    def hidden_to_m(self, height_m: float) -> float:
        """Return how far behind the edge of the shelf a load of that height, at that edge, may reach and lie below the lowest ray.

        The depth of the bin where the ray ends above it.
        """
        low_m = self.shown_m if self.proven_m is None else self.proven_m
        if self.front_m <= height_m:
            return 0.0
        return self.depth_m if low_m >= height_m else self.depth_m * (self.front_m - height_m) / (self.front_m - low_m)

    @property
    def is_sure(self) -> bool:
        """Whether the lowest load of all would have been seen: one that is as deep as the bin."""
        is_low = self.proven_m is not None and self.proven_m + SURE_SIGMAS * self.sigma_m <= LOWEST_LOAD_M
        return is_low and self.n_pairs >= SURE_PAIRS

    @property
    def is_proven_as_shown(self) -> bool:
        """Whether nothing stands there as far down as the photos go: what shows below and is not far may be a small load's top."""
        return self.proven_m is not None and self.proven_m <= self.shown_m + SHOWN_SLACK_M

    @property
    def is_clear(self) -> bool:
        """Whether nothing stands there that is as deep as the bin, the rack's own deck left aside."""
        return self.is_sure or self.is_proven_as_shown


def clear_down(windows: RearWindows, *, width_m: float, camera_m: float, away_m: tuple[float, float], sigma_m: float) -> Clear:
    """Return how far down the windows prove a bin of that width clear.

    `camera_m` is the cameras' height above the bin's base, `away_m` their distance to the edge of the shelf and to the bin's rear,
    `sigma_m` one standard deviation of where one frame's rays cross the rear.
    """
    is_shown = windows.n_pairs > 0
    is_far = is_shown & (windows.texture >= MIN_TEXTURE) & (windows.far >= FITS) & ~(windows.front >= windows.far + LEAD)
    is_far &= windows.agreed >= MIN_AGREED
    tops = windows.heights_m + WINDOW_M[1] / 2  # what a window shows may be all in its uppermost row
    lowest = [_lowest_far(is_far[:, c], is_shown[:, c]) for c in range(is_far.shape[1])]
    band = round(BAND_M / ROW_M)
    share = [_share(is_far[row : row + band], is_shown[row : row + band]) for row in range(len(tops))]
    is_proven = [share[row] >= BAND_SHARE and _covers(windows.alongs_m, lowest, row, width_m) for row in range(len(tops))]
    proven = is_proven.index(True) if any(is_proven) else None
    shown = int(np.flatnonzero(is_shown.any(axis=1)).min()) if is_shown.any() else len(tops) - 1
    floor = shown if proven is None else proven
    n_frames = min(float(np.median(windows.n_pairs[floor][is_shown[floor]])) + 1, MOST_FRAMES) if is_shown[floor].any() else 2.0
    return Clear(
        proven_m=None if proven is None else round(float(tops[proven]), 3),
        shown_m=round(float(tops[shown]), 3),
        sigma_m=round(sigma_m / float(np.sqrt(n_frames)), 3),
        front_m=round(camera_m + (float(tops[floor]) - camera_m) * away_m[0] / away_m[1], 3),
        depth_m=round(away_m[1] - away_m[0], 3),
        far_share=round(_share(is_far[floor:], is_shown[floor:]), 3),
        n_pairs=windows.n_fitted,
    )


def _share(is_far: NDArray[np.bool_], is_shown: NDArray[np.bool_]) -> float:
    return float(is_far[is_shown].mean()) if is_shown.any() else 0.0


def _lowest_far(is_far: NDArray[np.bool_], is_shown: NDArray[np.bool_]) -> int | None:
    """Return the lowest row of a column from which upwards it shows the far surface; None where it does not."""
    run = round(RUN_M / ROW_M)
    for row in np.flatnonzero(is_far):
        beside = is_shown[row : row + run]
        if is_far[row : row + run][beside].mean() >= RUN_SHARE:
            return int(row)
    return None


def _covers(alongs_m: NDArray[np.float64], lowest: list[int | None], row: int, width_m: float) -> bool:
    """Return whether the columns proven down to that row leave no stretch of the width in which something could stand."""
    proven = [along for along, low in zip(alongs_m.tolist(), lowest, strict=True) if low is not None and low <= row]
    return bool(np.diff([-width_m / 2, *proven, width_m / 2]).max() <= min(GAP_M, width_m / 2))
