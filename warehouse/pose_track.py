"""Poses that something else wrote down: one a photo, or a track through time. From a flight log or from a table.

Times are seconds on the log's own clock. Where it is known, `utc_at_zero_s` ties that clock to the world's.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace

from warehouse.coordinates import shorter_turn_deg
from warehouse.poses import Pose

MAX_GAP_S = 1.0
"""Between two poses of a track further apart than this nothing is known: a drone at 1 m/s may have stopped and turned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedPose:
    """One pose with how far it is to be trusted."""

    pose: Pose
    """`pose.time_s` is on the log's clock."""
    position_sigma_m: float
    """One standard deviation per axis."""
    is_healthy: bool = True
    """Whether the estimator called its position good."""
    file: str = ""
    """The photo that it belongs to, where the log says so."""
    number: int | None = None
    """The autopilot's count of the photo, where it has one."""
    camera: str = ""
    """`left` or `right`, where the log says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseLog:
    """What a flight log or a table of poses holds."""

    name: str
    """How to call it before a person: its file."""
    photos: tuple[TimedPose, ...] = ()
    """One a photo, in the order of capture."""
    track: tuple[TimedPose, ...] = ()
    """The way of the drone, in the order of time."""
    utc_at_zero_s: float | None = None
    """Seconds from 1970 UTC to the zero of the log's clock; None when the log does not know the time of day."""
    faults: tuple[str, ...] = ()
    """What had to be left out, each with its reason."""


def pose_at(track: tuple[TimedPose, ...], time_s: float) -> TimedPose | None:
    """Return the pose between its two neighbours in time; None outside the track and in its gaps.

    Position and pitch go straight from one to the other, heading and roll the shorter way round; the less certain neighbour decides
    how far the result is trusted.
    """
    after = bisect_left(track, time_s, key=lambda p: p.pose.time_s)
    if after < len(track) and track[after].pose.time_s == time_s:
        return track[after]
    if after in (0, len(track)):
        return None
    a, b = track[after - 1], track[after]
    span = b.pose.time_s - a.pose.time_s
    if span > MAX_GAP_S:
        return None
    share = (time_s - a.pose.time_s) / span
    turn, rolled = (
        shorter_turn_deg(here, there)
        for here, there in ((a.pose.heading_deg, b.pose.heading_deg), (a.pose.roll_deg, b.pose.roll_deg))
    )
    x, y, z = (p + share * (q - p) for p, q in zip(a.pose.position_m, b.pose.position_m, strict=True))
    pose = Pose(
        time_s=time_s,
        position_m=(x, y, z),
        roll_deg=a.pose.roll_deg + share * rolled,
        pitch_deg=a.pose.pitch_deg + share * (b.pose.pitch_deg - a.pose.pitch_deg),
        heading_deg=(a.pose.heading_deg + share * turn) % 360.0,
    )
    return replace(
        a,
        pose=pose,
        position_sigma_m=max(a.position_sigma_m, b.position_sigma_m),
        is_healthy=a.is_healthy and b.is_healthy,
    )
