"""When a location was looked at: photos hours apart may show different goods, and are not one look."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from vision.bins.face_view import FaceView

VISIT_GAP_S = 1800.0
"""Between photos of one visit at most: time to land, change the battery and go on, not to drive a pallet in and another out."""


def visits_of(views: Iterable[FaceView]) -> list[list[FaceView]]:
    """Return the views cut where more than `VISIT_GAP_S` lie between two of them, earliest first, each in the order given."""
    views = list(views)
    by_time = sorted(views, key=lambda v: v.frame.utc_s)
    borders = [b.frame.utc_s for a, b in pairwise(by_time) if b.frame.utc_s - a.frame.utc_s > VISIT_GAP_S]
    visits: list[list[FaceView]] = [[] for _ in range(len(borders) + 1)]
    for view in views:
        visits[sum(view.frame.utc_s >= border for border in borders)].append(view)
    return visits


def are_of_one_visit(a: FaceView, b: FaceView) -> bool:
    """Return whether two photos may be compared as of one moment."""
    return abs(a.frame.utc_s - b.frame.utc_s) <= VISIT_GAP_S


def known_until(views: Iterable[FaceView]) -> str:
    """Return the time (UTC, ISO 8601) up to which all that the views show together is known; empty without views.

    What photos of several visits show together is known as of the earliest of them.
    """
    first = visits_of(views)[0]
    return max((v.frame.captured_at for v in first), default="")
