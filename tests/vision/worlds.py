"""A one-aisle site, poses before its faces, and pictures of textured planes behind an opening."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import FaceView, find_face_view
from warehouse.camera import CameraModel, intersect_plane
from warehouse.coordinates import heading_from_along
from warehouse.layout import Bin, RackFace
from warehouse.poses import FrameRecord, Pose
from warehouse.site import Site
from warehouse.site_file import load_site

SHARP_SITE = Path(__file__).parents[2] / "benchmarks" / "sites" / "sharp"
Grey = NDArray[np.uint8]


def demo_site() -> Site:
    return load_site(SHARP_SITE)


def frame_before(
    site: Site,
    face: RackFace,
    along_m: float,
    height_m: float,
    *,
    name: str = "01/000001",
    standoff_m: float = 1.3,
    roll_deg: float = 0.0,
) -> FrameRecord:
    """Return a frame whose camera looks square at a face; the drone flies so that its right side looks at it."""
    camera = site.cameras[0]
    body = face.point_m(along_m, height_m, standoff_m + abs(camera.offset_body_m[1]))
    pose = Pose(
        time_s=0.0,
        position_m=(float(body[0]), float(body[1]), float(body[2])),
        roll_deg=roll_deg,
        pitch_deg=0.0,
        heading_deg=(heading_from_along(-np.asarray(face.outward)) - 90.0) % 360.0,
    )
    return FrameRecord(
        frame=name,
        sortie="01",
        file=f"sorties/{name.replace('/', '/frames/')}.jpg",
        camera="right",
        captured_at="2026-01-12T20:00:00Z",
        pose=pose,
        position_sigma_m=0.03,
        is_ekf_healthy=True,
    )


def view_of(site: Site, b: Bin, *, along_m: float | None = None) -> FaceView:
    """Return the view of a frame taken before a bin's label band."""
    face = site.layout.faces[b.face]
    view = find_face_view(site, frame_before(site, face, b.along_m if along_m is None else along_m, b.base_m + 0.6))
    assert view is not None
    return view


def texture(seed: int, *, period_m: float | None = None, step_m: float = 0.004) -> NDArray[np.float32]:
    """Return a random picture of 8 x 4 m, `step_m` a pixel; with a period, the same piece over and over along it."""
    rng = np.random.default_rng(seed)
    width = round((8.0 if period_m is None else period_m) / step_m)
    tile = cv2.GaussianBlur(rng.normal(0, 1, (round(4.0 / step_m), width)).astype(np.float32), (0, 0), 3.0)
    return np.asarray(120 + 400 * np.tile(tile, (1, int(np.ceil(8.0 / step_m / width)))), dtype=np.float32)


@cache
def _rays_in_camera(camera: CameraModel, width: int, height: int, shrink: int) -> NDArray[np.float64]:
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    pose = Pose(time_s=0.0, position_m=(0.0, 0.0, 0.0), roll_deg=0.0, pitch_deg=0.0, heading_deg=0.0)
    return camera.rays(pose, (np.stack([x, y], axis=-1) + 0.5) * shrink - 0.5)[1] @ camera.site_from_camera(pose)


def photograph(
    camera: CameraModel,
    pose: Pose,
    face: RackFace,
    planes: list[tuple[float, tuple[float, float], NDArray[np.float32]]],
    *,
    shrink: int,
) -> Grey:
    """Return the picture, `shrink` times smaller than the camera's, of upright planes parallel to the face, farthest first.

    Each plane is (metres behind the face, its extent along the aisle, its texture).
    """
    width, height = camera.size_px[0] // shrink, camera.size_px[1] // shrink
    origin = camera.camera_centre_m(pose)
    rays = _rays_in_camera(camera, width, height, shrink) @ camera.site_from_camera(pose).T
    picture = np.full((height, width), 30.0, dtype=np.float32)
    for behind_m, (start, end), painted in planes:
        places = face.face_coordinates_m(intersect_plane(origin, rays, face.point_m(0, 0, -behind_m), face.outward))
        u = ((places[..., 0] + 2.0) / 0.004).astype(np.float32)
        v = ((places[..., 1] % 4.0) / 0.004).astype(np.float32)
        seen = cv2.remap(painted, u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        inside = (places[..., 0] >= start) & (places[..., 0] <= end)
        picture = np.where(inside, seen, picture)
    return np.asarray(np.clip(picture, 0, 255), dtype=np.uint8)
