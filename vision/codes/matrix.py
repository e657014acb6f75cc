"""QR and Data Matrix codes that one look at the whole picture does not read: bent, seen from the side, small, or many at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from vision.codes import zxing_engine
from vision.codes.agreement import Ballot
from vision.codes.budget import Budget
from vision.codes.decoded import Decoded, Suspect
from vision.codes.grey import Grey, binarised, sharpened
from vision.codes.matrix_regions import WORKING_SIDE_PX, find_matrix_regions, lies_on_dark, may_be_modules, squared
from vision.codes.module_grid import count_modules, drawn, flattened_modules

REGIONS_A_MEGAPIXEL = 20
FEWEST_REGIONS = 5
MOST_REGIONS = 80
MOST_SUSPECTS = 4
"""Outlines that are flattened in one picture or crop; where there are more, most are texture."""
_FLATTENING_PX = 400_000
"""What flattening one symbol costs, in pixels handed to an engine (measured: 10 to 20 ms)."""
_LOCALISING = 2.0
"""What looking for regions costs a pixel of the working picture, in pixels handed to an engine."""


def read_suspects(image: Grey, suspects: Sequence[Suspect], ballot: Ballot, budget: Budget) -> Iterator[list[Decoded]]:
    """Yield what the outlines that an engine found, and could not read, give when their surface is flattened."""
    n_tried = 0
    for suspect in suspects:
        if n_tried == MOST_SUSPECTS:
            return
        if ballot.covers(*suspect.centre_px):
            continue
        n_tried += 1
        yield _flattened(image, suspect, budget)


def read_regions(image: Grey, wanted: tuple[str, ...], ballot: Ballot, budget: Budget) -> Iterator[list[Decoded]]:
    """Yield the decodes of each place that looks like modules and is not read yet: squared, enlarged, flattened."""
    working_px = image.size * min(1.0, WORKING_SIDE_PX / max(image.shape)) ** 2
    if not wanted or not budget.take(_LOCALISING * working_px):
        return
    n_most = min(max(FEWEST_REGIONS, int(REGIONS_A_MEGAPIXEL * image.size / 1e6)), MOST_REGIONS)
    for region in find_matrix_regions(image, n_most=n_most):
        if ballot.covers(*region.centre_px):
            continue
        crop = squared(image, region)
        in_black = binarised(crop.image)
        if not may_be_modules(in_black):
            continue
        suspects: list[Suspect] = []
        for variant, picture in _variants(crop.image, in_black):
            if ballot.covers(*region.centre_px) or not budget.take(picture.size):
                break
            is_first = variant == "squared"
            how = {"any_direction": is_first, "try_invert": is_first and lies_on_dark(crop.image)}
            found, unread = zxing_engine.search(picture, wanted, variant=variant, **how)
            suspects += unread
            yield [replace(d, corners_px=crop.corners_in_picture(d.corners_px)) for d in found]
        for suspect in suspects[:1]:
            if not ballot.covers(*region.centre_px):
                found = _flattened(crop.image, suspect, budget)
                yield [replace(d, corners_px=crop.corners_in_picture(d.corners_px)) for d in found]


def _variants(crop: Grey, in_black: Grey) -> Iterator[tuple[str, Grey]]:
    yield "squared", crop
    yield "squared-sharpened", sharpened(crop)
    yield "squared-binarised", in_black


def _flattened(image: Grey, suspect: Suspect, budget: Budget) -> list[Decoded]:
    for n in count_modules(image, suspect):
        if not budget.take(_FLATTENING_PX):
            break
        clean = drawn(flattened_modules(image, suspect, n))
        found = zxing_engine.read(clean, (suspect.symbology,), variant="flattened", any_direction=False)
        if found:
            return [replace(found[0], corners_px=suspect.corners_px)]
    return []
