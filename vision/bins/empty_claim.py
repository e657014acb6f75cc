"""How surely a location that looks empty is empty, and why, in words: what the photos of a pass show, and what they cannot.

Below the lowest ray to the edge of the shelf a small load can hide that ends before the ray comes down to its height. Pallets are
as deep as their location and do not; where smaller things stand alone, the site says so.
"""

from __future__ import annotations

from vision.bins.clear_down import SURE_SIGMAS, Clear
from vision.bins.occupancy import SHALLOWEST_M, Depth, Occupancy
from vision.bins.range_evidence import RangeEvidence
from warehouse.goods import SmallestGoods

UNSURE_IF_HIDDEN = 0.8
"""Confidence, below that of what is sure, of an empty location in which the lowest or smallest load would not have been seen."""
SMALL_LOAD_M = 0.2
"""Height of a small load, for which is said how far in one may reach without showing, where the site names none."""
_SHOWN_M = 0.05
"""What reaches no farther in is not worth a word: no goods are so thin."""


def claim_empty(occupancy: Occupancy, ranges: RangeEvidence, goods: SmallestGoods | None) -> tuple[float, str]:
    """Return confidence and reason of a location whose photos show what lies behind it; `goods` None: pallets.

    ValueError for an occupancy that is not empty.
    """
    clear = occupancy.clear
    if clear is None or clear.proven_m is None:
        raise ValueError("a location that looks empty, without the height down to which it does")
    agrees = f"; the range sensor met nothing nearer, {ranges.where()}" if ranges.depth is Depth.FAR else ""
    hidden = _hidden(clear) if clear.is_sure and goods is None else ""
    confidence = (1 - 0.1 / clear.n_pairs) * min(1.0, 0.8 + clear.far_share / 4)
    reason = (
        f"what is seen lies {occupancy.far_m or 0.0:.1f} m behind the edge of the shelf, down to {clear.front_m:.2f} m above"
        f" the floor of the location at that edge and {clear.proven_m:.2f} m at its rear (measured in {clear.n_pairs} pairs of"
        f" photos{agrees}){hidden}"
    )
    if not clear.is_sure:
        reason = f"unsure: a load lower than that, or an empty pallet, would not be seen; {reason}"
    elif goods is not None and may_hide(clear, goods):
        reason = (
            f"unsure: the smallest goods of this site, {goods.height_m:.2f} m high and {goods.depth_m:.2f} m deep, could stand at"
            f" the edge of the shelf or at the rear and not show; {reason}"
        )
    else:
        return confidence, reason
    return min(confidence, UNSURE_IF_HIDDEN), reason


def may_hide(clear: Clear, goods: SmallestGoods) -> bool:
    """Return whether the smallest goods may stand in a clear location and not show, wherever in its depth."""
    height_m = goods.height_m - SURE_SIGMAS * clear.sigma_m
    is_thin = goods.depth_m < SHALLOWEST_M
    return is_thin or not clear.is_proven_as_shown or clear.hidden_to_m(height_m) >= goods.depth_m


def _hidden(clear: Clear) -> str:
    """Say what of a small load at the edge of the shelf would lie below the lowest ray of sight; nothing where that sees all."""
    reach_m = clear.hidden_to_m(SMALL_LOAD_M)
    if reach_m < _SHOWN_M:
        return ""
    return (
        f"; at the edge of the shelf, what is lower than {SMALL_LOAD_M:.1f} m and reaches less than {reach_m:.1f} m in does not"
        " show: where such goods are kept, name them under [goods] in site.toml, and look there"
    )
