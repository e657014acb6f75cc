"""Poses are moved to where the frames show that they were taken, and the error that is left is told honestly."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.pose_worlds import (
    UPRIGHTS_M,
    Sticker,
    hung,
    labels,
    lane,
    noisy,
    off_m,
    seen,
    shifted,
    tag,
    tagged_site,
)
from tests.vision.worlds import demo_site
from vision.poses.correction import correct_poses

TAGGED = tagged_site()
PLAIN = demo_site()
TRUE = lane(TAGGED)
STICKERS = [*labels(TAGGED, 1), *hung(*TAGGED.tags)]
FOUND = seen(TAGGED, TRUE, STICKERS)


def errors_m(site, true, records) -> np.ndarray:  # type: ignore[no-untyped-def]
    return np.array([off_m(site, a, b) for a, b in zip(true, records, strict=True)])


def test_exact_poses_stay_within_a_millimetre_and_get_surer_by_tags() -> None:
    corrected = correct_poses(TAGGED, TRUE, FOUND)
    assert np.abs(errors_m(TAGGED, TRUE, corrected.frames)).max() < 0.001
    assert np.median([f.position_sigma_m for f in corrected.frames]) < np.median([f.position_sigma_m for f in TRUE])
    assert (corrected.n_tags, corrected.doubtful_tags) == (5, ())


@settings(max_examples=2)
@given(st.integers(0, 1000))
def test_exact_poses_stay_where_they_are_without_tags(seed: int) -> None:
    frames = lane(PLAIN)
    corrected = correct_poses(PLAIN, frames, seen(PLAIN, frames, labels(PLAIN, seed)))
    assert np.abs(errors_m(PLAIN, frames, corrected.frames)).max() < 0.001


def test_a_run_in_which_nothing_was_seen_keeps_its_records() -> None:
    corrected = correct_poses(TAGGED, TRUE, {})
    assert list(corrected.frames) == TRUE
    assert corrected.sentence() == "The recorded positions were used as they are."


@settings(max_examples=3)
@given(st.integers(0, 1000), st.sampled_from([-0.6, 0.6]))
def test_noise_and_half_a_slot_of_drift_are_taken_out_where_tags_hang(seed: int, drift_m: float) -> None:
    wrong = noisy(TRUE, seed, 0.15, drift_m=drift_m)
    corrected = correct_poses(TAGGED, wrong, FOUND).frames
    errors = np.abs(errors_m(TAGGED, TRUE, corrected))
    sigmas = np.array([f.position_sigma_m for f in corrected])
    shows_a_tag = [any(d.symbology == "AprilTag36h11" for d in FOUND[f.frame]) for f in TRUE]
    assert errors[shows_a_tag].max() < 0.03
    assert (errors.max(axis=1) <= 4 * np.hypot(sigmas, 0.01)).all()


@settings(max_examples=3)
@given(st.floats(-2.0, 2.0), st.integers(0, 4))
def test_a_tag_that_hangs_in_a_wrong_place_cannot_move_a_lane(wrong_by_m: float, number: int) -> None:
    moved = [tag(i, along + (wrong_by_m if i == number else 0.0)) for i, along in enumerate(UPRIGHTS_M)]
    found = seen(TAGGED, TRUE, [*labels(TAGGED, 1), *hung(*moved)])
    corrected = correct_poses(TAGGED, TRUE, found)
    assert np.abs(errors_m(TAGGED, TRUE, corrected.frames)).max() < 0.04
    assert set(corrected.doubtful_tags) <= {str(number)}


def test_a_tag_in_a_wrong_place_is_named() -> None:
    moved = [tag(i, along + (0.5 if i == 2 else 0.0)) for i, along in enumerate(UPRIGHTS_M)]
    found = seen(TAGGED, TRUE, [*labels(TAGGED, 1), *hung(*moved)])
    corrected = correct_poses(TAGGED, TRUE, found)
    assert corrected.doubtful_tags == ("2",)
    assert corrected.warnings() == ["tags.csv: tag 2 on A01-left seems to hang elsewhere; measure its place again."]


def test_two_tags_that_contradict_each_other_leave_the_lane_unsure() -> None:
    site = tagged_site(tag(0, UPRIGHTS_M[1]), tag(1, UPRIGHTS_M[2]))
    found = seen(site, TRUE, [*labels(site, 1, every=3), *hung(tag(0, UPRIGHTS_M[1]), tag(1, UPRIGHTS_M[2] + 0.6))])
    corrected = correct_poses(site, TRUE, found).frames
    sigmas = np.array([f.position_sigma_m for f in corrected])
    errors = np.abs(errors_m(site, TRUE, corrected)[:, 0])
    assert (errors <= 3 * sigmas + 0.02).all()


@pytest.mark.parametrize("recorded_m", [0.03, 0.1])
@pytest.mark.parametrize("wrong_by_m", [0.3, 0.5, 0.9])
@pytest.mark.parametrize("numbers", [(2,), (1, 3)])
def test_one_or_two_wrong_tags_alone_are_not_believed_against_the_record(
    recorded_m: float, wrong_by_m: float, numbers: tuple[int, ...]
) -> None:
    site = tagged_site(*[tag(i, UPRIGHTS_M[i]) for i in numbers])
    true = [replace(f, position_sigma_m=recorded_m) for f in TRUE]
    moved = [tag(i, UPRIGHTS_M[i] + wrong_by_m) for i in numbers]
    corrected = correct_poses(site, true, seen(site, true, [*labels(site, 1), *hung(*moved)]))
    sigmas = np.array([f.position_sigma_m for f in corrected.frames])
    errors = np.abs(errors_m(site, true, corrected.frames)[:, 0])
    assert errors.max() <= wrong_by_m / 2
    assert (errors <= 2 * sigmas).all()
    assert np.median(sigmas) > 0.07


def test_a_lone_tag_that_is_doubted_is_named() -> None:
    site = tagged_site(tag(2, UPRIGHTS_M[2]))
    found = seen(site, TRUE, [*labels(site, 1), *hung(tag(2, UPRIGHTS_M[2] + 0.6))])
    assert correct_poses(site, TRUE, found).warnings() == [
        "Only tag 2 on A01-left says that positions are off by 0.60 m, so what is read near by is unsure:"
        " check tags.csv, or hang three tags or more."
    ]


def test_three_tags_that_agree_are_believed_and_the_summary_says_by_how_much() -> None:
    numbers = (1, 2, 3)
    site = tagged_site(*[tag(i, UPRIGHTS_M[i]) for i in numbers])
    wrong = [shifted(f, along_m=0.4) for f in TRUE]
    corrected = correct_poses(site, wrong, seen(site, TRUE, [*labels(site, 1), *hung(*site.tags)]))
    errors = np.abs(errors_m(site, TRUE, corrected.frames))
    assert np.median(errors[:, 0]) < 0.02
    (warning,) = corrected.warnings()
    assert re.fullmatch(r"3 tags on A01-left say that positions are off by 0\.(39|4[01]) m: check tags\.csv\.", warning)


def test_one_text_at_two_places_pulls_nothing_together() -> None:
    twice = [Sticker("L003", "Code128", 8.1, 2.12, (0.13, 0.03)), *STICKERS]
    corrected = correct_poses(TAGGED, TRUE, seen(TAGGED, TRUE, twice))
    assert np.abs(errors_m(TAGGED, TRUE, corrected.frames)).max() < 0.002


def test_noise_without_tags_is_told_as_noise() -> None:
    wrong = noisy(TRUE, 5, 0.15)
    corrected = correct_poses(PLAIN, wrong, seen(PLAIN, TRUE, labels(PLAIN, 1))).frames
    assert np.median([f.position_sigma_m for f in wrong]) == pytest.approx(0.03)
    assert np.median([f.position_sigma_m for f in corrected]) > 0.1
    errors, sigmas = np.abs(errors_m(PLAIN, TRUE, corrected)), np.array([f.position_sigma_m for f in corrected])
    assert (errors[:, 0] <= 4 * sigmas).all()


def test_frames_that_share_labels_are_put_together_without_tags() -> None:
    dense = [Sticker(f"C{i}", "Code128", 0.3 + 0.25 * i, 2.1, (0.13, 0.03)) for i in range(43)]
    wrong = noisy(TRUE, 5, 0.1)
    corrected = correct_poses(PLAIN, wrong, seen(PLAIN, TRUE, dense)).frames
    errors = errors_m(PLAIN, TRUE, corrected)[:, 0]
    assert np.abs(np.diff(errors)).max() < 0.03
    assert np.abs(np.diff(errors_m(PLAIN, TRUE, wrong)[:, 0])).max() > 0.2


def test_small_errors_are_believed_only_where_enough_is_shared_to_tell() -> None:
    steady = correct_poses(PLAIN, TRUE, seen(PLAIN, TRUE, labels(PLAIN, 1))).model
    assert steady is not None
    assert steady.white_m == 0.01
    shaky = correct_poses(PLAIN, noisy(TRUE, 5, 0.1), seen(PLAIN, TRUE, labels(PLAIN, 1))).model
    assert shaky is not None
    assert shaky.white_m >= 0.06
    assert correct_poses(PLAIN, TRUE, seen(PLAIN, TRUE, labels(PLAIN, 1, every=4))).model is None


def test_two_cameras_that_take_photos_in_turns_are_corrected_as_well_as_one() -> None:
    both = replace(PLAIN, cameras=(*PLAIN.cameras, replace(PLAIN.cameras[0], side="left")))
    wrong = noisy(TRUE, 5, 0.1)
    other = [replace(f, frame=f"{f.frame}-left", camera="left") for f in wrong]  # its pictures show nothing that is known
    alone = correct_poses(PLAIN, wrong, seen(PLAIN, TRUE, labels(PLAIN, 1)))
    in_turns = [f for pair in zip(wrong, other, strict=True) for f in pair]
    found = correct_poses(both, in_turns, seen(PLAIN, TRUE, labels(PLAIN, 1)))
    assert found.frames[::2] == alone.frames
    assert np.abs(errors_m(both, other, found.frames[1::2])).max() < 0.001  # what shares nothing stays where it is


def test_a_wrong_heading_is_not_taken_for_a_wrong_place_on_the_face() -> None:
    turned = [shifted(f, turn_deg=2.0 if i % 2 else -2.0) for i, f in enumerate(TRUE)]
    corrected = correct_poses(TAGGED, turned, FOUND).frames
    shows_a_tag = np.array([any(d.symbology == "AprilTag36h11" for d in FOUND[f.frame]) for f in TRUE])
    assert np.abs(errors_m(TAGGED, TRUE, corrected))[shows_a_tag].max() < 0.03
    assert np.abs(errors_m(TAGGED, TRUE, turned)).max() > 0.04


def test_frames_with_a_bad_estimator_are_left_alone() -> None:
    sick = [replace(f, is_ekf_healthy=False) for f in noisy(TRUE, 3, 0.1)]
    assert list(correct_poses(TAGGED, sick, FOUND).frames) == sick


def test_the_answer_is_the_same_every_time() -> None:
    wrong = noisy(TRUE, 8, 0.15, drift_m=0.6)
    assert correct_poses(TAGGED, wrong, FOUND) == correct_poses(TAGGED, wrong, FOUND)


def test_the_summary_says_how_far_in_plain_words() -> None:
    wrong = [shifted(f, along_m=0.2) for f in TRUE]
    corrected = correct_poses(TAGGED, wrong, FOUND)
    assert corrected.sentence() == (
        "Positions of 38 photos corrected by 5 location tags and by labels that several photos show: usually 20 cm, 20 cm at most."
    )


def test_the_summary_names_only_what_was_seen_and_calls_millimetres_no_correction() -> None:
    only_tags = seen(TAGGED, TRUE, hung(*TAGGED.tags))
    words = correct_poses(TAGGED, [shifted(f, along_m=0.2) for f in TRUE], only_tags).sentence()
    assert words.startswith("Positions of 38 photos corrected by 5 location tags: usually ")
    assert correct_poses(TAGGED, TRUE, FOUND).sentence() == "Positions agree with what the photos show."


def test_a_frame_that_the_autopilot_calls_lost_stays_as_it_is_and_changes_no_other() -> None:
    k = len(TRUE) // 2
    lost = [replace(shifted(f, along_m=1.0), position_sigma_m=3.0) if i == k else f for i, f in enumerate(TRUE)]
    corrected = correct_poses(TAGGED, lost, FOUND)
    assert corrected.frames[k] == lost[k]
    assert corrected.moved_m[k] == 0.0
    assert corrected.doubtful_tags == ()
    others = [(a, b) for i, (a, b) in enumerate(zip(TRUE, corrected.frames, strict=True)) if i != k]
    assert np.abs(errors_m(TAGGED, [a for a, _ in others], [b for _, b in others])).max() < 0.001


@pytest.mark.parametrize("own_m", [0.1, 0.2, 0.45])
def test_an_unsure_frame_that_shares_nothing_gets_no_surer_by_its_neighbours(own_m: float) -> None:
    k = len(TRUE) // 2
    wrong = [replace(shifted(f, along_m=0.4), position_sigma_m=own_m) if i == k else f for i, f in enumerate(TRUE)]
    corrected = correct_poses(TAGGED, wrong, {**FOUND, TRUE[k].frame: ()})
    assert corrected.frames[k].position_sigma_m >= own_m


def test_an_unsure_frame_is_placed_by_what_it_shares_with_surer_ones() -> None:
    k = len(TRUE) // 2
    wrong = [replace(shifted(f, along_m=0.4), position_sigma_m=0.45) if i == k else f for i, f in enumerate(TRUE)]
    corrected = correct_poses(TAGGED, wrong, FOUND)
    assert np.abs(errors_m(TAGGED, TRUE, corrected.frames)).max() < 0.04
