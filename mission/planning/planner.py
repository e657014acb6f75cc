"""A site -> the plan that sees every location that can be seen, and says of every other why not."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mission.planning.aisles import plan_aisle
from mission.planning.emptiness import PROVABLE_M, hides
from mission.planning.fleet import plan_fleet
from mission.planning.flight_errors import errors_of
from mission.planning.free_air import FreeAir
from mission.planning.repeated_racks import Choices
from mission.planning.selection import refuse_unknown
from mission.planning.timing import job_s
from mission.records import LaneView, ScanPlan
from warehouse.errors import BadInputError
from warehouse.layout import LOWEST_LOAD_M, Bin, RackFace
from warehouse.site import Site


def make_plan(
    site: Site, *, aisles: tuple[str, ...] = (), locations: tuple[str, ...] = (), n_drones: int = 1, lang: str = "en"
) -> ScanPlan:
    """Return the plan for the whole site, or for what both filters leave of it (an empty filter leaves everything).

    `lang` is the language of reasons and remedies.
    BadInputError when a filter names an aisle or a location that the site does not have, or when nothing is left.
    """
    wanted = _wanted(site, aisles, locations)
    air, errors = FreeAir(site), errors_of(site.drone.position_error_m)
    by_aisle: dict[str, list[tuple[RackFace, list[Bin]]]] = {}
    for name, face in site.layout.faces.items():
        bins = [b for b in site.layout.bins_of_face(name) if b.code.text in wanted]
        if bins:
            by_aisle.setdefault(face.aisle, []).append((face, bins))
    choices_of = Choices(site, errors)
    planned = [plan_aisle(site, air, errors, faces, choices_of=choices_of, lang=lang) for faces in by_aisle.values()]
    sorties, unreached = plan_fleet(site, air, [run for aisle in planned for run in aisle.runs], n_drones, lang=lang)
    uncovered = {u.location: u for u in (*(u for aisle in planned for u in aisle.uncovered), *unreached)}
    return ScanPlan(
        site_digest=site.digest,
        sorties=sorties,
        uncovered=tuple(uncovered[location] for location in wanted if location in uncovered),
        limits=tuple(limit for aisle in planned for limit in aisle.limits),
        n_drones=n_drones,
        position_error_m=site.drone.position_error_m,
    )


def describe_plan(site: Site, plan: ScanPlan) -> str:
    """Return the plan in a few lines of plain English."""
    n_seen = sum(len(lane.must_see) for sortie in plan.sorties for lane in sortie.lanes)
    lines = [f"{site.name}: {n_seen} location(s) in {len(plan.sorties)} flight(s)"]
    lines += [
        f"  sortie {s.name} from {s.home_pad}: {len(s.lanes)} lane(s), about {s.n_photos} photos, {s.time_s / 60:.1f} minutes,"
        f" {s.energy_wh:.0f} of {site.drone.battery_wh:g} Wh"
        for s in plan.sorties
    ]
    lines += _job(site, plan, n_seen)
    units = {"standoff_m": ("distance to the rack", "m"), "speed_mps": ("speed", "m/s"), "photo_spacing_m": ("a photo every", "m")}
    for quantity, (words, unit) in units.items():
        values = {(limit.value, limit.bound_by) for limit in plan.limits if limit.quantity == quantity}
        lines += [f"  {words} {value:g} {unit}, because of {bound_by}" for value, bound_by in sorted(values)]
    ways = {(limit.value, limit.bound_by) for limit in plan.limits if limit.quantity == "direction"}
    lines += [f"  before a rack face, or two at once, about {value:.0f} s of {words}" for value, words in sorted(ways)]
    views = [view for sortie in plan.sorties for lane in sortie.lanes for view in lane.views]
    if views:
        least = min(views, key=lambda view: view.px_per_bar / view.needed_px)
        lines.append(
            f"  a bar is {least.px_per_bar:.1f} pixels wide at the worst place of a label; {least.needed_px:.1f} are just enough"
        )
        proven_m = max(view.shown_down_to_m for view in views) + LOWEST_LOAD_M - PROVABLE_M
        lines.append(
            f"  where nothing stands, the photos prove that down to {proven_m:.2f} m above the floor of the location;"
            f" an empty pallet is 0.14 m high"
        )
        lines += _hidden(site, views)
    if plan.uncovered:
        lines.append(f"  {len(plan.uncovered)} location(s) are not in the plan:")
    reasons: dict[tuple[str, str], list[str]] = {}
    for u in plan.uncovered:
        reasons.setdefault((u.reason, u.remedy), []).append(u.location)
    for (reason, remedy), locations in reasons.items():
        names = ", ".join(locations[:5]) + (f" and {len(locations) - 5} more" if len(locations) > 5 else "")
        lines.append(f"    {names}: {reason}" + (f" -> {remedy}" if remedy else ""))
    return "\n".join(lines)


def _hidden(site: Site, views: Sequence[LaneView]) -> list[str]:
    """Say in how many locations the smallest goods of the site could stand and not show."""
    goods, bins = site.smallest_goods, site.layout.bins_by_code
    if goods is None:
        return []
    shown: dict[str, float] = {}
    for view in views:
        shown |= {code: min(view.shown_down_to_m, shown.get(code, math.inf)) for code in view.must_see}
    n = sum(hides(site.cameras[0], goods, shown_m=m, depth_m=bins[code].depth_m) for code, m in shown.items())
    size = f"{goods.height_m:g} m high and {goods.depth_m:g} m deep"
    if not n:
        return [f"  the smallest goods of this site, {size}, show wherever they stand"]
    return [
        f"  the smallest goods of this site, {size}, could stand unseen at the edge of the shelf in {n} of {len(shown)} locations:"
        " those are never surely empty"
    ]


def _job(site: Site, plan: ScanPlan, n_seen: int) -> list[str]:
    """Say how long the whole job takes, and who flies what where there is more than one drone."""
    if not plan.sorties:
        return []
    drones = range(1, plan.n_drones + 1)
    shares = [sorted((s for s in plan.sorties if s.drone == drone), key=lambda s: s.start_s) for drone in drones]
    n_swaps = sum(max(0, len(mine) - 1) for mine in shares)
    swaps = f" with {n_swaps} change(s) of battery" if n_swaps else ""
    seconds = job_s([s.time_s for s in plan.sorties], site.drone) if plan.n_drones == 1 else plan.done_s
    job = f"  the whole job takes about {seconds / 60:.1f} minutes{swaps}: {n_seen / seconds * 3600:.0f} locations an hour"
    if plan.n_drones == 1:
        return [job]
    lines = []
    for drone, mine in zip(drones, shares, strict=True):
        when = ", ".join(f"{s.name} from minute {s.start_s / 60:.0f}" for s in mine[:8])
        more = f" and {len(mine) - 8} more" if len(mine) > 8 else ""
        lines.append(f"  drone {drone}: " + (f"sortie {when}{more}" if mine else "nothing to do"))
    lines += _idle(site, plan, [drone for drone, mine in zip(drones, shares, strict=True) if not mine])
    return [job, *lines, "  no two drones are in one aisle or on one pad at once; `fly` keeps to that also when one is late"]


def _idle(site: Site, plan: ScanPlan, idle: Sequence[int]) -> list[str]:
    """Say why drones stay on the ground, and what would change it."""
    if not idle:
        return []
    who = f"drone{'s' if len(idle) > 1 else ''} {', '.join(map(str, idle))}"
    n_pads = len(site.layout.home_pads)
    if n_pads < plan.n_drones:
        why = f"only one drone at a time may use a pad, and the site has {n_pads}; a home pad for each drone lets more fly at once"
    else:
        why = "no two drones are in one aisle at once, and more flights would not end the job sooner; plan with fewer drones"
    return [f"  {who} would stay on the ground: {why}"]


def _wanted(site: Site, aisles: Sequence[str], locations: Sequence[str]) -> dict[str, Bin]:
    known = site.layout.bins_by_code
    known_aisles = [aisle.name for aisle in site.layout.aisles]
    refuse_unknown("aisle", aisles, known_aisles, "layout.csv and site.toml", scope="in this site")
    refuse_unknown("location", locations, list(known), "layout.csv", scope="in this site")
    in_aisles, listed = frozenset(aisles), frozenset(locations)  # lists may be as long as the site
    wanted = {
        text: b for text, b in known.items() if (not aisles or b.code.aisle in in_aisles) and (not locations or text in listed)
    }
    if not wanted:
        raise BadInputError(
            f"none of the {len(locations)} location(s) is in aisle {', '.join(aisles)}"
            if locations
            else f"no location in aisle {', '.join(aisles)}",
            remedy="leave one of the filters out",
        )
    return wanted
