"""Which upright of the rack is it that a lane sees? The layout knows where uprights stand, to a few centimetres.

Like the stickers of `vision.poses.lattice`, the uprights that the frames of one lane show are shifted and stretched as a whole
within the uncertainty of the lane, and each placement is weighed by how near they come to uprights of the layout. Uprights stand
alike from bay to bay: where the error of the poses may be so large that another placement is as good, none is believed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import FaceView
from vision.poses.adjustment import RACK_SIGMA_M, Track, places_and_slopes
from vision.poses.errors import ErrorModel, solve
from vision.poses.group import LaneGroup
from vision.poses.lattice import placements
from vision.reads import UprightSeen
from warehouse.layout import BinKind
from warehouse.site import Site
from warehouse.uprights import uprights_of

Vector = NDArray[np.float64]

MOST_DOUBT = 5e-3
"""Chance that an upright is another one, or none, from which on it is not named."""
DRIFT_M = 0.5
"""Standard deviation of the drift that is thought possible whatever the record says."""
_FALSE_SHARE = (0.1, 0.02)
"""Chance that what was taken for an upright is none, when one photo shows it, and when several do."""
_SAME_M = 0.25
"""A placement that puts it nearer than this to the upright means that one."""
_ANYWHERE_M = 2.0
"""One over the density of false ones along the face."""
_ROUNDS = 2
"""What stands between two that are named is named by them."""
_PITCH_SHARE = 0.35
"""Most that the distance of the holes may differ from the usual one of the run: a standoff of 1 m may be wrong by 35 cm."""


def alike(views: Sequence[FaceView], found: Mapping[str, Sequence[UprightSeen]]) -> dict[str, list[UprightSeen]]:
    """Return by frame the candidates whose holes have the usual distance: one site has one make of rack."""
    pitches = [(u.pitch * v.standoff_m, u.strength) for v in views for u in found.get(v.frame.frame, ())]
    if not pitches:
        return {}
    most = max(pitches, key=lambda p: sum(s for q, s in pitches if abs(q - p[0]) <= _PITCH_SHARE / 2 * p[0]))[0]
    usual = float(np.median([q for q, _ in pitches if abs(q - most) <= _PITCH_SHARE * most]))
    return {
        v.frame.frame: [u for u in found.get(v.frame.frame, ()) if abs(u.pitch * v.standoff_m - usual) <= _PITCH_SHARE * usual]
        for v in views
    }


def standing_m(site: Site, face: str) -> Vector:
    """Return where along a face the uprights of the layout stand."""
    return np.array([u.along_m for u in uprights_of([b for b in site.layout.bins_of_face(face) if b.kind is not BinKind.REAR])])


def name_uprights(site: Site, group: LaneGroup, errors: ErrorModel) -> None:
    """Tell the group's tracks of uprights which upright they are, lane by lane, where `errors` leave no doubt.

    Those that were named before keep their names.
    """
    standing = standing_m(site, group.views[0].face.name)
    if not any(t.is_upright for t in group.tracks):
        return
    # The autopilot does not know its drift, so that more is thought possible than it says.
    model = replace(errors, drift_m=max(DRIFT_M, 2 * errors.recorded_m))
    for _ in range(_ROUNDS):
        solution = solve(group.problem(), model)
        for numbers, _ in group.lanes:
            mine = set(numbers.tolist())
            tracks = [t for t in group.tracks if t.is_upright and t.sightings[0].frame in mine]
            if all(t.upright_m is not None for t in tracks):
                continue
            places, slopes, own = places_and_slopes(group.centres, tracks, solution.errors)
            covariance = slopes[:, 0] @ solution.covariance @ slopes[:, 0].T + np.diag(own[:, 0, 0])
            _name(tracks, places[:, 0], covariance, standing)


def _name(tracks: Sequence[Track], places: Vector, covariance: Vector, standing: Vector) -> None:
    steps, shifts, rest = placements(covariance)
    seen = places + shifts
    sigma = np.hypot(np.sqrt(rest), RACK_SIGMA_M)
    nearest = _nearest(seen, standing)
    is_false = np.array([_FALSE_SHARE[min(len(t.sightings), len(_FALSE_SHARE)) - 1] for t in tracks])
    density = np.exp(-(((standing[nearest] - seen) / sigma) ** 2) / 2) / (np.sqrt(2 * np.pi) * sigma)
    true, false = (1 - is_false) * density, is_false / _ANYWHERE_M
    score = np.log(true + false).sum(axis=1) - (steps**2).sum(axis=1) / 2
    weight = np.exp(score - score.max())
    weight /= weight.sum()
    # One that is none does no harm where one stands.
    is_there = np.abs(standing[nearest] - seen) < _SAME_M
    for k, track in enumerate(tracks):
        chances = np.bincount(nearest[:, k], weights=weight * is_there[:, k], minlength=len(standing))
        best = int(np.argmax(chances))
        if track.upright_m is None and 1.0 - chances[best] <= MOST_DOUBT:
            track.upright_m = float(standing[best])


def _nearest(places: Vector, standing: Vector) -> NDArray[np.intp]:
    """Return (…) the number of the upright that stands nearest to each place."""
    after = np.clip(np.searchsorted(standing, places), 1, max(len(standing) - 1, 1))
    is_after = np.abs(standing[np.minimum(after, len(standing) - 1)] - places) < np.abs(standing[after - 1] - places)
    return np.asarray(np.where(is_after, after, after - 1), dtype=np.intp)
