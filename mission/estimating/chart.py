"""A bar for each way of counting: the hours of people's work that one count takes."""

from __future__ import annotations

from html import escape

from mission.estimating.estimate import Estimate
from mission.estimating.figures import hours
from warehouse.texts import Texts

_NAME_PX, _BAR_PX, _ROW_PX, _VALUE_PX = 225, 365, 22, 90


def draw_hours(estimate: Estimate, t: Texts) -> str:
    """Return the chart as SVG that stands in a page, with a title that screen readers read."""
    hand = estimate.by_hand.people_hours_per_count
    bars = [(t("table.hand"), 0.0, hand)]
    for o in estimate.offers:
        if o.n_readable:
            by_hand = o.by_hand_h * estimate.owner.manual_people
            bars.append((o.name, o.people_hours_per_count - by_hand, by_hand))
    most = max(drone + rest for _, drone, rest in bars) or 1.0
    height = _ROW_PX * len(bars) + 26
    parts = [
        f'<svg viewBox="0 0 {_NAME_PX + _BAR_PX + _VALUE_PX} {height}" role="img" aria-label="{escape(t("chart.title"))}">',
    ]
    for i, (name, drone, rest) in enumerate(bars):
        y = i * _ROW_PX
        first, second = drone / most * _BAR_PX, rest / most * _BAR_PX
        parts += [
            f'<text x="{_NAME_PX - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect class="drone" x="{_NAME_PX}" y="{y + 3}" width="{first:.1f}" height="{_ROW_PX - 7}"/>',
            f'<rect class="hand" x="{_NAME_PX + first:.1f}" y="{y + 3}" width="{second:.1f}" height="{_ROW_PX - 7}"/>',
            f'<text x="{_NAME_PX + first + second + 6:.1f}" y="{y + 15}">{hours(drone + rest, t.lang)} h</text>',
        ]
    y = _ROW_PX * len(bars) + 6
    parts += [
        f'<rect class="drone" x="{_NAME_PX}" y="{y}" width="12" height="12"/>',
        f'<text x="{_NAME_PX + 18}" y="{y + 11}">{escape(t("chart.drone"))}</text>',
        f'<rect class="hand" x="{_NAME_PX + 130}" y="{y}" width="12" height="12"/>',
        f'<text x="{_NAME_PX + 148}" y="{y + 11}">{escape(t("chart.rest"))}</text>',
        "</svg>",
    ]
    return "\n".join(parts)
