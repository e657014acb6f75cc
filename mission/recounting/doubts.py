"""The doubtful locations of a reconciled run, from what it handed over: recount.csv, discrepancies.csv and observations.jsonl."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from warehouse.errors import BadInputError
from warehouse.observations import SURE, Goods, Observation, ObservationStatus
from warehouse.run_folder import RunFolder
from warehouse.site import Site

MADE_BY = "aislescan reconcile RUN --erp FILE"
_NEEDED = ("location", "status", "reason", "how", "what_to_do")
_FINDING_NEEDED = (
    *("verdict", "reason", "observed_location", "expected_location"),
    *("other_observed_location", "other_expected_location"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One location that has to be looked at again."""

    location: str
    status: ObservationStatus
    goods: Goods
    reason: str
    """In words, why."""
    is_for_hand: bool
    """Whether the reconciliation says that only a person can decide it."""
    what_to_do: str


def read_doubts(
    run: RunFolder, site: Site, *, asked: Mapping[str, str] | None = None, with_claims: bool = False
) -> tuple[Doubt, ...]:
    """Return the doubtful locations: those of recount.csv in its order, then the other ends of findings too thin to accuse, then
    what a person asked for (location -> why), then observations that are unsure though they agree.

    `with_claims` doubts every finding, so that two independent looks confirm or overturn it.

    BadInputError when the run is not reconciled yet, or one of the files cannot be read.
    """
    path = run.require(run.reconciliation.recount_path, made_by=MADE_BY)
    observations = {o.location: o for o in run.read_lines(run.observations_path, Observation)} if _has_observations(run) else {}
    doubts: dict[str, Doubt] = {}
    for number, row in enumerate(_rows(path.read_bytes(), str(path)), start=2):
        location = row["location"]
        where = f"{path}, row {number}"
        if location not in site.layout.bins_by_code:
            doubts[location] = _unknown(location, row["reason"])
            continue
        try:
            status = ObservationStatus(row["status"])
        except ValueError as error:
            raise BadInputError(
                f"{where}, column status: {row['status']!r}; expected one of {', '.join(ObservationStatus)}",
                remedy=f"run again: {MADE_BY}",
            ) from error
        seen = observations.get(location)
        doubts[location] = Doubt(
            location=location,
            status=status,
            goods=seen.goods if seen else Goods.UNKNOWN,
            reason=row["reason"],
            is_for_hand=row["how"] == "hand",
            what_to_do=row["what_to_do"],
        )
    for location, reason in (*_to_confirm(run, with_claims), *(asked or {}).items()):
        if location not in doubts and location in site.layout.bins_by_code:
            doubts[location] = _again(location, observations.get(location), reason)
    for location, reason in (asked or {}).items():
        if location not in site.layout.bins_by_code:
            doubts.setdefault(location, _unknown(location, reason))
    for o in observations.values():
        if o.location not in doubts and o.confidence < SURE and o.location in site.layout.bins_by_code:
            reason = f"The look at {o.location} is unsure (given {o.confidence:.2f}): {o.reason}."
            doubts[o.location] = _again(o.location, o, reason)
    return tuple(doubts.values())


def _unknown(location: str, reason: str) -> Doubt:
    return Doubt(
        location=location,
        status=ObservationStatus.UNSEEN,
        goods=Goods.UNKNOWN,
        reason=reason,
        is_for_hand=True,
        what_to_do="Count it by hand, or add it to layout.csv: the layout of this run does not know it.",
    )


def _again(location: str, o: Observation | None, reason: str) -> Doubt:
    """Return the doubt about a location that may be flown to; what was not observed counts as unseen."""
    status, goods = (o.status, o.goods) if o is not None else (ObservationStatus.UNSEEN, Goods.UNKNOWN)
    return Doubt(location=location, status=status, goods=goods, reason=reason, is_for_hand=False, what_to_do="")


def _to_confirm(run: RunFolder, with_claims: bool) -> Iterator[tuple[str, str]]:
    """Yield every location that a finding too thin to accuse speaks of (or any finding), with its reason: both ends of it must be
    seen again.
    """
    path = run.reconciliation.discrepancies_path
    if not path.is_file():
        return
    for row in _rows(path.read_bytes(), str(path), _FINDING_NEEDED):
        if with_claims or row["verdict"] == "low_confidence":
            named = (row[column] for column in _FINDING_NEEDED if column.endswith("_location"))
            yield from ((location, f"To confirm: {row['reason']}") for location in named if location)


def recount_sha256(run: RunFolder) -> str:
    """Return the digest (hex) of the recount.csv that `read_doubts` reads."""
    return hashlib.sha256(run.reconciliation.recount_path.read_bytes()).hexdigest()


def _has_observations(run: RunFolder) -> bool:
    return run.observations_path.is_file()


def _rows(raw: bytes, name: str, needed: tuple[str, ...] = _NEEDED) -> list[dict[str, str]]:
    try:
        reader = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
        rows = [{k: v or "" for k, v in row.items() if isinstance(k, str)} for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInputError(f"{name}: cannot be read as CSV: {error}", remedy=f"run again: {MADE_BY}") from error
    for column in needed:
        if column not in (reader.fieldnames or ()):
            raise BadInputError(f"{name}, row 1: no column {column!r}", remedy=f"run again: {MADE_BY}")
    return rows
