"""How far a reading has come: written by vision while it reads, followed by whoever watches."""

from __future__ import annotations

from dataclasses import dataclass

PHOTOS, BINS, PICTURES, DONE = "photos", "bins", "pictures", "done"
"""What a reading does one after the other: search the photos, look closely at bins without a label
and at labels that one photo alone reads, cut out pictures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingStep:
    """One thing that was finished; a line of `reads.progress.jsonl`."""

    what: str
    """PHOTOS, BINS, PICTURES, or DONE when the results are written."""
    n_done: int = 0
    n_total: int = 0
    read: tuple[str, ...] = ()
    """Locations in which a pallet label was read just now. Not yet weighed against other photos: the observations decide."""
    empty: tuple[str, ...] = ()
    """Locations that were just now seen empty."""
