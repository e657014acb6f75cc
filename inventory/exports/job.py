"""One export at work: which lines may be written with which quantity, and why each other line is left out.

Only what was truly counted is written. A drone counts pallets: the pieces on a pallet that was seen are written only when the site
says so (`--booked-quantities`), and are marked as the ERP's own (`erp`), never as counted.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from inventory.counted import CountState
from inventory.exports.book_lines import BookLine, CountedBook
from inventory.findings import Verdict
from inventory.profiles import all_profiles
from warehouse.errors import BadInputError, FaultsError

Key = TypeVar("Key", bound=Hashable)
Texts = dict[str, str]
"""What stands in the columns of an import file that come from the ERP's own row, by name."""

PALLET_UNITS = frozenset({"PAL", "PLT", "PAL.", "PALLET", "PALLETS", "PALÉ", "PALET", "PALETTE", "PX", "PF"})
"""Units of which one is what the drone counts; PX and PF are those of UN/CEFACT recommendation 21 (pallet)."""
LONGEST = 255
"""Characters; no field of these ERPs is longer."""

_FIELD_OF = {"item": "sku"}
"""Names of BookLine that a profile calls otherwise."""

NO_ITEM = "the row names no item, so there is nothing to count"
NO_PIECES = "its pallet was seen, its pieces were not counted; --booked-quantities writes the ERP's own quantity"
NO_QUANTITY = "its pallet was seen, but the ERP's quantity is missing, zero or negative"
TRANSFER = "its pallet stands at another location: a transfer, not a count"
NOT_DECIDED = "its location was not seen, or what stands there could not be read"
IN_DOUBT = "the evidence is too thin: count it again"
UNPROVEN = "something stands there, but no id proves that it is this stock, or a finding speaks against it"
MOVED = "the ERP moved it between its export and the count"
CONTRADICTED = "the label contradicts the ERP: look into it first"
TWICE = "its pallet was read, or is booked, at two locations: look into it first"
INCOMPLETE = "other stock of the same sum was not counted, and this ERP takes only whole sums"
STRANGERS = "a pallet that the ERP books elsewhere or nowhere stands there, and may belong to the same sum"
RISKY = "a text that a spreadsheet would run, that cannot be seen, or that is too long: enter it by hand"
BLANK = "a column that this ERP needs is empty"
OTHER = "not counted"
_WHY = {
    Verdict.MISPLACED: TRANSFER,
    Verdict.UNVERIFIED: NOT_DECIDED,
    Verdict.LOW_CONFIDENCE: IN_DOUBT,
    Verdict.STALE: MOVED,
    Verdict.WRONG_CONTENT: CONTRADICTED,
    Verdict.DUPLICATE: TWICE,
    Verdict.MATCH: UNPROVEN,
    Verdict.MISSING: IN_DOUBT,
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of an import file that comes from the ERP's own row."""

    name: str
    """In the import file."""
    headers: tuple[str, ...]
    """What the ERP's list may call it, the surest first."""
    fallback: str = ""
    """Attribute of BookLine that holds it where no header fits; the profile knows further headers."""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """What may be written of one line."""

    quantity: Decimal
    source: str
    """`counted` (seen), or `erp` (the booked quantity of a pallet that was seen)."""


@dataclass(frozen=True, slots=True)
class Written:
    """Where a line was written, and with what."""

    file: str
    count: Count


class Job:
    """The lines of one export, each written or left out, never both and never neither."""

    def __init__(self, book: CountedBook, *, booked_quantities: bool = False, given: Mapping[str, str] | None = None) -> None:
        """Take the lines; `given` are values for columns that the ERP's rows do not hold, by name in the import file."""
        self.book, self.booked_quantities, self.given = book, booked_quantities, dict(given or {})
        self._profile = next((p for p in all_profiles() if p.name == book.profile), None)
        self._columns: dict[tuple[str, ...], dict[str, list[int]]] = {}
        self.written: dict[int, Written] = {}
        self.left_out: dict[int, str] = {}

    def require(self, fields: Iterable[Field], remedy: str) -> None:
        """Refuse a list in which a needed column stands in no row, and --set names that no column has."""
        fields = tuple(fields)
        unknown = sorted(set(self.given) - {f.name for f in fields})
        if unknown:
            raise BadInputError(
                f"--set {unknown[0]}: no such column", remedy=f"the columns are {', '.join(f.name for f in fields)}"
            )
        for name, value in self.given.items():
            if is_risky(value):
                raise BadInputError(f"--set {name}: {value!r} cannot be written", remedy=RISKY)
        missing = [
            f"column {f.name}; the list may call it {', '.join(f.headers[:4])}"
            for f in fields
            if f.is_required and not any(self.value(line, f) for line in self.book.lines)
        ]
        if missing:
            raise FaultsError(
                f"{self.book.erp_file} (profile {self.book.profile}) lacks what this ERP needs", missing, remedy=remedy
            )

    def require_every_row(self, of_what: str) -> None:
        """Refuse a list of which a row was refused: it may belong to any of what this ERP takes only whole."""
        if self.book.refused_rows:
            row, what = self.book.refused_rows[0]
            raise BadInputError(
                f"{self.book.erp_file}, row {row}: {what}; this row may belong to any {of_what}",
                remedy=f"mend the {len(self.book.refused_rows)} refused rows, export the list again, and reconcile again",
            )

    def value(self, line: BookLine, field: Field) -> str:
        """Return the text of a column: of the ERP's own row, else of what the row was read as, else as given."""
        return line.column(field.headers)[1] or self._as_read(line, field.fallback) or self.given.get(field.name, "")

    def _as_read(self, line: BookLine, name: str) -> str:
        """Return the text under the header that the profile took for `location`, `item`, …; else what was read.

        The text comes first: a site's aliases and rules may have made another of it, which the ERP does not know.
        """
        if not name:
            return ""
        if line.headers not in self._columns:
            self._columns[line.headers] = self._profile.columns(line.headers) if self._profile else {}
        indices = self._columns[line.headers].get(_FIELD_OF.get(name, name), [])
        return (line.cells[indices[0]].strip() if indices else "") or str(getattr(line, name, ""))

    def texts(self, line: BookLine, fields: Iterable[Field]) -> Texts:
        """Return the texts by column, whatever they are."""
        return {f.name: self.value(line, f) for f in fields}

    def take(self, line: BookLine, fields: Iterable[Field]) -> Texts | None:
        """Return the texts by column, or leave the line out when one is missing or must not be written."""
        fields = tuple(fields)
        texts = self.texts(line, fields)
        if any(f.is_required and not texts[f.name] for f in fields):
            self.leave_out(line, BLANK)
            return None
        if any(is_risky(text) for text in texts.values()):
            self.leave_out(line, RISKY)
            return None
        return texts

    def count(self, line: BookLine) -> Count | str:
        """Return what may be written of a line, or why nothing may."""
        if not line.item:
            return NO_ITEM
        if line.state is CountState.COUNTED_ZERO:
            return Count(Decimal(0), "counted")
        if line.state is CountState.COUNTED:
            return self.pieces(line)
        return _WHY.get(line.verdict, OTHER)

    def pieces(self, line: BookLine) -> Count | str:
        """Return the quantity of a line whose pallet was seen, wherever."""
        if line.quantity is None or line.quantity <= 0:
            return NO_QUANTITY
        if line.uom.upper() in PALLET_UNITS and line.quantity == 1:
            return Count(Decimal(1), "counted")
        return Count(line.quantity, "erp") if self.booked_quantities else NO_PIECES

    def counted(self) -> Iterator[tuple[BookLine, Count]]:
        """Yield the lines that may be written one by one; leave all others out."""
        for line in self.book.lines:
            count = self.count(line)
            if isinstance(count, Count):
                yield line, count
            else:
                self.leave_out(line, count)

    def sums(
        self, fields: Sequence[Field], key: Callable[[Texts], Key], why_not: Callable[[Texts], str] = lambda _: ""
    ) -> Iterator[tuple[Key, Sum]]:
        """Yield, for an ERP that takes only whole sums, each key of which every line was counted; leave all others out.

        `key` is what is summed up, `why_not` says in words why a line cannot be, which spoils its sum. BadInputError when a row of
        the ERP's list was refused: it may belong to any sum.
        """
        self.require_every_row("sum, and this ERP takes only whole sums")
        found: dict[Key, Sum] = {}
        for line in self.book.lines:
            texts = self.texts(line, fields)
            if not line.item:
                self.leave_out(line, NO_ITEM)
            elif any(f.is_required and not texts[f.name] for f in fields):
                self.leave_out(line, BLANK)
            else:
                why = RISKY if any(is_risky(text) for text in texts.values()) else why_not(texts)
                found.setdefault(key(texts), Sum(texts, [])).parts.append((line, why or self.count(line)))
        for name, part in found.items():
            why = part.why_not()
            if not why:
                yield name, part
            for line, count in part.parts if why else ():
                self.leave_out(line, count if isinstance(count, str) else why)

    def write(self, line: BookLine, file: str, count: Count) -> None:
        """Note that a line is written."""
        self.written[line.row] = Written(file, count)

    def leave_out(self, line: BookLine, why: str) -> None:
        """Note why a line is not."""
        self.left_out[line.row] = why

    def date(self, lines: Iterable[BookLine]) -> str:
        """Return the last day (UTC, ISO 8601) on which these lines were seen, else that of the whole count; empty when unknown."""
        return (max((line.seen_at for line in lines), default="") or self.book.last_seen_at)[:10]


@dataclass(frozen=True, slots=True)
class Sum:
    """The lines of one sum."""

    texts: Texts
    """Of its first line."""
    parts: list[tuple[BookLine, Count | str]]

    def why_not(self) -> str:
        """Return why the sum is not whole; empty when it is."""
        if any(isinstance(count, str) for _, count in self.parts):
            return INCOMPLETE
        return STRANGERS if any(line.other_pallets for line, _ in self.parts) else ""

    @property
    def counts(self) -> list[tuple[BookLine, Count]]:
        """The lines with their counts, of a sum that is whole."""
        return [(line, count) for line, count in self.parts if isinstance(count, Count)]

    @property
    def quantity(self) -> Decimal:
        """The sum."""
        return sum((count.quantity for _, count in self.counts), Decimal(0))


def is_risky(text: str) -> bool:
    """Return whether a text must not stand in a file that people may open in a spreadsheet, or that is split at line ends.

    `-01-02` and `+LOT` are common codes and run nothing; what begins so and goes on like a formula does.
    """
    if len(text) > LONGEST or any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in text):
        return True
    first = unicodedata.normalize("NFKC", text[:1])
    return first in ("=", "@") or (first in ("+", "-") and any(c in text for c in "|!(=&\"'"))
