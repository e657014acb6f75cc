"""A label seen through an empty bin is not the bin's: its place wanders between frames, and it looks too small."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from tests.vision.worlds import demo_site, frame_before
from vision.bins.face_view import FaceView, find_face_view
from vision.bins.fusing import Fused, fuse
from vision.bins.label_depth import SSCC_MODULES
from vision.bins.placing import place
from vision.reads import Read
from warehouse.layout import BinKind, Layout
from warehouse.locations import LocationCode
from warehouse.observations import SURE
from warehouse.site import Site

SITE = demo_site()
BIN = SITE.layout.bins_by_code["A01-03-2-2"]
FACE = SITE.layout.faces[BIN.face]
SSCC = "384123453679486490"
SIGMA_M = 0.045
FRAMES_AT_M = (-0.3, 0.0, 0.3)
REAR = "A01-03-2-9"


def double_deep() -> Site:
    """The demo site with a rear place behind the bin."""
    code = LocationCode(text=REAR, aisle="A01", bay="03", level="2", slot="9")
    rear = dataclasses.replace(BIN, code=code, kind=BinKind.REAR)
    layout: Layout = dataclasses.replace(SITE.layout, bins=(*SITE.layout.bins, rear))
    return dataclasses.replace(SITE, layout=layout)


def photographed(
    site: Site,
    behind_m: float,
    *,
    at_m: Sequence[float] = FRAMES_AT_M,
    bar_mm: float | None = None,
    seed: int | None = None,
    off_m: float = 0.04,
    qr_lpn: str = "",
) -> Fused:
    """Read an SSCC label, or a QR code of a house number, that hangs `behind_m` behind the face from cameras `at_m` beside the bin.

    A seed puts the poses `off_m` off.
    """
    rng = np.random.default_rng(seed)
    views: dict[str, FaceView] = {}
    reads = []
    half = SSCC_MODULES * (bar_mm or site.labels.narrowest_bar_mm) / 2000
    for i, off in enumerate(at_m):
        true = frame_before(site, FACE, BIN.along_m + off, BIN.base_m + 0.6, name=f"01/{i:06d}")
        right = np.cross(-np.asarray(FACE.outward), [0.0, 0.0, 1.0])
        middle = FACE.point_m(BIN.along_m + 0.05, BIN.base_m + 0.6, -behind_m)
        corners = np.array(
            [middle + x * half * right + np.array([0.0, 0.0, z]) for x, z in ((-1, 0.01), (1, 0.01), (1, -0.01), (-1, -0.01))]
        )
        px, _ = site.cameras[0].project(true.pose, corners)
        x, y, z = np.asarray(true.pose.position_m) + (rng.normal(0, off_m, 3) if seed is not None else 0.0)
        view = find_face_view(
            site, dataclasses.replace(true, pose=dataclasses.replace(true.pose, position_m=(float(x), float(y), float(z))))
        )
        assert view is not None
        views[true.frame] = view
        along, height = (float(v) for v in view.on_face(px).mean(axis=0))
        where = place(site.layout, FACE.name, along, height)
        reads.append(
            Read(
                frame=true.frame,
                sortie="01",
                symbology="QRCode" if qr_lpn else "Code128",
                text=qr_lpn or f"00{SSCC}",
                corners_px=tuple((float(u), float(v)) for u, v in px),  # type: ignore[arg-type]  # four
                engine="zxing-cpp",
                variant="plain",
                face=FACE.name,
                along_m=along,
                height_m=height,
                location=where.location if where else "",
                pallet_kind="LPN" if qr_lpn else "SSCC",
                pallet=qr_lpn or SSCC,
            )
        )
    return fuse(site, reads, SIGMA_M, views)


@pytest.mark.parametrize("seed", range(20))
def test_a_label_at_the_front_is_booked_whatever_the_poses_say(seed: int) -> None:
    fused = photographed(SITE, 0.02 + 0.004 * seed, seed=seed)
    (label,) = fused.labels
    assert (label.place.location, label.is_rear) == (BIN.code.text, False)
    assert label.confidence > 0.95


@pytest.mark.parametrize("behind_m", [1.2, 1.5, 2.5])
@pytest.mark.parametrize("seed", range(5))
def test_a_label_seen_through_an_empty_bin_is_not_booked_to_it(behind_m: float, seed: int) -> None:
    fused = photographed(SITE, behind_m, seed=seed)
    assert fused.labels == ()
    (doubt,) = fused.doubts
    assert not doubt.is_at_front
    assert "behind the front, where the layout has no place" in doubt.reason


@pytest.mark.parametrize("behind_m", [0.3, 0.5, 0.65])
@pytest.mark.parametrize("seed", range(3))
def test_a_label_on_goods_that_stand_deep_in_the_bin_is_booked_to_it(behind_m: float, seed: int) -> None:
    (label,) = photographed(SITE, behind_m, seed=seed).labels
    assert (label.place.location, label.is_rear) == (BIN.code.text, False)


@pytest.mark.parametrize("behind_m", [0.3, 0.5, 0.65])
@pytest.mark.parametrize("seed", range(5))
def test_of_goods_deep_in_the_front_place_of_a_double_deep_rack_it_is_known_that_they_stand_there(
    behind_m: float, seed: int
) -> None:
    fused = photographed(double_deep(), behind_m, seed=seed)
    assert [(s.place.location, s.is_rear) for s in fused.labels] in ([(BIN.code.text, False)], [])
    assert all(doubt.is_at_front for doubt in fused.doubts)
    assert len(fused.labels) + len(fused.doubts) == 1


@pytest.mark.parametrize("larger", [1.0, 1.3, 1.5, 1.7, 2.0])
@pytest.mark.parametrize("n_photos", [2, 3, 4])
def test_a_rear_label_larger_than_the_rule_is_never_surely_at_the_empty_front(larger: float, n_photos: int) -> None:
    """GS1 allows bars of 0.495 to 0.94 mm, and suppliers use them all."""
    site = double_deep()
    at_m = [0.3 * (i - (n_photos - 1) / 2) for i in range(n_photos)]
    for seed in range(10):
        bar_mm = larger * site.labels.narrowest_bar_mm
        fused = photographed(site, BIN.depth_m + 0.05, at_m=at_m, bar_mm=bar_mm, seed=seed, off_m=0.025)
        assert [s for s in fused.labels if not s.is_rear and s.confidence >= SURE] == []


@pytest.mark.parametrize("at_m", [(0.0,), (-0.4, 0.4)])
def test_where_nothing_tells_the_depth_a_label_in_a_double_deep_rack_is_unsure(at_m: tuple[float, ...]) -> None:
    """One photo has no parallax, and a code that wanders far from one photo to the other looks like two stickers."""
    for behind_m in (0.05, BIN.depth_m + 0.05):
        for label in photographed(double_deep(), behind_m, at_m=at_m, qr_lpn="P00012345").labels:
            assert label.is_rear or label.confidence < SURE or (behind_m == 0.05 and len(at_m) == 2)
    (label,) = photographed(SITE, 0.05, at_m=(0.0,), qr_lpn="P00012345").labels
    assert label.confidence >= SURE


@pytest.mark.parametrize(("beyond_m", "most"), [(0.05, 4), (0.2, 0)])
def test_a_label_beyond_the_rear_place_is_hardly_ever_surely_in_it(beyond_m: float, most: int) -> None:
    """On the pallet of the rack that stands back to back, seen through two empty places."""
    n_sure, n_rear = 0, 0
    for seed in range(30):
        fused = photographed(double_deep(), 2 * BIN.depth_m + beyond_m, qr_lpn="P00012345", seed=seed, off_m=0.025)
        n_sure += any(s.confidence >= SURE for s in fused.labels)
        fused = photographed(double_deep(), BIN.depth_m + 0.05, qr_lpn="P00012345", seed=seed, off_m=0.025)
        n_rear += any(s.is_rear and s.confidence >= SURE for s in fused.labels)
    assert n_sure <= most
    assert n_rear >= 12


def test_where_a_label_may_hang_deep_in_the_bin_or_behind_it_neither_is_booked_and_something_stands_there() -> None:
    fused = photographed(double_deep(), 0.85, seed=2)
    assert fused.labels == ()
    (doubt,) = fused.doubts
    assert doubt.is_at_front
    assert doubt.reason == f"the label 00{SSCC} hangs deep in the location or behind it, and the photos do not tell which"


def test_a_bin_deeper_than_can_be_measured_has_its_labels_at_the_front() -> None:
    deep = dataclasses.replace(BIN, depth_m=6.0)
    bins = tuple(deep if b is BIN else b for b in SITE.layout.bins)
    site = dataclasses.replace(SITE, layout=dataclasses.replace(SITE.layout, bins=bins))
    (label,) = photographed(site, 0.05).labels
    assert label.place.location == BIN.code.text


def test_its_size_gives_a_far_label_away_in_a_single_frame() -> None:
    assert photographed(SITE, 1.3, at_m=(0.0,)).labels == ()
    assert len(photographed(SITE, 0.05, at_m=(0.0,)).labels) == 1


def test_its_wandering_gives_a_far_label_away_though_it_is_large_enough_to_look_near() -> None:
    assert photographed(SITE, 1.5, at_m=(-0.4, -0.2, 0.0, 0.2, 0.4), bar_mm=1.5, seed=1).labels == ()


@pytest.mark.parametrize("seed", range(5))
def test_a_label_at_the_rear_of_a_double_deep_rack_is_read_in_the_rear_place(seed: int) -> None:
    (label,) = photographed(double_deep(), BIN.depth_m + 0.05, seed=seed).labels
    assert (label.place.location, label.is_rear) == (REAR, True)
    assert label.confidence > 0.9


def test_what_lies_beyond_the_rear_place_is_not_booked_to_it() -> None:
    assert photographed(double_deep(), 2 * BIN.depth_m + 1.0).labels == ()


def test_a_larger_label_at_the_front_is_no_surprise() -> None:
    assert len(photographed(SITE, 0.05, bar_mm=1.4, seed=3).labels) == 1
