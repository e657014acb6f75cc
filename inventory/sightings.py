"""What was read where, and whether it is enough to accuse someone.

A read that agrees with the ERP needs little: that a misread should turn into just the expected id is next to impossible. A read
that contradicts the ERP has to prove two things, the id and the place, and `doubt` says which of them is missing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inventory.erp_lines import RowFault
from inventory.findings import Cause
from warehouse.observations import SURE, Observation, ObservationStatus
from warehouse.pallet_ids import PalletId, parse_pallet_id

THIN_MARGIN_M = 0.10
"""A read that lies less than this nearer to its bin than to the next may belong to either: twice the position error of a drone that
flies on external navigation (0.04 to 0.05 m)."""
ENOUGH_FRAMES = 2
MATRIX_CODES = frozenset({"QRCode", "MicroQRCode", "RMQRCode", "DataMatrix", "Aztec", "PDF417", "MaxiCode"})
"""Error-correcting symbologies: a misread is noticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """One pallet id read at one location."""

    pallet: PalletId
    location: str
    symbology: str
    n_frames: int
    """Frames that speak for this place and no other."""
    evidence: str
    seen_at: str
    confidence: float
    """Of the observation."""
    runner_up: str
    margin_m: float | None
    """Of the observation: of the label read there that lies least clearly in that place."""
    has_company: bool = False
    """Whether other pallets were read there too, so that margin and runner-up may be another one's."""

    @property
    def is_checked(self) -> bool:
        """Whether a single misread character would have been noticed."""
        return self.pallet.has_check_digit or self.symbology in MATRIX_CODES

    @property
    def is_from_photos(self) -> bool:
        """Whether our own photos show it, of which the plan takes at least two of every label; a hand scanner reads once."""
        return self.margin_m is not None

    @property
    def is_thin(self) -> bool:
        """Whether it may belong to the runner-up."""
        return self.margin_m is not None and self.margin_m < THIN_MARGIN_M

    @property
    def probability(self) -> float:
        """Probability that this id stands at this place.

        With a margin it is the observation's own confidence, which holds the chances of a wrong text and of a wrong bin. Without
        one (scans that did not come from us) the shares of wrong ids are assumptions: 1 % and 0.1 % for one and more reads that a
        check digit protects, 20 %, 3 % and 1 % for one, two and more that none does; and 1 % for the wrong place.
        """
        if self.is_from_photos:
            return self.confidence
        wrong = {1: 0.01, 2: 0.001} if self.is_checked else {1: 0.2, 2: 0.03}
        id_is_right = 1 - wrong.get(self.n_frames, 0.001 if self.is_checked else 0.01) if self.n_frames else 0.5
        return self.confidence * id_is_right * 0.99


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a read is no ground for an accusation."""

    cause: Cause
    words: str


def doubt(
    sighting: Sighting, *, home: frozenset[str] = frozenset(), needs_place: bool = False, is_expected: bool = False
) -> Doubt | None:
    """Return why this read proves too little, or None.

    `home` are the places where the ERP expects the pallet. `needs_place` asks for certainty about the place as well, as when the
    read is to prove that no other pallet stands there. `is_expected`: the ERP expects the pallet just there, so that one photo is
    enough for the id.
    """
    if sighting.n_frames == 0:
        return Doubt(Cause.LOCALISATION, "every frame that shows it here places it at another location too")
    single = None if is_expected else _single_read(sighting)
    if single is not None:
        return single
    if sighting.confidence < SURE:
        return Doubt(Cause.WEAK_EVIDENCE, f"what was seen there is only {sighting.confidence:.0%} sure")
    may_be_home = sighting.runner_up in home or (sighting.has_company and bool(home))
    if sighting.is_thin and (needs_place or sighting.n_frames < ENOUGH_FRAMES or may_be_home):
        label = "one of the labels read there" if sighting.has_company else "the label"
        words = f"{label} lies only {sighting.margin_m:.2f} m nearer to {sighting.location} than to {sighting.runner_up}"
        return Doubt(Cause.LOCALISATION, f"{words}, so our own localisation is suspected")
    return None


def _single_read(sighting: Sighting) -> Doubt | None:
    if sighting.n_frames >= ENOUGH_FRAMES:
        return None
    if not sighting.is_checked:
        kind = sighting.symbology or "barcode of unknown kind"
        return Doubt(Cause.SINGLE_READ, f"it was read only once, and its id ({kind}) has no check digit")
    if sighting.is_from_photos and sighting.symbology not in MATRIX_CODES:
        return Doubt(Cause.SINGLE_READ, "it was read in a single photo, and now and then a misread passes even a check digit")
    return None


class Looks:
    """The observations by location, and the sightings by pallet and by location."""

    def __init__(
        self,
        observations: Iterable[Observation],
        shared_frames: dict[tuple[str, PalletId], int] | None = None,
        faults: Iterable[RowFault] = (),
    ) -> None:
        """Index the observations; `shared_frames` counts, for (location, pallet), the frames that another place claims as well.

        `faults` are the refused rows of a scan file: a pallet that one of them names was not read nowhere.
        """
        self.refused = {pallet: fault for fault in faults for pallet in fault.pallets}
        shared = shared_frames or {}
        self.by_location = {o.location: o for o in observations}
        self.by_pallet: dict[PalletId, list[Sighting]] = {}
        self.at: dict[str, list[Sighting]] = {}
        for location in sorted(self.by_location):
            o = self.by_location[location]
            for p in sorted(o.pallets, key=lambda p: p.pallet):
                sighting = Sighting(
                    pallet=p.pallet,
                    location=location,
                    symbology=p.symbology,
                    n_frames=max(p.n_frames - shared.get((location, p.pallet), 0), 0),
                    evidence=p.evidence or o.evidence,
                    seen_at=o.seen_at,
                    confidence=o.confidence,
                    runner_up=o.runner_up,
                    margin_m=o.margin_m,
                    has_company=len(o.pallets) > 1,
                )
                self.by_pallet.setdefault(p.pallet, []).append(sighting)
                self.at.setdefault(location, []).append(sighting)
        self.unbooked: dict[str, list[str]] = {}
        """Texts that no pallet was booked by, and the pallets that they would name: where they were read."""
        for location in sorted(self.by_location):
            for text in self.by_location[location].unbooked_texts:
                self.unbooked.setdefault(text, []).append(location)
                pallet = parse_pallet_id(text)
                if pallet is not None and pallet.value != text:
                    self.unbooked.setdefault(pallet.value, []).append(location)
        self.latest = max((o.seen_at for o in self.by_location.values()), default="")

    def status(self, location: str) -> ObservationStatus:
        """Return what was seen of a location; `unseen` when nothing was recorded."""
        found = self.by_location.get(location)
        return found.status if found else ObservationStatus.UNSEEN

    def picture(self, location: str) -> str:
        """Return the picture of a location; empty when there is none."""
        found = self.by_location.get(location)
        return found.evidence if found else ""

    def seen_at(self, location: str) -> str:
        """Return when a location was last seen; empty when it was not."""
        found = self.by_location.get(location)
        return found.seen_at if found else ""
