"""The two sides of a comparison, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from inventory.book import Book
from inventory.movements import NO_MOVEMENTS, Movements
from inventory.places import Places
from inventory.sightings import Looks
from inventory.tolerance import NO_TOLERANCE, Tolerances
from warehouse.layout import BinKind
from warehouse.observations import ObservationStatus


@dataclass(frozen=True, kw_only=True)
class World:
    """What the ERP says, what was seen, and where both are."""

    book: Book
    looks: Looks
    places: Places
    is_any_text_a_pallet: bool
    """True for scans that did not come from us: there every text may name a pallet. False where the site's rules decide."""
    tolerances: Tolerances = NO_TOLERANCE
    """By which a count on a label may differ from the ERP's quantity."""
    movements: Movements = NO_MOVEMENTS
    """What the ERP moved between its export and the scan."""

    @cached_property
    def covered_aisles(self) -> frozenset[str]:
        """The aisles of which the ERP file says anything."""
        return frozenset(self.places.by_location[location].aisle for location in self.book.at)

    def status(self, location: str) -> ObservationStatus:
        """Return what is known of a location; one without a record is unseen, or not observable by its kind."""
        if location not in self.looks.by_location:
            kind = self.places.by_location[location].kind
            return ObservationStatus.NOT_OBSERVABLE if kind is not None and not kind.is_observable else ObservationStatus.UNSEEN
        return self.looks.status(location)

    def is_left_to_look_at(self, location: str) -> bool:
        """Whether a drone can look at a location and has not: no photo shows it. Places that it can never see are no such."""
        place, seen = self.places.by_location[location], self.looks.by_location.get(location)
        if self.places.has_layout and place.kind is None:
            return False
        return self.status(location) is ObservationStatus.UNSEEN and (seen is None or not seen.frames)

    def not_decided(self, location: str) -> str:
        """Return in words why nothing can be said of the stock at a location that was neither read nor seen empty."""
        seen = self.looks.by_location.get(location)
        why = f": {seen.reason.rstrip('.')}" if seen is not None and seen.reason else ""
        place = self.places.by_location[location]
        if self.places.has_layout and place.kind is None:
            return f"Location {location} is not in the layout of the site, so nobody looked at it."
        status = self.status(location)
        if status is ObservationStatus.UNREADABLE:
            return f"Something stands at {location}, but its label was not read{why}."
        if status is ObservationStatus.NOT_OBSERVABLE:
            kind = f" ({place.kind.value})" if place.kind not in (None, BinKind.NORMAL) else ""
            return f"Location {location} cannot be observed from the aisle{kind}{why}."
        return f"It is not known what stands at {location}{why}."
