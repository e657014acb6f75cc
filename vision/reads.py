"""The records of the reading stage: what one frame gave, and one barcode in it as `reads.jsonl` keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from vision.codes.decoded import STACK, Corners, Decoded


@dataclass(frozen=True, slots=True, kw_only=True)
class UprightSeen:
    """What looks like an upright of the rack in one frame."""

    ends_px: tuple[tuple[float, float], tuple[float, float]]
    """Its middle line at the top and at the bottom of the picture."""
    pitch: float
    """Distance of its holes: metres for each metre of distance from the lens."""
    width: float
    """Likewise."""
    strength: float
    """How regular the holes are, 0 to 2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameLook:
    """One frame, opened and searched. Kept while the stage works, so that a killed stage goes on with the next frame."""

    frame: str
    fault: str = ""
    """Why the frame could not be used; empty when it could."""
    found: tuple[Decoded, ...] = ()
    uprights: tuple[UprightSeen, ...] = ()
    """Candidates, strongest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """One barcode in one frame. One line of `reads.jsonl`."""

    frame: str
    sortie: str
    symbology: str
    text: str
    corners_px: Corners
    engine: str
    variant: str
    face: str = ""
    """Name of the rack face it was seen on; empty when the frame looks at none, or its pose is not to be trusted."""
    along_m: float | None = None
    height_m: float | None = None
    """Where on the face the symbol's middle lies."""
    location: str = ""
    """The bin that this frame alone puts it in; empty when it lies in none."""
    runner_up: str = ""
    margin_m: float | None = None
    pallet_kind: str = ""
    """`SSCC` or `LPN` when the text names a pallet by the site's rules; otherwise it is evidence, never booked."""
    pallet: str = ""
    label_data: tuple[tuple[str, str], ...] = ()
    """Further GS1 data as (application identifier, value)."""

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What tells it from every other read of a run."""
        return self.frame, self.symbology, self.text, str(self.corners_px)


def n_photos(reads: Iterable[Read]) -> int:
    """Return how many photos independently say what all of `reads` say.

    All stacks of photos together count as one: a trial that mixed the photos of two labels made stacks agree on a wrong text.
    """
    return len({STACK if r.variant.startswith(STACK) else r.frame for r in reads})


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSummary:
    """What a reading run did, in numbers and in the faults that a person must know of."""

    n_frames: int
    n_frames_read_before: int
    """Frames that an earlier, interrupted run had searched already."""
    n_reads: int
    n_pallets: int
    """Different pallet identities booked."""
    n_locations: dict[str, int]
    """Locations by observation status."""
    faults: tuple[str, ...] = ()
    """Frames that are missing, cut short or without a trustworthy pose, by file name."""
    positions: str = ""
    """In a sentence, how far the recorded positions were corrected."""
