"""A run of the demo site, reconciled: what the layout adds to the verdicts, and what a run refuses."""

from __future__ import annotations

import csv
import json
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import frictionless
import pytest

from inventory.book import Book
from inventory.comparing import compare
from inventory.findings import Cause, Reconciliation, Verdict
from inventory.places import Places
from inventory.reconcile import reconcile_run
from inventory.settings import parse_settings
from inventory.sightings import Looks
from inventory.store import history
from inventory.world import World as Sides
from tests.inventory.worlds import line, look, read, sscc
from warehouse.errors import BadInputError
from warehouse.observations import Goods, Observation
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site

P, Q = sscc(1), sscc(2)


class World:
    """A run folder of the demo site to put observations into."""

    def __init__(self, folder: Path, site_folder: Path) -> None:
        self.site: Site = load_site(site_folder)
        self.run = RunFolder.create(folder / "runs" / "monday", site_folder)
        self.erp = folder / "erp.csv"
        self.bins = [b.code.text for b in self.site.layout.bins if b.kind.is_observable]

    def reconcile(self, erp: str, seen: list[Observation], **options: Any) -> Reconciliation:
        self.erp.write_text("location,pallet\n" + erp, encoding="utf-8")
        self.run.write_lines(self.run.observations_path, seen)
        return reconcile_run(self.run, self.site, self.erp, parse_settings(**options))


@pytest.fixture
def world(tmp_path: Path, demo_site_folder: Path) -> World:
    return World(tmp_path, demo_site_folder)


def test_every_location_of_the_layout_has_a_row_and_those_out_of_use_are_not_recounted(world: World) -> None:
    a, b = world.bins[:2]
    found = world.reconcile(f"{a},{P}\n{b},{Q}\n", [read(a, P), look(b, "empty")])
    with (world.run.reconciliation_folder / "locations.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [r["location"] for r in rows] == [x.code.text for x in world.site.layout.bins]
    first = next(r for r in rows if r["location"] == a)
    assert (first["aisle"], first["verdict"], first["margin_m"], first["evidence"]) == (
        "A01",
        "match",
        "0.450",
        f"evidence/{a}.jpg",
    )
    with (world.run.reconciliation_folder / "recount.csv").open(newline="") as stream:
        recount = {r["location"] for r in csv.DictReader(stream)}
    assert recount == set(world.bins) - {a, b}
    assert [f.verdict for f in found.findings] == [Verdict.MISSING]


def test_goods_without_a_label_are_named_so_and_sent_to_a_person(world: World) -> None:
    a, b = world.bins[:2]
    bare = replace(look(a, "unreadable"), goods=Goods.NO_LABEL)
    torn = replace(look(b, "unreadable"), goods=Goods.LABEL_UNREADABLE)
    world.reconcile(f"{a},{P}\n{b},{Q}\n", [bare, torn])
    with (world.run.reconciliation_folder / "locations.csv").open(newline="") as stream:
        goods = {r["location"]: r["goods"] for r in csv.DictReader(stream)}
    assert (goods[a], goods[b]) == ("no_label", "label_unreadable")
    with (world.run.reconciliation_folder / "recount.csv").open(newline="") as stream:
        how = {r["location"]: r["how"] for r in csv.DictReader(stream)}
    assert (how[a], how[b]) == ("hand", "fly")


def test_an_erp_location_that_the_layout_does_not_know_is_unverified_and_counted_by_hand(world: World) -> None:
    a = world.bins[0]
    found = world.reconcile(f"{a},{P}\nZ99-01-1-1,{Q}\n", [read(a, P)])
    last = found.locations[-1]
    assert (last.place.location, last.verdict) == ("Z99-01-1-1", Verdict.UNVERIFIED)
    assert last.reason == "Location Z99-01-1-1 is not in the layout of the site, so nobody looked at it."
    recount = (world.run.reconciliation_folder / "recount.csv").read_text()
    assert "Z99-01-1-1,Z99,01,1,1,,unverified,unseen" in recount


def test_a_pallet_expected_where_the_layout_knows_no_place_is_not_to_be_moved_there(world: World) -> None:
    a = world.bins[0]
    found = world.reconcile(f"Z99-01-1-1,{P}\n{world.bins[1]},{Q}\n", [read(a, P), read(world.bins[1], Q)])
    (finding,) = found.findings
    assert finding.verdict is Verdict.MISPLACED
    assert finding.suggested_action == (
        f"Location Z99-01-1-1 is not in the layout of the site: correct the ERP to {a}, or add Z99-01-1-1 to the layout."
    )


def test_a_forbidden_place_where_the_erp_has_stock_is_counted_by_hand(world: World) -> None:
    closed = next(b.code.text for b in world.site.layout.bins if not b.kind.is_observable)
    found = world.reconcile(f"{closed},{P}\n", [look(closed, "not_observable")])
    assert found.lines[0].verdict is Verdict.UNVERIFIED
    assert f"{closed}," in (world.run.reconciliation_folder / "recount.csv").read_text()


def test_an_aisle_of_which_the_file_says_nothing_makes_nothing_unexpected(world: World) -> None:
    lines, seen = [line(2, "Z99-01-1-1", P)], [read(world.bins[0], Q)]
    places = Places.of_layout(world.site.layout, ["Z99-01-1-1"])
    _, _, _, findings = compare(Sides(book=Book(lines), looks=Looks(seen), places=places, is_any_text_a_pallet=False))
    (finding,) = findings
    assert (finding.verdict, finding.cause) == (Verdict.LOW_CONFIDENCE, Cause.NOT_COVERED)
    assert finding.reason.endswith("But the file has no row at all for aisle A01, so it may not cover it.")


def test_a_list_that_names_no_location_of_the_layout_is_refused(world: World) -> None:
    with pytest.raises(BadInputError) as refused:
        world.reconcile(f"Z99-01-1-1,{P}\n", [read(world.bins[0], Q)])
    assert refused.value.what == (
        "erp.csv: none of its locations (Z99-01-1-1) is in the layout of Demo warehouse, Ibi; expected some like A01-01-1-1"
    )


def test_a_pallet_of_a_refused_row_is_never_unexpected(world: World) -> None:
    a, b = world.bins[:2]
    found = world.reconcile(f"{a},{P}\nA01-1-1,{Q}\n", [read(a, P), read(b, Q)])
    assert [r.verdict for r in found.pallets] == [Verdict.MATCH, Verdict.UNVERIFIED]
    assert found.pallets[1].reason.startswith(
        "The ERP's file names this pallet in row 3, which could not be used: 'A01-1-1' is not spelled"
    )


def test_an_erp_id_that_no_label_can_be_booked_as_is_not_called_missing_because_another_was_read(world: World) -> None:
    a = world.bins[0]
    wrong = P[:-1] + str((int(P[-1]) + 1) % 10)
    found = world.reconcile(f"{a},{wrong}\n", [read(a, P)])
    assert [r.verdict for r in found.lines] == [Verdict.LOW_CONFIDENCE]
    assert [r.verdict for r in found.pallets] == [Verdict.LOW_CONFIDENCE]


def test_a_shifted_row_is_told_with_its_distance(world: World) -> None:
    face = [b for b in world.site.layout.bins if b.face == "A01-right" and b.code.level == "2"]
    row = [b.code.text for b in sorted(face, key=lambda b: b.along_m)][:5]
    erp = "".join(f"{location},{sscc(i)}\n" for i, location in enumerate(row[:4], start=1))
    found = world.reconcile(erp, [look(row[0], "empty"), *(read(row[i], sscc(i)) for i in range(1, 5))])
    (finding,) = found.findings
    assert finding.cause is Cause.SHIFTED
    assert "one place further along (0.90 m) than the ERP expects" in finding.reason


def test_observations_that_are_not_there_and_locations_that_stand_twice_are_refused(world: World) -> None:
    with pytest.raises(BadInputError, match=r"observations\.jsonl: not there yet\n  -> run first: aislescan read RUN"):
        reconcile_run(world.run, world.site, world.erp)
    a = world.bins[0]
    with pytest.raises(BadInputError, match=rf"observations\.jsonl, line 2: location {a} stands there twice"):
        world.reconcile(f"{a},{P}\n", [read(a, P), look(a, "empty")])
    assert not world.run.reconciliation_folder.exists()


@pytest.mark.parametrize("cut", [0, 40], ids=["empty", "cut"])
def test_observations_that_are_cut_short_do_not_pass_for_unseen(world: World, cut: int) -> None:
    a = world.bins[0]
    world.reconcile(f"{a},{P}\n", [read(a, P)])
    before = {p.name: p.read_bytes() for p in world.run.reconciliation_folder.iterdir()}
    world.run.observations_path.write_bytes(world.run.observations_path.read_bytes()[:cut])
    with pytest.raises(BadInputError, match=r"observations\.jsonl, line 1: cut short"):
        reconcile_run(world.run, world.site, world.erp)
    assert {p.name: p.read_bytes() for p in world.run.reconciliation_folder.iterdir()} == before


@pytest.mark.parametrize("confidence", [float("nan"), 7.0])
def test_an_observation_whose_confidence_is_no_probability_is_refused(world: World, confidence: float) -> None:
    a = world.bins[0]
    world.reconcile(f"{a},{P}\n", [look(a, "empty")])
    record = json.loads(world.run.observations_path.read_text()) | {"confidence": confidence}
    world.run.observations_path.write_text(json.dumps(record) + "\n")
    with pytest.raises(BadInputError, match=r"line 1: confidence (nan|7\.0); expected 0 to 1"):
        reconcile_run(world.run, world.site, world.erp)


def test_a_run_whose_frames_have_milliseconds_is_valid_for_frictionless(world: World) -> None:
    a, b = world.bins[:2]
    time = "2026-11-23T23:54:31.298Z"
    world.reconcile(f"{a},{P}\n", [look(a, "empty", seen_at=time), read(b, Q, seen_at=time)])
    report = frictionless.validate(str(world.run.reconciliation.datapackage_path))
    assert report.valid, report.flatten(["fieldName", "message"])
    assert ",2026-11-23T23:54:31Z," in world.run.reconciliation.locations_path.read_text()


def test_a_run_of_another_site_is_refused(world: World, demo_site_folder: Path) -> None:
    layout = demo_site_folder / "layout.csv"
    layout.write_text(layout.read_text().replace("normal\n", "picking\n", 1))
    with pytest.raises(BadInputError, match="this run was made for another site than Demo warehouse, Ibi"):
        reconcile_run(world.run, load_site(demo_site_folder), world.erp)


# -- the store -----------------------------------------------------------------------------------------------------------------


def test_the_store_remembers_each_reconciliation_once(world: World) -> None:
    a, b = world.bins[:2]
    store = world.run.store_path
    for _ in range(2):
        world.reconcile(f"{a},{P}\n{b},{Q}\n", [read(a, P), look(b, "empty")])
    assert store == world.run.root.parent / "inventory.db"
    (entry,) = history(store, pallet=Q)
    assert (entry.run, entry.location, entry.verdict, entry.pallet) == ("monday", b, "missing", Q)
    assert [e.verdict for e in history(store, location=a)] == ["match"]
    assert [e.location for e in history(store)] == [b]
    world.reconcile(f"{a},{P}\n{b},{Q}\n", [read(a, P), read(b, Q)])
    assert [e.verdict for e in history(store, pallet=Q)] == ["match", "missing"]


@pytest.mark.parametrize("table", ["runs", "inputs", "observations", "findings", "pallets"])
def test_what_the_store_holds_cannot_be_changed_or_deleted(world: World, table: str) -> None:
    a, b = world.bins[:2]
    world.reconcile(f"{a},{P}\n{b},{Q}\n", [read(a, P), look(b, "empty")])
    db = sqlite3.connect(world.run.store_path)
    column = db.execute(f"SELECT name FROM pragma_table_info('{table}')").fetchone()[0]
    for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = ''"):
        with pytest.raises(sqlite3.IntegrityError, match=f"the history is append-only: {table} cannot be changed"):
            db.execute(statement)
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


def test_processes_that_record_at_once_lose_nothing(world: World, tmp_path: Path) -> None:
    a = world.bins[0]
    world.reconcile(f"{a},{P}\n", [look(a, "empty")])
    world.run.store_path.unlink()
    code = (
        "import sys; from pathlib import Path\n"
        "from datetime import UTC, datetime\n"
        "from inventory.reconcile import reconcile_run\n"
        "from inventory.settings import parse_settings\n"
        "from inventory.store.deciding import Choice, NewDecision, keep_decisions\n"
        "from warehouse.run_folder import RunFolder\n"
        "from warehouse.site_file import load_site\n"
        "root = Path(sys.argv[1])\n"
        "for n in range(4):\n"
        "    moment = f'2026-11-23T0{n}:0{sys.argv[3]}:00Z'\n"
        "    reconcile_run(RunFolder(root), load_site(root), Path(sys.argv[2]), parse_settings(snapshot_at=moment))\n"
        "    decision = dict(case_id='F0001', choice=Choice.CONFIRM, by=sys.argv[3], decided_at=datetime.now(UTC), reason=str(n))\n"
        "    keep_decisions(RunFolder(root), [NewDecision(**decision)])\n"
    )
    arguments = [sys.executable, "-c", code, str(world.run.root), str(world.erp)]
    processes = [subprocess.Popen([*arguments, str(n)], cwd=Path(__file__).parents[2]) for n in range(2)]
    assert [p.wait(timeout=120) for p in processes] == [0, 0]
    db = sqlite3.connect(world.run.store_path)
    assert db.execute("SELECT count(*) FROM runs").fetchone() == (8,)
    assert [n for (n,) in db.execute("SELECT number FROM runs ORDER BY number")] == [*range(1, 9)]
    assert db.execute("SELECT decided_by, count(*) FROM decisions GROUP BY 1").fetchall() == [("0", 4), ("1", 4)]
    assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert db.execute("SELECT count(*) FROM observations").fetchone() == (8 * len(world.site.layout.bins),)
    db.close()


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_store_that_cannot_be_used_leaves_the_earlier_files_as_they_were(world: World, is_folder: bool) -> None:
    a = world.bins[0]
    if is_folder:
        world.run.store_path.mkdir()
    else:
        world.run.store_path.write_text("no database" * 100)
    with pytest.raises(BadInputError, match=r"inventory\.db: the history cannot be used"):
        world.reconcile(f"{a},{P}\n", [read(a, P)])
    assert not world.run.reconciliation_folder.exists()


def test_a_store_that_is_no_database_or_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"inventory\.db: no history yet"):
        history(tmp_path / "inventory.db", pallet="X")
    (tmp_path / "inventory.db").write_bytes(b"not a database, but long enough to be looked at" * 40)
    with pytest.raises(BadInputError, match=r"inventory\.db: the history cannot be used: file is not a database"):
        history(tmp_path / "inventory.db", pallet="X")


def test_hostile_texts_are_kept_to_the_letter_in_the_store(world: World) -> None:
    a, b = world.bins[:2]
    hostile = "x'); DROP TABLE runs;--"
    world.erp.write_text(f'location,pallet\n{a},{P}\n{b},"{hostile}"\n')
    world.run.write_lines(world.run.observations_path, [read(a, P), look(b, "empty")])
    reconcile_run(world.run, world.site, world.erp)
    assert [e.pallet for e in history(world.run.store_path, pallet=hostile)] == [hostile]


def test_the_summary_names_the_inputs_by_their_digest(world: World) -> None:
    a = world.bins[0]
    world.reconcile(f"{a},{P}\n", [read(a, P)], snapshot_at="2026-11-23T09:00:00+01:00")
    summary = json.loads((world.run.reconciliation_folder / "summary.json").read_text())
    assert [i["role"] for i in summary["inputs"]] == ["erp", "observations", "site"]
    assert summary["inputs"][2]["sha256"] == world.site.digest
    assert summary["snapshot_at"] == "2026-11-23T08:00:00Z"
