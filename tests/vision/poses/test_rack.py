"""The rack is a ruler: uprights that photos show are told apart over a whole lane, or else left alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.poses import walk
from tests.vision.pose_worlds import (
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
)
from tests.vision.worlds import demo_site
from vision.bins.face_view import find_face_view
from vision.poses.correction import correct_poses
from vision.poses.errors import fit
from vision.poses.group import group_of
from vision.poses.pieces import pieces_of
from vision.poses.sightings import lanes_of, sightings_of
from vision.reads import UprightSeen
from warehouse.poses import FrameRecord
from warehouse.uprights import uprights_of, usual_width_m

SITE = demo_site()
TRUE = lane(SITE)
FOUND = seen(SITE, TRUE, labels(SITE, 1))
STEEL = steel(SITE, TRUE)


def errors_m(true, records) -> np.ndarray:  # type: ignore[no-untyped-def]
    return np.array([off_m(SITE, a, b) for a, b in zip(true, records, strict=True)])[:, 0]


def test_the_layout_tells_where_uprights_stand_and_how_wide_they_are() -> None:
    bins = SITE.layout.bins_of_face("A01-left")
    uprights = uprights_of(bins)
    assert [u.along_m for u in uprights] == pytest.approx(UPRIGHTS_M)
    assert [u.is_end for u in uprights] == [True, False, False, False, True]
    assert usual_width_m(bins) == pytest.approx(0.10)


@settings(max_examples=2)
@given(st.integers(0, 1000), st.sampled_from([-0.6, 0.0, 0.6]))
def test_noise_and_half_a_slot_of_drift_are_taken_out_by_uprights_alone(seed: int, drift_m: float) -> None:
    wrong = noisy(TRUE, seed, 0.15, drift_m=drift_m)
    corrected = correct_poses(SITE, wrong, FOUND, STEEL)
    errors = np.abs(errors_m(TRUE, corrected.frames))
    sigmas = np.array([f.position_sigma_m for f in corrected.frames])
    assert corrected.n_uprights >= 4
    assert np.median(errors) < 0.08
    assert (errors <= 4 * np.hypot(sigmas, 0.01)).all()


def test_exact_poses_stay_where_they_are() -> None:
    corrected = correct_poses(SITE, TRUE, FOUND, STEEL)
    assert np.abs(errors_m(TRUE, corrected.frames)).max() < 0.002
    assert corrected.n_uprights == 5


def test_a_rack_that_stands_some_centimetres_beside_its_layout_is_still_a_ruler() -> None:
    built = tuple(along + off for along, off in zip(UPRIGHTS_M, (0.03, -0.04, 0.02, -0.03, 0.04), strict=True))
    wrong = noisy(TRUE, 4, 0.15, drift_m=0.6)
    corrected = correct_poses(SITE, wrong, FOUND, steel(SITE, TRUE, built)).frames
    errors, sigmas = np.abs(errors_m(TRUE, corrected)), np.array([f.position_sigma_m for f in corrected])
    assert (errors <= 4 * np.hypot(sigmas, 0.03)).all()
    assert np.median(errors) < 0.1


def test_poses_half_a_bay_off_name_no_upright() -> None:
    wrong = [shifted(f, along_m=1.4) for f in TRUE]
    few = {name: found if 8 < i < 30 else () for i, (name, found) in enumerate(STEEL.items())}
    assert correct_poses(SITE, wrong, FOUND, few).n_uprights == 0


def test_one_upright_alone_moves_nothing_by_much() -> None:
    only = {name: found if 9 <= i <= 12 else () for i, (name, found) in enumerate(STEEL.items())}
    wrong = [shifted(f, along_m=0.9) for f in TRUE]
    corrected = correct_poses(SITE, wrong, FOUND, only)
    assert corrected.n_uprights == 0


def test_what_looks_like_an_upright_between_two_bins_is_not_believed() -> None:
    with_false = steel(SITE, TRUE, (*UPRIGHTS_M, 4.75, 7.05))
    wrong = noisy(TRUE, 6, 0.15, drift_m=-0.6)
    corrected = correct_poses(SITE, wrong, FOUND, with_false)
    errors = np.abs(errors_m(TRUE, corrected.frames))
    sigmas = np.array([f.position_sigma_m for f in corrected.frames])
    assert (errors <= 4 * np.hypot(sigmas, 0.01)).all()


@pytest.mark.parametrize("tags", [(), (0, 1, 2, 3, 4)])
def test_mesh_behind_the_goods_just_beside_an_upright_bends_no_lane(tags: tuple[int, ...]) -> None:
    site = replace(booking(SITE), tags=tuple(tag(i, UPRIGHTS_M[i]) for i in tags))
    stickers = labels(SITE, 1, every=2)
    found = seen(SITE, TRUE, [*stickers, *hung(*site.tags)])
    odd = with_mesh(STEEL, beside_m={20: 0.35, 21: 0.5, 22: 0.7})
    wrong = walking(TRUE, 1, 0.15)
    corrected = correct_poses(site, wrong, found, odd)
    errors = np.abs(errors_m(TRUE, corrected.frames))
    sigmas = np.array([f.position_sigma_m for f in corrected.frames])
    assert surely_wrong(site, corrected, found, stickers) == []
    assert (errors <= 4 * np.hypot(sigmas, 0.02)).all()
    assert errors.max() < 0.3


def walking(frames: list[FrameRecord], seed: int, sigma_m: float) -> list[FrameRecord]:
    """Return records with errors that stay alike for some three metres."""
    errors = walk(sigma_m)(np.random.default_rng(seed), np.arange(len(frames), dtype=np.float64) * 0.3)
    return [shifted(f, along_m=e[0], up_m=e[1], out_m=e[2]) for f, e in zip(frames, errors, strict=True)]


def with_mesh(
    steel_seen: dict[str, tuple[UprightSeen, ...]], *, beside_m: dict[int, float], upright_m: float = 5.65
) -> dict[str, tuple[UprightSeen, ...]]:
    """Return what is seen with something punched, faint, so far `beside_m` the upright in the frames of these numbers."""
    names = list(steel_seen)
    odd = dict(steel_seen)
    for number, beside in beside_m.items():
        there = steel(SITE, [TRUE[number]], (upright_m + beside,))[names[number]]
        odd[names[number]] = tuple(replace(u, strength=0.42) for u in there)
    return odd


def moved_right(upright: UprightSeen) -> UprightSeen:
    (x0, y0), (x1, y1) = upright.ends_px
    return replace(upright, pitch=1.6 * upright.pitch, ends_px=((x0 + 900, y0), (x1 + 900, y1)))


def test_holes_at_another_distance_than_usual_are_left_out() -> None:
    odd = {name: (*found, *(moved_right(u) for u in found)) for name, found in STEEL.items()}
    assert correct_poses(SITE, TRUE, FOUND, odd) == correct_poses(SITE, TRUE, FOUND, STEEL)


def test_the_summary_names_the_uprights() -> None:
    words = correct_poses(SITE, noisy(TRUE, 2, 0.15), FOUND, STEEL).sentence()
    assert words.startswith("Positions of 38 photos corrected by 5 uprights of the racks and by labels that several photos show:")


def test_white_noise_is_not_taken_for_errors_that_last_some_metres() -> None:
    wrong = noisy(TRUE, 11, 0.15)
    views = [v for f in wrong if (v := find_face_view(SITE, f)) is not None]
    dense = seen(SITE, TRUE, labels(SITE, 1))
    sightings = {v.frame.frame: sightings_of(v, 0, dense[v.frame.frame]) for v in views}
    group = group_of([p for each in lanes_of(views) for p in pieces_of(each, 160)], sightings, {}, 0.03)
    group.follow()
    model = fit([group.problem()], 0.03, are_heights_told=False)
    assert (model.white_m >= 0.1, model.short_m <= 0.08) == (True, True)
