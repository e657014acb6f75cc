"""The drawing of a site: complete, to scale, and turned as the rack hangs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from warehouse.layout import BinKind, KeepOut, Tunnel
from warehouse.site import Site
from warehouse.site_drawing import draw_site_svg
from warehouse.site_file import load_site
from warehouse.site_new import new_site

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawing() -> ET.Element:
    return ET.fromstring(draw_site_svg(load_site(Path(__file__).parents[2] / "sitl" / "demo_site")))


def texts(drawing: ET.Element) -> dict[str, float]:
    return {str(t.text): float(t.get("x", "nan")) for t in drawing.iter(f"{SVG}text")}


def test_every_location_face_box_and_pad_is_named(drawing: ET.Element) -> None:
    words = texts(drawing)
    assert sum(word.startswith("A01-0") for word in words) == 96
    assert {"Demo warehouse, Ibi", "pad 1", "A01-left", "A01-right", "sprinkler main: 6.4 to 7 m above the floor"} <= set(words)


def test_the_aisle_starts_to_the_left_of_its_left_face_and_to_the_right_of_its_right_face(drawing: ET.Element) -> None:
    x = texts(drawing)
    assert x["A01-01-2-1"] < x["A01-07-2-1"]
    assert x["A01-02-2-1"] > x["A01-08-2-1"]


def test_bins_are_drawn_to_one_scale_and_marked_by_their_kind(drawing: ET.Element) -> None:
    outlines = [p for p in drawing.iter(f"{SVG}polygon") if p.get("class") in ("bin", "unused", "forbidden")]
    kinds = [str(p.get("class")) for p in outlines]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {"bin": 94, "unused": 1, "forbidden": 1}
    sizes = set()
    for outline in outlines:
        points = [tuple(map(float, pair.split(","))) for pair in str(outline.get("points")).split()]
        width = max(p[0] for p in points) - min(p[0] for p in points)
        height = max(p[1] for p in points) - min(p[1] for p in points)
        sizes.add(round(width / height, 2))
    assert all(abs(ratio - 0.9 / 1.3) < 0.02 for ratio in sizes)


def made(folder: Path, **changes: object) -> Site:
    measures: dict[str, object] = {"name": "Nave", "aisles": 1, "bays": 4, "levels": 3, "slots": 2}
    measures |= {"bay_width_m": 2.7, "level_height_m": 1.5, "aisle_width_m": 3.2}
    new_site(folder, **(measures | changes))  # type: ignore[arg-type]
    return load_site(folder)


def test_rear_picking_unused_and_forbidden_places_are_marked_by_lines_and_not_by_colour_alone(tmp_path: Path) -> None:
    site = made(tmp_path / "site", deep=2)
    bins = list(site.layout.bins)
    for i, kind in ((0, BinKind.PICKING), (2, BinKind.UNUSED), (4, BinKind.FORBIDDEN)):
        bins[i] = replace(bins[i], kind=kind)
    svg = ET.fromstring(draw_site_svg(replace(site, layout=replace(site.layout, bins=tuple(bins)))))
    legend = {str(e.get("class")) for e in svg if e.tag == f"{SVG}path"}
    drawn = {str(p.get("class")): str(p.get("d")).count("M") for p in svg.iter(f"{SVG}path") if p not in list(svg)}
    assert legend == {"corner", "slash", "cross", "behind"}
    assert drawn == {"corner": 1, "slash": 1, "cross": 2, "behind": 24}


def test_tunnels_ceilings_and_boxes_in_the_aisle_are_drawn_and_said(tmp_path: Path) -> None:
    site = made(tmp_path / "site")
    layout = replace(
        site.layout,
        tunnels=(Tunnel(face="A01-left", from_m=0.1, to_m=2.8, height_m=1.4),),
        ceiling_m=6.0,
        keep_outs=(KeepOut(name="duct", min_m=(0.0, 6.0, 3.0), max_m=(9.0, 7.0, 3.5), heading_deg=10.0),),
    )
    svg = ET.fromstring(draw_site_svg(replace(site, layout=layout)))
    words = set(texts(svg))
    assert {"tunnel 1.4 m", "ceiling 6 m", "Ceiling: 6 m everywhere; the drone stays 0.75 m below it."} <= words
    tips = [str(t.text) for t in svg.iter(f"{SVG}title")]
    assert tips.count("keep-out duct") == 2
    assert "tunnel, 1.4 m high" in tips


def test_bays_and_the_heights_of_levels_stand_beside_the_rack(drawing: ET.Element) -> None:
    words = [str(t.text) for t in drawing.iter(f"{SVG}text")]
    assert {"01", "02", "07", "08"} <= set(words)
    assert {"1: 0.05", "2: 1.50", "3: 2.95", "4: 4.40", "top 5.70"} <= set(words)


def test_a_large_site_stays_small_enough_for_a_browser_and_one_aisle_of_it_can_be_drawn_larger(tmp_path: Path) -> None:
    site = made(tmp_path / "site", aisles=4, bays=50, levels=6, slots=3)
    svg = draw_site_svg(site)
    assert len(site.layout.bins) == 7200
    assert len(svg) < 60 * len(site.layout.bins)
    assert ">6-3<" not in svg
    one = draw_site_svg(site, ["A03"])
    assert "Rack face A03-left" in one
    assert "Rack face A02-left" not in one
    assert one.count(">6-3<") == 100
