"""An empty location is claimed surely only where the smallest goods that the site keeps would have been seen."""

import pytest

from vision.bins.clear_down import Clear
from vision.bins.empty_claim import claim_empty, may_hide
from vision.bins.occupancy import Depth, Occupancy
from vision.bins.range_evidence import NO_READINGS
from warehouse.goods import SmallestGoods
from warehouse.observations import SURE

CLEAR = Clear(proven_m=0.08, shown_m=0.08, sigma_m=0.01, front_m=0.32, depth_m=1.1, far_share=0.9, n_pairs=6)
"""The ray to 0.08 m at the rear, 1.1 m behind the edge, is 0.2 m high where it is 0.55 m in."""


def claimed(goods: SmallestGoods | None) -> tuple[float, str]:
    return claim_empty(Occupancy(depth=Depth.FAR, far_m=1.4, n_pairs=6, clear=CLEAR), NO_READINGS, goods)


def test_pallets_need_no_word_in_the_site_and_the_reason_says_what_small_thing_would_not_show() -> None:
    confidence, reason = claimed(None)
    assert confidence >= SURE
    assert reason.endswith(
        "at the edge of the shelf, what is lower than 0.2 m and reaches less than 0.6 m in does not show:"
        " where such goods are kept, name them under [goods] in site.toml, and look there"
    )


def test_cartons_that_could_stand_below_the_lowest_ray_make_the_claim_unsure() -> None:
    confidence, reason = claimed(SmallestGoods(height_m=0.2, depth_m=0.4))
    assert confidence < SURE
    assert reason.startswith(
        "unsure: the smallest goods of this site, 0.20 m high and 0.40 m deep, could stand at the edge of the shelf or at the rear"
    )


def test_goods_that_every_ray_meets_leave_it_sure_and_unqualified() -> None:
    confidence, reason = claimed(SmallestGoods(height_m=0.2, depth_m=0.8))
    assert confidence >= SURE
    assert "does not show" not in reason


@pytest.mark.parametrize(
    ("height_m", "depth_m", "hides"),
    [
        (0.35, 0.3, False),
        (0.33, 0.3, False),
        (0.25, 0.3, True),
        (0.2, 0.7, False),
        (0.09, 1.0, True),  # lower than the lowest ray, two standard deviations of its height included
        (0.5, 0.15, True),  # so thin that nothing tells it from the rear
    ],
)
def test_a_load_hides_where_its_far_end_is_below_the_ray(height_m: float, depth_m: float, hides: bool) -> None:
    assert may_hide(CLEAR, SmallestGoods(height_m=height_m, depth_m=depth_m)) is hides
