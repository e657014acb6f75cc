"""The board that a camera is calibrated with: printed, and found again in photos."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.codes.grey import Grey
from vision.printing.paper import picture_as_pdf
from warehouse.errors import BadInputError

CHARUCO, CHESSBOARD = "charuco", "chessboard"
_MARKER_SHARE = 0.75
"""Side of a marker in squares."""
_DICTIONARY = cv2.aruco.DICT_5X5_1000
_MARGIN_SQUARES = 0.5

Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """A chessboard, with or without ArUco markers in its white squares (ChArUco, which may be seen in part)."""

    kind: str
    """`charuco` or `chessboard`."""
    squares: tuple[int, int]
    """Across and down, black and white ones."""
    square_mm: float

    def __post_init__(self) -> None:
        """Refuse boards that cannot be found in a photo."""
        if self.kind not in (CHARUCO, CHESSBOARD):
            raise BadInputError(
                f"--board: expected {CHARUCO} or {CHESSBOARD}, got {self.kind!r}", remedy="charuco is the better one"
            )
        if min(self.squares) < 4 or max(self.squares) > 40 or not 1.0 <= self.square_mm <= 1000.0:
            raise BadInputError(
                f"--squares {self.squares[0]}x{self.squares[1]}, --square-mm {self.square_mm:g}: no such board",
                remedy="count the squares across and down, 4 to 40 each, and measure one of them with a ruler",
            )

    def find(self, picture: Grey) -> tuple[Points, Points]:
        """Return inner corners of the board in a photo: on the board in millimetres (n, 3), in the picture (n, 2); n may be 0."""
        across, down = self.squares
        if self.kind == CHARUCO:
            corners, ids, _, _ = cv2.aruco.CharucoDetector(self._charuco()).detectBoard(picture)
            if ids is None or len(ids) == 0:
                return np.zeros((0, 3), np.float32), np.zeros((0, 2), np.float32)
            places = np.asarray(self._charuco().getChessboardCorners(), dtype=np.float32)[np.asarray(ids).ravel()]
            return places, np.asarray(corners, dtype=np.float32).reshape(-1, 2)
        flags = cv2.CALIB_CB_EXHAUSTIVE | cv2.CALIB_CB_ACCURACY | cv2.CALIB_CB_NORMALIZE_IMAGE
        is_found, corners = cv2.findChessboardCornersSB(picture, (across - 1, down - 1), flags=flags)
        if not is_found:
            return np.zeros((0, 3), np.float32), np.zeros((0, 2), np.float32)
        x, y = np.meshgrid(np.arange(across - 1), np.arange(down - 1))
        places = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=-1) * self.square_mm
        return places.astype(np.float32), np.asarray(corners, dtype=np.float32).reshape(-1, 2)

    def draw(self, px_per_square: int) -> Grey:
        """Return the board as it is to be printed, with a white margin of half a square."""
        across, down = self.squares
        if self.kind == CHARUCO:
            body = np.asarray(self._charuco().generateImage((across * px_per_square, down * px_per_square)), dtype=np.uint8)
        else:
            black = (np.add.outer(np.arange(down), np.arange(across)) % 2 == 0).astype(np.uint8)
            body = np.kron(1 - black, np.full((px_per_square, px_per_square), 255, dtype=np.uint8))
        return np.asarray(np.pad(body, round(_MARGIN_SQUARES * px_per_square), constant_values=255), dtype=np.uint8)

    def as_pdf(self) -> bytes:
        """Return a page of the board's own size, to be printed at 100 %."""
        width, height = ((n + 2 * _MARGIN_SQUARES) * self.square_mm for n in self.squares)
        return picture_as_pdf(board_png(self), (width, height))

    def _charuco(self) -> cv2.aruco.CharucoBoard:
        dictionary = cv2.aruco.getPredefinedDictionary(_DICTIONARY)
        return cv2.aruco.CharucoBoard(self.squares, self.square_mm, self.square_mm * _MARKER_SHARE, dictionary)


def board_png(board: Board) -> bytes:
    """Return the board as a PNG that says how large it is to be printed (the pHYs chunk)."""
    data = bytes(cv2.imencode(".png", board.draw(100))[1])
    per_metre = round(100 * 1000 / board.square_mm)
    body = b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1)
    return data[:33] + struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body)) + data[33:]
