"""A TOML table that checks what is taken from it, collects every fault by its dotted name, and refuses what nobody asked for.

A value at fault is returned as NaN, `""` or an empty tuple: the caller goes on and finds the next fault, and comparisons with NaN
are false, so that one fault is not reported twice.
"""

from __future__ import annotations

import difflib
import math
import tomllib
from pathlib import Path
from typing import Any

from warehouse.errors import BadInputError


def parse_toml(path: Path) -> dict[str, Any]:
    """Return the content of a TOML file; BadInputError names the line at fault."""
    raw = path.read_bytes()
    try:
        return tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path}, {not_utf8(raw, error)}", remedy="save the file as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(
            f"{path}: not valid TOML: {error}", remedy="mend that line; docs/reference/site-format.md shows how each is written"
        ) from error


def not_utf8(raw: bytes, error: UnicodeDecodeError) -> str:
    """Say in which line of `raw` (from 1) the first byte stands that is not UTF-8."""
    # utf-8-sig counts bytes after the mark that it took off
    start = error.start + (len(raw) - len(error.object))
    line = raw.count(b"\n", 0, start) + 1
    return f"line {line}: not UTF-8 text (byte 0x{raw[start]:02X})"


class TomlTable:
    """One table of a TOML file. Take every known key, look at `faults` after `refuse_unknown`."""

    def __init__(self, values: dict[str, Any], path: str = "", faults: list[str] | None = None) -> None:
        """Wrap `values`; `path` is the dotted name of the table with its final dot, `faults` the list shared by all tables."""
        self.values, self.path = values, path
        self.faults: list[str] = [] if faults is None else faults
        self._asked: dict[str, list[TomlTable]] = {}

    def fault(self, key: str, what: str) -> None:
        """Add a fault of the value of `key`."""
        self.faults.append(f"{self.path}{key}: {what}")

    def _take(self, key: str, default: Any, expected: str) -> Any:
        """Return the value, or the default, or None after a fault."""
        self._asked.setdefault(key, [])
        if key not in self.values and default is None:
            self.fault(key, f"missing; expected {expected}")
        return self.values.get(key, default)

    def number(self, key: str, *, default: float | None = None, above: float | None = None, least: float | None = None) -> float:
        """Return a finite number, more than `above`, no less than `least`; NaN after a fault."""
        value = self._take(key, default, "a number")
        if value is None:
            return math.nan
        if not _is_number(value):
            self.fault(key, f"expected a number, got {value!r}")
        elif above is not None and value <= above:
            self.fault(key, f"expected more than {above:g}, got {value:g}")
        elif least is not None and value < least:
            self.fault(key, f"expected {least:g} or more, got {value:g}")
        else:
            return float(value)
        return math.nan

    def between(self, key: str, low: float, high: float) -> float:
        """Return a number from `low` to `high`, both included; NaN after a fault."""
        value = self.number(key)
        if value < low or value > high:
            self.fault(key, f"expected {low:g} to {high:g}, got {value:g}")
            return math.nan
        return value

    def text(self, key: str, *, default: str | None = None) -> str:
        """Return a text that is not blank; `""` after a fault."""
        value = self._take(key, default, "text in quotes")
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.fault(key, f"expected text in quotes, got {value!r}")
            return ""
        return value

    def texts(self, key: str, *, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """Return a list of texts; empty after a fault."""
        value = self._take(key, default, "a list of texts")
        if value is None:
            return ()
        if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
            self.fault(key, f"expected a list of texts, got {value!r}")
            return ()
        return tuple(value)

    def optional_number(self, key: str, *, above: float) -> float | None:
        """Return the number as `number` does, or None when it is not there."""
        if key in self.values:
            return self.number(key, above=above)
        self._asked[key] = []
        return None

    def optional_text(self, key: str) -> str | None:
        """Return the text as `text` does, or None when it is not there."""
        if key in self.values:
            return self.text(key)
        self._asked[key] = []
        return None

    def numbers(self, key: str, count: int, *, default: tuple[float, ...] | None = None) -> tuple[float, ...]:
        """Return `count` finite numbers; that many NaN after a fault."""
        value = self._take(key, default, f"a list of {count} numbers")
        if value is None or value is default:
            return value or (math.nan,) * count
        if not isinstance(value, list) or len(value) != count or not all(_is_number(v) for v in value):
            self.fault(key, f"expected a list of {count} numbers, got {value!r}")
            return (math.nan,) * count
        return tuple(float(v) for v in value)

    def some_numbers(self, key: str, counts: tuple[int, ...], *, default: tuple[float, ...] | None = None) -> tuple[float, ...]:
        """Return a list of as many finite numbers as one of `counts` says; as many NaN as the first says after a fault."""
        value = self.values.get(key)
        count = len(value) if isinstance(value, list) and len(value) in counts else counts[0]
        if isinstance(value, list) and len(value) not in counts:
            self._take(key, default, "")
            self.fault(key, f"expected a list of {' or '.join(map(str, counts))} numbers, got {value!r}")
            return (math.nan,) * count
        return self.numbers(key, count, default=default)

    def table(self, key: str) -> TomlTable:
        """Return the table `[key]`; after a fault one whose own faults nobody hears."""
        value = self._take(key, None, f"a table [{self.path}{key}]")
        if value is not None and not isinstance(value, dict):
            self.fault(key, f"expected a table [{self.path}{key}], got {value!r}")
        child = TomlTable(value, f"{self.path}{key}.", self.faults) if isinstance(value, dict) else TomlTable({})
        self._asked[key] = [child]
        return child

    def optional_table(self, key: str) -> TomlTable | None:
        """Return the table `[key]` as `table` does, or None when it is not there."""
        if key in self.values:
            return self.table(key)
        self._asked[key] = []
        return None

    def tables(self, key: str, *, at_least: int = 0) -> list[TomlTable]:
        """Return the tables `[[key]]`, in order; their faults are counted from 1."""
        value = self._take(key, [], "")
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.fault(key, f"expected tables with double brackets, [[{key}]]")
            return []
        if len(value) < at_least:
            self.fault(key, f"missing; expected at least {at_least} table [[{key}]]")
        self._asked[key] = [TomlTable(v, f"{self.path}{key}[{i}].", self.faults) for i, v in enumerate(value, start=1)]
        return self._asked[key]

    def refuse_unknown(self) -> None:
        """Add a fault for each key that was never asked for, in this table and those taken from it."""
        for key in self.values:
            if key not in self._asked:
                close = difflib.get_close_matches(key, self._asked, n=1)
                self.fault(key, "unknown name" + (f"; did you mean {close[0]}?" if close else ""))
        for children in self._asked.values():
            for child in children:
                child.refuse_unknown()


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
