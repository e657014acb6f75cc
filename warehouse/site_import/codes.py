"""The pattern of a warehouse's location codes: a regular expression, a shape such as `AAA-BB-L-S`, or worked out from the codes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from warehouse.errors import BadInputError
from warehouse.locations import LocationPattern

_PARTS = {"A": "aisle", "B": "bay", "L": "level", "S": "slot", "D": "deep"}
_BREAKS = re.compile(r"([-._/ :]+)")
_NAMES = ("aisle", "bay", "level", "slot")


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """Return a key that sorts as people count: 2 before 10, digits before letters.

    >>> sorted(["B10", "B2", "A"], key=natural)
    ['A', 'B2', 'B10']
    """
    return tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.findall(r"[0-9]+|[^0-9]+", text))


def number_in(text: str) -> int | None:
    """Return the last number within a part of a code; None when there is none."""
    found = re.findall(r"[0-9]+", text)
    return int(found[-1]) if found else None


def regex_of(code: str) -> str:
    """Return the regular expression of a shape: A aisle, B bay, L level, S slot, D place in the depth, one letter a character.

    A text with `(?P<` in it is one already. BadInputError when parts are missing or torn apart.

    >>> regex_of("AA-BB-L")
    '(?P<aisle>[A-Za-z0-9]{2})-(?P<bay>[A-Za-z0-9]{2})-(?P<level>[A-Za-z0-9]{1})'
    """
    if "(?P<" in code:
        return LocationPattern(code).regex
    runs = re.findall(r"A+|B+|L+|S+|D+|[^ABLSD]+", code)
    letters = [run[0] for run in runs if run[0] in _PARTS]
    if not {"A", "B", "L"} <= set(letters) or len(letters) > len(set(letters)):
        raise BadInputError(
            f"--code: {code!r} does not say where aisle, bay and level stand",
            remedy="write a location with A for each character of the aisle, B bay, L level, S slot, for instance AAA-BB-L-S",
        )
    return "".join(
        f"(?P<{_PARTS[run[0]]}>[A-Za-z0-9]{{{len(run)}}})" if run[0] in _PARTS else re.escape(run).replace(r"\-", "-")
        for run in runs
    )


def worked_out(codes: Sequence[str]) -> str | None:
    """Return the pattern of codes whose parts are set apart by signs, in the order aisle, bay, level, slot; None when they are not.

    The form that most codes have counts; three parts are aisle, bay and level. Of more than four, those at the front that are the
    same in every code are no part of the address.
    """
    split = [_BREAKS.split(code) for code in codes]
    forms = Counter(tuple(parts[1::2]) for parts in split)
    if not forms:
        return None
    breaks, _ = forms.most_common(1)[0]
    if len(breaks) < 2:
        return None
    columns = list(zip(*(parts[::2] for parts in split if tuple(parts[1::2]) == breaks), strict=True))
    fixed = 0
    while len(columns) - fixed > len(_NAMES) and len(set(columns[fixed])) == 1:
        fixed += 1
    names = _NAMES[: len(columns) - fixed]
    if len(names) < len(columns) - fixed:
        return None
    pieces = []
    for i, column in enumerate(columns):
        piece = re.escape(column[0]) if i < fixed else f"(?P<{names[i - fixed]}>{narrowest_class(column)})"
        pieces.append(piece + (re.escape(breaks[i]).replace(r"\-", "-") if i < len(breaks) else ""))
    return "".join(pieces)


def narrowest_class(texts: Iterable[str]) -> str:
    """Return the narrowest plain expression that fits all texts of one part."""
    texts = set(texts)
    heads = {(len(t) - len(tail), len(tail)) for t in texts if (tail := t.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")).isdecimal()}
    if len(heads) == 1 and all(t[-1:].isdecimal() and t[:1].isalpha() and t.isascii() for t in texts):
        n_letters, n_digits = heads.pop()
        if all(re.fullmatch(f"[A-Z]{{{n_letters}}}[0-9]{{{n_digits}}}", t) for t in texts):
            same = {t[:n_letters] for t in texts}
            return f"{same.pop() if len(same) == 1 else f'[A-Z]{{{n_letters}}}'}[0-9]{{{n_digits}}}"
    sizes = {len(t) for t in texts}
    length = f"{{{sizes.pop()}}}" if len(sizes) == 1 else "+"
    for letters in ("[0-9]", "[A-Z]", "[A-Z0-9]", "[A-Za-z0-9]"):
        if all(re.fullmatch(f"{letters}+", t, re.ASCII) for t in texts):
            return letters + length
    return "[^-._/ :]+"
