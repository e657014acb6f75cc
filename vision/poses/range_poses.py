"""Readings of the range sensor, moved as the photos beside them were: both took their place from the same autopilot."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from warehouse.coordinates import shorter_turn_deg
from warehouse.poses import FrameRecord, RangeRecord

Vector = NDArray[np.float64]

REACH_S = 1.0
"""A photo that was taken farther than this from a reading tells nothing of where the reading was taken."""
MOST_WRONG_M = 0.05
"""Poses of a run of which none was moved farther are right enough for readings that no photo lies beside."""


def moved_with_frames(
    records: Iterable[RangeRecord], flown: Sequence[FrameRecord], corrected: Sequence[FrameRecord]
) -> Iterator[RangeRecord]:
    """Yield the readings with the shift that the corrected photos of their sortie had at that moment, in their order.

    `flown` and `corrected` are the photos of the run before and after, in one order. Between two photos a shift changes evenly with
    time, and a reading is never surer than they are. A reading without a corrected photo near is left out where the run's poses
    proved wrong. Photos of the sensor's own side go before others: each is corrected along the face that it shows.
    """
    pairs = [(a, b) for a, b in zip(flown, corrected, strict=True) if a != b]
    beside: dict[tuple[str, str], list[tuple[FrameRecord, FrameRecord]]] = defaultdict(list)
    for a, b in pairs:
        beside[a.sortie, a.camera].append((a, b))
        beside[a.sortie, ""].append((a, b))
    shifts = {key: _Shifts(those) for key, those in beside.items()}
    was_wrong = any(np.abs(s.moved_m).max() > MOST_WRONG_M for s in shifts.values())
    for record in records:
        shift = shifts.get((record.sortie, record.side)) or shifts.get((record.sortie, ""))
        moved = shift.applied_to(record) if shift is not None else None
        if moved is not None:
            yield moved
        elif not was_wrong:
            yield record


class _Shifts:
    """What correction did to the photos of one sortie, by time."""

    def __init__(self, pairs: Sequence[tuple[FrameRecord, FrameRecord]]) -> None:
        """Take (as flown, as corrected) of one photo or more."""
        ordered = sorted(pairs, key=lambda pair: pair[0].utc_s)
        self.times_s: Vector = np.array([a.utc_s for a, _ in ordered])
        self.moved_m: Vector = np.array([np.subtract(b.pose.position_m, a.pose.position_m) for a, b in ordered])
        self.turned_deg: Vector = np.array([shorter_turn_deg(a.pose.heading_deg, b.pose.heading_deg) for a, b in ordered])
        self.sigma_m: Vector = np.array([b.position_sigma_m for _, b in ordered])

    def applied_to(self, record: RangeRecord) -> RangeRecord | None:
        """Return the reading where it was truly taken; None where no photo lies near."""
        at = record.utc_s
        after = int(np.searchsorted(self.times_s, at))
        near = [i for i in (after - 1, after) if 0 <= i < len(self.times_s) and abs(self.times_s[i] - at) <= REACH_S]
        if not near:
            return None
        x, y, z = (float(np.interp(at, self.times_s[near], self.moved_m[near, axis])) for axis in range(3))
        turned = float(np.interp(at, self.times_s[near], self.turned_deg[near]))
        place = record.pose.position_m
        pose = replace(
            record.pose,
            position_m=(place[0] + x, place[1] + y, place[2] + z),
            heading_deg=(record.pose.heading_deg + turned) % 360.0,
        )
        return replace(record, pose=pose, position_sigma_m=max(record.position_sigma_m, float(self.sigma_m[near].max())))
