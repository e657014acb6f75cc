"""What one flight will do, in words and as a small map of letters, for the person who is asked whether it may take off."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from mission.planning.fence import describe_fence
from mission.planning.obstacles import Obstacle, obstacles_of
from mission.records import Direction, Lane, Purpose, Sortie
from warehouse.site import Site

_MAP_COLUMNS, _MAP_ROWS = 72, 20
_CELL_ASPECT = 2.0
"""A letter on a terminal is about twice as tall as wide."""
_BEHIND_FACE_M = 1.2
"""How much of the racks beside the flight is drawn."""
_MOST_LANES = 12
RACK, BOX, WAY, LANE, PAD, LANDING = "▒", "x", "·", "━", "H", "H"

Point = tuple[float, float]


def describe_flight(site: Site, sortie: Sortie) -> str:
    """Return the briefing of one flight: words, the lanes, the map, and what ends it early."""
    drone = site.drone
    heights = [w.position_m[2] for w in sortie.waypoints]
    aisles = list(dict.fromkeys(site.layout.faces[view.face].aisle for lane in sortie.lanes for view in lane.views))
    n_locations = sum(len(lane.must_see) for lane in sortie.lanes)
    share = 100 * sortie.energy_wh / drone.battery_wh
    lines = [
        f"Flight {sortie.name} takes off from {sortie.home_pad}, straight up to {heights[0]:.1f} m, flies"
        f" {_count(len(sortie.lanes), 'lane')} in {'aisle' if len(aisles) == 1 else 'aisles'} {', '.join(aisles)}, never higher"
        f" than {max(heights):.1f} m, comes back through free air and lands on {sortie.home_pad}.",
        f"It takes about {sortie.time_s / 60:.1f} minutes and {sortie.energy_wh:.0f} Wh, {share:.0f} % of a full battery;"
        f" {drone.battery_wh * drone.reserve:.0f} Wh stay in reserve. {_count(sortie.n_photos, 'photo')} of"
        f" {_count(n_locations, 'location')}.",
        f"Fence: the drone stays {describe_fence(site, sortie)}; where it crosses that, it lands.",
        "",
        *_lane_table(sortie.lanes),
        "",
        *flight_map(site, sortie),
        "",
        "Nobody may be in the aisle while it flies. If anything goes wrong it lands where it is, and never flies through a rack.",
    ]
    return "\n".join(lines)


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _lane_table(lanes: Sequence[Lane]) -> list[str]:
    rows = [("lane", "rack", "height", "camera to rack", "speed", "photos", "locations")]
    for number, lane in enumerate(lanes[:_MOST_LANES], start=1):
        low, high = sorted((lane.start_m[2], lane.end_m[2]))
        height = f"{low:.1f} m" if lane.direction is Direction.LEVEL else f"{low:.1f}-{high:.1f} m"
        standoff = " ".join(f"{view.standoff_m:.2f} m" for view in lane.views)
        photos = str(lane.n_photos * len(lane.views))
        faces = " ".join(view.face for view in lane.views)
        rows.append((str(number), faces, height, standoff, f"{lane.speed_mps:.1f} m/s", photos, str(len(lane.must_see))))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if len(lanes) > _MOST_LANES:
        lines.append(f"  and {len(lanes) - _MOST_LANES} more lanes: see plan.svg")
    return lines


def flight_map(site: Site, sortie: Sortie) -> list[str]:
    """Return the flight as seen from above, +y of the site up, with racks, boxes on the floor, the way, the lanes and the pad."""
    points = [w.position_m[:2] for w in sortie.waypoints]
    around_m = max(aisle.width_m for aisle in site.layout.aisles) / 2 + _BEHIND_FACE_M
    low, high = np.min(points, axis=0) - around_m, np.max(points, axis=0) + around_m
    cell_m = max((high[0] - low[0]) / _MAP_COLUMNS, (high[1] - low[1]) / _CELL_ASPECT / _MAP_ROWS, 0.1)
    n_columns = max(1, math.ceil((high[0] - low[0]) / cell_m))
    n_rows = max(1, math.ceil((high[1] - low[1]) / (cell_m * _CELL_ASPECT)))
    grid = [[" "] * n_columns for _ in range(n_rows)]

    def cell(point: Point) -> tuple[int, int]:
        column = int((point[0] - low[0]) / cell_m)
        row = n_rows - 1 - int((point[1] - low[1]) / (cell_m * _CELL_ASPECT))
        return min(max(row, 0), n_rows - 1), min(max(column, 0), n_columns - 1)

    highest_m = max(w.position_m[2] for w in sortie.waypoints)
    for obstacle in obstacles_of(site.layout):
        is_rack = obstacle.name.startswith("rack ")
        if is_rack or (obstacle.name.startswith("keep-out ") and obstacle.origin_m[2] <= highest_m):
            _fill(grid, obstacle, RACK if is_rack else BOX, low, cell_m)
    for is_lane in (False, True):  # lanes over the way to them
        for here, there in pairwise(sortie.waypoints):
            if (there.purpose is Purpose.LANE) == is_lane:
                for point in _between(here.position_m[:2], there.position_m[:2], cell_m / 2):
                    row, column = cell(point)
                    grid[row][column] = _lane_letter(here.position_m[:2], there.position_m[:2]) if is_lane else WAY
    row, column = cell(points[0])
    grid[row][column] = PAD
    while len(grid) > 1 and not any(letter.strip() for letter in grid[-1]):
        grid.pop()
    while len(grid) > 1 and not any(letter.strip() for letter in grid[0]):
        grid.pop(0)
    legend = f"{PAD} {sortie.home_pad} (start and landing)  ━┃ lane  {WAY} way  {RACK} rack  {BOX} keep-out box"
    scale = f"one letter is {cell_m:.1f} m wide and {cell_m * _CELL_ASPECT:.1f} m high; seen from above"
    return ["  " + "".join(line).rstrip() for line in grid] + [f"  {legend}", f"  {scale}"]


def _lane_letter(start: Point, end: Point) -> str:
    return "┃" if abs(end[1] - start[1]) >= abs(end[0] - start[0]) else LANE


def _fill(grid: list[list[str]], obstacle: Obstacle, letter: str, low: Sequence[float], cell_m: float) -> None:
    """Put the letter wherever the middle of a cell lies in the obstacle's footprint."""
    n_rows, n_columns = len(grid), len(grid[0])
    columns = low[0] + (np.arange(n_columns) + 0.5) * cell_m
    rows = low[1] + (n_rows - 1 - np.arange(n_rows) + 0.5) * cell_m * _CELL_ASPECT
    dx, dy = columns[None, :] - obstacle.origin_m[0], rows[:, None] - obstacle.origin_m[1]
    (ax, ay, _), (bx, by, _), _ = obstacle.axes
    a, b = dx * ax + dy * ay, dx * bx + dy * by
    is_in = (a >= obstacle.low_m[0]) & (a <= obstacle.high_m[0]) & (b >= obstacle.low_m[1]) & (b <= obstacle.high_m[1])
    for row, column in zip(*np.nonzero(is_in), strict=True):
        grid[row][column] = letter


def _between(start: Point, end: Point, step_m: float) -> Iterable[Point]:
    n = max(1, math.ceil(math.dist(start, end) / step_m))
    return [(start[0] + (end[0] - start[0]) * i / n, start[1] + (end[1] - start[1]) * i / n) for i in range(n + 1)]
