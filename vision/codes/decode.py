"""One picture to its barcodes: an ordered ladder of engines and picture variants, cheapest first.

The order, and what was left out of it, come from measurements on real photographs: see docs/reference/decode.md.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from vision.codes import zbar_engine, zxing_engine
from vision.codes.agreement import Ballot
from vision.codes.budget import Budget
from vision.codes.decoded import DEFAULT_SYMBOLOGIES, MATRIX, PARTS_OF_OTHERS, Corners, Decoded, Suspect
from vision.codes.grey import Grey, local_contrast, resized, sharpened
from vision.codes.localise import WORKING_SIDE_PX, UprightCrop, find_bar_regions, looks_like_bars, may_be_bars, upright
from vision.codes.matrix import read_regions, read_suspects
from vision.codes.second_look import looked_at_twice, region_of
from vision.codes.upright_readings import N_FOR_ALL, readings

TILE_PX = 1400
"""Side of the squares that a large picture is searched in: both engines lay a fixed number of scan lines over a picture."""
LARGE_PX = 2_500_000
"""Pictures with more pixels than this are searched in tiles."""
MAX_ENLARGED_PX = 16_000_000
LEAST_HALVED_PX = 64
SUBJECT_SHARE = 0.3
"""A 2D code whose diagonal takes this share of the picture's shorter side is what the picture was taken of."""


def _as_it_is(image: Grey) -> Grey:
    return image


def _zbar(image: Grey, wanted: Sequence[str], variant: str) -> tuple[list[Decoded], list[Suspect]]:
    # Over whole pictures it finds no Code 128 that zxing-cpp does not, at four times the work.
    return zbar_engine.read(image, [name for name in wanted if name != "Code128"], variant=variant), []


def _zbar_for_bars(image: Grey, wanted: Sequence[str], variant: str) -> tuple[list[Decoded], list[Suspect]]:
    # The QR codes that it alone reads, it reads in the picture at half its size. Every other row crosses the same bars.
    bars = [name for name in wanted if name not in MATRIX and name != "Code128"]
    return zbar_engine.read(image, bars, variant=variant, every=(1, 2)), []


def _zxing_upright(image: Grey, wanted: Sequence[str], variant: str) -> tuple[list[Decoded], list[Suspect]]:
    return zxing_engine.search(image, wanted, variant=variant, any_direction=False)


def _zxing_for_bars(image: Grey, wanted: Sequence[str], variant: str) -> tuple[list[Decoded], list[Suspect]]:
    # 2D codes have been turned, enlarged and sharpened where they lie.
    bars = [name for name in wanted if name not in MATRIX]
    return zxing_engine.search(image, bars, variant=variant) if bars else ([], [])


def _zxing_globally(image: Grey, wanted: Sequence[str], variant: str) -> tuple[list[Decoded], list[Suspect]]:
    # Measured on 386 codes that zxing-cpp misses: this binarizer reads 22 of them, all of them 2D.
    matrix = [name for name in wanted if name in MATRIX]
    return zxing_engine.search(image, matrix, variant=variant, use_global_histogram=True) if matrix else ([], [])


_Engine = Callable[[Grey, Sequence[str], str], tuple[list[Decoded], list[Suspect]]]
_RETRIES: tuple[tuple[str, float, Callable[[Grey], Grey], _Engine], ...] = (
    ("plain", 1, _as_it_is, _zbar_for_bars),
    ("clahe", 1, local_contrast, _zbar_for_bars),
    ("global-histogram", 1, _as_it_is, _zxing_globally),
    ("enlarged-sharpened", 2, sharpened, _zxing_for_bars),
    ("enlarged", 2, _as_it_is, _zxing_upright),
    ("halved", 0.5, _as_it_is, _zbar),
)
"""Variant, factor of size, what is done to the picture, and engine: whole pictures, by what they buy and cost."""

N_ASKED_AGAIN = 3
"""How many readings of an upright crop are tried on bars that wait for a second vote, before others are searched for."""


def decode(
    image: Grey,
    *,
    symbologies: Sequence[str] | None = None,
    budget: Budget | None = None,
    is_sought: Callable[[Decoded], bool] | None = None,
) -> tuple[Decoded, ...]:
    """Return the barcodes in a grey picture (height, width), top to bottom.

    `symbologies` are zxing-cpp's names; None looks for `DEFAULT_SYMBOLOGIES`. The ladder is climbed until something is read, or,
    with `is_sought`, something that is sought: a sticker beside a label ends nothing then. Two agreeing decodes are asked for of
    what has only a weak check. `budget` bounds the work after the first pass; None is `Budget.for_picture`.
    """
    wanted = tuple(symbologies or DEFAULT_SYMBOLOGIES)
    ballot = Ballot(is_sought)
    for rung in _ladder(image, wanted, ballot, budget or Budget.for_picture(image.size)):
        ballot.add(rung)
    return _in_reading_order(looked_at_twice(image, ballot.elected()))


def _ladder(image: Grey, wanted: tuple[str, ...], ballot: Ballot, budget: Budget) -> Iterator[list[Decoded]]:
    """Yield the decodes of one variant after the other while the ballot wants for something; the caller adds them to it."""
    found, suspects = zxing_engine.search(image, wanted, variant="plain")
    yield found
    matrix = tuple(name for name in wanted if name in MATRIX)
    has_bars = is_large = image.size > LARGE_PX
    has_matrix = any(d.symbology in MATRIX for d in ballot.elected())
    if is_large or (has_matrix and not _is_of_one_code(image, ballot)):  # where there is one code there are often more
        yield from read_regions(image, matrix, ballot, budget)
    yield from read_suspects(image, suspects, ballot, budget)
    if is_large:
        for x, y, tile in tiles(image, TILE_PX):
            inner = Ballot()
            inner.add([moved(d, -x, -y) for d in ballot.elected()])
            for rung in _deskewed(tile, wanted, inner, budget):
                inner.add(rung)
                yield [moved(d, x, y) for d in rung]
    elif not ballot.is_settled:
        yield from _asked_again(image, wanted, ballot, budget)
        if not ballot.is_settled:
            has_bars = yield from _deskewed(image, wanted, ballot, budget)
    if not (ballot.is_settled or has_matrix or is_large):
        yield from read_regions(image, matrix, ballot, budget)
    # Texture that has no place like bars holds none that a retry of the whole picture would read.
    yield from _retries(image, wanted if has_bars or ballot.waiting() else matrix, ballot, budget)


def _is_of_one_code(image: Grey, ballot: Ballot) -> bool:
    """Return whether one large 2D code was read: a picture of a label, in which its like would have been read as well."""
    found = ballot.elected()
    return len(found) == 1 and math.dist(*found[0].corners_px[::2]) > SUBJECT_SHARE * min(image.shape)


def _retries(image: Grey, wanted: tuple[str, ...], ballot: Ballot, budget: Budget) -> Iterator[list[Decoded]]:
    """Yield what the whole picture gives in one variant after the other, until the ballot is settled."""
    for variant, factor, prepare, engine in _RETRIES:
        if ballot.is_settled:
            return
        n_px = factor * factor * image.size
        is_apt = n_px <= MAX_ENLARGED_PX or factor <= 1
        if not is_apt or (factor < 1 and min(image.shape) <= LEAST_HALVED_PX) or not budget.take(n_px):
            continue
        found, suspects = engine(prepare(image if factor == 1 else resized(image, factor)), wanted, variant)
        yield _shrunk(found, factor)
        in_picture = [replace(s, corners_px=_rescaled(s.corners_px, factor)) for s in suspects]
        yield from read_suspects(image, in_picture, ballot, budget)


def _asked_again(image: Grey, wanted: tuple[str, ...], ballot: Ballot, budget: Budget) -> Iterator[list[Decoded]]:
    """Yield further decodes of the bars that wait for a second vote: where they lie is known, and need not be searched.

    Of codes that a part of other bars can pass for the place is not known, though: what is cut out round that part would only say
    the same again. Nor are 2D codes asked again here.
    """
    bars = tuple(name for name in wanted if name not in MATRIX)
    for d in ballot.waiting():
        if d.symbology in PARTS_OF_OTHERS | MATRIX:
            continue
        yield from _read_upright(upright(image, region_of(d)), bars, d.centre_px, ballot, budget, n_most=N_ASKED_AGAIN)


def _deskewed(image: Grey, wanted: tuple[str, ...], ballot: Ballot, budget: Budget) -> Generator[list[Decoded], None, bool]:
    """Yield the decodes of each place that looks like bars and is not read yet: turned upright and enlarged.

    The generator returns whether there was such a place that all readings were tried on, or that was read.
    """
    bars = tuple(name for name in wanted if name not in MATRIX)
    if not bars or not budget.take(image.size * min(1.0, WORKING_SIDE_PX / max(image.shape)) ** 2):
        return False
    has_bars = False
    for region in find_bar_regions(image):
        if ballot.covers(*region.centre_px) or not may_be_bars(image, region):
            continue
        crop = upright(image, region)
        if looks_like_bars(crop.image):
            has_bars |= yield from _read_upright(crop, bars, region.centre_px, ballot, budget)
    return has_bars


def _read_upright(
    crop: UprightCrop,
    bars: tuple[str, ...],
    centre_px: tuple[float, float],
    ballot: Ballot,
    budget: Budget,
    *,
    n_most: int | None = None,
) -> Generator[list[Decoded], None, bool]:
    """Yield what the first `n_most` readings give, or all, one after the other, until what lies at this place is elected.

    The generator returns whether this place was not given up as something else than bars.
    """
    if ballot.covers(*centre_px):
        return True
    n_tried = 0
    for found in islice(readings(crop, bars, budget), n_most):
        n_tried += 1
        yield [replace(d, corners_px=crop.corners_in_picture(d.corners_px)) for d in found]
        if ballot.covers(*centre_px):
            return True
    return n_tried > N_FOR_ALL


def tiles(image: Grey, side_px: int) -> Iterator[tuple[int, int, Grey]]:
    """Yield left, top and view of rectangles of about `side_px` that cover the picture, neighbours overlapping by a quarter."""
    height, width = image.shape
    for y0, y1 in _spans(height, side_px):
        for x0, x1 in _spans(width, side_px):
            yield x0, y0, image[y0:y1, x0:x1]


def _spans(length: int, side: int) -> list[tuple[int, int]]:
    n = max(1, round((length / side - 0.25) / 0.75))
    span = length / (1 + 0.75 * (n - 1))
    return [(round(i * 0.75 * span), round(i * 0.75 * span + span)) for i in range(n)]


def moved(d: Decoded, dx: float, dy: float, scale: float = 1.0) -> Decoded:
    """Return `d` with its corners scaled, then shifted."""
    corners = tuple((x * scale + dx, y * scale + dy) for x, y in d.corners_px)
    return replace(d, corners_px=corners)  # type: ignore[arg-type]  # four in, four out


def _shrunk(found: list[Decoded], factor: float) -> list[Decoded]:
    return [replace(d, corners_px=_rescaled(d.corners_px, factor)) for d in found]


def _rescaled(corners: Corners, factor: float) -> Corners:
    """Return corners in a picture `factor` times as large in the picture; (0, 0) is the centre of a pixel in both."""
    return tuple(((x + 0.5) / factor - 0.5, (y + 0.5) / factor - 0.5) for x, y in corners)  # type: ignore[return-value]  # four


def _in_reading_order(found: Sequence[Decoded]) -> tuple[Decoded, ...]:
    return tuple(sorted(found, key=lambda d: (round(d.centre_px[1]), round(d.centre_px[0]), d.text)))
