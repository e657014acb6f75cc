"""Several frames, one sticker: votes, places, duplicates."""

from dataclasses import replace
from typing import Any

import pytest

from tests.vision.worlds import demo_site, frame_before
from vision.bins.bin_files import BinFile, file_reads, file_strays
from vision.bins.fusing import SeenLabel, fuse
from vision.bins.observing import observe
from vision.bins.stickers import agreed_data
from vision.reads import Read
from warehouse.poses import FrameRecord

SITE = demo_site()
BIN = SITE.layout.bins_by_code["A01-03-2-2"]
NEXT = SITE.layout.bins_by_code["A01-03-2-3"]
LOST = frame_before(SITE, SITE.layout.faces[BIN.face], BIN.along_m, BIN.base_m + 0.6, name="01/000009")
SSCC, OTHER = "384123453679486490", "384123453679487091"


def read(
    frame: int,
    along_m: float,
    *,
    pallet: str = SSCC,
    kind: str = "SSCC",
    symbology: str = "Code128",
    variant: str = "plain",
    above_m: float = 0.6,
    text: str = "",
) -> Read:
    return Read(
        frame=f"01/{frame:06d}",
        sortie="01",
        symbology=symbology,
        text=text or f"00{pallet}",
        corners_px=((0, 0), (9, 0), (9, 9), (0, 9)),
        engine="zxing-cpp",
        variant=variant,
        face=BIN.face,
        along_m=along_m,
        height_m=BIN.base_m + above_m,
        location=BIN.code.text,
        pallet_kind=kind if pallet else "",
        pallet=pallet,
    )


def labels(*reads: Read, sigma_m: float = 0.04) -> list[SeenLabel]:
    return list(fuse(SITE, reads, sigma_m, {}).labels)


def test_reads_of_one_sticker_are_one_label_at_their_median_and_the_order_does_not_matter() -> None:
    reads = [read(1, BIN.along_m + 0.01), read(2, BIN.along_m + 0.05), read(3, BIN.along_m + 0.30)]
    (label,) = labels(*reads)
    assert (label.place.location, label.n_frames) == (BIN.code.text, 3)
    assert label.along_m == pytest.approx(BIN.along_m + 0.05)
    (again,) = labels(*reversed(reads))
    assert (again.along_m, again.confidence) == (label.along_m, label.confidence)


def test_one_identity_at_two_places_is_two_labels() -> None:
    found = labels(read(1, BIN.along_m), read(2, BIN.along_m), read(5, NEXT.along_m))
    assert sorted((s.place.location, s.n_frames) for s in found) == [(BIN.code.text, 2), (NEXT.code.text, 1)]


def test_two_pallets_in_one_bin_are_both_seen() -> None:
    found = labels(read(1, BIN.along_m - 0.2), read(1, BIN.along_m + 0.2, pallet=OTHER))
    assert [(s.place.location, str(s.pallet)) for s in found] == [(BIN.code.text, SSCC), (BIN.code.text, OTHER)]


def test_a_thin_margin_and_a_single_frame_lower_the_confidence() -> None:
    (sure,) = labels(read(1, BIN.along_m), read(2, BIN.along_m))
    (once,) = labels(read(1, BIN.along_m))
    (thin,) = labels(read(1, BIN.along_m + 0.44), read(2, BIN.along_m + 0.44))
    assert sure.confidence > 0.999
    assert 0.99 < once.confidence < sure.confidence
    assert thin.confidence < 0.7
    assert thin.place.runner_up == NEXT.code.text


def test_an_unchecked_identity_is_less_sure_than_an_sscc() -> None:
    (lpn,) = labels(read(1, BIN.along_m, kind="LPN"))
    (sscc,) = labels(read(1, BIN.along_m))
    assert lpn.confidence < sscc.confidence


def test_a_symbology_without_a_sound_check_needs_two_frames_or_two_ways() -> None:
    itf: dict[str, Any] = {"symbology": "ITF", "kind": "LPN"}
    assert labels(read(1, BIN.along_m, **itf)) == []
    assert len(labels(read(1, BIN.along_m, **itf), read(2, BIN.along_m, **itf))) == 1
    assert len(labels(read(1, BIN.along_m, **itf), read(1, BIN.along_m, variant="deskewed", **itf))) == 1


def test_two_texts_at_one_place_are_a_conflict_and_only_a_clear_majority_is_booked() -> None:
    at = BIN.along_m
    one_each = fuse(SITE, [read(1, at), read(2, at + 0.02, pallet=OTHER)], 0.04, {})
    assert one_each.labels == ()
    assert {d.text for d in one_each.doubts} == {f"00{SSCC}", f"00{OTHER}"}
    assert f"what one label says, 00{SSCC} or 00{OTHER}" in one_each.doubts[0].reason

    three_to_two = [*(read(n, at) for n in (1, 2, 3)), *(read(n, at, pallet=OTHER) for n in (4, 5))]
    assert labels(*three_to_two) == []

    (won,) = labels(read(1, at), read(2, at), read(3, at + 0.02, pallet=OTHER))
    assert won.pallet.value == SSCC
    assert won.confidence == pytest.approx(2 / 3, abs=0.01)


def test_a_read_that_failed_its_check_is_outvoted_by_as_many_sound_ones_and_outvotes_fewer() -> None:
    failed: dict[str, Any] = {"pallet": "", "text": f"00{SSCC[:-1]}9"}
    (won,) = labels(read(1, BIN.along_m), read(2, BIN.along_m, **failed))
    assert won.pallet.value == SSCC
    assert labels(read(1, BIN.along_m), read(2, BIN.along_m, **failed), read(3, BIN.along_m, **failed)) == []


def test_symbols_that_one_frame_shows_side_by_side_contradict_nothing() -> None:
    """An SSCC and a supplier's code of the same length, 6 cm above it; and the labels of two stacked pallets."""
    beside = read(1, BIN.along_m, pallet="", text="12345678901234567890", above_m=0.66)
    assert len(labels(read(1, BIN.along_m), beside, read(2, BIN.along_m, pallet="", text=beside.text, above_m=0.66))) == 1
    stacked = [read(1, BIN.along_m, above_m=0.4), read(1, BIN.along_m, pallet=OTHER, above_m=0.5)]
    assert {str(s.pallet) for s in labels(*stacked)} == {SSCC, OTHER}


def test_stacked_pallets_in_one_bin_are_both_booked_though_no_frame_shows_both() -> None:
    found = labels(read(1, BIN.along_m, above_m=0.3), read(2, BIN.along_m, pallet=OTHER, above_m=0.9))
    assert [(s.place.location, str(s.pallet)) for s in found] == [(BIN.code.text, SSCC), (BIN.code.text, OTHER)]


def test_one_pallet_labelled_on_two_sides_is_one_pallet() -> None:
    (label,) = labels(read(1, BIN.along_m - 0.42), read(2, BIN.along_m), read(3, BIN.along_m), read(1, BIN.along_m + 0.4))
    assert (label.n_frames, label.place.location) == (3, BIN.code.text)
    assert label.along_m == pytest.approx(BIN.along_m)


def test_a_label_that_overhangs_beyond_the_upright_is_placed_with_little_confidence() -> None:
    bay = SITE.layout.bins_by_code["A01-05-2-1"]
    end = SITE.layout.bins_by_code["A01-03-2-3"]
    middle = (end.along_m + end.width_m / 2 + bay.along_m - bay.width_m / 2) / 2
    for off_m in (-0.03, 0.03):
        (label,) = labels(read(1, middle + off_m), read(2, middle + off_m))
        assert label.confidence < 0.8
        assert {label.place.location, label.place.runner_up} == {end.code.text, bay.code.text}
        assert label.place.room_m == pytest.approx(0.03)


def test_a_house_identity_without_any_check_is_sure_only_after_two_frames() -> None:
    house: dict[str, Any] = {"symbology": "Code39", "kind": "LPN", "pallet": "P-004711"}
    (once,) = labels(read(1, BIN.along_m, **house))
    (twice,) = labels(read(1, BIN.along_m, **house), read(2, BIN.along_m, **house))
    assert once.confidence == pytest.approx(0.8)
    assert twice.confidence == pytest.approx(0.96)


def test_label_data_goes_by_frames_and_a_tie_says_nothing() -> None:
    def content(frame: int, batch: str) -> Read:
        base = read(frame, BIN.along_m)
        return Read(
            frame=base.frame,
            sortie="01",
            symbology="Code128",
            text=batch,
            corners_px=base.corners_px,
            engine="zxing-cpp",
            variant="plain",
            label_data=(("10", batch), ("37", "12")),
        )

    assert agreed_data([content(1, "A"), content(2, "A"), content(3, "B")]) == (("10", "A"), ("37", "12"))
    assert agreed_data([content(1, "A"), content(2, "B")]) == (("37", "12"),)


def test_stacks_of_photos_count_as_one_photo_however_many_agree() -> None:
    stacked = [read(i, BIN.along_m, variant=f"stack-of-{i + 2}") for i in (1, 2)]
    (alone,) = labels(*stacked)
    assert alone.n_frames == 1
    (beside,) = labels(*stacked, read(3, BIN.along_m))
    assert beside.n_frames == 2


def test_the_content_of_the_next_pallets_label_is_not_this_pallets_though_one_photo_shows_it_in_this_place() -> None:
    here, there = BIN.along_m - 0.1, NEXT.along_m - NEXT.width_m / 2 + 0.12
    own = [read(n, here) for n in (1, 2, 3)]
    nexts = [replace(read(n, there, pallet=OTHER), location=NEXT.code.text) for n in (3, 4, 5)]

    def content(n: int, along_m: float, gtin: str, location: str) -> Read:
        plain = read(n, along_m, pallet="", text=f"02{gtin}3740", above_m=0.5)
        return replace(plain, location=location, label_data=(("02", gtin), ("37", "40")))

    theirs = [content(4, there, "18412345678902", NEXT.code.text), content(6, there - 0.16, "18412345678902", BIN.code.text)]
    files = {b.code.text: BinFile(bin=b) for b in SITE.layout.bins}

    def said(*more: Read) -> tuple[tuple[tuple[str, str], ...], ...]:
        reads = [*own, *nexts, *theirs, *more]
        file_reads(SITE, files, reads, fuse(SITE, reads, 0.05, {}), {})
        return tuple(observe(SITE, files[b.code.text], {}).label_data for b in (BIN, NEXT))

    assert said() == ((), (("02", "18412345678902"), ("37", "40")))
    mine = content(2, here + 0.02, "18412345007351", BIN.code.text)
    assert said(mine) == ((("02", "18412345007351"), ("37", "40")), (("02", "18412345678902"), ("37", "40")))


def test_a_thin_margin_is_told_with_the_place_that_it_is_thin_to() -> None:
    edge = BIN.along_m + BIN.width_m / 2
    reads = [read(n, BIN.along_m - 0.2) for n in (1, 2)] + [read(n, edge - 0.02, pallet=OTHER) for n in (1, 2)]
    files = {b.code.text: BinFile(bin=b) for b in SITE.layout.bins}
    file_reads(SITE, files, reads, fuse(SITE, reads, 0.05, {}), {})
    assert f"m nearer than {NEXT.code.text}" in observe(SITE, files[BIN.code.text], {}).reason


def data(n: int, along_m: float, location: str, *, above_m: float = 0.5) -> Read:
    plain = read(n, along_m, pallet="", text="02184123456789023740", above_m=above_m)
    return replace(plain, location=location, label_data=(("02", "18412345678902"), ("37", "40")))


@pytest.mark.parametrize("above_m", [0.6, 0.72])
@pytest.mark.parametrize("reads_beside", [(), (4, 5)], ids=["unread", "read in other photos"])
def test_the_content_beside_a_neighbours_label_that_did_not_read_in_that_photo_is_not_this_pallets(
    above_m: float, reads_beside: tuple[int, ...]
) -> None:
    """Both labels hang as near to the border as labels do."""
    border, half = NEXT.along_m - NEXT.width_m / 2, SITE.labels.width_mm / 2000
    own = [read(n, border - 0.05 - half) for n in (1, 2, 3)]
    nexts = [replace(read(n, border + 0.05 + half, pallet=OTHER), location=NEXT.code.text) for n in reads_beside]
    theirs = [data(n, border + 0.05 + half, NEXT.code.text, above_m=above_m) for n in (1, 2, 3)]
    files = {b.code.text: BinFile(bin=b) for b in SITE.layout.bins}
    reads = [*own, *nexts, *theirs]
    file_reads(SITE, files, reads, fuse(SITE, reads, 0.05, {}), {})
    assert observe(SITE, files[BIN.code.text], {}).label_data == ()


def test_content_on_this_sticker_is_this_pallets_though_the_photo_puts_it_in_the_next_place() -> None:
    at = NEXT.along_m - NEXT.width_m / 2 - 0.06
    reads = [*(read(n, at) for n in (1, 2, 3)), data(2, at + 0.08, NEXT.code.text)]
    files = {b.code.text: BinFile(bin=b) for b in SITE.layout.bins}
    file_reads(SITE, files, reads, fuse(SITE, reads, 0.05, {}), {})
    assert dict(observe(SITE, files[BIN.code.text], {}).label_data)["37"] == "40"


def strays(reads: list[Read], frames: list[FrameRecord]) -> dict[str, tuple[str, ...]]:
    """Return the texts that are known of, by location, where some are."""
    files = {b.code.text: BinFile(bin=b) for b in SITE.layout.bins}
    fused = fuse(SITE, reads, 0.04, {})
    file_reads(SITE, files, reads, fused, {})
    file_strays(SITE, files, reads, fused, {f.frame: f for f in frames})
    return {code: observe(SITE, file, {}).unbooked_texts for code, file in files.items() if file.reads}


def test_a_pallet_read_where_no_location_is_is_known_to_the_nearest() -> None:
    top = max((b for b in SITE.layout.bins if b.face == BIN.face), key=lambda b: (b.base_m + b.height_m, b.code.text))
    too_high = [replace(read(n, top.along_m), height_m=top.base_m + top.height_m + 0.35, location="") for n in (1, 2, 3)]
    assert strays(too_high, [replace(LOST, frame=r.frame) for r in too_high]) == {top.code.text: (f"00{SSCC}",)}


@pytest.mark.parametrize("turned_deg", [0.0, 90.0])
def test_a_pallet_read_only_in_photos_without_a_trusted_place_is_known_to_a_location_and_booked_to_none(turned_deg: float) -> None:
    frame = replace(LOST, pose=replace(LOST.pose, heading_deg=LOST.pose.heading_deg + turned_deg))
    placeless = replace(read(9, 0.0), face="", along_m=None, height_m=None, location="")
    (texts,) = strays([placeless], [frame]).values()
    assert texts == (f"00{SSCC}",)
    booked = [read(n, BIN.along_m) for n in (1, 2)]
    assert list(strays([placeless, *booked], [frame])) == [BIN.code.text]
