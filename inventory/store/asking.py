"""What the history knows of a location, a pallet or an item: what each run said, and what became of each finding."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inventory.store.database import Database, opened
from warehouse.errors import BadInputError
from warehouse.run_folder import STORE_NAME
from warehouse.scan_folder import store_beside


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """What one run said of a location, a pallet or a line of the ERP."""

    run: str
    recorded_at: str
    seen_at: str
    """UTC; empty when it was not seen."""
    location: str
    pallet: str
    """For a location: the pallets read there, joined by |."""
    verdict: str
    reason: str
    sku: str = ""
    batch: str = ""
    quantity: str = ""
    """Item, batch and quantity by the ERP, only when an item was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondOpinion:
    """What a later run said of a finding."""

    run: str
    recorded_at: str
    outcome: str
    """confirmed, overturned or open."""
    case_id: str
    """The finding that goes on with it in that run; empty when there is none."""
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decided on a finding."""

    decision: str
    """confirm, overturn or recount."""
    by: str
    decided_at: str
    reason: str
    recorded_at: str
    is_in_force: bool
    """False for one that a later decision on the same case has superseded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One finding with all that became of it, the latest first."""

    run: str
    recorded_at: str
    case_id: str
    verdict: str
    cause: str
    pallet: str
    sku: str
    expected_location: str
    observed_location: str
    confidence: float
    reason: str
    severity: str
    """high, medium or low; empty where the ERP gave nothing to weigh it by, and in records of formats 1 and 2."""
    severity_by: str
    value: str
    """By the ERP, of the stock at stake; empty where it gave none."""
    currency: str
    abc: str
    second_looks: tuple[SecondOpinion, ...]
    decisions: tuple[Decision, ...]


_ENTRIES = {
    "location": "SELECT run, recorded_at, seen_at, location, observed AS pallet, verdict, reason FROM location_history "
    "WHERE location = :asked",
    "pallet": "SELECT run, recorded_at, seen_at, location, pallet, verdict, reason FROM pallet_history WHERE pallet = :asked",
    "item": "SELECT run, recorded_at, seen_at, location, pallet, verdict, reason, sku, batch, quantity FROM item_history "
    "WHERE sku = :asked",
    # of what is settled nothing is wrong
    "": "SELECT r.run, r.recorded_at, o.seen_at, o.location, o.observed AS pallet, o.verdict, o.reason FROM observations o "
    "JOIN runs r ON r.id = o.run_id WHERE o.verdict NOT IN ('match', 'unverified')",
}
_CASES = {
    "location": ":asked IN (f.expected_location, f.observed_location, f.other_expected_location, f.other_observed_location) "
    "OR instr('|' || f.further_locations || '|', '|' || :asked || '|')",
    "pallet": ":asked IN (f.pallet, f.other_pallet)",
    "item": "instr('|' || f.sku || '|', '|' || :asked || '|')",
    "": "1",
}


def history(
    db_path: Path, *, location: str | None = None, pallet: str | None = None, item: str | None = None
) -> list[HistoryEntry]:
    """Return what all runs said of a location, a pallet or an item, the latest first; all locations with a discrepancy when none
    is given. BadInputError when there is no store.
    """
    what, asked = _asked(location, pallet, item)
    with opened(db_path, must_exist=True) as db:
        return [
            HistoryEntry(**row) for row in db.query(f"{_ENTRIES[what]} ORDER BY number DESC, location, pallet", {"asked": asked})
        ]


def cases(db_path: Path, *, location: str | None = None, pallet: str | None = None, item: str | None = None) -> list[Case]:
    """Return the findings that speak of it, with second looks and decisions, the latest first; all of them when none is given."""
    what, asked = _asked(location, pallet, item)
    sql = (
        "SELECT f.run_id, r.run, r.recorded_at, f.case_id, f.verdict, f.cause, f.pallet, f.sku, f.expected_location, "
        "f.observed_location, f.confidence, f.reason, f.severity, f.severity_by, f.value, f.currency, f.abc "
        f"FROM findings f JOIN runs r ON r.id = f.run_id WHERE {_CASES[what]} "
        "ORDER BY r.number DESC, f.case_id"
    )
    with opened(db_path, must_exist=True) as db:
        found = []
        for row in list(db.query(sql, {"asked": asked})):
            key = [row.pop("run_id"), row["case_id"]]
            found.append(Case(**row, second_looks=_second_looks(db, key), decisions=_decisions(db, key)))
        return found


def _asked(location: str | None, pallet: str | None, item: str | None) -> tuple[str, str]:
    given = [(what, text) for what, text in (("location", location), ("pallet", pallet), ("item", item)) if text is not None]
    if len(given) > 1:
        raise BadInputError("history takes one of --location, --pallet and --item", remedy="ask for one after the other")
    return given[0] if given else ("", "")


def _second_looks(db: Database, key: list[str]) -> tuple[SecondOpinion, ...]:
    sql = (
        "SELECT b.run, b.recorded_at, w.outcome, w.case_id, w.reason FROM reviews w JOIN runs b ON b.id = w.run_id "
        "WHERE w.reviewed_run_id = ? AND w.reviewed_case_id = ? ORDER BY b.number DESC"
    )
    return tuple(SecondOpinion(**row) for row in db.query(sql, key))


def _decisions(db: Database, key: list[str]) -> tuple[Decision, ...]:
    sql = (
        "SELECT decision, decided_by AS by, decided_at, reason, recorded_at FROM decisions WHERE run_id = ? AND case_id = ? "
        "ORDER BY decided_at DESC, number DESC"
    )
    return tuple(Decision(**row, is_in_force=n == 0) for n, row in enumerate(db.query(sql, key)))


def last_seen(db_path: Path, site_name: str) -> dict[str, str]:
    """Return for each location of that site when a run last read it or saw it empty (UTC); BadInputError when there is no store."""
    sql = (
        "SELECT o.location, max(o.seen_at) AS seen_at FROM observations o "
        "JOIN inputs i ON i.run_id = o.run_id AND i.role = 'site' AND i.file = :site "
        "WHERE o.status IN ('read', 'empty') GROUP BY o.location"
    )
    with opened(db_path, must_exist=True) as db:
        return {row["location"]: row["seen_at"] for row in db.query(sql, {"site": site_name})}


def find_store(given: Path | None) -> Path:
    """Return the history that a person means: the file itself, a run beside which it lies, or a folder of runs.

    Nothing given: that of this folder, else of `runs` in it. BadInputError names where it was looked for.
    """
    if given is not None and given.is_file():
        return given
    folders = (Path(), Path("runs")) if given is None else (given,)
    places = [folder / STORE_NAME for folder in folders]
    if given is not None and (beside := store_beside(given)) is not None:
        places = [beside]
    for place in places:
        if place.is_file():
            return place
    raise BadInputError(
        f"{' or '.join(str(p) for p in places)}: no history there",
        remedy="name a run, the folder of the runs, or the file: it begins with aislescan reconcile RUN --erp FILE",
    )


def sites_of(db_path: Path) -> list[str]:
    """Return the names of the sites whose runs the history holds, sorted."""
    with opened(db_path, must_exist=True) as db:
        return [row["file"] for row in db.query("SELECT DISTINCT file FROM inputs WHERE role = 'site' ORDER BY file")]
