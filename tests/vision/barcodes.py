"""Barcodes drawn by an established generator, and scenes to photograph them in."""

import cv2
import numpy as np
import zint
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

SSCC = "384123453679486490"
SSCC_TEXT = "00" + SSCC


def draw(symbology: zint.Symbology, text: str, *, px_per_module: int = 3, margin_px: int = 40) -> Grey:
    """Return one barcode, black on white, with a margin."""
    symbol = zint.Symbol()
    symbol.symbology = symbology
    symbol.scale = px_per_module / 2
    symbol.show_text = False
    symbol.height = 40
    symbol.encode(text)
    symbol.buffer()
    grey = np.asarray(symbol.bitmap)[..., 0].astype(np.uint8)
    return np.pad(grey, margin_px, constant_values=255)


def draw_sscc(sscc: str = SSCC, *, px_per_module: int = 3) -> Grey:
    """Return the GS1-128 symbol of an SSCC."""
    return draw(zint.Symbology.GS1_128, f"[00]{sscc}", px_per_module=px_per_module)


def turned(image: Grey, angle_deg: float, *, background: int = 255) -> Grey:
    """Return the picture turned about its middle, on a larger ground."""
    side = int(np.hypot(*image.shape)) + 40
    matrix = cv2.getRotationMatrix2D(((image.shape[1] - 1) / 2, (image.shape[0] - 1) / 2), angle_deg, 1.0)
    matrix[:, 2] = matrix[:, 2] + (side - np.array(image.shape[::-1])) / 2
    return np.asarray(cv2.warpAffine(image, matrix, (side, side), flags=cv2.INTER_CUBIC, borderValue=background), dtype=np.uint8)


def photographed(image: Grey, *, blur_px: float = 0.7, noise: float = 4.0, seed: int = 1) -> Grey:
    """Return the picture as a camera would see it: softer, darker, noisy."""
    soft = cv2.GaussianBlur(image, (0, 0), blur_px).astype(np.float64) * 0.7 + 20
    return np.asarray(np.clip(soft + np.random.default_rng(seed).normal(0, noise, image.shape), 0, 255), dtype=np.uint8)
