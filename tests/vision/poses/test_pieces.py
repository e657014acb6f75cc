"""Long lanes are cut so that no frame is lost, told twice, or judged without what lies to both sides of it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.vision.pose_worlds import hung, labels, lane, noisy, off_m, seen, tagged_site
from vision.bins.face_view import FaceView, find_face_view
from vision.poses.correction import MAX_GROUP, correct_poses
from vision.poses.pieces import pieces_of

SITE = tagged_site()


def views_of(step_m: float) -> list[FaceView]:
    return [v for f in lane(SITE, step_m=step_m) if (v := find_face_view(SITE, f)) is not None]


SPARSE, DENSE = views_of(0.3), views_of(0.05)


@settings(max_examples=40)
@given(st.integers(8, 60), st.integers(1, len(DENSE)), st.sampled_from([SPARSE, DENSE]))
def test_each_frame_is_told_by_one_piece_that_holds_it_and_is_small_enough(most: int, n: int, views: list[FaceView]) -> None:
    pieces = pieces_of(views[:n], most)
    told = [name for piece in pieces for name in piece.told]
    assert sorted(told) == [v.frame.frame for v in views[:n]]
    for piece in pieces:
        names = [v.frame.frame for v in piece.views]
        assert len(names) <= most
        assert piece.told <= set(names)
        assert names == sorted(names)


@settings(max_examples=20)
@given(st.integers(8, 30))
def test_a_told_frame_is_far_from_where_its_lane_was_cut(most: int) -> None:
    pieces = pieces_of(SPARSE, most)
    for piece in pieces:
        names = [v.frame.frame for v in piece.views]
        at = [i for i, name in enumerate(names) if name in piece.told]
        assert min(at) >= most // 4 or names[0] == SPARSE[0].frame.frame
        assert max(at) < len(names) - most // 4 + 1 or names[-1] == SPARSE[-1].frame.frame


def test_pieces_of_a_dense_lane_reach_from_end_to_end() -> None:
    for piece in pieces_of(DENSE, 60):
        assert piece.views[-1].along_m - piece.views[0].along_m > 0.9 * (DENSE[-1].along_m - DENSE[0].along_m)


def test_drift_is_taken_out_of_a_lane_too_long_for_one_piece() -> None:
    true = lane(SITE, step_m=0.05)
    assert len(true) > MAX_GROUP
    wrong = noisy(true, 7, 0.1, drift_m=0.5)
    corrected = correct_poses(SITE, wrong, seen(SITE, true, [*labels(SITE, 1), *hung(*SITE.tags)])).frames
    errors = np.abs([off_m(SITE, a, b) for a, b in zip(true, corrected, strict=True)])
    sigmas = np.array([f.position_sigma_m for f in corrected])
    assert np.median(errors[:, 0]) < 0.02
    assert (errors.max(axis=1) <= 4 * np.hypot(sigmas, 0.01)).all()
