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
from vision.codes.decoded import Decoded
from vision.poses.correction import PoseCorrection, correct_poses
from vision.poses.jumps import JUMPED_SIGMA_M
from warehouse.poses import FrameRecord
from warehouse.site import Site
from warehouse.tags import APRIL_TAG, LocationTag

BAY_M = UPRIGHTS_M[2] - UPRIGHTS_M[1]
TAGS = [tag(i, along) for i, along in enumerate(UPRIGHTS_M)]
OTHER = "A01-right"
OTHER_TAGS = [replace(tag(10 + i, along), face=OTHER) for i, along in enumerate(UPRIGHTS_M)]
SITE = booking(tagged_site(*TAGS, *OTHER_TAGS))
TRUE = lane(SITE)
BOTH = [*TRUE, *(replace(f, frame=f.frame.replace("01/", "01/1")) for f in lane(SITE, face=OTHER))]
LABELS = labels(SITE, 1)
FOUND = seen(SITE, TRUE, [*LABELS, *hung(*TAGS)])


def seen_on_both(tags: list[LocationTag]) -> dict[str, tuple[Decoded, ...]]:
    """Return what a flight along both faces shows: tags where they hang, and the labels of the left face."""
    left, right = (hung(*(t for t in tags if t.face == face)) for face in (FACE, OTHER))
    return {**seen(SITE, TRUE, [*LABELS, *left]), **seen(SITE, BOTH[len(TRUE) :], right)}


FOUND_BOTH = seen_on_both([*TAGS, *OTHER_TAGS])


def errors_m(correction: PoseCorrection) -> np.ndarray:
    """Return how far off the photos of the left face still are, along and in height."""
    pairs = [(a, b) for a, b in zip(TRUE, correction.frames, strict=False) if find_face_view(SITE, b) is not None]
    return np.array([off_m(SITE, a, b) for a, b in pairs])


@pytest.mark.parametrize(("along_m", "sees_uprights"), [(1.6, False), (BAY_M, False), (-BAY_M, True)])
def test_tags_of_two_faces_that_agree_bring_a_flight_back_that_was_recorded_a_bay_off(along_m: float, sees_uprights: bool) -> None:
    recorded = [shifted(f, along_m=along_m) for f in BOTH]
    correction = correct_poses(SITE, recorded, FOUND_BOTH, steel(SITE, BOTH) if sees_uprights else None)
    assert surely_wrong(SITE, correction, FOUND_BOTH, LABELS) == []
    assert np.abs(errors_m(correction)).max() < 0.08
    assert correction.doubtful_tags == ()
    left, right = correction.warnings()
    assert re.fullmatch(r"[45] tags on A01-left say that positions are off by [0-9.]+ m: check tags\.csv\.", left)
    assert re.fullmatch(r"[45] tags on A01-right say that positions are off by [0-9.]+ m: check tags\.csv\.", right)


@pytest.mark.parametrize(("up_m", "noise_m"), [(0.2, 0.0), (0.4, 0.03), (0.5, 0.03)])
def test_tags_that_agree_bring_a_flight_back_that_was_recorded_at_another_height(up_m: float, noise_m: float) -> None:
    recorded = [shifted(f, up_m=up_m) for f in noisy(TRUE, 3, noise_m)]
    correction = correct_poses(SITE, recorded, FOUND)
    assert surely_wrong(SITE, correction, FOUND, LABELS) == []
    assert abs(np.median(errors_m(correction)[:, 1])) < 0.01
    assert (correction.n_tags, correction.doubtful_tags) == (5, ())


def test_a_height_that_drifts_makes_nothing_unsure_where_nothing_of_known_height_tells() -> None:
    """One figure stands for how sure a place is along the rack and in height, and levels are far apart."""
    site = replace(SITE, tags=())
    rises = [shifted(f, up_m=0.25 * float(np.sin(i / 6))) for i, f in enumerate(TRUE)]
    found = seen(site, TRUE, LABELS)
    correction = correct_poses(site, rises, found, steel(site, TRUE))
    assert np.median([f.position_sigma_m for f in correction.frames]) < 0.06
    model = correction.model
    assert model is not None
    assert model.rise_m == 0.02


def test_a_level_is_a_height_that_tags_of_two_faces_bring_back() -> None:
    correction = correct_poses(SITE, [shifted(f, up_m=1.45) for f in BOTH], FOUND_BOTH)
    assert surely_wrong(SITE, correction, FOUND_BOTH, LABELS) == []
    assert np.abs(errors_m(correction)).max() < 0.01


@pytest.mark.parametrize(
    ("along_m", "up_m", "sees_uprights", "numbers"),
    [
        (BAY_M, 0.0, True, (2,)),
        (BAY_M, 0.0, False, (1, 3)),
        (-BAY_M, 0.0, True, (0, 1, 2, 3, 4)),
        (0.9, 0.0, False, (2,)),
        (1.3, 0.0, False, (0, 1, 2, 3, 4)),
        (0.0, 1.45, True, (1, 3)),
    ],
)
def test_tags_of_one_face_alone_that_say_so_leave_nothing_booked_for_they_may_hang_a_bay_too_far(
    along_m: float, up_m: float, sees_uprights: bool, numbers: tuple[int, ...]
) -> None:
    site = replace(SITE, tags=tuple(tag(i, UPRIGHTS_M[i]) for i in numbers))
    found = seen(site, TRUE, [*LABELS, *hung(*site.tags)])
    recorded = [shifted(f, along_m=along_m, up_m=up_m) for f in TRUE]
    correction = correct_poses(site, recorded, found, steel(site, TRUE) if sees_uprights else None)
    assert_nothing_is_placed(correction, recorded)
    (said,) = correction.warnings()
    assert re.match(
        r"Only (tag [0-9]|[0-9] tags) on A01-left says? that positions are off by [0-9.]+ m: nothing that is read", said
    )


@pytest.mark.parametrize(("along_m", "numbers"), [(0.7, (2,)), (1.3, (0, 1, 2, 3, 4)), (-1.6, (1, 3))])
def test_uprights_that_stand_where_tags_put_them_and_not_where_the_record_does_tell_who_is_right(
    along_m: float, numbers: tuple[int, ...]
) -> None:
    site = replace(SITE, tags=tuple(tag(i, UPRIGHTS_M[i]) for i in numbers))
    found = seen(site, TRUE, [*LABELS, *hung(*site.tags)])
    correction = correct_poses(site, [shifted(f, along_m=along_m) for f in TRUE], found, steel(site, TRUE))
    assert surely_wrong(site, correction, found, LABELS) == []
    assert np.abs(errors_m(correction)).max() < 0.08
    moved = replace(site, tags=tuple(replace(t, along_m=t.along_m + along_m) for t in site.tags))
    assert_nothing_is_placed(correct_poses(moved, TRUE, found, steel(site, TRUE)), TRUE)


def test_a_tag_that_one_photo_alone_shows_a_bay_from_its_place_tells_as_well() -> None:
    site = replace(SITE, tags=(TAGS[2],))
    found = seen(site, TRUE, [*LABELS, *hung(TAGS[2])])
    shows = [f.frame for f in TRUE if any(d.symbology == APRIL_TAG for d in found[f.frame])]
    only_once = {f: tuple(d for d in ds if d.symbology != APRIL_TAG or f == shows[0]) for f, ds in found.items()}
    recorded = [shifted(f, along_m=BAY_M) for f in TRUE]
    assert_nothing_is_placed(correct_poses(site, recorded, only_once, steel(site, TRUE)), recorded)


def test_tags_that_hang_a_bay_too_far_leave_the_other_faces_tags_believed() -> None:
    moved = [*TAGS, *(replace(t, along_m=t.along_m + BAY_M) for t in OTHER_TAGS)]
    found = seen_on_both(moved)
    correction = correct_poses(SITE, BOTH, found)
    assert np.abs(errors_m(correction)).max() < 0.001
    assert_nothing_is_placed(correction, BOTH[len(TRUE) :])
    (said,) = correction.warnings()
    assert said.startswith("Only 4 tags on A01-right say that positions are off by 2.80 m: nothing that is read near by is booked.")


def test_a_drift_that_grows_to_more_than_that_is_corrected_by_the_tags_of_its_face() -> None:
    correction = correct_poses(SITE, noisy(TRUE, 3, 0.03, drift_m=1.8), FOUND)
    assert surely_wrong(SITE, correction, FOUND, LABELS) == []
    assert np.abs(errors_m(correction)).max() < 0.2


HIGHER = [shifted(replace(f, frame=f.frame.replace("01/", "01/2")), up_m=1.45) for f in TRUE]
"""A pass that shows no tags."""


def test_a_pass_without_tags_of_a_flight_that_is_a_bay_off_places_nothing() -> None:
    recorded = [shifted(f, along_m=BAY_M) for f in (*BOTH, *HIGHER)]
    found = {**FOUND_BOTH, **{f.frame: () for f in HIGHER}}
    correction = correct_poses(SITE, recorded, found, steel(SITE, [*BOTH, *HIGHER]))
    assert surely_wrong(SITE, correction, found, LABELS) == []
    assert_nothing_is_placed(correction, recorded[len(BOTH) :])
    assert correction.warnings()[-1] == (
        "32 photos of flight 01 show no tags, and tags elsewhere say that positions are off by 2.79 m: nothing that is read there"
        " is booked."
    )


@pytest.mark.parametrize("tags", [TAGS[2:3], [*TAGS, *OTHER_TAGS]], ids=["one alone", "a row, and another face's are right"])
def test_tags_that_hang_elsewhere_leave_passes_without_tags_alone(tags: list[LocationTag]) -> None:
    moved = [replace(t, along_m=t.along_m + BAY_M) if t.face == FACE else t for t in tags]
    found = seen_on_both(moved)
    site = replace(SITE, tags=tuple(tags))
    correction = correct_poses(site, [*BOTH, *HIGHER], found)
    assert_nothing_is_placed(correction, TRUE)
    assert max(f.position_sigma_m for f in correction.frames[len(BOTH) :]) < 0.1


def assert_nothing_is_placed(correction: PoseCorrection, recorded: list[FrameRecord]) -> None:
    """Those that look at no face at their recorded place are left as they are: they place nothing either."""
    by_name = {f.frame: f for f in correction.frames}
    looking = [f.frame for f in recorded if find_face_view(SITE, f) is not None]
    assert looking
    assert all(by_name[name].position_sigma_m >= JUMPED_SIGMA_M for name in looking)


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
