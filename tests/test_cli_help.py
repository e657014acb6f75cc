"""Every command says what it does, with an example."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import typer
from typer.testing import CliRunner

from cli import app
from cli_language import commands_of, with_only


def test_every_command_has_help_with_an_example() -> None:
    runner = CliRunner()
    for words in every_command(app):
        said = runner.invoke(app, [*words, "--help"])
        assert said.exit_code == 0, said.output
        assert "Example:" in said.output, f"aislescan {' '.join(words)} --help shows no example"


def test_the_command_line_starts_without_the_libraries_of_its_commands() -> None:
    code = "import sys, cli; print(sorted({'biip', 'cv2', 'dronekit', 'numpy', 'pymavlink', 'sqlite_utils'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def every_command(group: typer.Typer) -> Iterator[list[str]]:
    for command in group.registered_commands:
        assert command.callback is not None
        yield [command.name or command.callback.__name__.replace("_", "-")]
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        for words in every_command(inner.typer_instance):
            yield [str(inner.name), *words]


def test_only_the_command_that_was_typed_is_built_and_all_where_none_is_known() -> None:
    whole = commands_of(app)
    for word in {words[0] for words in every_command(app)}:
        built = commands_of(with_only([word], app))
        assert list(built.commands) == [word]
        assert list(getattr(built.commands[word], "commands", ())) == list(getattr(whole.commands[word], "commands", ()))
    for typed in ([], ["--help"], ["decod"]):
        assert list(commands_of(with_only(typed, app)).commands) == list(whole.commands)
