"""Groups of lanes of which tags say that they were recorded a slot, a bay or a level away from where they were.

A flight that has found itself again a bay too far looks just like a row of tags that was hung a bay too far: the rack is the same
there. What hangs along one face alone is no proof then. Where the tags of another face say the same, or uprights stand where the
tags put them and not where the record does, the record is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vision.poses.adjustment import places_and_slopes
from vision.poses.errors import LOOSE, ErrorModel, solve
from vision.poses.group import LaneGroup
from vision.poses.rack import standing_m
from vision.poses.tags import ENOUGH_TAGS, TagJudgement, judge_tags
from warehouse.site import Site

FAR_OFF_M = 0.6
"""A record that is so far off all along may put labels into other slots; drift is less where a pass begins."""
_ENOUGH_UPRIGHTS = 2
_SAME_SHIFT_M = 0.5
"""The tags of two faces that say so much the same say the same: drift between them is less."""


_STANDS_M, _STANDS_NOT_M = 0.15, 0.3
"""How far uprights may be from those of the layout, and how far off the record must put them."""


def far_off_m(site: Site, groups: Sequence[LaneGroup], judgements: Sequence[TagJudgement]) -> list[float]:
    """Return for each group how far off its record may be by what tags say; 0 where that is not far, or corrected by its own tags.

    `judgements` are of tags by themselves. A group that shows no tags may be as far off as another one of the same flight, if
    that is proven, or if enough tags say so and as many nowhere in that flight that the record is right.
    """
    far = [j.least_off_m if j.least_off_m >= FAR_OFF_M else 0.0 for j in judgements]
    proven = [
        off_m > 0 and (_is_confirmed(i, groups, judgements) or _uprights_confirm(site, groups[i], judgements[i]))
        for i, off_m in enumerate(far)
    ]
    flights = [{v.frame.sortie for v in g.views} for g in groups]
    is_told = [len(j.texts) >= ENOUGH_TAGS for j in judgements]
    right = set[str]().union(*(flights[i] for i, off_m in enumerate(far) if is_told[i] and not off_m))
    telling = [i for i in range(len(groups)) if proven[i] or (is_told[i] and not flights[i] & right)]
    found = []
    for i, judgement in enumerate(judgements):
        elsewhere = max((far[k] for k in telling if flights[k] & flights[i]), default=0.0)
        found.append(0.0 if proven[i] else far[i] if judgement.texts else elsewhere)
    return found


def _is_confirmed(number: int, groups: Sequence[LaneGroup], judgements: Sequence[TagJudgement]) -> bool:
    """Return whether enough tags of this group, and enough of another face, say the same."""
    mine = judgements[number]
    return len(mine.texts) >= ENOUGH_TAGS and any(
        len(other.texts) >= ENOUGH_TAGS
        and other.face != mine.face
        and _is_same(groups[number], mine.shift_m, groups[k], other.shift_m)
        for k, other in enumerate(judgements)
    )


def _uprights_confirm(site: Site, group: LaneGroup, judgement: TagJudgement) -> bool:
    """Return whether uprights stand where the tags put them, and where the record puts them none do."""
    tracks = [t for t in group.tracks if t.is_upright]
    standing = standing_m(site, judgement.face)
    if len(tracks) < _ENOUGH_UPRIGHTS or not len(standing):
        return False
    errors = solve(group.problem(), LOOSE).errors
    places, _, _ = places_and_slopes(group.centres, tracks, errors)
    by_tags = places[:, 0] + judgement.shift_m[0] - float(np.median(errors[:, 0]))
    off_m, recorded_off_m = (
        float(np.median(np.abs(places[:, None] - standing).min(axis=1))) for places in (by_tags, by_tags - judgement.shift_m[0])
    )
    return off_m < _STANDS_M and recorded_off_m > _STANDS_NOT_M


def _is_same(a: LaneGroup, shift_a_m: tuple[float, float], b: LaneGroup, shift_b_m: tuple[float, float]) -> bool:
    """Return whether shifts along two parallel faces are one; what tags say of faces across one another cannot be compared."""
    turned = float(np.dot(a.views[0].face.along, b.views[0].face.along))
    if abs(turned) < np.cos(np.radians(10)):
        return False
    return float(np.hypot(shift_a_m[0] - np.sign(turned) * shift_b_m[0], shift_a_m[1] - shift_b_m[1])) <= _SAME_SHIFT_M


def judge_far(group: LaneGroup, model: ErrorModel, usual_m: float, alone: TagJudgement) -> TagJudgement:
    """Judge the tags of a group as `judge_tags`; `alone` is what they say by themselves: where that is far, it is told so."""
    if alone.least_off_m < FAR_OFF_M:
        return judge_tags(group, model, usual_m)
    possible = replace(model, drift_m=max(model.drift_m, alone.off_m), rise_m=max(model.rise_m, alone.off_m))
    return replace(judge_tags(group, possible, usual_m), off_m=alone.off_m)


def far_warnings(groups: Sequence[LaneGroup], judgements: Sequence[TagJudgement], far_m: Sequence[float]) -> list[str]:
    """Return for people which photos place nothing, and why; `judgements` and `far_m` as of `far_off_m`."""
    warnings = []
    n_blind: Counter[str] = Counter()
    most: dict[str, TagJudgement] = {}
    for group, judgement, off_m in zip(groups, judgements, far_m, strict=True):
        if off_m and not judgement.texts:
            n_blind.update(v.frame.sortie for v in group.views if v.frame.frame in group.told)
        elif off_m and judgement.off_m > (most[judgement.face].off_m if judgement.face in most else 0.0):
            most[judgement.face] = judgement
    for face, judgement in sorted(most.items()):
        n = len(judgement.texts)
        tags = f"{n} tags on {face} say" if n > 1 else f"tag {judgement.texts[0]} on {face} says"
        warnings.append(
            f"Only {tags} that positions are off by {judgement.off_m:.2f} m: nothing that is read near by is booked. Check whether"
            " these tags hang where tags.csv says, and fly there again; three tags or more on each face of an aisle settle it."
        )
    for sortie, n in sorted(n_blind.items()):
        warnings.append(
            f"{n} photos of flight {sortie} show no tags, and tags elsewhere say that positions are off by {max(far_m):.2f} m:"
            " nothing that is read there is booked."
        )
    return warnings
