"""Every command says what it does, with an example."""

from __future__ import annotations

from collections.abc import Iterator

import typer
from typer.testing import CliRunner

from cli import app


def test_every_command_has_help_with_an_example() -> None:
    runner = CliRunner()
    for words in every_command(app):
        said = runner.invoke(app, [*words, "--help"])
        assert said.exit_code == 0, said.output
        assert "Example:" in said.output, f"aislescan {' '.join(words)} --help shows no example"


def every_command(group: typer.Typer) -> Iterator[list[str]]:
    for command in group.registered_commands:
        assert command.callback is not None
        yield [command.name or command.callback.__name__.replace("_", "-")]
    for inner in group.registered_groups:
        assert inner.typer_instance is not None
        for words in every_command(inner.typer_instance):
            yield [str(inner.name), *words]
