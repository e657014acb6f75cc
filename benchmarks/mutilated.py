"""10,000 mutilated picture files through `decode_file`: no crash, no hang, each refused one named.

    python -m benchmarks.mutilated --files 10000

Sound pictures of one label, of every kind that is read, are harmed in seeded ways. A child process with limited memory takes them
one by one; the parent counts what became of each, and starts another child when one dies or is silent for too long. What libjpeg
and libpng print about damage goes to stderr.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import struct
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil
from numpy.random import Generator

from benchmarks.machine import describe_machine
from vision.pictures.decoding import decode_file
from vision.pictures.opening import load_grey
from warehouse.errors import BadInputError

RESULT = Path(__file__).parent / "results" / "mutilated.json"
MEMORY_BYTES = 2_000_000_000
"""Address space that a child may take, libraries included."""
PATIENCE_S = 60.0
"""A file that takes more processor time, or ten times as long by the clock, counts as a hang."""
TEXT = "LP00123456"


def label() -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Return a grey picture of a QR code among noise, small enough that 10,000 take minutes."""
    rng = np.random.default_rng(0)
    picture = rng.normal(150, 12, (180, 240)).clip(0, 255).astype(np.uint8)
    code = np.asarray(cv2.QRCodeEncoder.create().encode(TEXT), dtype=np.uint8)
    code = cv2.resize(code, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST).astype(np.uint8)
    picture[30 : 30 + code.shape[0], 60 : 60 + code.shape[1]] = code
    return picture


def sound_files() -> dict[str, bytes]:
    """Return whole files by name: the kinds that are read, grey, colour, 16 bits, progressive, with and without EXIF."""
    grey = label()
    colour = np.dstack([grey, grey, grey])
    quality = [cv2.IMWRITE_JPEG_QUALITY, 90]
    files = {f"grey{s}": bytes(cv2.imencode(s, grey)[1]) for s in (".jpg", ".png", ".webp", ".tiff", ".bmp")}
    files |= {f"colour{s}": bytes(cv2.imencode(s, colour)[1]) for s in (".jpg", ".png", ".webp", ".tiff", ".bmp")}
    files |= {f"deep{s}": bytes(cv2.imencode(s, grey.astype(np.uint16) << 4)[1]) for s in (".png", ".tiff")}
    files["alpha.png"] = bytes(cv2.imencode(".png", np.dstack([colour, grey]))[1])
    files["layers.jpg"] = bytes(cv2.imencode(".jpg", colour, [*quality, cv2.IMWRITE_JPEG_PROGRESSIVE, 1])[1])
    files["restarts.jpg"] = bytes(cv2.imencode(".jpg", colour, [*quality, cv2.IMWRITE_JPEG_RST_INTERVAL, 4])[1])
    files["exif.jpg"] = with_exif(files["grey.jpg"], 1)
    return files


def with_exif(jpeg: bytes, orientation: int, *, n_entries: int = 1, first: int = 8) -> bytes:
    """Return a JPEG with an EXIF block that may lie about its entries and their place."""
    block = b"MM\0*" + struct.pack(">IHHHIHH", first, n_entries, 0x0112, 3, 1, orientation, 0) + bytes(4)
    body = b"Exif\0\0" + block
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + jpeg[2:]


def png_bomb(width: int, height: int, n_idat: int) -> bytes:
    """Return a PNG that claims any size and unpacks to `n_idat` zero bytes."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(bytes(n_idat), 9)) + chunk(b"IEND", b"")


def bomb(rng: Generator, data: bytes, _: dict[str, bytes]) -> bytes:
    """Claim up to 4 gigapixels, or unpack to far more than the size says."""
    which = int(rng.integers(4))
    if which == 0:
        return png_bomb(int(rng.integers(9_000, 65_000)), int(rng.integers(9_000, 65_000)), 1_000_000)
    if which == 1:
        return png_bomb(1, 1, 50_000_000)
    sizes = [i for i in range(len(data) - 8) if data[i] == 0xFF and data[i + 1] in (0xC0, 0xC2)] if data[:2] == b"\xff\xd8" else []
    if sizes:
        return data[: sizes[0] + 5] + struct.pack(">HH", *rng.integers(1, 65535, 2).tolist()) + data[sizes[0] + 9 :]
    if data[:2] == b"BM":
        return data[:18] + struct.pack("<ii", *rng.integers(-100_000, 100_000, 2).tolist()) + data[26:]
    if data[8:12] == b"WEBP":
        return data[:26] + struct.pack("<HH", *rng.integers(1, 16383, 2).tolist()) + data[30:]
    return png_bomb(int(rng.integers(1, 3000)), int(rng.integers(1, 3000)), int(rng.integers(1, 1_000_000)))


def cut(rng: Generator, data: bytes, _: dict[str, bytes]) -> bytes:
    """Keep only a beginning."""
    return data[: int(rng.integers(0, len(data)))]


def flip(rng: Generator, data: bytes, _: dict[str, bytes]) -> bytes:
    """Change up to 40 bytes anywhere."""
    harmed = bytearray(data)
    for at in rng.integers(0, len(data), int(rng.integers(1, 41))):
        harmed[at] = int(rng.integers(256))
    return bytes(harmed)


def flip_header(rng: Generator, data: bytes, _: dict[str, bytes]) -> bytes:
    """Change up to 8 of the first 160 bytes."""
    harmed = bytearray(data)
    for at in rng.integers(0, min(160, len(data)), int(rng.integers(1, 9))):
        harmed[at] = int(rng.integers(256))
    return bytes(harmed)


def zero(rng: Generator, data: bytes, _: dict[str, bytes]) -> bytes:
    """Blank a stretch, as a bad card does."""
    start = int(rng.integers(0, len(data)))
    end = min(len(data), start + int(rng.integers(1, len(data))))
    return data[:start] + bytes(end - start) + data[end:]


def insert(rng: Generator, data: bytes, _: dict[str, bytes]) -> bytes:
    """Push noise in between."""
    at = int(rng.integers(0, len(data)))
    return data[:at] + rng.bytes(int(rng.integers(1, 2000))) + data[at:]


def swap_type(rng: Generator, data: bytes, files: dict[str, bytes]) -> bytes:
    """Join the beginning of one kind to the rest of another, or give something that is no picture."""
    if rng.random() < 0.3:
        others = (
            b"",
            b"\0",
            b"frame,time\n1,2\n" * 50,
            b"%PDF-1.7\n" * 20,
            b"GIF89a" + bytes(50),
            b"<svg/>",
            rng.bytes(3000),
            bytes(5000),
        )
        return others[int(rng.integers(len(others)))]
    other = list(files.values())[int(rng.integers(len(files)))]
    at = int(rng.integers(2, 64))
    return other[:at] + data[at:]


def lie_in_exif(rng: Generator, _: bytes, files: dict[str, bytes]) -> bytes:
    """Turn to orientations that do not exist; point and count out of the file."""
    first = int(rng.choice([0, 8, 9, 0xFFFFFFF0, 0x7FFFFFFF]))
    jpeg = files["grey.jpg"]
    return with_exif(jpeg, int(rng.choice([0, 3, 6, 9, 255, 65535])), n_entries=int(rng.choice([0, 1, 2, 65535])), first=first)


def one_pixel(rng: Generator, _: bytes, __: dict[str, bytes]) -> bytes:
    """Give pictures of a pixel, or one pixel high or wide."""
    shape = (1, 1) if rng.random() < 0.4 else (1, int(rng.integers(1, 4000)))
    suffix = str(rng.choice([".jpg", ".png", ".webp", ".tiff", ".bmp"]))
    return bytes(cv2.imencode(suffix, np.full(shape[:: int(rng.choice([-1, 1]))], 7, dtype=np.uint8))[1])


HARMS: tuple[Callable[[Generator, bytes, dict[str, bytes]], bytes], ...] = (
    *(cut, flip, flip_header, zero, insert, swap_type, bomb, lie_in_exif, one_pixel),
)


def harmed_file(number: int, files: dict[str, bytes]) -> tuple[str, str, bytes]:
    """Return how the file of this number is harmed, its name, and its bytes."""
    rng = np.random.default_rng([2026, number])
    harm = HARMS[number % len(HARMS)]
    name = list(files)[int(rng.integers(len(files)))]
    return harm.__name__, f"{number:05d}-{name}", harm(rng, files[name], files)


def outcome_of(path: Path) -> str:
    """Return what became of one file, in a word or two."""
    try:
        load_grey(path, shrink=8)
        found = {d.text for d in decode_file(path)}
    except BadInputError as error:
        if str(path) not in error.what or not error.remedy:
            return "refused without its name"
        return f"refused: {reason_of(error.what.replace(str(path), ''))}"
    except Exception as error:
        return f"fault of the program: {type(error).__name__}"
    if found == {TEXT}:
        return "read"
    return "picture, nothing to read" if not found else "wrong text"


def reason_of(what: str) -> str:
    """Return the kind of refusal."""
    kinds = (
        "cut short",
        "zeros in its place",
        "empty",
        "too many",
        "layers",
        "it says that it is",
        "expected JPEG",
        "damaged",
        "memory",
        "no photograph",
    )
    return next((kind for kind in kinds if kind in what), "other words")


def child(pipe: Connection, first: int, last: int, folder: str) -> None:
    """Take the files one by one, and say before and after each which it is."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    cv2.setNumThreads(1)
    files = sound_files()
    for number in range(first, last):
        harm, name, data = harmed_file(number, files)
        path = Path(folder) / name
        path.write_bytes(data)
        pipe.send((number, harm, ""))
        outcome = outcome_of(path)
        path.unlink()
        pipe.send((number, harm, outcome))
    pipe.send((last, "", str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)))


def _is_heard(pipe: Connection, pid: int) -> bool:
    """Wait for the child's next word; return whether it came before patience ended."""
    before, began = _cpu_s(pid), time.monotonic()
    while not pipe.poll(2.0):
        if _cpu_s(pid) - before > PATIENCE_S or time.monotonic() - began > 10 * PATIENCE_S:
            return False
    return True


def _cpu_s(pid: int) -> float:
    try:
        times = psutil.Process(pid).cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def measure(n_files: int, first: int = 0) -> dict[str, Any]:
    """Return counts of outcomes by harm, and the largest memory of a child in MB."""
    counts: Counter[tuple[str, str]] = Counter()
    peak_kb, at = 0, first
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        while at < first + n_files:
            ours, theirs = context.Pipe()
            process = context.Process(target=child, args=(theirs, at, first + n_files, folder))
            process.start()
            theirs.close()
            harm, ending = "", "hang"
            try:
                while _is_heard(ours, process.pid or 0):
                    number, harm, outcome = ours.recv()
                    if number == first + n_files:
                        peak_kb, at, ending = max(peak_kb, int(outcome)), number, ""
                        break
                    if outcome:
                        counts[harm, outcome] += 1
                        at = number + 1
            except EOFError:
                ending = "crash"
            process.kill() if ending == "hang" else None
            process.join()
            if ending:
                counts[harm, ending] += 1
                print(f"file {at}: {ending}", file=sys.stderr)
                at += 1
    outcomes = Counter[str]()
    for (_, outcome), n in counts.items():
        outcomes[outcome] += n
    by_harm = {harm.__name__: {o: n for (h, o), n in sorted(counts.items()) if h == harm.__name__} for harm in HARMS}
    return {
        "files": n_files,
        "outcomes": dict(sorted(outcomes.items())),
        "by_harm": by_harm,
        "peak_memory_mb": round(peak_kb / 1024),
    }


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--out", type=Path, default=None)
    options = parser.parse_args()
    result = {"machine": describe_machine(), **measure(options.files, options.first)}
    print(json.dumps(result, indent=1))
    if options.out is not None:
        options.out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
