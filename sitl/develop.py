"""Develop the photograph that a camera takes of the simulated warehouse: geometry, light, lens, motion, sensor.

The frame is first painted as a pinhole camera would see it, on a canvas a little larger than the sensor; then motion and defocus
are applied, the lens distortion in one resampling, the uneven light, and the noise of the sensor.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from sitl.develop_lens import Lens, motion_kernel, smear
from sitl.develop_light import Light, add_glare, glare_of
from sitl.develop_sheet import SheetPainter
from sitl.scene import FaceScene, Layer, Sheet, build_scene
from sitl.scene_pictures import Pictures
from sitl.stock import Stock
from warehouse.camera import CameraModel
from warehouse.poses import Pose
from warehouse.site import Site

Picture = NDArray[np.uint8]
Vector = NDArray[np.float64]

JPEG_QUALITY = 90
_HALL_TONE = 30
_FARTHEST_M = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _FaceIndex:
    """The sheets of one face as arrays, for culling and sorting all of them at once."""

    scene: FaceScene
    corners_m: Vector
    """(n, 4, 3)"""
    normals: Vector
    """(n, 3), towards who can see the sheet."""
    layers: NDArray[np.int64]
    bin_centres_m: Vector
    """(n, 3); NaN where a sheet stands in no bin."""


class Darkroom:
    """Develops frames of one camera in one warehouse. Not for several threads at once."""

    def __init__(self, site: Site, stock: Stock, camera: CameraModel) -> None:
        """Build the scene; pictures are drawn as they come into view."""
        self._camera = camera
        self._faces = [_index(scene) for scene in build_scene(site, stock)]
        self.pictures = Pictures(stock, site.labels, site.tags)
        self._lens = Lens(camera)
        self._light = Light(camera, seed=stock.seed)
        self._stock = stock
        width, height = self._lens.canvas_size_px
        self._canvas = np.empty((height, width), dtype=np.uint8)
        self._blurred = np.empty_like(self._canvas)

    def develop(self, pose: Pose, velocity_mps: ArrayLike, *, seed: int) -> Picture:
        """Return the grey frame (height, width) taken from the true `pose`, moving at `velocity_mps` (3,), site frame.

        `seed` draws the noise.
        """
        camera = self._camera
        centre, rotation = camera.camera_centre_m(pose), camera.site_from_camera(pose)
        faces = self._faces_in_view(centre, rotation)
        distance_m = min((float(f.scene.face.face_coordinates_m(centre)[2]) for f in faces), default=_FARTHEST_M)
        exposure = self._light.exposure(distance_m)
        self._canvas.fill(_HALL_TONE)
        painter = SheetPainter(self._canvas, self._lens.canvas_from_camera, centre, rotation)
        for face in reversed(faces):
            sheets = self._sheets_in_view(face, painter, centre)
            painter.hide_behind([sheet for sheet in sheets if sheet.picture[0] == "goods"])
            for sheet in sheets:
                self._paint(painter, sheet, centre, exposure)
        velocity_camera = np.asarray(velocity_mps, dtype=np.float64) @ rotation
        kernel = motion_kernel(velocity_camera[:2] * camera.exposure_s * np.asarray(camera.focal_px) / distance_m)
        smear(self._canvas, kernel, dst=self._blurred)
        frame = self._lens.distort(self._blurred)
        return self._light.expose(frame, centre, rotation, exposure=exposure, seed=seed)

    def _faces_in_view(self, centre: Vector, rotation: Vector) -> list[_FaceIndex]:
        """Return the faces that look back at the camera, nearest first."""
        seen = []
        for index in self._faces:
            face = index.scene.face
            along, _, out = face.face_coordinates_m(centre)
            is_ahead = float(rotation[:, 2] @ np.asarray(face.outward)) < -0.05
            if is_ahead and 0.02 < out < _FARTHEST_M and -_FARTHEST_M < along < face.length_m + _FARTHEST_M:
                seen.append((float(out), index))
        return [index for _, index in sorted(seen, key=lambda item: item[0])]

    def _sheets_in_view(self, index: _FaceIndex, painter: SheetPainter, centre: Vector) -> list[Sheet]:
        """Return what is to be painted, in order: a bin farther off in height or along the rack hides nothing of a nearer one."""
        faces_camera = np.einsum("ij,ij->i", centre - index.corners_m[:, 0], index.normals) > 1e-6
        visible = np.flatnonzero(faces_camera)
        visible = visible[painter.may_touch(index.corners_m[visible])]
        away = np.nan_to_num(np.abs(index.bin_centres_m[visible] - centre))
        along = np.round(np.abs(np.nan_to_num(index.bin_centres_m[visible] - centre) @ np.asarray(index.scene.face.along)), 3)
        is_load = index.layers[visible] == Layer.LOADS
        upwards = np.round(away[:, 2], 3)
        order = np.lexsort((visible, np.where(is_load, -along, 0), np.where(is_load, -upwards, 0), index.layers[visible]))
        return [index.scene.sheets[i] for i in visible[order]]

    def _paint(self, painter: SheetPainter, sheet: Sheet, centre: Vector, exposure: float) -> None:
        kind, subject = sheet.picture
        if kind == "goods":
            painter.hide_no_longer_behind(sheet)
        if kind == "glare":
            for glare in glare_of(self._stock.standing[subject], sheet, centre):
                add_glare(painter, glare, exposure)
            return
        gain = exposure * self._light.reaching(painter.depth_m(sheet)) * sheet.shade
        painter.paint(sheet, self.pictures.get(kind, subject), gain=gain, is_fine=kind in ("label", "tag"))


def _index(scene: FaceScene) -> _FaceIndex:
    right = np.array([s.right_m for s in scene.sheets])
    down = np.array([s.down_m for s in scene.sheets])
    nowhere = np.full(3, np.nan)
    return _FaceIndex(
        scene=scene,
        corners_m=np.array([s.corners_m for s in scene.sheets]),
        normals=np.cross(down, right),
        layers=np.array([int(s.layer) for s in scene.sheets]),
        bin_centres_m=np.array([nowhere if s.bin_centre_m is None else s.bin_centre_m for s in scene.sheets]),
    )


def encode_jpeg(frame: Picture) -> bytes:
    """Return the frame as a grey JPEG."""
    _, data = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return data.tobytes()
