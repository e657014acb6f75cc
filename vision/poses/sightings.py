"""What frames see in common, in the coordinates of a rack face: directions to symbols, and flights cut into lanes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import FaceView
from vision.codes.decoded import MATRIX, Decoded
from vision.reads import UprightSeen
from warehouse.tags import APRIL_TAG

Vector = NDArray[np.float64]

LANE_GAP_M = 2.5
"""A step between two frames of one face that is longer than this begins a new lane."""
LANE_LEVEL_M = 0.6
"""So does one that leads this far from the usual height of the last frames: one of them alone may be wrong."""
_LAST = 9
UPRIGHT = "upright"
"""In the place of a symbology: one line of the rack that tells nothing of heights."""
_TURN_RAD = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One symbol in one frame. Directions are tangents: metres along and up, for each metre into the rack."""

    frame: int
    """Number of the frame in its group."""
    symbology: str
    text: str
    tangent: Vector
    """(2,) to the middle of the symbol."""
    turn: Vector
    """(2,) what one radian of heading, clockwise, adds to it."""
    length: float
    """Length of the bars, or mean side of a square code: metres for each metre of depth."""
    stretch: float
    """Share by which one radian of heading makes the length greater."""
    strength: float = 1.0
    """0 to 1: how much a candidate for an upright looks like one; 1 for what was decoded."""


def lanes_of(views: Sequence[FaceView]) -> list[list[FaceView]]:
    """Return the views, given in flight order, cut into straight passes along one face at one height by one camera of one drone.

    Two cameras of a drone take their photos in turns: each goes on with a pass of its own.
    """
    lanes: list[list[FaceView]] = []
    last: dict[tuple[str, str], list[FaceView]] = {}
    for view in views:
        key = view.frame.sortie, view.frame.camera
        lane = last.get(key)
        if lane is None or not _goes_on(lane, view):
            last[key] = lane = []
            lanes.append(lane)
        lane.append(view)
    return lanes


def _goes_on(lane: list[FaceView], view: FaceView) -> bool:
    last = lane[-1]
    if last.face.name != view.face.name:
        return False
    step = abs(view.along_m - last.along_m)
    usual_m = float(np.median([v.frame.pose.position_m[2] for v in lane[-_LAST:]]))
    return step <= LANE_GAP_M and abs(view.frame.pose.position_m[2] - usual_m) <= LANE_LEVEL_M


def travelled_m(lane: Sequence[FaceView]) -> Vector:
    """Return (n,) the way flown up to each frame, by the recorded places along the face."""
    steps = [abs(b.along_m - a.along_m) for a, b in pairwise(lane)]
    return np.concatenate([[0.0], np.cumsum(steps)])


def sightings_of(view: FaceView, number: int, found: Iterable[Decoded]) -> list[Sighting]:
    """Return the symbols of one frame whose corners have directions into the rack."""
    sightings: list[Sighting] = []
    decoded = list(found)
    if not decoded:
        return sightings
    all_rays = view.camera.rays(view.frame.pose, np.array([d.corners_px for d in decoded], dtype=np.float64))[1]
    for d, rays in zip(decoded, all_rays, strict=True):
        plain, turned = _tangents(view, rays), _tangents(view, _turned(rays))
        if not (np.isfinite(plain).all() and np.isfinite(turned).all()):
            continue
        length = _length(plain, d.symbology)
        if length <= 0.0:
            continue
        sightings.append(
            Sighting(
                frame=number,
                symbology=d.symbology,
                text=d.text,
                tangent=plain.mean(axis=0),
                turn=(turned.mean(axis=0) - plain.mean(axis=0)) / _TURN_RAD,
                length=length,
                stretch=(_length(turned, d.symbology) / length - 1.0) / _TURN_RAD,
            )
        )
    return sightings


def upright_sightings(view: FaceView, number: int, found: Iterable[UprightSeen]) -> list[Sighting]:
    """Return the uprights of one frame; their height is that of the lens."""
    sightings: list[Sighting] = []
    for upright in found:
        rays = view.camera.rays(view.frame.pose, np.array(upright.ends_px))[1]
        plain, turned = _tangents(view, rays), _tangents(view, _turned(rays))
        if np.isfinite(plain).all() and np.isfinite(turned).all():
            along, turn = float(plain[:, 0].mean()), float((turned - plain)[:, 0].mean()) / _TURN_RAD
            sightings.append(
                Sighting(
                    frame=number,
                    symbology=UPRIGHT,
                    text="",
                    tangent=np.array([along, 0.0]),
                    turn=np.array([turn, 0.0]),
                    length=upright.width,
                    stretch=0.0,
                    strength=upright.strength,
                )
            )
    return sightings


def _turned(rays: Vector) -> Vector:
    c, s = np.cos(_TURN_RAD), np.sin(_TURN_RAD)
    return np.stack([c * rays[:, 0] + s * rays[:, 1], -s * rays[:, 0] + c * rays[:, 1], rays[:, 2]], axis=-1)


def _tangents(view: FaceView, rays: Vector) -> Vector:
    into = -rays @ np.asarray(view.face.outward)
    into = np.where(into > 0.1, into, np.nan)
    return np.stack([rays @ np.asarray(view.face.along), rays[:, 2]], axis=-1) / into[:, None]


def _length(corners: Vector, symbology: str) -> float:
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    is_square = symbology in MATRIX or symbology == APRIL_TAG
    return float(sides.mean() if is_square else (sides[0] + sides[2]) / 2)
