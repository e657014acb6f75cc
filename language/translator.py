"""Puts finished English texts into another language, by the templates that they were made from."""

from __future__ import annotations

import re
from collections.abc import Iterable

from language.templates import Template

_SENTENCES = re.compile(r"(?<=[.!?]) +")
_SEPARATORS = (_SENTENCES, re.compile(r"; "), re.compile(r": "), re.compile(r", "))
_MOST_PIECES = 24
"""A text of more pieces is a list of data."""
_EDGES = re.compile(r"(\s*(?:-> |• |- )?)(.*?)(\s*)", re.DOTALL)
_LIST = re.compile(r"(, | and | or |; |/)")
_COUNTED = re.compile(r"([0-9][0-9,.]* |no )?(.+)")
_JOINERS = {" and ": " y ", " or ": " o "}
_DEEPEST = 6


class Translator:
    """A language other than English. Texts of strangers (names, labels, paths) go through untouched."""

    def __init__(self, lang: str, templates: Iterable[Template]) -> None:
        """Sort the templates, the most fixed first."""
        self.lang = lang
        self.missed: dict[str, None] = {}
        """Texts in which nothing was recognized, in the order in which they came: for whoever keeps the catalogue."""
        known = list(templates)
        self._exact = {t.anchor: t for t in known if t.is_fixed}
        self._sentences = sorted((t for t in known if not t.is_fixed), key=lambda t: (-t.weight, len(t.english_parts), t.english))
        self._done: dict[tuple[str, bool], str | None] = {}

    def __call__(self, text: str) -> str:
        """Return the text in this language, line by line; a line that is no message of ours as it is."""
        return "\n".join(self._line(line) for line in text.split("\n"))

    def word(self, text: str) -> str:
        """Return a text of which also single words are ours: a label, a title, a status."""
        return self._inner(text, True, 0)

    def _line(self, line: str) -> str:
        before, core, after = _split_edges(line)
        if not core:
            return line
        found = self._message(core, False, 0)
        if found is None:
            self.missed[core] = None
            return line
        return before + found + after

    def _inner(self, text: str, words_count: bool, depth: int) -> str:
        if "\n" in text:
            return "\n".join(self._inner(line, words_count, depth) for line in text.split("\n"))
        before, core, after = _split_edges(text)
        if not core or depth > _DEEPEST:
            return text
        found = self._message(core, words_count, depth)
        if found is None and words_count:
            found = self._list(core, depth)
        return text if found is None else before + found + after

    def _message(self, text: str, words_count: bool, depth: int) -> str | None:
        key = (text, words_count)
        if key not in self._done:
            self._done[key] = self._whole(text, words_count, depth)
            if self._done[key] is None:
                self._done[key] = self._pieces(text, depth)
        return self._done[key]

    def _whole(self, text: str, words_count: bool, depth: int) -> str | None:
        exact = self._exact.get(text)
        if exact is not None and (words_count or not exact.is_word):
            return exact.fill({}, lambda value, _: value)
        for template in self._sentences:
            values = None if template.is_word and not words_count else template.values_in(text)
            if values is not None:
                return template.fill(values, lambda value, words: self._inner(value, words, depth + 1))
        return None

    def _pieces(self, text: str, depth: int) -> str | None:
        """Return a text of several messages in a row, or of one behind a name; None when no piece is ours."""
        for separator in _SEPARATORS:
            cuts = [0, *(match.end() for match in separator.finditer(text)), len(text)]
            if not 2 < len(cuts) <= _MOST_PIECES:
                continue
            done, is_ours, i = [], False, 0
            while i < len(cuts) - 1:
                for j in range(len(cuts) - 1, i, -1):
                    if (i, j) == (0, len(cuts) - 1):
                        continue
                    piece = text[cuts[i] : cuts[j]]
                    core = separator.sub("", piece) if j == i + 1 else piece
                    ends = [match for match in separator.finditer(piece) if match.end() == len(piece)]
                    core, tail = (piece[: ends[-1].start()], ends[-1].group()) if ends else (piece, "")
                    found = self._whole(core, False, depth)
                    if found is None and j == i + 1 and depth <= _DEEPEST:
                        found = self._pieces(core, depth + 1)
                    if found is not None:
                        done.append(found + tail)
                        is_ours, i = True, j
                        break
                else:
                    done.append(text[cuts[i] : cuts[i + 1]])
                    i += 1
            if is_ours:
                return "".join(done)
        return None

    def _list(self, text: str, depth: int) -> str | None:
        """Return words with commas and numbers between them; None when a word of them is not ours."""
        pieces = _LIST.split(text)
        done = []
        for i, piece in enumerate(pieces):
            if i % 2:
                done.append(_JOINERS.get(piece, piece))
                continue
            counted = _COUNTED.fullmatch(piece)
            found = None if counted is None else self._whole(counted[2], True, depth + 1)
            if counted is None or found is None:
                return None
            done.append((counted[1] or "").replace("no ", "ningún ") + found)
        return "".join(done)


def _split_edges(text: str) -> tuple[str, str, str]:
    found = _EDGES.fullmatch(text)
    return ("", text, "") if found is None else (found[1], found[2], found[3])
