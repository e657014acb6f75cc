"""One sheet for each question: the answer, the findings, the locations, the ERP's lines, and what was not counted."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import count, islice
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_rowcol_to_cell

from inventory.contract import needs_recount, recount_by, several
from inventory.counted import CountState, LineCount
from inventory.findings import Finding, LocationResult, Reconciliation, Verdict
from inventory.report.texts import load_texts
from inventory.settled import Exemplar
from inventory.tallies import WHOLE_UP_TO, Tally, tally_of
from inventory.workbook.cells import Value, Word, number_or_text, shown, time_or_text
from inventory.workbook.columns import FINDINGS_COLUMNS, LINES_COLUMNS, LOCATIONS_COLUMNS, NOT_COUNTED_COLUMNS, Column
from inventory.workbook.rows import RowText
from inventory.workbook.spliced import spliced, styles_in_row
from warehouse.texts import Texts, texts_of

_GRAVEST = 2_000
"""Findings in the workbook of a larger comparison."""
_ROWS = 1_048_576
_FILLS = {"wrong": "#F9D2CE", "doubt": "#FCEFC0", "stale": "#E3E3EA", "match": "#D5ECE0", "head": "#22384F"}
_FORMS = tuple((name, is_wrapped) for name in ("", "time", *(n for n in _FILLS if n != "head")) for is_wrapped in (False, True))
"""Formats of cells under a header."""
_SIGNS = {"wrong": "✗", "doubt": "?", "stale": "↻", "match": "✓"}
_STATE_COLOURS = {CountState.COUNTED: "match", CountState.COUNTED_ZERO: "stale", CountState.NOT_COUNTED: "doubt"}


def workbook(
    reconciliation: Reconciliation, counts: Sequence[LineCount], lang: str = "en", *, whole_up_to: int = WHOLE_UP_TO
) -> bytes:
    """Return reconciliation.xlsx in `lang`: the same bytes for the same inputs; no cell is a formula or a link.

    Of more than `whole_up_to` locations and ERP lines together it holds the answer and the gravest findings only, and says so.
    """
    return _Writer(lang).write(reconciliation, counts, whole_up_to)


def _is_not_counted(e: Exemplar) -> bool:
    return e.line is not None and e.line.state is CountState.NOT_COUNTED


class _Writer:
    """Makes the sheets with all but the rows of their tables, which are put in at the end."""

    def __init__(self, lang: str) -> None:
        self.words = texts_of("inventory.workbook", lang)
        self.report: Texts = load_texts(lang)
        self.stream = io.BytesIO()
        no_guessing = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self.book = xlsxwriter.Workbook(self.stream, {"constant_memory": True, **no_guessing})
        self.book.set_properties({"title": self.words("title"), "created": datetime(2000, 1, 1, tzinfo=UTC).replace(tzinfo=None)})
        self.formats: dict[tuple[str, bool], Any] = {}
        self.tables: dict[str, tuple[Sequence[Column], list[list[Value]]]] = {}
        """By their files in the workbook: the columns, and what is in the rows."""

    def write(self, r: Reconciliation, counts: Sequence[LineCount], whole_up_to: int) -> bytes:
        tally = tally_of(r)
        is_large = tally.n_rows > whole_up_to
        self._answer(r, tally, counts, is_large=is_large)
        if is_large:
            self._table("findings", FINDINGS_COLUMNS, map(self._finding, r.findings[:_GRAVEST]))
            return self._finished()
        self._table("findings", FINDINGS_COLUMNS, map(self._finding, r.findings))
        places: Iterable[list[Value]] = map(self._location, r.locations)
        lines: Iterable[list[Value]] = map(self._line, counts)
        if r.settled is not None:
            places = r.settled.place_rows(self._location, r.locations)
            lines = r.settled.line_rows(self._line, counts)
        self._table("locations", LOCATIONS_COLUMNS, places)
        self._table("erp_lines", LINES_COLUMNS, lines)
        self._table("not_counted", NOT_COUNTED_COLUMNS, self._not_counted(r, counts))
        return self._finished()

    # -- rows ------------------------------------------------------------------------------------------------------------------

    def _finding(self, f: Finding) -> list[Value]:
        quantity = f.lines[0].quantity if len(f.lines) == 1 else None
        return [
            f.case_id,
            self._verdict(f.verdict),
            self.words(f"severity.{f.weight.severity.value}") if f.weight.severity else None,
            self.report(f"cause.{f.cause.value}"),
            str(f.pallet or ""),
            f.expected_location,
            f.observed_location,
            str(f.other_pallet or ""),
            several((f.other_expected_location, f.other_observed_location)),
            several(line.sku for line in f.lines),
            several(line.batch for line in f.lines),
            number_or_text(quantity),
            several(line.uom for line in f.lines),
            number_or_text(f.weight.value),
            f.weight.currency,
            round(f.confidence, 2),
            f.reason,
            f.suggested_action,
            time_or_text(f.seen_at),
            several(str(line.row) for line in f.lines),
        ]

    def _location(self, x: LocationResult) -> list[Value]:
        seen = x.observation
        return [
            x.place.location,
            self._verdict(x.verdict),
            self.report(f"status.{x.status.value}"),
            several(x.expected),
            several(x.observed),
            None if x.confidence is None else round(x.confidence, 2),
            x.reason,
            several(x.case_ids),
            time_or_text(seen.seen_at) if seen else None,
            len(seen.frames) if seen else 0,
        ]

    def _line(self, c: LineCount) -> list[Value]:
        line = c.result.line
        return [
            line.row,
            line.row_ref,
            line.location,
            line.pallet_text,
            line.sku,
            line.batch,
            number_or_text(line.quantity),
            line.uom,
            self._verdict(c.result.verdict),
            self._state(c.state),
            number_or_text(c.label_count),
            number_or_text(c.difference),
            c.stands_at,
            c.result.reason,
            several(c.case_ids),
        ]

    def _not_counted(self, r: Reconciliation, counts: Sequence[LineCount]) -> Iterable[list[Value]]:
        """Yield the ERP lines, then the other locations in doubt, then the rows of the ERP file that could not be used."""
        actions = {f.case_id: f.suggested_action for f in r.findings}

        def line_values(c: LineCount) -> list[Value]:
            line = c.result.line
            by_case = " ".join(dict.fromkeys(actions[case] for case in c.case_ids))
            what = by_case or (recount_by(c.location)[1] if needs_recount(c.location) else "")
            goods: list[Value] = [line.pallet_text, line.sku, number_or_text(line.quantity), line.uom]
            verdict = self._verdict(c.result.verdict)
            return [line.location, self.words("kind.line"), line.row, *goods, verdict, c.result.reason, what]

        def place_values(x: LocationResult) -> list[Value]:
            place = [x.place.location, self.words("kind.location"), None, several(x.observed), "", None, ""]
            return [*place, self._verdict(x.verdict), x.reason, recount_by(x)[1]]

        not_counted = [c for c in counts if c.state is CountState.NOT_COUNTED]
        named = {c.result.line.location for c in not_counted}
        again = [x for x in r.locations if needs_recount(x) and x.place.location not in named]
        if r.settled is None:
            yield from map(line_values, not_counted)
            yield from map(place_values, again)
        else:
            yield from r.settled.line_rows(line_values, not_counted, _is_not_counted)
            yield from r.settled.place_rows(place_values, again, lambda e: needs_recount(e.place) and not _is_not_counted(e))
        for fault in r.erp.faults:
            if fault.is_refused:
                where = several(sorted(fault.locations)) if len(fault.locations) == 1 else ""
                yield [where, self.words("kind.refused"), fault.row, "", "", None, "", "", fault.what, self.words("mend")]

    def _verdict(self, verdict: Verdict) -> Word:
        colour = "wrong" if verdict.is_accusation else "match" if verdict is Verdict.MATCH else "doubt"
        colour = "stale" if verdict is Verdict.STALE else colour
        return Word(f"{_SIGNS[colour]} {self.report(f'verdict.{verdict.value}.name')}", colour)

    def _state(self, state: CountState) -> Word:
        return Word(self.words(f"state.{state.value}"), _STATE_COLOURS[state])

    # -- sheets ----------------------------------------------------------------------------------------------------------------

    def _answer(self, r: Reconciliation, tally: Tally, counts: Sequence[LineCount], *, is_large: bool) -> None:
        sheet = self._sheet("answer")
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 16)
        sheet.set_column(2, 2, 90)
        n_agree, again = tally.locations[Verdict.MATCH], tally.n_recount
        head: list[Value] = [self.words("headline", n=tally.n_locations, agree=n_agree, findings=len(r.discrepancies), again=again)]
        rows: list[tuple[list[Value], str]] = [(head, "title")]
        if is_large:
            rows.append(([self.words("large", n=min(_GRAVEST, len(r.findings)), of=len(r.findings))], ""))
        rows += [([], ""), (self._heads("verdict", "locations", "means"), "head")]
        for verdict in Verdict:
            rows.append(([self._verdict(verdict), tally.locations[verdict], self.report(f"verdict.{verdict.value}.means")], ""))
        rows += [([], ""), (self._heads("count", "erp_lines", "means"), "head")]
        for state in CountState:
            n = sum(c.state is state for c in counts) + tally.states[state]
            rows.append(([self._state(state), n, self.words(f"means.{state.value}")], ""))
        refused: list[Value] = [self.words("kind.refused"), r.erp.n_refused, self.words("means.refused")]
        rows += [(refused, ""), ([], ""), (self._heads("rate", "share", "of"), "head")]
        for name, rate in tally.rates.items():
            interval = rate.wilson()
            share = rate.numerator / rate.denominator if rate.denominator else None
            low, high = interval or (0.0, 0.0)
            of = self.words("interval", n=rate.numerator, of=rate.denominator, low=f"{low:.1%}", high=f"{high:.1%}")
            rows.append(([self.words(f"rate.{name}"), share, of if interval else self.words("nothing")], "share"))
        rows += [([], ""), (self._heads("file", "role", "sha256"), "head")]
        rows += [([i.name, i.role, i.digest], "") for i in r.inputs]
        rows += [([], ""), ([self.words("note")], "")]
        for number, (values, form) in enumerate(rows):
            self._row(sheet, number, values, form)

    def _heads(self, *keys: str) -> list[Value]:
        return [self.words(f"column.{key}") for key in keys]

    def _table(self, name: str, columns: Sequence[Column], rows: Iterable[list[Value]]) -> None:
        sheet = self._sheet(name)
        for index, column in enumerate(columns):
            sheet.set_column(index, index, column.width)
        self._row(sheet, 0, self._heads(*(c.title for c in columns)), "head")
        for index, form in enumerate(_FORMS):  # taken out again: it tells the numbers of the formats
            sheet.write_blank(1, index, None, self._format(*form))
        found = list(islice(rows, _ROWS - 1))
        if len(found) == _ROWS - 1:
            found[-1] = [self.words("too_many")]
        self.tables[f"xl/worksheets/sheet{len(self.book.worksheets())}.xml"] = (columns, found)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, len(found), len(columns) - 1)
        sheet.repeat_rows(0)

    def _finished(self) -> bytes:
        """Return the workbook with the rows of its tables."""
        self.book.close()
        book = self.stream.getvalue()
        styles = dict(zip(_FORMS, styles_in_row(book, next(iter(self.tables)), 2), strict=True))
        rows, corners = {}, {}
        for sheet, (columns, values) in self.tables.items():
            text = RowText(styles, [c.width if c.is_wrapped else None for c in columns])
            rows[sheet] = map(text.row, count(2), values)
            corners[sheet] = xl_rowcol_to_cell(len(values), len(columns) - 1)
        return spliced(book, rows, corners=corners)

    def _sheet(self, name: str) -> Any:
        sheet = self.book.add_worksheet(self.words(f"sheet.{name}"))
        sheet.set_landscape()
        sheet.set_paper(9)  # A4
        sheet.fit_to_pages(1, 0)
        return sheet

    def _row(self, sheet: Any, number: int, values: Sequence[Value], form: str) -> None:
        for index, value in enumerate(values):
            if value is None or value == "":
                continue
            if isinstance(value, Word):
                sheet.write_string(number, index, shown(value.text), self._format(value.colour))
            elif isinstance(value, str):
                sheet.write_string(number, index, shown(value), self._format(form))
            else:
                sheet.write_number(number, index, value, self._format("share" if form == "share" else ""))

    def _format(self, name: str, is_wrapped: bool = False) -> Any:
        key = (name, is_wrapped)
        if key not in self.formats:
            look: dict[str, Any] = {"valign": "top", "align": "left", "indent": int(name != "title")} | (
                {"text_wrap": True} if is_wrapped else {}
            )
            look |= (
                {"bg_color": _FILLS[name], "font_color": "#1A1A1A", "border": 1, "border_color": "#B8B8B8"}
                if name in _FILLS
                else {}
            )
            look |= {"bold": True, "font_color": "#FFFFFF"} if name == "head" else {}
            look |= {"bold": True, "font_size": 14} if name == "title" else {}
            look |= {"num_format": "yyyy-mm-dd hh:mm:ss"} if name == "time" else {}
            look |= {"num_format": "0.0%"} if name == "share" else {}
            self.formats[key] = self.book.add_format(look)
        return self.formats[key]
