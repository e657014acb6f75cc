"""Uprights of a rack are found by their holes and edges, and what only looks regular is not taken for one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.vision.pose_worlds import FACE, shifted
from tests.vision.worlds import demo_site, frame_before, photograph, texture
from vision.bins.face_view import find_face_view
from vision.bins.parallax import ShrunkView
from vision.bins.upright_search import find_uprights
from vision.reads import UprightSeen
from warehouse.poses import FrameRecord

SITE = demo_site()
STEP_M = 0.004
UPRIGHT_M = 2.85
Painted = NDArray[np.float32]


def steel(along_m: float, *, pitch_m: float = 0.05, width_m: float = 0.10, grey: float = 90.0) -> Painted:
    """Return 8 x 4 m of it, to be cut to the width of the upright: two rows of holes."""
    rows, columns = 1000, 2000
    painted = np.full((rows, columns), grey, dtype=np.float32)
    for z in np.arange(0.0, 4.0, pitch_m):
        for side in (-1, 1):
            x, y = round((along_m + 2.0 + side * 0.0175 * width_m / 0.1) / STEP_M), round(z / STEP_M)
            cv2.ellipse(painted, (x, y), (1, 2), 0, 0, 360, 12.0, -1)
    return painted


def goods(seed: int) -> Painted:
    return np.asarray(texture(seed) * 0.25 + 100, dtype=np.float32)


def cartons() -> Painted:
    """Return fronts of cartons 40 x 22 cm with lines of print on them."""
    painted = np.full((1000, 2000), 170.0, dtype=np.float32)
    for y in range(0, 1000, 55):
        cv2.line(painted, (0, y), (1999, y), 60.0, 2)
        for x in range(0, 2000, 100):
            cv2.line(painted, (x, y), (x, y + 55), 60.0, 2)
            for line in range(3):
                cv2.line(painted, (x + 30, y + 15 + 6 * line), (x + 60, y + 15 + 6 * line), 90.0, 2)
    return painted


def seen_by(believed: FrameRecord, true: FrameRecord, planes: list[tuple[float, tuple[float, float], Painted]]) -> list[float]:
    """Return where along the face the believer of a pose finds uprights in a picture taken from the true one."""
    picture = photograph(SITE.cameras[0], true.pose, SITE.layout.faces[FACE], planes, shrink=8)
    view = find_face_view(SITE, believed)
    assert view is not None
    found: tuple[UprightSeen, ...] = find_uprights(ShrunkView(view, picture, 8), width_m=0.10)
    return [float(view.on_face(np.array(u.ends_px), behind_m=0.0)[:, 0].mean()) for u in found]


FRAME = frame_before(SITE, SITE.layout.faces[FACE], 2.7, 2.1)
GOODS = [(0.05, (-1.0, 2.72), goods(3)), (0.03, (2.96, 12.0), goods(4))]
UPRIGHT = (0.0, (UPRIGHT_M - 0.05, UPRIGHT_M + 0.05), steel(UPRIGHT_M))


def test_an_upright_is_found_to_a_centimetre() -> None:
    assert seen_by(FRAME, FRAME, [*GOODS, UPRIGHT]) == pytest.approx([UPRIGHT_M], abs=0.012)


@pytest.mark.parametrize("out_m", [-0.15, 0.15])
def test_a_wrong_pose_moves_it_and_hides_nothing(out_m: float) -> None:
    believed = shifted(FRAME, along_m=0.3, up_m=0.1, out_m=out_m)
    (along,) = seen_by(believed, FRAME, [*GOODS, UPRIGHT])
    assert along == pytest.approx(UPRIGHT_M + 0.3, abs=0.04)


def test_holes_75_mm_apart_are_found_as_well() -> None:
    wide = (0.0, (UPRIGHT_M - 0.05, UPRIGHT_M + 0.05), steel(UPRIGHT_M, pitch_m=0.075))
    assert seen_by(FRAME, FRAME, [*GOODS, wide]) == pytest.approx([UPRIGHT_M], abs=0.012)


def test_goods_with_print_and_a_gap_between_them_are_no_upright() -> None:
    stacks = [(0.05, (-1.0, 2.8), cartons()), (0.03, (2.9, 12.0), cartons())]
    assert seen_by(FRAME, FRAME, stacks) == []


def test_a_post_at_the_back_of_the_rack_is_no_upright() -> None:
    back = (1.1, (UPRIGHT_M - 0.05, UPRIGHT_M + 0.05), steel(UPRIGHT_M))
    assert seen_by(FRAME, FRAME, [back]) == []
