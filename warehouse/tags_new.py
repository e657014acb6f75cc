"""A first `tags.csv`: one tag a bay and level, on the uprights, at the height at which the drone looks for pallet labels."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from warehouse.errors import BadInputError
from warehouse.layout import Bin, BinKind, RackFace
from warehouse.run_folder import write_atomically
from warehouse.site import Site
from warehouse.symbologies import SYMBOLOGIES
from warehouse.tags import APRIL_TAG, N_APRIL_TAGS
from warehouse.tags_file import TAG_COLUMNS
from warehouse.uprights import uprights_of


def upright_places_m(bins: tuple[Bin, ...]) -> list[float]:
    """Return where along the aisle the uprights of one face stand: in the gaps between bays, and at both ends."""
    return [upright.along_m for upright in uprights_of(bins)]


def write_new_tags(folder: Path, site: Site, *, symbology: str = APRIL_TAG, size_mm: float = 80.0) -> int:
    """Write `tags.csv` into the site folder and return the number of tags; BadInputError when one is there already.

    Texts are `<aisle>L-<upright>-<level>` (R for the right-hand side). AprilTags are numbered through, from 0 again on a face for
    which the family has not enough numbers left: on one face no number stands twice.
    """
    path = folder / "tags.csv"
    if path.exists():
        raise BadInputError(f"{path}: is there already, and is not overwritten", remedy="move that file away, or change it by hand")
    if symbology not in (APRIL_TAG, *SYMBOLOGIES):
        raise BadInputError(f"{symbology!r} is no symbology of tags", remedy=f"use {APRIL_TAG}, QRCode or Code128")
    rows: list[list[str]] = []
    number = 0
    for face in site.layout.faces.values():
        places = _places(site, face)
        if number + len(places) > N_APRIL_TAGS:
            number = 0
        if symbology == APRIL_TAG and len(places) > N_APRIL_TAGS:
            raise BadInputError(
                f"rack face {face.name} needs {len(places)} tags, and {APRIL_TAG} has {N_APRIL_TAGS}", remedy="use QRCode"
            )
        for text, along_m, height_m in places:
            said = str(number) if symbology == APRIL_TAG else text
            number += 1
            rows.append([said, symbology, face.aisle, face.side, f"{along_m:.3f}", f"{height_m:.3f}", f"{size_mm:g}", "0"])
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(TAG_COLUMNS)
    writer.writerows(rows)
    write_atomically(path, written.getvalue())
    return len(rows)


def _places(site: Site, face: RackFace) -> list[tuple[str, float, float]]:
    """Return text, along and height of the tags of one face, at the middle of the label band of each level."""
    bins = tuple(b for b in site.layout.bins_of_face(face.name) if b.kind is not BinKind.REAR)
    band_m = (site.labels.lowest_m + site.labels.highest_m) / 2
    heights = sorted({round(b.base_m + band_m, 3) for b in bins})
    side = "L" if face.side == "left" else "R"
    return [
        (f"{face.aisle}{side}-{i:02d}-{level}", along, height)
        for i, along in enumerate(upright_places_m(bins), start=1)
        for level, height in enumerate(heights, start=1)
    ]
