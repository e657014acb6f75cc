"""A table of poses as anybody's positioning system can write it: one row a photo, or a track through time."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from warehouse.cells import decimal
from warehouse.coordinates import shorter_turn_deg
from warehouse.errors import BadInputError, FaultsError
from warehouse.pose_track import PoseLog, TimedPose
from warehouse.poses import Pose
from warehouse.site_csv import CsvShape, Row, parse_rows

PLACE_COLUMNS = ("x_m", "y_m", "z_m")
ATTITUDE_COLUMNS = ("roll_deg", "pitch_deg", "heading_deg")
OPTIONAL_COLUMNS = ("file", "time_s", "captured_at", "sigma_m", "camera")
_NUMBERS = (*PLACE_COLUMNS, *ATTITUDE_COLUMNS, "time_s", "sigma_m")
_SHAPE = CsvShape(columns=(*PLACE_COLUMNS, *ATTITUDE_COLUMNS), optional=(), numbers=_NUMBERS)
DEFAULT_SIGMA_M = 0.05
"""Taken where the table does not say how certain a position is."""
_LARGEST_M = 100_000.0
_LARGEST_DEG = 720.0
_REMEDY = "mend these rows; docs/reference/frames.md describes each column"


def read_pose_csv(path: Path) -> PoseLog:
    """Return the poses of a CSV file, separated by commas or semicolons, columns in any order, further ones ignored.

    With a `file` column each row belongs to a photo; without it the rows are a track, ordered here by `captured_at` or `time_s`.
    BadInputError or FaultsError names file, row and column of every fault.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}", remedy="check the path and its permissions") from error
    rows, faults = parse_rows(raw, _SHAPE)
    columns = set(next(iter(rows.values()), {}))
    if rows and not columns & {"file", "time_s", "captured_at"}:
        faults.append("row 1: no column that says which photo or when; expected file, captured_at or time_s")
    poses: list[tuple[int, TimedPose, float | None]] = []
    for number, row in rows.items():
        row_faults: list[str] = []
        timed, utc_s = _timed_pose(row, row_faults)
        faults += [f"row {number}, {fault}" for fault in row_faults]
        if timed is not None:
            poses.append((number, timed, utc_s))
    faults += _twice(poses)
    if rows and not faults and "file" not in columns:
        faults += _faults_of_times(rows, poses)
    if not rows and not faults:
        faults.append("row 2: no pose at all; expected one row a photo or moment")
    if faults:
        raise FaultsError(str(path), faults, remedy=_REMEDY)
    return _as_log(path, poses, has_files="file" in columns)


def _as_log(path: Path, poses: list[tuple[int, TimedPose, float | None]], *, has_files: bool) -> PoseLog:
    """Put rows in order; where all rows have a time of day, that is the clock, counted from the first of them."""
    utc = [utc_s for _, _, utc_s in poses if utc_s is not None]
    zero = min(utc) if len(utc) == len(poses) else None
    timed: list[TimedPose] = []
    for _, one, utc_s in poses:
        time_s = one.pose.time_s if zero is None or utc_s is None else utc_s - zero
        timed.append(_at(one, time_s))
    if has_files:
        return PoseLog(name=str(path), photos=tuple(timed), utc_at_zero_s=zero)
    return PoseLog(name=str(path), track=tuple(sorted(timed, key=lambda p: p.pose.time_s)), utc_at_zero_s=zero)


def _at(one: TimedPose, time_s: float) -> TimedPose:
    p = one.pose
    pose = Pose(time_s=time_s, position_m=p.position_m, roll_deg=p.roll_deg, pitch_deg=p.pitch_deg, heading_deg=p.heading_deg)
    return TimedPose(pose=pose, position_sigma_m=one.position_sigma_m, file=one.file, camera=one.camera)


def _timed_pose(row: Row, faults: list[str]) -> tuple[TimedPose | None, float | None]:
    x, y, z = (_number(row, column, faults, -_LARGEST_M, _LARGEST_M) for column in PLACE_COLUMNS)
    roll, pitch, heading = (_number(row, column, faults, -_LARGEST_DEG, _LARGEST_DEG) for column in ATTITUDE_COLUMNS)
    sigma = _number(row, "sigma_m", faults, 0.0, _LARGEST_M) if row.get("sigma_m") else DEFAULT_SIGMA_M
    time_s = _number(row, "time_s", faults, -1e10, 1e10) if row.get("time_s") else 0.0
    utc_s = _moment(row["captured_at"], faults) if row.get("captured_at") else None
    file, camera = row.get("file", ""), row.get("camera", "").lower()
    if "file" in row and not file:
        faults.append("file: empty; expected the name of the photo")
    if camera not in ("", "left", "right"):
        faults.append(f"camera: expected left or right, got {camera!r}")
    if faults:
        return None, None
    roll, pitch = (_about_zero(angle) for angle in (roll, pitch))
    pose = Pose(time_s=time_s, position_m=(x, y, z), roll_deg=roll, pitch_deg=pitch, heading_deg=heading % 360.0)
    return TimedPose(pose=pose, position_sigma_m=sigma, file=file, camera=camera), utc_s


def _about_zero(angle_deg: float) -> float:
    """Return an angle between -180 and 180 degrees: some programs write a roll of -0.5 as 359.5."""
    return angle_deg if -180.0 <= angle_deg < 180.0 else shorter_turn_deg(0.0, angle_deg)


def _number(row: Row, column: str, faults: list[str], low: float, high: float) -> float:
    text = row[column]
    try:
        value = decimal(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        faults.append(f"{column}: expected a number from {low:g} to {high:g}, got {text!r}")
        return math.nan
    return value


def utc_seconds(text: str) -> float:
    """Return seconds from 1970 UTC of an ISO 8601 time; one without a zone is UTC. ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _moment(text: str, faults: list[str]) -> float | None:
    try:
        return utc_seconds(text)
    except ValueError:
        faults.append(f"captured_at: expected a time such as 2026-11-23T06:00:00Z, got {text!r}")
        return None


def _twice(poses: list[tuple[int, TimedPose, float | None]]) -> list[str]:
    first: dict[str, int] = {}
    faults = []
    for number, one, _ in poses:
        if one.file and first.setdefault(one.file, number) != number:
            faults.append(f"row {number}, file: {one.file!r} stands in row {first[one.file]} already")
    return faults


def _faults_of_times(rows: dict[int, Row], poses: list[tuple[int, TimedPose, float | None]]) -> list[str]:
    """Say why the rows of a track cannot be put in the order of one clock, or stand at two places at once."""
    empty = {c: [n for n, row in rows.items() if not row.get(c)] for c in ("captured_at", "time_s")}
    if all(empty.values()):
        column = min(empty, key=lambda c: len(empty[c]))
        return [f"row {n}, {column}: empty; expected one column of times that is filled in every row" for n in empty[column]]
    column = "time_s" if empty["captured_at"] else "captured_at"
    first: dict[float, tuple[int, TimedPose]] = {}
    faults = []
    for number, one, utc_s in poses:
        at = one.pose.time_s if column == "time_s" or utc_s is None else utc_s
        other, there = first.setdefault(at, (number, one))
        if replace(there.pose, time_s=0.0) != replace(one.pose, time_s=0.0):
            faults.append(
                f"row {number}, {column}: {rows[number][column]} stands in row {other} already, at another place;"
                " expected times with fractions of a second"
            )
    return faults
