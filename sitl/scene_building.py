"""Pictures of the building: what stands behind the rack, floor, steel, deck, location stickers."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from sitl.scene_goods import speckled

Picture = NDArray[np.uint8]

N_BEHIND = 12
"""How many different views there are of what stands behind the rack."""


def draw_behind(number: int) -> Picture:
    """Return 1.0 x 1.5 m of what one sees through an empty bin: block wall, or the backs of the next rack's loads behind mesh."""
    rng = np.random.default_rng([number, 21])
    height, width = 1500, 1000
    if number % 3 == 0:
        return _block_wall(height, width, rng)
    back = speckled(95, (height, width), seed=number, grain=8.0)
    y = height
    while y > 0:
        tall = int(rng.uniform(180, 420))
        x = 0
        while x < width:
            wide = int(rng.uniform(200, 460))
            tone = int(rng.uniform(100, 220))
            cv2.rectangle(back, (x, y - tall), (x + wide, y), tone, -1)
            cv2.rectangle(back, (x, y - tall), (x + wide, y), int(tone * 0.4), 5)
            text = str(rng.choice(["FRAGIL", "12 UDS", "No 7", "SERRANO", "LOTE B", "PALET"]))
            cv2.putText(back, text, (x + 20, y - tall // 2), cv2.FONT_HERSHEY_DUPLEX, 1.3, int(tone * 0.45), 3, cv2.LINE_AA)
            x += wide
        y -= tall + int(rng.uniform(0, 60))
    back = cv2.subtract(back, cv2.convertScaleAbs(speckled(20, (height, width), seed=number + 40, grain=14.0))).astype(np.uint8)
    for x in range(25, width, 50):  # welded mesh, 50 x 50 mm
        cv2.line(back, (x, 0), (x, height), 205, 3, cv2.LINE_AA)
    for y in range(25, height, 50):
        cv2.line(back, (0, y), (width, y), 190, 3, cv2.LINE_AA)
    return back


def _block_wall(height: int, width: int, rng: np.random.Generator) -> Picture:
    wall = speckled(165, (height, width), seed=int(rng.integers(1000)), grain=10.0)
    for row, y in enumerate(range(0, height, 200)):
        for x in range(-200 * (row % 2), width, 400):
            block = wall[y : y + 200, max(x, 0) : x + 400]
            if block.size:
                cv2.convertScaleAbs(block, dst=block, alpha=float(rng.uniform(0.82, 1.08)))
            cv2.rectangle(wall, (x, y), (x + 400, y + 200), 112, 8)
    for _ in range(25):
        centre = (int(rng.uniform(0, width)), int(rng.uniform(0, height)))
        cv2.ellipse(wall, centre, (int(rng.uniform(3, 30)), int(rng.uniform(2, 10))), rng.uniform(0, 180), 0, 360, 90, -1)
    return wall


def draw_floor(number: int) -> Picture:
    """Return 1 x 1 m of polished concrete with scuffs and tyre marks."""
    rng = np.random.default_rng([number, 22])
    floor = speckled(128, (1000, 1000), seed=70 + number, grain=9.0)
    for _ in range(30):
        x, y = rng.uniform(0, 1000, 2)
        reach = rng.uniform(-300, 300, 2)
        cv2.line(floor, (int(x), int(y)), (int(x + reach[0]), int(y + reach[1])), int(rng.uniform(90, 160)), 2, cv2.LINE_AA)
    return floor


def draw_upright() -> Picture:
    """Return 0.10 x 0.50 m of a rack upright: painted steel, two rows of slots every 50 mm."""
    post = speckled(92, (1000, 200), seed=31, grain=4.0)
    for x in (0, 190):
        post[:, x : x + 10] = 60
    for y in range(25, 1000, 100):
        for x in (55, 125):
            cv2.ellipse(post, (x + 10, y + 25), (8, 19), 0, 0, 360, 14, -1, cv2.LINE_AA)
    return post


def draw_beam() -> Picture:
    """Return 0.94 x 0.11 m of a box beam with its rolled edges."""
    beam = speckled(168, (220, 1880), seed=32, grain=4.0)
    beam[:8], beam[-10:], beam[70:74], beam[150:154] = 205, 90, 140, 190
    return beam


def draw_deck() -> Picture:
    """Return 0.90 x 1.10 m of a wire deck."""
    deck = np.full((1100, 900), 40, dtype=np.uint8)
    for x in range(25, 900, 50):
        cv2.line(deck, (x, 0), (x, 1100), 150, 5, cv2.LINE_AA)
    for y in range(50, 1100, 100):
        cv2.line(deck, (0, y), (900, y), 165, 6, cv2.LINE_AA)
    return deck


def draw_location_sticker(code: str) -> Picture:
    """Return 200 x 70 mm of the sticker on the beam that names the location above it, with the arrow that says so."""
    sticker = np.full((280, 800), 232, dtype=np.uint8)
    cv2.rectangle(sticker, (6, 6), (793, 273), 30, 6)
    (width, _), _ = cv2.getTextSize(code, cv2.FONT_HERSHEY_DUPLEX, 3.4, 6)
    scale = 3.4 * min(1.0, 620.0 / width)
    cv2.putText(sticker, code, (40, 180), cv2.FONT_HERSHEY_DUPLEX, scale, 20, 6, cv2.LINE_AA)
    cv2.arrowedLine(sticker, (730, 230), (730, 50), 20, 16, cv2.LINE_AA, tipLength=0.4)
    return sticker
