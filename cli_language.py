"""The doors through which everything leaves that a person reads: the two consoles, the questions, the help and the usage errors.

The source speaks English. In another language each finished text is translated here, on its way out
(docs/decisions/0011-language.md); what machines read (JSON, CSV, the run folder) goes through no door.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from copy import copy
from functools import cache, cached_property
from types import ModuleType
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer
from typer.exceptions import TyperException
from typer.main import get_command_name

from language.choice import language_of
from language.translator import Translator
from warehouse.texts import LANGUAGES, Speech

if TYPE_CHECKING:
    from rich.console import Console

_translator: Translator | None = None
_YES = ("y", "yes", "s", "si", "sí")


def speak(lang: str) -> None:
    """From now on speak this language."""
    global _translator  # noqa: PLW0603 - one process has one person before it
    if lang == LANGUAGES[0]:
        _translator = None
        return
    from language.catalogue import load_translator

    if language() != lang:
        _translator = load_translator(lang)


def language() -> str:
    """Return the language that is spoken: of a report or a page, when nothing else was asked for."""
    return LANGUAGES[0] if _translator is None else _translator.lang


def say(text: str) -> str:
    """Return a message in the language that is spoken."""
    return text if _translator is None else _translated(_translator, text)


def word(text: str) -> str:
    """Return a label of one or a few words in the language that is spoken."""
    return text if _translator is None else _translated(_translator.word, text)


def speech() -> Speech:
    """Return how drawings and notes speak that a command writes."""
    return Speech(lang=language(), say=say, word=word)


def _translated(translate: Callable[[str], str], text: str) -> str:
    try:
        return translate(text)
    except Exception:  # whatever is wrong with a catalogue, the message arrives, and a flight goes on
        return text


class Door:
    """A console that translates the texts that it prints. Rich is slow to load: a command that prints nothing does without."""

    def __init__(self, *, stderr: bool = False) -> None:
        """Stand before standard output, or before the stream of errors."""
        self._is_error = stderr

    @cached_property
    def console(self) -> Console:
        """What Rich's progress bars and live pictures are drawn on."""
        from rich.console import Console

        return Console(stderr=self._is_error, soft_wrap=True, highlight=False, markup=False, emoji=False)

    @property
    def is_terminal(self) -> bool:
        """Whether a person sits before it."""
        return self.console.is_terminal

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as Rich does."""
        self.console.print(*(say(thing) if isinstance(thing, str) else thing for thing in objects), **options)


def forget_typed() -> None:
    """Throw away what was typed at the terminal before a question is shown; what a pipe holds is meant as the answer, and stays."""
    if sys.stdin.isatty():
        import termios

        fd = sys.stdin.fileno()
        with suppress(termios.error):  # the terminal may be gone
            if not _is_in_background(fd):  # where it would stop the program
                termios.tcflush(fd, termios.TCIFLUSH)


def _is_in_background(fd: int) -> bool:
    try:
        return os.tcgetpgrp(fd) != os.getpgrp()
    except OSError:  # not the terminal that this program belongs to
        return False


def confirm(question: str, *, is_error: bool = False) -> bool:
    """Ask a question; nothing but a yes is a yes, and nothing that was typed before it was shown."""
    stream: IO[str] = sys.stderr if is_error else sys.stdout
    forget_typed()
    while True:
        stream.write(f"{say(question)} [{word('y/N')}]: ")
        stream.flush()
        try:
            answer = input().strip().lower()
        except (EOFError, KeyboardInterrupt) as error:
            raise typer.Abort from error
        if is_yes(answer):
            return True
        if answer in ("", "n", "no"):
            return False
        stream.write(f"{say('Type y for yes or n for no.')}\n")


def is_yes(answer: str) -> bool:
    """Return whether a typed line agrees."""
    return answer.strip().lower() in (_YES if _translator is not None else _YES[:2])


def ask(question: str, *, default: str, value_proc: Callable[[str], Any]) -> Any:
    """Ask for a value until one is given that can be used."""
    return typer.prompt(say(question), default=default, value_proc=spoken(value_proc))


def spoken(parse: Callable[..., Any]) -> Callable[..., Any]:
    """Return a parser whose complaints are in the language that is spoken."""

    def parse_and_say(*typed: Any) -> Any:
        try:
            return parse(*typed)
        except TyperException as error:
            error.message = say(error.message)
            raise

    return parse_and_say


# -- the commands ----


def run_commands(app: typer.Typer) -> None:
    """Run the command that was typed, in the language of its `--lang` or of the machine, and end the program with its exit code."""
    speak(language_of(sys.argv[1:], os.environ))
    try:
        code = commands_of(with_only(sys.argv[1:2], app))(prog_name="aislescan", standalone_mode=False)
    except TyperException as error:
        from typer.rich_utils import rich_format_error

        message = say(error.format_message())
        error.format_message = lambda: message  # type: ignore[method-assign]
        rich_format_error(error)  # type: ignore[arg-type]
        sys.exit(error.exit_code)
    except typer.Abort:
        from typer.rich_utils import rich_abort_error

        rich_abort_error()
        sys.exit(1)
    sys.exit(code if isinstance(code, int) else 0)


def with_only(typed: list[str], app: typer.Typer) -> typer.Typer:
    """Return the application with the one command that was typed: the others would cost a quick one a tenth of its time."""
    commands = [
        c for c in app.registered_commands if (c.name or get_command_name(c.callback.__name__ if c.callback else "")) in typed
    ]
    groups = [g for g in app.registered_groups if g.name in typed]
    if not commands and not groups:
        return app
    part = copy(app)
    part.registered_commands, part.registered_groups = commands, groups
    return part


def commands_of(app: typer.Typer) -> Any:
    """Return the tree of commands in the language that is spoken, each with `--lang`."""
    commands = typer.main.get_group(app)
    _prepare(commands, _lang_option())
    if _translator is not None or _words_of_pages.cache_info().currsize:
        pages, words = _words_of_pages()
        for name, english in words.items():
            setattr(pages, name, word(english))
    return commands


@cache
def _words_of_pages() -> tuple[ModuleType, dict[str, str]]:
    """Return what makes Typer's pages of help, and its own words on them; slow to load, and needed by few commands."""
    from typer import rich_utils

    named = vars(rich_utils).items()
    return rich_utils, {k: v for k, v in named if isinstance(v, str) and k.endswith(("_TITLE", "_STRING", "_TEXT", "_HELP"))}


def _prepare(command: Any, lang: Any) -> None:
    """Give a command, and those in it, the option `--lang`, and put its help and its questions into the language."""
    own = [parameter for parameter in command.params if "--lang" in parameter.opts]
    for parameter in own:
        parameter.default = language()
    if not own:
        command.params.append(lang)
    for key in ("help", "short_help", "epilog"):
        if text := getattr(command, key, None):
            setattr(command, key, "\n\n".join(say(" ".join(part.split())) for part in text.split("\n\n")))
    for key in ("options_metavar", "subcommand_metavar"):
        if text := getattr(command, key, None):
            setattr(command, key, word(text))
    for parameter in (*command.params, command.get_help_option(typer.Context(command))):
        for key in ("help", "prompt"):
            if text := getattr(parameter, key, None):
                setattr(parameter, key, _spoken_sentence(text))
        if getattr(parameter, "prompt", None):
            parameter.process_value = spoken(parameter.process_value)
        if "display_type_rich" not in vars(parameter):  # one `--lang` is everybody's
            parameter.display_type_rich = _spoken_type(parameter.display_type_rich)
    command.format_usage = lambda context, formatter: formatter.write_usage(
        context.command_path, " ".join(command.collect_usage_pieces(context)), prefix=f"{word('Usage:')} "
    )
    for inner in getattr(command, "commands", {}).values():
        _prepare(inner, lang)


def _spoken_sentence(text: str) -> str:
    """Return a help text in the language that is spoken, also where it is a question of ours with a full stop behind it."""
    said = say(text)
    return f"{say(text[:-1])}." if said == text and text.endswith(".") else said


def _spoken_type(shown: Callable[..., str | None]) -> Callable[..., str | None]:
    """Return how a help page shows what an option takes, such as `<path>`, in the language that is spoken."""

    def show(ctx: typer.Context) -> str | None:
        kind = shown(ctx=ctx)
        return None if kind is None else word(kind)

    return show


def _lang_option() -> Any:
    """Return an option that was heeded already, for help pages and for whoever mistypes it."""

    def takes_lang(lang: Annotated[str, typer.Option("--lang", callback=_known, help="Language: en or es.")] = "") -> None:
        pass

    apart = typer.Typer(add_completion=False)
    apart.command()(takes_lang)
    (option,) = typer.main.get_command(apart).params
    option.expose_value = False
    option.default = language()
    return option


def _known(lang: str) -> str:
    if lang and lang not in LANGUAGES:
        raise typer.BadParameter(f"{lang!r} is none of: {', '.join(LANGUAGES)}")
    return lang
