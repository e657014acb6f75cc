"""Picture files to their barcodes, several at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2

from vision.codes.decode import decode
from vision.codes.decoded import Decoded
from vision.pictures.opening import load_grey


def decode_file(path: Path, *, symbologies: tuple[str, ...] | None = None) -> tuple[Decoded, ...]:
    """Return the barcodes in a picture file; BadInputError as `load_grey`."""
    return decode(load_grey(path), symbologies=symbologies)


def decode_files(paths: Sequence[Path], *, workers: int | None = None) -> Iterator[tuple[Path, tuple[Decoded, ...] | Exception]]:
    """Yield each picture file with its barcodes, or with what went wrong with it, in the order given.

    `workers` pictures are worked on at a time, None is one for each core: threads, since engines and OpenCV work without
    Python's lock. What is read does not depend on their number.
    """
    n_workers = min(workers or os.cpu_count() or 1, len(paths))
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # of so small pictures, dividing one costs more than it gives
    pool = ThreadPoolExecutor(n_workers) if n_workers > 1 else None
    try:
        yield from zip(paths, (pool.map if pool else map)(_tried, paths), strict=True)
    finally:
        cv2.setNumThreads(threads)
        if pool:
            pool.shutdown(wait=False, cancel_futures=True)


def _tried(path: Path) -> tuple[Decoded, ...] | Exception:
    try:
        return decode_file(path)
    except Exception as error:  # whatever one picture does to a decoder, the others are still decoded
        return error
