"""The files of a large comparison, in pieces: settled rows filled in by column, and judged rows where they belong among them."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from inventory.columns.exemplars import MARKED, KindPatterns, Pattern, filled
from inventory.columns.plain_text import ROW
from inventory.contract import LINE_COLUMNS, LOCATION_COLUMNS, RECOUNT_COLUMNS, csv_rows, csv_text
from inventory.counted import LineCount
from inventory.findings import LocationResult
from inventory.settled import LINE, Exemplar, every_kind

_PIECE = 50_000
"""Rows that are written together."""
_WORKERS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledColumns:
    """All that is beyond doubt."""

    lines: pl.DataFrame
    places: pl.DataFrame
    """As in `inventory.columns.settling.Settlement`."""
    exemplars: Sequence[Exemplar]
    """One of each kind."""
    patterns: dict[int, KindPatterns]
    """By number of the kind."""

    @property
    def seen_at(self) -> tuple[str, str]:
        """When the first and the last of them was seen; empty when none was."""
        times = self.places["seen_at"]
        dated = times.filter(times != "")
        return (str(dated.min()), str(dated.max())) if len(dated) else ("", "")

    def kept_places(self) -> Iterator[str]:
        """Yield JSON objects for the history, sorted: location -> a list of LINE for each of its ERP lines, or one for none.

        `pallet_text` is empty where it is the pallet's identity itself; a location without a line has no `erp_row`.
        """
        own = {name: pl.col(name) for name in LINE if name in self.lines.columns} | {
            "pallet": pl.col("key"),
            "pallet_text": pl.when(pl.col("pallet") == pl.col("key")).then(pl.lit("")).otherwise("pallet"),
            "erp_row": pl.col(ROW),
            "erp_row_ref": pl.col("row_ref"),
        }
        lines = self.lines.select("location", ROW, line=_list(own[name] for name in LINE))
        blank = {name: pl.col(name) if name in ("kind", "seen_at") else pl.lit("") for name in LINE} | {"erp_row": pl.lit("null")}
        with_lines = [e.kind for e in self.exemplars if e.line is not None]
        without = self.places.filter(~pl.col("kind").is_in(with_lines)).select(
            "location", pl.lit(0, lines.schema[ROW]).alias(ROW), line=_list(blank[name] for name in LINE)
        )
        found = pl.concat([lines, without]).sort("location", ROW)
        if found["location"].is_duplicated().any():
            found = found.group_by("location", maintain_order=True).agg(pl.col("line").str.join(","))
        yield from _objects(found.select(key="location", value=pl.format("[{}]", "line")))

    def kept_pallets(self) -> Iterator[str]:
        """Yield JSON objects for the history, sorted: identity of a pallet -> the one location that names it."""
        places = self.places.filter(pl.col("key") != "").sort("key")
        yield from _objects(places.select("key", value=_quoted(pl.col("location"))))

    def kept_items(self) -> Iterator[str]:
        """Yield JSON objects for the history, sorted: item of the ERP, which may be empty -> the list of its locations."""
        items = self.lines.group_by("sku").agg(value=pl.col("location").unique().sort()).sort("sku")
        places = pl.format('["{}"]', pl.col("value").list.join('","'))
        yield from _objects(items.select(key="sku", value=places))

    def first_recounts(self, n: int) -> list[str]:
        """Return the first locations, sorted, that have to be looked at again."""
        return self._recounts()["location"].head(n).to_list()

    def locations_csv(self, judged: Sequence[LocationResult]) -> Iterator[bytes]:
        """Yield locations.csv, in pieces, with those that were judged one by one where they belong."""
        yield csv_text(LOCATION_COLUMNS, []).encode()
        at = self.places["location"].search_sorted(pl.Series([x.place.location for x in judged], dtype=pl.String))
        yield from _merged(self.places, {k: p.location for k, p in self.patterns.items()}, csv_rows(LOCATION_COLUMNS, judged), at)

    def recount_csv(self, judged: Sequence[LocationResult]) -> Iterator[bytes]:
        """Yield recount.csv with those that were judged one by one where they belong."""
        yield csv_text(RECOUNT_COLUMNS, []).encode()
        places = self._recounts()
        at = places["location"].search_sorted(pl.Series([x.place.location for x in judged], dtype=pl.String))
        patterns = {k: p.recount for k, p in self.patterns.items() if p.recount is not None}
        yield from _merged(places, patterns, csv_rows(RECOUNT_COLUMNS, judged), at)

    def lines_csv(self, judged: Sequence[LineCount]) -> Iterator[bytes]:
        """Yield erp_lines.csv with those that were judged one by one where they belong."""
        yield csv_text(LINE_COLUMNS, []).encode()
        at = np.searchsorted(self.lines["row"].to_numpy(), [c.result.line.row for c in judged])
        patterns = {k: p.line for k, p in self.patterns.items() if p.line is not None}
        yield from _merged(self.lines, patterns, csv_rows(LINE_COLUMNS, judged), at)

    def place_rows(
        self,
        values: Callable[[LocationResult], list[Any]],
        judged: Sequence[LocationResult],
        which: Callable[[Exemplar], bool] = every_kind,
    ) -> Iterator[list[Any]]:
        """Yield what `values` says of each location of the kinds in `which`, and of the judged ones, sorted."""
        said = {k: values(e.place) for k, e in zip(self.patterns, self.exemplars, strict=True) if which(e)}
        places = self.places.filter(pl.col("kind").is_in(list(said)))
        at = places["location"].search_sorted(pl.Series([x.place.location for x in judged], dtype=pl.String))
        yield from _filled(places, said, map(values, judged), at.to_list())

    def line_rows(
        self,
        values: Callable[[LineCount], list[Any]],
        judged: Sequence[LineCount],
        which: Callable[[Exemplar], bool] = every_kind,
    ) -> Iterator[list[Any]]:
        """Yield what `values` says of each ERP line of the kinds in `which`, and of the judged ones, in file order."""
        kinds = zip(self.patterns, self.exemplars, strict=True)
        said = {k: values(e.line) for k, e in kinds if e.line is not None and which(e)}
        lines = self.lines.filter(pl.col("kind").is_in(list(said)))
        at = np.searchsorted(lines["row"].to_numpy(), [c.result.line.row for c in judged])
        yield from _filled(lines, said, map(values, judged), [int(i) for i in at])

    def _recounts(self) -> pl.DataFrame:
        kinds = [k for k, p in self.patterns.items() if p.recount is not None]
        return self.places.filter(pl.col("kind").is_in(kinds))


def _quoted(text: pl.Expr) -> pl.Expr:
    """Return the texts as JSON: what is settled holds no quote, backslash or control character (`inventory.columns.plain_text`)."""
    return pl.concat_str(pl.lit('"'), text, pl.lit('"'))


def _list(values: Iterable[pl.Expr]) -> pl.Expr:
    """Return the values of LINE as a JSON list."""
    numbers = ("kind", "erp_row")
    cells = [v.cast(pl.String) if name in numbers else _quoted(v) for name, v in zip(LINE, values, strict=True)]
    return pl.format("[{}]", pl.concat_str(cells, separator=","))


def _objects(frame: pl.DataFrame) -> Iterator[str]:
    """Yield JSON objects of the rows: `key`, a text, and `value`, JSON."""
    member = pl.concat_str(_quoted(pl.col("key")), pl.lit(":"), "value")
    for start in range(0, frame.height, _PIECE):
        yield "{" + str(frame.slice(start, _PIECE).select(member.str.join(",")).item()) + "}"


def _filled(frame: pl.DataFrame, said: dict[int, list[Any]], judged: Iterator[list[Any]], at: Sequence[int]) -> Iterator[list[Any]]:
    """Yield for each row of the frame what is said of its kind, filled in, each of `judged` in front of row `at` of the frame."""
    columns = [column for column in MARKED if column in frame.columns]
    fill = {kind: filled(values, columns) for kind, values in said.items()}
    rest = zip(at, judged, strict=True)
    before, values = next(rest, (frame.height, []))
    for i, (*record, kind) in enumerate(frame.select(*columns, "kind").iter_rows()):
        while before <= i:
            yield values
            before, values = next(rest, (frame.height, []))
        yield fill[kind](record)
    yield from ([values] if values else [])
    yield from (values for _, values in rest)


def _merged(frame: pl.DataFrame, patterns: dict[int, Pattern], texts: Sequence[str], at: object) -> Iterator[bytes]:
    """Yield the rows of the frame by the pattern of their kind, each of `texts` in front of row `at` of the frame."""
    before = np.asarray(at, np.int64)

    def piece(start: int) -> bytes:
        stop = start + _PIECE
        is_last = stop >= frame.height
        low = np.searchsorted(before, start, side="left")
        high = len(before) if is_last else np.searchsorted(before, stop, side="left")
        return _piece(frame.slice(start, _PIECE), patterns, texts[int(low) : int(high)], before[low:high] - start)

    yield from _in_order(piece, range(0, max(frame.height, 1), _PIECE))


def _piece(frame: pl.DataFrame, patterns: dict[int, Pattern], texts: Sequence[str], at: npt.NDArray[np.int64]) -> bytes:
    kinds = frame["kind"].unique().to_list()
    if len(kinds) == 1 and not texts:
        rows = frame.select(text=patterns[kinds[0]].text)
    else:
        order = pl.Series("order", np.arange(frame.height, dtype=np.int64) * 2 + 1)
        frame = frame.with_columns(order)
        parts = [frame.filter(pl.col("kind") == k).select("order", text=patterns[k].text) for k in kinds]
        parts.append(pl.DataFrame({"order": at * 2, "text": list(texts)}, schema={"order": pl.Int64, "text": pl.String}))
        rows = pl.concat(parts).sort("order", maintain_order=True).select("text")
    stream = io.BytesIO()
    rows.write_csv(stream, include_header=False, quote_style="never", line_terminator="\r\n")
    return stream.getvalue()


def _in_order(make: Callable[[int], bytes], starts: Sequence[int]) -> Iterator[bytes]:
    """Yield what `make` returns for each start, a few of them made ahead."""
    with ThreadPoolExecutor(_WORKERS) as pool:
        rest = iter(starts)
        ahead: list[Future[bytes]] = [pool.submit(make, start) for start in islice(rest, _WORKERS + 1)]
        while ahead:
            done = ahead.pop(0).result()
            ahead += [pool.submit(make, start) for start in islice(rest, 1)]
            yield done
