"""The photos of a flight whose camera hangs on this computer: each is on record only once its picture is on the disk.

The pose of a photo is that of its frame: the autopilot's at the trigger, moved on by the speed for the time between the two.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np

from mission.flying.link import VehicleLink
from warehouse.companion_camera import CompanionCamera, PictureOrder, PictureTaken
from warehouse.coordinates import site_from_ned
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site

LAST_S = 3.0
"""For so long, beyond the camera's own delay, the last pictures are waited for after a flight."""
_POLL_S = 0.02
MOST_NAMED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureCount:
    """What the camera of this computer gave; part of flight.json."""

    camera: str
    delay_s: float
    n_asked_for: int
    n_missing: int
    missing: tuple[str, ...]
    """Frames that were not found in time, each with the reason; the first 200."""
    off_ms_median: float
    off_ms_worst: float
    """Between a frame and the moment at which the frame of its trigger was due."""
    lag_ms_median: float = 0.0
    lag_ms_worst: float = 0.0
    """By so much the nearest frames may have been held up on their way; also those that were not taken for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedFor:
    """A photo that was triggered, and its picture asked for."""

    record: FrameRecord
    lane: int
    velocity_ned_mps: tuple[float, float, float]


class CompanionPhotos:
    """Orders the pictures of a flight and gives their records back once they are there. All from the thread that flies."""

    def __init__(self, camera: CompanionCamera, link: VehicleLink, run: RunFolder, site: Site) -> None:
        """Have `camera` take the pictures."""
        self._camera, self._link, self._run, self._anchor = camera, link, run, site.layout.anchor
        self._own_size_px = site.cameras[0].size_px
        self._open: dict[Path, AskedFor] = {}
        self._n_asked_for = 0
        self._off_s: list[float] = []
        self._lag_s: list[float] = []
        self._missing: list[str] = []
        self.last_s: float | None = None
        """When the newest photo that has its picture was triggered, on the vehicle's clock."""

    def ask_for(self, asked: AskedFor, heard_s: float) -> None:
        """Order the picture of a photo of which the autopilot told at `heard_s` (time.monotonic)."""
        file = self._run.root / asked.record.file
        self._open[file] = asked
        self._n_asked_for += 1
        utc_s = datetime.fromisoformat(asked.record.captured_at).timestamp()
        self._camera.take(PictureOrder(file=file, heard_s=heard_s, utc_s=utc_s))

    def arrived(self) -> list[AskedFor]:
        """Return the photos whose pictures were written since the last call, moved to the time of their frames.

        OSError when one could not be written: then nothing more will be.
        """
        found = []
        for taken in self._camera.taken():
            asked = self._open.pop(taken.file, None)
            if asked is None:  # of an earlier flight
                continue
            if taken.is_disk_at_fault:
                raise OSError(f"{asked.record.file}: {taken.why}")
            if taken.lag_s is not None:
                self._lag_s.append(taken.lag_s)
            if taken.off_s is None:
                self._missing.append(f"{asked.record.frame}: {taken.why}")
                continue
            self._off_s.append(taken.off_s)
            self.last_s = max(self.last_s or 0.0, asked.record.pose.time_s)
            found.append(replace(asked, record=self._moved(asked, taken)))
        return found

    def last_ones(self) -> list[AskedFor]:
        """Wait for the pictures that are still to come, after the flight; what does not come then is missing."""
        found, deadline = self.arrived(), time.monotonic() + LAST_S + max(0.0, self._camera.delay_s)
        while self._open and time.monotonic() < deadline:
            time.sleep(_POLL_S)
            found += self.arrived()
        self._missing += [f"{asked.record.frame}: the flight was over" for asked in self._open.values()]
        self._open.clear()
        return found

    @property
    def count(self) -> PictureCount:
        """What became of all of them."""
        off_ms = [abs(1000 * off_s) for off_s in self._off_s]
        lag_ms = [1000 * lag_s for lag_s in self._lag_s]
        return PictureCount(
            camera=self._camera.name,
            delay_s=self._camera.delay_s,
            n_asked_for=self._n_asked_for,
            n_missing=len(self._missing),
            missing=tuple(self._missing[:MOST_NAMED]),
            off_ms_median=round(median(off_ms), 1) if off_ms else 0.0,
            off_ms_worst=round(max(off_ms, default=0.0), 1),
            lag_ms_median=round(median(lag_ms), 1) if lag_ms else 0.0,
            lag_ms_worst=round(max(lag_ms, default=0.0), 1),
        )

    def _moved(self, asked: AskedFor, taken: PictureTaken) -> FrameRecord:
        record, off_s = asked.record, taken.off_s or 0.0
        velocity = site_from_ned(self._anchor, np.array(asked.velocity_ned_mps)) - site_from_ned(self._anchor, np.zeros(3))
        x, y, z = np.asarray(record.pose.position_m) + off_s * velocity
        utc = datetime.fromtimestamp(datetime.fromisoformat(record.captured_at).timestamp() + off_s, UTC)
        pose = replace(
            record.pose,
            time_s=round(record.pose.time_s + off_s, 3),
            position_m=(round(float(x), 4), round(float(y), 4), round(float(z), 4)),
        )
        return replace(
            record,
            captured_at=utc.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
            pose=pose,
            size_px=None if taken.size_px == self._own_size_px else taken.size_px,
        )
