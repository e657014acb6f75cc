"""One picture to its barcodes: an ordered ladder of engines and picture variants, cheapest first.

The order, and what was left out of it, come from measurements on real photographs: see docs/reference/decode.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from vision import zbar_engine, zxing_engine
from vision.agreement import Ballot
from vision.decoded import DEFAULT_SYMBOLOGIES, MATRIX, Decoded
from vision.grey import Grey, local_contrast, resized, sharpened
from vision.localise import find_bar_regions, looks_like_bars, upright
from vision.profiles import read_profiles

Effort = Literal["fast", "full"]

TILE_PX = 1400
"""Side of the squares that a large picture is searched in: both engines lay a fixed number of scan lines over a picture."""
LARGE_PX = 2_500_000
"""Pictures with more pixels than this are searched in tiles."""
MAX_ENLARGED_PX = 16_000_000


def decode(image: Grey, *, symbologies: Sequence[str] | None = None, effort: Effort = "full") -> tuple[Decoded, ...]:
    """Return the barcodes in a grey picture (height, width), top to bottom.

    `symbologies` are zxing-cpp's names; None looks for `DEFAULT_SYMBOLOGIES`. `fast` is one pass over upright, dark-on-light
    codes; `full` climbs the ladder until something is read, and asks for two agreeing decodes of what has only a weak check.
    """
    wanted = tuple(symbologies or DEFAULT_SYMBOLOGIES)
    if effort == "fast":
        return _in_reading_order(zxing_engine.read(image, wanted, variant="plain", any_direction=False))
    ballot = Ballot()
    ballot.add(zxing_engine.read(image, wanted, variant="plain"))
    if any(d.symbology in MATRIX for d in ballot.elected()):  # where there is one there are often more, and retries find them
        for rung in _matrix_rungs(image, tuple(name for name in wanted if name in MATRIX)):
            ballot.add(rung)
    is_large = image.size > LARGE_PX
    if is_large:
        for x, y, tile in tiles(image, TILE_PX):
            inner = Ballot()
            inner.add([moved(d, -x, -y) for d in ballot.elected()])
            for rung in _deskewed(tile, wanted, inner):
                inner.add(rung)
                ballot.add([moved(d, x, y) for d in rung])
    if not ballot.is_settled:
        for rung in _retries(image, wanted) if is_large else _ladder(image, wanted, ballot):
            ballot.add(rung)
            if ballot.is_settled:
                break
    return _in_reading_order(ballot.elected())


def _ladder(image: Grey, wanted: tuple[str, ...], ballot: Ballot) -> Iterator[list[Decoded]]:
    """Yield the decodes of one variant after the other; the caller stops when it has enough."""
    yield from _deskewed(image, wanted, ballot)
    yield from _retries(image, wanted)


def _retries(image: Grey, wanted: tuple[str, ...]) -> Iterator[list[Decoded]]:
    """Yield what whole pictures give, by what it buys and costs."""
    yield zbar_engine.read(image, wanted, variant="plain")
    contrasted = local_contrast(image)
    yield zxing_engine.read(contrasted, wanted, variant="clahe")
    yield zbar_engine.read(contrasted, wanted, variant="clahe")
    yield from _matrix_rungs(image, wanted)
    if min(image.shape) > 64:
        half = resized(image, 0.5)
        yield _shrunk(zbar_engine.read(half, wanted, variant="halved"), 0.5)


def _matrix_rungs(image: Grey, wanted: tuple[str, ...]) -> Iterator[list[Decoded]]:
    """Yield the variants that pay for 2D codes, and for the last of the bars."""
    yield zxing_engine.read(image, wanted, variant="global-histogram", use_global_histogram=True)
    if 4 * image.size <= MAX_ENLARGED_PX:
        twice = resized(image, 2.0)
        yield _shrunk(zxing_engine.read(sharpened(twice), wanted, variant="enlarged-sharpened"), 2)
        yield _shrunk(zxing_engine.read(twice, wanted, variant="enlarged"), 2)


def _deskewed(image: Grey, wanted: tuple[str, ...], ballot: Ballot) -> Iterator[list[Decoded]]:
    """Yield the decodes of each place that looks like bars and is not read yet: turned upright and enlarged."""
    bars = tuple(name for name in wanted if name not in MATRIX)
    if not bars:
        return
    readings: tuple[Callable[[Grey], list[Decoded]], ...] = (
        lambda crop: zxing_engine.read(crop, bars, variant="deskewed", any_direction=False),
        lambda crop: read_profiles(crop, bars),
        lambda crop: zxing_engine.read(local_contrast(crop), bars, variant="deskewed-clahe", any_direction=False),
        lambda crop: zbar_engine.read(crop, bars, variant="deskewed"),
        lambda crop: zxing_engine.read(sharpened(crop), bars, variant="deskewed-sharpened", any_direction=False),
    )
    for region in find_bar_regions(image):
        crop = upright(image, region)
        if not looks_like_bars(crop.image):
            continue
        for reading in readings:
            if ballot.covers(*region.centre_px):
                break
            yield [replace(d, corners_px=crop.corners_in_picture(d.corners_px)) for d in reading(crop.image)]


def tiles(image: Grey, side_px: int) -> Iterator[tuple[int, int, Grey]]:
    """Yield left, top and view of squares that cover the picture, neighbours overlapping by a quarter."""
    height, width = image.shape
    for y in _starts(height, side_px):
        for x in _starts(width, side_px):
            yield x, y, image[y : y + side_px, x : x + side_px]


def _starts(length: int, side: int) -> list[int]:
    if length <= side:
        return [0]
    n = int(np.ceil((length - side) / (0.75 * side))) + 1
    return [round(i * (length - side) / (n - 1)) for i in range(n)]


def moved(d: Decoded, dx: float, dy: float, scale: float = 1.0) -> Decoded:
    """Return `d` with its corners scaled, then shifted."""
    corners = tuple((x * scale + dx, y * scale + dy) for x, y in d.corners_px)
    return replace(d, corners_px=corners)  # type: ignore[arg-type]  # four in, four out


def _shrunk(found: list[Decoded], factor: float) -> list[Decoded]:
    offset = (1 / factor - 1) / 2  # pixel (0, 0) is the centre of a pixel, in both pictures
    return [moved(d, offset, offset, 1 / factor) for d in found]


def _in_reading_order(found: Sequence[Decoded]) -> tuple[Decoded, ...]:
    return tuple(sorted(found, key=lambda d: (round(d.centre_px[1]), round(d.centre_px[0]), d.text)))
