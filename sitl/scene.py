"""The simulated warehouse as flat pictures in space: what there is to photograph, and in which order to paint it.

Everything is a rectangle with a picture on it. Rack faces are painted from back to front: what lies behind the rack, its rear
posts, the loads (farthest bin first), then the beams and uprights of the face. Positions are metres in the site frame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sitl.stock import DECK_M, LabelPlace, Load, Stock
from sitl.tag_art import tag_size_m
from warehouse.layout import Bin, BinKind, RackFace
from warehouse.site import Site
from warehouse.tags_new import upright_places_m

Vector = NDArray[np.float64]

UP = np.array([0.0, 0.0, 1.0])
BEAM_HEIGHT_M = 0.11
UPRIGHT_WIDTH_M = 0.10
_LEAST_GOODS_M = 0.005
"""Goods lower than that are none: the pallet is empty."""
_BEHIND_M = 0.30
"""From the rear posts to what stands behind the rack."""
_PANEL_M = (1.0, 1.5)
_OVERHANG_M = 3.0
"""How far floor and background go on past the ends of the aisle."""


class Layer(IntEnum):
    """Order of painting on one face."""

    BACKGROUND = 0
    REAR = 1
    LOADS = 2
    FRONT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A rectangle in space, to be seen from one side only, with the name of the picture on it."""

    corner_m: Vector
    """(3,) the upper left corner, for who looks at it."""
    right_m: Vector
    """(3,) from there to the upper right corner."""
    down_m: Vector
    """(3,) from there to the lower left corner."""
    picture: tuple[str, str]
    """What `sitl.scene_pictures` draws: kind and subject."""
    layer: Layer
    shade: float = 1.0
    """How much of the light this side gives back, against a front."""
    bin_centre_m: Vector | None = None
    """Of the bin that it stands in; orders the loads."""

    @property
    def corners_m(self) -> Vector:
        """(4, 3), clockwise from the upper left, for who looks at it."""
        steps = np.array([np.zeros(3), self.right_m, self.right_m + self.down_m, self.down_m])
        return np.asarray(self.corner_m + steps)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceScene:
    """All that is seen of one rack face from its aisle, in an order in which each layer may be painted."""

    face: RackFace
    sheets: tuple[Sheet, ...]


def build_scene(site: Site, stock: Stock) -> tuple[FaceScene, ...]:
    """Return the scene of every face of the site."""
    scenes = []
    for face in site.layout.faces.values():
        bins = site.layout.bins_of_face(face.name)
        easel = _Easel(face)
        width_m = site.layout.aisle(face.aisle).width_m
        sheets = [*_background(easel, bins, width_m), *_rack(easel, bins)]
        for b in bins:
            load = stock.standing.get(b.code.text)
            if load is not None:
                sheets += _load(easel, b, load)
        sheets += _tags(easel, site)
        scenes.append(FaceScene(face=face, sheets=tuple(sheets)))
    return tuple(scenes)


class _Easel:
    """Puts rectangles where a face has them: `along` the aisle, `z` above the floor, `out` of the rack."""

    def __init__(self, face: RackFace) -> None:
        self.face = face
        self.out = np.asarray(face.outward)
        self.right = np.cross(-self.out, UP)
        """To the right for who looks at the face from the aisle."""

    def facing(self, along: float, top: float, width: float, height: float, out: float = 0.0) -> tuple[Vector, Vector, Vector]:
        """An upright rectangle with its middle at `along` that looks into the aisle."""
        corner = self.face.point_m(along, top, out) - self.right * width / 2
        return corner, self.right * width, -UP * height

    def lying(self, along: float, z: float, width: float, out: float, depth: float) -> tuple[Vector, Vector, Vector]:
        """A rectangle that looks up; it reaches `depth` back from `out`."""
        corner = self.face.point_m(along, z, out - depth) - self.right * width / 2
        return corner, self.right * width, self.out * depth

    def hanging(self, along: float, z: float, width: float, out: float, depth: float) -> tuple[Vector, Vector, Vector]:
        """A rectangle that looks down; it reaches `depth` back from `out`."""
        corner = self.face.point_m(along, z, out) - self.right * width / 2
        return corner, self.right * width, -self.out * depth

    def flank(
        self, along: float, top: float, height: float, *, out: float, depth: float, side: int
    ) -> tuple[Vector, Vector, Vector]:
        """An upright rectangle square to the face, `depth` back from `out`; `side` -1 is seen from the left, 1 from the right."""
        front = self.face.point_m(along, top, out)
        corner = front if side > 0 else front - self.out * depth
        return corner, -side * self.out * depth, -UP * height


def _sheet(
    place: tuple[Vector, Vector, Vector],
    picture: tuple[str, str],
    layer: Layer,
    shade: float = 1.0,
    bin_centre_m: Vector | None = None,
) -> Sheet:
    return Sheet(
        corner_m=place[0],
        right_m=place[1],
        down_m=place[2],
        picture=picture,
        layer=layer,
        shade=shade,
        bin_centre_m=bin_centre_m,
    )


def _depth_m(bins: tuple[Bin, ...]) -> float:
    """How far the rack reaches back; double where rear bins stand behind the front ones."""
    front = max(b.depth_m for b in bins)
    rear = max((b.depth_m for b in bins if b.kind is BinKind.REAR), default=0.0)
    return front + rear


def _background(easel: _Easel, bins: tuple[Bin, ...], aisle_width_m: float) -> Iterator[Sheet]:
    length, depth = easel.face.length_m, _depth_m(bins) + _BEHIND_M
    top = max(b.base_m + b.height_m for b in bins) + 1.5
    for i, along in enumerate(np.arange(-_OVERHANG_M + 0.5, length + _OVERHANG_M, _PANEL_M[0])):
        for j, z in enumerate(np.arange(_PANEL_M[1], top + _PANEL_M[1], _PANEL_M[1])):
            place = easel.facing(float(along), float(z), *_PANEL_M, -depth)
            yield _sheet(place, ("behind", f"{easel.face.name} {i} {j}"), Layer.BACKGROUND)
        for j, out in enumerate(np.arange(aisle_width_m, -depth, -1.0)):
            place = easel.lying(float(along), 0.0, 1.0, float(out), 1.0)
            yield _sheet(place, ("floor", f"{(i + j) % 4}"), Layer.BACKGROUND, 0.8)


def _tags(easel: _Easel, site: Site) -> Iterator[Sheet]:
    for number, tag in enumerate(site.tags):
        if tag.face == easel.face.name:
            width, height = tag_size_m(tag)
            place = easel.facing(tag.along_m, tag.height_m + height / 2, width, height, tag.outward_m + 0.0005)
            yield _sheet(place, ("tag", str(number)), Layer.FRONT)


def _rack(easel: _Easel, bins: tuple[Bin, ...]) -> Iterator[Sheet]:
    depth = _depth_m(bins)
    top = max(b.base_m + b.height_m for b in bins)
    uprights = upright_places_m(bins)
    for along in uprights:
        for z in np.arange(0.5, top + 0.3, 0.5):
            yield _sheet(easel.facing(along, float(z), UPRIGHT_WIDTH_M, 0.5, -depth), ("upright", ""), Layer.REAR)
    for b in bins:
        if b.kind is BinKind.REAR:
            continue
        centre = np.asarray(b.centre_m)
        if b.base_m > BEAM_HEIGHT_M:
            beam = (b.along_m, b.base_m, b.width_m + 0.04, BEAM_HEIGHT_M)
            deck = (b.along_m, b.base_m, b.width_m, 0.0, depth)
            yield _sheet(easel.facing(*beam, -depth), ("beam", ""), Layer.REAR)
            yield _sheet(easel.lying(*deck), ("deck", ""), Layer.LOADS, 0.8, centre)
            yield _sheet(easel.hanging(*deck), ("deck", ""), Layer.FRONT, 0.5)
            yield _sheet(easel.facing(*beam), ("beam", ""), Layer.FRONT)
            sticker = easel.facing(b.along_m, b.base_m - 0.02, 0.20, 0.07, 0.001)
            yield _sheet(sticker, ("location", b.code.text), Layer.FRONT)
    for along in uprights:
        for z in np.arange(0.5, top + 0.3, 0.5):
            for side in (-1, 1):
                edge = along + side * UPRIGHT_WIDTH_M / 2 * float(np.sign(easel.right @ np.asarray(easel.face.along)))
                yield _sheet(easel.flank(edge, float(z), 0.5, out=0.0, depth=0.07, side=side), ("upright", ""), Layer.FRONT, 0.6)
    for along in uprights:
        for z in np.arange(0.5, top + 0.3, 0.5):
            yield _sheet(easel.facing(along, float(z), UPRIGHT_WIDTH_M, 0.5), ("upright", ""), Layer.FRONT)


def _load(easel: _Easel, b: Bin, load: Load) -> Iterator[Sheet]:
    code, centre = b.code.text, np.asarray(b.centre_m)
    to_right = float(np.sign(easel.right @ np.asarray(easel.face.along)))
    along = b.along_m + to_right * load.right_m
    out = -load.setback_m - (b.depth_m if b.kind is BinKind.REAR else 0.0)
    top, goods_height = b.base_m + load.height_m, load.height_m - DECK_M
    has_goods = goods_height > _LEAST_GOODS_M
    for side in (-1, 1) if has_goods else ():
        edge = along + side * to_right * load.width_m / 2
        place = easel.flank(edge, top, goods_height, out=out, depth=load.depth_m, side=side)
        yield _sheet(place, ("side", code), Layer.LOADS, 0.6, centre)
    lid = easel.lying(along, top, load.width_m, out, load.depth_m)
    yield _sheet(lid, ("lid", code), Layer.LOADS, 0.7, centre)
    yield _sheet(easel.facing(along, b.base_m + DECK_M, load.width_m, DECK_M, out), ("pallet", code), Layer.LOADS, 1.0, centre)
    if not has_goods:
        return
    front = easel.facing(along, top, load.width_m, goods_height, out)
    yield _sheet(front, ("goods", code), Layer.LOADS, 1.0, centre)
    glare = [_sheet(front, ("glare", code), Layer.LOADS, 1.0, centre)] if load.is_wrapped else []
    if load.label is None:
        yield from glare
        return
    is_under = load.label.is_under_wrap
    yield from [] if is_under else glare
    yield _sheet(_sticker_place(easel, load.label, along, b.base_m, out + 0.001), ("label", code), Layer.LOADS, 1.0, centre)
    yield from glare if is_under else []


def _sticker_place(easel: _Easel, label: LabelPlace, along: float, base: float, out: float) -> tuple[Vector, Vector, Vector]:
    middle = easel.face.point_m(along, base + label.above_base_m, out) + easel.right * label.right_m
    c, s = np.cos(np.radians(label.tilt_deg)), np.sin(np.radians(label.tilt_deg))
    right = (easel.right * c - UP * s) * label.width_m
    down = (-UP * c - easel.right * s) * label.height_m
    return middle - right / 2 - down / 2, right, down
