"""How far a count may differ from the ERP's quantity and still agree with it, by the ABC class of the item.

A tolerance is for quantities alone: whether a pallet stands at its place is never a matter of a few percent. Limits are looked up
by class, then under `*`, as Oracle's cycle counting does; a limit that is not given limits nothing, and without
any entry for its class a count must agree to the piece. Usual limits are 1 % for A, 3 % for B and 5 % for C.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from inventory.erp_lines import ErpLine
from warehouse.errors import BadInputError

ANY_CLASS = "*"
_LIMIT = re.compile(r"(?P<sign>[+-]?)(?P<number>[0-9]{1,9}(?:\.[0-9]{1,4})?)(?P<percent>%?)")
_REMEDY = "write it like --tolerance A=1% --tolerance B=+3%,-2% --tolerance '*=5%,200' (200: in the currency of the ERP's values)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """The limits of one class; None limits nothing, and one of them at least is given."""

    over_percent: Decimal | None = None
    under_percent: Decimal | None = None
    value: Decimal | None = None
    """Of the difference in money, whatever its sign."""

    def covers(self, counted: Decimal, line: ErpLine) -> bool:
        """Whether a count agrees with the line. A limit in money covers nothing where the ERP gives no value of the line."""
        booked = line.quantity
        if booked is None:
            return False
        difference = counted - booked
        percent = self.over_percent if difference > 0 else self.under_percent
        if percent is not None and abs(difference) * 100 > percent * abs(booked):
            return False
        if self.value is None:
            return True
        return line.value is not None and booked != 0 and abs(difference * line.value / booked) <= self.value

    def __str__(self) -> str:
        """Return the limits as they are written."""
        found = []
        if self.over_percent is not None and self.over_percent == self.under_percent:
            found.append(f"{self.over_percent:f}%")
        else:
            signed = (("+", self.over_percent), ("-", self.under_percent))
            found += [f"{sign}{percent:f}%" for sign, percent in signed if percent is not None]
        return ",".join(found + ([f"{self.value:f}"] if self.value is not None else []))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerances:
    """The limits of all classes."""

    by_class: Mapping[str, Tolerance] = field(default_factory=dict)
    """By class in upper case; `*` for items without a class and for classes that are not named."""

    def of(self, line: ErpLine) -> tuple[str, Tolerance] | None:
        """Return the class by which a line is judged, and its limits; None when it has to agree to the piece."""
        name = line.abc.strip().upper()
        for key in (name, ANY_CLASS):
            if key and key in self.by_class:
                return key, self.by_class[key]
        return None

    def words(self, counted: Decimal, line: ErpLine) -> str:
        """Return in words that a count which differs is within the limits; empty when it is not."""
        found = self.of(line)
        if found is None or line.quantity is None or not found[1].covers(counted, line):
            return ""
        name, tolerance = found
        difference = counted - line.quantity
        more = "more" if difference > 0 else "less"
        share = f" ({abs(difference) * 100 / abs(line.quantity):.1f} %)" if line.quantity else ""
        whose = "the tolerance" if name == ANY_CLASS else f"the tolerance of class {name}"
        unit = f" {line.uom}" if line.uom else ""
        return (
            f"the label's count is {counted:f}, {abs(difference):f} {more} than the ERP's {line.quantity:f}{unit}{share}, "
            f"within {whose} ({tolerance})"
        )

    def as_json(self) -> dict[str, str]:
        """Return the limits by class, as they are written."""
        return {name: str(tolerance) for name, tolerance in sorted(self.by_class.items())}


NO_TOLERANCE = Tolerances()


def parse_tolerances(texts: Iterable[str]) -> Tolerances:
    """Return what `A=1%`, `B=+3%,-2%` and `*=5%,200` say; BadInputError names the one that cannot be read.

    >>> parse_tolerances(["A=1%", "B=+5%,-10%,200"]).as_json()
    {'A': '1%', 'B': '+5%,-10%,200'}
    >>> parse_tolerances(["C=+5%"]).as_json()
    {'C': '+5%,-0%'}
    """
    found: dict[str, Tolerance] = {}
    for text in texts:
        name, sign, limits = text.partition("=")
        name = name.strip().upper()
        if not sign or not name or not limits.strip():
            raise BadInputError(f"--tolerance {text}: expected CLASS=LIMITS", remedy=_REMEDY)
        if name in found:
            raise BadInputError(f"--tolerance {text}: class {name} has limits already", remedy="give each class once")
        found[name] = _limits(text, limits)
    return Tolerances(by_class=found)


def _limits(text: str, limits: str) -> Tolerance:
    given: dict[str, Decimal] = {}
    for part in limits.split(","):
        read = _LIMIT.fullmatch(part.strip())
        if read is None or (read["sign"] and not read["percent"]):
            raise BadInputError(f"--tolerance {text}: {part.strip()!r} is no limit", remedy=_REMEDY)
        names = ["value"] if not read["percent"] else {"+": ["over"], "-": ["under"], "": ["over", "under"]}[read["sign"]]
        if given.keys() & set(names):
            raise BadInputError(f"--tolerance {text}: {part.strip()!r} limits the same a second time", remedy=_REMEDY)
        given |= dict.fromkeys(names, Decimal(read["number"]))
    if given.keys() & {"over", "under"}:  # who tolerates more has not said that less is fine, too
        given = {"over": Decimal(0), "under": Decimal(0)} | given
    return Tolerance(over_percent=given.get("over"), under_percent=given.get("under"), value=given.get("value"))
