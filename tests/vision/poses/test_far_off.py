"""A flight that was recorded a bay, a level or an aisle away from where it was: location tags are hung for just that."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from tests.vision.pose_worlds import (
    FACE,
    UPRIGHTS_M,
    booking,
    hung,
    labels,
    lane,
    noisy,
    off_m,
    seen,
    shifted,
    steel,
    surely_wrong,
    tag,
    tagged_site,
)
from vision.bins.face_view import find_face_view
from vision.poses.correction import PoseCorrection, correct_poses
from vision.poses.jumps import JUMPED_SIGMA_M
from warehouse.poses import FrameRecord
from warehouse.site import Site

BAY_M = UPRIGHTS_M[2] - UPRIGHTS_M[1]
SITE = booking(tagged_site())
TRUE = lane(SITE)
LABELS = labels(SITE, 1)
FOUND = seen(SITE, TRUE, [*LABELS, *hung(*SITE.tags)])


def errors_m(correction: PoseCorrection) -> np.ndarray:
    pairs = [(a, b) for a, b in zip(TRUE, correction.frames, strict=True) if find_face_view(SITE, b) is not None]
    return np.array([off_m(SITE, a, b) for a, b in pairs])


@pytest.mark.parametrize("sees_uprights", [False, True])
@pytest.mark.parametrize("along_m", [1.6, 2.0, BAY_M, -BAY_M])
def test_tags_that_agree_bring_a_flight_back_that_was_recorded_a_bay_off(along_m: float, sees_uprights: bool) -> None:
    recorded = [shifted(f, along_m=along_m) for f in TRUE]
    correction = correct_poses(SITE, recorded, FOUND, steel(SITE, TRUE) if sees_uprights else None)
    assert surely_wrong(SITE, correction, FOUND, LABELS) == []
    assert np.abs(errors_m(correction)).max() < 0.08
    assert correction.doubtful_tags == ()
    (said,) = correction.warnings()
    assert said.startswith(("4 tags on A01-left say that positions are off by", "5 tags on A01-left say"))


@pytest.mark.parametrize("up_m", [0.2, 0.4, 0.8, 1.45])
@pytest.mark.parametrize("noise_m", [0.0, 0.03])
def test_tags_that_agree_bring_a_flight_back_that_was_recorded_at_another_height(up_m: float, noise_m: float) -> None:
    recorded = [shifted(f, up_m=up_m) for f in noisy(TRUE, 3, noise_m)]
    correction = correct_poses(SITE, recorded, FOUND)
    assert surely_wrong(SITE, correction, FOUND, LABELS) == []
    assert abs(np.median(errors_m(correction)[:, 1])) < 0.01
    assert (correction.n_tags, correction.doubtful_tags) == (5, ())


@pytest.mark.parametrize("numbers", [(2,), (1, 3)])
@pytest.mark.parametrize("sees_uprights", [False, True])
def test_one_or_two_tags_that_say_so_leave_nothing_booked_and_no_upright_believed(
    numbers: tuple[int, ...], sees_uprights: bool
) -> None:
    site = replace(SITE, tags=tuple(tag(i, UPRIGHTS_M[i]) for i in numbers))
    found = seen(site, TRUE, [*LABELS, *hung(*site.tags)])
    recorded = [shifted(f, along_m=BAY_M) for f in TRUE]
    correction = correct_poses(site, recorded, found, steel(site, TRUE) if sees_uprights else None)
    assert surely_wrong(site, correction, found, LABELS) == []
    assert correction.n_uprights == 0
    (said,) = correction.warnings()
    assert re.match(
        "Only tags? .* (says?) that positions are off by 2.80 m, so nothing that is read near by is booked: check", said
    )


def test_a_pass_without_tags_places_nothing_when_tags_bring_another_one_back_by_a_bay() -> None:
    second = [replace(f, frame=f.frame.replace("01/", "02/"), sortie="02") for f in TRUE]
    blind = {f.frame: seen_in for f, seen_in in zip(second, seen(SITE, TRUE, LABELS[1::2]).values(), strict=True)}
    found = {**seen(SITE, TRUE, [*LABELS[::2], *hung(*SITE.tags)]), **blind}
    steel_seen = steel(SITE, TRUE)
    uprights = {**steel_seen, **{f.frame: steel_seen[g.frame] for f, g in zip(second, TRUE, strict=True)}}
    recorded = [shifted(f, along_m=BAY_M) for f in (*TRUE, *second)]
    correction = correct_poses(SITE, recorded, found, uprights)
    assert surely_wrong(SITE, correction, found, LABELS) == []
    assert all(f.position_sigma_m >= JUMPED_SIGMA_M for f in correction.frames[len(TRUE) :] if find_face_view(SITE, f) is not None)
    assert correction.warnings()[-1] == (
        "32 photos of flight 02 show no tags, and tags elsewhere say that positions are off by 2.80 m: nothing that is read there"
        " is booked."
    )


@pytest.mark.parametrize("by_m", [2.0, -2.0])
def test_one_tag_that_hangs_far_from_its_place_is_named_where_others_tell(by_m: float) -> None:
    moved = [tag(i, along + (by_m if i == 2 else 0.0)) for i, along in enumerate(UPRIGHTS_M)]
    correction = correct_poses(SITE, TRUE, seen(SITE, TRUE, [*LABELS, *hung(*moved)]))
    assert np.abs(errors_m(correction)).max() < 0.04
    assert correction.doubtful_tags == ("2",)


def test_a_second_sticker_with_a_tags_text_far_from_it_says_nothing() -> None:
    again = tag(1, UPRIGHTS_M[1] + 6.0)
    correction = correct_poses(SITE, TRUE, seen(SITE, TRUE, [*LABELS, *hung(*SITE.tags, again)]))
    assert np.abs(errors_m(correction)).max() < 0.005
    assert (correction.n_tags, correction.warnings()) == (5, [])


def recorded_at_the_other_face(site: Site, frames: list[FrameRecord]) -> list[FrameRecord]:
    """Return records whose heading is the other way round: the photos are of the left face, and are taken for the right one's."""
    turned = [shifted(f, turn_deg=180.0) for f in frames]
    assert {v.face.name for f in turned if (v := find_face_view(site, f)) is not None} == {"A01-right"}
    return turned


def test_photos_that_show_the_tags_of_another_face_place_nothing() -> None:
    turned = recorded_at_the_other_face(SITE, TRUE)
    correction = correct_poses(SITE, turned, FOUND)
    assert all(f.position_sigma_m >= JUMPED_SIGMA_M for f in correction.frames)
    assert correction.warnings() == [
        "38 photos of flight 01, recorded before A01-right, show 5 tags of A01-left: the drone was elsewhere, the camera looked the"
        " other way, or tags.csv is wrong; nothing that is read there is booked."
    ]


def test_one_tag_of_another_face_is_enough_where_no_tag_of_its_own_is_seen() -> None:
    site = replace(SITE, tags=(tag(2, UPRIGHTS_M[2]),))
    found = seen(site, TRUE, [*LABELS, *hung(*site.tags)])
    correction = correct_poses(site, recorded_at_the_other_face(site, TRUE), found)
    assert all(f.position_sigma_m >= JUMPED_SIGMA_M for f in correction.frames)
    (said,) = correction.warnings()
    assert said.startswith("38 photos of flight 01, recorded before A01-right, show tag 2 of A01-left: ")


def test_a_tag_of_another_face_that_hangs_where_it_is_seen_contradicts_nothing() -> None:
    """Faces that stand in one line end in one photo."""
    place = SITE.layout.faces[FACE].point_m(UPRIGHTS_M[4], 2.1)
    along, height, outward = (float(c) for c in SITE.layout.faces["A01-right"].face_coordinates_m(place))
    beside = replace(tag(7, along), face="A01-right", height_m=height, outward_m=outward)
    found = seen(SITE, TRUE, [*LABELS, *hung(tag(7, UPRIGHTS_M[4]))])
    assert correct_poses(replace(SITE, tags=(beside,)), TRUE, found).warnings() == []
