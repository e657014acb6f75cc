"""Which location tags of one group of lanes are believed, and how far: a tag may hang elsewhere than its file says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.poses.adjustment import TAG_SIGMA_M, Track, places_and_slopes
from vision.poses.errors import ErrorModel, Solution, solve
from vision.poses.group import LaneGroup

Vector = NDArray[np.float64]

ENOUGH_TAGS = 3
"""As many different tags that agree with one another are believed against the record: so many are not all measured wrong alike."""
_CONTRADICTS_SIGMAS = 4.0
_CONTRADICTS_M = 0.05
"""A tag that the others put nearer than this to where it should hang contradicts nobody."""
_STEEPEST = 0.1
"""Drift, as a share of the way flown, that two tags alone are believed to show."""
_BELIEVED_SIGMAS, _DOUBTED_SIGMAS = 2.0, 4.0
"""Usual errors from which on too few tags are doubted, and from which on they are as likely to be wrong as the record."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagJudgement:
    """What the tags of one group say against the record."""

    face: str
    texts: tuple[str, ...]
    """Different tags that agree with one another."""
    off_m: float
    """How far they say that the positions are off; the median."""
    least_off_m: float
    """The same; the least."""
    shift_m: tuple[float, float]
    """What they say has to be added to the positions, along the face and in height; the medians."""
    doubt_m: float
    """Standard deviation of what they say, and of the record as well: either may be wrong; 0 when they are believed."""


def judge_tags(group: LaneGroup, model: ErrorModel, usual_m: float) -> TagJudgement:
    """Trust the tags that agree with one another: the poses of one lane cannot be wrong in two ways at once.

    Fewer than three that agree count the less, the farther what they say is beyond `usual_m`, the usual error of the poses.
    """
    judged = group.tag_tracks
    for track in judged:
        track.is_tag_trusted = False
    if not judged:
        return TagJudgement(face=group.views[0].face.name, texts=(), off_m=0.0, least_off_m=0.0, shift_m=(0.0, 0.0), doubt_m=0.0)
    gaps, covariance = _gaps(group, judged, solve(group.problem(), model))
    kept = list(range(len(judged)))
    while len(kept) > 1:
        left, strain = _strain(gaps[kept], covariance, kept)
        strain = np.where(left >= _CONTRADICTS_M, strain, 0.0)
        worst = int(np.argmax(strain))
        if strain[worst] <= _CONTRADICTS_SIGMAS:
            break
        kept.pop(worst)
    apart = 0.0
    if len(kept) <= max(len(judged) - len(kept), 2):  # no majority: either may be right
        spread = float(np.ptp(gaps[:, 0]))
        way = float(np.ptp([t.tag.along_m for t in judged if t.tag]))
        apart = spread if spread > _CONTRADICTS_M + _STEEPEST * way else 0.0
    texts = tuple(sorted({t.tag.text for i in kept if (t := judged[i]).tag}))
    lengths = np.hypot(gaps[kept, 0], gaps[kept, 1])
    doubt = max(apart, _doubt_m(float(lengths.max()), usual_m) if len(texts) < ENOUGH_TAGS else 0.0)
    for i in kept:
        judged[i].is_tag_trusted = True
        judged[i].tag_sigma_m = max(TAG_SIGMA_M, doubt)
    along, up = np.median(gaps[kept], axis=0)
    return TagJudgement(
        face=group.views[0].face.name,
        texts=texts,
        off_m=float(np.median(lengths)),
        least_off_m=float(lengths.min()),
        shift_m=(float(along), float(up)),
        doubt_m=doubt,
    )


def _doubt_m(gap_m: float, usual_m: float) -> float:
    if gap_m <= _CONTRADICTS_M:
        return 0.0
    share = (gap_m / max(usual_m, 1e-3) - _BELIEVED_SIGMAS) / (_DOUBTED_SIGMAS - _BELIEVED_SIGMAS)
    return gap_m * min(max(share, 0.0), 1.0)


def tag_warnings(judgements: Sequence[TagJudgement], recorded_m: float) -> list[str]:
    """Return for people, face by face, where tags say that the positions are far off, and whether they are believed."""
    warnings = []
    least_m = max(_DOUBTED_SIGMAS * recorded_m, _CONTRADICTS_M)
    for face in sorted({j.face for j in judgements}):
        mine = [j for j in judgements if j.face == face and j.texts and j.off_m > least_m]
        if believed := [j for j in mine if j.doubt_m == 0.0]:
            most = max(believed, key=lambda j: j.off_m)
            tags = f"{len(most.texts)} tags on {face} say" if len(most.texts) > 1 else f"1 tag on {face} says"
            warnings.append(f"{tags} that positions are off by {most.off_m:.2f} m: check tags.csv.")
        if doubted := [j for j in mine if j.doubt_m > 0.0]:
            most = max(doubted, key=lambda j: j.off_m)
            says = (
                f"tags {' and '.join(most.texts)} on {face} say" if len(most.texts) > 1 else f"tag {most.texts[0]} on {face} says"
            )
            off = f"{says} that positions are off by {most.off_m:.2f} m"
            warnings.append(f"Only {off}, so what is read near by is unsure: check tags.csv, or hang three tags or more.")
    return warnings


def _gaps(group: LaneGroup, tracks: Sequence[Track], free: Solution) -> tuple[Vector, list[Vector]]:
    """Return (k, 2) how far each tag is seen from where it should hang, and the covariance (k, k) along and in height."""
    places, slopes, own = places_and_slopes(group.centres, tracks, free.errors)
    gaps = np.array([(t.tag.along_m, t.tag.height_m) for t in tracks if t.tag]) - places
    covariance = [
        slopes[:, axis] @ free.covariance @ slopes[:, axis].T + np.diag(own[:, axis, axis] + TAG_SIGMA_M**2) for axis in (0, 1)
    ]
    return gaps, covariance


def _strain(gaps: Vector, covariance: Sequence[Vector], kept: list[int]) -> tuple[Vector, Vector]:
    """Return (k,) how far each tag is from where all others together put it, in metres and in standard deviations."""
    left, total = np.zeros(len(kept)), np.zeros(len(kept))
    for axis in (0, 1):
        precision = np.linalg.inv(covariance[axis][np.ix_(kept, kept)])
        pulled = precision @ gaps[:, axis]
        left += (pulled / np.diag(precision)) ** 2
        total += pulled**2 / np.diag(precision)
    return np.asarray(np.sqrt(left)), np.asarray(np.sqrt(total))
