"""The catalogues hold every message, and every translation keeps what changes in it."""

from __future__ import annotations

import re

import polib
import pytest

from language.extraction import BY_HAND, ROOT, messages, messages_of
from language.templates import Place, parts_of

CATALOGUES = sorted((ROOT / "language").glob("*.po"))


def places(text: str) -> dict[str, str]:
    return {part.name: part.spec for part in parts_of(text) if isinstance(part, Place)}


def test_no_translation_loses_a_place_or_invents_one() -> None:
    for path in CATALOGUES:
        for entry in polib.pofile(str(path)):
            english, translated = places(entry.msgid), places(entry.msgstr)
            assert all(re.fullmatch("[a-zA-Z_][a-zA-Z0-9_]*", name) for name in english), entry.msgid
            assert not entry.msgstr or set(english) == set(translated) or entry.comment == BY_HAND, entry.msgid
            assert set(translated) <= set(english), entry.msgid
            assert set(translated.values()) <= {"", "t", "n", "raw"}, entry.msgstr


def test_no_catalogue_holds_a_message_twice() -> None:
    for path in CATALOGUES:
        found = [entry.msgid for entry in polib.pofile(str(path))]
        assert len(found) == len(set(found))
        assert any(entry.comment == BY_HAND for entry in polib.pofile(str(path)))


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('out.print(f"{n} pallets of {site.name}")', ["{n} pallets of {name}"]),
        ("raise Bad(f'{path}: no such file', remedy='give another file')", ["{path}: no such file", "give another file"]),
        ("f\"{n} label{'' if n == 1 else 's'} here\"", ["{n} label here", "{n} labels here"]),
        ('f"up to {height_m:.2f} m, {x!r:>8}"', ["up to {height_m:.2f} m, {x}"]),
        ('f"{a.x} is not {b.x}, but {a.x}"', ["{x} is not {x_2}, but {x}"]),
        ('words += f" ({dx:+.0f} cm from plan)"', ["({dx:+.0f} cm from plan)"]),
        ('f"two lines:\\n  -> of {text}"', ["two lines:", "of {text}"]),
        ('_n(count, "rack face")', ["{n:d} rack face", "{n:d} rack faces", "rack face"]),
        ('"""A docstring is none."""', []),
        ('db.execute("SELECT a, b FROM runs WHERE x = 1")', []),
        ('path / "plan.json"', []),
        ('{"key": "sortie"}', []),
    ],
)
def test_messages_are_found_in_the_source_as_templates(source: str, found: list[str]) -> None:
    assert list(messages_of(source)) == found


def test_the_help_of_a_command_is_a_message_a_paragraph() -> None:
    source = 'def plan():\n    """Plan the flights\n    of a site.\n\n    And more.\n\n    Example: `aislescan plan x`\n    """'
    assert list(messages_of(source, is_cli=True)) == ["Plan the flights of a site.", "And more."]


def test_every_message_of_the_source_has_a_translation() -> None:
    """`python -m language.extraction` takes up new messages and names those that have none; then write their msgstr."""
    found = messages()
    for path in CATALOGUES:
        said = {entry.msgid for entry in polib.pofile(str(path)) if entry.msgstr}
        assert sorted(found.keys() - said) == []
