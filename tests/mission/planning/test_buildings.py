"""Plans for low ceilings and irregular racks: nothing is planned where the drone may not be, and every place is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.table_rows import read_table
from mission.planning.planner import make_plan
from tests.conftest import ROOT
from tests.mission.worlds import demo_site, with_layout
from warehouse.site import Site
from warehouse.site_file import load_site
from warehouse.site_import.rack_map import import_racks
from warehouse.site_import.template import RackRules, Template
from warehouse.site_import.writing import write_imported

RACKS = ROOT / "docs" / "reference" / "examples" / "racks.csv"


def highest_m(site: Site) -> float:
    return max(w.position_m[2] for sortie in make_plan(site).sorties for w in sortie.waypoints)


def test_a_ceiling_keeps_the_drone_below_it_and_the_labels_above_are_named_with_the_reason() -> None:
    site = with_layout(demo_site(), ceiling_m=4.6, keep_outs=())
    assert highest_m(site) <= 4.6 - 0.75 + 1e-9
    plan = make_plan(site)
    too_high = {u.location: u.reason for u in plan.uncovered if u.bound_by == "height"}
    assert len(too_high) == 23
    assert set(too_high.values()) == {
        "its labels hang 4.80 to 5.20 m above the floor; the drone scans between 0.5 and 3.85 m, under a ceiling of 4.6 m"
    }


def test_a_ceiling_that_leaves_no_room_at_all_is_the_reason_given() -> None:
    plan = make_plan(with_layout(demo_site(), ceiling_m=1.2, keep_outs=()))
    assert plan.sorties == ()
    assert "the ceiling over the aisle is 1.20 m above the floor; the drone with its clearance needs 1.25 m" in {
        u.reason for u in plan.uncovered
    }


@pytest.fixture(scope="module")
def irregular(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder: Path = tmp_path_factory.mktemp("site") / "site"
    imported = import_racks("racks.csv", read_table(RACKS), code=None, template=Template(rules=RackRules()))
    write_imported(folder, imported, name="Irregular hall")
    return load_site(folder)


def test_irregular_racks_at_an_angle_are_planned_and_every_location_is_seen_or_named(irregular: Site) -> None:
    plan = make_plan(irregular)
    seen = [location for s in plan.sorties for lane in s.lanes for location in lane.must_see]
    uncovered = {u.location: u.bound_by for u in plan.uncovered}
    assert len(seen) == len(set(seen))
    assert set(seen) | set(uncovered) == set(irregular.layout.bins_by_code)
    assert not set(seen) & set(uncovered)
    by_kind = {location for location, bound_by in uncovered.items() if bound_by == "kind"}
    assert by_kind == {b.code.text for b in irregular.layout.bins if not b.kind.is_observable}
    # A02 lies under a ceiling of 5.2 m; the obstacle beside the last bays of A01 reaches into the aisle.
    faces = {lane.views[0].face for s in plan.sorties for lane in s.lanes}
    heights = {lane.start_m[2] for s in plan.sorties for lane in s.lanes if lane.views[0].face.startswith("A02")}
    assert "A02-left" in faces
    assert max(heights) <= 5.2 - 0.75 + 1e-9
