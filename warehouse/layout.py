"""The building: aisles, rack faces, bins, keep-out boxes, home pads.

Site frame (suffix `_m` without more, or `_site`): right-handed, x to the right and y up on the floor plan, z up from the floor.
A face is the plane of the rack front along one side of an aisle; its outward vector points into the aisle.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from warehouse.coordinates import Anchor, along_from_heading
from warehouse.locations import LocationCode, LocationPattern

Vector = NDArray[np.float64]

LOWEST_LOAD_M = 0.15
"""Height of the lowest load that a location called empty must surely not hold: an empty EUR pallet is 0.144 m high (EN 13698-1)."""


class BinKind(StrEnum):
    """What a bin is used for, and so whether the drone can be asked to look at it."""

    NORMAL = "normal"
    PICKING = "picking"
    UNUSED = "unused"
    FORBIDDEN = "forbidden"
    REAR = "rear"
    """The rear place of a double-deep rack: not observable from the aisle."""

    @property
    def is_observable(self) -> bool:
        """Whether a look from the aisle can say anything about the stock in it."""
        return self in (BinKind.NORMAL, BinKind.PICKING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One location as a physical opening in a rack face."""

    code: LocationCode
    face: str
    """Name of the rack face, as in `RackFace.name`."""
    centre_m: tuple[float, float, float]
    """Site frame; the middle of the opening, on the plane of the face."""
    along_m: float
    """Distance of the middle from the start of the aisle, along it."""
    width_m: float
    height_m: float
    depth_m: float
    kind: BinKind = BinKind.NORMAL

    @property
    def base_m(self) -> float:
        """Height above the floor of what the pallet stands on."""
        return self.centre_m[2] - self.height_m / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RackFace:
    """One side of an aisle."""

    name: str
    """`<aisle>-left` or `<aisle>-right`, as seen when walking from the start of the aisle."""
    aisle: str
    side: str
    """`left` or `right`."""
    origin_m: tuple[float, float, float]
    """Site frame; on the floor, at the start of the aisle, on the plane of the face."""
    along: tuple[float, float, float]
    """Unit vector from the start of the aisle to its end."""
    outward: tuple[float, float, float]
    """Unit vector out of the rack into the aisle."""
    length_m: float

    def point_m(self, along_m: float, height_m: float, outward_m: float = 0.0) -> Vector:
        """Return the site-frame point at `along_m`, `height_m` above the floor, `outward_m` in front of the face."""
        point = np.asarray(self.origin_m) + along_m * np.asarray(self.along) + outward_m * np.asarray(self.outward)
        return np.asarray(point + np.array([0.0, 0.0, height_m]), dtype=np.float64)

    def on_face_m(self, along_m: float, height_m: float) -> tuple[float, float, float]:
        """Return the same on the plane of the face, without arrays: layouts have 100,000 of these."""
        x, y, z = self.origin_m
        return (x + along_m * self.along[0], y + along_m * self.along[1], z + height_m)

    def face_coordinates_m(self, points_site: Vector) -> Vector:
        """Return (…, 3): along, height and outward distance of site-frame points (…, 3)."""
        d = points_site - np.asarray(self.origin_m)
        return np.stack([d @ np.asarray(self.along), d[..., 2], d @ np.asarray(self.outward)], axis=-1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aisle:
    """A gap between racks, along which the drone flies."""

    name: str
    start_m: tuple[float, float]
    """Site frame; on the centre line, at the first bay."""
    heading_deg: float
    """Direction from start to end, clockwise from the site's +y."""
    length_m: float
    width_m: float
    """Clear width between the two planes of the faces."""
    ceiling_m: float | None = None
    """Height of what hangs lowest over this aisle; None: no lower than over the rest of the building."""

    def face(self, side: str) -> RackFace:
        """Return the rack face on the `left` or `right` when walking along the aisle."""
        along = along_from_heading(self.heading_deg)
        to_right = np.array([along[1], -along[0], 0.0])
        out = -to_right if side == "right" else to_right
        origin = np.array([*self.start_m, 0.0]) - out * self.width_m / 2
        return RackFace(
            name=f"{self.name}-{side}",
            aisle=self.name,
            side=side,
            origin_m=_triple(origin),
            along=_triple(along),
            outward=_triple(out),
            length_m=self.length_m,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepOut:
    """A box that no rotor may enter; axis-parallel in the site frame, then turned about the upright through `min_m`."""

    name: str
    min_m: tuple[float, float, float]
    max_m: tuple[float, float, float]
    heading_deg: float = 0.0
    """Of the side that lies along +y while it is 0, clockwise."""

    @property
    def axes(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Unit vectors, on the floor plan, of the sides that lie along +x and +y while the heading is 0."""
        y = along_from_heading(self.heading_deg)
        return (float(y[1]), -float(y[0])), (float(y[0]), float(y[1]))

    def outline_m(self) -> list[tuple[float, float]]:
        """Return its four corners on the floor plan."""
        (ax, ay), (bx, by) = self.axes
        across, along = self.max_m[0] - self.min_m[0], self.max_m[1] - self.min_m[1]
        x, y = self.min_m[0], self.min_m[1]
        return [
            (x + a * across * ax + b * along * bx, y + a * across * ay + b * along * by)
            for a, b in ((0, 0), (1, 0), (1, 1), (0, 1))
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tunnel:
    """A passage through a rack, on the floor, for people or trucks; never for the drone."""

    face: str
    from_m: float
    """Along the face."""
    to_m: float
    height_m: float
    """From the floor to the lowest beam over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomePad:
    """Where a drone starts and lands, on the floor."""

    name: str
    position_m: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The whole building. Made by `warehouse.site_file`, which has checked it."""

    pattern: LocationPattern | None
    """None: the codes say nothing, and the layout file gives bay and level of each."""
    anchor: Anchor
    aisles: tuple[Aisle, ...]
    bins: tuple[Bin, ...]
    """In the order of the layout file."""
    keep_outs: tuple[KeepOut, ...] = ()
    home_pads: tuple[HomePad, ...] = field(default=())
    tunnels: tuple[Tunnel, ...] = ()
    ceiling_m: float | None = None
    """Height of what hangs lowest in the building; None: higher than the drone may fly."""

    @cached_property
    def faces(self) -> dict[str, RackFace]:
        """Rack faces that hold at least one bin, by name, in the order of the aisles, left before right."""
        used = {b.face for b in self.bins}
        faces = (aisle.face(side) for aisle in self.aisles for side in ("left", "right"))
        return {face.name: face for face in faces if face.name in used}

    @cached_property
    def bins_by_code(self) -> dict[str, Bin]:
        """Bins by the site's spelling of their code."""
        return {b.code.text: b for b in self.bins}

    @cached_property
    def _bins_by_face(self) -> dict[str, tuple[Bin, ...]]:
        by_face: dict[str, list[Bin]] = {name: [] for name in self.faces}
        for b in self.bins:
            by_face[b.face].append(b)
        return {name: tuple(bins) for name, bins in by_face.items()}

    def bins_of_face(self, face: str) -> tuple[Bin, ...]:
        """Return the bins of one face, in file order."""
        return self._bins_by_face[face]

    def depths_m(self, face: str) -> tuple[float, float]:
        """Return how deep the front places of a face reach behind its plane, and how deep the rear ones reach behind those."""
        return self._depths_by_face[face]

    @cached_property
    def _depths_by_face(self) -> dict[str, tuple[float, float]]:
        return {
            name: (
                max((b.depth_m for b in bins if b.kind is not BinKind.REAR), default=0.0),
                max((b.depth_m for b in bins if b.kind is BinKind.REAR), default=0.0),
            )
            for name, bins in self._bins_by_face.items()
        }

    @cached_property
    def _aisles_by_name(self) -> dict[str, Aisle]:
        return {aisle.name: aisle for aisle in self.aisles}

    def aisle(self, name: str) -> Aisle:
        """Return the aisle of that name; KeyError when there is none."""
        return self._aisles_by_name[name]

    def ceiling_over_m(self, aisle: str) -> float:
        """Return the height of what hangs lowest over an aisle; infinite when the site says nothing of it."""
        ceilings = (self.ceiling_m, self.aisle(aisle).ceiling_m)
        return min((c for c in ceilings if c is not None), default=math.inf)


def _triple(v: Vector) -> tuple[float, float, float]:
    return (float(v[0]), float(v[1]), float(v[2]))
