"""What each candidate would read of a site, how long a count takes, and what it costs, beside a count by hand.

Arithmetic on a plan: what the labels of a real hall are like, how well the drone knows its place and what interrupts a night are
not in it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mission.estimating.candidates import Candidate, Owner
from mission.planning.needs import MARGIN
from mission.planning.planner import make_plan
from mission.records import ScanPlan
from warehouse.layout import BinKind
from warehouse.site import Site

_OUT_OF_USE = (BinKind.UNUSED, BinKind.FORBIDDEN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ByHand:
    """Counting everything by hand."""

    hours_per_count: float
    """Of the team."""
    people_hours_per_count: float
    cost_a_year: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """What one candidate comes to at this site."""

    name: str
    note: str
    n_readable: int
    """Locations whose label can be read by the plan."""
    n_barely: int
    """Of them, those with less than the margin that plans ask for: the first to be lost when print or light is worse."""
    share_readable: float
    """Of all locations in use."""
    unreadable_because: tuple[tuple[str, int], ...]
    """Why others cannot, in the plan's one word, with how many; most first."""
    remedy: str
    """What would help most of them, in the words of the plan; empty when none is needed."""
    n_sorties: int
    flight_h: float
    """In the air, for one count."""
    drone_h: float
    """From the first setting up to the last putting away, with battery changes and waiting for the charger."""
    n_nights: int
    """For one count; 0 where no night is long enough for setting up and the longest flight."""
    batteries_wanted: int
    """With which nobody waits for the charger."""
    by_hand_h: float
    """Of the team, for what the drone does not read."""
    people_hours_per_count: float
    counts_a_year: int
    """That fit into the nights, with this one drone."""
    counted_a_year: float
    """Those that the owner wants, or if fewer, those that fit: what is said of money below is for these."""
    running_a_year: float
    """People, upkeep and batteries."""
    purchase: float | None
    """None where the price is not given."""
    cost_a_year: float | None
    """With the purchase spread over its years."""
    saves_a_year: float
    """Against counting as often by hand, before the purchase; negative when it costs more."""
    payback_months: float | None
    """None where no price is given or the purchase never comes back."""
    pays_from_counts: int | None
    """Counts a year from which it costs less than counting as often by hand; None where no price is given, or none is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The whole comparison."""

    site: str
    n_locations: int
    """In use."""
    owner: Owner
    by_hand: ByHand
    offers: tuple[Offer, ...]
    """In the order of the file."""

    @property
    def best(self) -> Offer | None:
        """Return the cheapest offer that reads nine tenths, with the full margin if there is one; else the one that reads most.

        One that cannot make all counts that the owner wants is taken with the rest of them made by hand.
        """
        fit = [offer for offer in self.offers if offer.counted_a_year > 0]
        priced = [offer for offer in fit if offer.share_readable >= 0.9 and offer.purchase is not None]
        good = [offer for offer in priced if offer.n_readable - offer.n_barely >= 0.9 * self.n_locations] or priced
        if good:
            return min(
                good, key=lambda offer: ((offer.purchase or 0.0) / self.owner.years - offer.saves_a_year, -offer.share_readable)
            )
        able = [offer for offer in fit or self.offers if offer.n_readable]
        return max(able, key=lambda offer: offer.share_readable, default=None)


def make_estimate(
    site: Site,
    owner: Owner,
    candidates: Sequence[Candidate],
    progress: Callable[[int, int, str], None] | None = None,
    lang: str = "en",
) -> Estimate:
    """Plan the whole site for each candidate and work out what a count takes and costs."""
    n = sum(b.kind not in _OUT_OF_USE for b in site.layout.bins)
    offers = []
    for i, candidate in enumerate(candidates):
        if progress is not None:
            progress(i, len(candidates), f"planning for {candidate.name}")
        offers.append(_offer(candidate.at(site), candidate, make_plan(candidate.at(site), lang=lang), n, owner))
    return Estimate(site=site.name, n_locations=n, owner=owner, by_hand=by_hand(n, owner), offers=tuple(offers))


def by_hand(n_locations: int, owner: Owner) -> ByHand:
    """Return what it takes to count that many locations by hand."""
    hours = n_locations / owner.manual_per_hour
    return ByHand(
        hours_per_count=hours,
        people_hours_per_count=hours * owner.manual_people,
        cost_a_year=hours * owner.team_per_hour * owner.counts_a_year,
    )


def _offer(site: Site, candidate: Candidate, plan: ScanPlan, n_locations: int, owner: Owner) -> Offer:
    views = [view for sortie in plan.sorties for lane in sortie.lanes for view in lane.views]
    n_readable = sum(len(view.must_see) for view in views)
    lost = [u for u in plan.uncovered if site.layout.bins_by_code[u.location].kind not in _OUT_OF_USE]
    why = Counter(u.bound_by for u in lost).most_common()
    remedies = Counter(u.remedy for u in lost if u.remedy).most_common(1)
    flight_h = sum(sortie.time_s for sortie in plan.sorties) / 3600
    drone_h, n_nights = _drone_hours(plan, candidate.batteries, owner)
    by_hand_h = (n_locations - n_readable * owner.read_share) / owner.manual_per_hour
    attended_h = drone_h * owner.attendants + (owner.review_min / 60 if plan.sorties else 0.0)
    per_count = attended_h * owner.wage_per_hour + by_hand_h * owner.team_per_hour
    per_count += len(plan.sorties) * candidate.battery_price / owner.battery_flights
    upkeep = owner.upkeep_share * (candidate.price or 0.0)
    n_counts = int(owner.nights_a_week * owner.weeks_a_year / n_nights + 1e-9) if n_nights else 0
    counted = min(owner.counts_a_year, n_counts)
    running = per_count * counted + upkeep
    purchase = None if candidate.price is None else candidate.price + candidate.batteries * candidate.battery_price
    hand_per_count = by_hand(n_locations, owner).hours_per_count * owner.team_per_hour
    saves = hand_per_count * counted - running
    return Offer(
        name=candidate.name,
        note=candidate.note,
        n_readable=n_readable,
        n_barely=sum(len(v.must_see) for v in views if v.px_per_bar < MARGIN * v.needed_px - 1e-3),
        share_readable=n_readable / n_locations if n_locations else 0.0,
        unreadable_because=tuple(why),
        remedy=remedies[0][0] if remedies else "",
        n_sorties=len(plan.sorties),
        flight_h=flight_h,
        drone_h=drone_h,
        n_nights=n_nights,
        batteries_wanted=_batteries_wanted(plan, owner),
        by_hand_h=by_hand_h,
        people_hours_per_count=attended_h + by_hand_h * owner.manual_people,
        counts_a_year=n_counts,
        counted_a_year=counted,
        running_a_year=running,
        purchase=purchase,
        cost_a_year=None if purchase is None else running + purchase / owner.years,
        saves_a_year=saves,
        payback_months=12 * purchase / saves if purchase is not None and saves > 0 and n_readable else None,
        pays_from_counts=_pays_from(purchase, upkeep, hand_per_count - per_count, n_counts, owner),
    )


def _pays_from(purchase: float | None, upkeep: float, saves_per_count: float, most: int, owner: Owner) -> int | None:
    if purchase is None or saves_per_count <= 0:
        return None
    n = math.ceil((purchase / owner.years + upkeep) / saves_per_count)
    return n if n <= most else None


def _drone_hours(plan: ScanPlan, n_batteries: float, owner: Owner) -> tuple[float, int]:
    """Return the hours from setting up to putting away over all nights of one count, and the nights.

    With b batteries, a sortie of the time t may begin every t + swap, or every (t + swap + charge) / b where the charger is slower.
    No nights where setting up and the longest turn take longer than a night has; the hours are those of a night that had them.
    """
    if not plan.sorties:
        return 0.0, 0
    setup = owner.setup_min / 60
    nights, left = 1, owner.hours_a_night - setup
    total = setup
    fits = max(sortie.time_s for sortie in plan.sorties) + owner.swap_s <= left * 3600
    flown_tonight = 0
    for sortie in plan.sorties:
        turn = (sortie.time_s + owner.swap_s) / 3600
        wait = max(0.0, (turn + owner.charge_min / 60) / n_batteries - turn) if flown_tonight >= n_batteries else 0.0
        if flown_tonight and turn + wait > left:
            nights, left, flown_tonight, wait = nights + 1, owner.hours_a_night - setup, 0, 0.0
            total += setup
        total += turn + wait
        left -= turn + wait
        flown_tonight += 1
    return total, nights if fits else 0


def _batteries_wanted(plan: ScanPlan, owner: Owner) -> int:
    if not plan.sorties:
        return 0
    shortest = min(sortie.time_s for sortie in plan.sorties) + owner.swap_s
    return min(len(plan.sorties), math.ceil((shortest + owner.charge_min * 60) / shortest))
