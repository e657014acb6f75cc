"""Large comparisons in columns: the same files, to the byte, as when every row is judged by itself."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.million_files import write_files
from benchmarks.verdict_worlds import plant_world
from inventory.reconcile import reconcile_scans
from tests.inventory.compared_both_ways import ERP_HEADER, IN_COLUMNS, NOTHING, Before, both_ways, in_columns, written
from tests.inventory.worlds import SCAN_HEADER, sscc
from warehouse.observations import ObservationStatus

WIDE_HEADER = ERP_HEADER.strip() + ",uom,expiry,value,currency,abc\n"
PLACES = [f"A-{i}" for i in range(1, 8)]
PALLETS = [sscc(1), sscc(2), f"00{sscc(3)}", "LPN-1", "LPN-2"]
ERP_ROWS = st.tuples(
    st.sampled_from([*PLACES, *PLACES, " A-1", "", "Total", '"A-2"', "A-3\u00a0", "location"]),
    st.sampled_from([*PALLETS, *PALLETS, "", "", f"(00){sscc(1)}", sscc(3), "LPN-3 ", '"LPN""1"', "A-5", "1.5E+17", "pallet"]),
    st.sampled_from(["S1", "S2", "", "00\\1", '"Oil, 5 l"', "12.0"]),
    st.sampled_from(["1", "48.50", "007", "0", "", "x", " 3 "]),
    st.sampled_from(["", "L1"]),
    st.sampled_from(["", "", "7"]),
    st.sampled_from(["", "2026-11-23T07:00:00Z", "2026-11-23", "2026-11-24T09:00:00+02:00", "20261123", "2026-02-30"]),
    st.sampled_from([*[""] * 8, sscc(2), "LPN-1"]),
    st.sampled_from(["EA", ""]),
    st.sampled_from(["2027-01-31", "", "soon"]),
    st.sampled_from(["12.50", "EUR 7", "", "much", " 800.00 ", "0"]),
    st.sampled_from(["EUR", "", "USD"]),
    st.sampled_from(["A", "", "c"]),
).map(",".join)
SCAN_ROWS = st.tuples(
    st.sampled_from([*PLACES, *PLACES, "A-9", "", '"A-2"']),
    st.sampled_from([*["read"] * 6, *ObservationStatus, "READ ", "seen"]),
    st.sampled_from([*PALLETS, *PALLETS, "LPN-9", "A-1", "", "01234", f"]C100{sscc(1)}", f"02{sscc(1)[:14]}3712", '"a,b"', "A-7"]),
    st.sampled_from(["Code128", "EAN13", "QRCode", ""]),
    st.sampled_from(["f1", "f2", ""]),
    st.sampled_from(["2026-11-23T10:00:00Z", "2026-11-23T12:00:01.5+02:00", "", "noon"]),
).map(",".join)
MOVES_HEADER = "pallet,from,to,moved at,sku,quantity\n"
MOVES = st.tuples(
    st.sampled_from([*PALLETS, sscc(10), f"00{sscc(1)}", "", "LPN-9"]),
    st.sampled_from([*PLACES, "", "DOCK"]),
    st.sampled_from([*PLACES, "", "A-9"]),
    st.sampled_from(["2026-11-23T06:00:00Z", "2026-11-23T11:00:00Z", "2026-11-24T09:00:00Z", "2026-11-23", "2026-11-01", "soon"]),
    st.sampled_from(["S1", "S2", ""]),
    st.sampled_from(["1", "", "48.5"]),
).map(",".join)
ODD_ROWS = st.sampled_from(["", ",,", "A-1", '"A-1,\nA-2"', "A-1,b\rA-2,c", 'A-1,"x'])


@st.composite
def files(draw: st.DrawFn) -> tuple[str, str]:
    """A warehouse in which all agrees, with a few rows of any kind put among the others in both files."""
    texts = draw(st.permutations([*PALLETS, *(sscc(i) for i in range(10, 10 + len(PLACES) - len(PALLETS)))]))
    erp = [f"{place},{text},S1,1,,,,,EA,2027-01-31,12.50,EUR,A" for place, text in zip(PLACES, texts, strict=True)]
    scans = [
        f"{place},read,{text},Code128,f{k}," for place, text in zip(PLACES, texts, strict=True) for k in range(len(place) % 2 + 1)
    ]
    for rows, kinds in ((erp, ERP_ROWS), (scans, SCAN_ROWS)):
        for _ in range(draw(st.integers(0, 2))):  # left out
            rows.pop(draw(st.integers(0, len(rows) - 1)))
        for row in draw(st.lists(kinds, max_size=4)) + draw(st.one_of(st.just([]), st.just([]), st.lists(ODD_ROWS, max_size=1))):
            rows.insert(draw(st.integers(0, len(rows))), row)
    return WIDE_HEADER + "\n".join([*erp, ""]), SCAN_HEADER + "\n".join([*scans, ""])


@settings(max_examples=12)
@given(
    files(),
    st.one_of(
        st.tuples(st.sampled_from([None, "2026-11-23T06:30:00Z"]), st.none()),
        st.tuples(
            st.sampled_from(["2026-11-23T06:30:00Z", "2026-11-23T23:00:00Z"]),
            st.lists(MOVES, min_size=1, max_size=3).map(lambda rows: MOVES_HEADER + "\n".join([*rows, ""])),
        ),
    ),
)
@example((f"{ERP_HEADER}A-1,{sscc(1)},,,,,,\n", f"{SCAN_HEADER}A-1,read,{sscc(1)},,f1,\nA-1,read,A-1,,f2,\n"), NOTHING)
@example((f"{ERP_HEADER}A-1,{sscc(1)},,,,,,\nA-2,,,,,,,\n", f"{SCAN_HEADER}A-1,read,A-2,,f1,\nA-2,read,{sscc(1)},,f1,\n"), NOTHING)
def test_both_ways_write_the_same_bytes(texts: tuple[str, str], before: Before) -> None:
    both_ways(*texts, before)


def test_a_world_of_every_planted_fault_comes_out_the_same() -> None:
    world = plant_world(3)
    rows = [f"{line.location},{line.pallet_text},{line.sku},,{line.batch},,,\n" for line in world.lines]
    scans = [
        f"{o.location},{o.status},{p.text if p else ''},{p.symbology if p else ''},{f'f{k}' if p else ''},{o.seen_at}\n"
        for o in world.seen.values()
        for p in o.pallets or (None,)
        for k in range(p.n_frames if p else 1)
    ]
    both_ways(ERP_HEADER + "".join(rows), SCAN_HEADER + "".join(scans))


def test_the_files_of_the_benchmark_come_out_the_same_and_few_of_their_rows_are_judged(tmp_path: Path) -> None:
    erp, scans, planted = write_files(tmp_path, 400, seed=2)
    both_ways(erp.read_text(), scans.read_text())
    found = in_columns(tmp_path, erp.read_text(), scans.read_text())
    assert len(found.lines) < 0.05 * planted.n_erp_rows
    assert found.erp.n_lines == planted.n_erp_rows


def test_what_agrees_or_was_not_seen_is_settled_and_a_fault_takes_along_only_its_own_places(tmp_path: Path) -> None:
    erp = "".join(f"A-{i:02d},{sscc(i)},,,,,,\n" for i in range(1, 21)) + "A-30,,,,,,,\n"
    scans = f"A-01,read,{sscc(2)},,f1,\nA-02,empty,,,f2,\n" + "".join(f"A-{i:02d},read,{sscc(i)},,f{i},\n" for i in range(3, 19))
    found = in_columns(tmp_path, ERP_HEADER + erp, SCAN_HEADER + scans + "A-19,unreadable,,,f,\nA-30,empty,,,f,\n")
    assert {r.line.location for r in found.lines} == {"A-01", "A-02"}
    assert sorted((k.place.verdict.value, k.n_places) for k in found.settled.exemplars) == [  # type: ignore[union-attr]
        ("match", 1),
        ("match", 16),
        ("unverified", 1),
        ("unverified", 1),
    ]


def test_values_and_classes_of_settled_lines_weigh_the_findings(tmp_path: Path) -> None:
    heading = "location,pallet,sku,quantity,uom,stock value,currency,abc\n"
    values = ["900.00", "EUR 9000", "30.00", "USD 5.00", "20,5", "0.5"]
    erp = heading + "".join(f'A-{i},{sscc(i)},S{i},{i + 1},EA,"{v}",EUR,{"ABC"[i % 3]}\n' for i, v in enumerate(values))
    scans = SCAN_HEADER + "A-0,empty,,,f,\nA-2,empty,,,f,\n" + "".join(f"A-{i},read,{sscc(i)},,f{i},\n" for i in (1, 3, 5))
    both_ways(erp, scans)
    found = in_columns(tmp_path, erp, scans)
    assert {r.line.location for r in found.lines} == {"A-0", "A-2", "A-4"}  # 20,5 is no number of this list
    assert [(f.expected_location, str(f.weight.severity), f.weight.by) for f in found.findings] == [
        ("A-0", "medium", "value"),
        ("A-2", "low", "value"),
    ]


def test_only_what_was_moved_around_the_export_is_judged_for_it(tmp_path: Path) -> None:
    erp = ERP_HEADER + "".join(f"A-{i},{sscc(i)},S1,1,,,,\n" for i in range(1, 9))
    scans = SCAN_HEADER + "".join(f"A-{i},read,{sscc(i)},,f{i},2026-11-23T10:00:00Z\n" for i in range(1, 9))
    moves = [
        f"{sscc(1)},A-1,A-7,2026-11-23T09:00:00Z,,\n",  # and yet it was read where it stood before
        f"{sscc(2)},A-2,A-3,2026-11-20T09:00:00Z,,\n",
        f"{sscc(4)},A-8,A-4,2026-11-23T12:00:00Z,,\n",
    ]
    before = ("2026-11-23T06:00:00Z", MOVES_HEADER + "".join(moves))
    both_ways(erp, scans, before)
    files = written(tmp_path, erp, scans, IN_COLUMNS, before)
    assert isinstance(files, dict)
    found = json.loads(files["summary.json"])["locations"]
    assert (found["stale"], found["match"]) == (1, 7)


def test_quotes_that_nothing_needs_leave_a_row_plain(tmp_path: Path) -> None:
    erp = 'location,pallet\n"A-1","LPN-1"\nA-2,"LPN-2"\n'
    found = in_columns(tmp_path, erp, SCAN_HEADER + "A-1,read,LPN-1,,f1,\nA-2,read,LPN-2,,f2,\n")
    assert found.lines == ()
    both_ways(erp, SCAN_HEADER + "A-1,read,LPN-1,,f1,\nA-2,read,LPN-2,,f2,\n")


def test_a_list_of_sap_is_settled_with_its_zeros_decimal_commas_and_sums(tmp_path: Path) -> None:
    rows = [f"001;01-01-{i:02d};M-{i};C1;{i}.048,500;0,000;EA;23.11.2026;00{sscc(i)};Nuts, M{i}" for i in range(1, 9)]
    odd = [
        "*;;;;9,000;;;;;",
        f"001;01-02-01;M-1;C1;1,000;0,000;EA;23.11.2026;{sscc(3)};",  # booked twice, once without the zeros
        f"001;01-02-02;M-1;C1;1,000;0,000;EA;31.02.2026;00{sscc(4)};",
        f"001;01-02-03;M,1;C1;1,000;0,000;EA;;00{sscc(20)};",
        f"001;01-02-04;M-1;C1;10,000-;0,000;EA;00.00.0000;00{sscc(21)};",
    ]
    header = "Typ;Lagerplatz;Material;Charge;Gesamtbestand;Verfügb. Bestand;BME;MHD;Lagereinheit;Materialkurztext\n"
    erp = header + "\n".join([*rows, *odd, ""])
    scans = "".join(f"01-01-{i:02d},read,00{sscc(i)},Code128,f{i},\n" for i in range(1, 9))
    scans += f"01-02-03,read,(00){sscc(20)},Code128,f20,\n01-02-04,read,{sscc(21)},Code128,f21,\n"
    both_ways(erp, SCAN_HEADER + scans)
    found = in_columns(tmp_path, erp, SCAN_HEADER + scans)
    assert {r.line.location for r in found.lines} == {"01-01-03", "01-01-04", "01-02-01", "01-02-02", "01-02-03"}


@pytest.mark.parametrize("sound", ["", f"A-9,{sscc(9)}\n"])
def test_ids_that_lost_their_digits_are_refused_unless_a_settled_row_proves_that_they_did_not(sound: str) -> None:
    rounded = "".join(f"A-{i},{i}23456789012345000\n" for i in range(1, 4))
    both_ways(f"location,pallet\n{rounded}{sound}", f"{SCAN_HEADER}A-1,empty,,,f,\nA-9,read,{sscc(9)},,f,\n")


def test_the_workbook_of_a_large_comparison_holds_the_answer_and_the_findings_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "erp.csv").write_text(f"location,pallet\nA-1,{sscc(1)}\nA-2,{sscc(2)}\n")
    (tmp_path / "scans.csv").write_text(f"{SCAN_HEADER}A-1,read,{sscc(1)},,f1,\nA-2,empty,,,f2,\n")
    reconcile_scans(
        tmp_path / "scans.csv", tmp_path / "erp.csv", tmp_path / "out", whole_up_to=IN_COLUMNS, in_columns_from=IN_COLUMNS
    )
    book = openpyxl.load_workbook(tmp_path / "out" / "reconciliation.xlsx")
    assert book.sheetnames == ["Answer", "Findings"]
    told = [str(row[0]) for row in book["Answer"].iter_rows(values_only=True)]
    assert told[0] == "1 of 2 locations agree with the ERP. Findings to look into: 1. Locations to count again: 0."
    assert told[1].startswith("Too many rows for a workbook: here are 1 of 1 findings, the gravest first; locations.csv")
    assert ("✓ Counted", 1) in [row[:2] for row in book["Answer"].iter_rows(values_only=True)]


def test_a_shifted_row_ends_at_a_pallet_that_was_settled_between(tmp_path: Path) -> None:
    booked = [sscc(i) for i in range(10)]
    erp = "".join(f"A-{i},{booked[i]},,,,,,\n" for i in range(10))
    moved = {1: 2, 5: 6, 6: 7}  # 3 and 4 stand between, and were read in their places
    read = {moved.get(i, i): booked[i] for i in (1, 3, 4, 5, 6, 8)}
    scans = "".join(f"A-{place},read,{text},,f{k},\n" for place, text in read.items() for k in (1, 2))
    both_ways(ERP_HEADER + erp, SCAN_HEADER + scans)


@pytest.mark.parametrize("wrapped", ['="{}"', "'{}"])
def test_wrapped_ids_are_read_alike_both_ways(wrapped: str) -> None:
    erp = "location,pallet\n" + "".join(f"A-{i},{wrapped.format(sscc(i))}\n" for i in range(4))
    both_ways(erp, SCAN_HEADER + "".join(f"A-{i},read,{sscc(i)},,f{i},\n" for i in (0, 1, 3)) + "A-2,empty,,,f,\n")


def test_article_numbers_are_no_pallets_both_ways() -> None:
    erp = "location,pallet\n" + "".join(f"A-{i},{sscc(i)}\n" for i in range(3)) + "A-3,8412345678905\n"
    scans = "".join(f"A-{i},read,{sscc(i)},,f{i},\nA-{i},read,4006209700068,,f{i},\n" for i in range(3))
    both_ways(erp, SCAN_HEADER + scans + "A-3,read,8412345678905,,f9,\nA-2,read,8412345678905,,f2,\n")
