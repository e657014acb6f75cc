"""Bars that no frame reads alone, read from several frames."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.stacking import REACH_M, RULES, Condition, frames_of, see
from benchmarks.stress import Picture, Stress, sticker
from tests.vision.barcodes import SSCC, SSCC_TEXT
from vision.codes.decode import decode
from vision.codes.line_registration import bent, evened, not_bent, register
from vision.codes.localise import BarRegion
from vision.codes.stacking import BarsSeen, read_stacked, straighten

OTHERS = ("384123453679486568", "284123459012345670")
GLARE = Condition(name="glare", stress=Stress(px_per_module=2.0, noise=4.0), bar_glare=0.2)


def glared(numbers: tuple[str, ...], n_frames: int, seed: int = 5) -> list[Picture]:
    """Return pictures that show the labels by turns, each with a blob of glare over the bars elsewhere."""
    labels = [sticker("Code128", f"[00]{number}") for number in numbers]
    return frames_of(GLARE, labels, np.random.default_rng(seed), n_frames)


def bars(pictures: list[Picture]) -> list[BarsSeen]:
    rng = np.random.default_rng(1)
    return [s for i, picture in enumerate(pictures) for s in see(f"01/{i:06d}", picture, GLARE.stress.px_per_module, rng)]


def test_a_label_with_glare_elsewhere_in_each_of_three_frames_reads_only_in_their_stack() -> None:
    pictures = glared((SSCC,), 3)
    assert [decode(picture, symbologies=("Code128",)) for picture in pictures] == [(), (), ()]
    found = read_stacked(bars(pictures), RULES, reach_m=REACH_M)
    assert {(d.text, d.variant) for _, d in found} == {(SSCC_TEXT, "stack-of-3")}


def test_corners_of_a_stack_enclose_the_bars_in_the_frame_they_are_given_for() -> None:
    pictures = glared((SSCC,), 3)
    for name, d in read_stacked(bars(pictures), RULES, reach_m=REACH_M):
        height, width = pictures[int(name[-1])].shape
        xs, ys = (sorted(c) for c in zip(*d.corners_px, strict=True))
        assert 0 < xs[0] < xs[-1] < width
        assert 0 < ys[0] < ys[-1] < height
        assert np.mean(xs) == pytest.approx((width - 1) / 2, abs=0.06 * width)
        assert np.mean(ys) == pytest.approx((height - 1) / 2, abs=0.1 * height)
        assert xs[-1] - xs[0] == pytest.approx(width / 1.6, rel=0.15)


def test_a_stack_that_reads_without_any_one_of_its_frames_stands_for_two_and_two_frames_with_glare_prove_nothing() -> None:
    spare = read_stacked(bars(glared((SSCC,), 4)), RULES, reach_m=REACH_M)
    assert [d.text for _, d in spare] == [SSCC_TEXT] * 2
    assert len({frame for frame, _ in spare}) == 2
    assert read_stacked(bars(glared((SSCC,), 2)), RULES, reach_m=REACH_M) == []


@pytest.mark.parametrize("numbers", [(SSCC, OTHERS[0]), (SSCC, OTHERS[1]), (SSCC, *OTHERS)])
def test_frames_of_different_labels_give_nothing(numbers: tuple[str, ...]) -> None:
    assert read_stacked(bars(glared(numbers, len(numbers))), RULES, reach_m=REACH_M) == []


def test_noise_alone_gives_nothing() -> None:
    rng = np.random.default_rng(2)
    region = BarRegion(centre_px=(200.0, 100.0), length_px=300.0, height_px=90.0, angle_deg=0.0, strength=1.0)
    seen = [
        straighten(
            f"01/{i:06d}",
            rng.integers(0, 256, (200, 400), dtype=np.uint8),
            region,
            px_per_mm=3.3,
            place_m=(0.0, 0.5),
            rules=RULES,
            corner_px=(0, 0),
        )
        for i in range(4)
    ]
    assert read_stacked(seen, RULES, reach_m=REACH_M) == []


def test_bars_at_different_places_are_not_stacked() -> None:
    rng = np.random.default_rng(1)
    seen = [s for i, p in enumerate(glared((SSCC,), 3)) for s in see(f"01/{i:06d}", p, 2.0, rng, shift_m=0.3 * i)]
    assert read_stacked(seen, RULES, reach_m=REACH_M) == []


@pytest.mark.parametrize(("shift", "stretch", "bow"), [(0.0, 0.0, 0.0), (140.3, 0.031, 0.0), (-77.6, -0.052, 9.0)])
def test_lines_are_laid_onto_each_other_to_a_part_of_a_sample(shift: float, stretch: float, bow: float) -> None:
    rng = np.random.default_rng(3)
    n = 2400
    line = np.full((1, n), 200.0, dtype=np.float32)
    for at in 600 + 6 * np.cumsum(rng.integers(2, 6, 40)):
        line[0, at : at + 6 * int(rng.integers(1, 3))] = 30
    bend = not_bent(n) * np.array([1.0, 1.0 + stretch, 0.0]) + np.array([shift, 0.0, bow])
    found = register(evened(bent(line, bend)[0]), evened(line[0]))
    assert found is not None
    shown = np.linspace(-0.5, 0.2, 50)
    wrong_by = [float((found.bend - bend) @ (1.0, t, t * t)) for t in shown]
    assert np.abs(wrong_by).max() < 1.0
