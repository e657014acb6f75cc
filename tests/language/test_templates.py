"""A finished English text is recognized by its template and said in another language."""

from __future__ import annotations

import pytest

from language.choice import language_of
from language.templates import Template, with_comma
from language.translator import Translator


def spanish(*pairs: tuple[str, str]) -> Translator:
    return Translator("es", [Template(english, translated) for english, translated in pairs])


def test_places_keep_what_stands_in_them_in_the_order_of_the_other_language() -> None:
    say = spanish(("{n} tags of {site}", "{site}: {n} marcas"))
    assert say("12 tags of Poligono Norte") == "Poligono Norte: 12 marcas"


def test_of_two_templates_that_fit_the_one_with_more_fixed_letters_is_meant() -> None:
    say = spanish(("{path}: {error}, sadly", "{path}: {error}, por desgracia"), ("{path}: no such file, sadly", "{path}: falta"))
    assert say("a.csv: no such file, sadly") == "a.csv: falta"


def test_a_place_made_as_a_number_fits_numbers_only_and_gets_a_decimal_comma() -> None:
    say = spanish(("up to {height_m:.2f} m high", "hasta {height_m} m de alto"), ("scale {x:g} typed", "escala {x:raw} escrita"))
    assert say("up to 1.45 m high") == "hasta 1,45 m de alto"
    assert say("up to nobody m high") == "up to nobody m high"
    assert say("scale 0.5 typed") == "escala 0.5 escrita"


@pytest.mark.parametrize(
    ("number", "said"), [("1,234.5", "1.234,5"), ("12", "12"), ("-0.25", "-0,25"), ("75.0%", "75,0 %"), ("nan", "nan")]
)
def test_figures_are_written_as_spanish_writes_them(number: str, said: str) -> None:
    assert with_comma(number) == said


def test_a_message_within_a_message_is_translated_and_a_name_that_is_also_a_word_is_not() -> None:
    say = spanish(
        ("{path}: {what}", "{path}: {what}"),
        ("row {row:d} has no location", "la fila {row} no tiene ubicación"),
        ("warehouse {name} is {state}", "el almacén {name} está {state:t}"),
        ("empty", "vacío"),
    )
    assert say("stock.csv: row 3 has no location") == "stock.csv: la fila 3 no tiene ubicación"
    assert say("warehouse empty is empty") == "el almacén empty está vacío"


def test_each_line_sentence_and_item_of_a_list_is_looked_at_by_itself() -> None:
    say = spanish(
        ("Made {path}.", "Creado {path}."),
        ("Now look at it: {command}", "Ahora mírelo: {command}"),
        ("Seen: {statuses}.", "Vistas: {statuses:t}."),
        ("empty", "vacías"),
        ("read", "leídas"),
    )
    assert say("Made a.toml. Now look at it: aislescan plan\n  -> Seen: 7 empty, 5 read.") == (
        "Creado a.toml. Ahora mírelo: aislescan plan\n  -> Vistas: 7 vacías, 5 leídas."
    )


def test_what_is_no_message_of_ours_goes_out_as_it_came() -> None:
    say = spanish(("{n:d} rows read", "{n} filas leídas"))
    for text in ('{"rows": 3}', "focal_px = [5150.00, 5150.00]", "", "  \n", "ceiling_m = 8.0  # rows read"):
        assert say(text) == text


@pytest.mark.parametrize(
    ("arguments", "environment", "lang"),
    [
        ([], {}, "en"),
        ([], {"LANG": "es_ES.UTF-8"}, "es"),
        ([], {"LANG": "es"}, "es"),
        ([], {"LANG": "de_DE.UTF-8"}, "en"),
        ([], {"LANG": "C"}, "en"),
        ([], {"LANG": "es_ES.UTF-8", "LC_MESSAGES": "en_GB.UTF-8"}, "en"),
        ([], {"LANG": "en_US", "LC_ALL": "es_MX"}, "es"),
        ([], {"LC_ALL": "", "LANG": "es_ES"}, "es"),
        ([], {"LANG": "es_ES", "AISLESCAN_LANG": "en"}, "en"),
        (["--lang", "es", "plan"], {"LANG": "C"}, "es"),
        (["plan", "--lang=en"], {"LANG": "es_ES"}, "en"),
        (["plan", "--lang", "xx"], {"LANG": "es_ES"}, "es"),
        (["plan", "--lang"], {}, "en"),
        (["decode", "--", "--lang", "es"], {}, "en"),
    ],
)
def test_the_option_goes_before_the_programs_own_variable_and_that_before_the_machine(
    arguments: list[str], environment: dict[str, str], lang: str
) -> None:
    assert language_of(arguments, environment) == lang
