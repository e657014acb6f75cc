"""The command line in Spanish, as a clerk meets it; in English nothing changes."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from cli import app
from cli_language import run_commands, speak
from tests.inventory.exported import ODOO, Count

Typed = Callable[..., tuple[int, str]]
DEMO_SITE = Path(__file__).parents[1] / "sitl" / "demo_site"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Typed]:
    """Types a command on a Spanish computer; returns its exit code and all that it said, line breaks as blanks."""
    monkeypatch.setenv("AISLESCAN_LANG", "")
    monkeypatch.setenv("LC_ALL", "es_ES.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")

    def type_it(*words: object, answers: str = "") -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["aislescan", *map(str, words)])
        monkeypatch.setattr(sys, "stdin", StringIO(answers))
        with pytest.raises(SystemExit) as stop:
            run_commands(app)
        said = capsys.readouterr()
        return int(stop.value.code or 0), said.out + said.err

    yield type_it
    speak("en")


def test_on_a_spanish_computer_help_is_spanish(typed: Typed) -> None:
    code, said = typed("erp", "inspect", "--help")
    assert code == 0
    for words in (
        "Uso: aislescan erp inspect",
        "Dice qué es una lista de existencias",
        "Argumentos",
        "Ejemplo:",
        "Muestra esta ayuda",
    ):
        assert words in said
    assert "Usage" not in said


def test_what_an_option_takes_is_said_in_spanish(typed: Typed) -> None:
    said = typed("reconcile", "--help")[1]
    assert "<ruta>" in said
    assert "<texto>" in said
    assert "CLASE=LÍMITES" in said
    assert not re.search("<(str|path|float|bool)", said)


def test_what_is_asked_is_explained_in_spanish_too(typed: Typed) -> None:
    said = typed("site", "new", "--help")[1]
    assert "METROS" in said
    assert "Cuántos pasillos." in said
    assert "How many" not in said


def test_lang_stands_before_or_after_the_command(typed: Typed) -> None:
    assert "Plan the flights" in typed("--lang", "en", "plan", "--help")[1]
    assert "Plan the flights" in typed("plan", "--help", "--lang", "en")[1]
    code, said = typed("plan", "x", "--lang", "fr")
    assert (code, "'fr' no es ninguno de: en, es" in said) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("plan", "Falta el argumento 'SITE'."),
        ("plna", "No existe la orden 'plna'. ¿Quiso decir 'plan'?"),
        ("plan x --out", "La opción '--out' necesita un valor."),
        ("fly x --speedup 99", "Valor no válido para '--speedup': se esperaba 20 o menos"),
        ("fly x --sitl foo", "'foo' no es ninguno de 'builtin', 'ardupilot'."),
    ],
)
def test_a_mistyped_command_is_explained_in_spanish(typed: Typed, words: str, said: str) -> None:
    code, answer = typed(*words.split())
    assert code == 2
    assert said in answer


def test_questions_are_asked_and_wrong_answers_refused_in_spanish(typed: Typed, tmp_path: Path) -> None:
    answers = "Juguetes\nxx\n1\n1\n2\n3\nabc\n2,7\n1,45\n3,2\n1\nfoo\nstart\nhalves\n0\nn\nx\n0,2 0,4\n"
    code, said = typed("site", "new", tmp_path / "site", answers=answers)
    assert code == 0
    for words in (
        "Nombre del almacén: ",
        "Cuántos pasillos [1]: Error: se esperaba un número entero",
        "'abc' no es una longitud en metros; escriba por ejemplo 2,7",
        "'foo' no es ninguno de: start, end",
        "¿Hay allí solo palés enteros, sin cajas sueltas en los estantes? [s/N]",
        "'x' no es una altura y una profundidad en metros; escriba por ejemplo: 0,2 0,4",
        "Ahora adáptelo a sus estanterías",
    ):
        assert words in said
    written = (tmp_path / "site" / "site.toml").read_text(encoding="utf-8")
    assert "# línea central, en el primer módulo" in written
    assert 'name = "base 1"' in written


ENGLISH_WORDS = re.compile(r"\b(the|of|and|is|lane|flight|location|photo|rack|aisle|above|not|way)\b")


def test_a_plan_and_a_drawing_speak_spanish_and_name_things_as_the_site_does(typed: Typed, tmp_path: Path) -> None:
    run, svg = tmp_path / "run", tmp_path / "site.svg"
    assert typed("plan", DEMO_SITE, "--out", run, "--aisle", "A01", "--level", "1")[0] == 0
    assert typed("site", "draw", DEMO_SITE, "--out", svg)[0] == 0
    texts = [e.text or "" for path in (run / "plan.svg", svg) for e in ET.parse(path).iter() if e.tag.endswith(("text", "title"))]
    assert [text for text in texts if ENGLISH_WORDS.search(text)] == []
    assert {
        "Plan de lectura: Demo warehouse, Ibi",
        "Demo warehouse, Ibi",
        "Frente A01-left: 48 ubicaciones, visto desde el pasillo",
    } <= {*texts}
    assert {"zona prohibida sprinkler main", "pad 1", "tope 5,70", "A01-08-4-3 (sin uso), 0,9 x 1,3 m, a 4,4 m del suelo"} <= {
        *texts
    }
    page = (run / "plan.html").read_text(encoding="utf-8")
    figure = json.loads(page.partition('id="figure">')[2].partition("</script>")[0])
    words = [text for trace in figure["data"] for text in (trace["name"], *trace.get("hovertext", ()))]
    assert [text for text in words if ENGLISH_WORDS.search(text)] == []
    assert "Se leerán 23 ubicaciones, 1 no." in page
    assert '<html lang="es">' in page


def test_the_note_beside_an_import_file_is_spanish_and_the_files_are_the_same(typed: Typed, tmp_path: Path) -> None:
    Count(tmp_path).reconcile(ODOO)
    for lang in ("es", "en"):
        assert typed("export", tmp_path / "out", "--for", "odoo", "--out", tmp_path / lang, "--lang", lang)[0] == 0
    note, english = ((tmp_path / lang / "README.txt").read_text(encoding="utf-8").splitlines() for lang in ("es", "en"))
    same = [a for a, b in zip(note, english, strict=True) if a == b]
    assert all(not line or "SHA-256" in line for line in same), same
    assert {"ARCHIVOS", "QUIÉN APRUEBA, Y CÓMO IMPORTAR EN ODOO", "QUÉ SE ESCRIBE", "TOTALES DE CONTROL"} <= {*note}
    for path in (tmp_path / "es").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "en" / path.name).read_bytes()
