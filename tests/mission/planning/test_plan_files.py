"""The files of a plan, read back by readers that are not ours."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from pymavlink import mavwp

from mission.planning.mission_items import mission_items
from mission.planning.plan_files import WAYPOINT_COLUMNS, load_plan, write_plan
from mission.planning.planner import make_plan
from mission.planning.readability_csv import READABILITY_COLUMNS
from mission.records import ScanPlan
from tests.mission.worlds import SHARP_SITE, demo_site, with_layout
from warehouse.errors import BadInputError
from warehouse.locations import LocationPattern
from warehouse.run_folder import RunFolder

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def plan() -> ScanPlan:
    return make_plan(demo_site())


@pytest.fixture
def run(tmp_path: Path, plan: ScanPlan) -> RunFolder:
    run = RunFolder.create(tmp_path / "run", SHARP_SITE)
    write_plan(run, demo_site(), plan)
    return run


def test_the_plan_comes_back_as_it_was(run: RunFolder, plan: ScanPlan) -> None:
    assert load_plan(run) == plan


def test_pymavlink_reads_the_waypoint_list_as_the_items_that_are_uploaded(run: RunFolder, plan: ScanPlan) -> None:
    items = mission_items(demo_site(), plan.sorties[0])
    loader = mavwp.MAVWPLoader()
    assert loader.load(str(run.mission_items_path("01"))) == len(items) + 1
    home, *read = (loader.wp(i) for i in range(loader.count()))
    assert (home.x, home.y, home.z) == (items[1].x / 1e7, items[1].y / 1e7, 820.0)
    for wp, item in zip(read, items, strict=True):
        assert (wp.command, wp.frame, wp.param1, wp.param2, wp.param3, wp.z) == (
            item.command,
            item.frame,
            item.p1,
            item.p2,
            item.p3,
            item.z,
        )
        assert (round(wp.x * 1e7), round(wp.y * 1e7)) == (item.x, item.y)


def test_the_qgroundcontrol_plan_has_what_its_format_asks_for(run: RunFolder, plan: ScanPlan) -> None:
    items = mission_items(demo_site(), plan.sorties[0])
    document = json.loads(run.mission_plan_path("01").read_text())
    assert (document["fileType"], document["version"]) == ("Plan", 1)
    assert document["rallyPoints"] == {"version": 2, "points": []}
    (polygon,) = document["geoFence"]["polygons"]
    assert (document["geoFence"]["version"], polygon["inclusion"], polygon["version"]) == (2, True, 1)
    assert len(polygon["polygon"]) >= 4
    mission = document["mission"]
    assert (mission["version"], mission["firmwareType"], mission["vehicleType"]) == (2, 3, 2)
    assert mission["plannedHomePosition"] == [items[1].x / 1e7, items[1].y / 1e7, 820.0]
    assert [i["doJumpId"] for i in mission["items"]] == list(range(1, len(items) + 1))
    for read, item in zip(mission["items"], items, strict=True):
        assert read["type"] == "SimpleItem"
        assert read["command"] == item.command
        assert read["params"] == [item.p1, item.p2, item.p3, item.p4, item.x / 1e7, item.y / 1e7, item.z]
        assert read["frame"] == (3 if item.x else 2)


def test_waypoints_csv_says_which_locations_each_leg_must_see(run: RunFolder, plan: ScanPlan) -> None:
    with run.waypoints_csv_path("01").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == WAYPOINT_COLUMNS
    assert [int(row["seq"]) for row in rows] == list(range(1, 44))
    legs = [row for row in rows if row["purpose"] == "lane"]
    assert [tuple(row["locations"].split()) for row in legs] == [lane.must_see for lane in plan.sorties[0].lanes]
    assert (legs[0]["lane"], legs[0]["face"], legs[0]["height_m"], legs[0]["x_m"]) == ("1", "A01-right", "0.61", "6.069")


def test_locations_that_hold_blanks_are_told_apart_in_waypoints_csv(run: RunFolder) -> None:
    site = demo_site()
    assert site.layout.pattern is not None
    blank = LocationPattern(site.layout.pattern.regex.replace(")-(", ") ("))
    bins = tuple(replace(b, code=blank.parse(b.code.text.replace("-", " "))) for b in site.layout.bins)
    site = with_layout(site, bins=bins, pattern=blank)
    spaced = make_plan(site, locations=("A01 03 2 1", "A01 03 2 2", "A01 04 2 1"))
    write_plan(run, site, spaced)
    with run.waypoints_csv_path("01").open(newline="", encoding="utf-8") as stream:
        legs = [row["locations"] for row in csv.DictReader(stream) if row["purpose"] == "lane"]
    assert [tuple(leg.split("|")) for leg in legs] == [lane.must_see for lane in spaced.sorties[0].lanes]
    assert sum(len(leg.split("|")) for leg in legs) == 3


def test_readability_csv_has_a_row_a_location_with_its_figures_or_its_reason(run: RunFolder, plan: ScanPlan) -> None:
    with run.readability_path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == READABILITY_COLUMNS
    assert {row["location"] for row in rows} == {b.code.text for b in demo_site().layout.bins}
    assert len(rows) == 96
    planned = [row for row in rows if row["planned"] == "yes"]
    assert [row["location"] for row in planned] == [code for lane in plan.sorties[0].lanes for code in lane.must_see]
    first = planned[0]
    assert (first["lane"], first["px_per_bar"], first["needed_px"], first["looks"]) == ("1", "2.423", "1.4", "2")
    assert first["shown_down_to_m"] == "0.07"
    assert first["limit"] == "the drone's cruise_mps"
    forbidden = next(row for row in rows if row["location"] == "A01-01-1-1")
    assert (forbidden["planned"], forbidden["limit"], forbidden["px_per_bar"]) == ("no", "kind", "")


def test_the_drawing_names_every_location_and_numbers_every_lane(run: RunFolder) -> None:
    root = ET.fromstring(run.plan_svg_path.read_text(encoding="utf-8"))
    words = [element.text for element in root.iter(f"{SVG}text")]
    assert {b.code.text for b in demo_site().layout.bins} <= set(words)
    assert {str(i) for i in range(1, 9)} <= set(words)
    assert "Scan plan: Demo warehouse, Ibi" in words
    assert "A01-01-1-1 is not scanned: forbidden: the layout says that nothing may be stored there" in words
    photos = [element for element in root.iter(f"{SVG}circle") if element.get("class") == "photo"]
    assert len(photos) == 252


def test_the_plan_of_another_site_is_refused(run: RunFolder, plan: ScanPlan) -> None:
    run.write_json(run.plan_path, replace(plan, site_digest="f" * 64))
    with pytest.raises(BadInputError, match="not the one that this run was made for"):
        load_plan(run)
    with pytest.raises(BadInputError, match="not the one that this run was made for"):
        write_plan(run, replace(demo_site(), digest="f" * 64), plan)


def test_a_plan_that_was_cut_short_is_refused_by_name(run: RunFolder) -> None:
    run.plan_path.write_text(run.plan_path.read_text()[:200])
    with pytest.raises(BadInputError, match=r"plan\.json: cannot be read as JSON"):
        load_plan(run)


def test_a_run_without_a_plan_says_which_command_makes_one(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="run first: aislescan plan"):
        load_plan(RunFolder.create(tmp_path / "run", SHARP_SITE))


def test_a_smaller_plan_leaves_no_sortie_of_the_larger_one(run: RunFolder, plan: ScanPlan) -> None:
    larger = replace(plan, sorties=(plan.sorties[0], replace(plan.sorties[0], name="02")))
    write_plan(run, demo_site(), larger)
    assert run.sorties() == ["01", "02"]
    write_plan(run, demo_site(), plan)
    assert run.sorties() == ["01"]


def test_a_run_that_has_been_flown_keeps_its_plan(run: RunFolder, plan: ScanPlan) -> None:
    run.write_json(run.flight_path("01"), {})
    write_plan(run, demo_site(), plan)
    with pytest.raises(BadInputError, match="was flown by another plan"):
        write_plan(run, demo_site(), make_plan(demo_site(), locations=("A01-05-3-2",)))
    assert load_plan(run) == plan
