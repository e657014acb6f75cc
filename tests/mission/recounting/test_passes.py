"""Bins that are looked at again are in a pass, or told with a reason: none is lost between two passes."""

from __future__ import annotations

import numpy as np
import pytest

from mission.planning.flight_errors import INDOOR_ERRORS
from mission.planning.free_air import FreeAir
from mission.records import Direction
from mission.recounting.manners import Manner
from mission.recounting.passes import Group, runs_of
from tests.mission.worlds import demo_site, random_site, with_drone, with_labels
from warehouse.site import Site


def seen_and_lost(site: Site, face: str, manner: Manner) -> tuple[set[str], dict[str, str]]:
    """Return the locations in passes, and why the others are in none, after the law was held against them."""
    bins = tuple(site.layout.bins_of_face(face))
    group = Group(face=face, manner=manner, direction=Direction.LEVEL, side=1.0, bins=bins, last=())
    runs, lost = runs_of(site, FreeAir(site), INDOOR_ERRORS, group)
    seen = {b.code.text for run in runs for b in run.bins}
    assert sorted([*seen, *(u.location for u in lost)]) == sorted(b.code.text for b in bins)
    return seen, {u.location: u.reason for u in lost}


@pytest.mark.parametrize("seed", [4, 6])
def test_each_bin_that_is_asked_for_is_in_passes_or_told_once_with_a_reason(seed: int) -> None:
    rng = np.random.default_rng(seed)
    site = with_labels(random_site(seed), lowest_m=0.05, highest_m=round(rng.uniform(0.6, 1.4), 2))
    site = with_drone(site, min_height_m=round(rng.uniform(0.5, 1.5), 2))
    found = [seen_and_lost(site, face, Manner.IN_TWO_PASSES) for face in site.layout.faces]
    assert all(reason for _, lost in found for reason in lost.values())
    assert any(seen for seen, _ in found) and any(lost for _, lost in found)


def test_bins_that_only_the_upper_of_two_passes_reads_are_told_with_what_refuses_the_lower() -> None:
    site = with_drone(with_labels(demo_site(), lowest_m=0.05, highest_m=1.2), min_height_m=1.0)
    seen, lost = seen_and_lost(site, "A01-right", Manner.IN_TWO_PASSES)
    on_ground = [b.code.text for b in site.layout.bins_of_face("A01-right") if b.code.level == "1"]
    assert len(seen) == 35
    assert {lost[code] for code in on_ground} == {
        "its labels hang 0.10 to 0.78 m above the floor; the drone scans between 1 and 6 m"
    }
