"""Which rows of the two files are beyond doubt, so that what they say follows from their own location alone.

A location is settled when it is one of these, and when nothing else in either file names its pallet:

- `read`: all its ERP lines name one pallet, and that pallet and no other was read there;
- `not_decided`: all its ERP lines name one pallet, which was read nowhere, and the place was not seen or did not read;
- `bare`: one ERP line that names no stock, and no pallet was read there;
- `free`: no ERP line, and no pallet was read there.

Everything else goes through the row readers and `inventory.comparing`. A location that is left to them takes along whatever shares
a pallet with it, so that the two halves have no location and no pallet in common.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import polars as pl

from inventory.columns.erp_columns import ErpColumns, names_in, rows_of
from inventory.columns.scan_columns import ScanColumns, looks_by_location
from inventory.scan_texts import what_it_names
from inventory.table_file import Row
from warehouse.observations import ObservationStatus


class Situation(IntEnum):
    """What makes a location settled."""

    READ = 0
    NOT_DECIDED = 1
    BARE = 2
    FREE = 3


STATUSES = (None, *ObservationStatus)
"""By number, as `kind_of` packs them; None: no row of the scans names the location."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Settled locations of which the same is said but for their names, ids and times."""

    situation: Situation
    status: ObservationStatus | None
    n_frames: int
    is_dated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """The two halves."""

    lines: pl.DataFrame
    """Settled ERP rows in file order: the columns of `ErpColumns.frame`, `kind` and `seen_at`."""
    places: pl.DataFrame
    """Settled locations, sorted: `location`, `pallet`, `key`, `seen_at`, `kind`."""
    erp_rows: list[Row]
    """The rows to be read one by one, in file order."""
    scan_rows: list[Row]
    n_scan_rows: int
    """Settled scan rows."""
    locations: frozenset[str]
    """Texts of `scan_rows` that are settled locations."""


def kind_of(code: int) -> Kind:
    """Return the kind that a number in the column `kind` stands for."""
    rest, is_dated = divmod(code, 2)
    rest, status = divmod(rest, 8)
    n_frames, situation = divmod(rest, 4)
    return Kind(Situation(situation), STATUSES[status], n_frames, bool(is_dated))


def _code(situation: pl.Expr) -> pl.Expr:
    status = pl.col("status").replace_strict({s.value: i for i, s in enumerate(STATUSES) if s}, default=0, return_dtype=pl.Int32)
    number = (pl.col("n_frames").fill_null(0).cast(pl.Int32) * 4 + situation) * 8 + status.fill_null(0)
    return number * 2 + (pl.col("seen_at").fill_null("") != "").cast(pl.Int32)


def settle_rows(erp: ErpColumns, scans: ScanColumns, *, named_elsewhere: Iterable[str] = ()) -> Settlement:
    """Part the rows of both files.

    `named_elsewhere` are locations and pallets (as the files spell them) of which a third source says something:
    none of them is settled.
    """
    names = names_in(erp.others, erp.reader) | names_in(scans.others) | _named_by_barcodes(scans.others)
    names |= set(named_elsewhere)
    booked, seen = erp.frame, scans.frame
    with ThreadPoolExecutor(2) as pool:
        by_location = pool.submit(_lines_by_location, booked)
        looks, torn = _looks(booked["location"], seen, names)
        lines, mixed = by_location.result()
    looks = looks.with_row_index("look")
    open_places = pl.concat([torn, mixed, pl.Series("location", sorted(names), pl.String)])
    joined = lines.join(looks, on="location", how="left", maintain_order="left")
    free = looks.filter((pl.col("read") == "") & ~_at(joined["look"], looks.height))
    free = free.filter(~pl.col("location").is_in(open_places.implode()))
    joined = joined.with_columns(situation=_situation()).with_columns(
        situation=pl.when(pl.col("location").is_in(open_places.implode())).then(None).otherwise("situation")
    )
    is_proven = joined.filter(pl.col("situation") == Situation.READ)["look"]
    others_read = looks.filter((pl.col("read") != "") & ~_at(is_proven, looks.height))["read"]
    torn_reads = seen.filter((pl.col("status") == ObservationStatus.READ.value) & pl.col("location").is_in(torn.implode()))["key"]
    unsure = joined.filter(pl.col("situation").is_null())["key"]
    mixed_keys = booked.filter(pl.col("location").is_in(mixed.implode()))["key"] if len(mixed) else mixed
    named = pl.concat(
        [k.rename("key") for k in (others_read, torn_reads, unsure, mixed_keys, pl.Series(sorted(names), dtype=pl.String))]
    )
    named = named.filter(named != "").unique()
    first = joined.filter(pl.col("is_first") & pl.col("situation").is_not_null() & (pl.col("key") != ""))["key"]
    twice = first.filter(first.is_duplicated()).unique()
    shared = pl.concat([named, twice.rename("key")])
    joined = joined.filter(pl.col("situation").is_not_null() & ~pl.col("key").is_in(shared.implode()))
    joined = joined.with_columns(kind=_code(pl.col("situation"))).with_columns(pl.col("seen_at").fill_null(""))
    free = free.select(
        "location", pallet=pl.lit(""), key=pl.lit(""), seen_at="seen_at", kind=_code(pl.lit(int(Situation.FREE))), look="look"
    )
    places = pl.concat([joined.filter("is_first").select("location", "pallet", "key", "seen_at", "kind", "look"), free])
    left = pl.concat([looks.filter(~_at(places["look"], looks.height))["location"], torn])
    lines = joined.drop("status", "read", "n_frames", "look", "situation", "is_first")
    return _parted(erp, scans, lines, places.drop("look"), left)


def _parted(erp: ErpColumns, scans: ScanColumns, lines: pl.DataFrame, places: pl.DataFrame, left: pl.Series) -> Settlement:
    """Return both halves; `left` are the locations of the scans that are not settled."""
    if not places["location"].is_sorted():
        places = places.sort("location")
    is_settled = _at(lines["at"], erp.frame.height)
    erp_rows = sorted([*erp.others, *rows_of(erp.frame.filter(~is_settled), erp.width)], key=lambda r: r.number)
    open_rows = scans.frame.filter(scans.frame["location"].is_in(left.implode()))
    scan_rows = sorted([*scans.others, *rows_of(open_rows, scans.width)], key=lambda r: r.number)
    texts = pl.Series(sorted({c.text.strip() for row in scan_rows for c in row.cells} - set(left)), dtype=pl.String)
    return Settlement(
        lines=lines.drop("at") if lines["row"].is_sorted() else lines.drop("at").sort("row"),
        places=places,
        erp_rows=erp_rows,
        scan_rows=scan_rows,
        n_scan_rows=scans.frame.height - open_rows.height,
        locations=frozenset(texts.filter(_is_among(texts, places["location"])).to_list()),
    )


def _looks(booked: pl.Series, seen: pl.DataFrame, names: set[str]) -> tuple[pl.DataFrame, pl.Series]:
    """Return what was seen of each location, and the locations whose rows do not agree, or may be the label of a place."""
    is_read = seen["status"] == ObservationStatus.READ.value
    is_sticker = is_read & _is_among(seen["text"], seen["location"])
    may_be_sticker = is_read & ~is_sticker & (_is_among(seen["text"], booked) | seen["text"].is_in(sorted(names)))
    looks, torn = looks_by_location(seen.filter(~is_sticker) if is_sticker.any() else seen)
    at_labels = seen.filter(is_sticker)["location"].unique()
    only_labels = at_labels.filter(~at_labels.is_in(looks["location"].implode()))
    torn = pl.concat([torn, only_labels, seen.filter(may_be_sticker)["location"]]).unique()
    return looks.filter(~pl.col("location").is_in(torn.implode())), torn


def _lines_by_location(booked: pl.DataFrame) -> tuple[pl.DataFrame, pl.Series]:
    """Return the lines of locations of which all lines name the same pallet, and the other locations.

    Two lines that the ERP itself does not tell apart are left to the row reader, which refuses the second.
    """
    booked = booked.with_row_index("at")
    several = booked["location"].is_duplicated()
    if not several.any():
        return booked.with_columns(is_first=pl.lit(True)), pl.Series("location", [], pl.String)
    groups = (
        booked.filter(several)
        .group_by("location")
        .agg(
            first=pl.col("at").min(),
            is_one=(pl.col("pallet").n_unique() == 1)
            & (pl.col("key").first() != "")
            & (pl.struct("sku", "batch", "row_ref").n_unique() == pl.len()),
        )
    )
    good = groups.filter("is_one")
    is_good = booked["location"].is_in(good["location"].implode()) & several
    lines = booked.filter(~several | is_good)
    is_first = ~several.filter(~several | is_good) | lines["at"].is_in(good["first"].implode())
    return lines.with_columns(is_first=is_first), groups.filter(~pl.col("is_one"))["location"]


def _situation() -> pl.Expr:
    """Return the situation of a line with what was seen of its place; null when it is left to the row readers."""
    has_pallet, status = pl.col("key") != "", pl.col("status")
    is_read = (status == ObservationStatus.READ.value).fill_null(False)
    is_open = status.is_null() | ~status.is_in([ObservationStatus.READ.value, ObservationStatus.EMPTY.value])
    return (
        pl.when(has_pallet & is_read & (pl.col("key") == pl.col("read")))
        .then(pl.lit(int(Situation.READ), pl.Int32))
        .when(has_pallet & is_open)
        .then(pl.lit(int(Situation.NOT_DECIDED), pl.Int32))
        .when(~has_pallet & ~is_read)
        .then(pl.lit(int(Situation.BARE), pl.Int32))
    )


def _at(positions: pl.Series, n: int) -> pl.Series:
    """Return a mask of n rows that is true at these positions."""
    mask = np.zeros(n, np.bool_)
    mask[positions.drop_nulls().to_numpy()] = True
    return pl.Series(mask)


def _is_among(texts: pl.Series, others: pl.Series) -> pl.Series:
    """Return which texts are among the others; lengths that the others do not have are no work."""
    may_be = texts.str.len_bytes().is_in(others.str.len_bytes().unique().implode())
    if not may_be.any():
        return may_be
    if may_be.all():
        return texts.is_in(others.implode())
    found = np.zeros(len(texts), np.bool_)
    found[np.flatnonzero(may_be.to_numpy())] = texts.filter(may_be).is_in(others.implode()).to_numpy()
    return pl.Series(found)


def _named_by_barcodes(rows: list[Row]) -> set[str]:
    texts = {c.text for row in rows for c in row.cells}
    return {found.value for text in texts if (found := what_it_names(text, "any", {}).pallet) is not None}
