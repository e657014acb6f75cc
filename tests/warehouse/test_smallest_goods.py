from pathlib import Path

import pytest

from tests.warehouse.test_site_file import TOML, faults_of, site_folder
from warehouse.goods import SmallestGoods
from warehouse.site_file import load_site

GOODS = "[goods]\nsmallest_height_m = 0.2\nsmallest_depth_m = 0.4\n"


def test_a_site_keeps_pallets_unless_it_names_smaller_goods(tmp_path: Path) -> None:
    assert load_site(site_folder(tmp_path)).smallest_goods is None


def test_the_smallest_goods_are_read(tmp_path: Path) -> None:
    assert load_site(site_folder(tmp_path, TOML + GOODS)).smallest_goods == SmallestGoods(height_m=0.2, depth_m=0.4)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("smallest_depth_m = 0.4\n", "", "goods.smallest_depth_m: missing; expected a number"),
        ("= 0.2", "= 0", "goods.smallest_height_m: expected more than 0, got 0"),
        ("= 0.4", "= 0.4\nwidth_m = 0.4", "goods.width_m: unknown name"),
    ],
)
def test_each_fault_of_the_smallest_goods_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert faults_of(tmp_path, TOML + GOODS.replace(old, new)) == [f"site.toml, {fault}"]
