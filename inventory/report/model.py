"""What the page says, as records: the places and findings of one reconciled run, and the numbers of its first sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from inventory.findings import ACCUSATIONS, Verdict
from inventory.report.tables import ReconciliationTables, Row, number, several
from warehouse.layout import Bin, BinKind, Layout

FINDING_VERDICTS = tuple(v.value for v in Verdict if v in ACCUSATIONS)
"""Claims that someone has to look at, the gravest first."""
DOUBT_VERDICTS = tuple(v.value for v in Verdict if v not in ACCUSATIONS and v is not Verdict.MATCH)
"""No claim: nothing can be said yet."""
OUT_OF_USE = (BinKind.UNUSED, BinKind.FORBIDDEN)
SHOWN = (Verdict.MATCH.value, *FINDING_VERDICTS, *DOUBT_VERDICTS, "left_out", "not_in_count")
"""How a place can look on the page: a verdict, or one of two reasons why it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One location, as the page shows it."""

    code: str
    is_on_map: bool = True
    """False for a location that only the ERP or a label names, not the layout."""
    shown: str
    """One of SHOWN."""
    status: str = ""
    """An observation status; empty when the location was not part of this count."""
    kind: str = ""
    expected: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()
    confidence: float | None = None
    reason: str = ""
    seen_at: str = ""
    n_frames: str = ""
    runner_up: str = ""
    margin_m: float | None = None
    pictures: tuple[str, ...] = ()
    """Of the whole bin; paths in the run folder."""
    labels: tuple[str, ...] = ()
    """Of the labels read here."""
    findings: tuple[int, ...] = ()
    """Indices into `Report.findings`."""

    @property
    def words(self) -> str:
        """What a search in the list finds this place by."""
        return " ".join((self.code, *self.expected, *self.observed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row of discrepancies.csv, as the page shows it."""

    index: int
    verdict: str
    case_id: str
    cause: str
    pallet: str
    other_pallet: str
    expected_location: str
    observed_location: str
    other_expected_location: str
    other_observed_location: str
    item: str
    batch: str
    quantity: str
    confidence: float | None
    reason: str
    suggested_action: str
    seen_at: str
    erp_row: str
    places: tuple[str, ...]
    """Codes of the locations that it concerns, each once, where the ERP expects the pallet first."""
    pictures: tuple[str, ...]
    """Evidence that the row itself names; paths in the run folder."""

    @property
    def words(self) -> str:
        """What a search in the list finds this finding by."""
        return " ".join((self.pallet, self.other_pallet, self.item, self.batch, self.case_id, *self.places))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecountItem:
    """One line of the tick list."""

    code: str
    reason: str
    how: str
    """`fly` or `hand`; empty when the file does not say."""
    what_to_do: str
    expected: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpExport:
    """What the stock was compared with."""

    file: str = ""
    snapshot_at: str = ""
    """UTC, ISO 8601; empty when nobody said."""
    n_refused: int = 0
    """Rows that could not be read, so that nothing was compared with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that the page says about the stock."""

    places: dict[str, Place]
    """By code: every location of the layout, in its order, then those that the layout does not know."""
    findings: tuple[Finding, ...]
    """In the order of the list: claims first, by verdict, then doubts."""
    recount: tuple[RecountItem, ...]
    erp: ErpExport

    @property
    def n_total(self) -> int:
        """Locations that were to be verified."""
        return sum(p.shown not in ("left_out", "not_in_count") for p in self.places.values())

    @property
    def n_agree(self) -> int:
        """Locations that agree with the ERP."""
        return self.counts["match"]

    @property
    def n_left_out(self) -> int:
        """Locations out of use where the ERP expects nothing, as it should be."""
        return self.counts["left_out"]

    @property
    def n_unverified(self) -> int:
        """Locations about which nothing can be claimed."""
        return sum(self.counts[v] for v in DOUBT_VERDICTS)

    @property
    def n_findings(self) -> int:
        """Findings that make a claim."""
        return sum(f.verdict in FINDING_VERDICTS for f in self.findings)

    @property
    def counts(self) -> Counter[str]:
        """Number of locations by how they are shown."""
        return Counter(p.shown for p in self.places.values())

    @property
    def doubtful_places(self) -> tuple[Place, ...]:
        """Locations without a claim that no finding mentions, so that the list can name them too."""
        return tuple(p for p in self.places.values() if p.shown in DOUBT_VERDICTS and not p.findings)

    def is_on_map(self, finding: Finding) -> bool:
        """Whether any location of the finding is drawn."""
        return any(self.places[code].is_on_map for code in finding.places)

    @property
    def scanned(self) -> tuple[str, str]:
        """First and last time at which a location was seen (UTC, ISO 8601); empty texts when none was."""
        times = sorted(p.seen_at for p in self.places.values() if p.seen_at)
        return (times[0], times[-1]) if times else ("", "")


def build_report(tables: ReconciliationTables, layout: Layout | None) -> Report:
    """Return what the page says, from the tables and the building; of scans of others no building is known."""
    order = {verdict: i for i, verdict in enumerate((*FINDING_VERDICTS, *DOUBT_VERDICTS))}
    concerned: dict[str, list[str]] = {}
    for row in tables.locations:
        for case in several(row.get("case_id", "")):
            concerned.setdefault(case, []).append(row["location"])
    rows = sorted((r for r in tables.discrepancies if r["verdict"] != "match"), key=lambda r: order.get(r["verdict"], len(order)))
    findings = tuple(_finding(i, row, concerned.get(row.get("case_id", ""), [])) for i, row in enumerate(rows))
    of_place: dict[str, list[int]] = {}
    for finding in findings:
        for code in finding.places:
            of_place.setdefault(code, []).append(finding.index)
    row_of = {row["location"]: row for row in tables.locations}
    bins = layout.bins_by_code if layout is not None else {}
    codes = dict.fromkeys((*bins, *row_of, *of_place))
    places = {code: _place(code, bins.get(code), row_of.get(code), tuple(of_place.get(code, ()))) for code in codes}
    if layout is None:  # there is no map that anything could be missing from
        places = {code: replace(place, is_on_map=True) for code, place in places.items()}
    return Report(places=places, findings=findings, recount=tuple(_recount(tables.recount, places)), erp=_erp(tables.summary))


def _place(code: str, b: Bin | None, row: Row | None, findings: tuple[int, ...]) -> Place:
    kind = b.kind.value if b else ""
    if row is None:
        shown = "left_out" if b and b.kind in OUT_OF_USE else "not_in_count"
        return Place(code=code, is_on_map=b is not None, shown=shown, kind=kind, findings=findings)
    return Place(
        code=code,
        is_on_map=b is not None,
        shown=_shown(b, row, findings),
        status=row.get("status", ""),
        kind=kind,
        expected=tuple(several(row.get("expected_pallets", ""))),
        observed=tuple(several(row.get("observed_pallets", ""))),
        confidence=number(row.get("confidence", "")),
        reason=row.get("reason", ""),
        seen_at=row.get("seen_at", ""),
        n_frames=row.get("n_frames", ""),
        runner_up=row.get("runner_up", ""),
        margin_m=number(row.get("margin_m", "")),
        pictures=tuple(several(row.get("evidence", ""))),
        labels=tuple(several(row.get("label_evidence", ""))),
        findings=findings,
    )


def _shown(b: Bin | None, row: Row, findings: tuple[int, ...]) -> str:
    verdict = row["verdict"]
    if verdict not in SHOWN:  # a verdict of a later version: it is no agreement, and a person should look at it
        return "unverified"
    if verdict == Verdict.UNVERIFIED and b and b.kind in OUT_OF_USE and not findings and not row.get("expected_pallets", ""):
        return "left_out"
    return verdict


def _finding(index: int, row: Row, concerned: list[str]) -> Finding:
    """Return the finding; `concerned` are the locations that name its case, more than the row names when a whole row is shifted."""
    named = [
        row.get(column, "")
        for column in ("expected_location", "observed_location", "other_expected_location", "other_observed_location")
    ]
    locations = dict.fromkeys(code for cell in (*named, *concerned) for code in several(cell))
    quantity = " ".join(part for part in (row.get("quantity", ""), _listed(row, "uom")) if part)
    return Finding(
        index=index,
        verdict=row["verdict"] if row["verdict"] in SHOWN else "unverified",
        case_id=row.get("case_id", ""),
        cause=row.get("cause", ""),
        pallet=row.get("pallet", ""),
        other_pallet=row.get("other_pallet", ""),
        expected_location=named[0],
        observed_location=named[1],
        other_expected_location=named[2],
        other_observed_location=named[3],
        item=_listed(row, "item"),
        batch=_listed(row, "batch"),
        quantity=quantity,
        confidence=number(row.get("confidence", "")),
        reason=row.get("reason", ""),
        suggested_action=row.get("suggested_action", ""),
        seen_at=row.get("seen_at", ""),
        erp_row=_listed(row, "erp_row_ref") or _listed(row, "erp_row"),
        places=tuple(locations),
        pictures=tuple(several(row.get("evidence", "")) + several(row.get("expected_evidence", ""))),
    )


def _listed(row: Row, column: str) -> str:
    return ", ".join(several(row.get(column, "")))


def _recount(rows: list[Row], places: dict[str, Place]) -> Iterable[RecountItem]:
    for row in rows:
        place = places.get(row["location"])
        reason = row.get("reason", "") or (place.reason if place else "")
        yield RecountItem(
            code=row["location"],
            reason=reason,
            how=row.get("how", ""),
            what_to_do=row.get("what_to_do", ""),
            expected=place.expected if place else (),
        )


def _erp(summary: dict[str, Any]) -> ErpExport:
    erp = summary.get("erp")
    erp = erp if isinstance(erp, dict) else {}
    refused = erp.get("rows_refused", 0)
    return ErpExport(
        file=str(erp.get("file", "")),
        snapshot_at=str(summary.get("snapshot_at", "")),
        n_refused=refused if isinstance(refused, int) else 0,
    )
