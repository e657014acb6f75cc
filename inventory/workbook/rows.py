"""The rows of a sheet as the text that SpreadsheetML writes them in (ECMA-376, 18.3.1.73), many times faster than cell by cell.

xlsxwriter makes the workbook with everything else in it: `spliced` puts these rows into its sheets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from string import ascii_uppercase
from xml.sax.saxutils import escape

from inventory.workbook.cells import Value, Word, shown

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet knows no zones
_DAY_S = 86_400
_LINE_PT = 15
"""Height of one line of text."""
_HIGHEST_PT = 400
_HEX_ESCAPE = re.compile(r"(_x[0-9A-Fa-f]{4}_)")
"""What a spreadsheet would take for an escaped character (ECMA-376 part 1, 22.9.2.19)."""
_KEPT = 50_000
"""Cells whose text is kept, since most of a sheet says the same again and again."""


class RowText:
    """Writes the rows of one sheet."""

    def __init__(self, styles: Mapping[tuple[str, bool], int], widths: Sequence[int | None]) -> None:
        """`styles` are the numbers of the formats by name and by whether a text goes on in a second line; `widths`, one for each
        column, are those of the columns where it does."""
        self._styles = styles
        self._widths = [(i, width) for i, width in enumerate(widths) if width is not None]
        kept: dict[bool, dict[Value, str]] = {False: {}, True: {}}
        self._columns = [
            (f'<c r="{letter}', width is not None, kept[width is not None])
            for letter, width in zip(ascii_uppercase, widths, strict=False)
        ]

    def row(self, number: int, values: Sequence[Value]) -> str:
        """Return row `number`, from 1."""
        at, cells = str(number), []
        for (start, is_wrapped, kept), value in zip(self._columns, values, strict=False):
            if value is None or value == "":
                continue
            cell = kept.get(value)
            if cell is None:
                cell = self._cell(value, is_wrapped)
                if len(kept) < _KEPT:
                    kept[value] = cell
            cells.append(f"{start}{at}{cell}")
        n_lines = max([-(-11 * len(str(values[i])) // (10 * width)) for i, width in self._widths], default=1)  # words leave gaps
        height = f' ht="{min(_LINE_PT * n_lines, _HIGHEST_PT)}" customHeight="1"' if n_lines > 1 else ""
        return f'<row r="{at}"{height}>{"".join(cells)}</row>'

    def _cell(self, value: Value, is_wrapped: bool) -> str:
        """Return what stands in a cell behind its address."""
        if isinstance(value, (Word, str)):
            text, form = (value.text, value.colour) if isinstance(value, Word) else (value, "")
            plain = _plain(shown(text))
            kept = ' xml:space="preserve"' if plain != plain.strip() else ""
            return f'" s="{self._styles[form, is_wrapped]}" t="inlineStr"><is><t{kept}>{plain}</t></is></c>'
        if isinstance(value, datetime):
            since = value - _EPOCH
            number, form = since.days + (since.seconds + since.microseconds / 1e6) / _DAY_S, "time"
        else:
            number, form = float(value or 0), ""
        return f'" s="{self._styles[form, is_wrapped]}"><v>{number:.16G}</v></c>'


def _plain(text: str) -> str:
    if "_x" in text:
        text = _HEX_ESCAPE.sub(r"_x005F\1", text)
    return escape(text) if "&" in text or "<" in text or ">" in text else text
