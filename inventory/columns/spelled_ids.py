"""Pallet ids in columns: `warehouse.pallet_ids.parse_pallet_id` for the ways of spelling an id that large files are full of."""

from __future__ import annotations

import numpy as np
import polars as pl

_LABELLED = r"^(?:\(00\)|00)[0-9]{18}$"
"""An SSCC with its application identifier in front, as a label carries it."""
_UNUSUAL = r"^(?:00.{17,}|02.{16,}|\]|\()|[ (]"
"""Texts that may name another pallet than the one they spell: an identifier in front, GS1 data, blanks within."""


def keys_of(texts: pl.Series) -> pl.Series:
    """Return the value of the identity that each text names: of a labelled SSCC its 18 digits, else the text itself."""
    is_labelled = texts.str.contains(_LABELLED)
    if not is_labelled.any():
        return texts
    digits = texts.filter(is_labelled).str.tail(18)
    is_valid = np.zeros(len(texts), np.bool_)
    is_valid[np.flatnonzero(is_labelled.to_numpy())] = _have_check_digit(digits)
    frame = pl.DataFrame({"text": texts, "valid": is_valid})
    return frame.select(pl.when("valid").then(pl.col("text").str.tail(18)).otherwise("text")).to_series()


def is_unusual(text: str, key: str) -> pl.Expr:
    """Return whether a column of texts has to be looked at one by one, its keys being in another column."""
    return (pl.col(text) == pl.col(key)) & pl.col(text).str.contains(_UNUSUAL)


def _have_check_digit(digits: pl.Series) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return of texts of 18 digits whether the last is the GS1 check digit: weights 3, 1, … from the 17th to the left."""
    rest = digits.cast(pl.UInt64).to_numpy()
    last, rest = rest % 10, rest // 10
    total = np.zeros(len(rest), np.uint64)
    for i in range(17):
        total += rest % 10 * np.uint64(3 if i % 2 == 0 else 1)
        rest = rest // 10
    found: np.ndarray[tuple[int], np.dtype[np.bool_]] = (total + last) % 10 == 0
    return found
