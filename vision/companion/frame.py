"""A frame of a camera, with the time when it came and what is known of its age."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.pictures.header import read_header
from vision.pictures.opening import MAX_PIXELS


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame: pixels, or a JPEG that is unpacked only when it is wanted."""

    time_s: float
    """When it came, by `time.monotonic`; with a time of its own, when it would have come had nothing held it up."""
    lag_s: float
    """By so much earlier than `time_s` it may have come but for what held it up; infinite: nothing tells."""
    image: NDArray[np.uint8] | None = None
    """(height, width, 3), blue first."""
    jpeg: bytes = b""

    @property
    def n_bytes(self) -> int:
        """What it takes in memory."""
        return len(self.jpeg) if self.image is None else self.image.nbytes

    @property
    def jpeg_size_px(self) -> tuple[int, int] | None:
        """Width and height of the JPEG; None when it is cut short, has a hole, is too large, or none."""
        header = read_header(self.jpeg)
        if header is None or header.kind != "JPEG" or not 0 < header.n_pixels <= MAX_PIXELS:
            return None
        return None if header.is_cut_short or header.has_hole else header.size_px

    def unpacked(self) -> NDArray[np.uint8] | None:
        """Return its pixels (height, width, 3), blue first; None when the JPEG is damaged."""
        if self.image is not None or self.jpeg_size_px is None:
            return self.image
        image = cv2.imdecode(np.frombuffer(self.jpeg, dtype=np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        return None if image is None else np.asarray(image, dtype=np.uint8)
