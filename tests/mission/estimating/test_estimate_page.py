"""The page of an estimate: whole in both languages, without a script, and nothing that a name says can break out of it."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from string import Formatter

import pytest

from mission.estimating.answer import PACKAGE
from mission.estimating.candidates import read_candidates
from mission.estimating.estimate import Estimate, make_estimate
from mission.estimating.page import write_estimate_page
from tests.mission.worlds import demo_site
from warehouse.errors import BadInputError
from warehouse.texts import text_table

BOUNDS = {"kind", "width", "height", "picture", "pixels", "focus", "upright", "blur", "photos", "way", "battery"}


@pytest.fixture(scope="module")
def estimate() -> Estimate:
    owner, candidates = read_candidates()
    return make_estimate(demo_site(), owner, candidates[:3])


@pytest.mark.parametrize(("lang", "title"), [("en", "A drone for your stock count?"), ("es", "¿Un dron para su recuento?")])
def test_the_page_says_all_in_its_language_and_fetches_nothing(estimate: Estimate, tmp_path: Path, lang: str, title: str) -> None:
    path = tmp_path / "estimate.html"
    write_estimate_page(path, estimate, lang)
    page = path.read_text(encoding="utf-8")
    assert f'<html lang="{lang}">' in page
    assert f"<h1>{title}</h1>" in page
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page
    assert not re.search(r"<script|https?://|src=|url\(", page)
    for offer in estimate.offers:
        assert page.count(offer.name) >= 1
    assert path.stat().st_size < 20_000


def test_a_name_with_markup_stays_text(estimate: Estimate, tmp_path: Path) -> None:
    nasty = replace(estimate.offers[1], name="<script>alert(1)</script>", note="<b>&")
    path = tmp_path / "estimate.html"
    write_estimate_page(path, replace(estimate, offers=(nasty,)))
    page = path.read_text(encoding="utf-8")
    assert "<script" not in page
    assert "<b>" not in page


def test_every_text_stands_in_both_languages_with_the_same_blanks_to_fill() -> None:
    table = text_table(PACKAGE)
    for key, words in table.items():
        assert set(words) == {"en", "es"}, key
        blanks = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in words.values()]
        assert blanks[0] == blanks[1], key
    assert {key.removeprefix("bound.") for key in table if key.startswith("bound.")} == BOUNDS


def test_another_language_is_refused(estimate: Estimate, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="no report in language 'fr'"):
        write_estimate_page(tmp_path / "estimate.html", estimate, "fr")
