"""Pictures that something else took: found by folder, pattern or name, and judged before they become frames of a run."""

from __future__ import annotations

import glob
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from vision.pictures.exif import read_exif
from vision.pictures.header import SUFFIXES
from vision.pictures.opening import read_bytes, sound_header
from warehouse.camera import CameraModel
from warehouse.errors import BadInputError

VIDEO_SUFFIXES = (".mp4", ".mov", ".avi", ".mkv", ".m4v", ".webm")
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPicture:
    """One picture file, as its header and EXIF describe it."""

    path: Path
    size_px: tuple[int, int]
    """As turned by EXIF."""
    utc_s: float | None
    """When it was taken, if the camera wrote it down."""
    n_bytes: int


def find_files(source: str) -> tuple[list[Path], Path | None]:
    """Return the picture files that a folder, a pattern such as `DCIM/*.JPG` or a name stands for, or else the one video.

    Folders are searched to the bottom; hidden files and folders, and other kinds of files in them, are passed over. In the order of
    their names, numbers by value.
    """
    path = Path(source)
    if path.is_dir():
        shown = [p for p in path.rglob("*") if not any(part.startswith(".") for part in p.relative_to(path).parts)]
        files = [p for p in shown if p.suffix.lower() in SUFFIXES]
        videos = [p for p in shown if p.suffix.lower() in VIDEO_SUFFIXES]
        if not files and len(videos) == 1:
            return [], videos[0]
        if not files and videos:
            raise BadInputError(f"{source}: {len(videos)} videos in it", remedy="import one video at a time")
    elif path.exists():
        files = [path]
    else:
        found = glob.glob(source, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
        files = [Path(p) for p in found if not Path(p).is_dir()]
    if len(files) == 1 and files[0].suffix.lower() in VIDEO_SUFFIXES:
        return [], files[0]
    if not files:
        kinds = ", ".join(suffix.removeprefix(".") for suffix in (*SUFFIXES, *VIDEO_SUFFIXES))
        raise BadInputError(f"{source}: no pictures there", remedy=f"give a folder, a pattern in quotes, or a file; {kinds}")
    return sorted(files, key=lambda p: natural_key(str(p))), None


def natural_key(text: str) -> tuple[tuple[int, int | str], ...]:
    """Return a key by which IMG_9 comes before IMG_10."""
    parts = re.split(r"([0-9]+)", text.casefold())
    return tuple((0, int(part)) if part.isdecimal() else (1, part) for part in parts if part)


def describe_some(files: Sequence[Path], progress: Progress | None) -> tuple[list[OwnPicture], list[str]]:
    """Return the sound pictures among files, and what is wrong with the others; BadInputError when none is sound.

    Of files that are the same byte for byte the first one counts: two copies of a photo are one witness.
    """
    pictures: list[OwnPicture] = []
    first: dict[bytes, Path] = {}
    faults: list[str] = []
    for done, path in enumerate(files, start=1):
        try:
            data = read_bytes(path)
            header = sound_header(data, str(path))
        except BadInputError as error:
            faults.append(error.what)
            continue
        finally:
            if progress:
                progress(done, len(files))
        same = first.setdefault(hashlib.blake2b(data, digest_size=16).digest(), path)
        if same is not path:
            faults.append(f"{path}: is a copy of {same}")
            continue
        exif = read_exif(data)
        width, height = header.size_px
        size = (height, width) if exif.orientation >= 5 else (width, height)
        pictures.append(OwnPicture(path=path, size_px=size, utc_s=exif.utc_s, n_bytes=len(data)))
    if not pictures:
        lines = "\n  ".join(faults[:10])
        raise BadInputError(f"none of the {len(files)} files is a picture that can be read\n  {lines}", remedy="give photographs")
    return pictures, faults


def fault_of_size(size_px: tuple[int, int], camera: CameraModel) -> str:
    """Return why a picture of this size does not fit the camera; empty when it does, larger or smaller in one piece included."""
    try:
        camera.resized(size_px)
    except ValueError:
        width, height = camera.size_px
        words = (
            f"the picture is {size_px[0]} x {size_px[1]} pixels, but the {camera.side} camera of site.toml takes {width} x {height}"
        )
        try:
            camera.resized((size_px[1], size_px[0]))
        except ValueError:
            return words
        return f"{words}: it is turned by a quarter"
    return ""
