"""A rack face as a drawing: where each bin, bay, level and photo stands when a person in the aisle looks at it.

Drawing units are centimetres, x to the right and y down, as SVG wants them; the floor is at `floor`. Standing in the aisle and
facing the rack, the right hand points along `-outward x up`. On the left face of an aisle that is the direction of the aisle; on
the right face it is against it, so bay numbers run from right to left there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from warehouse.layout import Bin, BinKind, RackFace
from warehouse.poses import FrameRecord

_SIDE = 62.0
"""Room left and right of the rack, for the level names."""
_BELOW = 88.0
"""Room under the floor, for the bay names and the ends of the aisle."""
_ABOVE = 16.0
_POST = 8.0
"""Width of an upright, where the layout leaves no more room between two bays."""
_LONGEST_HOP_M = 3.0
"""Two photos of a face further apart than this are not joined by a line: the drone looked elsewhere in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """An upright rectangle in drawing units; x, y is its upper left corner."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBin:
    """One bin's opening in the drawing."""

    bin: Bin
    box: Box

    @property
    def short(self) -> str:
        """The code without its aisle, which the whole drawing is named after, where the code begins with it."""
        code = self.bin.code
        rest = code.text.removeprefix(code.aisle).lstrip("-./_ ")
        return rest if code.text.startswith(code.aisle) and rest else code.text


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A word of the drawing's scale: a bay (at x) or a level (at y)."""

    text: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Elevation:
    """One rack face, drawn."""

    face: RackFace
    width: float
    height: float
    floor: float
    bins: tuple[DrawnBin, ...]
    """By height from the top down, then from left to right as drawn."""
    bays: tuple[Mark, ...]
    levels: tuple[Mark, ...]
    posts: tuple[Box, ...]
    beams: tuple[Box, ...]
    starts_left: bool
    """Whether the start of the aisle is at the left edge of the drawing."""
    path: str
    """SVG path data of the flown line along this face; empty when there is no photo of it."""
    photos: str
    """SVG path data with a dot where each photo was taken."""
    n_photos: int

    def point(self, along_m: float, height_m: float) -> tuple[float, float]:
        """Return where a place of the face, in metres along it and above the floor, lies in the drawing."""
        return _SIDE + 100 * (along_m if self.starts_left else self.face.length_m - along_m), self.floor - 100 * height_m


class Photos:
    """Where photos were taken and which way they look, as arrays, so that each face finds its own quickly."""

    def __init__(self, frames: Iterable[FrameRecord]) -> None:
        """Take the photos in the order in which they were taken."""
        taken = list(frames)
        self.sorties = [f.sortie for f in taken]
        self.positions_m = np.array([f.pose.position_m for f in taken], dtype=float).reshape(-1, 3)
        turned = np.array([90.0 if f.camera == "right" else -90.0 for f in taken])
        self.looks_rad = np.radians(np.array([f.pose.heading_deg for f in taken], dtype=float) + turned)

    def of_face(self, face: RackFace, aisle_width_m: float) -> list[tuple[str, float, float]]:
        """Return (sortie, along, height) in metres of those taken in the face's own aisle with the camera turned to the face."""
        if not self.sorties:
            return []
        towards = -(np.sin(self.looks_rad) * face.outward[0] + np.cos(self.looks_rad) * face.outward[1])
        along, height, out = face.face_coordinates_m(self.positions_m).T
        is_own = (towards > 0.5) & (along >= -1.0) & (along <= face.length_m + 1.0) & (out > 0.0) & (out < aisle_width_m)
        return [
            (self.sorties[i], float(np.clip(along[i], -0.5, face.length_m + 0.5)), float(max(height[i], 0.0)))
            for i in np.flatnonzero(is_own)
        ]


def runs_left_to_right(face: RackFace) -> bool:
    """Return whether the aisle's direction runs from left to right for someone who stands in it and looks at the face."""
    right_hand = np.cross(-np.asarray(face.outward), (0.0, 0.0, 1.0))
    return bool(right_hand @ np.asarray(face.along) > 0)


def draw_face(
    face: RackFace, bins: Sequence[Bin], *, aisle_width_m: float, frames: Iterable[FrameRecord] | Photos = ()
) -> Elevation:
    """Return the drawing of `face` with its `bins` (at least one), and the photos among `frames` that were taken of it.

    `aisle_width_m` tells photos of this face from those of a face in the next aisle that looks the same way.
    """
    forward = runs_left_to_right(face)
    photos = (frames if isinstance(frames, Photos) else Photos(frames)).of_face(face, aisle_width_m)
    heights = [b.base_m + b.height_m for b in bins] + [h for _, _, h in photos]
    floor = _ABOVE + max(heights) * 100

    def x_of(along_m: float) -> float:
        return _SIDE + 100 * (along_m if forward else face.length_m - along_m)

    boxes = {b.code.text: _opening(b, x_of(b.along_m), floor) for b in bins}
    drawn = tuple(
        DrawnBin(bin=b, box=boxes[b.code.text])
        for b in sorted(bins, key=lambda b: (b.kind is BinKind.REAR, -round(b.base_m, 2), boxes[b.code.text].x))
    )
    hops = [(sortie, round(x_of(along), 1), round(floor - height * 100, 1)) for sortie, along, height in photos]
    return Elevation(
        face=face,
        width=face.length_m * 100 + 2 * _SIDE,
        height=floor + _BELOW,
        floor=floor,
        bins=drawn,
        bays=_bays(bins, boxes),
        levels=_levels(bins, boxes),
        posts=_posts(bins, boxes, floor),
        beams=tuple(Box(x=b.x, y=b.y + b.height, width=b.width, height=4.0) for b in boxes.values()),
        starts_left=forward,
        path=_line(hops),
        photos="".join(f"M{x:g} {y:g}h0" for _, x, y in hops),
        n_photos=len(hops),
    )


def _opening(b: Bin, x: float, floor: float) -> Box:
    box = Box(x=x - b.width_m * 50, y=floor - (b.base_m + b.height_m) * 100, width=b.width_m * 100, height=b.height_m * 100)
    if b.kind is not BinKind.REAR:
        return box
    # A rear place stands behind its front place: it peeks out at the upper right, so that both can be seen and clicked.
    return Box(x=box.x + box.width * 0.62, y=box.y, width=box.width * 0.38, height=box.height * 0.3)


def _by_part(bins: Sequence[Bin], boxes: dict[str, Box], part: str) -> dict[str, list[Box]]:
    parts: dict[str, list[Box]] = {}
    for b in bins:
        if b.kind is not BinKind.REAR:
            parts.setdefault(getattr(b.code, part), []).append(boxes[b.code.text])
    return parts


def _bays(bins: Sequence[Bin], boxes: dict[str, Box]) -> tuple[Mark, ...]:
    bays = _by_part(bins, boxes, "bay")
    marks = [Mark(text=name, at=(min(b.x for b in bay) + max(b.x + b.width for b in bay)) / 2) for name, bay in bays.items()]
    return tuple(sorted(marks, key=lambda m: m.at))


def _levels(bins: Sequence[Bin], boxes: dict[str, Box]) -> tuple[Mark, ...]:
    levels = _by_part(bins, boxes, "level")
    marks = [Mark(text=name, at=float(np.median([b.y + b.height / 2 for b in level]))) for name, level in levels.items()]
    return tuple(sorted(marks, key=lambda m: m.at))


def _posts(bins: Sequence[Bin], boxes: dict[str, Box], floor: float) -> tuple[Box, ...]:
    """Return an upright at each end of each bay; neighbouring bays that touch or nearly touch share one."""
    posts: list[Box] = []
    for bay in _by_part(bins, boxes, "bay").values():
        top = min(b.y for b in bay)
        for x in (min(b.x for b in bay) - _POST / 2 - 1, max(b.x + b.width for b in bay) + _POST / 2 + 1):
            if all(abs(x - (p.x + _POST / 2)) > 2 * _POST for p in posts):
                posts.append(Box(x=x - _POST / 2, y=top, width=_POST, height=floor - top))
    return tuple(posts)


def _line(hops: Sequence[tuple[str, float, float]]) -> str:
    parts = []
    for i, (sortie, x, y) in enumerate(hops):
        before = hops[i - 1] if i else None
        joined = before is not None and before[0] == sortie and np.hypot(x - before[1], y - before[2]) <= _LONGEST_HOP_M * 100
        parts.append(f"{'L' if joined else 'M'}{x:g} {y:g}")
    return "".join(parts)
