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
    directions: Vector = field(init=False, repr=False)
    """(n, 6) tangent, turn, length and stretch of each sighting."""

    def __post_init__(self) -> None:
        """Gather what the equations ask for again and again."""
        self.directions = np.array([(*s.tangent, *s.turn, s.length, s.stretch) for s in self.sightings])

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
    """Tracks as linear equations: c + F x + S q = 0 for each sighting, with weights, and what is known of each q beforehand.

    K sightings of T tracks, those of one track next to one another.
    """

    rows: NDArray[np.intp]
    """(K,) frame of each block of three equations."""
    owner: NDArray[np.intp]
    """(K,) number of the track that each belongs to."""
    starts: NDArray[np.intp]
    """(T,) number of each track's first."""
    constant: Vector
    """(K, 3)"""
    frame: Vector
    """(K, 3, 4)"""
    symbol: Vector
    """(K, 3, 4)"""
    weight: Vector
    """(K, 3)"""
    known: Vector
    """(T, 4) precision of q."""
    expected: Vector
    """(T, 4)"""

    def total(self, values: Vector) -> Vector:
        """Return (T, …) the sums over the sightings of each track of (K, …)."""
        return np.asarray(np.add.reduceat(values, self.starts, axis=0))

    def inner(self) -> Vector:
        """Return (T, 4, 4): the symbols' own normal matrices."""
        return self.total(np.einsum("kri,kr,krj->kij", self.symbol, self.weight, self.symbol)) + self.known[:, None] * np.eye(
            N_UNKNOWNS
        )

    def mixed(self) -> Vector:
        """Return (K, 4, 4): frame by symbol."""
        return np.asarray(np.einsum("kri,kr,krj->kij", self.frame, self.weight, self.symbol))

    def right(self, seen: Vector) -> Vector:
        """Return (T, 4): what each symbol's normal equations have on their other side where (K, 3) is seen."""
        return self.total(np.einsum("kri,kr,kr->ki", self.symbol, self.weight, seen)) - self.known * self.expected

    def seen(self, errors: Vector) -> Vector:
        """Return (K, 3): c + F x for errors (n, 4) of the frames."""
        return np.asarray(self.constant + np.einsum("kri,ki->kr", self.frame, errors[self.rows]))

    def pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return the numbers of both sightings of every pair of one track, either way round and each with itself."""
        counts = np.diff(self.starts, append=len(self.rows))
        owner = np.repeat(np.arange(len(counts)), counts**2)
        within = np.arange(len(owner)) - np.repeat(np.cumsum(counts**2) - counts**2, counts**2)
        return self.starts[owner] + within // counts[owner], self.starts[owner] + within % counts[owner]


def equations_of(centres: Vector, tracks: Sequence[Track]) -> Equations:
    """Return what `tracks` say of the frames with recorded `centres` (n, 3): along, height, standoff."""
    n = N_UNKNOWNS * len(centres)
    if not tracks:
        return Equations(np.zeros((n, n)), np.zeros(n))
    p = _parts(centres, tracks)
    mixed = p.mixed()
    through = mixed @ np.linalg.inv(p.inner())[p.owner]
    one, other = p.pairs()
    blocks = -through[one] @ mixed[other].transpose(0, 2, 1)
    diagonal = np.einsum("kri,kr,krj->kij", p.frame, p.weight, p.frame)
    unknowns = N_UNKNOWNS * p.rows[:, None] + np.arange(N_UNKNOWNS)
    rows = np.concatenate([unknowns[one], unknowns])[:, :, None]
    columns = np.concatenate([unknowns[other], unknowns])[:, None, :]
    a = np.bincount((n * rows + columns).ravel(), weights=np.concatenate([blocks, diagonal]).ravel(), minlength=n * n)
    of_frame = np.einsum("kri,kr,kr->ki", p.frame, p.weight, p.constant)
    of_symbol = np.einsum("kij,kj->ki", through, p.right(p.constant)[p.owner])
    b = np.bincount(unknowns.ravel(), weights=(of_symbol - of_frame).ravel(), minlength=n)
    return Equations(np.asarray(a, dtype=np.float64).reshape(n, n), np.asarray(b, dtype=np.float64))


def misfits_m(centres: Vector, tracks: Sequence[Track], errors: Vector) -> list[Vector]:
    """Return for each track (k,) how far each sighting lies from where all of them put it, under `errors` (n, 4) of the frames.

    On the face; of an upright along it alone.
    """
    if not tracks:
        return []
    p = _parts(centres, tracks)
    seen = p.seen(errors)
    symbols = -np.linalg.solve(p.inner(), p.right(seen)[..., None])[..., 0]
    left = seen + np.einsum("kri,ki->kr", p.symbol, symbols[p.owner])
    is_line = np.array([t.is_upright for t in tracks])[p.owner]
    far = np.where(is_line, np.abs(left[:, 0]), np.hypot(left[:, 0], left[:, 1]))
    return np.split(far, p.starts[1:])


def places_and_slopes(centres: Vector, tracks: Sequence[Track], errors: Vector) -> tuple[Vector, Vector, Vector]:
    """Return what T tracks have for places on the face, and what these depend on, when the frames have the `errors` (n, 4).

    Places (T, 2), their slopes by the frames' errors (T, 2, 4 n), and covariances of their own (T, 2, 2).
    """
    n = N_UNKNOWNS * len(centres)
    if not tracks:
        return np.zeros((0, 2)), np.zeros((0, 2, n)), np.zeros((0, 2, 2))
    p = _parts(centres, tracks)
    inverse = np.linalg.inv(p.inner())
    slopes = np.zeros((len(tracks), n, 2))
    unknowns = N_UNKNOWNS * p.rows[:, None] + np.arange(N_UNKNOWNS)
    # No track has two sightings in one frame.
    slopes[p.owner[:, None], unknowns] = -(p.mixed() @ inverse[p.owner])[..., :2]
    places = -np.einsum("tij,tj->ti", inverse, p.right(p.seen(errors)))
    return np.asarray(places[:, :2]), slopes.transpose(0, 2, 1), np.asarray(inverse[:, :2, :2])


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
    p = _parts(centres, [track])
    behind = p.symbol[:, 0, 2]
    return p.constant[:, 0] + behind * p.expected[0, 2], p.frame[:, 0], UPRIGHT_SIGMA_M**2 + (RACK_SIGMA_M * behind) ** 2


def _parts(centres: Vector, tracks: Sequence[Track]) -> _Parts:
    counts = np.array([len(t.sightings) for t in tracks])
    starts, owner = np.cumsum(counts) - counts, np.repeat(np.arange(len(tracks)), counts)
    directions = np.concatenate([t.directions for t in tracks])
    rows = np.array([s.frame for t in tracks for s in t.sightings])
    tangent, turn, length, stretch = directions[:, :2], directions[:, 2:4], directions[:, 4], directions[:, 5]
    standoff = centres[rows, 2]
    depth = standoff + GOODS_SETBACK_M
    constant = np.column_stack([centres[rows, :2] + depth[:, None] * tangent, depth])
    frame, symbol = np.zeros((len(rows), 3, N_UNKNOWNS)), np.zeros((len(rows), 3, 4))
    frame[:, 0, 0] = frame[:, 1, 1] = frame[:, 2, 2] = 1.0
    frame[:, :2, 2], symbol[:, :2, 2], symbol[:, 2, 2] = tangent, tangent, 1.0
    frame[:, :2, 3], frame[:, 2, 3] = standoff[:, None] * turn, depth * stretch
    symbol[:, 0, 0] = symbol[:, 1, 1] = -1.0
    symbol[:, 2, 3] = -1.0 / length
    own = np.concatenate([t.weights if len(t.weights) == k else np.ones(k) for t, k in zip(tracks, counts, strict=True)])
    precision = (
        np.stack([np.full(len(rows), PLACE_SIGMA_M), np.full(len(rows), PLACE_SIGMA_M), LENGTH_SIGMA * depth], axis=1) ** -2.0
    )
    is_upright = np.array([t.is_upright for t in tracks])
    precision[is_upright[owner]] = np.array([1 / UPRIGHT_SIGMA_M**2, 0.0, 0.0])
    first = constant[starts]
    known = np.tile([_FREE, _FREE, 1 / SETBACK_SIGMA_M**2, _FREE], (len(tracks), 1))
    expected = np.column_stack([first[:, :2], np.zeros(len(tracks)), depth[starts] * length[starts]])
    known[is_upright, 2], expected[is_upright, 2] = 1 / RACK_SIGMA_M**2, -GOODS_SETBACK_M
    for i, track in enumerate(tracks):
        if track.upright_m is not None:
            known[i, 0], expected[i, 0] = 1 / RACK_SIGMA_M**2, track.upright_m
        if track.tag is not None and track.is_tag_trusted:
            tag, size, sigma = track.tag, track.tag.size_mm / 1000.0, track.tag_sigma_m
            known[i] = 1 / sigma**2, 1 / sigma**2, 1 / TAG_SIGMA_M**2, 1 / (0.02 * size) ** 2
            expected[i] = tag.along_m, tag.height_m, -tag.outward_m - GOODS_SETBACK_M, size
    return _Parts(rows, owner, starts, constant, frame, symbol, own[:, None] * precision, known, expected)
