"""A video to frames of a run: the sharpest along the way, each with the pose of its moment."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from vision.bins.face_view import find_face_view
from vision.importing.frame_writing import SIZE_REMEDY, Brought, Clocks, Order, frame_record, plain_name
from vision.importing.own_frames import fault_of_size
from vision.pictures.video import VideoCount, best_shots, video_length_s, video_size
from vision.pictures.video_date import creation_utc_s
from warehouse.camera import CameraModel
from warehouse.coordinates import shorter_turn_deg
from warehouse.errors import BadInputError
from warehouse.pose_track import PoseLog, TimedPose, pose_at
from warehouse.poses import FrameRecord
from warehouse.run_folder import write_atomically
from warehouse.site import Site

USUAL_STANDOFF_M = 1.5
"""Taken where a pose of the way looks at no rack."""
_JPEG_QUALITY = 95


def import_video(order: Order, path: Path) -> Brought:
    """Write the chosen frames as JPEG; BadInputError when it is no video, of another shape, or nothing says when it began."""
    log, clocks, model = order.log, order.clocks, order.camera()
    if not log.track:
        raise BadInputError(
            f"{log.name}: it has a pose for each photo, but a video needs the drone's way through time",
            remedy="give a table with time_s or captured_at instead of file, or the log of the flight",
        )
    size = video_size(path)
    misfit = fault_of_size(size, model)
    if misfit:
        raise BadInputError(f"{path}: {misfit}", remedy=SIZE_REMEDY)
    log_s_at_start = _log_time_of_start(path, log, clocks)
    began_utc_s, dated = _time_of_day(path, log, clocks)
    way = _way(order, model)
    count = VideoCount()
    records: list[FrameRecord] = []
    for shot in best_shots(path, lambda time_s: way(time_s + log_s_at_start), count, progress=order.progress):
        timed = pose_at(log.track, shot.time_s + log_s_at_start)
        assert timed is not None
        name = f"{len(records) + 1:06d}-{plain_name(path.stem)}-{shot.number:06d}.jpg"
        target = order.run.sortie(order.sortie) / "frames" / name
        encoded = cv2.imencode(".jpg", shot.image, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])[1]
        write_atomically(target, encoded.tobytes())
        utc_s = began_utc_s + shot.time_s if log.utc_at_zero_s is None else log.utc_at_zero_s + timed.pose.time_s
        source = f"{path.resolve()}#t={shot.time_s:.3f}"
        records.append(frame_record(order, target, timed=timed, utc_s=utc_s, size_px=size, source=source))
    faults = [count.fault] if count.fault else []
    if count.n_without_time:
        faults.append(
            f"{path}: {count.n_without_time} of {count.n_frames} frames do not say when they were taken, and were left out"
        )
    if count.n_without_pose:
        faults.append(f"{path}: {count.n_without_pose} of {count.n_frames} frames were taken when {log.name} has no pose")
    how = f"by time, the {len(records)} sharpest of {count.n_frames} frames along the way"
    return Brought(records=records, how=how, faults=faults, dated=dated)


def _log_time_of_start(path: Path, log: PoseLog, clocks: Clocks) -> float:
    """Return what the log's clock showed when the video began.

    Without a time of day for both, `--clock-offset` counts from the first pose: nobody knows where a log's clock has its zero.
    """
    if log.utc_at_zero_s is not None and clocks.starts_at_s is not None:
        return clocks.starts_at_s - log.utc_at_zero_s + (clocks.offset_s or 0.0)
    if log.utc_at_zero_s is not None and clocks.offset_s is None:
        raise BadInputError(
            f"{path}: nothing says when the video began",
            remedy="say it: --starts-at 2026-11-23T06:00:00Z, or how many seconds after the first pose (minus: before):"
            " --clock-offset",
        )
    first_s = log.track[0].pose.time_s
    if clocks.offset_s is not None:
        return first_s + clocks.offset_s
    if first_s > 0:
        raise BadInputError(
            f"{path}: nothing says when the video began on the clock of {log.name}, whose poses begin at {first_s:.1f} s",
            remedy="say how many seconds after the first pose it began (minus: before): --clock-offset SECONDS",
        )
    return 0.0


def _time_of_day(path: Path, log: PoseLog, clocks: Clocks) -> tuple[float, str]:
    """Return when the video began, in seconds from 1970 UTC, where the log does not know it; and for a person, who says so."""
    if log.utc_at_zero_s is not None or clocks.starts_at_s is not None:
        return clocks.starts_at_s or 0.0, ""
    created_s = creation_utc_s(path)
    # The date of a file is that of its end, or of a copy.
    began_s = path.stat().st_mtime - video_length_s(path) if created_s is None else created_s
    when = datetime.fromtimestamp(began_s, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    if created_s is None:
        return began_s, (
            f"The poses do not know the time of day. By the date of its file less its length the video began at {when};"
            " movements of the ERP are compared by that. If it is wrong, remove this sortie and import again with --starts-at."
        )
    return began_s, (
        f"The poses do not know the time of day. The video says that it began at {when}; movements of the ERP are compared by that."
        " If it is wrong, remove this sortie and import again with --starts-at."
    )


def _way(order: Order, camera: CameraModel) -> Callable[[float], float | None]:
    """Return how far the camera had come at a time of the log, in pictures' widths: moving on, up, and turning all count."""
    track = order.log.track
    times = np.array([p.pose.time_s for p in track])
    come = [0.0]
    for a, b in pairwise(track):
        standoff = _standoff_m(order.site, camera, a)
        width, height = camera.footprint_m(standoff)
        dx, dy, dz = (q - p for p, q in zip(a.pose.position_m, b.pose.position_m, strict=True))
        turn = math.radians(abs(shorter_turn_deg(a.pose.heading_deg, b.pose.heading_deg))) * standoff
        come.append(come[-1] + math.hypot(dx, dy) / width + abs(dz) / height + turn / width)
    return lambda time_s: None if pose_at(track, time_s) is None else float(np.interp(time_s, times, come))


def _standoff_m(site: Site, camera: CameraModel, timed: TimedPose) -> float:
    frame = FrameRecord(
        frame="",
        sortie="",
        file="",
        camera=camera.side,
        captured_at="",
        pose=timed.pose,
        position_sigma_m=timed.position_sigma_m,
        is_ekf_healthy=timed.is_healthy,
    )
    view = find_face_view(site, frame)
    return USUAL_STANDOFF_M if view is None else view.standoff_m
