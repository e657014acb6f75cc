"""The tables of a reconciliation -> what the page says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from inventory.findings import Verdict
from inventory.report.model import (
    DOUBT_VERDICTS,
    FINDING_VERDICTS,
    OUT_OF_USE,
    SEVERITIES,
    SHOWN,
    ErpExport,
    Finding,
    Place,
    RecountItem,
    Report,
    Reviewed,
)
from inventory.report.tables import ReconciliationTables, Row, number, several
from inventory.store.standing import CaseStanding
from warehouse.layout import Bin, Layout

_NOTHING: Mapping[str, CaseStanding] = MappingProxyType({})


def build_report(
    tables: ReconciliationTables, layout: Layout | None, standing: Mapping[str, CaseStanding] = _NOTHING, reconciliation: str = ""
) -> Report:
    """Return what the page says, from the tables, the building (of scans of others none is known), and what became of each case."""
    bins = layout.bins_by_code if layout is not None else {}
    order = {verdict: i for i, verdict in enumerate((*FINDING_VERDICTS, *DOUBT_VERDICTS))}
    concerned: dict[str, list[str]] = {}
    for row in tables.locations:
        for case in several(row.get("case_id", "")):
            concerned.setdefault(case, []).append(row["location"])
    rows = [r for r in tables.discrepancies if r["verdict"] != "match"]
    rows.sort(key=lambda r: (order.get(r["verdict"], len(order)), _weight(r)))
    aisle_of = {row["location"]: row.get("aisle", "") for row in tables.locations}
    aisle_of |= {code: b.code.aisle for code, b in bins.items()}
    findings = tuple(
        _finding(i, row, concerned.get(row.get("case_id", ""), []), aisle_of, standing.get(row.get("case_id", ""), CaseStanding()))
        for i, row in enumerate(rows)
    )
    of_place: dict[str, list[int]] = {}
    for finding in findings:
        for code in finding.places:
            of_place.setdefault(code, []).append(finding.index)
    row_of = {row["location"]: row for row in tables.locations}
    codes = dict.fromkeys((*bins, *row_of, *of_place))
    places = {code: _place(code, bins.get(code), row_of.get(code), tuple(of_place.get(code, ()))) for code in codes}
    if layout is None:  # there is no map that anything could be missing from
        places = {code: replace(place, is_on_map=True) for code, place in places.items()}
    return Report(
        places=places,
        findings=findings,
        recount=tuple(_recount(tables.recount, places)),
        erp=_erp(tables.summary),
        reviews=tuple(_reviewed(row) for row in tables.review),
        reconciliation=reconciliation,
    )


def _weight(row: Row) -> int:
    """Return the rank of its severity; what nobody can weigh goes with the middle."""
    severity = row.get("severity", "")
    return SEVERITIES.index(severity) if severity in SEVERITIES else 1


def _place(code: str, b: Bin | None, row: Row | None, findings: tuple[int, ...]) -> Place:
    kind = b.kind.value if b else ""
    if row is None:
        shown = "left_out" if b and b.kind in OUT_OF_USE else "not_in_count"
        aisle = b.code.aisle if b else ""
        return Place(code=code, is_on_map=b is not None, aisle=aisle, shown=shown, kind=kind, findings=findings)
    return Place(
        code=code,
        is_on_map=b is not None,
        aisle=b.code.aisle if b else row.get("aisle", ""),
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


def _finding(index: int, row: Row, concerned: list[str], aisle_of: Mapping[str, str], standing: CaseStanding) -> Finding:
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
        severity=row.get("severity", "") if row.get("severity", "") in SEVERITIES else "",
        value=" ".join(part for part in (row.get("value", ""), row.get("currency", "")) if part) if row.get("value", "") else "",
        decisions=standing.decisions,
        second_looks=standing.second_looks,
        aisles=tuple(dict.fromkeys(aisle for code in locations if (aisle := aisle_of.get(code, "")))),
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
            status=place.status if place else "",
            again=_again(row.get("how", ""), place),
        )


def _again(how: str, place: Place | None) -> str:
    if place is None or not place.status:
        return ""
    if how == "hand":
        return "no_label" if place.status == "unreadable" else "not_observable"
    return place.status


def _reviewed(row: Row) -> Reviewed:
    places = dict.fromkeys(row.get(name, "") for name in ("expected_location", "observed_location"))
    return Reviewed(
        run=row.get("reviewed_run", ""),
        case_id=row.get("reviewed_case_id", ""),
        outcome=row["outcome"],
        verdict=row.get("verdict", ""),
        pallet=row.get("pallet", ""),
        locations=tuple(code for code in places if code),
        reason=row.get("reason", ""),
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
