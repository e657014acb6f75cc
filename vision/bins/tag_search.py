"""Barcodes that hang as location tags anywhere in a frame: the whole of it is searched, at the resolution that tags need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from vision.bins.guided import sweep
from vision.codes import zxing_engine
from vision.codes.april_tags import find_april_tags
from vision.codes.decode import moved
from vision.codes.decoded import MATRIX, Decoded
from vision.codes.grey import Grey, resized
from warehouse.site import Site
from warehouse.tags import APRIL_TAG, LocationTag

MOST_MODULES = 29
"""Side of the largest square code that a tag carries: a QR code of version 3 holds 77 digits."""
PX_PER_MODULE = 5.0


def find_tags(image: Grey, site: Site, *, px_per_mm: float) -> list[Decoded]:
    """Return the barcodes in a grey frame that name a place, among those of the kinds and sizes of the site's tags.

    Corners are in pixels of the frame. Linear ones are swept for upright and on their side, as they hang on beams and on uprights.
    Pallet labels of the same kind are left to the search for labels, which reads them a second time before it believes them.
    """
    tags = site.tags
    linear = sorted({tag.symbology for tag in tags if tag.symbology not in MATRIX and tag.symbology != APRIL_TAG})
    square = [tag for tag in tags if tag.symbology in MATRIX]
    found: list[Decoded] = []
    if linear:
        found += sweep(image, linear, px_per_mm=px_per_mm)
        found += _sideways(image, linear, px_per_mm)
    if square:
        found += _square(image, square, px_per_mm)
    if any(tag.symbology == APRIL_TAG for tag in tags):
        found += find_april_tags(image)
    return [d for d in found if site.is_location_text(d.symbology, d.text)]


def _sideways(image: Grey, linear: Sequence[str], px_per_mm: float) -> list[Decoded]:
    turned = np.asarray(cv2.rotate(image, cv2.ROTATE_90_CLOCKWISE), dtype=np.uint8)
    bottom = image.shape[0] - 1
    return [
        replace(d, corners_px=tuple((y, bottom - x) for x, y in d.corners_px))  # type: ignore[arg-type]  # four in, four out
        for d in sweep(turned, linear, px_per_mm=px_per_mm)
    ]


def _square(image: Grey, tags: Sequence[LocationTag], px_per_mm: float) -> list[Decoded]:
    side_px = min(tag.size_mm for tag in tags) * px_per_mm
    shrink = max(int(side_px / (MOST_MODULES * PX_PER_MODULE)), 1)
    height, width = (max(side // shrink * shrink, 1) for side in image.shape)
    small = image if shrink == 1 else resized(image[:height, :width], 1 / shrink)
    symbologies = sorted({tag.symbology for tag in tags})
    middle = (shrink - 1) / 2
    return [moved(d, middle, middle, shrink) for d in zxing_engine.read(small, symbologies, variant="tags")]
