"""Puts finished English texts into another language, by the templates that they were made from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from language.templates import Template

_SEPARATORS = (re.compile(r"(?<=[.!?]) +"), re.compile(r"; "), re.compile(r" -> "), re.compile(r": "), re.compile(r", "))
"""Where a text may be put together of messages: sentences first."""
_MOST_PIECES = 12
"""A text of more pieces is a list of data."""
_PLAIN = 0.8
"""A reading that explains this share of a text need not be compared with others."""
_EDGES = re.compile(r"(\s*(?:-> |• |- )?)(.*?)(\s*)", re.DOTALL)
_CELLS = re.compile(r"(\S(?:.*?\S)?)(\s{2,}|\s*$)")
_WORD = re.compile("[A-Za-z]+")
_LIST = re.compile(r"(, | and | or |; |/)")
_COUNTED = re.compile(r"([0-9][0-9,.]* )(.+)")
_MEASURED = re.compile(r"([-+]?[0-9]+(\.[0-9]+)? ?(m|cm|mm|m/s|s|Wh|W|V|%|px|GB|MB)[,;]? ?)+")
_POINT = re.compile(r"(?<=[0-9])\.(?=[0-9])")
_JOINERS = {"es": {" and ": " y ", " or ": " o "}}


class Said(NamedTuple):
    """A translation, and how many letters of the English it explains: of several readings the one that explains most is right."""

    text: str
    explained: int


class Translator:
    """A language other than English. Texts of strangers (names, labels, paths) go through untouched."""

    def __init__(self, lang: str, templates: Iterable[Template]) -> None:
        """Sort the templates, the most fixed first."""
        self.lang = lang
        known = list(templates)
        self._fixed = {t.anchor: t for t in known if t.is_fixed}
        sentences = sorted((t for t in known if not t.is_fixed), key=lambda t: (-t.weight, len(t.english_parts), t.english))
        self._by_word: dict[str, list[tuple[int, Template]]] = {}
        """The templates with their rank, by a word that a text must hold to be one of them."""
        for rank, template in enumerate(sentences):
            self._by_word.setdefault(template.key, []).append((rank, template))
        self._done: dict[tuple[str, bool], Said | None] = {}

    def __call__(self, text: str) -> str:
        """Return the text in this language, line by line; a line that is no message of ours as it is."""
        return "\n".join(self._line(line) for line in text.split("\n"))

    def word(self, text: str) -> str:
        """Return a text of which also single words are ours: a label, a title, a status."""
        return self._within(text, True).text

    def _line(self, line: str) -> str:
        before, core, after = _edges(line)
        found = self._message(core, False) if core else None
        if "  " in core and (found is None or found.explained < self._row(core).explained):
            found = self._row(core)
        return line if found is None else before + found.text + after

    def _row(self, row: str) -> Said:
        """Return a row of a table with its cells translated, each where it stood as far as there is room.

        A single word may be anybody's. It is translated in the head of a table, where every cell is a word of ours, beside a
        sentence of ours with figures in it, and as the last of two cells: the meaning of the first.
        """
        starts = [(match.start(), match[1]) for match in _CELLS.finditer(row)]
        cells = [cell for _, cell in starts]
        as_words = [self._within(cell, True) for cell in cells]
        as_sentences = [self._within(cell, False) for cell in cells]
        is_head = len(cells) > 2 and all(said.explained for said in as_words)
        has_sentence = any(said.explained and re.search("[0-9]|: ", cell) for cell, said in zip(cells, as_sentences, strict=True))
        done, explained = "", 0
        for i, (start, _) in enumerate(starts):
            is_word = is_head or has_sentence or (len(cells) == 2 and i == 1)
            said = as_words[i] if is_word else as_sentences[i]
            done = f"{done} ".ljust(start) + said.text if i else said.text
            explained += said.explained
        return Said(done, explained)

    def _within(self, text: str, words_count: bool) -> Said:
        """Return what stands in a place: a message of its own, or just as it is."""
        if "\n" in text:
            lines = [self._within(line, words_count) for line in text.split("\n")]
            return Said("\n".join(line.text for line in lines), sum(line.explained for line in lines))
        before, core, after = _edges(text)
        if not core:
            return Said(text, 0)
        found = self._message(core, words_count)
        if words_count and (found is None or found.explained <= _PLAIN * len(core)):
            listed = self._list(core)
            found = max((said for said in (listed, found) if said is not None), key=lambda said: said.explained, default=None)
        if found is None and _MEASURED.fullmatch(core):
            found = Said(_POINT.sub(",", core), 0)
        return Said(text, 0) if found is None else Said(before + found.text + after, found.explained)

    def _message(self, text: str, words_count: bool) -> Said | None:
        key = (text, words_count)
        if key not in self._done:
            whole = self._whole(text, words_count)
            pieces = None if whole is not None and whole.explained > _PLAIN * len(text) else self._pieces(text)
            self._done[key] = max(
                (said for said in (whole, pieces) if said is not None), key=lambda said: said.explained, default=None
            )
        return self._done[key]

    def _whole(self, text: str, words_count: bool) -> Said | None:
        """Return the reading of a text as one message that explains most of it."""
        fixed = self._fixed.get(text)
        if fixed is not None and (words_count or not fixed.is_word):
            return Said(fixed.fill({}, lambda value, _: value), len(text))
        best: Said | None = None
        for _, template in sorted(entry for word in {"", *_WORD.findall(text)} for entry in self._by_word.get(word, ())):
            values = None if template.is_word and not words_count else template.values_in(text)
            if values is None:
                continue
            within = 0

            def said(value: str, words: bool) -> str:
                nonlocal within
                found = self._within(value, words)
                within += found.explained
                return found.text

            filled = template.fill(values, said)
            if best is None or template.weight + within > best.explained:
                best = Said(filled, template.weight + within)
        return best

    def _pieces(self, text: str) -> Said | None:
        """Return a text of several messages in a row, or of one behind a name; None when no piece is ours."""
        readings = [self._cut(text, separator) for separator in _SEPARATORS]
        return max((reading for reading in readings if reading is not None), key=lambda said: said.explained, default=None)

    def _cut(self, text: str, separator: re.Pattern[str]) -> Said | None:
        marks = list(separator.finditer(text))
        if not 0 < len(marks) < _MOST_PIECES:
            return None
        starts, ends = [0, *(mark.end() for mark in marks)], [*(mark.start() for mark in marks), len(text)]
        readings = [Said("", 0)]  # of the text from each mark on, the last first
        for i in reversed(range(len(starts))):
            best: Said | None = None
            for j in range(i, len(ends)):
                if (i, j) == (0, len(ends) - 1):
                    continue
                piece = text[starts[i] : ends[j]]
                found = self._message(piece, False) if j == i else self._whole(piece, False)
                if found is None and j > i:
                    continue
                said, explained = found or Said(piece, 0)
                rest = readings[len(ends) - 1 - j]
                between = text[ends[j] : starts[j + 1]] if j + 1 < len(starts) else ""
                if best is None or explained + rest.explained > best.explained:
                    best = Said(said + between + rest.text, explained + rest.explained)
            assert best is not None  # one piece by itself always reads, if only as it is
            readings.append(best)
        return readings[-1] if readings[-1].explained else None

    def _list(self, text: str) -> Said | None:
        """Return words with commas and numbers between them; None when a word of them is not ours."""
        done, explained = "", 0
        for i, piece in enumerate(_LIST.split(text)):
            if i % 2:
                joiner = _JOINERS.get(self.lang, {}).get(piece)
                done, explained = done + (joiner or piece), explained + (len(piece) if joiner else 0)
                continue
            found = self._whole(piece, True)
            if found is None and (counted := _COUNTED.fullmatch(piece)) and (noun := self._whole(counted[2], True)):
                found = Said(counted[1] + noun.text, noun.explained)
            if found is None and re.search("[a-z]{2}", piece):
                return None
            done += piece if found is None else found.text
            explained += 0 if found is None else found.explained
        return Said(done, explained) if explained else None


def _edges(text: str) -> tuple[str, str, str]:
    found = _EDGES.fullmatch(text)
    return ("", text, "") if found is None else (found[1], found[2], found[3])
