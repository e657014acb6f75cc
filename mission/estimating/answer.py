"""The estimate in a few plain sentences and a table, for the terminal; the sentences stand on the page too."""

from __future__ import annotations

import math
from collections.abc import Iterable

from mission.estimating.candidates import Owner
from mission.estimating.estimate import Estimate, Offer
from mission.estimating.figures import because, counted, hours, money, payback, percent, plain, readable
from warehouse.texts import Texts, texts_of

PACKAGE = "mission.estimating"


def answer(estimate: Estimate, t: Texts) -> str:
    """Return what an owner in a hurry needs."""
    best, owner = estimate.best, estimate.owner
    if best is None:
        return t("answer.none")
    said = [
        t(
            "answer.reads",
            name=best.name,
            share=percent(best.share_readable, t.lang),
            people=hours(best.people_hours_per_count, t.lang),
            hand=hours(estimate.by_hand.people_hours_per_count, t.lang),
            hours=hours(best.drone_h, t.lang),
        )
    ]
    if best.counted_a_year < owner.counts_a_year:
        said.append(_what_fits(best, owner, t))
    if not best.counted_a_year:
        return " ".join(said)
    counts, years = counted("counts", best.counted_a_year, t), counted("years", owner.years, t)
    saves = money(best.saves_a_year, owner.currency, t.lang)
    if best.purchase is None:
        said.append(t("answer.no_price"))
    elif best.payback_months is None:
        said.append(t("answer.costs", counts=counts))
    elif best.payback_months > 12 * owner.years:
        said.append(t("answer.pays_late", counts=counts, saves=saves, years=years))
    else:
        said.append(t("answer.pays", counts=counts, saves=saves, months=counted("months", math.ceil(best.payback_months), t)))
    if best.purchase is not None and (best.payback_months is None or best.payback_months > 12 * owner.years):
        n = best.pays_from_counts
        said.append(t("answer.never") if n is None else t("answer.from_counts", counts=counted("counts", n, t)))
    return " ".join(said)


def _what_fits(offer: Offer, owner: Owner, t: Texts) -> str:
    """Say that the counts which are wanted do not fit into the nights, and how many do."""
    if offer.counts_a_year:
        wanted, most = (counted("counts", n, t) for n in (owner.counts_a_year, offer.counts_a_year))
        return t("answer.fewer_fit", wanted=wanted, most=most)
    if offer.n_nights:
        nights, has = (counted("nights", n, t) for n in (offer.n_nights, owner.nights_a_week * owner.weeks_a_year))
        return t("answer.long_count", nights=nights, has=has)
    return t("answer.short_night", hours=plain(owner.hours_a_night, t.lang, 1))


def header(t: Texts) -> list[str]:
    """Return the headings of the table."""
    names = ("drone", "readable", "flights", "hours", "batteries", "people", "most", "purchase", "cost", "payback", "from")
    return [t(f"table.{name}") for name in names]


def rows(estimate: Estimate, t: Texts) -> list[list[str]]:
    """Return a row a candidate, the first for counting by hand; cells that say nothing are empty."""
    currency, lang, hand = estimate.owner.currency, t.lang, estimate.by_hand
    found = [
        [t("table.hand"), "", "", hours(hand.hours_per_count, lang), "", hours(hand.people_hours_per_count, lang), "", "",
         money(hand.cost_a_year, currency, lang), "", ""]
    ]  # fmt: skip
    for o in estimate.offers:
        is_able = o.n_readable > 0
        found.append(
            [
                o.name,
                readable(o, t),
                plain(o.n_sorties, lang) if is_able else "",
                hours(o.drone_h, lang) if is_able else "",
                plain(o.batteries_wanted, lang) if is_able else "",
                hours(o.people_hours_per_count, lang) if is_able else "",
                plain(o.counts_a_year, lang) if is_able else "",
                "" if o.purchase is None else money(o.purchase, currency, lang),
                "" if o.cost_a_year is None or not is_able or not o.counts_a_year else money(o.cost_a_year, currency, lang),
                payback(o, t) if is_able else "",
                "" if o.pays_from_counts is None else plain(o.pays_from_counts, lang),
            ]
        )
    return found


def describe_estimate(estimate: Estimate, lang: str = "en") -> str:
    """Return the table and what must be known to read it, for a terminal."""
    t = texts_of(PACKAGE, lang)
    owner = estimate.owner
    lines = [
        t("page.site", site=estimate.site, n=plain(estimate.n_locations, lang), counts=counted("counts", owner.counts_a_year, t))
    ]
    lines += _columns([header(t), *rows(estimate, t)])
    lines += [f"  {o.name}: {because(o, t)}" + (f" -> {o.remedy}" if o.remedy else "") for o in estimate.offers if because(o, t)]
    lines += [answer(estimate, t), f"{t('assumed.title')}:"]
    lines += [f"  - {text}" for text in (*assumptions(estimate, t), *dangers(t))]
    return "\n".join(lines)


def assumptions(estimate: Estimate, t: Texts) -> list[str]:
    """Return what the figures rest on, with the sources of those that are not the owner's own."""
    o, lang = estimate.owner, t.lang
    truck = t("assumed.truck", truck=money(o.truck_per_hour, o.currency, lang)) if o.truck_per_hour else ""
    barely = [t("assumed.barely")] if any(offer.n_barely for offer in estimate.offers) else []
    fewer = any(offer.n_readable and offer.counted_a_year < o.counts_a_year for offer in estimate.offers)
    return [
        t(
            "assumed.hand",
            rate=plain(o.manual_per_hour, lang, 1),
            people=plain(o.manual_people, lang, 1),
            wage=money(o.wage_per_hour, o.currency, lang),
            truck=truck,
        ),
        t(
            "assumed.drone",
            attendants=plain(o.attendants, lang, 1),
            setup=plain(o.setup_min, lang),
            swap=plain(o.swap_s, lang),
            charge=plain(o.charge_min, lang),
            nights=plain(o.nights_a_week, lang, 1),
            hours=plain(o.hours_a_night, lang, 1),
            review=plain(o.review_min, lang),
        ),
        t("assumed.read", share=percent(o.read_share, lang)),
        t(
            "assumed.money",
            years=counted("years", o.years, t),
            upkeep=percent(o.upkeep_share, lang),
            flights=plain(o.battery_flights, lang),
        ),
        t("assumed.plan"),
        *([t("assumed.fewer")] if fewer else []),
        *barely,
    ]


def dangers(t: Texts) -> list[str]:
    """Return what the figures do not know."""
    return [t(f"wrong.{name}") for name in ("place", "labels", "people", "layout")]


def _columns(table: list[list[str]]) -> Iterable[str]:
    """Yield the lines of a table whose headings are broken over as many lines as their longest needs."""
    widths = [max(len(row[i]) for row in table[1:]) for i in range(len(table[0]))]
    broken = [_broken(heading, max(width, 7)) for heading, width in zip(table[0], widths, strict=True)]
    widths = [max(width, *(len(part) for part in parts)) for width, parts in zip(widths, broken, strict=True)]
    n_lines = max(len(parts) for parts in broken)
    heads = [[parts[i - (n_lines - len(parts))] if i >= n_lines - len(parts) else "" for parts in broken] for i in range(n_lines)]
    for row in (*heads, *table[1:]):
        cells = [cell.ljust(w) if i == 0 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        yield ("  " + "  ".join(cells)).rstrip()


def _broken(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
