"""Accuracy and coverage by week as a line chart; the table beside it says the same in figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from inventory.overtime.story import Week
from inventory.rates import Rate
from warehouse.texts import Texts

_LEFT, _TOP, _HEIGHT, _STEP, _BELOW, _RIGHT = 56, 14, 210, 84, 44, 24


def draw_weeks(weeks: Sequence[Week], t: Texts) -> str:
    """Return it as SVG: the line with its 95 % interval for accuracy, a dashed one for coverage; the axis need not begin at 0."""
    lows = [interval[0] for w in weeks if w.accuracy and (interval := w.accuracy.wilson())]
    lows += [share for w in weeks if (share := _share(w.coverage)) is not None]
    floor = math.floor(min(lows, default=0.0) * 10) / 10
    width = _LEFT + _STEP * max(len(weeks) - 1, 1) + _RIGHT + 20

    def y(share: float) -> float:
        return round(_TOP + _HEIGHT * (1 - (share - floor) / (1 - floor)), 1)

    def x(n: int) -> int:
        return _LEFT + 20 + _STEP * n

    parts = [
        f'<svg class="weeks" viewBox="0 0 {width} {_TOP + _HEIGHT + _BELOW}" width="{width}" role="img" '
        f'aria-label="{escape(t("chart.title"))}">'
    ]
    for tenth in range(round(floor * 10), 11, 1 if floor >= 0.5 else 2):
        parts.append(f'<path class="grid" d="M{_LEFT} {y(tenth / 10)}H{width - 8}"/>')
        parts.append(f'<text x="{_LEFT - 8}" y="{y(tenth / 10) + 4}" text-anchor="end">{tenth * 10} %</text>')
    for n, week in enumerate(weeks):
        parts.append(
            f'<text x="{x(n)}" y="{_TOP + _HEIGHT + 24}" text-anchor="middle">{escape(week.name.partition("-")[2])}</text>'
        )
        if n == 0 or week.name[:4] != weeks[n - 1].name[:4]:
            parts.append(f'<text x="{x(n)}" y="{_TOP + _HEIGHT + 40}" text-anchor="middle">{escape(week.name[:4])}</text>')
        interval = week.accuracy.wilson() if week.accuracy else None
        if interval:
            parts.append(f'<path class="interval" d="M{x(n)} {y(interval[0])}V{y(interval[1])}"/>')
    for name, rates in (("coverage", [w.coverage for w in weeks]), ("accuracy", [w.accuracy for w in weeks])):
        points = [(x(n), y(share)) for n, rate in enumerate(rates) if (share := _share(rate)) is not None]
        line = "L".join(f"{px} {py}" for px, py in points)
        if points:
            parts.append(f'<path class="{name}" d="M{line}"/>')
        for px, py in points:
            dot = f'cx="{px}" cy="{py}" r="5"' if name == "accuracy" else f'x="{px - 4}" y="{py - 4}" width="8" height="8"'
            parts.append(f'<{"circle" if name == "accuracy" else "rect"} class="{name}-dot" {dot}/>')
    return "".join([*parts, "</svg>"])


def _share(rate: Rate | None) -> float | None:
    return rate.numerator / rate.denominator if rate and rate.denominator else None
