"""Bars that no single frame reads: the lines across them, from several frames, made one line.

A blob of glare that hides a piece of the bars in one frame hides another piece in the next. One dimension is enough to lay the
frames onto one another: each frame's bars are straightened to 24 mean lines (`vision.codes.profiles`), registered
(`vision.codes.line_registration`), and each sample of the stack is the weighted mean of all of them.

The weights are those of least squares: every line is taken for the stack times a local gain, plus noise of a local power. Glare has
no gain, a fold has much noise, and both drop out by themselves.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.codes.decoded import MATRIX, STACK, WEAKLY_CHECKED, Decoded
from vision.codes.grey import Grey
from vision.codes.line_registration import (
    SAMPLES_A_BAR,
    Bend,
    Line,
    bent,
    evened,
    local_power,
    not_bent,
    refine,
    register,
    smooth,
    without_light,
)
from vision.codes.localise import BarRegion, find_bar_regions, may_be_bars, picture_from_crop
from vision.codes.profiles import N_BANDS, bands_of, bar_corners, strips
from vision.codes.zxing_engine import read
from warehouse.site import LabelRules

MAX_FRAMES = 5
LEAST_AGREEING = 2
"""Strengths of sharpening at which the stack must read the same, and none may read anything else."""
_SHARPENINGS = ((0.0, 0.0), (1.5, 2.0), (2.0, 1.0), (3.0, 1.0), (4.0, 1.0), (2.0, 2.0), (3.0, 2.0), (2.0, 4.0), (3.0, 4.0))
"""Sigma in samples and strength: a stack has little noise, and is read best when hardly sharpened."""
_NEAR = 12 * SAMPLES_A_BAR
_LEAST_SPAN = 0.4
"""Share of the strongest contrast below which a piece of the stack is no bars."""
_SIZES = (0.2, 1.3)
"""Length of a piece of a barcode, in widths of the sticker."""
_LINE_WIDTHS = 1.7
"""Length of a line in widths of the sticker: glare may leave one frame the left end of the bars, and another the right one."""
_MOST_REGIONS = 3
"""Of one frame."""
_MOST_CLUSTERS = 4
_SAME_ANGLE_DEG = 6.0
_ROUNDS = 3
_OUTLIER_LIKENESS = 0.25
"""Local correlation with all other frames' stack, over two characters, below which a frame shows other bars."""

Place = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BarsSeen:
    """Bars that one frame shows, straightened; the frame itself is not kept."""

    frame: str
    bands: Line
    """(N_BANDS, n), `SAMPLES_A_BAR` samples a narrowest bar."""
    lean: float
    height: int
    """Of the crop that the bands are means of."""
    picture_from_crop: NDArray[np.float64]
    """Affine (2, 3): (sample, row of that crop) to pixels of the frame."""
    place_m: Place
    """(along, height) of the bars' middle on the goods' plane."""
    angle_deg: float
    length_m: float
    """Of the piece of the bars that was found."""


def straighten(
    frame: str, image: Grey, region: BarRegion, *, px_per_mm: float, place_m: Place, rules: LabelRules, corner_px: tuple[int, int]
) -> BarsSeen:
    """Return the bars of a `region` of the part `image` of a frame whose upper left pixel is `corner_px`."""
    scale = SAMPLES_A_BAR / (px_per_mm * rules.narrowest_bar_mm)
    n = round(_LINE_WIDTHS * rules.width_mm / rules.narrowest_bar_mm * SAMPLES_A_BAR)
    height = max(min(round(region.height_px * scale), 600), N_BANDS)
    matrix = picture_from_crop(region, (n, height), (scale, height / max(region.height_px, 1.0)))
    flags = (cv2.INTER_CUBIC if scale >= 1 else cv2.INTER_AREA) | cv2.WARP_INVERSE_MAP
    crop = np.asarray(cv2.warpAffine(image, matrix, (n, height), flags=flags, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)
    half = round(region.length_px * scale / 2)
    bands, lean = bands_of(crop, columns=slice(max(n // 2 - half, 0), n // 2 + half))
    whole = matrix.copy()
    whole[:, 2] += corner_px
    length_m = region.length_px / px_per_mm / 1000
    return BarsSeen(
        frame=frame,
        bands=bands,
        lean=lean,
        height=height,
        picture_from_crop=whole,
        place_m=place_m,
        angle_deg=region.angle_deg,
        length_m=length_m,
    )


def bar_regions(crop: Grey, *, px_per_mm: float, rules: LabelRules) -> list[BarRegion]:
    """Return the strongest places of a grey picture that look like bars of a label or of a piece of one."""
    fitting = [r for r in find_bar_regions(crop) if _SIZES[0] <= r.length_px / px_per_mm / rules.width_mm <= _SIZES[1]]
    return [r for r in fitting if may_be_bars(crop, r)][:_MOST_REGIONS]


def read_stacked(seen: Sequence[BarsSeen], rules: LabelRules, *, reach_m: float) -> list[tuple[str, Decoded]]:
    """Return what bars of several frames read together, as (frame id, decode), corners in pixels of that frame.

    `reach_m` is how far apart two frames may put the same place. A text is given once, for the best frame; it is given for a second
    frame only where it does not hang on any one of them: two stacks without a common frame read the same, or all stacks do that
    leave one frame out. Where stacks contradict each other, or only one frame shows a piece of the bars, nothing is given.
    """
    symbologies = tuple(s for s in rules.symbologies if s not in MATRIX and s not in WEAKLY_CHECKED)
    found: dict[tuple[str, str], list[tuple[str, Decoded]]] = {}
    for cluster in _clusters(seen, reach_m) if symbologies else ():
        for frame, d in _read_cluster(cluster, symbologies):
            texts = found.setdefault(_key(d), [])
            if len(texts) < 2 and all(frame != other for other, _ in texts):
                texts.append((frame, d))
    return [read_in for texts in found.values() for read_in in texts]


def _clusters(seen: Sequence[BarsSeen], reach_m: float) -> list[list[BarsSeen]]:
    """Return groups of bars, at most one of a frame, that may be those of one symbol, groups of more frames first.

    Stickers carry several symbols, one above the other: each frame gives the bars that lie nearest to the line of the first ones.
    """
    groups: dict[frozenset[int], list[BarsSeen]] = {}
    for first in sorted(seen, key=lambda s: (-s.length_m, s.frame)):
        nearest: dict[str, tuple[float, BarsSeen]] = {first.frame: (0.0, first)}
        for s in seen:
            above = _above_m(first, s, reach_m)
            if above is not None and above < nearest.get(s.frame, (math.inf, s))[0]:
                nearest[s.frame] = above, s
        group = [_turned_like(first, s) for _, s in nearest.values()]
        if len(group) >= 2:
            groups.setdefault(frozenset(id(s) for _, s in nearest.values()), group[:MAX_FRAMES])
    return sorted(groups.values(), key=lambda group: -len(group))[:_MOST_CLUSTERS]


def _above_m(a: BarsSeen, b: BarsSeen, reach_m: float) -> float | None:
    """Return how far one lies beside the line of the other, None where they are not of one symbol.

    Pieces of the same bars lie apart along them by no more than the one is longer than the other, but for the poses' error.
    """
    turn = abs((a.angle_deg - b.angle_deg + 90) % 180 - 90)
    along = math.radians(a.angle_deg)
    off = b.place_m[0] - a.place_m[0], a.place_m[1] - b.place_m[1]  # heights count upwards, rows downwards
    beside = abs(off[0] * math.cos(along) + off[1] * math.sin(along))
    above = abs(off[1] * math.cos(along) - off[0] * math.sin(along))
    is_near = turn <= _SAME_ANGLE_DEG and above <= reach_m and beside <= reach_m + max(a.length_m, b.length_m) / 2
    return above if is_near else None


def _turned_like(first: BarsSeen, other: BarsSeen) -> BarsSeen:
    """Return `other` turned by half a turn where that brings its angle to that of `first`: +90 and -90 degrees are the same."""
    if abs(first.angle_deg - other.angle_deg) <= 90:
        return other
    n = other.bands.shape[1]
    matrix = other.picture_from_crop.copy()
    matrix[:, 2] += matrix[:, :2] @ np.array([n - 1, other.height - 1])
    matrix[:, :2] *= -1
    bands = np.ascontiguousarray(other.bands[::-1, ::-1])
    return replace(other, bands=bands, picture_from_crop=matrix, angle_deg=other.angle_deg + math.copysign(180, first.angle_deg))


def _read_cluster(cluster: list[BarsSeen], symbologies: Sequence[str]) -> list[tuple[str, Decoded]]:
    laid = _consistent(_laid_on_each_other(cluster))
    if len(laid) < 2:
        return []
    first = _decode(laid, symbologies)
    if first is None or not _has_two_witnesses(laid, first):
        return []
    parts = [laid[:i] + laid[i + 1 :] for i in range(len(laid))] if len(laid) >= 3 else []
    again = [_decode(part, symbologies) for part in parts]
    if any(d is not None and _key(d) != _key(first) for d in again):
        return []
    is_sure = bool(again) and all(d is not None for d in again)
    if not is_sure and len(laid) >= 4:
        halves = [_decode(part, symbologies) for part in (laid[0::2], laid[1::2])]
        if any(d is not None and _key(d) != _key(first) for d in halves):
            return []
        is_sure = all(d is not None for d in halves)
    return [_in_frame(first, s, bend, len(laid)) for s, bend in laid[: 2 if is_sure else 1]]


def _has_two_witnesses(laid: Sequence[tuple[BarsSeen, Bend]], d: Decoded) -> bool:
    """Return whether two frames show each piece of the bars that were read.

    Labels of one shipper differ in their last digits only. Where glare hides just these in one frame, nothing would tell that it
    shows another label than the frame that fills them in.
    """
    n_shown = sum(bent(evened(s.bands.mean(axis=0)).shown[None], bend)[0] for s, bend in laid)
    xs = [round(x) for x, _ in d.corners_px]
    return float(np.min(n_shown[max(min(xs), 0) : max(xs) + 1])) > 1.5


def _in_frame(d: Decoded, s: BarsSeen, bend: Bend, n_frames: int) -> tuple[str, Decoded]:
    """Return a decode of the stack with its corners where one of its frames shows them."""
    n = s.bands.shape[1]
    t = [2 * x / (n - 1) - 1 for x, _ in d.corners_px]
    on_line = tuple((float(bend @ (1.0, u, u * u)), y) for u, (_, y) in zip(t, d.corners_px, strict=True))
    crop = replace(d, corners_px=on_line, variant=f"{STACK}{n_frames}")  # type: ignore[arg-type]  # four in, four out
    points = np.asarray(bar_corners(crop, s.lean, s.height)) @ s.picture_from_crop[:, :2].T + s.picture_from_crop[:, 2]
    a, b, c, e = ((float(x), float(y)) for x, y in points)
    return s.frame, replace(crop, corners_px=(a, b, c, e))


def _key(d: Decoded) -> tuple[str, str]:
    return d.symbology, d.text


def _laid_on_each_other(cluster: list[BarsSeen]) -> list[tuple[BarsSeen, Bend]]:
    """Return the frames that show the same bars as the clearest one, which comes first, and how they lie on it."""
    lines = {s.frame: evened(s.bands.mean(axis=0)) for s in cluster}
    order = sorted(cluster, key=lambda s: (-float(lines[s.frame].shown.sum()), s.frame))
    laid: list[tuple[BarsSeen, Bend]] = []
    for reference in order[:-1]:  # one may be of another symbol of the sticker
        chain = [(reference, not_bent(reference.bands.shape[1]))]
        for s in order:
            found = register(evened(_stack(chain)), lines[s.frame]) if s is not reference else None
            if found is not None:
                chain.append((s, found.bend))
        laid = max(laid, chain, key=len)
        if 2 * len(laid) > len(order):
            break
    if len(laid) < 2:
        return []
    again = laid[:1]
    for s, bend in laid[1:]:  # once more, onto all the others
        others = [other for other in laid if other[0] is not s]
        found = refine(evened(_stack(others)), lines[s.frame], bend)
        if found is not None:
            again.append((s, found.bend))
    return again


def _stack(laid: Sequence[tuple[BarsSeen, Bend]]) -> Line:
    """Return one line (n,) from all bands of all frames: the least-squares mean under local gains and noise."""
    rows = np.concatenate([_rows(s, bend) for s, bend in laid])
    strength = np.sqrt(np.median(local_power(rows), axis=1, keepdims=True)) + 1e-3
    line = smooth((rows / strength).mean(axis=0, keepdims=True), 0.1)
    for _ in range(_ROUNDS):
        power = local_power(line)
        gain = np.maximum(smooth(rows * line, 4.0 * SAMPLES_A_BAR) / (power + 0.02 * float(np.percentile(power, 90))), 0.0)
        noise = local_power(rows - gain * line)
        weight = gain / (noise + 0.05 * float(np.median(noise)) + 1e-3)
        top, bottom = (weight * rows).sum(axis=0, keepdims=True), (weight * gain).sum(axis=0, keepdims=True)
        line = np.asarray(top / (bottom + 1e-3 * float(bottom.max()) + 1e-9), dtype=np.float32)
    return np.asarray(line[0], dtype=np.float32)


def _rows(s: BarsSeen, bend: Bend) -> Line:
    return without_light(bent(s.bands, bend))


def _consistent(laid: list[tuple[BarsSeen, Bend]]) -> list[tuple[BarsSeen, Bend]]:
    """Return the frames, none where one of them shows other bars than the rest: they are of two labels then."""
    for s, bend in laid:
        rest = evened(_stack([other for other in laid if other[0] is not s]))
        own = evened(bent(s.bands.mean(axis=0)[None], bend)[0])
        both = (rest.shown * own.shown)[None]
        product, a, b = (
            smooth(both * x * y, 5.0 * SAMPLES_A_BAR) for x, y in ((rest.values, own.values), (rest.values,) * 2, (own.values,) * 2)
        )
        local = np.where(smooth(both, 5.0 * SAMPLES_A_BAR) > 0.9, product / np.sqrt(a * b + 1e-6), 1.0)
        if float(local.min()) < _OUTLIER_LIKENESS:
            return []
    return laid


def _on_paper(line: Line) -> Line:
    """Return a line between about 0 and 255 with as much contrast everywhere, and white where it shows no bars.

    Without its light, the quiet zone is as dark as the mean of the bars beside it, and no engine takes it for one.
    """
    row = line[None]
    near = np.ones((1, round(_NEAR) | 1), dtype=np.uint8)
    high, low = (np.asarray(cv2.blur(edge, near.shape[::-1])) for edge in (cv2.dilate(row, near), cv2.erode(row, near)))
    span = np.maximum(high - low, _LEAST_SPAN * float(np.percentile(high - low, 95)))
    return np.asarray((255 + 255 * (row - high) / span)[0], dtype=np.float32)


def _decode(laid: Sequence[tuple[BarsSeen, Bend]], symbologies: Sequence[str]) -> Decoded | None:
    """Return what the stack reads as at two strengths of sharpening and more, nothing else at any; corners on the stack's line."""
    if len(laid) < 2:
        return None
    line = _on_paper(_stack(laid))
    texts: Counter[tuple[str, str]] = Counter()
    first: Decoded | None = None
    for strip in strips(line, _SHARPENINGS):
        for d in read(strip, symbologies, variant=STACK, any_direction=False):
            texts[_key(d)] += 1
            first = first or d
    return first if len(texts) == 1 and first is not None and texts[_key(first)] >= LEAST_AGREEING else None
