"""The rows of a location master -> what each says of its location; a row that says something impossible is refused, not mended."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from warehouse.layout import BinKind
from warehouse.locations import LocationCode, LocationPattern
from warehouse.site_import.codes import regex_of, worked_out
from warehouse.site_import.columns import MEASURES, UNITS_M, Header
from warehouse.site_import.quantities import style_of, unit_of
from warehouse.site_import.records import Ledger, TableRow

_KINDS = {
    BinKind.NORMAL: (
        "",
        "normal",
        "pallet",
        "pallets",
        "palet",
        "palets",
        "palette",
        "reserve",
        "reserva",
        "active",
        "activo",
        "si",
    ),
    BinKind.PICKING: ("picking", "pick", "pick face", "forward", "kommissionierung", "kommissionierplatz"),
    BinKind.UNUSED: ("unused", "inactive", "no uso", "sin uso", "inactivo", "baja", "no", "ungenutzt", "inaktiv"),
    BinKind.FORBIDDEN: (
        "forbidden",
        "blocked",
        "locked",
        "prohibido",
        "prohibida",
        "bloqueado",
        "bloqueada",
        "gesperrt",
        "verboten",
    ),
    BinKind.REAR: ("rear", "back", "trasera", "trasero", "posterior", "hinten", "hinterer platz"),
}
_KIND_OF = {word: kind for kind, words in _KINDS.items() for word in words}
_SIDES = {
    "left": ("left", "l", "izquierda", "izquierdo", "izq", "i", "links"),
    "right": ("right", "r", "derecha", "derecho", "der", "dcha", "d", "rechts"),
}
SIDE_OF = {word: side for side, words in _SIDES.items() for word in words}


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterRow:
    """One location as its row tells of it; lengths in metres, None where the row says nothing."""

    row: int
    code: LocationCode
    side: str | None
    deep: str
    kind: BinKind
    x: float | None
    y: float | None
    z: float | None
    along: float | None
    base: float | None
    width: float | None
    height: float | None
    depth: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the user says about the file."""

    code: str | None = None
    """Shape or regular expression of a location code."""
    unit: str | None = None
    """Of lengths whose column names none: `m`, `cm` or `mm`."""
    kinds: Mapping[str, str] | None = None
    """Words of the kind column -> kinds of ours."""


def read_master(rows: Sequence[TableRow], header: Header, told: Told, ledger: Ledger) -> tuple[list[MasterRow], int, str | None]:
    """Return the sound rows, how many rows there are under the header, and the location pattern if the codes have one."""
    body = [(number, cells) for number, cells in rows if number > header.row and any(c.strip() for c in cells)]
    cells_of = {number: _named(header, cells) for number, cells in body}
    ledger.columns |= {field: header.titles[i] for field, i in header.index.items()}
    for number, cells in cells_of.items():
        if not cells["location"]:
            ledger.refuse(number, "location", "", "expected a location, got nothing")
    codes = _codes(cells_of, header, told, ledger)
    metres = _lengths(cells_of, header, told, ledger)
    sides = _side_words(cells_of, ledger)
    kinds = _KIND_OF | {plain_word(word): BinKind(kind) for word, kind in (told.kinds or {}).items()}
    seen: dict[str, int] = {}
    good: list[MasterRow] = []
    for number, cells in cells_of.items():
        if number in ledger.refusals:
            continue
        code, deep = codes.codes[number]
        if code.text in seen:
            ledger.refuse(number, "location", code.text, f"{code.text!r} stands in row {seen[code.text]} already")
            continue
        word = cells.get("kind", "")
        if plain_word(word) not in kinds:
            remedy = f"say what it is, for instance: --kind '{word}=normal'"
            ledger.refuse(number, "kind", word, f"{word!r} is no kind of location known here; {remedy}")
            continue
        seen[code.text] = number
        side = sides.get(cells.get("side", "")) or codes.sides.get(number)
        measures = {field: metres.get((number, field)) for field in MEASURES}
        good.append(MasterRow(row=number, code=code, side=side, deep=deep, kind=kinds[plain_word(word)], **measures))
    return good, len(body), codes.regex


@dataclass(frozen=True, slots=True)
class _Codes:
    codes: dict[int, tuple[LocationCode, str]]
    """By row, with the label of the place in the depth."""
    sides: dict[int, str]
    regex: str | None


def _codes(cells_of: Mapping[int, dict[str, str]], header: Header, told: Told, ledger: Ledger) -> _Codes:
    """Read the codes by the pattern that is told or worked out; else by the columns of aisle, bay and level."""
    texts = {n: cells["location"] for n, cells in cells_of.items() if n not in ledger.refusals}
    has_coordinates = {"aisle", "x", "y"} <= set(header.index) and bool({"z", "base"} & set(header.index))
    needed = ("aisle",) if has_coordinates else ("aisle", "bay", "level")
    has_columns = set(needed) <= set(header.index)
    regex = regex_of(told.code) if told.code is not None else worked_out(list(texts.values()))
    if regex is not None and told.code is None and has_columns and not _agrees(regex, texts, cells_of):
        regex = None
    if regex is None and has_columns:
        ledger.note("the codes are kept as they are; aisle, bay and level come from their own columns")
        return _Codes(_from_columns(texts, cells_of, needed, ledger), {}, None)
    if regex is None:
        for n, text in texts.items():
            ledger.refuse(
                n, "location", text, f"where aisle, bay and level stand in {text!r} is not known; say it: --code AAA-BB-L-S"
            )
        return _Codes({}, {}, None)
    if told.code is None:
        names = [part for part in ("aisle", "bay", "level", "slot") if f"<{part}>" in regex]
        ledger.note(f"codes are read as {', '.join(names)}, like {next(iter(texts.values()), '')!r}; if that is wrong, give --code")
    pattern, codes, sides = LocationPattern(regex), {}, {}
    example = next((text for text in texts.values() if pattern.match(text) is not None), "the shape of --code")
    for n, text in texts.items():
        code = pattern.match(text)
        if code is None:
            ledger.refuse(n, "location", text, f"{text!r} is written otherwise than {example!r}")
            continue
        deep, side = pattern.part(text, "deep") or cells_of[n].get("deep", ""), pattern.part(text, "side")
        if side and plain_word(side) in SIDE_OF:
            sides[n] = SIDE_OF[plain_word(side)]
        aisle = cells_of[n].get("aisle", "")
        if aisle and aisle != code.aisle and not has_columns:
            ledger.refuse(n, "aisle", aisle, f"{aisle!r}, but the location {text!r} names aisle {code.aisle!r}")
        codes[n] = (code, deep)
    return _Codes(codes, sides, regex)


def _agrees(regex: str, texts: Mapping[int, str], cells_of: Mapping[int, dict[str, str]]) -> bool:
    """Whether the pattern finds in nearly all codes the aisle that the column gives."""
    pattern = LocationPattern(regex)
    n_same = sum((code := pattern.match(text)) is not None and code.aisle == cells_of[n]["aisle"] for n, text in texts.items())
    return n_same >= 0.9 * len(texts)


def _from_columns(
    texts: Mapping[int, str], cells_of: Mapping[int, dict[str, str]], needed: Sequence[str], ledger: Ledger
) -> dict[int, tuple[LocationCode, str]]:
    codes = {}
    for n, text in texts.items():
        cells = cells_of[n]
        lacking = [field for field in needed if not cells[field]]
        if lacking:
            ledger.refuse(n, lacking[0], "", f"{text!r} has no {lacking[0]}")
            continue
        bay, level, slot = (cells.get(field, "") for field in ("bay", "level", "slot"))
        code = LocationCode(text=text, aisle=cells["aisle"], bay=bay, level=level, slot=slot)
        codes[n] = (code, cells.get("deep", ""))
    return codes


def _lengths(cells_of: Mapping[int, dict[str, str]], header: Header, told: Told, ledger: Ledger) -> dict[tuple[int, str], float]:
    """Return the lengths that rows give, in metres, by row and field."""
    fields = [field for field in MEASURES if field in header.index]
    style = style_of(cells[field] for cells in cells_of.values() for field in fields)
    raw: dict[tuple[int, str], float] = {}
    for n, cells in cells_of.items():
        for field in fields:
            if n in ledger.refusals or not cells[field]:
                continue
            try:
                raw[n, field] = style.number(cells[field])
            except ValueError as error:
                ledger.refuse(n, field, cells[field], str(error))
    bare = [field for field in fields if field not in header.units]
    factor = {field: UNITS_M[unit] for field, unit in header.units.items()}
    if bare and raw:
        samples = {field: [raw[n, f] for n, f in raw if f == field] for field in bare if field not in ("x", "y", "along")}
        samples["step"] = list(_steps(raw, bare))
        metres, note = unit_of(samples, told.unit)
        factor |= dict.fromkeys(bare, metres)
        if note:
            ledger.note(note)
    lengths = {(n, field): round(value * factor[field], 6) for (n, field), value in raw.items()}
    for (n, field), value in lengths.items():
        if field in ("width", "height", "depth") and value <= 0:
            ledger.refuse(n, field, cells_of[n][field], f"expected more than 0, got {cells_of[n][field]}")
        if field in ("z", "base") and value < 0:
            ledger.refuse(n, field, cells_of[n][field], f"expected a height above the floor, got {cells_of[n][field]}")
    return lengths


def _steps(raw: Mapping[tuple[int, str], float], bare: Iterable[str]) -> Iterator[float]:
    """Yield, of the first rows, how far a place is from the next: for judging the unit."""
    for field in set(bare) & {"x", "y", "along"}:
        values = sorted({v for (_, f), v in raw.items() if f == field})
        steps = Counter(round(b - a, 3) for a, b in pairwise(values[:2000]))
        # Places of two racks lie between one another where aisles run askew: the step that most neighbours have tells.
        if steps and steps.most_common(1)[0][1] > 0.2 * len(values):
            yield steps.most_common(1)[0][0]


def _side_words(cells_of: Mapping[int, dict[str, str]], ledger: Ledger) -> dict[str, str]:
    """Return left or right for each word of the side column; refuse the rows of words that say neither."""
    sides = {}
    for n, cells in cells_of.items():
        word = cells.get("side", "")
        if not word or n in ledger.refusals:
            continue
        if plain_word(word) in SIDE_OF:
            sides[word] = SIDE_OF[plain_word(word)]
        else:
            ledger.refuse(n, "side", word, f"expected left or right (walking from the start of the aisle), got {word!r}")
    return sides


def _named(header: Header, cells: tuple[str, ...]) -> dict[str, str]:
    return {field: cells[i].strip() if i < len(cells) else "" for field, i in header.index.items()}


def plain_word(word: str) -> str:
    """Return a word without accents and capitals."""
    text = unicodedata.normalize("NFKD", word.strip().casefold())
    return "".join(c for c in text if not unicodedata.combining(c))
