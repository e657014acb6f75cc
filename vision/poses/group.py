"""One group of lanes that are corrected together: tracks of symbols, and how far each sighting fits the others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import FaceView
from vision.poses.adjustment import Track, equations_of, face_places, misfits_m
from vision.poses.errors import LOOSE, Problem, likeliest
from vision.poses.pieces import Piece
from vision.poses.sightings import UPRIGHT, Sighting, travelled_m
from warehouse.tags import LocationTag

Vector = NDArray[np.float64]

_GATES_M = (0.55, 0.3, 0.25)
"""Sightings of one text farther apart than this are two stickers; less as poses get better."""
LOOSEST_GATE_M = _GATES_M[0]
_FORGIVING_M = (0.4, 0.1, 0.05)
"""Misfit at which a sighting counts a quarter; less as poses get better."""
_FITS = 0.25
"""A sighting that counts less than this places nothing."""
FAR_TAG_M = 1.5
"""A sticker with a tag's text farther than this from where that hangs, by the recorded poses, is the tag only where none is nearer:
then the flight is off, or the tag was moved."""


@dataclass(slots=True, kw_only=True)
class LaneGroup:
    """The frames of some lanes along one face, and what is seen in them."""

    views: list[FaceView]
    lanes: tuple[tuple[NDArray[np.intp], Vector], ...]
    sightings: list[Sighting]
    tags: dict[tuple[str, str], LocationTag]
    centres: Vector
    """(n, 3) recorded along, height, standoff."""
    told: frozenset[str]
    """The frames whose correction is taken from this group; others are in it for what they see."""
    excess_m2: Vector
    """(n,) variance that each frame's own record claims beyond that of the run."""
    tracks: list[Track] = field(default_factory=list)

    @property
    def n_anchors(self) -> int:
        """How many things of known place are seen."""
        return sum(t.is_absolute for t in self.tracks)

    @property
    def tag_tracks(self) -> list[Track]:
        """The tracks of location tags."""
        return [t for t in self.tracks if t.tag is not None]

    def problem(self, tracks: Sequence[Track] | None = None) -> Problem:
        """Return what the tracks say, or only these."""
        telling = [t for t in (self.tracks if tracks is None else tracks) if len(t.sightings) > 1 or t.is_absolute]
        return Problem(equations=equations_of(self.centres, telling), lanes=self.lanes, excess_m2=self.excess_m2)

    def placed(self) -> NDArray[np.bool_]:
        """Return (n,) whether a frame shares something that fits with another frame or with a believed tag."""
        is_placed = np.zeros(len(self.views), dtype=np.bool_)
        for track in self.tracks:
            fits = np.ones(len(track.sightings)) if len(track.weights) == 0 else track.weights
            frames = [s.frame for s, weight in zip(track.sightings, fits, strict=True) if weight >= _FITS]
            if len(frames) > 1 or track.is_absolute:
                is_placed[frames] = True
        return is_placed

    def follow(self) -> None:
        """Find the tracks: from what hangs together at loose poses, weigh out what does not, and look again."""
        errors = np.zeros((len(self.views), 4))
        for gate, forgiving in zip(_GATES_M, _FORGIVING_M, strict=True):
            self.tracks = self._tracks(errors, gate)
            for track in self.tag_tracks:
                track.is_tag_trusted = False
            for _ in range(2):
                errors = likeliest(self.problem(), LOOSE)
                for track, misfit in zip(self.tracks, misfits_m(self.centres, self.tracks, errors), strict=True):
                    track.weights = (1 + (misfit / forgiving) ** 2) ** -2.0

    def _tracks(self, errors: Vector, gate_m: float) -> list[Track]:
        if not self.sightings:
            return []
        places = face_places(self.centres, errors, self.sightings)
        places[[s.symbology == UPRIGHT for s in self.sightings], 1] = 0.0
        by_text: dict[tuple[str, str], list[int]] = defaultdict(list)
        for i, s in enumerate(self.sightings):
            by_text[s.symbology, s.text].append(i)
        tracks = []
        for key, numbers in sorted(by_text.items()):
            clusters = self._clusters(numbers, places, gate_m)
            mine = [Track(sightings=[self.sightings[i] for i in cluster]) for cluster in clusters]
            if (tag := self.tags.get(key)) is not None:
                hangs_at = np.array([tag.along_m, tag.height_m])
                is_near = [np.hypot(*(places[cluster].mean(axis=0) - hangs_at)) <= FAR_TAG_M for cluster in clusters]
                for track, near in zip(mine, is_near, strict=True):
                    if near or not any(is_near):
                        track.tag = tag
            tracks += mine
        return tracks

    def _clusters(self, numbers: list[int], places: Vector, gate_m: float) -> list[list[int]]:
        """Return the sightings of one text as stickers: near one another, and never two in one frame."""
        clusters: list[list[int]] = []
        for i in numbers:
            frame = self.sightings[i].frame
            near = [
                (float(np.hypot(*(places[c[-1]] - places[i]))), n)
                for n, c in enumerate(clusters)
                if all(self.sightings[j].frame != frame for j in c)
            ]
            distance, n = min(near, default=(np.inf, -1))
            if distance <= gate_m:
                clusters[n].append(i)
            else:
                clusters.append([i])
        return clusters


def group_of(
    lanes: Sequence[Piece],
    sightings: dict[str, list[Sighting]],
    tags: dict[tuple[str, str], LocationTag],
    recorded_m: float,
) -> LaneGroup:
    """Return lanes of one face as a group; `sightings` by frame, numbered in any way, `recorded_m` what the run usually claims."""
    views = [view for lane in lanes for view in lane.views]
    spans, start = [], 0
    for lane in lanes:
        spans.append((np.arange(start, start + len(lane.views)), travelled_m(lane.views)))
        start += len(lane.views)
    centres = np.array([v.face.face_coordinates_m(v.camera.camera_centre_m(v.frame.pose)) for v in views])
    numbered = []
    for i, view in enumerate(views):
        numbered += [replace(s, frame=i) for s in sightings.get(view.frame.frame, [])]
    own = np.array([v.frame.position_sigma_m for v in views])
    excess = np.maximum(own**2 - recorded_m**2, 0.0)
    told = frozenset[str]().union(*(lane.told for lane in lanes))
    return LaneGroup(views=views, lanes=tuple(spans), sightings=numbered, tags=tags, centres=centres, told=told, excess_m2=excess)
