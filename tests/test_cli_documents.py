"""Every command that a document or a help text tells somebody to type is one that the program takes."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from typer.core import TyperGroup

from cli import app
from cli_language import commands_of as spoken_commands
from tests.conftest import ROOT

GENERATED = "commands.md"
DOCUMENTS = [
    path for path in (ROOT / "README.md", *(ROOT / "docs").rglob("*.md")) if "_build" not in path.parts and path.name != GENERATED
]
END_OF_COMMAND = re.compile(r"\s(#|\||&&|;|>)\s|\s#")


def commands_of(document: str) -> Iterator[str]:
    """Yield each `aislescan …` of the code blocks and the code in sentences, without what follows in the same line."""
    for line in document.splitlines():
        block = re.match(r"(?: {4,}|\$ )(aislescan .*)", line)
        for found in [block[1]] if block else re.findall(r"`(?:\$ )?(aislescan [^`]*)`", line):
            yield END_OF_COMMAND.split(found, maxsplit=1)[0].strip().rstrip("\\")


@cache
def program() -> TyperGroup:
    """Return all commands, each with the option that all have."""
    commands = spoken_commands(app)
    assert isinstance(commands, TyperGroup)
    return commands


def fault_of(command: str) -> str:
    """Return why the program would not know the command or one of its options; empty when it would."""
    words = shlex.split(command.replace("'", '"'))[1:]
    node: Any = program()
    while isinstance(node, TyperGroup) and words and not words[0].startswith("-"):
        name = words.pop(0)
        if name in ("…", "...", "COMMAND"):
            return ""
        if name not in node.commands:
            return f"{command}: there is no {name}"
        node = node.commands[name]
    known = {option for parameter in node.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    strange = [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]
    return f"{command}: there is no {', '.join(strange)}" if strange else ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_commands_of_a_document_are_those_of_the_program(document: Path) -> None:
    faults = [fault for command in commands_of(document.read_text(encoding="utf-8")) if (fault := fault_of(command))]
    assert faults == []


def test_a_command_that_is_not_there_would_be_found() -> None:
    text = "Type `aislescan fly RUN --sideways`:\n\n    aislescan fligh runs/monday  # no such\n    aislescan site check my-site\n"
    assert [fault_of(command) for command in commands_of(text)] == [
        "aislescan fly RUN --sideways: there is no --sideways",
        "aislescan fligh runs/monday: there is no fligh",
        "",
    ]


def test_every_page_of_the_documentation_is_reached_from_its_first_page() -> None:
    first = (ROOT / "docs" / "index.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^([a-z0-9./-]+)$", first, re.MULTILINE))
    pages = {
        str(path.relative_to(ROOT / "docs").with_suffix(""))
        for path in (ROOT / "docs").rglob("*.md")
        if "_build" not in path.parts and path.parent.name != "decisions"
    }
    made = {"reference/commands"}  # by `make docs`, from the commands' own help
    assert pages - made - {"index"} == listed - made - {"decisions/index"}
