"""Several frames, one sticker: votes, places, duplicates."""

import pytest

from tests.vision.worlds import demo_site
from vision.fusing import SeenLabel, agreed_data, see_labels
from vision.reads import Read

SITE = demo_site()
BIN = SITE.layout.bins_by_code["A01-03-2-2"]
NEXT = SITE.layout.bins_by_code["A01-03-2-3"]
SSCC, OTHER = "384123453679486490", "384123453679487091"


def read(
    frame: int, along_m: float, *, pallet: str = SSCC, kind: str = "SSCC", symbology: str = "Code128", variant: str = "plain"
) -> Read:
    return Read(
        frame=f"01/{frame:06d}",
        sortie="01",
        symbology=symbology,
        text=f"00{pallet}",
        corners_px=((0, 0), (9, 0), (9, 9), (0, 9)),
        engine="zxing-cpp",
        variant=variant,
        face=BIN.face,
        along_m=along_m,
        height_m=BIN.base_m + 0.6,
        pallet_kind=kind,
        pallet=pallet,
    )


def labels(*reads: Read, sigma_m: float = 0.04) -> list[SeenLabel]:
    return see_labels(SITE.layout, reads, sigma_m)


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
    itf = {"symbology": "ITF", "kind": "LPN"}
    assert labels(read(1, BIN.along_m, **itf)) == []
    assert len(labels(read(1, BIN.along_m, **itf), read(2, BIN.along_m, **itf))) == 1
    assert len(labels(read(1, BIN.along_m, **itf), read(1, BIN.along_m, variant="deskewed", **itf))) == 1


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
