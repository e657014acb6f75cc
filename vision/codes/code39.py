"""Code 39 texts whose pairs of characters stand for one each ("full ASCII", ISO/IEC 16388, annex on extended Code 39).

Nothing in a symbol says that it is meant so: PAL/A12 may be PAL!12. What has two pairs for small letters or more, which a house
number in plain Code 39 never has, is; a text with one may begin as labels of medical goods do (HIBC: `+A123…`).
"""

from __future__ import annotations

import re

_SMALL_LETTER = re.compile(r"\+[A-Z]")
_PAIR = re.compile(r"([$%/+])([A-Z])")
_LEAST_SMALL_LETTERS = 2
_RUNS = (
    ("$", "AZ", 0x01),
    ("%", "AE", 0x1B),
    ("%", "FJ", 0x3B),
    ("%", "KO", 0x5B),
    ("%", "PT", 0x7B),
    ("/", "AO", 0x21),
    ("+", "AZ", 0x61),
)
"""Shift character, first and last letter, and the code of what the first stands for."""
_MEANINGS = {
    **{
        shift + chr(c): chr(c - ord(ends[0]) + first) for shift, ends, first in _RUNS for c in range(ord(ends[0]), ord(ends[1]) + 1)
    },
    **{"/Z": ":", "%U": "\0", "%V": "@", "%W": "`"},
}


def as_meant(text: str) -> str:
    """Return a Code 39 text as encoded, or what its pairs stand for where it has small letters.

    >>> as_meant("E+X+T+E+N+D+E+D /A%J/J/C"), as_meant("PAL/A12"), as_meant("+A99912345")
    ('Extended !?*#', 'PAL/A12', '+A99912345')
    """
    if len(_SMALL_LETTER.findall(text)) < _LEAST_SMALL_LETTERS:
        return text
    return _PAIR.sub(lambda pair: _MEANINGS.get(pair[0], pair[0]), text)
