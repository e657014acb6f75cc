"""The calibration board in photos: its corners in each, of the photos that one camera took one way up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.importing.own_frames import Progress
from vision.pictures.calibration_board import Board
from vision.pictures.exif import read_exif
from vision.pictures.opening import grey_from_bytes, read_bytes
from warehouse.errors import BadInputError

_MIN_CORNERS = 8

Points = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """The board as one photo shows it."""

    name: str
    on_board_mm: Points
    """(n, 3)."""
    in_picture_px: Points
    """(n, 2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A photo with the board in it."""

    view: View
    size_px: tuple[int, int]
    """Width, height, as turned by EXIF."""
    orientation: int
    """As EXIF says, 1 to 8."""


def find_views(
    files: Sequence[Path], board: Board, progress: Progress | None = None
) -> tuple[list[View], tuple[int, int], list[str]]:
    """Return the board's corners in each photo, the size (width, height) of the photos, and what is wrong with the others.

    The photos are turned by their EXIF, as `read` turns those of a flight. Only those of the size and the orientation that most
    have are kept: turned by 180 degrees the optical centre lies on the other side of the middle.
    """
    found: list[_Found] = []
    faults: list[str] = []
    for done, path in enumerate(files, start=1):
        try:
            found.append(_find(path, board))
        except BadInputError as error:
            faults.append(error.what)
        finally:
            if progress:
                progress(done, len(files))
    if not found:
        return [], (0, 0), faults
    (size, orientation), _ = Counter((one.size_px, one.orientation) for one in found).most_common(1)[0]
    kept = []
    for one in found:
        own, name = one.size_px, one.view.name
        if own != size:
            faults.append(f"{name}: is {own[0]} x {own[1]} pixels, most of the photos {size[0]} x {size[1]}")
        elif one.orientation != orientation:
            faults.append(f"{name}: its EXIF turns it another way ({one.orientation}) than most of the photos ({orientation})")
        else:
            kept.append(one.view)
    return kept, size, faults


def _find(path: Path, board: Board) -> _Found:
    """Return the board in a photo; BadInputError when there is no picture, or no board to speak of in it."""
    data = read_bytes(path)
    picture = grey_from_bytes(data, str(path))
    on_board, in_picture = board.find(picture)
    if len(in_picture) < _MIN_CORNERS or np.linalg.matrix_rank(on_board[:, :2] - on_board[:, :2].mean(axis=0), tol=1e-3) < 2:
        raise BadInputError(f"{path}: the board is not seen well enough", remedy="take it again, sharp and in good light")
    view = View(name=str(path), on_board_mm=on_board, in_picture_px=in_picture)
    return _Found(view=view, size_px=(picture.shape[1], picture.shape[0]), orientation=read_exif(data).orientation)
