"""The page of a plan: a figure that Plotly accepts, every waypoint and location to point at, and nothing that needs a network."""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
import pytest

from benchmarks.grid_sites import write_grid_site
from mission.planning.plan_page import packed_plotly, write_plan_page
from mission.planning.plan_scene import plan_figure
from mission.planning.planner import make_plan
from mission.records import Purpose, ScanPlan, Uncovered
from tests.mission.worlds import demo_site, with_drone
from warehouse.site import Site
from warehouse.site_file import load_site
from warehouse.texts import Speech

SITE = with_drone(demo_site(), battery_wh=9.0)


@pytest.fixture(scope="module")
def plan() -> ScanPlan:
    return make_plan(SITE)


@pytest.fixture(scope="module")
def figure(plan: ScanPlan) -> dict[str, Any]:
    return json.loads(json.dumps(plan_figure(SITE, plan)))  # type: ignore[no-any-return]


def trace(figure: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [t for t in figure["data"] if t["name"] == name and t.get("mode") != "lines"]
    return found  # type: ignore[no-any-return]


def test_plotly_itself_finds_no_fault_in_the_figure(figure: dict[str, Any]) -> None:
    go.Figure(figure)  # raises on a name or value that it does not know


def test_every_location_can_be_pointed_at_with_what_the_plan_does_with_it(figure: dict[str, Any]) -> None:
    planned, out = trace(figure, "locations planned"), trace(figure, "locations out of use")
    assert len(planned["hovertext"]) == 94
    assert {text.partition("<br>")[0] for text in planned["hovertext"] + out["hovertext"]} == set(SITE.layout.bins_by_code)
    assert out["hovertext"][0] == "A01-01-1-1<br>forbidden: the layout says that nothing may be stored there"


def test_of_a_large_site_each_face_is_one_frame_and_only_what_is_lost_is_drawn_by_location(plan: ScanPlan, tmp_path: Path) -> None:
    n = write_grid_site(tmp_path / "site", 16_000)
    site = load_site(tmp_path / "site")
    lost = Uncovered(location=site.layout.bins[5].code.text, reason="too dark", remedy="a lamp", bound_by="blur")
    scene = plan_figure(site, replace(plan, sorties=(), uncovered=(lost,)))
    go.Figure(scene)
    frames, *_ = scene["data"]
    assert frames["name"] == f"{len(site.layout.faces)} rack faces"
    assert len(frames["x"]) == 6 * len(site.layout.faces)
    assert trace(scene, "locations not readable")["hovertext"] == [f"{lost.location}<br>too dark -> a lamp"]
    assert len(json.dumps(scene)) < 20 * n


def test_every_waypoint_stands_where_it_is_flown_and_names_its_locations(figure: dict[str, Any], plan: ScanPlan) -> None:
    assert len(plan.sorties) > 1
    for sortie in plan.sorties:
        points = trace(figure, f"flight {sortie.name}: waypoints")
        places = list(zip(points["x"], points["y"], points["z"], strict=True))
        assert places == [pytest.approx(w.position_m, abs=0.006) for w in sortie.waypoints]
        for waypoint, text in zip(sortie.waypoints, points["hovertext"], strict=True):
            assert f": {waypoint.purpose.value}<br>" in text
            if waypoint.purpose is Purpose.LANE:
                assert waypoint.lane is not None
                assert all(code in text for code in sortie.lanes[waypoint.lane].must_see[:14])


def test_photos_lanes_pads_and_keep_outs_are_there_in_the_flights_colours(figure: dict[str, Any], plan: ScanPlan) -> None:
    for sortie in plan.sorties:
        assert len(trace(figure, f"flight {sortie.name}: photos")["x"]) == sortie.n_photos
    colours = [t["line"]["color"] for t in figure["data"] if t["name"].endswith("lanes")]
    assert len(set(colours)) == len(plan.sorties)
    assert trace(figure, "home pads")["hovertext"] == ["home pad pad 1"]
    (box,) = [t for t in figure["data"] if t["type"] == "mesh3d"]
    assert (box["text"], min(box["z"]), max(box["z"])) == ("keep out: sprinkler main", 6.4, 7.0)


def test_the_page_holds_plotly_whole_and_fetches_and_sends_nothing(plan: ScanPlan, tmp_path: Path) -> None:
    path = tmp_path / "plan.html"
    write_plan_page(path, SITE, plan)
    page = path.read_text(encoding="utf-8")
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert not re.search(r"<(script|link|img|iframe)[^>]+(src|href)=", page)
    assert "showSendToCloud: false" in page
    source = zlib.decompress(base64.b64decode(packed_plotly())).decode()
    assert "Plotly" in source[:2000]
    assert path.stat().st_size < 2_500_000


def test_the_buttons_of_plotly_speak_the_language_of_the_page(plan: ScanPlan, tmp_path: Path) -> None:
    path = tmp_path / "plan.html"
    write_plan_page(path, SITE, plan, Speech(lang="es"))
    given = re.search(r'locale: "es", locales: \{ "es": (\{.*\}) \} \};', path.read_text(encoding="utf-8"))
    assert given is not None
    locale = json.loads(given[1])
    assert locale["format"] == {"decimal": ",", "thousands": "."}
    assert locale["dictionary"]["Turntable rotation"] == "Girar sobre el suelo"
    source = zlib.decompress(base64.b64decode(packed_plotly())).decode()
    assert [words for words in locale["dictionary"] if f'"{words}"' not in source] == []


def test_a_site_named_like_markup_cannot_end_the_data_or_the_page(plan: ScanPlan, tmp_path: Path) -> None:
    nasty: Site = replace(SITE, name="</script><script>alert(1)</script>")
    path = tmp_path / "plan.html"
    write_plan_page(path, nasty, replace(plan, uncovered=(replace(plan.uncovered[0], reason="</script><b>"), plan.uncovered[1])))
    page = path.read_text(encoding="utf-8")
    assert "alert(1)</script>" not in page
    assert "</script><b>" not in page
    assert page.count("</script>") == 3
