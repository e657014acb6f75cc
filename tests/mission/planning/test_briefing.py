"""The briefing says what will happen, and its map shows it where it is."""

from __future__ import annotations

import pytest

from mission.planning.briefing import LANE, PAD, RACK, describe_flight, flight_map
from mission.records import Sortie
from tests.mission.planning.test_fence import planned
from warehouse.site import Site


@pytest.fixture(scope="module")
def demo() -> tuple[Site, Sortie]:
    site, (sortie, *_) = planned("demo")
    return site, sortie


def test_the_words_hold_the_figures_of_the_plan(demo: tuple[Site, Sortie]) -> None:
    site, sortie = demo
    said = describe_flight(site, sortie)
    assert said.startswith(
        "Flight 01 takes off from pad 1, straight up to 1.0 m, flies 8 lanes in aisle A01, never higher than 5.0 m"
    )
    assert f"It takes about {sortie.time_s / 60:.1f} minutes and {sortie.energy_wh:.0f} Wh" in said
    assert "25 Wh stay in reserve" in said
    assert f"{sortie.n_photos} photos of 94 locations" in said
    assert "never flies through a rack" in said
    rows = [line.split() for line in said.splitlines() if line.strip().startswith(tuple("12345678"))]
    assert [row[0] for row in rows] == list("12345678")
    assert sum(int(row[-1]) for row in rows) == 94


def test_the_map_has_racks_on_both_sides_of_the_lanes_and_the_pad_before_them(demo: tuple[Site, Sortie]) -> None:
    lines = [line for line in flight_map(*demo) if "(start and landing)" not in line and "seen from above" not in line]
    beside = [line for line in lines if RACK in line]
    assert len(beside) > 5
    for line in beside:
        assert line.index(RACK) < line.index("┃") < line.rindex(RACK)
    assert PAD in lines[-1]
    assert not any(LANE in line for line in lines)  # all lanes run up the plan


def test_a_long_list_of_lanes_is_cut_and_a_wide_hall_fits_a_terminal() -> None:
    site, (sortie,) = planned("reference")
    said = describe_flight(site, sortie)
    assert "and 4 more lanes: see plan.svg" in said
    assert max(len(line) for line in flight_map(site, sortie)) < 80
