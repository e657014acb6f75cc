"""The mission files as programs of others read them: pymavlink's waypoint loader, and the format that QGroundControl documents."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pymavlink import mavwp

from mission.planning.mission_items import Command
from mission.planning.plan_files import load_plan, write_plan
from mission.planning.planner import make_plan
from mission.records import Direction, Purpose, ScanPlan
from tests.conftest import ROOT
from tests.mission.worlds import SHARP_SITE
from warehouse.coordinates import ned_from_latlon_1e7, site_from_ned
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site

SCHEMA = Path(__file__).with_name("qgroundcontrol_plan.schema.json")
REFERENCE = ROOT / "benchmarks" / "sites" / "reference"
SITES = {"demo": SHARP_SITE, "reference": REFERENCE}


@pytest.fixture(params=SITES)
def run(request: pytest.FixtureRequest, tmp_path: Path) -> RunFolder:
    site, plan = planned(request.param)
    folder = RunFolder.create(tmp_path / "run", SITES[request.param])
    write_plan(folder, site, plan)
    return folder


@cache
def planned(name: str) -> tuple[Site, ScanPlan]:
    site = load_site(SITES[name])
    return site, make_plan(site)


def place_m(site: Site, latitude_deg: float, longitude_deg: float) -> list[float]:
    """Return x and y of a place, by another way than the planner's: from the file's degrees."""
    anchor = site.layout.anchor
    north, east = ned_from_latlon_1e7(anchor, (round(latitude_deg * 1e7), round(longitude_deg * 1e7)))
    return [float(v) for v in site_from_ned(anchor, (north, east, 0.0))[:2]]


def test_pymavlink_loads_the_waypoints_that_the_plan_has(run: RunFolder) -> None:
    site, plan = load_site(run.root), load_plan(run)
    for sortie in plan.sorties:
        loader = mavwp.MAVWPLoader()
        n = loader.load(str(run.mission_items_path(sortie.name)))
        items = [loader.wp(i) for i in range(n)]
        assert [item.seq for item in items] == list(range(n))
        assert [item.current for item in items] == [1] + [0] * (n - 1)
        pad = next(pad for pad in site.layout.home_pads if pad.name == sortie.home_pad)
        assert place_m(site, items[0].x, items[0].y) == pytest.approx(pad.position_m, abs=0.02)
        flown = [item for item in items[1:] if item.command in (Command.NAV_TAKEOFF, Command.NAV_WAYPOINT, Command.NAV_LAND)]
        assert len(flown) == len(sortie.waypoints)
        for item, waypoint in zip(flown, sortie.waypoints, strict=True):
            assert place_m(site, item.x, item.y) == pytest.approx(waypoint.position_m[:2], abs=0.02)
            assert item.z == pytest.approx(waypoint.position_m[2], abs=1e-5)
            if item.command == Command.NAV_WAYPOINT:
                later = items[item.seq + 1 :]
                is_nav = [i.command in (Command.NAV_WAYPOINT, Command.NAV_LAND) for i in later]
                waits = [i.param1 for i in later[: is_nav.index(True)] if i.command == Command.NAV_DELAY]
                assert item.param1 == 0
                assert sum(waits) == pytest.approx(waypoint.hold_s)
        starts = [i for i in items if i.command == Command.DO_SET_CAM_TRIGG_DIST and i.param1 > 0]
        starts += [i for i in items if i.command == Command.IMAGE_START_CAPTURE]
        assert len(starts) == len(sortie.lanes)
        for start, lane in zip(sorted(starts, key=lambda i: i.seq), sortie.lanes, strict=True):
            spacing = lane.photo_spacing_m if lane.direction is Direction.LEVEL else lane.photo_spacing_m / lane.speed_mps
            assert max(start.param1, start.param2) == pytest.approx(spacing, abs=5e-4)
            assert items[start.seq + 1].z == pytest.approx(lane.end_m[2], abs=1e-5)


def test_saving_the_list_with_pymavlink_moves_points_by_up_to_a_rotor_as_the_document_warns(run: RunFolder, tmp_path: Path) -> None:
    site, loader, again = load_site(run.root), mavwp.MAVWPLoader(), mavwp.MAVWPLoader()
    loader.load(str(run.mission_items_path("01")))
    loader.save(str(tmp_path / "again.waypoints"))
    again.load(str(tmp_path / "again.waypoints"))
    moved = [
        abs(a - b)
        for w, v in zip(loader.wpoints, again.wpoints, strict=True)
        if w.x
        for a, b in zip(place_m(site, w.x, w.y), place_m(site, v.x, v.y), strict=True)
    ]
    assert 0.02 < max(moved) < 0.11  # it writes six decimals of a degree


def test_the_plan_file_is_as_qgroundcontrol_documents_it_and_has_the_same_items(run: RunFolder) -> None:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    site = load_site(run.root)
    for sortie in load_plan(run).sorties:
        document = json.loads(run.mission_plan_path(sortie.name).read_text(encoding="utf-8"))
        jsonschema.validate(document, schema)
        loader = mavwp.MAVWPLoader()
        loader.load(str(run.mission_items_path(sortie.name)))
        items = document["mission"]["items"]
        assert [i["command"] for i in items] == [w.command for w in loader.wpoints[1:]]
        for item, w in zip(items, loader.wpoints[1:], strict=True):
            assert item["params"] == pytest.approx([w.param1, w.param2, w.param3, w.param4, w.x, w.y, w.z], abs=1e-5)
            assert ("Altitude" in item) == (item["command"] in (Command.NAV_TAKEOFF, Command.NAV_WAYPOINT, Command.NAV_LAND))
        outline, *holes = document["geoFence"]["polygons"]
        assert (outline["inclusion"], [hole["inclusion"] for hole in holes]) == (True, [False] * len(holes))
        for fence in (outline, *holes):
            corners = [place_m(site, *corner) for corner in fence["polygon"]]
            for waypoint in sortie.waypoints:
                sides = [_is_left(a, b, waypoint.position_m) for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)]
                assert all(sides) == fence["inclusion"]
        assert sortie.waypoints[0].purpose is Purpose.TAKEOFF


def _is_left(a: list[float], b: list[float], p: tuple[float, ...]) -> bool:
    """Whether p lies inside of the edge from a to b of an anticlockwise polygon."""
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0]) > 0


@pytest.mark.parametrize(
    "change",
    [
        lambda plan: plan["mission"]["items"][0].pop("frame"),
        lambda plan: plan["mission"]["items"][0].update(Altitude=None),
        lambda plan: plan["mission"]["items"][0]["params"].pop(),
        lambda plan: plan["geoFence"].update(version=1),
        lambda plan: plan.update(home=[0, 0]),
    ],
)
def test_the_schema_finds_what_is_wrong(tmp_path: Path, change: Any) -> None:
    site, plan = planned("demo")
    run = RunFolder.create(tmp_path / "run", SHARP_SITE)
    write_plan(run, site, plan)
    document = json.loads(run.mission_plan_path("01").read_text(encoding="utf-8"))
    change(document)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, json.loads(SCHEMA.read_text(encoding="utf-8")))
