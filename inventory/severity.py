"""How much a finding weighs: by the value of its stock where the ERP gives one, else by the ABC class, else by the quantity.

The ERP's own list is the scale, by the usual ABC rule: lines that hold the first 80 % of all value are `high`, the next 15 %
`medium`, the last 5 % `low`. A finding is what a line of its value would be. Values of two currencies, and quantities of two units,
are never compared; where all amounts are alike, none weighs more than another and nothing is said. Plus and minus are never netted.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from itertools import accumulate
from types import MappingProxyType
from typing import TYPE_CHECKING

from inventory.erp_lines import ErpLine

if TYPE_CHECKING:
    from inventory.findings import Finding

HIGH_SHARE, MEDIUM_SHARE = 0.80, 0.95
"""Of all value: what the lines of class A hold, and those of A and B together."""


class Severity(StrEnum):
    """How much a finding weighs."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


_OF_CLASS = {"A": Severity.HIGH, "B": Severity.MEDIUM, "C": Severity.LOW}
SEVERITY_RANK = {Severity.HIGH: 0, Severity.MEDIUM: 1, None: 1, Severity.LOW: 2}
"""Smaller for what weighs more. What nobody can weigh goes with the middle: neither before what is known to be much, nor behind
what is known to be little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What is at stake in one finding."""

    severity: Severity | None = None
    """None where the ERP gives nothing to weigh it by."""
    by: str = ""
    """`value`, `abc` or `quantity`; empty without a severity."""
    value: Decimal | None = None
    """Of the stock that the finding speaks of; None where the ERP does not give it for all of it, in one currency."""
    currency: str = ""
    abc: str = ""
    """Gravest class of its lines; empty where none has one."""
    share_above: float = 1.0
    """Share of the whole that heavier lines hold: 0 for the heaviest."""

    @property
    def rank(self) -> tuple[int, float]:
        """Smaller for what weighs more."""
        return SEVERITY_RANK[self.severity], self.share_above

    @property
    def words(self) -> str:
        """Return it for people: `high, 4800.00 EUR`; empty where nothing is known."""
        worth = f"{self.value:f} {self.currency}".rstrip() if self.value is not None else ""
        why = {"abc": f"class {self.abc}", "quantity": "by quantity"}.get(self.by, "")
        return ", ".join(text for text in (self.severity.value if self.severity else "", worth or why) if text)


UNWEIGHED = Weight()


class Scale:
    """The amounts of all lines of one list, by which one is much or little."""

    def __init__(self, lines: Iterable[ErpLine], further: Mapping[tuple[str, str], Sequence[float]] = MappingProxyType({})) -> None:
        """Take the lines of the list, and the amounts of further lines, none of them negative: by (`value`, currency) and by
        (`quantity`, unit in capitals)."""
        amounts: dict[tuple[str, str], list[float]] = {key: [*found] for key, found in further.items()}
        for line in lines:
            if line.value is not None:
                amounts.setdefault(("value", line.currency), []).append(abs(float(line.value)))
            if line.quantity is not None:
                amounts.setdefault(("quantity", line.uom.upper()), []).append(abs(float(line.quantity)))
        self._scales = {key: _Cumulated(sorted(found, reverse=True)) for key, found in amounts.items()}

    def weighed(self, finding: Finding) -> Weight:
        """Return what is at stake; a pallet that the ERP does not list has no weight."""
        lines = finding.lines
        if not lines:
            return Weight()
        part = _part_at_stake(finding)
        values = [abs(line.value) for line in lines if line.value is not None]
        currencies = {line.currency for line in lines}
        is_valued = len(currencies) == 1 and len(values) == len(lines)
        weight = Weight(
            value=_money(sum(values, Decimal(0)) * part) if is_valued else None,
            currency=min(currencies) if is_valued else "",
            abc=min((line.abc.strip().upper() for line in lines if line.abc.strip()), default=""),
        )
        if weight.value is not None:
            found = self._place("value", weight.currency, weight.value)
            if found is not None:
                return replace(weight, severity=found[0], by="value", share_above=found[1])
        if weight.abc in _OF_CLASS:
            return replace(weight, severity=_OF_CLASS[weight.abc], by="abc")
        return self._by_quantity(weight, lines, part)

    def _by_quantity(self, weight: Weight, lines: Sequence[ErpLine], part: Decimal) -> Weight:
        units = {line.uom.upper() for line in lines}
        if len(units) != 1 or any(line.quantity is None for line in lines):
            return weight
        quantity = sum((abs(line.quantity) for line in lines if line.quantity is not None), Decimal(0))
        found = self._place("quantity", min(units), quantity * part)
        return weight if found is None else replace(weight, severity=found[0], by="quantity", share_above=found[1])

    def _place(self, kind: str, unit: str, amount: Decimal) -> tuple[Severity, float] | None:
        scale = self._scales.get((kind, unit))
        share = scale.share_above(float(amount)) if scale is not None else None
        if share is None:
            return None
        is_high, is_medium = share < HIGH_SHARE, share < MEDIUM_SHARE
        return (Severity.HIGH if is_high else Severity.MEDIUM if is_medium else Severity.LOW), share


def _part_at_stake(finding: Finding) -> Decimal:
    """Return 1, or the part of its line by which a label's count differs."""
    line = finding.lines[0]
    if finding.label_count is None or len(finding.lines) != 1 or not line.quantity:
        return Decimal(1)
    return abs(finding.label_count - line.quantity) / abs(line.quantity)


def _money(amount: Decimal) -> Decimal:
    """Return an amount with no more digits than money has, and those of the ERP kept; never with just one behind the point."""
    exponent = amount.as_tuple().exponent
    return round(amount, 2) if isinstance(exponent, int) and (exponent < -4 or exponent == -1) else amount


class _Cumulated:
    def __init__(self, falling: list[float]) -> None:
        self.falling = falling
        self.sums = [0.0, *accumulate(falling)]
        self.is_told_apart = bool(falling) and falling[0] != falling[-1]

    def share_above(self, amount: float) -> float | None:
        """Return the share of the whole that lines of more than `amount` hold; None where all lines are alike."""
        if not self.is_told_apart or not self.sums[-1]:
            return None
        n_above = bisect_left(self.falling, -amount, key=lambda a: -a)
        return self.sums[n_above] / self.sums[-1]
