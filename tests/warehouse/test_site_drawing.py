"""The drawing of a site: complete, to scale, and turned as the rack hangs."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from warehouse.site_drawing import draw_site_svg
from warehouse.site_file import load_site

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
