"""Both languages say everything."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import inventory.report
from inventory.findings import Cause
from inventory.report.model import SHOWN
from inventory.report.texts import LANGUAGES, load_texts, table
from warehouse.errors import BadInputError
from warehouse.layout import BinKind
from warehouse.observations import ObservationStatus

TEMPLATES = Path(inventory.report.__file__).parent / "templates"


def test_every_text_exists_in_every_language_with_the_same_placeholders() -> None:
    for key, entry in table().items():
        assert tuple(sorted(entry)) == LANGUAGES, key
        assert all(words.strip() == words != "" for words in entry.values()), key
        names = [{name for _, name, _, _ in string.Formatter().parse(words) if name} for words in entry.values()]
        if not key.endswith(".one"):
            assert names[0] == names[1], key


def test_every_verdict_status_and_kind_has_its_words() -> None:
    keys = set(table())
    assert {f"verdict.{shown}.{part}" for shown in SHOWN for part in ("name", "means", "action")} <= keys
    assert {f"status.{status.value}" for status in ObservationStatus} <= keys
    assert {f"kind.{kind.value}" for kind in BinKind} <= keys
    assert {f"cause.{cause.value}" for cause in Cause} <= keys


def test_a_counted_text_has_both_forms() -> None:
    counted = {key.removesuffix(".one") for key in table() if key.endswith(".one")}
    assert counted == {key.removesuffix(".other") for key in table() if key.endswith(".other")}
    english = load_texts("en")
    assert english.count("todo.recount", 1).startswith("Recount 1 location:")
    assert english.count("todo.recount", 0).startswith("Recount 0 locations:")


def test_every_text_that_the_page_asks_for_is_in_the_table_and_none_is_left_over() -> None:
    sources = [p.read_text(encoding="utf-8") for p in (*TEMPLATES.iterdir(), *TEMPLATES.parent.glob("*.py"))]
    source = "\n".join(sources)
    keys = set(table())
    asked = set(
        re.findall(
            r"[\"'`]((?:page|answer|todo|button|map|list|detail|picture|recount|decide|reviews|aisles)\.[a-z_]+)[\"'`]", source
        )
    )
    plain = {key.removesuffix(".one").removesuffix(".other") for key in keys}
    assert asked <= plain
    built = re.compile(
        r"(verdict|status|kind|cause|how|severity|outcome|decide|why|todo_case|again)\.|picture\.(bin|label|alt_bin|alt_label|missing|unusable|left_out)$|map\.(left|right)$"
    )
    assert {key for key in plain if not built.match(key)} == asked - {key for key in asked if built.match(key)}


def test_an_unknown_language_is_refused_with_the_choice() -> None:
    with pytest.raises(BadInputError, match="no report in language 'fr'\n  -> choose one of: en, es"):
        load_texts("fr")
