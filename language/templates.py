"""A sentence with places for what changes in it: recognized in a finished English text, and filled in another language.

A place is written as in `str.format`. In the English, `{length_m:.2f}` stands only where a number stands and `{path}` where
anything does. In the translation `{path}` is put as it was (or translated, when it is a message by itself), `{status:t}` is looked
up among the single words too, `{limit:n}` is a number that shows itself as none in the English, and `{size:raw}` is left alone even
where a number would get a decimal comma.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from string import Formatter

_NUMBER_SPEC = re.compile(r"[+]?,?(\.[0-9]+)?[dfg%]")
_NUMBER = r"[-+]?(?:[0-9][0-9,]*(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?%?|nan|inf)"
_WHOLE_WORD = re.compile(r"(?<![A-Za-z\0])[A-Za-z]+(?![A-Za-z\0])")
_FEWEST_LETTERS = 3
"""Of a message between two places that hold anything: `{lane} of {n_lanes}` fits too much."""
_UNIT = re.compile(r" (m|cm|mm|m/s|s|Wh|W|V|%|px|GB|MB|km|ms)\b")
"""What stands behind a number, however it was made."""
_DECIMAL = re.compile(r"([-+]?[0-9][0-9,]*)(?:\.([0-9]+))?(%?)")


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a template."""

    name: str
    spec: str

    @property
    def is_number(self) -> bool:
        """Whether only a number can stand there."""
        return bool(_NUMBER_SPEC.fullmatch(self.spec))


def parts_of(text: str) -> list[str | Place]:
    """Return literal pieces and places in their order; ValueError where braces do not match."""
    parts: list[str | Place] = []
    for literal, name, spec, _ in Formatter().parse(text):
        if literal and parts and isinstance(parts[-1], str):
            parts[-1] += literal  # after a doubled brace
        elif literal:
            parts.append(literal)
        if name is not None:
            parts.append(Place(name, spec or ""))
    return parts


def with_comma(number: str) -> str:
    """Return an English figure as Spanish writes it: 1,234.5 as 1.234,5; anything else as it is."""
    found = _DECIMAL.fullmatch(number)
    if found is None:
        return number
    whole, fraction, percent = found.groups()
    return whole.replace(",", ".") + (f",{fraction}" if fraction else "") + (" %" if percent else "")


@dataclass(frozen=True)
class Template:
    """One message in both languages. Not slotted: what is computed from it is kept."""

    english: str
    translated: str

    @cached_property
    def english_parts(self) -> list[str | Place]:
        """The English in pieces."""
        return parts_of(self.english)

    @cached_property
    def weight(self) -> int:
        """How much of the message is fixed: of two that fit a text, the heavier one is meant."""
        return sum(len(part) for part in self.english_parts if isinstance(part, str))

    @cached_property
    def anchor(self) -> str:
        """The longest fixed piece, which a text must hold to be this message at all."""
        return max((part for part in self.english_parts if isinstance(part, str)), key=len, default="")

    @cached_property
    def key(self) -> str:
        """The longest whole word that a text must hold to be this message; empty where no word is surely whole."""
        marked = "".join(part if isinstance(part, str) else "\0" for part in self.english_parts)
        return max(_WHOLE_WORD.findall(marked), key=len, default="")

    @cached_property
    def is_fixed(self) -> bool:
        """Whether nothing changes in it."""
        return not any(isinstance(part, Place) for part in self.english_parts)

    @cached_property
    def is_word(self) -> bool:
        """Whether it is short enough to be somebody's name for something: looked up only where a translation asks for it."""
        if self.is_fixed:
            return " " not in self.english
        fixed = "".join(part for part in self.english_parts if isinstance(part, str))
        has_number = any(isinstance(part, Place) and part.is_number for part in self.english_parts)
        return not has_number and sum(letter.isalpha() for letter in fixed) < _FEWEST_LETTERS

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """What a finished text of this message looks like; a place that comes twice holds the same both times."""
        seen: set[str] = set()
        pieces = []
        for part in self.english_parts:
            if isinstance(part, str):
                pieces.append(re.escape(part))
            elif part.name in seen:
                pieces.append(f"(?P={part.name})")
            else:
                seen.add(part.name)
                pieces.append(f"(?P<{part.name}>{_NUMBER if part.is_number else '.*?'})")
        return re.compile("".join(pieces))

    def values_in(self, text: str) -> dict[str, str] | None:
        """Return what stands in each place of a finished English text; None when it is another message."""
        if self.anchor not in text:
            return None
        found = self.pattern.fullmatch(text)
        if found is None or ("  " in text and any(value.startswith(" ") for value in found.groupdict().values())):  # cells
            return None
        return found.groupdict()

    def fill(self, values: dict[str, str], translate: Callable[[str, bool], str]) -> str:
        """Return the translation with its places filled; `translate` gets each value and whether single words count."""
        numbers = {part.name for part in self.english_parts if isinstance(part, Place) and part.is_number}
        done = []
        parts = parts_of(self.translated)
        for i, part in enumerate(parts):
            after = parts[i + 1] if i + 1 < len(parts) else ""
            if isinstance(part, str):
                done.append(part)
            elif part.spec == "raw":
                done.append(values[part.name])
            elif part.name in numbers or (isinstance(after, str) and _UNIT.match(after)) or part.spec == "n":
                done.append(with_comma(values[part.name]))
            else:
                done.append(translate(values[part.name], part.spec == "t"))
        return "".join(done)
