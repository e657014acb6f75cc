"""The words of a page in each language, from one table `texts.toml` in its package: one entry a text, one line a language."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from warehouse.errors import BadInputError

LANGUAGES = ("en", "es")


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of one language."""

    lang: str
    """Also the value of the page's `lang` attribute."""
    words: dict[str, str]

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of `key` with its {placeholders} filled; KeyError for a key that the table lacks."""
        return self.words[key].format(**values)

    def count(self, key: str, n: int) -> str:
        """Return the form of `key` that fits the number `n`."""
        return self(f"{key}.one" if n == 1 else f"{key}.other", n=n)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """How drawings and notes, whose source is English, say their words to who asked for them; the command line gives it."""

    lang: str = LANGUAGES[0]
    say: Callable[[str], str] = str
    """Of a finished message; names go through untouched."""
    word: Callable[[str], str] = str
    """Of a label, where single words are ours too."""


ENGLISH = Speech()


def texts_of(package: str, lang: str) -> Texts:
    """Return the words of the package's table in `lang`; BadInputError for a language that the tables do not hold."""
    if lang not in LANGUAGES:
        raise BadInputError(f"no report in language {lang!r}", remedy=f"choose one of: {', '.join(LANGUAGES)}")
    return Texts(lang, {key: entry[lang] for key, entry in text_table(package).items()})


@cache
def text_table(package: str) -> dict[str, dict[str, str]]:
    """Return every text of the package's table by its dotted key, each a dict from language to words."""
    return dict(_entries(tomllib.loads((files(package) / "texts.toml").read_text(encoding="utf-8")), ()))


def _entries(node: dict[str, Any], path: tuple[str, ...]) -> Iterator[tuple[str, dict[str, str]]]:
    if all(isinstance(value, str) for value in node.values()):
        yield ".".join(path), node
        return
    for name, child in node.items():
        yield from _entries(child, (*path, name))
