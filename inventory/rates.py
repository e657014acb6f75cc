"""Shares with what they are shares of, and how sure they are."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""Two-sided 95 % point of the normal distribution."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of counted things."""

    numerator: int
    denominator: int

    def wilson(self) -> tuple[float, float] | None:
        """Return the 95 % interval of E. B. Wilson (1927, J. Am. Stat. Assoc. 22:209); None for a share of nothing."""
        n = self.denominator
        if n == 0:
            return None
        p, z2 = self.numerator / n, Z_95**2
        centre = (p + z2 / (2 * n)) / (1 + z2 / n)
        half = Z_95 * math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
        return max(0.0, centre - half), min(1.0, centre + half)

    def as_json(self) -> dict[str, float | int | None]:
        """Return it with its interval, shares to four digits."""
        interval = self.wilson()
        low, high = (round(interval[0], 4), round(interval[1], 4)) if interval else (None, None)
        value = round(self.numerator / self.denominator, 4) if self.denominator else None
        return {"numerator": self.numerator, "denominator": self.denominator, "value": value, "low_95": low, "high_95": high}
