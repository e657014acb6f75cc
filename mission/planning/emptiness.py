"""Whether the photos of a pass can prove that nothing stands in a bin: down to what height they show its rear.

A label hangs high on its load; a low load behind the edge of the shelf shows only in the lowest rows of a picture. The reader calls
a bin surely empty when these rows show what lies far behind it (`vision.bins.clear_down`).
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from mission.planning.flight_errors import FlightErrors
from warehouse.camera import CameraModel
from warehouse.goods import SmallestGoods
from warehouse.layout import LOWEST_LOAD_M
from warehouse.poses import Pose

PROVABLE_M = 0.07
"""Height above a bin's base, at its rear, down to which photos must show it: the lowest load's, less two standard deviations of
2.5 cm of where the lowest rows look, less the 3 cm that the reader's lowest window takes."""


def shown_down_to_m(
    camera: CameraModel, errors: FlightErrors, *, standoff_m: float, camera_m: tuple[float, float], depth_m: float
) -> float:
    """Return the height above a bin's base, at its rear, down to which 99 of 100 photos show it.

    `camera_m` are the lowest and the highest place of the camera above that base as it passes the bin; the rear lies `depth_m`
    behind the face. A camera lower than the base does not see the deck behind the shelf's edge; of a pass up and down, the
    photo counts that shows most.
    """
    away_m, slope = standoff_m + depth_m, _slope_of_lower_edge(camera)
    strays_m = math.hypot(errors.height_m, away_m * math.tan(math.radians(errors.roll_deg)))
    behind = depth_m / standoff_m
    # The picture's edge and the shelf's meet at the rear for a camera at this height; above, the picture ends first.
    best_m = (slope * away_m - strays_m + errors.height_m * behind) / (1 + behind)
    at_m = min(max(best_m, camera_m[0]), camera_m[1])
    return max(at_m - slope * away_m + strays_m, (errors.height_m - at_m) * behind)


def hides(camera: CameraModel, goods: SmallestGoods, *, shown_m: float, depth_m: float) -> bool:
    """Return whether such goods may stand in a bin and not show, the lowest ray of sight reaching its rear at `shown_m`."""
    slope = _slope_of_lower_edge(camera)
    proven_m = shown_m + LOWEST_LOAD_M - PROVABLE_M
    return goods.height_m <= proven_m or depth_m - (goods.height_m - proven_m) / slope >= goods.depth_m


@lru_cache(maxsize=64)
def _slope_of_lower_edge(camera: CameraModel) -> float:
    """Return by how much the rays of the picture's lower edge fall, a metre away from the lens."""
    width, height = camera.size_px
    pose = Pose(time_s=0.0, position_m=(0.0, 0.0, 0.0), roll_deg=0.0, pitch_deg=0.0, heading_deg=0.0)
    _, rays = camera.rays(pose, np.array([(x, height - 1.0) for x in (0.0, (width - 1) / 2, width - 1.0)]))
    outwards = camera.site_from_camera(pose)[:, 2] * (1.0, 1.0, 0.0)
    return float((-rays[:, 2] / (rays @ (outwards / np.linalg.norm(outwards)))).min())
