"""Which column of a scan file is which: our own names, else what handhelds call them; and the times that they print."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from inventory.cell_values import parse_utc, read_as
from inventory.profiles import normalise_header, profile_named
from warehouse.errors import BadInputError

COLUMNS = ("location", "status", "text", "symbology", "frame", "seen_at")
REQUIRED = ("location", "text")
"""`status` may be left out: a row with a text is a read then."""
_TEXTS = (
    *("barcode", "bar code", "barcode data", "code", "scan", "scanned code", "data", "label"),
    *("código de barras", "código", "lectura", "etiqueta"),
    *("Barcode", "Strichcode", "Code", "Etikett"),
    *("code-barres", "code barres", "étiquette"),
)
_TIMES = (
    *("time", "timestamp", "date time", "datetime", "scanned at", "scan time", "date"),
    *("fecha", "fecha y hora", "fecha hora", "hora"),
    *("Zeit", "Zeitpunkt", "Zeitstempel", "Datum", "Datum Uhrzeit", "Scanzeit"),
    *("heure", "date et heure", "horodatage"),
)
_FORMS = ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M", "%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M")
"""Those in which day and month cannot be taken for one another."""


def scan_columns_of(titles: Sequence[str]) -> dict[str, list[int]]:
    """Return the indices of the columns that mean each field; several where it cannot be told which is meant.

    A column with our own name goes before what others call it, and a file with all three that say what was seen is one of our own:
    further columns of it are ignored, whatever they are called.
    """
    own = [title.strip().lower() for title in titles]
    found = {name: [i for i, title in enumerate(own) if title == name] for name in COLUMNS}
    if all(found[name] for name in ("location", "status", "text")):
        return {name: indices for name, indices in found.items() if indices}
    spelled = {
        "location": {header for header, field in profile_named("plain").headers.items() if field == "location"},
        "text": {header for header, field in profile_named("plain").headers.items() if field == "pallet"}
        | {normalise_header(text) for text in _TEXTS},
        "seen_at": {normalise_header(text) for text in _TIMES},
    }
    taken = {i for indices in found.values() for i in indices}
    for name, spellings in spelled.items():
        if not found[name]:
            found[name] = [i for i, title in enumerate(titles) if i not in taken and normalise_header(title) in spellings]
    return {name: indices for name, indices in found.items() if indices}


def parse_seen_at(text: str) -> datetime:
    """Return the time of a scan: ISO 8601, or a form that handhelds print; UTC without an offset. BadInputError otherwise."""
    try:
        return parse_utc(text, "seen_at")
    except BadInputError:
        moment = next((found for form in _FORMS if (found := read_as(text.strip(), form)) is not None), None)
        if moment is None:
            raise
        return moment.replace(tzinfo=UTC)
