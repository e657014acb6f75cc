"""Least squares over the frames of a few lanes: one symbol, seen from several frames, hangs at one place.

For a frame at (along, height, standoff) of its face with unknown errors (a, h, s) and an error p of its heading, and a symbol
at (A, H), D behind the face and L long, seen at tangent t with length l:

    A = along + a + (standoff + s + D) * t_along + standoff * turn_along * p        (and H alike)
    L / l = (standoff + s + D) * (1 + stretch * p)

which is linear in the unknowns but for products of two small errors. The symbols' unknowns are eliminated one symbol after the
other (Schur complement), so that what is solved has four unknowns a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import GOODS_SETBACK_M
from vision.poses.sightings import UPRIGHT, Sighting
from warehouse.tags import LocationTag

Vector = NDArray[np.float64]

PLACE_SIGMA_M = 0.006
"""Of a symbol's middle as one frame shows it: corners, lens, roll about the lens."""
LENGTH_SIGMA = 0.012
"""Of a symbol's length in one frame, as a share: the ends of bars blur."""
SETBACK_SIGMA_M = 0.03
"""How far labels hang from the plane that they are looked for on."""
TAG_SIGMA_M = 0.012
"""Of a tag's place in the file: a tape measure along the rack."""
UPRIGHT_SIGMA_M = 0.012
"""Of the middle line of an upright as one frame shows it."""
RACK_SIGMA_M = 0.03
"""Of the place of an upright in the layout, and of its front behind or before the plane of the face."""
_FREE = 1e-4
"""Weight that stands for knowing nothing."""
N_UNKNOWNS = 4
"""A frame: along, height, standoff in metres, heading in radians."""


@dataclass(slots=True, kw_only=True)
class Track:
    """One symbol, with the sightings that are taken for it."""

    sightings: list[Sighting]
    tag: LocationTag | None = None
    tag_sigma_m: float = TAG_SIGMA_M
    is_tag_trusted: bool = True
    """A tag that contradicts the others counts as any other symbol: it hangs somewhere, at one place."""
    upright_m: float | None = None
    """Where along the face the upright stands that this is; None: not known, or no upright."""
    weights: Vector = field(default_factory=lambda: np.ones(0))
    """(n,) 0 to 1: how far each sighting fits the others."""
    place: Vector = field(default_factory=lambda: np.zeros(N_UNKNOWNS))
    """(4,) along, height, metres behind the plane of the goods, length; after a solution."""

    @property
    def is_upright(self) -> bool:
        """Whether it is a line, of which neither height nor length tells anything."""
        return self.sightings[0].symbology == UPRIGHT

    @property
    def is_absolute(self) -> bool:
        """Whether it hangs at a known place."""
        return self.upright_m is not None or (self.tag is not None and self.is_tag_trusted)

    def keeping(self, numbers: Sequence[int]) -> Track:
        """Return the track with these of its sightings alone."""
        weights = self.weights[list(numbers)] if len(self.weights) == len(self.sightings) else self.weights
        return replace(self, sightings=[self.sightings[i] for i in numbers], weights=weights)


@dataclass(frozen=True, slots=True)
class Equations:
    """What all tracks say of the frames: minimise x' A x - 2 b' x."""

    a: Vector
    """(4 n, 4 n)"""
    b: Vector
    """(4 n,)"""


@dataclass(frozen=True, slots=True)
class _Parts:
    """One track as linear equations: c + F x + S q = 0, with weights, and what is known of q beforehand."""

    rows: NDArray[np.intp]
    """(k,) frame of each block of three equations."""
    constant: Vector
    """(k, 3)"""
    frame: Vector
    """(k, 3, 4)"""
    symbol: Vector
    """(k, 3, 4)"""
    weight: Vector
    """(k, 3)"""
    known: Vector
    """(4,) precision of q."""
    expected: Vector
    """(4,)"""

    def inner(self) -> Vector:
        """Return (4, 4): the symbol's own normal matrix."""
        return np.asarray(np.einsum("kri,kr,krj->ij", self.symbol, self.weight, self.symbol) + np.diag(self.known))

    def mixed(self) -> Vector:
        """Return (k, 4, 4): frame by symbol."""
        return np.asarray(np.einsum("kri,kr,krj->kij", self.frame, self.weight, self.symbol))


def equations_of(centres: Vector, tracks: Sequence[Track]) -> Equations:
    """Return what `tracks` say of the frames with recorded `centres` (n, 3): along, height, standoff."""
    n = N_UNKNOWNS * len(centres)
    a, b = np.zeros((n, n)), np.zeros(n)
    for track in tracks:
        p = _parts(centres, track)
        inverse = np.linalg.inv(p.inner())
        mixed = p.mixed()
        of_symbol = np.einsum("kri,kr,kr->i", p.symbol, p.weight, p.constant) - p.known * p.expected
        diagonal = np.einsum("kri,kr,krj->kij", p.frame, p.weight, p.frame)
        of_frame = np.einsum("kri,kr,kr->ki", p.frame, p.weight, p.constant)
        through = mixed @ inverse
        blocks = -np.einsum("kij,lmj->kilm", through, mixed)
        k = np.arange(len(p.rows))
        blocks[k, :, k, :] += diagonal
        at = (N_UNKNOWNS * p.rows[:, None] + np.arange(N_UNKNOWNS)).ravel()
        # No track has two sightings in one frame, so that no entry is meant twice.
        a[np.ix_(at, at)] += blocks.reshape(len(at), len(at))
        b[at] -= (of_frame - through @ of_symbol).ravel()
    return Equations(a, b)


def place_tracks(centres: Vector, tracks: Sequence[Track], errors: Vector) -> None:
    """Set `place` of every track to what it is when the frames have the `errors` (n, 4)."""
    for track in tracks:
        p = _parts(centres, track)
        seen = p.constant + np.einsum("kri,ki->kr", p.frame, errors[p.rows])
        right = np.einsum("kri,kr,kr->i", p.symbol, p.weight, seen) - p.known * p.expected
        track.place = np.asarray(-np.linalg.solve(p.inner(), right))


def misfits_m(centres: Vector, track: Track, errors: Vector) -> Vector:
    """Return (k,) how far each sighting lies from the track's place, on the face."""
    p = _parts(centres, track)
    left = p.constant + np.einsum("kri,ki->kr", p.frame, errors[p.rows]) + p.symbol @ track.place
    return np.asarray(np.abs(left[:, 0]) if track.is_upright else np.hypot(left[:, 0], left[:, 1]))


def place_and_slope(centres: Vector, track: Track, errors: Vector) -> tuple[Vector, Vector, Vector]:
    """Return place on the face (2,), its slope by the frames' errors (2, 4 n), and its own covariance (2, 2)."""
    p = _parts(centres, track)
    inverse = np.linalg.inv(p.inner())
    slope = np.zeros((2, N_UNKNOWNS * len(centres)))
    mixed = p.mixed()
    for i, row in enumerate(p.rows):
        slope[:, N_UNKNOWNS * row : N_UNKNOWNS * (row + 1)] -= (inverse @ mixed[i].T)[:2]
    seen = p.constant + np.einsum("kri,ki->kr", p.frame, errors[p.rows])
    right = np.einsum("kri,kr,kr->i", p.symbol, p.weight, seen) - p.known * p.expected
    return np.asarray(-(inverse @ right)[:2]), slope, np.asarray(inverse[:2, :2])


def face_places(centres: Vector, errors: Vector, sightings: Sequence[Sighting]) -> Vector:
    """Return (k, 2) where each sighting alone puts its symbol on the plane of the goods."""
    rows = np.array([s.frame for s in sightings])
    tangent, turn = np.array([s.tangent for s in sightings]), np.array([s.turn for s in sightings])
    depth = centres[rows, 2] + errors[rows, 2] + GOODS_SETBACK_M
    turned = centres[rows, 2:3] * turn * errors[rows, 3:4]
    return np.asarray(centres[rows, :2] + errors[rows, :2] + depth[:, None] * tangent + turned)


def upright_places(centres: Vector, track: Track) -> tuple[Vector, Vector, Vector]:
    """Return where along the face each of the k sightings of an upright puts it, and what that depends on.

    Places (k,) in metres by the recorded poses, their slopes by the unknowns of the frame (k, 4), and the variance of each (k,).
    """
    p = _parts(centres, track)
    behind = p.symbol[:, 0, 2]
    return p.constant[:, 0] + behind * p.expected[2], p.frame[:, 0], UPRIGHT_SIGMA_M**2 + (RACK_SIGMA_M * behind) ** 2


def _parts(centres: Vector, track: Track) -> _Parts:
    rows = np.array([s.frame for s in track.sightings])
    k, standoff = len(rows), centres[rows, 2]
    depth = standoff + GOODS_SETBACK_M
    tangent, turn = np.array([s.tangent for s in track.sightings]), np.array([s.turn for s in track.sightings])
    length, stretch = np.array([s.length for s in track.sightings]), np.array([s.stretch for s in track.sightings])
    constant = np.column_stack([centres[rows, :2] + depth[:, None] * tangent, depth])
    frame, symbol = np.zeros((k, 3, N_UNKNOWNS)), np.zeros((k, 3, 4))
    frame[:, 0, 0] = frame[:, 1, 1] = frame[:, 2, 2] = 1.0
    frame[:, :2, 2], symbol[:, :2, 2], symbol[:, 2, 2] = tangent, tangent, 1.0
    frame[:, :2, 3], frame[:, 2, 3] = standoff[:, None] * turn, depth * stretch
    symbol[:, 0, 0] = symbol[:, 1, 1] = -1.0
    symbol[:, 2, 3] = -1.0 / length
    own = track.weights if len(track.weights) == k else np.ones(k)
    weight = own[:, None] / np.stack([np.full(k, PLACE_SIGMA_M), np.full(k, PLACE_SIGMA_M), LENGTH_SIGMA * depth], axis=1) ** 2
    known = np.array([_FREE, _FREE, 1 / SETBACK_SIGMA_M**2, _FREE])
    expected = np.array([*constant[0, :2], 0.0, depth[0] * length[0]])
    if track.is_upright:
        weight = own[:, None] * np.array([1 / UPRIGHT_SIGMA_M**2, 0.0, 0.0])
        along = (constant[0, 0], _FREE) if track.upright_m is None else (track.upright_m, 1 / RACK_SIGMA_M**2)
        known = np.array([along[1], _FREE, 1 / RACK_SIGMA_M**2, _FREE])
        expected = np.array([along[0], constant[0, 1], -GOODS_SETBACK_M, depth[0] * length[0]])
    if track.tag is not None:
        tag, size = track.tag, track.tag.size_mm / 1000.0
        behind = -tag.outward_m - GOODS_SETBACK_M
        sigma = track.tag_sigma_m
        if track.is_tag_trusted:
            known = np.array([1 / sigma**2, 1 / sigma**2, 1 / TAG_SIGMA_M**2, 1 / (0.02 * size) ** 2])
            expected = np.array([tag.along_m, tag.height_m, behind, size])
    return _Parts(rows, constant, frame, symbol, weight, known, expected)
