"""A network camera that speaks RTSP, to try `aislescan fly --camera rtsp://…` with: H.264 by GStreamer's own server.

    /usr/bin/python3 benchmarks/rtsp_server.py [--rate 8] [--size 3840 2400] [--gop 1] [--user U --password P] ...

It prints its address, then shows the JPEG whose path is written to its standard input, a line each, until that ends. A line
`cut` breaks all connections and closes the port, `mend` opens it again. Needs, on Debian and Ubuntu: python3-gi
gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good (JPEG, RTP) gstreamer1.0-plugins-ugly (x264).
It imports nothing but GStreamer and the standard library: it runs under the Python of the system, which has these.

As cameras do: H.264 without B frames, a clock of its own in the RTP times (90 kHz), sender reports of RTCP, and with `--audio` a
track of sound beside the pictures, which ties the times of both to those reports. With a rate of its own (not a variable one), or
x264 keeps each frame until the next. With `--slices` the parameter sets stand before each slice: FFmpeg takes each for a picture.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from pathlib import Path
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

PATH = "/live"
_HURRY_LEAST_S = 0.02
"""Two frames are never nearer than this."""


class Picture:
    """What is shown: an I420 buffer of the size of the stream."""

    def __init__(self, size_px: tuple[int, int]) -> None:
        """Begin with a grey picture."""
        self._width, self._height = size_px
        n = self._width * self._height
        self.buffer = Gst.Buffer.new_wrapped(bytes([120]) * n + bytes([128]) * (n // 2))

    def show(self, jpeg: Path) -> None:
        """Unpack a JPEG, at the size of the stream; a name in .i420 is that of pixels which are so already."""
        if jpeg.suffix == ".i420":
            self.buffer = Gst.Buffer.new_wrapped(jpeg.read_bytes())
            return
        pipeline = Gst.parse_launch(
            f'filesrc location="{jpeg}" ! jpegdec ! videoscale ! videoconvert ! '
            f"video/x-raw,format=I420,width={self._width},height={self._height} ! appsink name=sink sync=false"
        )
        pipeline.set_state(Gst.State.PLAYING)
        sample = pipeline.get_by_name("sink").emit("pull-sample")
        pipeline.set_state(Gst.State.NULL)
        if sample is None:
            print(f"{jpeg}: cannot be unpacked", file=sys.stderr, flush=True)
            return
        self.buffer = sample.get_buffer()


class Camera:
    """Films the picture at a rate into every connection, and at once when it is hurried."""

    def __init__(self, picture: Picture, rate_hz: float) -> None:
        """Film from a thread."""
        self._picture, self._period_s = picture, 1 / rate_hz
        self._sources: list[Any] = []
        self._lock = threading.Lock()
        self._news = threading.Condition()
        threading.Thread(target=self._film, daemon=True).start()

    def configure(self, _factory: Any, media: Any) -> None:
        """Take a connection's pipeline."""
        source = media.get_element().get_by_name("pictures")
        media.connect("unprepared", lambda _: self._forget(source))
        with self._lock:
            self._sources.append(source)

    def hurry(self) -> None:
        """Film now."""
        with self._news:
            self._news.notify_all()

    def _forget(self, source: Any) -> None:
        with self._lock:
            self._sources = [each for each in self._sources if each is not source]

    def _film(self) -> None:
        due_s = time.monotonic()
        while True:
            with self._lock:
                sources = list(self._sources)
            for source in sources:
                shown = self._picture.buffer.copy()  # of the same memory
                shown.pts = shown.dts = shown.duration = Gst.CLOCK_TIME_NONE
                source.emit("push-buffer", shown)
            began_s, due_s = time.monotonic(), max(due_s + self._period_s, time.monotonic())
            with self._news:
                if self._news.wait(due_s - time.monotonic()):
                    due_s = time.monotonic()
            time.sleep(max(0.0, began_s + _HURRY_LEAST_S - time.monotonic()))


def pipeline_of(args: argparse.Namespace) -> str:
    """Return the pipeline of a connection, as gst-launch writes it."""
    width, height = args.size
    text = (
        "( appsrc name=pictures is-live=true do-timestamp=true format=time max-buffers=2 leaky-type=downstream "
        f"caps=video/x-raw,format=I420,width={width},height={height},framerate={round(1000 * args.rate)}/1000 ! "
        f"x264enc tune=zerolatency speed-preset=ultrafast key-int-max={args.gop} pass=quant quantizer={args.quantizer} "
        f"bitrate={args.kbit} threads=1 option-string=slices={args.slices} ! "
        "video/x-h264,profile=baseline,stream-format=avc,alignment=au ! "
        f"rtph264pay name=pay0 pt=96 config-interval={-1 if args.slices > 1 else 1}"
    )
    if args.audio:
        text += " audiotestsrc is-live=true ! alawenc ! rtppcmapay name=pay1 pt=8"
    return text + " )"


def main() -> None:
    """Serve until the standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=8.0)
    parser.add_argument("--size", type=int, nargs=2, default=(3840, 2400))
    parser.add_argument("--gop", type=int, default=1, help="every so many frames a whole one; 1: every frame")
    parser.add_argument(
        "--slices", type=int, default=1, help="a picture; more: each slice as if it were a picture, as bad servers do"
    )
    parser.add_argument("--quantizer", type=int, default=20)
    parser.add_argument("--kbit", type=int, default=100_000)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--user", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--audio", action="store_true")
    args = parser.parse_args()
    Gst.init(None)
    picture = Picture(tuple(args.size))
    camera = Camera(picture, args.rate)
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service=str(args.port))
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(pipeline_of(args))
    factory.set_shared(True)
    factory.connect("media-configure", camera.configure)
    if args.user:
        lock(server, factory, args.user, args.password)
    server.get_mount_points().add_factory(PATH, factory)
    source = server.attach(None)
    port, loop = server.get_bound_port(), GLib.MainLoop()
    print(f"rtsp://127.0.0.1:{port}{PATH}", flush=True)

    def obey() -> None:
        nonlocal source
        for line in sys.stdin:
            word = line.strip()
            if word == "cut":
                GLib.idle_add(cut)
            elif word == "mend":
                GLib.idle_add(mend)
            elif word:
                picture.show(Path(word))
                camera.hurry()
        loop.quit()

    def cut() -> None:
        nonlocal source
        GLib.source_remove(source)
        server.client_filter(lambda *_: GstRtspServer.RTSPFilterResult.REMOVE)

    def mend() -> None:
        nonlocal source
        server.set_service(str(port))
        source = server.attach(None)

    threading.Thread(target=obey, daemon=True).start()
    loop.run()


def lock(server: Any, factory: Any, user: str, password: str) -> None:
    """Let only those in who know the password."""
    auth, token = GstRtspServer.RTSPAuth(), GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "watcher")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    permissions = GstRtspServer.RTSPPermissions()
    permissions.add_role("watcher")
    permissions.add_permission_for_role("watcher", "media.factory.access", True)
    permissions.add_permission_for_role("watcher", "media.factory.construct", True)
    factory.set_permissions(permissions)


if __name__ == "__main__":
    main()
