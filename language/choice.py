"""Which language to speak: what was typed, else what the machine is set to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from warehouse.texts import LANGUAGES

VARIABLES = ("AISLESCAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
"""The first of these that holds something decides; the last three as in any program (POSIX, chapter 8.2)."""
OPTION = "--lang"


def language_of(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Return the language of `--lang` among the words of a command, else of the environment; English for any that we do not speak.

    A wrong word behind `--lang` is not refused here: the command's own option does that, in words.
    """
    typed = typed_language(arguments)
    if typed in LANGUAGES:
        return typed
    told = next((environment[name] for name in VARIABLES if environment.get(name)), "")
    lang = told.replace("-", "_").split("_")[0].split(".")[0].lower()
    return lang if lang in LANGUAGES else LANGUAGES[0]


def typed_language(arguments: Sequence[str]) -> str | None:
    """Return the word behind the last `--lang`; None without one."""
    found = None
    for i, word in enumerate(arguments):
        if word == "--":
            break
        if word == OPTION and i + 1 < len(arguments):
            found = arguments[i + 1]
        elif word.startswith(f"{OPTION}="):
            found = word.removeprefix(f"{OPTION}=")
    return found
