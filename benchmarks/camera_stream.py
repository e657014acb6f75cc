"""How many frames of a network camera this computer keeps up with: the reader of `fly --camera http://…` against OpenCV's.

    python -m benchmarks.camera_stream PHOTO [--rates 10 30] [--seconds 5]

A process of its own serves the photo as MJPEG on the loopback interface, so many times a second. For each rate: frames a second
that came, how many of those with an age known within the tolerance, the share of one core that it took, and the same of OpenCV,
which unpacks every frame and does not say how old it is. Writes benchmarks/results/camera_stream.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import cv2

from benchmarks.machine import describe_machine
from sitl.mjpeg_server import MjpegServer
from vision.companion.frame import Frame
from vision.companion.stream import Source, Stream
from warehouse.companion_camera import TOLERANCE_S
from warehouse.run_folder import write_atomically

RESULTS = Path(__file__).parent / "results"
_SETTLED_S = 2.0


def main() -> None:
    """Serve, read, count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("photo", type=Path)
    parser.add_argument("--rates", type=float, nargs="+", default=[10.0, 30.0])
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--serve", type=float, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.serve:
        serve(args.photo, args.serve)
        return
    rows = []
    for rate_hz in args.rates:
        command = [sys.executable, "-m", "benchmarks.camera_stream", str(args.photo), "--serve", str(rate_hz)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            url = server.stdout.readline().strip()
            rows.append({"sent_hz": rate_hz, "own": of_own_reader(url, args.seconds), "opencv": of_opencv(url, args.seconds)})
            server.terminate()
    image = cv2.imread(str(args.photo))
    assert image is not None
    result = {
        **describe_machine(),
        "load_average": round(os.getloadavg()[0], 1),
        "size_px": [image.shape[1], image.shape[0]],
        "n_bytes": args.photo.stat().st_size,
        "streams": rows,
    }
    write_atomically(RESULTS / "camera_stream.json", json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


def serve(photo: Path, rate_hz: float) -> None:
    """Serve until the one who began it ends it."""
    jpeg = photo.read_bytes()
    with MjpegServer(lambda: jpeg, rate_hz=rate_hz) as server:
        print(server.url, flush=True)
        sys.stdin.read()


def of_own_reader(url: str, seconds: float) -> dict[str, float]:
    """Return what the program's reader got."""
    lags_s: list[float] = []

    def take(frame: Frame) -> None:
        lags_s.append(frame.lag_s)

    stream = Stream(Source.of(url), take)
    time.sleep(_SETTLED_S)
    lags_s.clear()
    began_s, cpu_s = time.monotonic(), time.process_time()
    time.sleep(seconds)
    lasted_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
    got = list(lags_s)
    stream.close()
    return {
        "frames_hz": round(len(got) / lasted_s, 1),
        "of_known_age_hz": round(sum(lag_s <= TOLERANCE_S for lag_s in got) / lasted_s, 1),
        "share_of_a_core": round(cpu_s / lasted_s, 3),
    }


def of_opencv(url: str, seconds: float) -> dict[str, float]:
    """Return what OpenCV got, reading without a pause."""
    capture = cv2.VideoCapture(url, cv2.CAP_FFMPEG)
    began_s, cpu_s, n = time.monotonic(), time.process_time(), 0
    while time.monotonic() < began_s + seconds and capture.read()[0]:
        n += 1
    lasted_s, cpu_s = time.monotonic() - began_s, time.process_time() - cpu_s
    capture.release()
    return {"frames_hz": round(n / lasted_s, 1), "share_of_a_core": round(cpu_s / lasted_s, 3)}


if __name__ == "__main__":
    main()
