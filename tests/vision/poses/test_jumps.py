"""Photos whose recorded place jumped by a slot accuse nobody."""

from dataclasses import replace

import pytest

from tests.vision.pose_worlds import UPRIGHTS_M, booking, hung, labels, lane, noisy, seen, shifted, surely_wrong, tag, tagged_site
from vision.bins.face_view import find_face_view
from vision.poses.correction import PoseCorrection, correct_poses
from vision.poses.jumps import JUMPED_SIGMA_M, jumped
from warehouse.site import Site
from warehouse.tags import LocationTag

TAGS = [tag(i, along) for i, along in enumerate(UPRIGHTS_M)]


def flown(site: Site, bad: set[int], by_m: float, *, seed: int, noise_m: float = 0.015) -> tuple[PoseCorrection, list[str]]:
    """Return the correction of a lane in which photos `bad` were recorded `by_m` off, and the pallets surely in a wrong bin."""
    site = booking(site)
    true = lane(site)
    stickers = labels(site, seed)
    found = seen(site, true, [*stickers, *hung(*site.tags)])
    recorded = [shifted(r, along_m=by_m) if i in bad else r for i, r in enumerate(noisy(true, seed, noise_m))]
    correction = correct_poses(site, recorded, found, None)
    return correction, surely_wrong(site, correction, found, stickers)


@pytest.mark.parametrize("tags", [[], TAGS], ids=["no tags", "tags"])
@pytest.mark.parametrize("bad", [{14}, {14, 15}, {14, 15, 16}], ids=len)
@pytest.mark.parametrize("by_m", [0.93, -1.86, 2.8])
def test_photos_that_jumped_book_no_label_surely_in_a_wrong_bin(tags: list[LocationTag], bad: set[int], by_m: float) -> None:
    correction, wrong = flown(tagged_site(*tags), bad, by_m, seed=len(bad))
    assert wrong == []
    assert all(correction.frames[i].position_sigma_m >= JUMPED_SIGMA_M for i in bad)
    assert sum(f.position_sigma_m >= JUMPED_SIGMA_M for f in correction.frames) == len(bad)


def test_the_jump_is_told() -> None:
    said = flown(tagged_site(), {14, 15}, 0.93, seed=1)[0].warnings()
    assert said == [
        "2 photos of flight 01 show labels more than 0.55 m from where photos beside show them: the recorded position jumped, and"
        " nothing that is read there is booked."
    ]


def test_where_a_half_of_the_lane_jumped_neither_half_is_believed() -> None:
    correction, wrong = flown(tagged_site(), set(range(14, len(lane(tagged_site())))), 0.93, seed=1)
    assert wrong == []
    assert all(f.position_sigma_m >= JUMPED_SIGMA_M for f in correction.frames)


@pytest.mark.parametrize("noise_m", [0.015, 0.05, 0.15])
def test_noise_is_no_jump(noise_m: float) -> None:
    for seed in range(2):
        correction, _ = flown(tagged_site(), set(), 0.0, seed=seed, noise_m=noise_m)
        assert not [warning for warning in correction.warnings() if "jumped" in warning]


@pytest.mark.parametrize(("sigma_m", "n_jumped"), [(0.03, 1), (0.1, 1), (0.15, 0)])
def test_a_photo_whose_place_is_known_to_be_unsure_has_not_jumped(sigma_m: float, n_jumped: int) -> None:
    site = booking(tagged_site())
    true = [replace(f, position_sigma_m=sigma_m) for f in lane(site)]
    found = seen(site, true, labels(site, 1))
    recorded = [shifted(f, along_m=0.7 if i == 14 else 0.0) for i, f in enumerate(true)]
    views = [v for f in recorded if (v := find_face_view(site, f)) is not None]
    assert len(jumped(site, views, found)) == n_jumped


def test_noise_beside_half_a_slot_of_drift_is_no_jump() -> None:
    site = booking(tagged_site())
    true = lane(site)
    found = seen(site, true, [*labels(site, 1, every=2), *hung(*site.tags)])
    # Of 60 seeds, those whose noise puts one photo more than half a metre from what it shares with the next.
    for seed in (20, 32, 44, 45):
        warnings = correct_poses(site, noisy(true, seed, 0.15, drift_m=0.6), found, None).warnings()
        assert not [w for w in warnings if "jumped" in w]
