"""What holds in every world, however strange."""

from __future__ import annotations

import random
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.erp_file import read_erp
from inventory.erp_lines import ErpLine
from inventory.findings import Cause, Verdict
from inventory.movements import Movement
from inventory.sightings import Looks, doubt
from tests.inventory.worlds import Result, line, look, moved, pallet, read, reconciled, sscc
from warehouse.errors import BadInputError
from warehouse.observations import SURE, Observation, ObservationStatus

LOCATIONS = [f"{row}-{n}" for row in "AB" for n in range(1, 7)]
TEXTS = [*(sscc(n) for n in range(1, 7)), *(f"LPN-{n}" for n in range(10, 14))]
STATUSES = ["empty", "unreadable", "unseen", "not_observable"]
SHARE = st.sampled_from([0.3, 0.6, 0.95])


@st.composite
def erp_lines(draw: st.DrawFn) -> list[ErpLine]:
    rows = draw(st.lists(st.tuples(st.sampled_from(LOCATIONS), st.sampled_from(["", "", *TEXTS])), max_size=14, unique=True))
    return [
        line(
            row,
            location,
            text,
            sku=draw(st.sampled_from(["", "S1"])),
            batch=draw(st.sampled_from(["", "B1"])),
            moved_at=draw(st.sampled_from([None, None, "08:00", "09:30"])),
        )
        for row, (location, text) in enumerate(rows, start=2)
    ]


@st.composite
def observations(draw: st.DrawFn) -> list[Observation]:
    found = []
    for location in draw(st.lists(st.sampled_from(LOCATIONS), unique=True)):
        texts = draw(st.lists(st.sampled_from(TEXTS), max_size=2, unique=True))
        confidence = draw(SHARE)
        if not texts:
            found.append(look(location, draw(st.sampled_from(STATUSES)), confidence=confidence))
            continue
        found.append(
            read(
                location,
                *texts,
                n_frames=draw(st.integers(1, 3)),
                symbology=draw(st.sampled_from(["Code128", "QRCode", ""])),
                confidence=confidence,
                runner_up=draw(st.sampled_from(LOCATIONS)),
                margin_m=draw(st.sampled_from([None, 0.02, 0.4])),
                label_data=draw(st.sampled_from([(), (("10", "B2"),)])),
            )
        )
    return found


SNAPSHOT = st.sampled_from(["", "09:00"])


@st.composite
def movements(draw: st.DrawFn) -> list[Movement]:
    place = st.sampled_from(["", "GATE", *LOCATIONS])
    rows = draw(st.lists(st.tuples(st.sampled_from(["", *TEXTS]), place, place), max_size=6))
    return [
        moved(text, start, end, draw(st.sampled_from(["08:00", "09:30"])), quantity=draw(st.sampled_from([None, 1])), sku="S1")
        for text, start, end in rows
    ]


@given(erp_lines(), observations(), SNAPSHOT, movements())
def test_every_line_every_pallet_and_every_location_ends_in_exactly_one_verdict(
    lines: list[ErpLine], seen: list[Observation], snapshot_at: str, moves: list[Movement]
) -> None:
    found = Result(lines, seen, snapshot_at=snapshot_at, movements=moves)
    assert [r.line for r in found.lines] == lines
    assert sorted(r.pallet for r in found.pallets) == sorted({p.pallet for o in seen for p in o.pallets})
    assert [r.place.location for r in found.locations] == sorted({x.location for x in lines} | {o.location for o in seen})
    reasons = [*(r.reason for r in found.lines), *(r.reason for r in found.pallets), *(r.reason for r in found.locations)]
    assert all(reasons)


@settings(max_examples=120)
@given(erp_lines(), observations(), SNAPSHOT)
def test_nobody_is_accused_without_a_sound_read_or_an_empty_place(
    lines: list[ErpLine], seen: list[Observation], snapshot_at: str
) -> None:
    found = Result(lines, seen, snapshot_at=snapshot_at)
    looks = Looks(seen)
    for finding in found.findings:
        if not finding.verdict.is_accusation:
            continue
        if finding.verdict is Verdict.MISSING:
            observation = looks.by_location[finding.expected_location]
            assert finding.pallet is None or finding.pallet not in looks.by_pallet
            if finding.cause is Cause.GONE:
                assert observation.status is ObservationStatus.EMPTY
                assert observation.confidence >= SURE
            else:
                assert any(doubt(s) is None for s in looks.at[finding.expected_location])
        else:
            assert finding.pallet is not None
            home = frozenset(x.location for x in lines if x.key == finding.pallet)
            assert any(doubt(s, home=home - {s.location}) is None for s in looks.by_pallet[finding.pallet])


@given(erp_lines(), observations())
def test_a_place_that_was_not_seen_or_not_read_never_makes_a_pallet_missing(lines: list[ErpLine], seen: list[Observation]) -> None:
    found = Result(lines, seen)
    undecided = {x.place.location for x in found.locations if x.status not in (ObservationStatus.READ, ObservationStatus.EMPTY)}
    for result in found.lines:
        assert not (result.verdict is Verdict.MISSING and result.line.location in undecided)


@given(erp_lines(), observations(), SNAPSHOT, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(
    lines: list[ErpLine], seen: list[Observation], snapshot_at: str, chance: random.Random
) -> None:
    one = Result(lines, seen, snapshot_at=snapshot_at)
    lines, seen = list(lines), list(seen)
    chance.shuffle(lines)
    chance.shuffle(seen)
    other = Result(lines, seen, snapshot_at=snapshot_at)
    assert other.lines == one.lines
    assert other.pallets == one.pallets
    assert other.locations == one.locations
    assert [f.case_id for f in other.findings] == [f.case_id for f in one.findings]
    assert [(f.verdict, f.pallet, f.reason) for f in other.findings] == [(f.verdict, f.pallet, f.reason) for f in one.findings]


@given(erp_lines())
def test_a_warehouse_that_nobody_looked_at_accuses_nobody(lines: list[ErpLine]) -> None:
    found = Result(lines, [])
    assert {r.verdict for r in found.lines} <= {Verdict.UNVERIFIED}
    assert found.findings == ()


@given(st.lists(st.sampled_from(TEXTS), unique=True, max_size=len(LOCATIONS)))
def test_a_warehouse_that_is_as_the_erp_says_is_all_match(texts: list[str]) -> None:
    placed = dict(zip(LOCATIONS, texts, strict=False))
    lines = [line(n, location, placed.get(location, "")) for n, location in enumerate(LOCATIONS, start=2)]
    seen = [read(location, placed[location]) if location in placed else look(location, "empty") for location in LOCATIONS]
    found = Result(lines, seen)
    assert {*found.line_verdicts().values(), *found.pallet_verdicts().values(), *found.location_verdicts().values()} == {
        Verdict.MATCH
    }


ANY_CELL = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["A-1", "A-2", sscc(1), "00" + sscc(1), "LPN-1", "=1+1", '"', "1E10", "\x00", "\u202e", "'; DROP TABLE runs;--", "<b>"]
)


@settings(max_examples=80)
@given(st.lists(st.lists(ANY_CELL, min_size=1, max_size=4), min_size=1, max_size=8), st.sampled_from([",", ";", "\t"]))
def test_whatever_stands_in_an_export_the_rows_add_up_or_the_file_is_refused(rows: list[list[str]], delimiter: str) -> None:
    text = "\n".join(delimiter.join(cells) for cells in [["location", "pallet", "quantity"], *rows])
    with TemporaryDirectory() as folder:
        path = Path(folder) / "erp.csv"
        path.write_bytes(text.encode())
        try:
            erp = read_erp(path)
        except BadInputError as error:
            assert error.remedy
        else:
            assert len(erp.lines) + erp.n_refused == erp.n_rows


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(["A-1", "A-2", "A-3"]), ANY_CELL), min_size=1, max_size=6))
def test_hostile_texts_in_scans_neither_crash_nor_vanish(reads: list[tuple[str, str]]) -> None:
    quoted = "".join(f'{location},read,"{text.replace(chr(34), chr(34) * 2)}",Code128,f1,\n' for location, text in reads)
    with TemporaryDirectory() as folder:
        try:
            found = reconciled(Path(folder), f"location,pallet\nA-1,{sscc(1)}\n", quoted)
        except BadInputError as error:
            assert error.remedy
        else:
            assert found.n_scan_rows == len(reads)
            booked = {p.pallet for p in found.pallets}
            assert all(pallet(text.strip()) in booked for _, text in reads if text.strip() in TEXTS)


@settings(max_examples=40)
@given(erp_lines(), observations(), movements())
def test_a_movement_only_ever_takes_claims_back(lines: list[ErpLine], seen: list[Observation], moves: list[Movement]) -> None:
    without, by_them = Result(lines, seen, snapshot_at="09:00"), Result(lines, seen, snapshot_at="09:00", movements=moves)
    for before, after in zip(without.lines, by_them.lines, strict=True):
        assert after.verdict in (before.verdict, Verdict.STALE) or before.verdict is Verdict.LOW_CONFIDENCE
