"""A plan in its run folder: `plan.json` and `plan.svg`, and for each sortie the mission files that people and other programs read.

docs/reference/plan-files.md describes them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from mission.planning.mission_items import Command, mission_items
from mission.planning.plan_svg import draw_plan_svg
from mission.planning.qgroundcontrol import plan_text, qgroundcontrol_plan, waypoint_list
from mission.planning.readability_csv import readability_csv
from mission.records import MissionItem, ScanPlan, Sortie
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.texts import ENGLISH, Speech

WAYPOINT_COLUMNS = (
    "seq",
    "command",
    "purpose",
    "lane",
    "face",
    "x_m",
    "y_m",
    "height_m",
    "heading_deg",
    "speed_mps",
    "hold_s",
    "locations",
)
"""Of `waypoints.csv`. Places and heading are those of the site, not of the compass; `locations` are
separated by blanks, or where a location of the plan holds a blank itself, by `|`."""


def write_plan(run: RunFolder, site: Site, plan: ScanPlan, speech: Speech = ENGLISH) -> None:
    """Write every file of the plan, `plan.json` last; the drawing says its words by `speech`.

    BadInputError when the run is of another site, or was flown by another plan.
    """
    _refuse_other_site(run, site.digest, "the site")
    _refuse_flown(run, plan)
    kept = {sortie.name for sortie in plan.sorties}
    for name in run.sorties():
        if name not in kept:
            run.remove(run.sortie(name))
    between = _between_locations(plan)
    for sortie in plan.sorties:
        items = mission_items(site, sortie)
        write_atomically(run.mission_plan_path(sortie.name), plan_text(qgroundcontrol_plan(site, sortie, items)))
        write_atomically(run.mission_items_path(sortie.name), waypoint_list(site, sortie, items))
        write_atomically(run.waypoints_csv_path(sortie.name), waypoints_csv(sortie, items, between))
    write_atomically(run.readability_path, readability_csv(plan))
    write_atomically(run.plan_svg_path, draw_plan_svg(site, plan, speech))
    run.write_json(run.plan_path, plan)


def load_plan(run: RunFolder) -> ScanPlan:
    """Return the plan of the run; BadInputError when there is none, it cannot be read, or it was made for another site."""
    plan = run.read_record(run.require(run.plan_path, made_by="aislescan plan SITE --out RUN"), ScanPlan)
    _refuse_other_site(run, plan.site_digest, "plan.json")
    return plan


def waypoints_csv(sortie: Sortie, items: Sequence[MissionItem], between: str) -> str:
    """Return the content of `waypoints.csv`: a row a mission item, counted from 1, with `between` between two locations."""
    waypoints = iter(sortie.waypoints)
    stream = io.StringIO(newline="")
    rows = csv.DictWriter(stream, WAYPOINT_COLUMNS, lineterminator="\n")
    rows.writeheader()
    for seq, item in enumerate(items, start=1):
        row: dict[str, object] = {"seq": seq, "command": Command(item.command).name, "purpose": item.purpose}
        if item.lane is not None:
            row |= {"lane": item.lane + 1, "face": " ".join(view.face for view in sortie.lanes[item.lane].views)}
        if item.command == Command.NAV_DELAY:
            row["hold_s"] = item.p1
        elif Command(item.command).name.startswith("NAV_"):
            waypoint = next(waypoints)
            x, y, z = (round(value, 3) for value in waypoint.position_m)
            row |= {
                "x_m": x,
                "y_m": y,
                "height_m": z,
                "heading_deg": waypoint.heading_deg,
                "speed_mps": waypoint.speed_mps,
                "locations": between.join(item.locations),
            }
        rows.writerow(row)
    return stream.getvalue()


def _between_locations(plan: ScanPlan) -> str:
    """Return what separates locations: a blank, as all files once had, unless a location of the plan holds one."""
    seen = (text for sortie in plan.sorties for lane in sortie.lanes for text in lane.must_see)
    return "|" if any(len(text.split()) > 1 for text in seen) else " "


def _refuse_other_site(run: RunFolder, digest: str, what: str) -> None:
    if digest != run.site_digest():
        raise BadInputError(
            f"{run.root}: {what} is not the one that this run was made for (digest in run.json)",
            remedy="plan again into a new folder: aislescan plan SITE --out RUN",
        )


def _refuse_flown(run: RunFolder, plan: ScanPlan) -> None:
    """A flight belongs to its plan: its lanes are counted by it."""
    flown = [name for name in run.sorties() if run.flight_path(name).exists() or run.frames_path(name).exists()]
    if flown and not (run.plan_path.exists() and load_plan(run) == plan):
        raise BadInputError(
            f"{run.root}: sortie {', '.join(flown)} of this run was flown by another plan",
            remedy="plan into a new folder; the flights of this one stay as they are",
        )
