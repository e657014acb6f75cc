"""Pair each photo with the pose it was taken from, as the autopilot reports it, and write it down at once.

CAMERA_FEEDBACK leaves the vehicle in the control loop in which the shutter fired, and carries position and attitude of that moment;
its own time field stays 0 on a vehicle without GPS, so the time is that of the newest message with a clock.
"""

from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from mission.flying.link import VehicleLink
from mission.flying.remaining import boot_of, photos_of
from mission.records import MissionItem, Sortie
from warehouse.coordinates import heading_site_from_ned, ned_from_latlon_1e7, site_from_ned
from warehouse.poses import FrameRecord, Pose
from warehouse.run_folder import RunFolder
from warehouse.site import Site

POSITION_SIGMA_M = 0.025
SIGMA_A_MPS = 0.015
"""One standard deviation per axis, and its growth with speed: the estimate against the truth with 10 cm sensor noise is off by
0.049, 0.073, 0.111 m (p95, measured on ArduCopter 4.7) at 1, 2, 3 m/s, that is 2.45 sigma; rounding to 1e-7 degree comes on top."""


class PhotoLog:
    """Listens to a link and appends one FrameRecord a photo (one a camera that looks at a rack) to the sortie's `frames.jsonl`."""

    def __init__(
        self, link: VehicleLink, run: RunFolder, site: Site, sortie: Sortie, items: tuple[MissionItem, ...], *, boot: int
    ) -> None:
        """Start listening. `boot` tells this start of the autopilot from earlier ones, since it counts photos from 1 each time."""
        self.n_photos = 0
        self.n_unpaired = 0
        """Photos that the autopilot counted but whose message was lost on the way: their pictures have no pose."""
        self.n_by_lane: Counter[int] = Counter()
        """Triggers on the way to and along each lane, by its index in the sortie; each gave a photo a view of the lane."""
        self._link, self._run, self._anchor = link, run, site.layout.anchor
        self._has_two_cameras = len(site.cameras) > 1
        self._sortie, self._items, self._boot = sortie, items, boot
        self._lane = 0
        self._last_index: int | None = None
        link.listeners.append(self._take)

    def go_on(self) -> None:
        """Go on with a flight that another program has begun to write down."""
        path = self._run.frames_path(self._sortie.name)
        frames = [f for f in self._run.read_lines(path, FrameRecord) if boot_of(f) == self._boot] if path.exists() else []
        self.n_photos = len(frames)
        self._last_index = max((int(Path(f.file).stem.split("-")[1]) for f in frames), default=None)
        for index, lane in enumerate(self._sortie.lanes):
            self.n_by_lane[index] = len(photos_of(lane, frames))

    def stop(self) -> None:
        """Stop listening."""
        self._link.listeners.remove(self._take)

    def _take(self, message: Any) -> None:
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
            self._run.append_line(self._run.frames_path(name), record)
            self.n_photos += 1
        self.n_by_lane[self._lane] += 1

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
