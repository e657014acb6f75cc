"""`estimate.html`: one page of A4, everything inline, nothing fetched, no script."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mission.estimating.answer import PACKAGE, answer, assumptions, dangers, header, rows
from mission.estimating.chart import draw_hours
from mission.estimating.estimate import Estimate
from mission.estimating.figures import because, counted, plain
from warehouse.run_folder import write_atomically
from warehouse.texts import texts_of


def write_estimate_page(path: Path, estimate: Estimate, lang: str = "en") -> None:
    """Write the page; BadInputError for a language that it does not speak."""
    t = texts_of(PACKAGE, lang)
    environment = Environment(
        loader=PackageLoader(PACKAGE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    hand, *offers = rows(estimate, t)
    text = environment.get_template("estimate.html").render(
        t=t,
        place=t(
            "page.site",
            site=estimate.site,
            n=plain(estimate.n_locations, lang),
            counts=counted("counts", estimate.owner.counts_a_year, t),
        ),
        answer=answer(estimate, t),
        chart=Markup(draw_hours(estimate, t)),
        header=header(t),
        hand=hand,
        offers=[(row, offer, because(offer, t)) for row, offer in zip(offers, estimate.offers, strict=True)],
        best=estimate.best,
        assumptions=assumptions(estimate, t),
        dangers=dangers(t),
        steps=[t("next.try"), t("next.wish")],
    )
    write_atomically(path, text)
