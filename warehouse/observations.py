"""What was seen at one location, over all frames: the record that vision writes and inventory reads.

`empty` and `unseen` never share a value: one is a claim about the stock, the other about us.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from warehouse.pallet_ids import PalletId

SURE = 0.9
"""Confidence below which an observation is unsure: it accuses nobody, and its location is looked at again."""


class ObservationStatus(StrEnum):
    """What can be said of one location."""

    READ = "read"
    EMPTY = "empty"
    """Positive evidence that nothing stands there."""
    UNREADABLE = "unreadable"
    """Something stands there; its label was not read."""
    UNSEEN = "unseen"
    """No usable frame."""
    NOT_OBSERVABLE = "not_observable"
    """Rear of a double-deep rack, forbidden, or hidden by construction."""


class Goods(StrEnum):
    """What is known of goods whose label was not read."""

    UNKNOWN = ""
    LABEL_UNREADABLE = "label_unreadable"
    """A label hangs there that does not read."""
    NO_LABEL = "no_label"
    """Goods were seen wherever a label can hang, and none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PalletSighting:
    """One pallet identity read at one location."""

    pallet: PalletId
    symbology: str
    text: str
    """The barcode's data as encoded, FNC1 as U+001D."""
    n_frames: int
    """Independent frames in which it was read."""
    evidence: str
    """Picture crop, relative to the run folder; empty when there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """One line of `observations.jsonl`."""

    location: str
    status: ObservationStatus
    pallets: tuple[PalletSighting, ...] = ()
    """At least one when, and only when, the status is `read`."""
    label_data: tuple[tuple[str, str], ...] = ()
    """Further GS1 data from the labels as (application identifier, value), e.g. ("02", GTIN), ("37", count), ("10", batch)."""
    unbooked_texts: tuple[str, ...] = ()
    """Barcodes read here that name no pallet by the site's rules: kept as evidence, never booked."""
    confidence: float
    """Probability that `status` and `pallets` are right, 0 to 1."""
    frames: tuple[str, ...] = ()
    """Frame ids that looked at the location."""
    evidence: str = ""
    """Picture of the whole bin, relative to the run folder."""
    runner_up: str = ""
    """The second most likely location of what was read."""
    margin_m: float | None = None
    """How much nearer the reads lie to this bin than to the runner-up; None when nothing was read."""
    seen_at: str = ""
    """UTC ISO 8601 up to which this is known: the last frame that read it, or that its status rests on; empty when unseen."""
    reason: str = ""
    """In words, why the status is what it is."""
    goods: Goods = Goods.UNKNOWN
    """Of an `unreadable` location; elsewhere unknown."""

    def __post_init__(self) -> None:
        """Hold the laws between status, pallets and goods."""
        if (self.status is ObservationStatus.READ) != bool(self.pallets):
            raise ValueError(f"{self.location}: status {self.status} with {len(self.pallets)} pallet(s)")
        if self.goods is not Goods.UNKNOWN and self.status is not ObservationStatus.UNREADABLE:
            raise ValueError(f"{self.location}: status {self.status} with goods {self.goods.value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePicture:
    """Which photo a picture crop was cut from: a line of `evidence.jsonl`."""

    file: str
    """The crop, relative to the run folder."""
    frame: str
    """Id of the photo."""
