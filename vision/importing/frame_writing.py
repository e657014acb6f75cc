"""What every way of bringing frames into a run shares: names, records, files taken over."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from vision.importing.own_frames import Progress
from warehouse.camera import CameraModel
from warehouse.pose_track import PoseLog, TimedPose
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site

_PIECE_BYTES = 4 * 2**20
SIZE_REMEDY = "put this camera's size, focal length and distortion into [camera] of site.toml; aislescan camera calibrate finds it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """How the frames' time and the log's belong together, as far as the person said so."""

    starts_at_s: float | None = None
    """Seconds from 1970 UTC: of a video when it began, of pictures when a log that does not know the time of day stood at zero."""
    offset_s: float | None = None
    """Added to the frames' times before their poses are looked up; of a video that nothing else times, when it began after the
    first pose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be imported where, handed from step to step."""

    run: RunFolder
    site: Site
    sortie: str
    log: PoseLog
    side: str | None = None
    """Which camera took the frames, as far as the person said so."""
    clocks: Clocks = field(default_factory=Clocks)
    progress: Progress | None = None

    def camera(self, timed: TimedPose | None = None) -> CameraModel:
        """Return the camera that took a frame: the log knows best, then the person, then the site has only one."""
        side = (timed.camera if timed else "") or self.side or self.site.cameras[0].side
        return next(c for c in self.site.cameras if c.side == side)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What came of the pictures or of a video, before it is written down."""

    records: list[FrameRecord]
    how: str
    """How pictures and poses were matched, for a person."""
    faults: list[str]
    """What was left out, each with its reason."""
    dated: str = ""
    """For a person: by what the frames have their time of day, where neither poses nor person said it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportSummary:
    """What was brought in."""

    sortie: str
    n_frames: int
    n_facing: int
    """Frames whose lens looks at a rack face."""
    how: str
    """How pictures and poses were matched."""
    faults: tuple[str, ...]
    """What was left out, each with its reason."""
    dated: str = ""
    """By what the frames of a video have their time of day, where neither poses nor person said it."""


def frame_record(order: Order, path: Path, *, timed: TimedPose, utc_s: float, size_px: tuple[int, int], source: str) -> FrameRecord:
    """Return the record of an imported frame, which lies at `path` in the run and came from `source`."""
    camera = order.camera(timed)
    x, y, z = timed.pose.position_m
    return FrameRecord(
        frame=f"{order.sortie}/{path.stem}",
        sortie=order.sortie,
        file=order.run.relative(path),
        camera=camera.side,
        captured_at=datetime.fromtimestamp(utc_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        pose=replace(timed.pose, position_m=(round(x, 4), round(y, 4), round(z, 4))),
        position_sigma_m=timed.position_sigma_m,
        is_ekf_healthy=timed.is_healthy,
        size_px=None if size_px == camera.size_px else size_px,
        source=source,
    )


def utc_of(timed: TimedPose, log: PoseLog, camera_s: float | None, file_s: float) -> float:
    """Return when the frame was taken: by the log's clock, else the camera's, else the date of the file."""
    if log.utc_at_zero_s is not None:
        return timed.pose.time_s + log.utc_at_zero_s
    return file_s if camera_s is None else camera_s


def frame_name(index: int, path: Path) -> str:
    """Return a name that is unique in the run, sorts in the order of capture, and shows the original one."""
    return f"{index + 1:06d}-{plain_name(path.stem)}{path.suffix.lower()}"


def plain_name(name: str) -> str:
    """Return a name without anything that a link or another system could trip over."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", name)[:80]


def take_over(source: Path, target: Path) -> None:
    """Copy a file into the run.

    Never a link: whoever edits the run's picture would edit the original as well. Never through a name that is there already: that
    may be a link to an original.
    """
    with source.open("rb") as stream:
        write_atomically(target, iter(lambda: stream.read(_PIECE_BYTES), b""))
