"""Which label a symbol with further GS1 data belongs to, and what the data of one label come to.

A logistic label carries its SSCC and, in symbols of their own, what the pallet holds. Such a symbol names no pallet; a photo whose
place is some centimetres off may show it in the neighbour's. But what one photo shows side by side hangs side by side.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

from vision.bins.fusing import SAME_LABEL_M, SeenLabel
from vision.reads import Read

CLEARLY_NEARER_M = 0.2
"""Than the next label: where no photo shows label and data together, errors of the poses must not decide."""


class Stickers:
    """The labels of a run, by the photos that read them and by where they hang."""

    def __init__(self, labels: Iterable[SeenLabel], reach_m: float) -> None:
        """Index the booked labels; `reach_m` is the longer side of a sticker."""
        self._reach_m = reach_m
        self._by_frame: dict[tuple[str, str], list[tuple[SeenLabel, Read]]] = defaultdict(list)
        self._by_key: dict[tuple[str, str, str, str], SeenLabel] = {}
        self._cells: dict[tuple[str, int], list[SeenLabel]] = defaultdict(list)
        for label in labels:
            self._cells[label.face, _cell(label.along_m)].append(label)
            for r in label.reads:
                self._by_frame[r.frame, r.face].append((label, r))
                self._by_key[r.key] = label

    def owner(self, r: Read) -> SeenLabel | None:
        """Return the label whose sticker a symbol with further data hangs on, or that it is itself; None where none is sure."""
        if r.pallet:
            return self._by_key.get(r.key)
        if r.along_m is None or r.height_m is None:
            return None
        along, height = r.along_m, r.height_m
        beside = [
            (math.hypot((other.along_m or 0.0) - along, (other.height_m or 0.0) - height), label)
            for label, other in self._by_frame[r.frame, r.face]
        ]
        near = [label for cell in (-1, 0, 1) for label in self._cells[r.face, _cell(along) + cell]]
        ranked = sorted(((math.hypot(s.along_m - along, s.height_m - height), s) for s in near), key=lambda found: found[0])
        if beside:
            away, label = min(beside, key=lambda found: found[0])
            # The neighbour's own label may not have read in this photo, or in none.
            is_strange = r.location != label.place.location and away > self._reach_m
            is_anothers = any(nearer < away for nearer, other in ranked if other.pallet != label.pallet)
            return label if away < SAME_LABEL_M and not is_strange and not is_anothers else None
        if not ranked or ranked[0][0] >= SAME_LABEL_M:
            return None
        first = ranked[0]
        rivals = [away for away, label in ranked[1:] if label.pallet != first[1].pallet]
        return first[1] if not rivals or rivals[0] - first[0] >= CLEARLY_NEARER_M else None


def _cell(along_m: float) -> int:
    return math.floor(along_m / (SAME_LABEL_M + CLEARLY_NEARER_M))


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
