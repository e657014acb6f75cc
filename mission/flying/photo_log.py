"""Pair each photo with the pose it was taken from, as the autopilot reports it, and write it down at once.

CAMERA_FEEDBACK leaves the vehicle in the control loop in which the shutter fired, and carries position and attitude of that moment;
its own time field stays 0 on a vehicle without GPS, so the time is that of the newest message with a clock.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from mission.flying.companion_photos import AskedFor, CompanionPhotos, PictureCount
from mission.flying.expectation import longest_photo_gap_s
from mission.flying.link import VehicleLink
from mission.flying.remaining import boot_of, photos_of, seen_in_passing
from mission.records import MissionItem, Sortie
from warehouse.companion_camera import CompanionCamera
from warehouse.coordinates import heading_site_from_ned, ned_from_latlon_1e7, site_from_ned
from warehouse.poses import FrameRecord, Pose
from warehouse.run_folder import RunFolder
from warehouse.site import Site

POSITION_SIGMA_M = 0.025
SIGMA_A_MPS = 0.015
"""One standard deviation per axis, and its growth with speed: the estimate against the truth with 10 cm sensor noise is off by
0.049, 0.073, 0.111 m (p95, measured on ArduCopter 4.7) at 1, 2, 3 m/s, that is 2.45 sigma; rounding to 1e-7 degree comes on top."""

_OLDEST_S = 0.5
"""A wall clock that is set in between is not believed beyond this."""


class PhotoLog:
    """Listens to a link and appends one FrameRecord a photo (one a camera that looks at a rack) to the sortie's `frames.jsonl`."""

    def __init__(
        self,
        link: VehicleLink,
        run: RunFolder,
        site: Site,
        sortie: Sortie,
        items: tuple[MissionItem, ...],
        *,
        boot: int,
        camera: CompanionCamera | None = None,
    ) -> None:
        """Start listening. `boot` tells this start of the autopilot from earlier ones, since it counts photos from 1 each time.

        With a `camera` of this computer a photo counts, and is written down, once its picture is there.
        """
        self.n_photos = 0
        self.n_unpaired = 0
        """Photos that the autopilot counted but whose message was lost on the way: their pictures have no pose."""
        self.n_by_lane: Counter[int] = Counter()
        """Triggers on the way to and along each lane, by its index in the sortie; each gave a photo a view of the lane."""
        self._records: list[FrameRecord] = []
        self._link, self._run, self._site, self._anchor = link, run, site, site.layout.anchor
        self._has_two_cameras = len(site.cameras) > 1
        self._sortie, self._items, self._boot = sortie, items, boot
        self._companion = None if camera is None else CompanionPhotos(camera, link, run, site)
        self._lane = 0
        self._last_index: int | None = None
        link.listeners.append(self._take)

    def go_on(self) -> None:
        """Go on with a flight that another program has begun to write down."""
        path = self._run.frames_path(self._sortie.name)
        frames = [f for f in self._run.read_lines(path, FrameRecord) if boot_of(f) == self._boot] if path.exists() else []
        self.n_photos, self._records = len(frames), frames
        self._last_index = max((int(Path(f.file).stem.split("-")[1]) for f in frames), default=None)
        for index, lane in enumerate(self._sortie.lanes):
            self.n_by_lane[index] = len(photos_of(lane, frames))

    def stop(self) -> None:
        """Stop listening."""
        self._link.listeners.remove(self._take)
        if self._companion is not None:
            self._keep(self._companion.last_ones())

    @property
    def pictures(self) -> PictureCount | None:
        """What the camera of this computer gave, where there is one."""
        return None if self._companion is None else self._companion.count

    def seen_along(self, lane: int) -> tuple[str, ...]:
        """Return the locations of a lane that was flown to its end, but those of a stretch for which there are no photos."""
        flown = self._sortie.lanes[lane]
        gap_m = longest_photo_gap_s(flown) * flown.speed_mps
        return seen_in_passing(self._site, flown, photos_of(flown, self._records), longest_gap_m=gap_m)

    def last_photo_s(self) -> float | None:
        """Return when the newest photo was taken, on the vehicle's clock; of a companion's, the newest that is there."""
        return self._link.state.last_photo_s if self._companion is None else self._companion.last_s

    def _take(self, message: Any) -> None:
        if self._companion is not None:
            self._keep(self._companion.arrived())
        if message.get_type() != "CAMERA_FEEDBACK" or message.img_idx == self._last_index:
            return
        if self._last_index is not None:
            self.n_unpaired += max(0, message.img_idx - self._last_index - 1)
        self._last_index = message.img_idx
        self._find_lane()
        boot_s = self._link.state.boot_s or 0.0
        captured_at = self._link.utc(boot_s).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        sigma_m = round(max(POSITION_SIGMA_M, SIGMA_A_MPS * self._speed_mps()), 4)
        name, pose = self._sortie.name, self._pose(message, boot_s)
        for view in self._sortie.lanes[self._lane].views:
            file = self._run.frame_file(name, self._boot, message.img_idx, view.camera if self._has_two_cameras else None)
            record = FrameRecord(
                frame=f"{name}/{file.stem}",
                sortie=name,
                file=self._run.relative(file),
                camera=view.camera,
                captured_at=captured_at,
                pose=pose,
                position_sigma_m=sigma_m,
                is_ekf_healthy=self._link.state.is_position_trusted,
            )
            if self._companion is None:
                self._write(record)
            else:
                velocity = self._link.state.velocity_ned_mps or (0.0, 0.0, 0.0)
                asked = AskedFor(record=record, lane=self._lane, velocity_ned_mps=velocity)
                self._companion.ask_for(asked, time.monotonic() - _age_s(message))
        if self._companion is None:
            self.n_by_lane[self._lane] += 1

    def _keep(self, photos: list[AskedFor]) -> None:
        for photo in photos:
            self._write(photo.record)
            self.n_by_lane[photo.lane] += 1

    def _write(self, record: FrameRecord) -> None:
        self._run.append_line(self._run.frames_path(self._sortie.name), record)
        self._records.append(record)
        self.n_photos += 1

    def _find_lane(self) -> None:
        """Outside a lane, photos count with the one before: the trigger goes on a little longer."""
        seq = self._link.state.mission_seq
        lane = self._items[seq - 1].lane if 0 < seq <= len(self._items) else None
        if lane is not None:
            self._lane = lane

    def _speed_mps(self) -> float:
        return math.hypot(*(self._link.state.velocity_ned_mps or (0.0, 0.0, 0.0)))

    def _pose(self, message: Any, boot_s: float) -> Pose:
        north, east = ned_from_latlon_1e7(self._anchor, (message.lat, message.lng))
        x, y, z = site_from_ned(self._anchor, np.array([north, east, -message.alt_rel]))
        return Pose(
            time_s=boot_s,
            position_m=(round(float(x), 4), round(float(y), 4), round(float(z), 4)),
            roll_deg=round(float(message.roll), 3),
            pitch_deg=round(float(message.pitch), 3),
            heading_deg=round(heading_site_from_ned(self._anchor, float(message.yaw)), 3),
        )


def _age_s(message: Any) -> float:
    """Return how long ago a message came, which may have waited since; pymavlink stamps it by the wall clock."""
    came_at = getattr(message, "_timestamp", 0.0)
    return min(max(time.time() - came_at, 0.0), _OLDEST_S) if came_at else 0.0
