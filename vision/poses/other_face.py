"""Passes whose photos show the location tags of another rack face than the one that they were recorded at.

A flight in the next aisle, a camera whose side was mistaken, or a heading that is the other way round shows labels that lie in the
bins of the recorded face just as well: only what hangs at one face tells.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vision.bins.face_view import FaceView
from vision.codes.decoded import Decoded
from vision.poses.group import FAR_TAG_M
from vision.poses.sightings import lanes_of
from warehouse.site import Site
from warehouse.tags import LocationTag

_Key = tuple[str, str]
_LEAST_SEEN = 2
"""Times that tags of another face are read in a pass."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongFace:
    """One pass along a face that shows more tags of other faces than of its own."""

    sortie: str
    face: str
    """Where it was recorded."""
    shown: str
    """The face whose tags it shows, or most of them."""
    texts: tuple[str, ...]
    frames: frozenset[str]


def wrong_faces(site: Site, views: Sequence[FaceView], found: Mapping[str, Sequence[Decoded]]) -> list[WrongFace]:
    """Return the passes, of `views` in flight order, that were flown along another face than recorded."""
    listed: dict[_Key, list[LocationTag]] = defaultdict(list)
    for tag in site.tags:
        listed[tag.symbology, tag.text].append(tag)
    wrong = [_wrong(site, lane, listed, found) for lane in lanes_of(views)]
    return [w for w in wrong if w is not None]


def _wrong(
    site: Site, lane: Sequence[FaceView], listed: Mapping[_Key, Sequence[LocationTag]], found: Mapping[str, Sequence[Decoded]]
) -> WrongFace | None:
    """Return what a pass shows of other faces, in two photos or more: what one alone shows may be a misread."""
    own: set[_Key] = set()
    others: Counter[_Key] = Counter()
    for view in lane:
        for d in found.get(view.frame.frame, ()):
            key = d.symbology, d.text
            tags = listed.get(key, ())
            if any(tag.face == view.face.name or _is_near(site, view, d, tag) for tag in tags):
                own.add(key)
            elif tags:
                others[key] += 1
    if len(others) <= len(own) or others.total() < _LEAST_SEEN:
        return None
    foreign = sorted(others)
    faces = Counter(tag.face for key in foreign for tag in listed[key])
    return WrongFace(
        sortie=lane[0].frame.sortie,
        face=lane[0].face.name,
        shown=faces.most_common(1)[0][0],
        texts=tuple(text for _, text in foreign),
        frames=frozenset(view.frame.frame for view in lane),
    )


def _is_near(site: Site, view: FaceView, d: Decoded, tag: LocationTag) -> bool:
    """Return whether a tag of another face hangs about where a photo shows it: faces that stand in one line end in one photo."""
    along_m, height_m = view.on_face(np.asarray(d.corners_px), behind_m=0.0).mean(axis=0)
    hangs_at = site.layout.faces[tag.face].point_m(tag.along_m, tag.height_m, tag.outward_m)
    away_m = np.linalg.norm(view.face.point_m(along_m, height_m) - hangs_at)
    return bool(away_m <= FAR_TAG_M)
