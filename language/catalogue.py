"""The messages of a language: the gettext catalogue of the command line, and the tables of the pages beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import as_file, files

import polib

from language.templates import Template
from language.translator import Translator
from warehouse.texts import text_table

_GOING_ON = re.compile("[;,.] ")
"""How a message begins that is put behind another one; it is looked for without that too."""
TABLES = ("mission.planning", "inventory.report")
"""Packages whose pages and records carry texts of their tables, which commands print again."""


@cache
def load_translator(lang: str) -> Translator:
    """Return the translator of a language that has a catalogue; it is made once, and keeps what it has translated."""
    return Translator(lang, [*_messages(lang), *_tables(lang)])


def _messages(lang: str) -> Iterator[Template]:
    with as_file(files("language") / f"{lang}.po") as path:
        for entry in polib.pofile(str(path)):
            if entry.msgstr and not entry.obsolete and "fuzzy" not in entry.flags:
                yield Template(entry.msgid, entry.msgstr)
                if (goes_on := _GOING_ON.match(entry.msgid)) and entry.msgstr.startswith(goes_on[0]):
                    yield Template(entry.msgid[goes_on.end() :], entry.msgstr[goes_on.end() :])


def _tables(lang: str) -> Iterator[Template]:
    for package in TABLES:
        for entry in text_table(package).values():
            yield from (
                Template(english, translated)
                for english, translated in zip(entry["en"].split("\n"), entry[lang].split("\n"), strict=False)
                if english and translated
            )
