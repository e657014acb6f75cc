"""What a count took and cost, beside the same by hand: the arithmetic of `aislescan estimate`, on what was flown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CountCost:
    """One count."""

    run: str
    counted_at: str
    n_decided: int
    """Locations that the drone read or saw empty."""
    flight_h: float
    people_h: float
    """Of people's work: with the drone, looking through the report, and counting by hand what it did not decide."""
    cost: float
    by_hand_people_h: float
    """The same locations, all by hand."""
    by_hand_cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What the owner of the site assumes; docs/reference/estimate.md says where the figures come from."""

    currency: str
    wage_per_hour: float
    manual_per_hour: float
    """Locations that one team counts by hand in an hour."""
    manual_people: float
    truck_per_hour: float
    attendants: float
    """People who stay with the drone."""
    setup_min: float
    review_min: float

    def of_count(self, *, run: str, counted_at: str, n_decided: int, n_observable: int, flight_s: float) -> CountCost:
        """Return what a count of that many locations took; battery changes and the price of the drone are not in it."""
        by_hand_h = n_observable / self.manual_per_hour
        rest_h = (n_observable - n_decided) / self.manual_per_hour
        flight_h = flight_s / 3600
        attended_h = (flight_h + self.setup_min / 60) * self.attendants + self.review_min / 60
        team_per_hour = self.manual_people * self.wage_per_hour + self.truck_per_hour
        return CountCost(
            run=run,
            counted_at=counted_at,
            n_decided=n_decided,
            flight_h=flight_h,
            people_h=attended_h + rest_h * self.manual_people,
            cost=attended_h * self.wage_per_hour + rest_h * team_per_hour,
            by_hand_people_h=by_hand_h * self.manual_people,
            by_hand_cost=by_hand_h * team_per_hour,
        )
