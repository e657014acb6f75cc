"""How far a reading has come: written by vision while it reads, followed by whoever watches."""

from __future__ import annotations

from dataclasses import dataclass

PHOTOS, BINS, LABELS, PICTURES, DONE = "photos", "bins", "labels", "pictures", "done"
"""What a reading does: search the photos; by turns look closely at bins without a label, and look for a second photo of labels
that one alone reads; cut out pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingStep:
    """One thing that was finished; a line of `reads.progress.jsonl`."""

    what: str
    """PHOTOS, BINS, LABELS, PICTURES, or DONE when the results are written."""
    n_done: int = 0
    n_total: int = 0
    read: tuple[str, ...] = ()
    """Locations in which a pallet label was read just now. Not yet weighed against other photos: the observations decide."""
    empty: tuple[str, ...] = ()
    """Locations that were just now seen empty."""
