"""What a recount remembers: which run it recounts, and for each doubtful location why and how it is looked at again."""

from __future__ import annotations

from dataclasses import dataclass

from mission.records import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedLook:
    """How one lane looks at a location."""

    run: str
    """Name of the run folder."""
    sortie: str
    lane: int
    """Number in the sortie, from 1."""
    direction: Direction
    standoff_m: float
    """From the camera to the face, along its normal."""
    height_m: float | None
    """Of the camera above the floor; None on a column, which passes all heights."""
    turn_deg: float
    """Of the nose, clockwise from where the camera looks square at the face."""
    speed_mps: float
    n_looks: int
    """Photos that hold the label, at least."""
    px_per_bar: float
    is_flown: bool
    """Whether the lane was flown to its end; of a plan that has not been flown yet, False."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAgain:
    """One doubtful location: a row of `looks_again.csv`."""

    location: str
    status: str
    """What the run recounted said of it: an observation status."""
    why: str
    """In words, why it is looked at again."""
    before: tuple[PlannedLook, ...]
    """Earlier looks that the runs know of, oldest first; none where the photos came without a plan."""
    now: PlannedLook | None
    """The first, where it takes two passes; None when it is not flown."""
    differs: tuple[str, ...]
    """In words, how the look differs from the last one."""
    by_hand: str = ""
    """In words, why flying cannot mend it and what to do instead; empty when it is flown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """`recount.json` of the new run."""

    recounts: str
    """The run whose doubts these are: its path from the new run's folder, with forward slashes."""
    run: str
    """Name of that run's folder."""
    recount_sha256: str
    """Of its recount.csv (hex)."""
    looks: tuple[LookAgain, ...]
    """In the order of recount.csv."""
    not_asked: tuple[str, ...] = ()
    """Doubtful locations that were no part of that run's plan: nobody looked for them, so they are not looked at again.

    But those that a person asks for are.
    """
