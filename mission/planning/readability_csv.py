"""`readability.csv`: for each location whether its label will be read, with the figures (docs/reference/plan-files.md)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from mission.records import ScanPlan, Sortie, Uncovered

READABILITY_COLUMNS = (
    "location",
    "planned",
    "sortie",
    "lane",
    "face",
    "camera",
    "direction",
    "standoff_m",
    "speed_mps",
    "px_per_bar",
    "needed_px",
    "motion_px",
    "defocus_px",
    "angle_deg",
    "looks",
    "clear_share",
    "shown_down_to_m",
    "limit",
    "reason",
    "remedy",
)


def readability_csv(plan: ScanPlan) -> str:
    """Return the content of the file: a row a location, in the order of the plan, then those that are in no lane."""
    stream = io.StringIO(newline="")
    rows = csv.writer(stream, lineterminator="\n")
    rows.writerow(READABILITY_COLUMNS)
    for sortie in plan.sorties:
        rows.writerows(_planned(sortie))
    rows.writerows(_cells(_not_planned(uncovered)) for uncovered in plan.uncovered)
    return stream.getvalue()


def _planned(sortie: Sortie) -> Iterator[list[str]]:
    for number, lane in enumerate(sortie.lanes, start=1):
        for view in lane.views:
            row: dict[str, object] = {
                "planned": "yes",
                "sortie": sortie.name,
                "lane": number,
                "face": view.face,
                "camera": view.camera,
                "direction": lane.direction.value,
                "standoff_m": view.standoff_m,
                "speed_mps": lane.speed_mps,
                "px_per_bar": view.px_per_bar,
                "needed_px": view.needed_px,
                "motion_px": view.motion_px,
                "defocus_px": view.defocus_px,
                "angle_deg": view.angle_deg,
                "looks": view.n_looks,
                "clear_share": view.clear_share,
                "shown_down_to_m": view.shown_down_to_m,
                "limit": lane.speed_bound_by,
            }
            _, *shared = _cells(row)
            for location in view.must_see:
                yield [location, *shared]


def _cells(row: dict[str, object]) -> list[str]:
    return [str(row.get(column, "")) for column in READABILITY_COLUMNS]


def _not_planned(uncovered: Uncovered) -> dict[str, object]:
    return {
        "location": uncovered.location,
        "planned": "no",
        "limit": uncovered.bound_by,
        "reason": uncovered.reason,
        "remedy": uncovered.remedy,
    }
