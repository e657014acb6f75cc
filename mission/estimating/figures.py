"""Numbers of an estimate as people read them, in their language."""

from __future__ import annotations

import math

from mission.estimating.estimate import Offer
from warehouse.texts import Texts

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def plain(value: float, lang: str, digits: int = 0) -> str:
    """Return a number with the thousands and decimal marks of the language, and no more digits behind it than it has."""
    text = f"{value:,.{digits}f}"
    if digits:
        text = text.rstrip("0").rstrip(".")
    return _marked(text, lang)


def _marked(text: str, lang: str) -> str:
    return text if lang == "en" else text.replace(",", " ").replace(".", ",").replace(" ", ".")


def money(value: float, currency: str, lang: str) -> str:
    """Return an amount without cents."""
    return f"{plain(value, lang)} {_SIGNS.get(currency, currency)}"


def hours(value: float, lang: str) -> str:
    """Return hours, to a tenth below ten."""
    return _marked(f"{value:.1f}", lang) if value < 10 else plain(value, lang)


def percent(share: float, lang: str) -> str:
    """Return a share in per cent, rounded down so that 99.9 % are never called all."""
    return f"{plain(math.floor(share * 100 + 1e-9), lang)} %"


def counted(noun: str, n: float, t: Texts) -> str:
    """Return a number with its noun in the form that fits it: 1 month, 0.5 counts."""
    return t(f"{noun}.one" if n == 1 else f"{noun}.other", n=plain(n, t.lang, 1))


def readable(offer: Offer, t: Texts) -> str:
    """Return the share that can be read, with how much of it only barely."""
    share = percent(offer.share_readable, t.lang)
    if not offer.n_barely:
        return share
    if offer.n_barely == offer.n_readable:
        return f"{share}, {t('table.all_barely')}"
    return f"{share}, {t('table.barely', share=percent(offer.n_barely / offer.n_readable, t.lang))}"


def payback(offer: Offer, t: Texts) -> str:
    """Return how soon the purchase comes back, in words; empty where no price is given."""
    if offer.purchase is None:
        return ""
    if offer.payback_months is None:
        return t("table.never")
    if offer.payback_months < 24:
        return counted("months", math.ceil(offer.payback_months), t)
    return counted("years", math.ceil(offer.payback_months / 12), t)


def because(offer: Offer, t: Texts) -> str:
    """Return in words why locations are not readable; empty when all are."""
    n = sum(count for _, count in offer.unreadable_because)
    if not n:
        return ""
    whys = [t(f"bound.{why}") for why, _ in offer.unreadable_because if f"bound.{why}" in t.words]
    return t("table.why", n=plain(n, t.lang), why="; ".join(whys[:2]))
