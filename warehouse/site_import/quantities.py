"""Lengths out of the cells of somebody's table: decimal comma or point, metres, centimetres or millimetres; no silent guess."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from warehouse.errors import BadInputError
from warehouse.site_import.columns import UNITS_M

_WITH_POINT = re.compile(r"[+-]?[0-9]{1,7}(\.[0-9]*)?")
_WITH_COMMA = re.compile(r"[+-]?[0-9]{1,7}(,[0-9]*)?")
_GROUPED_POINT = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")
_GROUPED_COMMA = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3})+(,[0-9]*)?")
_HIGHEST_RACK_M = 45.0


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberStyle:
    """How a table writes its numbers."""

    decimal_mark: str
    """`.` or `,`."""

    def number(self, text: str) -> float:
        """Return the number; ValueError says what was expected."""
        text = text.strip()
        is_comma = self.decimal_mark == ","
        plain, grouped = (_WITH_COMMA, _GROUPED_COMMA) if is_comma else (_WITH_POINT, _GROUPED_POINT)
        if plain.fullmatch(text):
            return float(text.replace(",", "."))
        if grouped.fullmatch(text) and self.decimal_mark in text:
            return float(text.replace(".", "").replace(",", ".") if is_comma else text.replace(",", ""))
        example = f"1{self.decimal_mark}25"
        if grouped.fullmatch(text):
            raise ValueError(f"{text!r} may be two numbers; write it without a mark between thousands, like {example}")
        raise ValueError(f"expected a number like {example}, got {text!r}")


def style_of(texts: Iterable[str]) -> NumberStyle:
    """Return how numbers are written: with a decimal comma as soon as one of them can only be meant so."""
    n_comma = n_point = 0
    for text in texts:
        comma, point = text.rfind(","), text.rfind(".")
        n_comma += comma > point
        n_point += point > comma
    return NumberStyle(decimal_mark="," if n_comma > n_point else ".")


def unit_of(samples: Mapping[str, list[float]], given: str | None) -> tuple[float, str]:
    """Return metres per unit for measures whose title names none, and a note where it was worked out.

    `samples` holds numbers of the file by field (`z`, `base`, `width`, `height`, `depth`, and `step`: how far the next place is).
    It is worked out where only one of metres, centimetres and millimetres makes a rack of them. BadInputError else.
    """
    if given is not None:
        if given not in UNITS_M:
            raise BadInputError(f"--unit: expected m, cm or mm, got {given!r}", remedy="give the unit of the file's lengths")
        return UNITS_M[given], ""
    fitting = [unit for unit, metres in UNITS_M.items() if all(_fits(f, [v * metres for v in v_]) for f, v_ in samples.items())]
    if len(fitting) == 1:
        unit = fitting[0]
        return UNITS_M[unit], "" if unit == "m" else f"lengths are taken for {unit}, the only unit that makes a rack of them"
    raise BadInputError(
        f"the lengths may be in {' or '.join(fitting)}" if fitting else "no unit makes a rack of the file's lengths",
        remedy="say which: --unit m, --unit cm or --unit mm",
    )


def _fits(field: str, metres: list[float]) -> bool:
    """Whether the middle of the lengths is what such a thing has in a warehouse."""
    if not metres:
        return True
    ordered = sorted(metres)
    middle, highest = ordered[len(ordered) // 2], ordered[-1]
    if field in ("z", "base"):
        return highest <= _HIGHEST_RACK_M and (highest == 0 or highest >= 0.25)
    return {"width": 0.05, "height": 0.05, "depth": 0.1, "step": 0.05}[field] <= middle <= {"depth": 4.0}.get(field, 8.0)
