"""Where things stand in the drawing of a rack face."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.report.elevation import draw_face, runs_left_to_right
from tests.inventory.reported_run import DEMO_SITE, fly
from warehouse.layout import Aisle, BinKind
from warehouse.site import Site
from warehouse.site_file import load_site


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site(DEMO_SITE)


@given(heading=st.floats(0, 360), side=st.sampled_from(["left", "right"]))
def test_the_left_face_reads_along_the_aisle_and_the_right_face_against_it(heading: float, side: str) -> None:
    aisle = Aisle(name="A", start_m=(3.0, -2.0), heading_deg=heading, length_m=10.0, width_m=3.0)
    assert runs_left_to_right(aisle.face(side)) is (side == "left")


def test_bays_of_the_right_face_run_from_right_to_left(site: Site) -> None:
    left, right = (draw_face(f, site.layout.bins_of_face(n), aisle_width_m=3.2) for n, f in site.layout.faces.items())
    assert [m.text for m in left.bays] == ["01", "03", "05", "07"]
    assert [m.text for m in right.bays] == ["08", "06", "04", "02"]
    assert (left.starts_left, right.starts_left) == (True, False)


def test_levels_are_named_from_the_top_down(site: Site) -> None:
    drawn = draw_face(site.layout.faces["A01-left"], site.layout.bins_of_face("A01-left"), aisle_width_m=3.2)
    assert [m.text for m in drawn.levels] == ["4", "3", "2", "1"]
    assert [d.bin.code.level for d in drawn.bins] == sorted((d.bin.code.level for d in drawn.bins), reverse=True)


def test_openings_keep_their_true_proportion_and_place(site: Site) -> None:
    drawn = draw_face(site.layout.faces["A01-right"], site.layout.bins_of_face("A01-right"), aisle_width_m=3.2)
    boxes = {d.bin.code.text: d.box for d in drawn.bins}
    a, b = boxes["A01-02-1-1"], boxes["A01-02-2-2"]
    assert (a.width, a.height) == pytest.approx((90.0, 130.0))
    assert (a.x - b.x, a.y - b.y) == pytest.approx((90.0, 145.0))
    assert drawn.floor - (a.y + a.height) == pytest.approx(5.0)
    for box in boxes.values():
        assert box.x >= 0
        assert box.x + box.width <= drawn.width
        assert box.y >= 0
        assert box.y + box.height <= drawn.floor


def test_openings_do_not_overlap(site: Site) -> None:
    for name, face in site.layout.faces.items():
        boxes = [d.box for d in draw_face(face, site.layout.bins_of_face(name), aisle_width_m=3.2).bins]
        for i, a in enumerate(boxes):
            for b in boxes[i + 1 :]:
                wide = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
                high = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
                assert wide < 0.01 or high < 0.01


def test_a_rear_place_peeks_out_of_its_front_place_and_is_drawn_over_it(site: Site) -> None:
    front = site.layout.bins_by_code["A01-03-2-1"]
    rear = replace(front, kind=BinKind.REAR, code=replace(front.code, text="A01-03-2-R", slot="R"))
    drawn = draw_face(site.layout.faces["A01-left"], [rear, front], aisle_width_m=3.2)
    assert [d.bin.code.text for d in drawn.bins] == ["A01-03-2-1", "A01-03-2-R"]
    a, b = drawn.bins[0].box, drawn.bins[1].box
    assert (b.x + b.width, b.y) == pytest.approx((a.x + a.width, a.y))
    assert b.width < a.width / 2


def test_a_code_is_shown_without_the_aisle_that_the_drawing_is_named_after(site: Site) -> None:
    front = site.layout.bins_by_code["A01-03-2-1"]
    other = replace(front, code=replace(front.code, text="03/2/1"))
    drawn = draw_face(site.layout.faces["A01-left"], [front], aisle_width_m=3.2).bins + (
        draw_face(site.layout.faces["A01-left"], [other], aisle_width_m=3.2).bins
    )
    assert [d.short for d in drawn] == ["03-2-1", "03/2/1"]


def test_a_photo_is_drawn_on_the_face_that_its_camera_looked_at(site: Site) -> None:
    frames = fly(site)
    left, right = (
        draw_face(f, site.layout.bins_of_face(n), aisle_width_m=3.2, frames=frames) for n, f in site.layout.faces.items()
    )
    assert (left.n_photos, right.n_photos) == (96, 96)
    assert left.photos.startswith("M62 ")
    assert right.photos.startswith(f"M{62 + 1130:g} ")
    assert left.path.count("M") == 1


def test_photos_of_the_next_aisle_and_of_another_sortie_are_not_joined(site: Site) -> None:
    frames = fly(site)[:6]
    far = [replace(f, pose=replace(f.pose, position_m=(f.pose.position_m[0] + 6.0, *f.pose.position_m[1:]))) for f in frames]
    second = [replace(f, sortie="02") for f in frames]
    face = site.layout.faces["A01-left"]
    drawn = draw_face(face, site.layout.bins_of_face(face.name), aisle_width_m=3.2, frames=[*frames, *far, *second])
    assert drawn.n_photos == 12
    assert drawn.path.count("M") == 2
