"""Photos in the report: embedded once, small where nobody needs them large, and missed by name where they are not there."""

from __future__ import annotations

import base64

from inventory.report.pages import write_report
from inventory.report.pictures import PictureBook
from tests.inventory.parsed_page import Page, change
from tests.inventory.reported_run import MISSING, MOVED_FROM, MOVED_TO, SWAPPED, TORN
from warehouse.observations import EvidencePicture
from warehouse.run_folder import RunFolder
from warehouse.site import Site


def test_each_picture_is_embedded_once_and_reduced_where_no_finding_needs_it(page: Page, made: tuple[RunFolder, Site]) -> None:
    uris = page.json("pictures")["uris"]
    assert len(set(uris.values())) == len(uris) == 93 + 80
    finding = base64.b64decode(uris[f"evidence/{MISSING}.jpg"].split(",")[1])
    assert finding == (made[0].root / f"evidence/{MISSING}.jpg").read_bytes()
    settled = base64.b64decode(uris["evidence/A01-01-2-1.jpg"].split(",")[1])
    assert len(settled) < (made[0].root / "evidence/A01-01-2-1.jpg").stat().st_size
    assert len(page.source) < 8_000_000


def test_a_picture_that_is_gone_or_no_picture_is_said_and_the_others_stay(copied_in_full: tuple[RunFolder, Site]) -> None:
    run, site = copied_in_full
    (run.root / f"evidence/{MISSING}.jpg").unlink()
    (run.root / f"evidence/{TORN}.jpg").write_bytes(b"no picture")
    cut = run.root / f"evidence/{MOVED_TO}.jpg"
    cut.write_bytes(cut.read_bytes()[:40])
    change(run.reconciliation.locations_path, **{MOVED_FROM: {"evidence": "../../outside.jpg"}})
    (run.root.parent.parent / "outside.jpg").write_bytes((run.root / f"evidence/{SWAPPED[0]}.jpg").read_bytes())
    pictures = Page(write_report(run, site)).json("pictures")
    assert pictures["problems"] == {
        f"evidence/{MISSING}.jpg": "missing",
        f"evidence/{TORN}.jpg": "unusable",
        f"evidence/{MOVED_TO}.jpg": "unusable",
        "../../outside.jpg": "missing",
    }
    assert f"evidence/{SWAPPED[0]}.jpg" in pictures["uris"]


def test_pictures_of_findings_share_the_room_rather_than_being_left_out(made: tuple[RunFolder, Site]) -> None:
    first, second = f"evidence/{MISSING}.jpg", f"evidence/{TORN}.jpg"
    book = PictureBook(made[0], budget=(made[0].root / first).stat().st_size)
    book.add([first, second, first], in_full=True)
    assert {path: uri.split(";")[0] for path, uri in book.uris.items()} == dict.fromkeys((first, second), "data:image/webp")
    assert book.problems == {}
    assert book.budget >= 0


def test_pictures_beyond_the_budget_are_left_out_with_their_name(made: tuple[RunFolder, Site]) -> None:
    first, second = f"evidence/{MISSING}.jpg", f"evidence/{TORN}.jpg"
    book = PictureBook(made[0], budget=0)
    book.add([first], in_full=True)
    book.add([second], in_full=False)
    assert book.uris == {}
    assert book.problems == {first: "left_out", second: "left_out"}


def test_a_picture_says_when_and_where_its_photo_was_taken(copied_in_full: tuple[RunFolder, Site]) -> None:
    run, site = copied_in_full
    picture = f"evidence/{MISSING}.jpg"
    run.write_lines(run.evidence_index_path, [EvidencePicture(file=picture, frame="01/000027")])
    photos = Page(write_report(run, site)).json("pictures")["photos"]
    expected = {"frame": "01/000027", "at": "2026-11-05T21:10:00Z", "aisle": "A01", "along_m": 9.6, "height_m": 2.1}
    assert photos == {picture: expected}
