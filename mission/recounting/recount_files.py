"""A recount in its run folder: plan, `recount.json`, `looks_again.csv` (docs/reference/recount.md), and what to say of it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from mission.planning.plan_files import write_plan
from mission.records import ScanPlan
from mission.recounting.records import PlannedLook, Recount
from mission.recounting.recount_plan import plan_recount
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.texts import ENGLISH, Speech

LOOKS_AGAIN_COLUMNS = (
    "location",
    "how",
    "status",
    "why",
    "differs",
    "by_hand",
    "sortie",
    "lane",
    "standoff_m",
    "last_standoff_m",
    "height_m",
    "last_height_m",
    "turn_deg",
    "last_turn_deg",
    "speed_mps",
    "last_speed_mps",
    "looks",
    "last_looks",
)
_SHOWN = 12
LIGHT = (
    "Light: a site folder knows no switch for a lamp, and exposure_s counts with the light that the drone carries."
    " See that it is on; a lamp that can be tilted may be set otherwise than the last time."
)


def make_recount(
    run: RunFolder,
    site: Site,
    target: Path,
    *,
    asked: Mapping[str, str] | None = None,
    with_claims: bool = False,
    speech: Speech = ENGLISH,
) -> tuple[RunFolder, ScanPlan, Recount]:
    """Plan the recount of a reconciled `run` into a new run folder at `target`, and return that.

    `asked` (location -> why) and `with_claims` as in `mission.recounting.doubts.read_doubts`.

    BadInputError when the run is not reconciled, when nothing of it is in doubt, or when both are the same folder; then nothing
    is written.
    """
    if run.root.resolve() == target.resolve():
        raise BadInputError(f"{run.root}: a recount is a run of its own", remedy="give another --out folder")
    plan, recount = plan_recount(run, site, target, asked=asked, with_claims=with_claims)
    if not recount.looks:
        more = f" ({len(recount.not_asked)} locations were not in its plan)" if recount.not_asked else ""
        raise BadInputError(
            f"{run.root}: nothing to count again: every location that it looked at is decided{more}",
            remedy="plan the others as usual: aislescan plan SITE --locations FILE" if more else "the count is complete",
        )
    new_run = RunFolder.create(target, run.root)
    write_plan(new_run, site, plan, speech)
    write_atomically(new_run.looks_again_path, looks_again_csv(recount))
    new_run.write_json(new_run.recount_of_path, recount)
    return new_run, plan, recount


def looks_again_csv(recount: Recount) -> str:
    """Return the content of `looks_again.csv`: a row a doubtful location, in the order of recount.csv."""
    stream = io.StringIO(newline="")
    rows = csv.DictWriter(stream, LOOKS_AGAIN_COLUMNS, lineterminator="\n", restval="")
    rows.writeheader()
    for look in recount.looks:
        row: dict[str, object] = {
            "location": look.location,
            "how": "fly" if look.now is not None else "hand",
            "status": look.status,
            "why": look.why,
            "differs": "; ".join(look.differs),
            "by_hand": look.by_hand,
        }
        if look.now is not None:
            row |= {"sortie": look.now.sortie, "lane": look.now.lane, **_figures("", look.now)}
        if look.before:
            row |= _figures("last_", look.before[-1])
        rows.writerow(row)
    return stream.getvalue()


def _figures(prefix: str, look: PlannedLook) -> dict[str, object]:
    values = {
        "standoff_m": look.standoff_m,
        "height_m": look.height_m,
        "turn_deg": look.turn_deg,
        "speed_mps": look.speed_mps,
        "looks": look.n_looks,
    }
    return {prefix + name: value for name, value in values.items() if value is not None}


def describe_recount(site: Site, plan: ScanPlan, recount: Recount) -> str:
    """Return the recount in a few lines of plain English."""
    flown = [look for look in recount.looks if look.now is not None]
    by_hand = [look for look in recount.looks if look.now is None]
    lines = [
        f"{site.name}: {len(recount.looks)} doubtful location(s) of run {recount.run};"
        f" {len(flown)} to fly again in {len(plan.sorties)} flight(s), {len(by_hand)} for a person"
    ]
    lines += [
        f"  sortie {s.name} from {s.home_pad}: {len(s.lanes)} lane(s), about {s.n_photos} photos, {s.time_s / 60:.1f} minutes,"
        f" {s.energy_wh:.0f} of {site.drone.battery_wh:g} Wh"
        for s in plan.sorties
    ]
    if plan.position_error_m is not None:
        lines.append(f"  for a drone that may be {plan.position_error_m:g} m from where it believes to be")
    for look in flown[:_SHOWN]:
        lines += [f"  {look.location}: {look.why}", f"    this time {'; '.join(look.differs)}"]
    if len(flown) > _SHOWN:
        lines.append(f"  and {len(flown) - _SHOWN} more, in looks_again.csv")
    for look in by_hand[:_SHOWN]:
        lines += [f"  {look.location}, not flown: {look.why}", f"    {look.by_hand}"]
    if len(by_hand) > _SHOWN:
        lines.append(f"  and {len(by_hand) - _SHOWN} more for a person, in looks_again.csv")
    if recount.not_asked:
        lines.append(f"  {len(recount.not_asked)} location(s) were not in that run's plan, and are not in this one")
    if flown:
        lines.append(f"  {LIGHT}")
    return "\n".join(lines)
