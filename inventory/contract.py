"""The columns of the CSV files: one table that makes both the rows and their description in `datapackage.json`.

A column is only ever added, at the end; a changed meaning is a new major number of SCHEMA_VERSION.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Generic, TypeVar

from inventory.counted import CountState, LineCount
from inventory.findings import Cause, Finding, LocationResult, Verdict
from inventory.severity import Severity
from warehouse.layout import BinKind
from warehouse.observations import Goods, ObservationStatus
from warehouse.pallet_ids import PalletId, PalletIdKind

SCHEMA_VERSION = "1.3.0"

Record = TypeVar("Record")
Field = dict[str, Any]
"""A field of a Frictionless table schema, without its name."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Record]):
    """One column: its name, its text for a record, and its description."""

    name: str
    text: Callable[[Record], str]
    description: str
    type: str = "string"
    constraints: dict[str, Any] = field(default_factory=dict)

    def as_field(self) -> Field:
        """Return the Frictionless field."""
        found: Field = {"name": self.name, "type": self.type, "description": self.description}
        if self.type == "datetime":
            found["format"] = "%Y-%m-%dT%H:%M:%SZ"
        return found | ({"constraints": self.constraints} if self.constraints else {})


def csv_text(columns: Sequence[Column[Record]], records: Iterable[Record]) -> str:
    """Return the table as RFC 4180 text: commas, CRLF, quotes where needed, cells exact."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow([c.name for c in columns])
    writer.writerows([c.text(record) for c in columns] for record in records)
    return stream.getvalue()


def csv_rows(columns: Sequence[Column[Record]], records: Iterable[Record]) -> list[str]:
    """Return each record as one row of that table, without its end."""
    rows: list[str] = []
    writer = csv.writer(_Rows(rows), lineterminator="")
    writer.writerows([c.text(record) for c in columns] for record in records)
    return rows


class _Rows:
    """What the csv module writes to: it hands over a row at a time."""

    def __init__(self, rows: list[str]) -> None:
        self.write = rows.append


def several(texts: Iterable[str]) -> str:
    """Return several values as one cell: each once, in order, joined by a bar."""
    return "|".join(dict.fromkeys(t for t in texts if t))


def share(value: float | None) -> str:
    """Return a probability to two digits; empty when there is none."""
    return "" if value is None else f"{value:.2f}"


def words(text: str) -> str:
    """Return a sentence without line ends and other control characters, which many importers trip over."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _kind(pallet: PalletId | None) -> str:
    return pallet.kind.value if pallet else ""


def _id(pallet: PalletId | None) -> str:
    return pallet.value if pallet else ""


def _version(_: object) -> str:
    return SCHEMA_VERSION


def _margin(result: LocationResult) -> str:
    margin = result.observation.margin_m if result.observation else None
    return "" if margin is None else f"{margin:.3f}"


def _quantity(finding: Finding) -> str:
    quantities = [line.quantity for line in finding.lines]
    return _plain(quantities[0]) if len(quantities) == 1 else ""


def _plain(quantity: Decimal | None) -> str:
    return "" if quantity is None else f"{quantity:f}"


_REQUIRED = {"required": True}
_VERSION = _REQUIRED | {"pattern": r"1\.\d+\.\d+"}
_SHARE = {"minimum": 0, "maximum": 1}
_PLACE: tuple[Column[LocationResult], ...] = (
    Column("schema_version", _version, "version of these columns", constraints=_VERSION),
    Column("location", lambda r: r.place.location, "the site's own spelling", constraints=_REQUIRED | {"unique": True}),
    Column("aisle", lambda r: r.place.aisle, "empty where no layout is known"),
    Column("bay", lambda r: r.place.bay, "empty where no layout is known"),
    Column("level", lambda r: r.place.level, "empty where no layout is known"),
    Column("slot", lambda r: r.place.slot, "empty where the site has none"),
    Column(
        "kind",
        lambda r: r.place.kind.value if r.place.kind else "",
        "use of the place by the layout; empty where the layout does not know it",
        constraints={"enum": [k.value for k in BinKind]},
    ),
    Column(
        "verdict",
        lambda r: r.verdict.value,
        "the gravest verdict of its ERP lines and pallets",
        constraints=_REQUIRED | {"enum": [v.value for v in Verdict]},
    ),
    Column(
        "status",
        lambda r: r.status.value,
        "what was seen; unseen is never empty",
        constraints=_REQUIRED | {"enum": [s.value for s in ObservationStatus]},
    ),
)

LOCATION_COLUMNS: tuple[Column[LocationResult], ...] = (
    *_PLACE,
    Column("expected_pallets", lambda r: several(r.expected), "by the ERP, joined by |"),
    Column("observed_pallets", lambda r: several(r.observed), "read there, joined by |"),
    Column("confidence", lambda r: share(r.confidence), "of the verdict; empty where nothing is claimed", "number", _SHARE),
    Column("reason", lambda r: words(r.reason), "in words", constraints=_REQUIRED),
    Column("case_id", lambda r: several(r.case_ids), "findings in discrepancies.csv that speak of it, joined by |"),
    Column("seen_at", lambda r: r.observation.seen_at if r.observation else "", "UTC, last frame that saw it", "datetime"),
    Column(
        "n_frames",
        lambda r: str(len(r.observation.frames)) if r.observation else "0",
        "frames that looked at it",
        "integer",
        {"minimum": 0},
    ),
    Column("evidence", lambda r: r.observation.evidence if r.observation else "", "picture of the place, relative to the run"),
    Column(
        "label_evidence",
        lambda r: several(p.evidence for p in r.observation.pallets) if r.observation else "",
        "pictures of the labels read there, joined by |",
    ),
    Column("runner_up", lambda r: r.observation.runner_up if r.observation else "", "second most likely place of what was read"),
    Column("margin_m", _margin, "metres by which the reads lie nearer to this place than to the runner-up", "number"),
    Column(
        "goods",
        lambda r: r.observation.goods.value if r.observation else "",
        "of an unreadable place: a label that does not read, or goods without a label; empty where that is not known",
        constraints={"enum": [g.value for g in Goods if g.value]},
    ),
)

FINDING_COLUMNS: tuple[Column[Finding], ...] = (
    Column("schema_version", _version, "version of these columns", constraints=_VERSION),
    Column("case_id", lambda f: f.case_id, "unique in this file", constraints=_REQUIRED | {"unique": True}),
    Column(
        "verdict",
        lambda f: f.verdict.value,
        "what is said",
        constraints=_REQUIRED | {"enum": [v.value for v in Verdict if v not in (Verdict.MATCH, Verdict.UNVERIFIED)]},
    ),
    Column("cause", lambda f: f.cause.value, "what it is thought to come from", constraints={"enum": [c.value for c in Cause]}),
    Column("pallet", lambda f: _id(f.pallet), "empty for stock that the ERP keeps without a pallet id"),
    Column("pallet_kind", lambda f: _kind(f.pallet), "rule of the id", constraints={"enum": [k.value for k in PalletIdKind]}),
    Column("expected_location", lambda f: f.expected_location, "by the ERP; empty when it does not list the pallet"),
    Column("observed_location", lambda f: f.observed_location, "where it was read; empty when nowhere"),
    Column("other_pallet", lambda f: _id(f.other_pallet), "second pallet of a swap"),
    Column("other_expected_location", lambda f: f.other_expected_location, "of the second pallet"),
    Column("other_observed_location", lambda f: f.other_observed_location, "of the second pallet, or second place of a duplicate"),
    Column("item", lambda f: several(line.sku for line in f.lines), "by the ERP, joined by |"),
    Column("batch", lambda f: several(line.batch for line in f.lines), "by the ERP, joined by |"),
    Column("quantity", _quantity, "by the ERP, never counted; empty for several lines", "number"),
    Column("uom", lambda f: several(line.uom for line in f.lines), "unit of the quantity"),
    Column("confidence", lambda f: share(f.confidence), "probability that the finding is right", "number", _REQUIRED | _SHARE),
    Column("reason", lambda f: words(f.reason), "in words", constraints=_REQUIRED),
    Column("suggested_action", lambda f: words(f.suggested_action), "for a person to decide", constraints=_REQUIRED),
    Column("seen_at", lambda f: f.seen_at, "UTC", "datetime"),
    Column("evidence", lambda f: f.evidence, "picture of what was read, relative to the run"),
    Column("expected_evidence", lambda f: f.expected_evidence, "picture of where the ERP expects it, relative to the run"),
    Column("erp_row", lambda f: several(str(line.row) for line in f.lines), "rows of the ERP file, from 1, joined by |"),
    Column("erp_row_ref", lambda f: several(line.row_ref for line in f.lines), "the ERP's own ids of these rows, joined by |"),
    Column(
        "severity",
        lambda f: f.weight.severity.value if f.weight.severity else "",
        "how much the finding weighs in this list; empty where the ERP gives nothing to weigh it by",
        constraints={"enum": [s.value for s in Severity]},
    ),
    Column(
        "severity_by",
        lambda f: f.weight.by,
        "what it is weighed by; empty without a severity",
        constraints={"enum": ["value", "abc", "quantity"]},
    ),
    Column("value", lambda f: _plain(f.weight.value), "by the ERP, of the stock at stake", "number"),
    Column("currency", lambda f: f.weight.currency, "of the value, as exported"),
    Column("abc", lambda f: several(line.abc for line in f.lines), "classes of the items by the ERP, joined by |"),
    Column(
        "label_count", lambda f: _plain(f.label_count), "count on the label (37), of a finding that nothing else makes", "number"
    ),
)

RECOUNT_COLUMNS: tuple[Column[LocationResult], ...] = (
    *_PLACE,
    Column("reason", lambda r: words(r.reason), "why it has to be looked at again", constraints=_REQUIRED),
    Column("how", lambda r: recount_by(r)[0], "who can do it", constraints=_REQUIRED | {"enum": ["fly", "hand"]}),
    Column("what_to_do", lambda r: recount_by(r)[1], "what to do differently this time", constraints=_REQUIRED),
    Column("case_id", lambda r: several(r.case_ids), "findings in discrepancies.csv that speak of it, joined by |"),
)

LINE_COLUMNS: tuple[Column[LineCount], ...] = (
    Column("schema_version", _version, "version of these columns", constraints=_VERSION),
    Column(
        "erp_row",
        lambda c: str(c.result.line.row),
        "row of the ERP file, from 1",
        "integer",
        _REQUIRED | {"unique": True, "minimum": 1},
    ),
    Column("erp_row_ref", lambda c: c.result.line.row_ref, "the ERP's own id of the row"),
    Column("location", lambda c: c.result.line.location, "where the ERP books it", constraints=_REQUIRED),
    Column("pallet", lambda c: c.result.line.pallet_text, "by the ERP; empty for a row without a pallet id"),
    Column("item", lambda c: c.result.line.sku, "by the ERP"),
    Column("batch", lambda c: c.result.line.batch, "by the ERP"),
    Column("quantity", lambda c: _plain(c.result.line.quantity), "by the ERP, never counted", "number"),
    Column("uom", lambda c: c.result.line.uom, "unit of the quantity"),
    Column(
        "verdict", lambda c: c.result.verdict.value, "of this line", constraints=_REQUIRED | {"enum": [v.value for v in Verdict]}
    ),
    Column(
        "state",
        lambda c: c.state.value,
        "counted: its pallet was read at its location; counted_zero: seen without it; not_counted: neither, or in doubt",
        constraints=_REQUIRED | {"enum": [s.value for s in CountState]},
    ),
    Column(
        "status",
        lambda c: c.location.status.value,
        "what was seen of its location",
        constraints=_REQUIRED | {"enum": [s.value for s in ObservationStatus]},
    ),
    Column("stands_at", lambda c: c.stands_at, "other location where its pallet was soundly read; empty when that is not known"),
    Column("other_pallets", lambda c: several(c.other_pallets), "read at its location, booked elsewhere or nowhere, joined by |"),
    Column("reason", lambda c: words(c.result.reason), "in words", constraints=_REQUIRED),
    Column("case_id", lambda c: several(c.case_ids), "findings in discrepancies.csv that speak of it, joined by |"),
    Column(
        "seen_at", lambda c: c.location.observation.seen_at if c.location.observation else "", "UTC, of its location", "datetime"
    ),
    Column(
        "erp_columns",
        lambda c: json.dumps(c.result.line.source, ensure_ascii=False),
        "every column of the row as exported: pairs of header and text",
        "array",
    ),
    Column("value", lambda c: _plain(c.result.line.value), "by the ERP, of the stock of the row", "number"),
    Column("currency", lambda c: c.result.line.currency, "of the value, as exported"),
    Column("abc", lambda c: c.result.line.abc, "class of the item by the ERP"),
    Column(
        "label_count",
        lambda c: _plain(c.label_count),
        "count on the label (37) of its pallet, read at its location; what the label says, counted by nobody",
        "number",
    ),
    Column("difference", lambda c: _plain(c.difference), "label_count less quantity; also where it is tolerated", "number"),
)


def needs_recount(result: LocationResult) -> bool:
    """Whether a location belongs in recount.csv: all that is not decided, but for places out of use where the ERP has nothing."""
    if result.verdict not in (Verdict.UNVERIFIED, Verdict.LOW_CONFIDENCE):
        return False
    out_of_use = result.place.kind in (BinKind.UNUSED, BinKind.FORBIDDEN)
    return not (out_of_use and not result.expected and result.status is ObservationStatus.NOT_OBSERVABLE)


def recount_by(result: LocationResult) -> tuple[str, str]:
    """Return who can look again, `fly` or `hand`, and what to do differently."""
    status = result.status
    if result.causes == (Cause.BOOKED_WITHOUT_ID,):
        return "hand", "Go there and see whether the pallet is what the ERP books there without a pallet id."
    if status is ObservationStatus.READ and result.causes == (Cause.HOME_NOT_SEEN,):
        return "fly", "Look at the place where the ERP expects its pallet, and at this one again."
    if status is ObservationStatus.NOT_OBSERVABLE or (result.place.aisle and result.place.kind is None):
        return "hand", "Count it by hand: the drone cannot see into it."
    if status is ObservationStatus.UNSEEN:
        return "fly", "Look at it again: nothing may hide it, and its lane must be flown to the end."
    if result.observation is not None and result.observation.goods is Goods.NO_LABEL:
        return "hand", "Go there and see what stands there: the goods show no label on this side."
    if status is ObservationStatus.UNREADABLE:
        return "fly", "Look again from nearer, from another side and in other light; if the label is damaged, read it by hand."
    if status is ObservationStatus.EMPTY:
        return "fly", "Look again with more photos, to be sure that it is empty."
    if result.observation is not None and result.observation.margin_m is not None:
        return "fly", "Look again from straight in front, slowly, so that the label is seen well inside its place."
    return "fly", "Read the label again, in several photos."
