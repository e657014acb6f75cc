"""One settled location of each kind, judged by the code that judges all others; and its rows as patterns to be filled in.

The exemplar's names, ids, amounts and times are marks (its expiry and time of movement are not given: nothing speaks of them where
all is in order). What the files would say of it, cut at these marks, is what they say of all settled
locations of the kind, with their own names, ids and times in the gaps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

import polars as pl

from inventory.book import Book
from inventory.columns.plain_text import cell
from inventory.columns.settling import Kind, Situation, kind_of
from inventory.comparing import compare
from inventory.contract import LINE_COLUMNS, LOCATION_COLUMNS, RECOUNT_COLUMNS, csv_rows, needs_recount
from inventory.counted import line_counts
from inventory.erp_lines import ErpFile, ErpLine
from inventory.findings import Reconciliation
from inventory.places import Places
from inventory.scans import TRUSTED
from inventory.settled import Exemplar
from inventory.sightings import Looks
from inventory.workbook.cells import number_or_text, time_or_text
from inventory.world import World
from warehouse.observations import Observation, ObservationStatus, PalletSighting
from warehouse.pallet_ids import PalletId, PalletIdKind

_ROW = 777_000_777
_QUANTITY = "918273645"
_VALUE = "817263549"
_SEEN_AT = "2001-02-03T04:05:06Z"
_MARKS = {
    "location": "⟦location⟧",
    "pallet": "⟦pallet⟧",
    "key": "⟦key⟧",
    "sku": "⟦sku⟧",
    "uom": "⟦uom⟧",
    "batch": "⟦batch⟧",
    "row_ref": "⟦row_ref⟧",
    "abc": "⟦abc⟧",
    "currency": "⟦currency⟧",
    "row": str(_ROW),
    "quantity": _QUANTITY,
    "value": _VALUE,
    "seen_at": _SEEN_AT,
}
"""Column of the frames -> what stands for it. Marks are printable, and need no quotes in CSV or JSON."""
_COLUMN_OF = {mark: column for column, mark in _MARKS.items()}
_ANY_MARK = re.compile("|".join(map(re.escape, _COLUMN_OF)))
IN_HISTORY = frozenset({"location", "key", "pallet"})
"""Columns that the history fills in (`inventory.store.views`)."""
MARKED = tuple(_MARKS)
"""The columns that marks stand for."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A row of a file with gaps."""

    parts: tuple[tuple[str, str], ...]
    """(text, column whose value follows it; empty for the last)."""

    @property
    def text(self) -> pl.Expr:
        """The row, filled in."""
        filled = [e for text, column in self.parts for e in (pl.lit(text), *([pl.col(column)] if column else [])) if text or column]
        return pl.concat_str(filled)


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPatterns:
    """What the files say of a kind."""

    location: Pattern
    recount: Pattern | None
    """None for what needs no second look."""
    line: Pattern | None
    """None where the ERP has no line."""


def exemplar_of(
    code: int, erp: ErpFile, titles: Sequence[str], *, n_places: int, n_lines: int, last_seen_at: str
) -> tuple[Exemplar, KindPatterns]:
    """Judge one location of the kind with that number; `titles` are the headers of the ERP file."""
    kind = kind_of(code)
    line = _line(kind, titles)
    lines = () if line is None else (line,)
    observations = _observations(kind)
    book = Book(lines)
    book.is_without_pallets = False
    world = World(book=book, looks=Looks(observations), places=Places.of_texts([_MARKS["location"]]), is_any_text_a_pallet=True)
    results, pallets, places, findings = compare(world)
    if findings or len(places) != 1 or len(results) != len(lines):
        raise AssertionError(f"{kind} is not beyond doubt: {findings}")
    found = Reconciliation(
        erp=erp, inputs=(), snapshot_at=None, lines=results, pallets=pallets, locations=places, findings=findings
    )
    counts = line_counts(found)
    exemplar = Exemplar(
        place=places[0],
        line=counts[0] if counts else None,
        pallet=pallets[0] if pallets else None,
        n_places=n_places,
        n_lines=n_lines,
        kind=code,
        last_seen_at=last_seen_at,
    )
    said = [places[0].reason, *places[0].expected, *places[0].observed, *(x.reason for x in results), *(x.reason for x in pallets)]
    if any({_COLUMN_OF[mark] for mark in _ANY_MARK.findall(text)} - IN_HISTORY for text in said):
        raise AssertionError(f"{kind}: the history cannot tell {said}")
    marks = _COLUMN_OF | {_raw(i): cell(i) for i in range(len(titles))}
    return exemplar, KindPatterns(
        location=_pattern(csv_rows(LOCATION_COLUMNS, places)[0], marks),
        recount=_pattern(csv_rows(RECOUNT_COLUMNS, places)[0], marks) if needs_recount(places[0]) else None,
        line=_pattern(csv_rows(LINE_COLUMNS, counts)[0], marks) if counts else None,
    )


def _line(kind: Kind, titles: Sequence[str]) -> ErpLine | None:
    if kind.situation is Situation.FREE:
        return None
    has_pallet = kind.situation in (Situation.READ, Situation.NOT_DECIDED)
    return ErpLine(
        row=_ROW,
        location=_MARKS["location"],
        pallet_text=_MARKS["pallet"] if has_pallet else "",
        pallet=PalletId(PalletIdKind.LPN, _MARKS["key"]) if has_pallet else None,
        sku=_MARKS["sku"] if has_pallet else "",
        quantity=Decimal(_QUANTITY),
        uom=_MARKS["uom"],
        batch=_MARKS["batch"],
        row_ref=_MARKS["row_ref"],
        value=Decimal(_VALUE),
        currency=_MARKS["currency"],
        abc=_MARKS["abc"],
        source=tuple((title, _raw(i)) for i, title in enumerate(titles)),
    )


def _observations(kind: Kind) -> list[Observation]:
    if kind.status is None:
        return []
    read = PalletSighting(
        pallet=PalletId(PalletIdKind.LPN, _MARKS["key"]), symbology="", text=_MARKS["key"], n_frames=2, evidence=""
    )
    return [
        Observation(
            location=_MARKS["location"],
            status=kind.status,
            pallets=(read,) if kind.status is ObservationStatus.READ else (),
            confidence=TRUSTED,
            frames=tuple(f"frame {i}" for i in range(kind.n_frames)),
            seen_at=_SEEN_AT if kind.is_dated else "",
        )
    ]


def _raw(index: int) -> str:
    return f"⟦cell {index}⟧"


def filled(values: Sequence[Any], columns: Sequence[str]) -> Callable[[Sequence[Any]], list[Any]]:
    """Return how a record (the values of `columns`) fills the marks in what is said of an exemplar, value by value."""
    at = {column: i for i, column in enumerate(columns)}
    gaps = [(i, gap) for i, value in enumerate(values) if (gap := _gap(value, at)) is not None]

    def fill(record: Sequence[Any]) -> list[Any]:
        row = list(values)
        for i, gap in gaps:
            row[i] = gap(record)
        return row

    return fill


def _gap(value: Any, at: Mapping[str, int]) -> Callable[[Sequence[Any]], Any] | None:
    """Return what stands in the place of a value of the exemplar; None for one that is the same for all."""
    if isinstance(value, str):
        (text, first), *more = _pattern(value, _COLUMN_OF).parts
        if not first:
            return None
        if not text and more == [("", "")]:
            return itemgetter(at[first])
        parts = [(t, at[c] if c else None) for t, c in ((text, first), *more)]
        return lambda record: "".join(t if i is None else f"{t}{record[i]}" for t, i in parts)
    if isinstance(value, int) and value == _ROW:
        return itemgetter(at["row"])
    if isinstance(value, Decimal) and f"{value:f}" in _COLUMN_OF:
        number = at[_COLUMN_OF[f"{value:f}"]]
        return lambda record: number_or_text(Decimal(record[number])) if record[number] else None
    if isinstance(value, datetime) and value == time_or_text(_SEEN_AT):
        moment = at["seen_at"]
        return lambda record: time_or_text(record[moment])
    return None


def _pattern(row: str, marks: Mapping[str, str]) -> Pattern:
    cut = re.split("(" + "|".join(map(re.escape, marks)) + ")", row)
    texts, between = cut[::2], [*(marks[m] for m in cut[1::2]), ""]
    return Pattern(tuple(zip(texts, between, strict=True)))
