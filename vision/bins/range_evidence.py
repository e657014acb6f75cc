"""What the sideways range sensor says of each bin, from the readings whose beam went well inside its opening.

A beam passes at one height: it proves where the surface lies there, and nothing of what stands lower or higher. So readings
make no bin empty, alone or by settling which of two depths the photos show: low goods before a wall of the same pattern pass for it
then (tried). They agree, they object where the photos look empty and something was met at the front, and where the photos tell
nothing they prove that something stands there.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from vision.bins.face_view import ATTITUDE_SIGMA_RAD
from vision.bins.occupancy import Depth
from warehouse.camera import intersect_plane
from warehouse.layout import Bin, RackFace
from warehouse.poses import RangeRecord
from warehouse.range_sensor import RangeSensor
from warehouse.site import Site

INSIDE_SIGMAS = 2.0
"""How far inside an opening, in standard deviations of its place and beside its radius, a beam must pass to count as inside."""
MAX_SIGMA_M = 0.15
"""A reading whose place is less certain belongs to no bin."""
_MAX_OBLIQUITY = 0.94
"""Smallest cosine between beam and the face's normal: 20 degrees."""
_IN_AISLE_M = 0.15
"""What is met farther than this before the face stands in the aisle, and hides the bin."""
FRONT_TO, FAR_FROM = 0.35, 0.6
"""Shares of the bin's depth: nearer than the first is the front, farther than the second the rear or what lies behind."""
MIN_FAR = 4
MIN_FRONT = 3
MAX_BETWEEN = 1
"""Readings between front and far, as an edge gives or a fault of the sensor, beside which the others are still believed."""
MIN_SPAN = 0.5
"""Share of the opening's width, from the first far reading to the last."""
MAX_GAP_M = 0.25
"""Between neighbouring far readings: half the width of the narrowest load carrier, a quarter pallet (0.6 by 0.4 m), and some."""
FRONT_SPAN_M = 0.15
OBJECTIONS = 2
"""Readings at the front, in the middle half of the opening, that speak against an empty bin. A single one may be a fault of the
sensor; at the rim the beam may have met the neighbour's goods, where a reading came late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeEvidence:
    """What readings say of one bin."""

    depth: Depth = Depth.UNDECIDED
    behind_m: float | None = None
    """How far behind the plane of the face the surface lies, the median of the readings that `depth` rests on."""
    n_far: int = 0
    n_front: int = 0
    n_between: int = 0
    n_front_middle: int = 0
    """Of `n_front`, those in the middle half of the opening's width."""
    heights_m: tuple[float, ...] = ()
    """Heights above the bin's base at which the beam passed, in steps of 10 cm."""

    @property
    def objects_to_empty(self) -> bool:
        """Whether something was met at the front often enough to doubt that nothing stands there."""
        return self.depth is Depth.FRONT or self.n_front_middle >= OBJECTIONS

    def where(self) -> str:
        """Return for people at which heights the beam passed."""
        return " and ".join(f"{height:.1f}" for height in self.heights_m) + " m above the floor of the location"


NO_READINGS = RangeEvidence()
"""Of a drone without the sensor, or a bin that its beam did not pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hit:
    """Where one beam entered a face, and how far behind it something was met."""

    along_m: float
    height_m: float
    behind_m: float
    slope: float
    """Metres along the aisle for each metre behind the face."""
    sigma_m: float
    radius_m: float
    """Of the beam, at the face."""


def range_evidence(site: Site, records: Iterable[RangeRecord]) -> dict[str, RangeEvidence]:
    """Return what the readings say, by location; locations that no beam passed are left out."""
    sensor = site.range_sensor
    if sensor is None:
        return {}
    hits: dict[str, list[_Hit]] = defaultdict(list)
    for record in records:
        found = _hit(site, sensor, record)
        if found is not None:
            hits[found[0]].append(found[1])
    evidence = {}
    for face, met in hits.items():
        for b in site.layout.bins_of_face(face):
            mine = [hit for hit in met if _is_inside(b, hit)]
            if mine and b.kind.is_observable:
                evidence[b.code.text] = _judge(b, mine)
    return evidence


def _hit(site: Site, sensor: RangeSensor, record: RangeRecord) -> tuple[str, _Hit] | None:
    """Return the name of the face that the beam entered, and where; None where it tells nothing of any."""
    usable = record.is_ekf_healthy and record.position_sigma_m <= MAX_SIGMA_M and record.side == sensor.side
    if record.distance_m is None or not usable:
        return None
    origin, ahead = sensor.beam(record.pose)
    face = _nearest_face(site, origin, ahead)
    if face is None:
        return None
    entry = intersect_plane(origin, ahead, face.point_m(0.0, 0.0), face.outward)
    standoff = float(np.linalg.norm(entry - origin))
    along, height, _ = (float(v) for v in face.face_coordinates_m(entry))
    met = face.face_coordinates_m(origin + record.distance_m * ahead)
    inward = -float(ahead @ np.asarray(face.outward))
    return face.name, _Hit(
        along_m=along,
        height_m=height,
        behind_m=-float(met[2]),
        slope=float(ahead @ np.asarray(face.along)) / inward,
        sigma_m=math.hypot(record.position_sigma_m, ATTITUDE_SIGMA_RAD * standoff),
        radius_m=sensor.radius_m(standoff),
    )


def _nearest_face(site: Site, origin: np.ndarray, ahead: np.ndarray) -> RackFace | None:
    best: tuple[float, RackFace] | None = None
    for face in site.layout.faces.values():
        along, _, out = (float(v) for v in face.face_coordinates_m(origin))
        is_faced = -float(ahead @ np.asarray(face.outward)) >= _MAX_OBLIQUITY and out > 0.05 and 0.0 <= along <= face.length_m
        if is_faced and (best is None or out < best[0]):
            best = out, face
    return None if best is None else best[1]


def _is_inside(b: Bin, hit: _Hit) -> bool:
    """Whether the beam went through the bin's opening, clear of its rim, and out of the bin at its far side only."""
    if hit.behind_m < -_IN_AISLE_M:
        return False
    margin = INSIDE_SIGMAS * hit.sigma_m + hit.radius_m
    reached = hit.along_m + hit.slope * min(max(hit.behind_m, 0.0), FAR_FROM * b.depth_m)
    is_within = max(abs(hit.along_m - b.along_m), abs(reached - b.along_m)) <= b.width_m / 2 - margin
    return is_within and b.base_m + margin <= hit.height_m <= b.base_m + b.height_m - margin


def _judge(b: Bin, hits: list[_Hit]) -> RangeEvidence:
    far = [h for h in hits if h.behind_m >= FAR_FROM * b.depth_m]
    front = [h for h in hits if h.behind_m <= FRONT_TO * b.depth_m]
    n_between = len(hits) - len(far) - len(front)
    depth, told = Depth.UNDECIDED, []
    if len(far) >= MIN_FAR and not front and n_between <= MAX_BETWEEN and _covers(b, far):
        depth, told = Depth.FAR, far
    elif len(front) >= MIN_FRONT and len(front) > len(far) + n_between and _span_m(front) >= FRONT_SPAN_M:
        depth, told = Depth.FRONT, front
    heights = {round(round((h.height_m - b.base_m) * 10) / 10, 1) for h in hits}
    return RangeEvidence(
        depth=depth,
        behind_m=round(float(np.median([h.behind_m for h in told])), 3) if told else None,
        n_far=len(far),
        n_front=len(front),
        n_between=n_between,
        n_front_middle=sum(abs(h.along_m - b.along_m) <= b.width_m / 4 for h in front),
        heights_m=tuple(sorted(heights)),
    )


def _covers(b: Bin, far: list[_Hit]) -> bool:
    alongs = np.sort([h.along_m for h in far])
    return bool(alongs[-1] - alongs[0] >= MIN_SPAN * b.width_m and np.diff(alongs).max() <= MAX_GAP_M)


def _span_m(hits: list[_Hit]) -> float:
    alongs = [h.along_m for h in hits]
    return max(alongs) - min(alongs)
