"""Which column of a location master means what: by the names that WMSs give them in English, Spanish and German, or as told."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from warehouse.errors import BadInputError
from warehouse.site_import.records import TableRow

HEADER_WITHIN = 30
"""Title lines that may stand above the header."""

FIELDS: dict[str, tuple[str, ...]] = {
    "location": (
        *("location", "location code", "location id", "locationcode", "loc", "bin", "bin code", "bincode", "bin location"),
        *("storage bin", "bin name", "address", "locationnumber", "location number", "lgpla"),
        *("ubicacion", "codigo ubicacion", "cod ubicacion", "codigo de ubicacion", "hueco", "codigo hueco", "direccion"),
        *("lagerplatz", "lagerplatznummer", "platz", "stellplatz", "stellplatznummer", "lagerfach"),
    ),
    "aisle": ("aisle", "aisle code", "pasillo", "calle", "gang", "gasse", "regalgasse", "rack", "estanteria", "regal"),
    "side": ("side", "lado", "seite", "rack side", "regalseite"),
    "bay": ("bay", "module", "section", "modulo", "columna", "cuerpo", "tramo", "feld", "regalfeld", "column"),
    "level": ("level", "tier", "shelf", "nivel", "altura", "balda", "ebene", "fachebene"),
    "slot": ("slot", "position", "pos", "posicion", "fach", "stelle"),
    "deep": ("deep", "depth position", "posicion fondo", "fila", "tiefenposition", "tiefenplatz"),
    "x": ("x", "x coordinate", "coord x", "pos x", "coordenada x", "x koordinate", "xcoord"),
    "y": ("y", "y coordinate", "coord y", "pos y", "coordenada y", "y koordinate", "ycoord"),
    "z": ("z", "z coordinate", "coord z", "pos z", "coordenada z", "z koordinate", "zcoord"),
    "along": ("along", "distance along", "distance", "distancia", "abstand"),
    "base": ("base", "beam height", "altura base", "cota", "altura larguero", "bodenhohe", "traversenhohe"),
    "width": ("width", "ancho", "anchura", "breite"),
    "height": ("height", "clear height", "alto", "altura libre", "altura hueco", "hohe", "hoehe", "lichte hohe"),
    "depth": ("depth", "fondo", "profundidad", "tiefe"),
    "kind": (
        "kind",
        "type",
        "location type",
        "use",
        "tipo",
        "tipo ubicacion",
        "tipo de ubicacion",
        "uso",
        "typ",
        "art",
        "platztyp",
    ),
}
"""Spellings without accents, capitals, units and signs between the words."""

MEASURES = ("x", "y", "z", "along", "base", "width", "height", "depth")
UNITS_M = {"m": 1.0, "cm": 0.01, "mm": 0.001}
_UNIT = re.compile(r"(?:^|[ (\[_])(mm|cm|m|metros?|metres?|meters?|meter)[)\]]?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Where the fields of a file stand."""

    row: int
    titles: tuple[str, ...]
    index: dict[str, int]
    """Column of each field that is there, from 0."""
    units: dict[str, str]
    """Unit in the title of a measure, where it names one: `m`, `cm` or `mm`."""

    def title(self, field: str) -> str:
        """Return what the file calls a field; the field's own name where it has no such column."""
        return self.titles[self.index[field]] if field in self.index else field


def find_header(name: str, rows: Sequence[TableRow], chosen: Mapping[str, str]) -> Header:
    """Return the header of the table, which is the first row that names the locations; BadInputError when there is none.

    `chosen` maps fields to titles and comes before the names known here.
    """
    unknown = [field for field in chosen if field not in FIELDS]
    if unknown:
        raise BadInputError(f"--column: no field {unknown[0]!r}", remedy=f"the fields are {', '.join(FIELDS)}")
    filled = [(number, cells) for number, cells in rows if any(c.strip() for c in cells)]
    for number, cells in filled[:HEADER_WITHIN]:
        titles = tuple(c.strip() for c in cells)
        index = _index(name, number, titles, chosen)
        if "location" in index:
            units = {f: unit for f in MEASURES if f in index and (unit := plain_title(titles[index[f]])[1])}
            return Header(row=number, titles=titles, index=index, units=units)
    if not filled:
        raise BadInputError(f"{name}: no rows", remedy="export the location master again")
    shown = ", ".join(c.strip() for c in max((cells for _, cells in filled[:HEADER_WITHIN]), key=len)[:20] if c.strip())
    raise BadInputError(
        f"{name}, row {filled[0][0]}: no column of locations; the header reads: {shown}",
        remedy="say which it is, for instance: --column location='Bin no.'",
    )


def _index(name: str, row: int, titles: tuple[str, ...], chosen: Mapping[str, str]) -> dict[str, int]:
    told: dict[str, int] = {}
    for field, wanted in chosen.items():
        at = [i for i, t in enumerate(titles) if t.casefold() == wanted.strip().casefold()]
        if not at and field == "location":
            return {}
        if not at:
            raise BadInputError(
                f"--column {field}={wanted}: {name} has no such column",
                remedy=f"row {row} reads: {', '.join(t for t in titles if t)}",
            )
        told[field] = at[0]
    index: dict[str, int] = {}
    for field, spellings in FIELDS.items():
        if field in told:
            continue
        # A title that stands earlier in the list is the more usual one: `ubicacion` comes before `hueco`.
        ranked = sorted(
            (spellings.index(plain), i)
            for i, title in enumerate(titles)
            if i not in told.values() and (plain := plain_title(title)[0]) in spellings
        )
        if len(ranked) > 1 and plain_title(titles[ranked[0][1]])[0] == plain_title(titles[ranked[1][1]])[0]:
            raise BadInputError(
                f"{name}, row {row}: two columns are called {titles[ranked[0][1]]!r}", remedy="rename the one that is not meant"
            )
        if ranked:
            index[field] = ranked[0][1]
    return index | told


def plain_title(title: str) -> tuple[str, str]:
    """Return a title without accents, capitals, signs and unit, and the unit (`m`, `cm`, `mm`, or nothing)."""
    text = unicodedata.normalize("NFKD", title.strip().casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    found = _UNIT.search(text) if len(text) > 2 else None
    unit = ""
    if found:
        unit = found[1] if found[1] in UNITS_M else "m"
        text = text[: found.start()]
    return " ".join(re.findall(r"[a-z0-9]+", text)), unit
