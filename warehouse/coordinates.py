"""Site frame <-> local NED <-> latitude and longitude; headings <-> unit vectors.

- Site frame: x right, y up on the floor plan, z up; metres from the site's own zero.
- NED: north, east, down; metres from the anchor, which is where the site's zero stands on the globe.
- A *heading* is clockwise: from the site's +y for `heading_deg` of aisles and poses, from true north for `heading_ned_deg`.

Functions are named target-first and take (…, 2) or (…, 3) arrays. Latitude and longitude use the flat-earth scaling of ArduPilot's
`AP_Common/Location.cpp` (`LOCATION_SCALING_FACTOR`, metres per 1e-7 degree), so that a mission item lands where the autopilot's
own local frame puts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

METRES_PER_1E7_DEG = 0.011131884502145034
"""ArduPilot, `AP_Common/Location.h`: LOCATION_SCALING_FACTOR."""

Vector = NDArray[np.float64]
Angle = TypeVar("Angle", float, Vector)


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """Where the zero of the site frame stands, and how the site is turned.

    Indoors this is a convention between us and the autopilot (the EKF origin), not a survey: any plausible place will do.
    """

    latitude_deg: float
    longitude_deg: float
    altitude_amsl_m: float
    heading_deg: float
    """Compass heading of the site's +y axis."""


def shorter_turn_deg(start_deg: Angle, end_deg: Angle) -> Angle:
    """Return the shorter way round from one angle to another, -180 (included) to 180: positive in the sense that angles grow in."""
    return (end_deg - start_deg + 180.0) % 360.0 - 180.0


def along_from_heading(heading_deg: float) -> Vector:
    """Return the site-frame unit vector (3,) of a heading, clockwise from +y."""
    h = np.radians(heading_deg)
    return np.array([np.sin(h), np.cos(h), 0.0])


def heading_from_along(along: ArrayLike) -> float:
    """Return the heading in [0, 360), clockwise from +y, of a site-frame vector."""
    v = np.asarray(along, dtype=np.float64)
    return _wrapped(float(np.degrees(np.arctan2(v[0], v[1]))))


def heading_ned_from_site(anchor: Anchor, heading_site_deg: float) -> float:
    """Return the compass heading in [0, 360) of a heading in the site frame."""
    return _wrapped(heading_site_deg + anchor.heading_deg)


def heading_site_from_ned(anchor: Anchor, heading_ned_deg: float) -> float:
    """Return the heading in the site frame, in [0, 360), of a compass heading."""
    return _wrapped(heading_ned_deg - anchor.heading_deg)


def _ned_from_site_matrix(anchor: Anchor) -> Vector:
    h = np.radians(anchor.heading_deg)
    c, s = np.cos(h), np.sin(h)
    return np.array([[-s, c, 0.0], [c, s, 0.0], [0.0, 0.0, -1.0]])


def ned_from_site(anchor: Anchor, points_site: ArrayLike) -> Vector:
    """Return NED metres (…, 3) of site-frame points (…, 3)."""
    return np.asarray(points_site, dtype=np.float64) @ _ned_from_site_matrix(anchor).T


def site_from_ned(anchor: Anchor, points_ned: ArrayLike) -> Vector:
    """Return site-frame points (…, 3) of NED metres (…, 3)."""
    return np.asarray(points_ned, dtype=np.float64) @ _ned_from_site_matrix(anchor)


def latlon_1e7_from_ned(anchor: Anchor, points_ned: ArrayLike) -> NDArray[np.int64]:
    """Return integer latitude and longitude (…, 2) in 1e-7 degrees, as mission items carry them, of NED points (…, 2 or 3)."""
    p = np.asarray(points_ned, dtype=np.float64)
    lat0, lon0 = _anchor_1e7(anchor)
    lat = lat0 + p[..., 0] / METRES_PER_1E7_DEG
    lon = lon0 + p[..., 1] / (METRES_PER_1E7_DEG * _longitude_scale((lat0 + lat) / 2))
    return np.stack([np.rint(lat), _wrapped_1e7(np.rint(lon))], axis=-1).astype(np.int64)


def ned_from_latlon_1e7(anchor: Anchor, latlon_1e7: ArrayLike) -> Vector:
    """Return north and east metres (…, 2) of latitude and longitude (…, 2) in 1e-7 degrees."""
    p = np.asarray(latlon_1e7, dtype=np.float64)
    lat0, lon0 = _anchor_1e7(anchor)
    north = (p[..., 0] - lat0) * METRES_PER_1E7_DEG
    east = _wrapped_1e7(p[..., 1] - lon0) * METRES_PER_1E7_DEG * _longitude_scale((lat0 + p[..., 0]) / 2)
    return np.stack([north, east], axis=-1)


def _anchor_1e7(anchor: Anchor) -> tuple[int, int]:
    return round(anchor.latitude_deg * 1e7), round(anchor.longitude_deg * 1e7)


def _longitude_scale(latitude_1e7: Vector) -> Vector:
    """Return `Location::longitude_scale` at the mean latitude of the two points, as `Location::get_distance_NE` takes it."""
    return np.maximum(np.cos(np.radians(latitude_1e7 * 1e-7)), 0.01)


def _wrapped(heading_deg: float) -> float:
    """Return the heading in [0, 360); the remainder alone gives 360.0 for the smallest negative numbers."""
    remainder = heading_deg % 360.0
    return 0.0 if remainder >= 360.0 else remainder


def _wrapped_1e7(longitude_1e7: Vector) -> Vector:
    return np.asarray((longitude_1e7 + 1.8e9) % 3.6e9 - 1.8e9, dtype=np.float64)
