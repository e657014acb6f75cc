"""Which picture was taken where: pictures matched to the poses of a log, by name, by order, or by time. Never by guess.

A picture at the wrong pose puts labels into the wrong bins. So where order and times leave two answers, nothing is matched and the
person is asked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.importing.own_frames import OwnPicture, natural_key
from vision.importing.shutter_times import Times, clock_difference, is_in_step, tolerance_s, two_nearest
from warehouse.errors import BadInputError
from warehouse.pose_track import PoseLog, TimedPose, pose_at

_CLOCK_REMEDY = "say by how much the camera's clock is behind the log's: --clock-offset SECONDS (minus when it is ahead)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Pictures with their poses, in the order of capture, and what was left over."""

    pairs: tuple[tuple[OwnPicture, TimedPose], ...]
    faults: tuple[str, ...]
    """Pictures without a pose, and poses without a picture."""
    how: str
    """How they were matched, for a person."""


def match(pictures: Sequence[OwnPicture], log: PoseLog, *, clock_offset_s: float | None, starts_at_s: float | None) -> Matched:
    """Return which picture was taken where; BadInputError when nothing says so.

    `clock_offset_s` is added to the pictures' times; given, it decides. `starts_at_s` (seconds from 1970 UTC) is when the log's
    clock, if it does not know the time of day, stood at zero.
    """
    if log.photos and all(p.file for p in log.photos):
        return _by_name(pictures, log)
    ordered = _in_order(pictures)
    if log.photos and clock_offset_s is None:
        return _by_photo(ordered, log)
    if log.photos and not log.track:
        return _by_given_clock(ordered, log, clock_offset_s or 0.0)
    return _by_track(ordered, log, clock_offset_s or 0.0, starts_at_s)


def _in_order(pictures: Sequence[OwnPicture]) -> list[OwnPicture]:
    """Put pictures in the order of capture: by time where each has one, and by name within a second."""
    if all(p.utc_s is not None for p in pictures):
        return sorted(pictures, key=lambda p: (p.utc_s or 0.0, natural_key(str(p.path))))
    return sorted(pictures, key=lambda p: natural_key(str(p.path)))


def _by_name(pictures: Sequence[OwnPicture], log: PoseLog) -> Matched:
    """Match by the names of the table: whole relative paths; where none of these fits, names, then names without their ending."""
    by_key: dict[str, OwnPicture] = {}
    counts: Counter[str] = Counter()
    for picture in pictures:
        for key in _keys(picture.path):
            counts[key] += 1
            by_key[key] = picture
    pairs: list[tuple[OwnPicture, TimedPose]] = []
    faults: list[str] = []
    # Where the folders of the table are those of the pictures, a name in another folder is another picture.
    is_exact = any("/" in key and counts[key] for key in (_key(one.file) for one in log.photos))
    for one in log.photos:
        wanted = _key(one.file)
        name = wanted.rpartition("/")[2]
        tried = (wanted,) if is_exact and "/" in wanted else (wanted, name, _stem(wanted))
        key = next((k for k in tried if counts[k]), "")
        if not key:
            faults.append(f"{one.file}: has a pose, but there is no such picture")
        elif counts[key] > 1:
            faults.append(f"{one.file}: {counts[key]} pictures have that name; write more of the path into the table")
        else:
            pairs.append((by_key[key], one))
    used = Counter(picture.path for picture, _ in pairs)
    faults += [f"{path}: {n} rows of the table name this picture" for path, n in used.items() if n > 1]
    faults += [f"{p.path}: no pose for this picture" for p in pictures if not used[p.path]]
    kept = [(picture, one) for picture, one in pairs if used[picture.path] == 1]
    if not kept:
        raise BadInputError(
            f"{log.name}: none of its {len(log.photos)} names is one of the {len(pictures)} pictures",
            remedy=f"write the pictures' names into the column file, as in {pictures[0].path.name}",
        )
    kept.sort(key=lambda pair: (pair[1].pose.time_s, natural_key(str(pair[0].path))))
    return Matched(pairs=tuple(kept), faults=tuple(faults), how="by their names")


def _keys(path: Path) -> set[str]:
    parts = _key(path.as_posix()).split("/")
    whole = {"/".join(parts[-n:]) for n in range(1, len(parts) + 1)}
    return whole | {_stem(parts[-1])}


def _key(name: str) -> str:
    return name.replace("\\", "/").removeprefix("./").casefold()


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0] or name


def _by_photo(pictures: list[OwnPicture], log: PoseLog) -> Matched:
    """Match to the photos that the log counted: by their number when all are there, else by the rhythm of the times."""
    times = np.array([p.pose.time_s for p in log.photos])
    taken = np.array([p.utc_s for p in pictures]) if all(p.utc_s is not None for p in pictures) else None
    slots = _numbered(log)
    if len(pictures) == len(slots) and (taken is None or is_in_step(taken[_is_logged(slots)], times)):
        pairs = tuple((picture, one) for picture, one in zip(pictures, slots, strict=True) if one is not None)
        faults = [f"{p.path}: the log lost the pose of this photo" for p, one in zip(pictures, slots, strict=True) if one is None]
        return Matched(pairs=pairs, faults=tuple(faults), how=f"in order, {len(slots)} pictures to {len(slots)} photos of the log")
    if taken is None:
        raise BadInputError(
            f"{log.name}: {len(log.photos)} photos in it, but {len(pictures)} pictures, which do not say when they were taken",
            remedy="leave out the pictures that were not taken in this flight, or give a table with --poses",
        )
    offset = clock_difference(taken, times)
    if offset is None:
        raise BadInputError(
            f"{log.name}: {len(log.photos)} photos in it, but {len(pictures)} pictures, and their times do not tell which is which",
            remedy=f"leave out the pictures that were not taken in this flight, or {_CLOCK_REMEDY}",
        )
    reach = tolerance_s(taken)
    pairs_by_time, faults = _by_rhythm(pictures, taken - offset, log.photos, times, reach)
    return Matched(pairs=pairs_by_time, faults=tuple(faults), how=f"by their times, clocks {offset:+.1f} s apart")


def _numbered(log: PoseLog) -> list[TimedPose | None]:
    """Return the photos with an empty place for each that the autopilot counted and the log lost."""
    numbers = [p.number for p in log.photos]
    known = [n for n in numbers if n is not None]
    if len(known) < len(numbers) or any(b <= a for a, b in pairwise(known)):
        return list(log.photos)
    by_number = dict(zip(known, log.photos, strict=True))
    if known[-1] - known[0] > 2 * len(known):
        return list(log.photos)
    return [by_number.get(n) for n in range(known[0], known[-1] + 1)]


def _is_logged(slots: list[TimedPose | None]) -> NDArray[np.bool_]:
    return np.array([one is not None for one in slots])


def _by_rhythm(
    pictures: list[OwnPicture], at: Times, photos: tuple[TimedPose, ...], times: Times, reach: float
) -> tuple[tuple[tuple[OwnPicture, TimedPose], ...], list[str]]:
    """Pair pictures, at their times by the log's clock, with photos burst by burst.

    A burst are photos too near in time to be told apart. As many pictures in it as photos are paired in order; of others only those
    that are clearly nearer to one photo than to any other.
    """
    pairs: list[tuple[OwnPicture, TimedPose]] = []
    faults: list[str] = []
    used: set[int] = set()
    burst_of_photo = np.concatenate([[0], np.cumsum(np.diff(times) > 2 * reach)])
    nearest, away, runner_up_away = two_nearest(at, times)
    is_near = away <= reach
    is_clear = (runner_up_away - away > 0.8 * reach) & (runner_up_away > reach)
    for burst in range(int(burst_of_photo[-1]) + 1):
        there = np.flatnonzero(burst_of_photo == burst)
        mine = np.flatnonzero(is_near & (burst_of_photo[nearest] == burst))
        if len(mine) == len(there) and np.all(np.abs(at[mine] - times[there]) <= reach):
            chosen = list(zip(mine, there, strict=True))
        else:
            chosen = [(i, nearest[i]) for i in mine if is_clear[i]]
        for i, j in chosen:
            if j not in used:
                used.add(int(j))
                pairs.append((pictures[int(i)], photos[int(j)]))
    paired = {picture.path for picture, _ in pairs}
    faults += [f"{p.path}: no pose of the log is certainly that of this picture" for p in pictures if p.path not in paired]
    lost = [i for i in range(len(photos)) if i not in used]
    faults += [f"photo {photos[i].number or i + 1} of the log: has a pose, but no picture is certainly the one" for i in lost]
    return tuple(pairs), faults


def _by_given_clock(pictures: list[OwnPicture], log: PoseLog, offset_s: float) -> Matched:
    """Match to the photos of a log that has no track, by times that a person set right."""
    dated = [p for p in pictures if p.utc_s is not None]
    taken = np.array([p.utc_s or 0.0 for p in dated])
    zero, times = log.utc_at_zero_s or 0.0, np.array([p.pose.time_s for p in log.photos])
    pairs, faults = _by_rhythm(dated, taken + offset_s - zero, log.photos, times, tolerance_s(taken)) if dated else ((), [])
    if not pairs:
        raise BadInputError(f"{log.name}: no photo of it was taken when these pictures were", remedy=_CLOCK_REMEDY)
    without = [f"{p.path}: does not say when it was taken" for p in pictures if p.utc_s is None]
    return Matched(pairs=pairs, faults=(*without, *faults), how="by their times")


def _by_track(pictures: list[OwnPicture], log: PoseLog, offset_s: float, starts_at_s: float | None) -> Matched:
    """Look up the track at the time of each picture."""
    without = [p for p in pictures if p.utc_s is None]
    zero = log.utc_at_zero_s if log.utc_at_zero_s is not None else starts_at_s
    if len(without) == len(pictures):
        raise BadInputError(
            f"{pictures[0].path}: neither the pictures nor {log.name} say which pose belongs to which picture",
            remedy="give a table with a column file (--poses), or pictures whose EXIF says when they were taken",
        )
    if zero is None:
        raise BadInputError(
            f"{log.name}: its clock does not know the time of day, so the pictures' times cannot be looked up in it",
            remedy="say when that clock stood at zero: --starts-at 2026-11-23T06:00:00Z",
        )
    pairs: list[tuple[OwnPicture, TimedPose]] = []
    faults = [f"{p.path}: does not say when it was taken" for p in without]
    for picture in pictures:
        if picture.utc_s is None:
            continue
        found = pose_at(log.track, picture.utc_s + offset_s - zero)
        if found is None:
            faults.append(f"{picture.path}: no pose for this picture's time")
        else:
            pairs.append((picture, found))
    if not pairs:
        first, last = log.track[0].pose.time_s, log.track[-1].pose.time_s
        away = (pictures[0].utc_s or 0.0) + offset_s - zero - first
        raise BadInputError(
            f"{log.name}: it lasts {last - first:.0f} s, and the pictures begin {abs(away):.0f} s"
            f" {'after' if away >= 0 else 'before'} it does",
            remedy=_CLOCK_REMEDY,
        )
    return Matched(pairs=tuple(pairs), faults=tuple(faults), how="by their times")
