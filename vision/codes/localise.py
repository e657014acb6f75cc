"""Where bars may be in a picture, and that piece turned upright and enlarged.

Bars have one direction of gradient over their whole area, letters and texture have many: the coherence of the structure tensor
(Bigun and Granlund, 1987) tells them apart, and its angle is the roll of the label. A horizontal scan line cannot cross all bars of
a label that is turned by more than atan(bar height / symbol length), about 19 degrees for an SSCC: so turn first, then
decode.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.codes.decoded import Corners
from vision.codes.grey import Grey, ranked, shrunk

WORKING_SIDE_PX = 800
"""The longer side of the picture that regions are searched in; bars thinner than a pixel there still leave their direction."""
CROP_WIDTH_PX = 1100
"""Length of an upright crop along the symbol, where enlarging by no more than `MAX_ENLARGEMENT` reaches it."""
SMALL, LARGE = 0.018, 0.04
"""Windows for small symbols and for large ones."""
MAX_ENLARGEMENT = 4.0
MIN_EDGES = 14
"""Between light and dark in a crop; the shortest symbol, an EAN-8, has 43."""

_LEAST_BLOCK_PX, _BLOCKS_A_WINDOW = 3, 5
_N_DIRECTIONS = 192
_N_SECTORS = 8
_LARGEST_PER_SECTOR = 8
_SIEVE_ROWS = 24
_PAPER_SHARE = 0.9
_ROWS_A_ROW = 1.5
"""Rows of a crop for each of the picture: along bars everything is the same, and need not be enlarged as far as across them."""
_LEAST_ROWS, _FEWEST_ROWS, _MOST_ROWS = 24, 96, 400
"""Of a crop: always; where enlarging it as its length gives as many; and at most."""
_MOST_MIDDLE_ROWS = 900
"""Of a crop that is enlarged alike both ways, of which half is looked at."""
_LENGTH_MARGIN, _HEIGHT_MARGIN = 0.18, 0.05
"""Shares of a region that are cut out beyond each of its ends."""
_MOST_POINTS = 4000


Tensor = NDArray[np.float32]


def _sector(i: int) -> NDArray[np.uint8]:
    turn = (np.arange(256) - i * _N_DIRECTIONS // _N_SECTORS) % _N_DIRECTIONS
    return (np.minimum(turn, _N_DIRECTIONS - turn) < _N_DIRECTIONS / 9).astype(np.uint8)


_SECTORS = [_sector(i) for i in range(_N_SECTORS)]
"""For each of eight directions, which of the 192 steps of direction lie within 20 degrees of it (40 of the doubled angle)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRegion:
    """A piece of the picture in which the gradients agree, in pixels of the whole picture."""

    centre_px: tuple[float, float]
    length_px: float
    """Extent across the bars, along the symbol."""
    height_px: float
    """Extent along the bars."""
    angle_deg: float
    """Turn of the symbol's length against the picture's rows, clockwise as seen, in (-90, 90]."""
    strength: float
    """Coherent gradient energy: more means more like bars."""


def find_bar_regions(image: Grey, *, n_most: int = 6, windows: tuple[float, ...] = (SMALL, LARGE)) -> list[BarRegion]:
    """Return up to `n_most` regions of a grey picture that may hold bars, strongest first.

    `windows` are the neighbourhoods over which gradients must agree, as shares of the longer side: half a bar's height is best.
    """
    small, scale = shrunk(image, WORKING_SIDE_PX)
    gx = cv2.Scharr(small, cv2.CV_32F, 1, 0)
    gy = cv2.Scharr(small, cv2.CV_32F, 0, 1)
    products = [np.asarray(product, dtype=np.float32) for product in (gx * gx, gy * gy, gx * gy)]
    pieces: list[_Piece] = []
    for window_px in sorted(max(9.0, share * max(small.shape)) for share in windows):
        # What is averaged over a window may be averaged over blocks first.
        block_px = max(_LEAST_BLOCK_PX, int(window_px / _BLOCKS_A_WINDOW))
        size = max(round(small.shape[1] / block_px), 1), max(round(small.shape[0] / block_px), 1)
        products = [_averaged(product, size) for product in products]
        pieces += _pieces_at(products, max(3, round(window_px / block_px) | 1), block_px)
    return _strongest(pieces, n_most, 1 / scale)


def _averaged(product: Tensor, size: tuple[int, int]) -> Tensor:
    return np.asarray(cv2.resize(product, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A connected piece of one direction, in blocks: what shape it has is only asked of the strongest."""

    inside: NDArray[np.bool_]
    corner: tuple[int, int]
    """Of `inside`: left, top."""
    strength: float
    margin: float
    block_px: int
    """Side of a block in the working picture."""
    doubled: tuple[Tensor, Tensor]
    """Cosine and sine of the doubled angle of the gradient, by their energy, over all blocks."""

    def region(self, to_full: float) -> BarRegion:
        """Return its shape in pixels of the whole picture, which are `to_full` to one of the working picture."""
        to_full *= self.block_px
        (x, y), (h, w) = self.corner, self.inside.shape
        cosine, sine = (float(part[y : y + h, x : x + w][self.inside].sum()) for part in self.doubled)
        angle = 0.5 * math.atan2(sine, cosine)
        ys, xs = np.nonzero(self.inside)
        thin = max(len(xs) // _MOST_POINTS, 1)
        ys, xs = ys[::thin], xs[::thin]
        c, s = math.cos(angle), math.sin(angle)
        along, across = xs * c + ys * s, ys * c - xs * s
        along.sort()
        across.sort()
        last = len(xs) - 1
        a0, a1 = along[round(0.005 * last)], along[round(0.995 * last)]
        b0, b1 = across[round(0.01 * last)], across[round(0.99 * last)]
        am, bm = (a0 + a1) / 2, (b0 + b1) / 2
        return BarRegion(
            centre_px=((x + am * c - bm * s + 0.5) * to_full - 0.5, (y + am * s + bm * c + 0.5) * to_full - 0.5),
            length_px=float(a1 - a0 + 2 * self.margin) * to_full,
            height_px=float(b1 - b0 + 1) * to_full,
            angle_deg=math.degrees(angle),
            strength=self.strength,
        )


def _pieces_at(products: list[Tensor], window: int, block_px: int) -> list[_Piece]:
    jxx, jyy, jxy = (cv2.boxFilter(product, -1, (window, window)) for product in products)
    energy = jxx + jyy
    difference, twice = np.asarray(jxx - jyy, dtype=np.float32), np.asarray(2 * jxy, dtype=np.float32)
    coherent = np.asarray(cv2.magnitude(difference, twice))
    floor = max(ranked(energy, 0.5) * 0.6, 2.0e5 / 16)
    mask = ((coherent > 0.6 * energy) & (energy > floor)).astype(np.uint8)
    # Neighbours with different directions are different things: split the mask into sectors of direction, half of them overlapping.
    doubled = cv2.phase(difference, twice)  # twice the angle of the gradient, 0 to 2 pi
    direction = np.minimum(doubled * (_N_DIRECTIONS / (2 * math.pi)), _N_DIRECTIONS - 1).astype(np.uint8)
    pieces = []
    least = int(1.5 * window * window)
    for members in _SECTORS:
        part = cv2.bitwise_and(cv2.LUT(direction, members), mask)
        if cv2.countNonZero(part) < least:
            continue
        _, labels, stats, _ = cv2.connectedComponentsWithStats(part, connectivity=8, ltype=cv2.CV_16U)
        areas = stats[1:, cv2.CC_STAT_AREA]
        for i in np.argsort(-areas, kind="stable")[:_LARGEST_PER_SECTOR] + 1:
            if areas[i - 1] < least:
                break
            x, y, w, h = (int(v) for v in stats[i, :4])
            inside = labels[y : y + h, x : x + w] == i
            strength = float(coherent[y : y + h, x : x + w][inside].sum()) * block_px * block_px
            pieces.append(_Piece(inside, (x, y), strength, window / 4, block_px, (difference, twice)))
    return pieces


def _strongest(pieces: list[_Piece], n_most: int, to_full: float) -> list[BarRegion]:
    """Return the regions of the strongest pieces, strongest first, none of them twice."""
    kept: list[BarRegion] = []
    for piece in sorted(pieces, key=lambda p: -p.strength):
        if len(kept) == n_most:
            break
        r = piece.region(to_full)
        if not any(
            0.6 < r.length_px / k.length_px < 1.7
            and math.dist(r.centre_px, k.centre_px) < 0.25 * min(r.length_px, k.length_px)
            and _turn(r.angle_deg, k.angle_deg) < 8
            for k in kept
        ):
            kept.append(r)
    return kept


def _turn(a_deg: float, b_deg: float) -> float:
    turn = abs(a_deg - b_deg) % 180
    return min(turn, 180 - turn)


@dataclass(frozen=True, slots=True)
class UprightCrop:
    """A region turned so that its bars stand upright."""

    image: Grey
    picture_from_crop: NDArray[np.float64]
    """Affine (2, 3): pixels of the crop to pixels of the picture."""

    @property
    def stretch(self) -> float:
        """By how much more the crop is enlarged along its rows than along its columns."""
        along, down = (float(np.linalg.norm(column)) for column in self.picture_from_crop[:, :2].T)
        return down / along

    def corners_in_picture(self, corners_px: Corners) -> Corners:
        """Return corners found in the crop as corners in the picture."""
        points = np.asarray(corners_px, dtype=np.float64) @ self.picture_from_crop[:, :2].T + self.picture_from_crop[:, 2]
        return tuple((float(x), float(y)) for x, y in points)  # type: ignore[return-value]  # four in, four out


def upright(
    image: Grey,
    region: BarRegion,
    *,
    length_margin: float = _LENGTH_MARGIN,
    height_margin: float = _HEIGHT_MARGIN,
    is_paper_beyond: bool = False,
) -> UprightCrop:
    """Cut `region` out of the picture with a quiet zone on both ends, turned upright and enlarged.

    Beyond the picture its edge goes on; with `is_paper_beyond` there is paper, so that a bar at the edge keeps its quiet zone.
    """
    (length, height), scale = _with_margins(region, length_margin, height_margin)
    rows = min(max(round(height * min(scale, _ROWS_A_ROW)), min(round(height * scale), _FEWEST_ROWS), _LEAST_ROWS), _MOST_ROWS)
    size = max(32, round(length * scale)), rows
    return _cut(image, picture_from_crop(region, size, (scale, rows / height)), size, scale, is_paper_beyond=is_paper_beyond)


def upright_middle(image: Grey, region: BarRegion) -> tuple[Grey, float]:
    """Return the middle rows of a region turned upright, enlarged alike both ways for `bars_in`, and its pixels a pixel."""
    (length, height), scale = _with_margins(region, _LENGTH_MARGIN, _HEIGHT_MARGIN)
    width, height = max(32, round(length * scale)), max(_LEAST_ROWS, min(round(height * scale), _MOST_MIDDLE_ROWS))
    matrix = picture_from_crop(region, (width, height), (scale, scale))
    rows = _middle_rows(height)
    matrix[:, 2] += matrix[:, 1] * rows.start
    return _cut(image, matrix, (width, rows.stop - rows.start), scale).image, scale


def _with_margins(region: BarRegion, length_margin: float, height_margin: float) -> tuple[tuple[float, float], float]:
    """Return length and height of the piece to cut out, in pixels of the picture, and by how much its length is enlarged."""
    length = region.length_px * (1 + 2 * length_margin) + 12
    return (length, max(region.height_px * (1 + 2 * height_margin), 16.0)), _scale(length)


def _cut(
    image: Grey, matrix: NDArray[np.float64], size: tuple[int, int], scale: float, *, is_paper_beyond: bool = False
) -> UprightCrop:
    flags = (cv2.INTER_CUBIC if scale >= 1 else cv2.INTER_AREA) | cv2.WARP_INVERSE_MAP
    crop = cv2.warpAffine(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    if is_paper_beyond and _reaches_beyond(image, matrix, size):
        paper = ranked(crop, _PAPER_SHARE)
        crop = cv2.warpAffine(image, matrix, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=paper)
    return UprightCrop(np.asarray(crop, dtype=np.uint8), matrix)


def _reaches_beyond(image: Grey, matrix: NDArray[np.float64], size: tuple[int, int]) -> bool:
    """Return whether an end of the crop's middle line, where its quiet zones are, lies outside the picture."""
    ends = matrix @ np.array([[0.0, size[0] - 1.0], [(size[1] - 1) / 2] * 2, [1.0, 1.0]])
    return bool(np.any(ends < -0.5) or np.any(ends > np.array([[image.shape[1]], [image.shape[0]]]) - 0.5))


def may_be_bars(image: Grey, region: BarRegion) -> bool:
    """Return whether a few lines across `region` look like bars: a first sieve, thirty times cheaper than `upright`."""
    length = region.length_px + 12
    scale = _scale(length)
    size = (max(32, round(length * scale)), _SIEVE_ROWS)
    matrix = picture_from_crop(region, size, (scale, size[1] / max(region.height_px * 0.3, 4.0)))
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    lines = cv2.warpAffine(image, matrix, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    return bars_in(np.asarray(lines, dtype=np.uint8))


def _scale(length_px: float) -> float:
    return min(MAX_ENLARGEMENT, max(CROP_WIDTH_PX / length_px, 0.25))


def picture_from_crop(region: BarRegion, size: tuple[int, int], scale: tuple[float, float]) -> NDArray[np.float64]:
    """Return (2, 3): pixels of a crop of `size`, its middle that of the region, to pixels of the picture."""
    angle = math.radians(region.angle_deg)
    along = np.array([math.cos(angle), math.sin(angle)]) / scale[0]
    down = np.array([-math.sin(angle), math.cos(angle)]) / scale[1]
    corner = np.asarray(region.centre_px) - along * (size[0] - 1) / 2 - down * (size[1] - 1) / 2
    return np.column_stack([along, down, corner])


def looks_like_bars(crop: Grey) -> bool:
    """Return whether an upright crop keeps its contrast when averaged along the bars, and has edges enough for a barcode.

    Cheap beside a decode: it spares the engines the beams, box edges and lines of print that the localiser also finds.
    """
    return bars_in(crop[_middle_rows(crop.shape[0])])


def _middle_rows(height: int) -> slice:
    return slice(height // 4, max(height * 3 // 4, height // 4 + 1))


def bars_in(band: Grey) -> bool:
    """Return the same of the middle rows of an upright crop."""
    row = cv2.GaussianBlur(band.mean(axis=0, dtype=np.float32)[None], (0, 0), 1.5)[0]
    middle = row[len(row) // 8 : -len(row) // 8]
    swings = np.abs(np.diff(middle[_turning_points(middle)]))
    return int(np.count_nonzero(swings > max(0.08 * float(np.ptp(middle)), 2.0))) >= MIN_EDGES


def _turning_points(row: NDArray[np.float32]) -> NDArray[np.intp]:
    slope = np.sign(np.diff(row))
    return np.nonzero(slope[1:] * slope[:-1] < 0)[0] + 1
