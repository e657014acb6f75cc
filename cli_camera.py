"""The commands about the camera: print a calibration board, and calibrate with photos of it."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli_options import err, out, progress_bar
from warehouse.errors import BadInputError
from warehouse.run_folder import write_atomically

camera_app = typer.Typer(help="Calibrate a camera.", no_args_is_help=True)


class BoardKind(StrEnum):
    """What kind of board."""

    CHARUCO = "charuco"
    CHESSBOARD = "chessboard"


class LensKind(StrEnum):
    """How many coefficients describe the lens."""

    NORMAL = "normal"
    WIDE = "wide"
    FISHEYE = "fisheye"


BoardOption = Annotated[BoardKind, typer.Option("--board", help="charuco may stand partly outside the picture.")]
SquaresOption = Annotated[str, typer.Option("--squares", help="Squares across and down, black and white ones.")]
SquareOption = Annotated[float, typer.Option("--square-mm", help="Side of a square in millimetres, measured on the print.")]


def squares_of(text: str) -> tuple[int, int]:
    """Return 9 and 6 of `9x6`."""
    found = re.fullmatch(r"([0-9]{1,3})[x×X]([0-9]{1,3})", text)
    if found is None:
        raise BadInputError(f"--squares: {text!r} is no number of squares", remedy="write them as 9x6: across, then down")
    return int(found[1]), int(found[2])


@camera_app.command("board")
def camera_board(
    target: Annotated[Path, typer.Option("--out", help="PDF or PNG file to write.")] = Path("board.pdf"),
    board: BoardOption = BoardKind.CHARUCO,
    squares: SquaresOption = "9x6",
    square_mm: SquareOption = 30.0,
) -> None:
    """Make a board to print at 100 % and glue onto something flat.

    Example: `aislescan camera board --out board.pdf`
    """
    from vision.pictures.calibration_board import Board, board_png

    drawn = Board(kind=str(board), squares=squares_of(squares), square_mm=square_mm)
    if target.suffix.lower() not in (".pdf", ".png"):
        raise BadInputError(f"{target}: expected a name that ends in .pdf or .png", remedy="for instance: --out board.pdf")
    write_atomically(target, drawn.as_pdf() if target.suffix.lower() == ".pdf" else board_png(drawn))
    width, height = ((n + 1) * square_mm / 10 for n in drawn.squares)
    out.print(f"Made {target}, {width:.0f} x {height:.0f} cm. Print it at 100 %, measure a square, and give that as --square-mm.")


@camera_app.command("calibrate")
def camera_calibrate(
    pictures: Annotated[str, typer.Option("--pictures", help="Folder, or pattern in quotes, of photos of the board.")],
    board: BoardOption = BoardKind.CHARUCO,
    squares: SquaresOption = "9x6",
    square_mm: SquareOption = 30.0,
    lens: Annotated[LensKind, typer.Option("--lens", help="wide: eight coefficients; fisheye: more than 120 degrees.")] = (
        LensKind.NORMAL
    ),
    target: Annotated[Path | None, typer.Option("--out", help="TOML file for the lines of [camera].")] = None,
) -> None:
    """Find size, focal length, centre and distortion of a camera from 10 to 30 photos of a board.

    Example: `aislescan camera calibrate --pictures calibration/ --board charuco --squares 9x6 --square-mm 30`
    """
    from vision.importing.own_frames import find_files
    from vision.pictures.calibration import GOOD_RMS_PX, MIXED_GAIN, calibrate
    from vision.pictures.calibration_board import Board

    wanted = Board(kind=str(board), squares=squares_of(squares), square_mm=square_mm)
    files, video = find_files(pictures)
    if video is not None:
        raise BadInputError(f"{video}: a video", remedy="give single photos of the board")
    with progress_bar("finding the board") as show:
        found = calibrate(files, wanted, lens=str(lens), progress=show)
    for fault in found.faults:
        err.print(f"left out: {fault}")
    for view in found.views:
        out.print(f"  {view.name}: {view.n_corners} corners, off by {view.rms_px:.2f} px, tilted {view.tilt_deg:.0f} degrees")
    out.print(
        f"{len(found.views)} photos, off by {found.rms_px:.2f} pixels (below {GOOD_RMS_PX:g} is good); focal length known to"
        f" {100 * found.focal_sigma:.2f} %; the board stood in {100 * found.coverage:.0f} % of the picture."
    )
    if found.gain_alone > MIXED_GAIN:
        err.print(
            f"doubtful: each photo would fit {found.gain_alone:.1f} times better with a focal length and a centre of its own."
            " Are all photos of one camera, at one focus and zoom, none of them cropped or turned, and is the board flat?"
        )
    elif found.rms_px > GOOD_RMS_PX:
        worst = max(found.views, key=lambda view: view.rms_px)
        err.print(
            f"doubtful: sharp photos of a flat board leave less than {GOOD_RMS_PX:g} pixels; the worst photo is {worst.name}"
            f" ({worst.rms_px:.2f}). Is the board flat, and would --lens wide fit better?"
        )
    out.print("Put these lines into [camera] of site.toml, in the place of those that are there:\n")
    out.print(found.as_toml())
    if target is not None:
        write_atomically(target, found.as_toml())
