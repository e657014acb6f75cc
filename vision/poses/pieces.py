"""Long lanes in pieces that are corrected one by one, so that time and memory grow with the number of frames and no faster.

What is known of a frame comes from the tags and symbols within some metres of it, which a piece that reaches far enough to both
sides has.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from vision.bins.face_view import FaceView

_DENSE_M = 0.3
"""Frames nearer than this to one another see the same: dense lanes are dealt out like cards, each hand of full length."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Some frames of one lane, in flight order."""

    views: list[FaceView]
    told: frozenset[str]
    """The frames whose correction is taken from this piece: each frame of the lane is told by one piece."""


def pieces_of(lane: Sequence[FaceView], most: int) -> list[Piece]:
    """Return a lane as pieces of at most `most` frames; as one piece when it has no more."""
    if len(lane) <= most:
        return [_whole(lane)]
    steps = [abs(b.along_m - a.along_m) for a, b in pairwise(lane)]
    n_hands = min(math.ceil(len(lane) / most), max(int(_DENSE_M / max(float(np.median(steps)), 1e-3)), 1))
    return [piece for i in range(n_hands) for piece in _cut(lane[i::n_hands], most)]


def _whole(views: Sequence[FaceView]) -> Piece:
    return Piece(list(views), frozenset(v.frame.frame for v in views))


def _cut(views: Sequence[FaceView], most: int) -> list[Piece]:
    """Return overlapping pieces; told are the middle half of each, and the ends of the lane."""
    if len(views) <= most:
        return [_whole(views)]
    margin = most // 4
    step = most - 2 * margin
    starts = [*range(0, len(views) - most, step), len(views) - most]
    borders = [0, *(s + margin for s in starts[1:]), len(views)]
    return [
        Piece(list(views[s : s + most]), frozenset(v.frame.frame for v in views[a:b]))
        for s, (a, b) in zip(starts, pairwise(borders), strict=True)
    ]
