"""The tutorial, typed as it stands there."""

import re
import shlex
from pathlib import Path

import pytest

from language.catalogue import load_translator
from tests.conftest import ROOT
from tests.end_to_end.conftest import aislescan

TUTORIAL, SPANISH = (ROOT / "docs" / name for name in ("tutorial.md", "tutorial.es.md"))
STEP = re.compile(r"^    (?P<command>aislescan [^\n]+)$|^```text\n(?P<says>.*?)^```$", re.MULTILINE | re.DOTALL)


def steps(tutorial: Path) -> list[tuple[str, list[str]]]:
    """Return each command with the lines that the tutorial says it answers."""
    found: list[tuple[str, list[str]]] = []
    for step in re.finditer(STEP, tutorial.read_text(encoding="utf-8")):
        if step["command"]:
            found.append((step["command"], []))
        else:
            found[-1][1].extend(step["says"].splitlines())
    return found


def test_the_tutorial_works_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command, says in steps(TUTORIAL):
        said = aislescan(*shlex.split(command)[1:])
        for line in says:
            pattern = ".*".join(re.escape(part) for part in line.split("…"))
            assert re.search(f"^{pattern}$", said, re.MULTILINE), f"{command} says {said!r}, not {line!r}"
    for shown in (
        "my-warehouse.svg",
        "runs/first/plan.html",
        "runs/first/report.html",
        "runs/first/reconciliation/reconciliation.xlsx",
    ):
        assert (tmp_path / shown).stat().st_size > 1000, shown


def test_the_spanish_tutorial_has_the_same_steps_and_quotes_what_a_spanish_computer_says() -> None:
    say = load_translator("es")
    english = [(command, [say(line.replace("… 5", "54 photos: 5")) for line in says]) for command, says in steps(TUTORIAL)]
    spanish = [(command, [line.replace("… 5", "54 fotos: 5") for line in says]) for command, says in steps(SPANISH)]
    assert spanish == english
    assert len(spanish) == 12
