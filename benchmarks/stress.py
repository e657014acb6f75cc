"""Rendered labels under stress: what a benchmark photographs when it must know every condition and every text.

Deliberately not the simulated warehouse's camera: own artwork (zint's bars on a 148 x 105 mm sticker), own optics. A label is laid
onto its ground in perspective on a canvas three times as fine as the sensor, averaged down to the sensor's pixels, and then lit,
blurred, smeared, made noisy and compressed, in that order and in sensor pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import cv2
import numpy as np
import zint
from numpy.typing import NDArray

from warehouse.pallet_ids import check_digit

Picture = NDArray[np.uint8]
Rng = np.random.Generator

ART_PX = 8
"""Artwork pixels a module."""
PAPER, INK = 236, 24
_FINE = 3
"""Canvas pixels a sensor pixel, per axis."""
_CAMERA_M = 1.3
_STICKER_MM = (148.0, 105.0)
MODULE_MM = {"Code128": 0.6, "QRCode": 1.0, "DataMatrix": 1.0}
BAR_HEIGHT_MM = 32.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """One condition. Lengths in pixels are the sensor's."""

    px_per_module: float
    """Of the label seen face on; yaw shrinks it further."""
    blur_px: float = 0.5
    """Sigma of the defocus."""
    motion_px: float = 0.0
    motion_deg: float = 0.0
    """Against the symbol's length: 0 smears across the bars, 90 along them."""
    noise: float = 2.0
    """Sigma, in grey levels of 255."""
    yaw_deg: float = 0.0
    pitch_deg: float = 0.0
    roll_deg: float = 0.0
    contrast: float = 1.0
    n_glares: int = 0
    glare_share: float = 0.2
    """Height of a blob of glare, in heights of the symbol."""
    unevenness: float = 0.0
    """How much darker the dark end of the picture is, 0 to 1."""
    jpeg_quality: int = 0
    """0: not compressed."""


def drone(px_per_module: float) -> Stress:
    """Return the milder flight condition."""
    return Stress(px_per_module=px_per_module, blur_px=0.8, motion_px=2.0, noise=6.0, yaw_deg=20.0)


def drone_hard(px_per_module: float) -> Stress:
    """Return the harder flight condition: what every figure is wanted for."""
    return Stress(px_per_module=px_per_module, blur_px=1.0, motion_px=3.0, noise=10.0, yaw_deg=30.0, contrast=0.5)


def random_sscc(rng: Rng) -> str:
    """Return 18 digits with their check digit."""
    payload = "".join(str(d) for d in rng.integers(0, 10, 17))
    return payload + check_digit(payload)


def modules(symbology: str, text: str) -> NDArray[np.bool_]:
    """Return the modules (rows, columns), True = dark, of a symbol without quiet zones; a text that begins with `[` is GS1's."""
    symbol = zint.Symbol()
    symbol.input_mode = zint.InputMode.GS1 if text.startswith("[") else zint.InputMode.UNICODE
    symbol.symbology = {
        "Code128": zint.Symbology.GS1_128,
        "QRCode": zint.Symbology.QRCODE,
        "DataMatrix": zint.Symbology.DATAMATRIX,
    }[symbology]
    symbol.option_1 = 2 if symbology == "QRCode" else -1  # level M
    if symbology == "DataMatrix":
        symbol.option_3 = zint.DataMatrixOptions.SQUARE
    symbol.encode(text)
    packed = np.asarray(symbol.encoded_data, dtype=np.uint8)[: symbol.rows]
    return np.unpackbits(packed, axis=1, bitorder="little")[:, : symbol.width].astype(np.bool_)


@dataclass(frozen=True, slots=True)
class Sticker:
    """A label's artwork and where its symbol lies in it."""

    art: Picture
    """(height, width), ART_PX pixels a module."""
    symbol_px: tuple[int, int, int, int]
    """Left, top, right, bottom of the bars in artwork pixels."""


def sticker(symbology: str, text: str) -> Sticker:
    """Return a whole sticker: lines of print above and below, the symbol in the middle."""
    px_mm = ART_PX / MODULE_MM[symbology]
    width, height = (round(mm * px_mm) for mm in _STICKER_MM)
    art = np.full((height, width), PAPER, dtype=np.uint8)
    dark = modules(symbology, text)
    rows = round(BAR_HEIGHT_MM * px_mm) if symbology == "Code128" else dark.shape[0] * ART_PX
    symbol = cv2.resize(
        np.where(dark, INK, PAPER).astype(np.uint8), (dark.shape[1] * ART_PX, rows), interpolation=cv2.INTER_NEAREST
    )
    left, top = (width - symbol.shape[1]) // 2, round(0.55 * height) - rows // 2
    art[top : top + rows, left : left + symbol.shape[1]] = symbol
    for line, y_mm, size_mm in (("JUGUETES SERRANO S.L.", 14.0, 6.0), (text.replace("[", "(").replace("]", ") "), 98.0, 5.0)):
        scale = size_mm * px_mm / 21.0
        place = (round(8 * px_mm), round(y_mm * px_mm))
        cv2.putText(art, line, place, cv2.FONT_HERSHEY_DUPLEX, scale, INK, max(1, round(0.5 * px_mm)), cv2.LINE_AA)
    return Sticker(art, (left, top, left + symbol.shape[1], top + rows))


def photograph(
    label: Sticker,
    symbology: str,
    stress: Stress,
    rng: Rng,
    *,
    ground: Picture | None = None,
    middle_px: tuple[float, float] | None = None,
    margin: float = 0.12,
) -> Picture:
    """Return the grey picture of a sticker.

    Without a `ground` the picture is the bounding box of the symbol and `margin` symbol lengths around it. With one, the label
    lies on it with its symbol's middle at `middle_px`; a ground is (height, width) in sensor pixels.
    """
    px_mm = stress.px_per_module / MODULE_MM[symbology]
    plane = _Plane(stress, px_mm, rng)
    left, top, right, bottom = label.symbol_px
    art_mm = MODULE_MM[symbology] / ART_PX
    corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]], dtype=np.float64)
    origin = corners.mean(axis=0)
    seen = plane.project((corners - origin) * art_mm)
    if ground is None:
        low, high = seen.min(axis=0), seen.max(axis=0)
        border = margin * (right - left) * art_mm * px_mm + 4
        shift = border - low + rng.random(2)
        width, height = np.ceil(high - low + 2 * border).astype(int)
        canvas = np.full((height * _FINE, width * _FINE), round(float(rng.uniform(90, 170))), dtype=np.uint8)
    else:
        height, width = ground.shape
        shift = np.asarray(middle_px if middle_px is not None else (width / 2, height / 2)) + rng.random(2)
        canvas = np.asarray(cv2.resize(ground, (width * _FINE, height * _FINE)), dtype=np.uint8)
    h, w = label.art.shape
    rim = np.array([[0, 0], [w, 0], [w, h], [0, h]], dtype=np.float64)
    onto = (plane.project((rim - origin) * art_mm) + shift) * _FINE - 0.5
    to_canvas = np.asarray(cv2.getPerspectiveTransform((rim - 0.5).astype(np.float32), onto.astype(np.float32)), dtype=np.float64)
    _lay(canvas, label.art, to_canvas, stress.px_per_module * _FINE / ART_PX)
    picture = cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    return develop(picture, stress, rng, symbol_px=seen + shift)


class _Plane:
    """The label's plane before a pinhole camera, turned about its symbol's middle."""

    def __init__(self, stress: Stress, px_mm: float, rng: Rng) -> None:
        yaw, pitch = math.radians(stress.yaw_deg), math.radians(stress.pitch_deg)
        roll = math.radians(stress.roll_deg)
        about_y = np.array([[math.cos(yaw), 0, math.sin(yaw)], [0, 1, 0], [-math.sin(yaw), 0, math.cos(yaw)]])
        about_x = np.array([[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]])
        about_z = np.array([[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]])
        # Roll last: the label is turned in the picture, its foreshortening stays across its own bars.
        self._turn = about_z @ about_x @ about_y
        self._px_mm = px_mm

    def project(self, points_mm: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return pixels (n, 2) from the principal point of points (n, 2) on the label."""
        p = np.column_stack([points_mm, np.zeros(len(points_mm))]) @ self._turn.T
        away = 1000 * _CAMERA_M
        return np.asarray(self._px_mm * p[:, :2] * (away / (away + p[:, 2]))[:, None])


def _lay(canvas: Picture, art: Picture, to_canvas: NDArray[np.float64], scale: float) -> None:
    """Paint the artwork onto the canvas; it is averaged down first where the canvas is coarser."""
    if scale < 0.9:
        h, w = art.shape
        small = cv2.resize(art, (max(round(w * scale), 2), max(round(h * scale), 2)), interpolation=cv2.INTER_AREA)
        sx, sy = w / small.shape[1], h / small.shape[0]
        art = np.asarray(small, dtype=np.uint8)
        to_canvas = to_canvas @ np.array([[sx, 0, (sx - 1) / 2], [0, sy, (sy - 1) / 2], [0, 0, 1.0]])
    size = canvas.shape[::-1]
    cv2.warpPerspective(art, to_canvas, size, dst=canvas, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT)


def develop(picture: NDArray[np.float32], stress: Stress, rng: Rng, *, symbol_px: NDArray[np.float64] | None = None) -> Picture:
    """Return what the sensor makes of an ideal picture: light, glare, defocus, motion, noise, JPEG."""
    height, width = picture.shape
    if stress.contrast != 1.0:
        picture = 128 + stress.contrast * (picture - 128)
    if stress.unevenness:
        angle = rng.uniform(0, 2 * math.pi)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        ramp = (math.cos(angle) * (x / width - 0.5) + math.sin(angle) * (y / height - 0.5)) / math.sqrt(0.5)
        picture = picture * (1 - stress.unevenness * (0.5 + ramp / 2)).astype(np.float32)
    if stress.n_glares and symbol_px is not None:
        picture = _with_glare(picture, stress, rng, symbol_px)
    if stress.blur_px > 0.05:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), stress.blur_px), dtype=np.float32)
    if stress.motion_px > 0.3:
        kernel = motion_kernel(stress.motion_px, stress.roll_deg + stress.motion_deg)
        picture = np.asarray(cv2.filter2D(picture, -1, kernel), dtype=np.float32)
    if stress.noise:
        picture = picture + stress.noise * rng.standard_normal(picture.shape, dtype=np.float32)
    grey = np.clip(np.rint(picture), 0, 255).astype(np.uint8)
    if stress.jpeg_quality:
        _, data = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, stress.jpeg_quality])
        grey = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    return grey


def _with_glare(picture: NDArray[np.float32], stress: Stress, rng: Rng, symbol_px: NDArray[np.float64]) -> NDArray[np.float32]:
    a, b, _, d = symbol_px
    size = stress.glare_share * float(np.linalg.norm(d - a))
    glare = np.zeros_like(picture)
    for _ in range(stress.n_glares):
        u, v = rng.random(2)
        x, y = a + u * (b - a) + v * (d - a)
        axes = (max(size * rng.uniform(0.5, 1.5), 1.0), max(size / 2, 1.0))
        box = ((float(x), float(y)), (2 * float(axes[0]), 2 * float(axes[1])), float(rng.uniform(-30, 30)) + stress.roll_deg)
        cv2.ellipse(glare, box, 230.0, -1, cv2.LINE_AA)
    return np.asarray(picture + cv2.GaussianBlur(glare, (0, 0), max(size / 6, 0.6)), dtype=np.float32)


@lru_cache(maxsize=256)
def motion_kernel(length_px: float, angle_deg: float) -> NDArray[np.float32]:
    """Return the kernel of an even movement: the share of the exposure that each pixel of the path gets."""
    half = math.ceil(length_px / 2)
    kernel = np.zeros((2 * half + 1, 2 * half + 1), dtype=np.float32)
    along = (np.arange(1000) + 0.5) / 1000 * length_px - length_px / 2
    x, y = (np.rint(f(math.radians(angle_deg)) * along).astype(int) + half for f in (math.cos, math.sin))
    np.add.at(kernel, (y, x), 1 / along.size)
    return kernel


def texture(rng: Rng, size_px: tuple[int, int]) -> Picture:
    """Return a ground (height, width) as racks show it: cartons, print, film, beams and their edges; no barcode."""
    height, width = size_px
    picture = np.full((height, width), float(rng.uniform(60, 150)), dtype=np.float32)
    for sigma, weight in ((1.0, 4.0), (6.0, 30.0), (30.0, 200.0)):
        small = (max(round(height / sigma), 2), max(round(width / sigma), 2))
        cloud = cv2.resize(rng.standard_normal(small, dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        picture += cloud * weight * 0.12
    prints: list[tuple[str, tuple[int, int], float, float]] = []
    for _ in range(int(rng.integers(3, 9))):  # cartons with edges, seams and print
        x, y = int(rng.integers(-width // 4, width)), int(rng.integers(-height // 4, height))
        w, h = int(rng.integers(width // 8, width // 2)), int(rng.integers(height // 8, height // 2))
        part = picture[max(y, 0) : max(y + h, 0), max(x, 0) : max(x + w, 0)]
        part += float(rng.uniform(-45, 45))
        cv2.rectangle(picture, (x, y), (x + w, y + h), float(rng.uniform(30, 90)), int(rng.integers(1, 4)), cv2.LINE_AA)
        for _ in range(int(rng.integers(0, 4))):
            words = "".join(chr(c) for c in rng.integers(48, 91, int(rng.integers(4, 16))))
            place = (x + int(rng.integers(0, max(w, 1))), y + int(rng.integers(0, max(h, 1))))
            prints.append((words, place, float(rng.uniform(0.4, 2.5)), float(rng.uniform(10, 70))))
    if rng.random() < 0.6:  # slats, corrugated edges, racking: stripes without a code
        _stripes(picture, rng)
    for _ in range(int(rng.integers(0, 40))):  # creases of film
        p = rng.integers(0, [width, height])
        q = p + rng.integers(-width // 3, width // 3, 2)
        tone = float(rng.uniform(150, 250))
        cv2.line(picture, (int(p[0]), int(p[1])), (int(q[0]), int(q[1])), tone, 1, cv2.LINE_AA)
    ground = np.clip(picture, 0, 255).astype(np.uint8)
    for words, place, size, tone in prints:
        cv2.putText(ground, words, place, cv2.FONT_HERSHEY_DUPLEX, size, tone, 1, cv2.LINE_AA)
    return ground


def _stripes(picture: NDArray[np.float32], rng: Rng) -> None:
    height, width = picture.shape
    n = int(rng.integers(20, 120))
    edges = np.cumsum(rng.choice([1, 2, 3, 4], n) * float(rng.uniform(1.5, 5.0)))
    x0, y0 = rng.uniform(0, width * 0.7), rng.uniform(0, height * 0.7)
    tall = rng.uniform(0.05, 0.4) * height
    angle = math.radians(rng.uniform(-90, 90))
    c, s = math.cos(angle), math.sin(angle)
    tones = float(rng.uniform(20, 80)), float(rng.uniform(120, 230))
    for a, b, tone in zip(edges[:-1], edges[1:], [tones[i % 2] for i in range(n - 1)], strict=True):
        corners = [(x0 + u * c - v * s, y0 + u * s + v * c) for u, v in ((a, 0), (b, 0), (b, tall), (a, tall))]
        cv2.fillConvexPoly(picture, np.rint(np.array(corners) * 16).astype(np.int32), tone, cv2.LINE_AA, 4)


def rolled(stress: Stress, roll_deg: float) -> Stress:
    """Return the same condition with the label turned in the picture."""
    return replace(stress, roll_deg=roll_deg)
