"""Which locations a photo shows, by its recorded pose alone: enough to see a rack map fill, not to book anything."""

from __future__ import annotations

import numpy as np

from warehouse.layout import BinKind
from warehouse.poses import FrameRecord
from warehouse.site import Site

_LEAST_FACING = 0.7
"""Cosine between the lens and a face's normal from which on the camera looks at that face."""


class Photographed:
    """The rack faces of a site, and what of them no photo has shown yet."""

    def __init__(self, site: Site) -> None:
        """Keep the middle of each observable location's band of labels."""
        layout, labels = site.layout, site.labels
        self._site = site
        self._faces = list(layout.faces.values())
        self._origins = np.array([f.origin_m for f in self._faces], dtype=float).reshape(-1, 3)
        self._alongs = np.array([f.along for f in self._faces], dtype=float).reshape(-1, 3)
        self._outwards = np.array([f.outward for f in self._faces], dtype=float).reshape(-1, 3)
        self._lengths_m = np.array([f.length_m for f in self._faces])
        self._codes: list[list[str]] = []
        self._points: list[np.ndarray] = []
        for face in self._faces:
            bins = [b for b in layout.bins_of_face(face.name) if b.kind is not BinKind.REAR]
            self._codes.append([b.code.text for b in bins])
            heights = [min(b.base_m + (labels.lowest_m + labels.highest_m) / 2, b.base_m + b.height_m) for b in bins]
            points = [face.on_face_m(b.along_m, height) for b, height in zip(bins, heights, strict=True)]
            self._points.append(np.array(points, dtype=float).reshape(-1, 3))
        self._is_unseen = [np.ones(len(points), dtype=bool) for points in self._points]

    def first_by(self, frame: FrameRecord) -> list[str]:
        """Return the locations that no earlier photo showed: the middle of where a label can hang is in the picture.

        Of the nearest face that the camera looks at; a face of which every location was shown is not looked at again.
        """
        try:
            camera = self._site.camera_of(frame)
        except ValueError:  # a picture of another shape: reading says so
            return []
        if camera is None or not self._faces:
            return []
        centre = camera.camera_centre_m(frame.pose)
        axis = camera.site_from_camera(frame.pose)[:, 2]
        away = centre - self._origins
        along = np.einsum("ij,ij->i", away, self._alongs)
        out = np.einsum("ij,ij->i", away, self._outwards)
        is_before = (-(self._outwards @ axis) > _LEAST_FACING) & (out > 0.05) & (along > -1.0) & (along < self._lengths_m + 1.0)
        if not is_before.any():
            return []
        nearest = int(np.argmin(np.where(is_before, out, np.inf)))
        if self._is_unseen[nearest].sum() == 0:
            return []
        px, is_seen = camera.project(frame.pose, self._points[nearest])
        width, height = camera.size_px
        with np.errstate(invalid="ignore"):
            is_in = is_seen & (px[:, 0] > 0) & (px[:, 0] < width) & (px[:, 1] > 0) & (px[:, 1] < height)
        is_first = is_in & self._is_unseen[nearest]
        self._is_unseen[nearest] &= ~is_in
        return [self._codes[nearest][i] for i in np.flatnonzero(is_first)]
