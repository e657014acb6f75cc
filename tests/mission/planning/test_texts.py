"""Why locations are left out is said in both languages."""

from __future__ import annotations

from string import Formatter

from mission.planning.aisles import PACKAGE
from mission.planning.planner import make_plan
from tests.mission.worlds import demo_site, with_cameras
from warehouse.texts import text_table


def test_every_text_stands_in_both_languages_with_the_same_blanks_to_fill() -> None:
    for key, words in text_table(PACKAGE).items():
        assert set(words) == {"en", "es"}, key
        blanks = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in words.values()]
        assert blanks[0] == blanks[1], key


def test_a_spanish_reader_is_told_what_would_help_with_decimal_commas() -> None:
    plan = make_plan(with_cameras(demo_site(), exposure_s=0.02), lang="es")
    (told,) = [u for u in plan.uncovered if u.location == "A01-05-3-2"]
    assert told.reason == (
        "a 0,1 m/s, lo más lento que vuela el dron, una exposición de 20 ms emborrona las barras en 21,6 píxeles;"
        " soportan 7,7 como mucho"
    )
    assert told.remedy.startswith("un flash o una lámpara para una exposición de 6,68 ms")
