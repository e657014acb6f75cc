"""All reads of a run to labels in bins: one truth from several frames."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from vision.decoded import WEAKLY_CHECKED
from vision.placing import Place, place
from vision.reads import Read
from warehouse.layout import Layout
from warehouse.pallet_ids import PalletId, PalletIdKind

SAME_LABEL_M = 0.35
"""Reads of one text nearer than this are one sticker; farther apart, the text hangs at two places."""
_WRONG_TEXT = {PalletIdKind.SSCC: 0.002, PalletIdKind.LPN: 0.01}
"""Chance that one frame's read is wrong: with a check digit behind the symbol's own, and without."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLabel:
    """One sticker on one rack face, with all reads of its text."""

    pallet: PalletId
    face: str
    along_m: float
    height_m: float
    """Medians over the reads."""
    place: Place
    reads: tuple[Read, ...]
    confidence: float
    """Probability that the text is right and that it hangs in this bin."""

    @property
    def n_frames(self) -> int:
        """Independent frames."""
        return len({r.frame for r in self.reads})


def see_labels(layout: Layout, reads: Iterable[Read], sigma_m: float) -> list[SeenLabel]:
    """Return the stickers that name pallets, placed by all frames that read them.

    `sigma_m` is one standard deviation of a read's place on the face. A symbology with a weak check or none needs two frames or
    two ways of decoding that agree.
    """
    by_text: dict[tuple[str, str, str], list[Read]] = defaultdict(list)
    for r in reads:
        if r.pallet and r.face:
            by_text[r.face, r.pallet_kind, r.pallet].append(r)
    labels = []
    for (face, kind, value), group in sorted(by_text.items()):
        for cluster in _clusters(group):
            votes = {(r.frame, r.engine, r.variant) for r in cluster}
            if len(votes) < 2 and cluster[0].symbology in WEAKLY_CHECKED:
                continue
            label = _label(layout, face, PalletId(PalletIdKind(kind), value), cluster, sigma_m)
            if label is not None:
                labels.append(label)
    return labels


def _clusters(group: Sequence[Read]) -> list[list[Read]]:
    clusters: list[list[Read]] = []
    for r in sorted(group, key=lambda r: (r.along_m or 0.0, r.height_m or 0.0, r.frame)):
        near = [c for c in clusters if any(_distance_m(r, other) < SAME_LABEL_M for other in c)]
        merged = [r]
        for c in near:
            merged = c + merged
            clusters.remove(c)
        clusters.append(merged)
    return clusters


def _distance_m(a: Read, b: Read) -> float:
    return math.hypot((a.along_m or 0.0) - (b.along_m or 0.0), (a.height_m or 0.0) - (b.height_m or 0.0))


def _label(layout: Layout, face: str, pallet: PalletId, cluster: list[Read], sigma_m: float) -> SeenLabel | None:
    along = float(np.median([r.along_m for r in cluster if r.along_m is not None]))
    height = float(np.median([r.height_m for r in cluster if r.height_m is not None]))
    where = place(layout, face, along, height)
    if where is None:
        return None
    n_frames = len({r.frame for r in cluster})
    wrong_text = _WRONG_TEXT[pallet.kind] ** min(n_frames, 3)
    # The errors of neighbouring frames go together, so many frames place a label hardly better than one: no square root of n here.
    wrong_bin = 0.5 * math.erfc(where.margin_m / (math.sqrt(2) * sigma_m))
    return SeenLabel(
        pallet=pallet,
        face=face,
        along_m=along,
        height_m=height,
        place=where,
        reads=tuple(cluster),
        confidence=(1 - wrong_text) * (1 - wrong_bin),
    )


def agreed_data(reads: Iterable[Read]) -> tuple[tuple[str, str], ...]:
    """Return the further GS1 data of one pallet's reads: per application identifier the value of most frames, none on a tie."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for ai, value, _ in sorted({(ai, value, r.frame) for r in reads for ai, value in r.label_data}):
        votes[ai][value] += 1
    agreed = []
    for ai, counted in sorted(votes.items()):
        ranked = counted.most_common(2)
        if len(ranked) == 1 or ranked[0][1] > ranked[1][1]:
            agreed.append((ai, ranked[0][0]))
    return tuple(agreed)
