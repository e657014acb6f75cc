"""Write the site page: the answer, the weeks, what was not seen, what comes back, and what it cost."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from markupsafe import Markup

from inventory.overtime.chart import draw_weeks
from inventory.overtime.cost import Costs
from inventory.overtime.story import SiteStory, tell_story
from inventory.rates import Rate
from inventory.report.page import csp_hash, environment_of, read_source
from inventory.report.texts import load_texts
from warehouse.run_folder import write_atomically
from warehouse.texts import Texts, texts_of

_PACKAGE = "inventory.overtime"
SHOWN = 500
"""Rows of a table; the command's own lists have all."""


def write_site_page(
    path: Path,
    db_path: Path,
    costs: Costs,
    *,
    site: str | None = None,
    unseen_days: int = 30,
    lang: str = "en",
    now: datetime | None = None,
) -> SiteStory:
    """Write the page and return what it says.

    BadInputError when there is no history, when it holds several sites and none is named, or for a language that is not spoken.
    """
    t, verdicts = texts_of(_PACKAGE, lang), load_texts(lang)
    moment = now or datetime.now(UTC)
    story = tell_story(db_path, site=site, unseen_days=unseen_days, costs=costs, now=moment)
    environment = environment_of(_PACKAGE)
    style = read_source(environment, "report.css") + read_source(environment, "overtime.css")
    text = environment.get_template("overtime.html").render(
        t=t,
        story=story,
        answer=answer(story, t),
        chart=Markup(draw_weeks(story.weeks, t)),
        costs=costs,
        shown=SHOWN,
        made_on=moment.date().isoformat(),
        verdict=lambda name: verdicts(f"verdict.{name}.name"),
        severity=lambda name: verdicts(f"severity.{name}") if name else "",
        percent=lambda rate: _percent(rate, lang),
        interval=lambda rate: _interval(rate, lang),
        number=lambda value, digits=1: _number(value, lang, digits),
        style=Markup(style),
        style_hash=csp_hash(style),
    )
    write_atomically(path, text)
    return story


def answer(story: SiteStory, t: Texts) -> str:
    """Return the sentence that a reader in a hurry needs."""
    last = next((week for week in reversed(story.weeks) if week.accuracy), None)
    if last is None or last.accuracy is None:
        first = t("answer.nothing")
    else:
        coverage = t("answer.coverage", share=_percent(last.coverage, t.lang)) if last.coverage else ""
        first = t("answer.week", week=last.name, share=_percent(last.accuracy, t.lang)) + coverage
    n = len(story.unseen)
    unseen = t("answer.unseen.one" if n == 1 else "answer.unseen.other", n=n, days=story.unseen_days)
    return f"{first}; {unseen}; {t.count('answer.standing', len(story.standing))}."


def _percent(rate: Rate | None, lang: str) -> str:
    """Return a share in per cent to a tenth, cut and not rounded, so that 99.96 % are never called all."""
    if rate is None or not rate.denominator:
        return "–"
    return f"{_number(int(1000 * rate.numerator / rate.denominator) / 10, lang, 1)} %"


def _interval(rate: Rate | None, lang: str) -> str:
    found = rate.wilson() if rate else None
    return "" if found is None else f"{_number(100 * found[0], lang, 1)}–{_number(100 * found[1], lang, 1)} %"


def _number(value: float, lang: str, digits: int) -> str:
    text = f"{value:,.{digits}f}"
    return text if lang == "en" else text.replace(",", " ").replace(".", ",").replace(" ", ".")
