"""Which sightings of an upright are of something else: mesh or posts behind the rack, print on cartons.

All uprights look alike, so that what stands half a metre beside one in the next frame is taken for it while poses are loose, and
would bend the lane towards itself. Once it is known how errors follow one another along the way (`vision.poses.errors`), an error
that would have to jump for one sighting alone is told from one that a flight can have: the innovation test of a Kalman filter
(Y. Bar-Shalom, X. R. Li, T. Kirubarajan, Estimation with Applications to Tracking and Navigation, section 5.4), the sightings that
look most like uprights first.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from vision.poses.adjustment import N_UNKNOWNS, RACK_SIGMA_M, Track, upright_places
from vision.poses.errors import ErrorModel, solve
from vision.poses.group import LaneGroup
from vision.poses.rack import DRIFT_M

_MOST_DEVIATIONS = 3.0
"""Standard deviations of its innovation beyond which a sighting is of something else."""
_FAINT = 0.7
"""Share of the usual strength below which a candidate tells nothing of the sizes of errors."""
_ANYWHERE_M = 10.0
"""Standard deviation of the place of an upright of which it is not known which one it is."""


def telling_tracks(group: LaneGroup) -> list[Track]:
    """Return the group's tracks without what only faintly looks like an upright.

    The sizes of errors are told by these: of something else, errors would seem to jump, and every further jump would be believed.
    """
    strengths = [s.strength for t in group.tracks if t.is_upright for s in t.sightings]
    if not strengths:
        return group.tracks
    least = _FAINT * float(np.median(strengths))
    clear = (t.keeping([i for i, s in enumerate(t.sightings) if not t.is_upright or s.strength >= least]) for t in group.tracks)
    return [t for t in clear if t.sightings]


def leave_out_mistaken(group: LaneGroup, errors: ErrorModel) -> None:
    """Take out of the group's uprights the sightings that would need an error that no flight with `errors` has."""
    uprights = [t for t in group.tracks if t.is_upright]
    if not uprights:
        return
    others = [t for t in group.tracks if not t.is_upright]
    solution = solve(group.problem(others), replace(errors, drift_m=max(DRIFT_M, errors.drift_m)))
    n_errors, n = solution.errors.size, solution.errors.size + len(uprights)
    # The unknowns: errors of the frames, and the place of each upright.
    x, covariance = np.zeros(n), np.zeros((n, n))
    x[:n_errors], covariance[:n_errors, :n_errors] = solution.errors.ravel(), solution.covariance
    seen = []
    for u, track in enumerate(uprights):
        places, slopes, variances = upright_places(group.centres, track)
        x[n_errors + u] = places.mean() if track.upright_m is None else track.upright_m
        covariance[n_errors + u, n_errors + u] = (_ANYWHERE_M if track.upright_m is None else RACK_SIGMA_M) ** 2
        for i, sighting in enumerate(track.sightings):
            slope = np.zeros(n)
            slope[N_UNKNOWNS * sighting.frame : N_UNKNOWNS * (sighting.frame + 1)] = slopes[i]
            slope[n_errors + u] = -1.0
            seen.append((sighting.strength, u, i, places[i], slope, variances[i]))
    kept: list[list[int]] = [[] for _ in uprights]
    for _, u, i, place, slope, variance in sorted(seen, key=lambda s: (-s[0], s[1], s[2])):
        gain = covariance @ slope
        innovation, expected = float(place + slope @ x), float(slope @ gain + variance)
        if innovation**2 <= _MOST_DEVIATIONS**2 * expected:
            kept[u].append(i)
            x = x - gain * (innovation / expected)
            covariance = covariance - np.outer(gain, gain) / expected
    believed = [track.keeping(sorted(numbers)) for track, numbers in zip(uprights, kept, strict=True) if numbers]
    group.tracks = [*others, *believed]
