from __future__ import annotations

from pathlib import Path

import pytest

from inventory.findings import Cause, Verdict
from inventory.reconcile import reconcile_scans
from inventory.scans import ScanFile, read_scans
from tests.inventory.worlds import SCAN_HEADER, pallet, reconciled, sscc
from warehouse.errors import BadInputError
from warehouse.observations import ObservationStatus

P, Q = sscc(1), sscc(2)
COLUMNS = "location,status,text,symbology,frame,seen_at"
HANDHELDS = "; location may be called bin, ubicación, Lagerplatz, emplacement, and text barcode, código, Strichcode, code-barres"


def scans(folder: Path, text: str, *, booked: tuple[str, ...] = ()) -> ScanFile:
    (folder / "scans.csv").write_text(text, encoding="utf-8")
    return read_scans(folder / "scans.csv", booked={t: pallet(t) for t in booked})


def test_columns_stand_in_any_order_and_further_ones_are_ignored(tmp_path: Path) -> None:
    found = scans(tmp_path, f"seen_at;Operator;TEXT;status;location\n2026-11-23T08:00:00+01:00;Ann;{P};read;A-1\n;Ann;;empty;A-2\n")
    first, second = found.observations
    assert (first.location, first.status, first.seen_at) == ("A-1", ObservationStatus.READ, "2026-11-23T07:00:00Z")
    assert [p.pallet for p in first.pallets] == [pallet(P)]
    assert (second.status, second.pallets) == (ObservationStatus.EMPTY, ())


def test_the_list_of_a_handheld_is_taken_as_it_prints_it_by_rows_and_in_columns(tmp_path: Path) -> None:
    found = scans(tmp_path, f"Lagerplatz;Strichcode;Zeit\nA-1;00{P};23.11.2026 08:00\nA-2;{Q};23.11.2026 08:01:30\nA-3;;\n")
    assert [(o.location, [p.pallet for p in o.pallets], o.seen_at) for o in found.observations[:2]] == [
        ("A-1", [pallet(P)], "2026-11-23T08:00:00Z"),
        ("A-2", [pallet(Q)], "2026-11-23T08:01:30Z"),
    ]
    said = "empty; a row with status read needs the text of the barcode; a column status could say that the place is empty"
    assert [str(f) for f in found.faults] == [f"scans.csv, row 4, column text: {said}"]
    (tmp_path / "erp.csv").write_text(f"location,pallet\nA-1,{P}\nA-2,{P}\nA-4,\n", encoding="utf-8")
    files = []
    for n, whole_up_to in enumerate((100, 0)):
        reconcile_scans(tmp_path / "scans.csv", tmp_path / "erp.csv", tmp_path / str(n), whole_up_to=whole_up_to)
        files.append([(tmp_path / str(n) / f"{name}.csv").read_bytes() for name in ("locations", "discrepancies", "erp_lines")])
    assert files[0] == files[1]


def test_a_file_of_our_own_columns_keeps_its_further_columns_whatever_they_are_called(tmp_path: Path) -> None:
    found = scans(tmp_path, f"location,status,text,time,barcode,pallet\nA-1,read,{P},712 ms,{Q},{Q}\n")
    assert [(o.seen_at, [p.pallet for p in o.pallets]) for o in found.observations] == [("", [pallet(P)])]


def test_reads_of_one_text_in_several_frames_are_counted_once_a_frame(tmp_path: Path) -> None:
    rows = "".join(f"A-1,read,LPN-1,Code128,{frame},\n" for frame in ("f1", "f2", "f2", "f3"))
    (observation,) = scans(tmp_path, SCAN_HEADER + rows).observations
    assert observation.pallets[0].n_frames == 3


def test_without_frames_looks_of_different_times_count(tmp_path: Path) -> None:
    rows = "".join(
        f"A-1,read,LPN-1,Code128,,{t}\n" for t in ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00Z", "2026-11-23T08:05:00Z")
    )
    (observation,) = scans(tmp_path, SCAN_HEADER + rows).observations
    assert observation.pallets[0].n_frames == 2


def test_a_frame_that_two_locations_claim_speaks_for_neither(tmp_path: Path) -> None:
    found = reconciled(tmp_path, f"location,pallet\nA-1,{P}\n", f"A-1,read,{P},Code128,f1,\nC-5,read,{P},Code128,f1,\n")
    assert [f.verdict for f in found.findings] == [Verdict.LOW_CONFIDENCE]
    apart = reconciled(tmp_path, f"location,pallet\nA-1,{P}\n", f"A-1,read,{P},Code128,f1,\nC-5,read,{P},Code128,f2,\n")
    assert [f.verdict for f in apart.findings] == [Verdict.DUPLICATE]


@pytest.mark.parametrize("text", [P, "00" + P, f"(00){P}", f"]C100{P}", f"\x1d00{P}", f"00{P}\x1d10LOT7"])
def test_every_spelling_of_an_sscc_is_the_same_pallet(tmp_path: Path, text: str) -> None:
    found = reconciled(tmp_path, f"location,pallet\nA-1,{P}\n", f"A-1,read,{text},Code128,f1,\n")
    assert [r.verdict for r in found.lines] == [Verdict.MATCH]
    assert [r.verdict for r in found.pallets] == [Verdict.MATCH]


@pytest.mark.parametrize(
    ("text", "symbology"),
    [
        ("0208412345000014" + "3748" + "\x1d10LOT7", "Code128"),
        ("(02)08412345000014(37)48", "Code128"),
        ("8412345000010", "EAN13"),
        ("A-1", "QRCode"),
    ],
    ids=["content label", "content label in brackets", "retail code", "label of the place"],
)
def test_a_barcode_that_names_no_pallet_accuses_nobody(tmp_path: Path, text: str, symbology: str) -> None:
    found = reconciled(tmp_path, f"location,pallet\nA-1,{P}\n", f"A-1,read,{P},Code128,f1,\nA-1,read,{text},{symbology},f1,\n")
    assert [r.verdict for r in found.lines] == [Verdict.MATCH]
    assert found.findings == ()


def test_the_data_of_a_content_label_is_held_against_the_line(tmp_path: Path) -> None:
    erp = f"location,pallet,batch\nA-1,{P},LOT8\n"
    found = reconciled(tmp_path, erp, f"A-1,read,{P},Code128,f1,\nA-1,read,02084123450000143748\x1d10LOT7,Code128,f1,\n")
    assert [f.reason for f in found.findings] == [
        f"Pallet {P} stands at A-1 as expected, but the label's batch is LOT7, the ERP's LOT8."
    ]


def test_the_sticker_of_a_place_alone_does_not_say_that_something_stands_there(tmp_path: Path) -> None:
    (first, second) = scans(
        tmp_path, SCAN_HEADER + "A-1,read,A-1,QRCode,f1,\nA-2,read,A-2,QRCode,f1,\nA-2,empty,,,f1,\n"
    ).observations
    assert (first.status, second.status) == (ObservationStatus.UNSEEN, ObservationStatus.EMPTY)


def test_texts_that_fit_no_rule_are_compared_to_the_letter(tmp_path: Path) -> None:
    erp = "location,pallet\nA-1,PAL 17/b\nA-2,0007\n"
    found = reconciled(tmp_path, erp, "A-1,read,PAL 17/b,Code128,f1,\nA-2,read,19,Code128,f1,\nA-2,read,19,Code128,f2,\n")
    assert [r.verdict for r in found.lines] == [Verdict.MATCH, Verdict.MISSING]
    assert [(r.pallet.value, r.verdict) for r in found.pallets] == [("19", Verdict.UNEXPECTED), ("PAL 17/b", Verdict.MATCH)]


def test_an_id_that_a_spreadsheet_took_the_zeros_from_is_no_other_pallet_for_sure(tmp_path: Path) -> None:
    found = reconciled(tmp_path, "location,pallet\nA-2,0007\n", "A-2,read,7,Code128,f1,\nA-2,read,7,Code128,f2,\n")
    assert [r.verdict for r in found.lines] == [Verdict.LOW_CONFIDENCE]
    assert [(r.pallet.value, r.verdict) for r in found.pallets] == [("7", Verdict.LOW_CONFIDENCE)]


def test_a_place_called_empty_and_read_at_once_proves_nothing(tmp_path: Path) -> None:
    found = reconciled(tmp_path, f"location,pallet\nA-1,{P}\n", f"A-1,empty,,,f1,\nA-1,read,{Q},Code128,f2,\n")
    assert [r.verdict for r in found.lines] == [Verdict.LOW_CONFIDENCE]
    assert [r.verdict for r in found.pallets] == [Verdict.LOW_CONFIDENCE]


def test_a_refused_row_takes_the_certainty_from_its_location(tmp_path: Path) -> None:
    found = reconciled(tmp_path, f"location,pallet\nA-1,{P}\n", "A-1,empty,,,f1,\nA-1,read,,Code128,f2,\n")
    assert [r.verdict for r in found.lines] == [Verdict.LOW_CONFIDENCE]
    assert [str(f) for f in found.scan_faults] == [
        "scans.csv, row 3, column text: empty; a row with status read needs the text of the barcode"
    ]


def test_locations_are_those_of_either_file(tmp_path: Path) -> None:
    found = reconciled(tmp_path, f"location,pallet\nA-1,{P}\nA-2,\n", f"A-1,read,{P},,f1,\nB-1,empty,,,,\n")
    assert [(x.place.location, x.status.value, x.verdict.value) for x in found.locations] == [
        ("A-1", "read", "match"),
        ("A-2", "unseen", "unverified"),
        ("B-1", "empty", "match"),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            "A-1,seen,,,,",
            "scans.csv, row 3, column status: 'seen' is no status; expected one of read, empty, unreadable, unseen, not_observable",
        ),
        (",empty,,,,", "scans.csv, row 3, column location: empty; expected the code of a location"),
        ("A-1,empty,,,,noon", "scans.csv, row 3, column seen_at: 'noon' is no time; expected one like 2026-11-23T07:30:00Z"),
        (
            "A-1,read,a\u202eb,,,",
            "scans.csv, row 3, column text: an invisible character (U+202E); only U+001D, GS1's separator, may stand in a text",
        ),
        ("A-1,empty", "scans.csv, row 3: 2 cells where the header has 6; a text with a separator in it needs quotes"),
    ],
)
def test_a_faulty_row_is_named_and_the_others_are_kept(tmp_path: Path, row: str, message: str) -> None:
    found = scans(tmp_path, f"{SCAN_HEADER}B-1,empty,,,,\n{row}\n")
    assert [str(f) for f in found.faults] == [message]
    assert (found.n_rows, found.observations[-1].location) == (2, "B-1")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"place,status,text\nA-1,read,x\n",
            "scans.csv, row 1: no column location; the header reads: place, status, text\n  -> the columns are "
            + COLUMNS
            + HANDHELDS,
        ),
        (b"", "scans.csv: the file is empty\n  -> its columns are " + COLUMNS),
        (b"location,status,text\n", "scans.csv: no rows under the header\n  -> export the scans again"),
        (
            b"location,status,text\nA,\xd1,x\n",
            "scans.csv, row 2: not UTF-8 (byte 0xD1), and there is no byte order mark\n  -> save the scans as CSV UTF-8",
        ),
        (
            b"location,status,text,status\nA,empty,,read\n",
            "scans.csv, row 1: the columns 'status' and 'status' both mean status\n  -> rename or remove the one that is not meant",
        ),
        (
            b"bin,barcode,pallet\nA,x,y\n",
            "scans.csv, row 1: the columns 'barcode' and 'pallet' both mean text\n  -> rename or remove the one that is not meant",
        ),
        (b"PK\x03\x04", "scans.csv: a workbook; expected CSV\n  -> save the scans as CSV UTF-8"),
    ],
)
def test_a_scan_file_that_cannot_be_used_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    (tmp_path / "scans.csv").write_bytes(content)
    with pytest.raises(BadInputError) as refused:
        read_scans(tmp_path / "scans.csv", booked={})
    assert str(refused.value) == message


def test_headers_in_quotes_are_read_whatever_the_separator(tmp_path: Path) -> None:
    found = scans(tmp_path, '"location";"status";"text"\n"A-1";"empty";""\n')
    assert [o.location for o in found.observations] == ["A-1"]


@pytest.mark.parametrize("row", [f"B-7,read,{P},,f2,noon", f"B-7,read,{P},Code128,with, comma,f2,"])
def test_a_pallet_that_a_refused_row_names_is_not_called_missing(tmp_path: Path, row: str) -> None:
    result = reconciled(tmp_path, f"location,pallet\nA-1,{P}\n", f"A-1,empty,,,f1,\n{row}\n")
    (finding,) = result.findings
    assert (finding.verdict, finding.cause) == (Verdict.LOW_CONFIDENCE, Cause.WEAK_EVIDENCE)
    assert finding.reason.endswith("But row 3 of scans.csv, which could not be used, names it.")


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_outside_the_calendar_is_no_time(tmp_path: Path, time: str) -> None:
    found = scans(tmp_path, f"{SCAN_HEADER}A-1,empty,,,,{time}\nA-2,empty,,,,0001-01-01\n")
    assert [f.column for f in found.faults] == ["seen_at"]
    assert found.observations[1].seen_at == "0001-01-01T00:00:00Z"
    with pytest.raises(BadInputError, match="--snapshot-at"):
        reconciled(tmp_path, f"location,pallet\nA-1,{P}\n", "A-1,empty,,,,\n", snapshot_at=time)


@pytest.mark.parametrize("blocked", ["", "summary.json", "datapackage.json"])
def test_a_folder_that_cannot_be_written_to_is_named_and_the_earlier_files_stay(tmp_path: Path, blocked: str) -> None:
    out = tmp_path / "out"
    if blocked:
        (out / blocked).mkdir(parents=True)
        (out / "locations.csv").write_text("earlier")
    else:
        out.write_text("a file")
    with pytest.raises(BadInputError, match=r"out: the results cannot be written: (Is|Not) a directory"):
        reconciled(tmp_path, f"location,pallet\nA-1,{P}\n", f"A-1,read,{P},,f1,\n")
    if blocked:
        assert {p.name for p in out.iterdir()} == {blocked, "locations.csv"}
        assert (out / "locations.csv").read_text() == "earlier"


def test_bad_input_leaves_the_earlier_result_as_it_was(tmp_path: Path) -> None:
    reconciled(tmp_path, f"location,pallet\nA-1,{P}\n", f"A-1,read,{P},,f1,\n")
    before = {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()}
    (tmp_path / "erp.csv").write_text("location\nA-1\n")
    with pytest.raises(BadInputError):
        reconcile_scans(tmp_path / "scans.csv", tmp_path / "erp.csv", tmp_path / "out")
    assert {p.name: p.read_bytes() for p in (tmp_path / "out").iterdir()} == before


def test_a_time_of_the_export_that_does_not_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as refused:
        reconciled(tmp_path, f"location,pallet\nA-1,{P}\n", f"A-1,read,{P},,f1,\n", snapshot_at="yesterday")
    assert str(refused.value) == (
        "--snapshot-at: 'yesterday' is no time\n  -> write it like 2026-11-23T07:30:00Z (UTC when no offset is given)"
    )


def test_an_article_number_beside_a_pallet_is_no_pallet_though_no_symbology_says_so(tmp_path: Path) -> None:
    scans = f"A-1,read,{P},,f1,\nA-1,read,8412345678905,,f1,\nA-1,read,8412345678905,,f2,\n"
    found = reconciled(tmp_path, f"location,pallet,sku\nA-1,{P},8412345678905\n", scans)
    assert [r.verdict for r in found.lines] == [Verdict.MATCH]
    assert [r.pallet.value for r in found.pallets] == [P]
    booked = reconciled(tmp_path, "location,pallet\nA-1,8412345678905\n", scans)
    assert ("8412345678905", Verdict.MATCH) in [(r.pallet.value, r.verdict) for r in booked.pallets]
