"""Pictures of loads: front, flank and top of stacked cartons, shrink-wrapped or not, of opaque film, and of the pallet below."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.stock import DECK_M, Finish, Load

Picture = NDArray[np.uint8]

PX_PER_MM = 2.0


def speckled(tone: float, size_px: tuple[int, int], *, seed: int, grain: float = 5.0) -> Picture:
    """Return a matte surface (height, width) of about `tone` with fibres and slow unevenness, like cardboard or concrete."""
    rng = np.random.default_rng([seed, 11])
    height, width = size_px
    coarse = rng.normal(tone, grain, size=(max(height // 90, 2), max(width // 90, 2))).astype(np.float32)
    surface = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    fibre = rng.integers(0, 256, size=(max(height // 2, 1), max(width // 6, 1)), dtype=np.uint8)
    fine = cv2.resize(fibre, (width, height), interpolation=cv2.INTER_LINEAR)
    return cv2.addWeighted(cv2.convertScaleAbs(surface), 1.0, fine, grain / 128.0, -grain, dtype=cv2.CV_8U).astype(np.uint8)


def draw_goods(load: Load) -> Picture:
    """Return the front of the load above its deck, `PX_PER_MM`."""
    rng = np.random.default_rng([load.look_seed, 1])
    return _outside(load, (_px(load.height_m - DECK_M), _px(load.width_m)), rng)


def draw_goods_side(load: Load) -> Picture:
    """Return the flank of the load above its deck, at half of `PX_PER_MM`."""
    rng = np.random.default_rng([load.look_seed, 2])
    size = (_px(load.height_m - DECK_M), _px(load.depth_m))
    return cv2.resize(_outside(load, size, rng), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA).astype(np.uint8)


def draw_lid(load: Load) -> Picture:
    """Return the load from above, rear edge first, at half of `PX_PER_MM`: cartons with taped seams, film, or boards."""
    rng = np.random.default_rng([load.look_seed, 4])
    height, width = _px(load.depth_m) // 2, _px(load.width_m) // 2
    if load.finish is Finish.BOARDS:
        return _deck_boards(height, width, seed=load.look_seed)
    if load.finish is not Finish.CARTONS:
        return _film(load.finish, (height, width), rng)
    look = np.random.default_rng([load.look_seed, 3])  # the same goods on every side
    top = speckled(float(look.choice(_CARDBOARD)), (height, width), seed=load.look_seed)
    n_columns, n_rows = int(look.integers(2, 4)), int(look.integers(2, 5))
    xs, ys = np.linspace(0, width, n_columns + 1).astype(int), np.linspace(0, height, n_rows + 1).astype(int)
    for y0, y1 in pairwise(ys):
        for x0, x1 in pairwise(xs):
            box = top[y0:y1, x0:x1]
            cv2.convertScaleAbs(box, dst=box, alpha=float(rng.uniform(0.93, 1.05)))
            middle = (y1 - y0) // 2
            cv2.convertScaleAbs(box[middle - 24 : middle + 24], dst=box[middle - 24 : middle + 24], alpha=1.06, beta=9)
            cv2.line(box, (0, middle), (x1 - x0, middle), int(_mean(box) * 0.72), 1)
            cv2.rectangle(box, (0, 0), (x1 - x0 - 1, y1 - y0 - 1), max(int(_mean(box) * 0.3), 15), 2)
    return _wrap(top, rng) if load.is_wrapped else top


def _deck_boards(height: int, width: int, *, seed: int) -> Picture:
    """The top of a EUR pallet, short side to the aisle: five boards that run into the rack, dark between."""
    top = np.full((height, width), 22, dtype=np.uint8)
    wood = speckled(150, (height, width), seed=seed % 5, grain=9.0)
    edges = np.cumsum([0.0, 0.145, 0.041, 0.100, 0.042, 0.145, 0.042, 0.100, 0.040, 0.145]) / 0.8 * width
    for i, (left, right) in enumerate(zip(edges[::2].astype(int), edges[1::2].astype(int), strict=True)):
        top[:, left:right] = cv2.convertScaleAbs(wood[:, left:right], alpha=0.86 + 0.07 * ((seed + 3 * i) % 4))
    return top


def _film(finish: Finish, size: tuple[int, int], rng: np.random.Generator) -> Picture:
    """Opaque film drawn tight: one tone, and a few faint folds."""
    tone = 24.0 if finish is Finish.DARK_FILM else 205.0
    film = speckled(tone, size, seed=int(rng.integers(1000)), grain=1.5)
    for _ in range(4):
        start, reach = rng.uniform(0, size[::-1]), rng.uniform(-300, 300, 2)
        end = int(start[0] + reach[0]), int(start[1] + reach[1] / 4)
        cv2.line(film, (int(start[0]), int(start[1])), end, int(tone * 1.08) + 3, 2, cv2.LINE_AA)
    return film


def _outside(load: Load, size: tuple[int, int], rng: np.random.Generator) -> Picture:
    if load.finish is Finish.CARTONS:
        return _cartons(load, size, rng)
    if load.finish is not Finish.BOARDS:
        return _film(load.finish, size, rng)
    stack = np.vstack([draw_pallet_front(size[1] / 1000 / PX_PER_MM, load.look_seed)] * -(-size[0] // _px(DECK_M)))
    return np.asarray(stack[-size[0] :])


def _cartons(load: Load, size: tuple[int, int], rng: np.random.Generator) -> Picture:
    look = np.random.default_rng([load.look_seed, 3])  # the same goods on every side
    tone = float(look.choice(_CARDBOARD))
    n_columns, n_rows = int(look.integers(2, 4)), int(look.integers(3, 6))
    has_tape, brand = bool(look.random() < 0.7), str(look.choice(_BRANDS))
    front = speckled(tone, size, seed=load.look_seed)
    xs = np.linspace(0, size[1], n_columns + 1)
    ys = np.linspace(0, size[0], n_rows + 1)
    for row in range(n_rows):
        shift = float(rng.normal(0, 3.0))
        for column in range(n_columns):
            x0, x1 = (int(np.clip(x + shift, 0, size[1])) for x in xs[column : column + 2])
            y0, y1 = int(ys[row]), int(ys[row + 1])
            _carton(front[y0:y1, x0:x1], rng, brand=brand, has_tape=has_tape)
    for x in (0, size[1] - 1):
        cv2.line(front, (x, 0), (x, size[0]), 40, 3)
    return _wrap(front, rng) if load.is_wrapped else front


_CARDBOARD = (118.0, 132.0, 146.0, 160.0, 198.0)
_BRANDS = ("SERRANO", "IBITOYS", "LUMA", "DADO", "KROMA KIDS", "PEPA & CO")


def _carton(box: Picture, rng: np.random.Generator, *, brand: str, has_tape: bool) -> None:
    height, width = box.shape
    if min(height, width) < 40:
        return
    # cv2 works on the view in place, so a carton is drawn straight into the front that it belongs to
    cv2.convertScaleAbs(box, dst=box, alpha=float(rng.uniform(0.93, 1.05)))
    if has_tape:
        band = box[height // 2 - 24 : height // 2 + 24]
        cv2.convertScaleAbs(band, dst=band, alpha=1.06, beta=9)
        cv2.line(box, (0, height // 2), (width, height // 2), int(_mean(box) * 0.72), 1)
    ink = int(_mean(box) * 0.45)
    scale = float(np.clip(width / (34.0 * len(brand)), 0.5, 2.6))
    place = (int(width * rng.uniform(0.06, 0.14)), int(height * 0.36))
    cv2.putText(box, brand, place, cv2.FONT_HERSHEY_DUPLEX, scale, ink, max(int(2 * scale), 1), cv2.LINE_AA)
    x, y = int(width * 0.80), int(height * 0.72)
    for i in (0, 1):  # the "this way up" arrows
        foot = (x + i * 34, y + 40)
        cv2.arrowedLine(box, foot, (foot[0], foot[1] - 66), ink, 5, cv2.LINE_AA, tipLength=0.35)
    cv2.rectangle(box, (int(width * 0.06), int(height * 0.66)), (int(width * 0.42), int(height * 0.88)), ink, 2)
    for i in range(3):
        y = int(height * (0.70 + 0.06 * i))
        cv2.line(box, (int(width * 0.08), y), (int(width * rng.uniform(0.2, 0.4)), y), ink, 3)
    dark = max(int(_mean(box) * 0.3), 15)
    cv2.rectangle(box, (0, 0), (width - 1, height - 1), dark, 3)
    cv2.line(box, (2, 3), (width - 3, 3), min(int(_mean(box) * 1.25), 255), 2)


def _wrap(front: Picture, rng: np.random.Generator) -> Picture:
    """Put film over the goods: paler, flatter, with the slanting edges of the turns and fine folds."""
    height, width = front.shape
    film = np.zeros_like(front)
    pitch = rng.uniform(0.16, 0.30) * 1000 * PX_PER_MM
    slope = float(rng.uniform(-0.06, 0.06))
    for y in np.arange(rng.uniform(0, pitch), height * 1.2, pitch):
        cv2.line(film, (0, int(y)), (width, int(y + slope * width)), int(rng.uniform(30, 80)), 3, cv2.LINE_AA)
    for _ in range(60):
        x, y = rng.uniform(0, width), rng.uniform(0, height)
        reach, turn = rng.uniform(40, 320), rng.normal(slope, 0.25)
        end = (int(x + reach * np.cos(turn)), int(y + reach * np.sin(turn)))
        cv2.line(film, (int(x), int(y)), end, int(rng.uniform(8, 40)), int(rng.integers(1, 4)), cv2.LINE_AA)
    pale = cv2.convertScaleAbs(front, alpha=0.82, beta=26)
    return cv2.add(pale, cv2.blur(film, (5, 3))).astype(np.uint8)


def draw_pallet_front(width_m: float, seed: int) -> Picture:
    """Return the short side of a EUR pallet (EN 13698-1): boards above and below, three blocks, dark gaps between."""
    height, width = _px(DECK_M), _px(width_m)
    wood = speckled(150, (height, width), seed=seed % 5, grain=9.0)
    front = np.full((height, width), 16, dtype=np.uint8)
    boards = [(0.0, 0.022), (0.122, 0.144)]
    for top, bottom in boards:
        front[_px(top) : _px(bottom)] = wood[_px(top) : _px(bottom)]
    for left in (0.0, width_m / 2 - 0.0725, width_m - 0.1):
        right = left + (0.145 if 0 < left < width_m - 0.11 else 0.1)
        part = np.s_[_px(0.022) : _px(0.122), _px(left) : _px(right)]
        front[part] = cv2.convertScaleAbs(wood[part], alpha=0.85)
    return front


def _mean(box: Picture) -> float:
    """Return the mean tone: NumPy's own takes twenty times as long."""
    return float(cv2.sumElems(box)[0] / box.size)


def _px(metres: float) -> int:
    return round(metres * 1000.0 * PX_PER_MM)
