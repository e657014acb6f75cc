"""One drone comes down where another must pass: who touches whom, where do both end, and does the next start finish the count?

python -m benchmarks.fleet_way_closed [--sitl builtin|ardupilot] [--speedup 5] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.fleet_flight import Case, finish, fly_case, make_crossing_hall, not_photographed, pads_m
from benchmarks.machine import describe_machine
from mission.flying.orders import Order
from mission.flying.scan import flight_log
from sitl.mishaps import MISHAPS, Mishap
from warehouse.poses import FrameRecord

RESULTS = Path(__file__).parent / "results"
_MISHAPS: dict[str, Mishap] = {mishap.name: mishap for mishap in MISHAPS}


def main() -> None:
    """Fly each case and what is left after it, and write what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sitl", choices=["builtin", "ardupilot"], default="builtin")
    parser.add_argument("--speedup", type=float, default=5.0)
    parser.add_argument("--only", nargs="*", default=[])
    args = parser.parse_args()
    path = RESULTS / "fleet_way_closed.json"
    results: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    rows = results.setdefault(args.sitl, {})
    for case in CASES:
        if args.only and case.name not in args.only:
            continue
        with tempfile.TemporaryDirectory() as scratch:
            row = fly(case, Path(scratch) / "hall", kind=args.sitl, speedup=args.speedup)
        rows[case.name] = {**describe_machine(), **row}
        print(json.dumps({case.name: row}, indent=1), flush=True)
        path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def _in_aisle(place: tuple[float, float, float]) -> bool:
    return place[1] > 5.0


CASES = (
    Case(name="land_key", where=lambda one, _: _in_aisle(one), orders=(Order.LAND,)),
    Case(name="position_lost", where=lambda one, _: _in_aisle(one), mishap=_MISHAPS["position_lost"]),
    Case(name="battery_critical", where=lambda one, _: one[1] > 2.5, mishap=_MISHAPS["battery_critical"]),
    Case(name="motor_dead", where=lambda one, _: _in_aisle(one), mishap=_MISHAPS["motor_dead"]),
    Case(name="cable_pulled", where=lambda one, _: _in_aisle(one), mishap=_MISHAPS["cable_pulled"]),
    Case(name="others_wait", where=lambda one, _: _in_aisle(one), orders=(Order.HOLD, Order.LAND), between_s=45.0),
    Case(
        name="way_home_closed",
        where=lambda one, two: one[1] < 3.6 and two[1] > 5.0,
        orders=(Order.LAND,),
        swaps_pads=True,
    ),
)


def fly(case: Case, folder: Path, *, kind: str, speedup: float) -> dict[str, Any]:
    """Return what was seen of one case."""
    hall = make_crossing_hall(folder, swaps_pads=case.swaps_pads)
    began_s = time.monotonic()
    seen = fly_case(case, hall, kind=kind, speedup=speedup)
    under_way = [sortie.name for sortie in hall.plan.sorties if hall.run.under_way_path(sortie.name).exists()]
    row: dict[str, Any] = {
        "endings": [f"{o.sortie}, drone {o.drone}: {o.ending}: {o.reason}" for o in seen.outcomes],
        "apart_m": round(seen.nearest_m - 2 * hall.site.drone.radius_m, 2),
        "apart_at_m": {n: [round(v, 2) for v in place] for n, place in seen.nearest_at_m.items()},
        "nearest_rack_m": round(seen.rack_m, 2),
        "off_pad_m": {n: round(_off_m(seen.places_m[n], pads_m(hall)[n]), 2) for n in seen.places_m},
        "places_m": {n: [round(v, 2) for v in place] for n, place in seen.places_m.items()},
        "armed": seen.is_armed,
        "under_way": under_way,
        "said": seen.said.splitlines(),
        "remedy": seen.remedy.splitlines(),
        "told": [f"{drone}: {words}" for drone, words in seen.told],
    }
    after = finish(hall, kind=kind, speedup=speedup)
    row["afterwards"] = {
        "said": after.said,
        "endings": [f"{o.sortie}, drone {o.drone}: {o.ending}" for o in after.outcomes],
        "apart_m": round(after.nearest_m - 2 * hall.site.drone.radius_m, 2),
        "not_photographed": sorted(not_photographed(hall)),
        "photos_of_record": [_n_photos_agree(hall.run, sortie.name) for sortie in hall.plan.sorties],
    }
    row["wall_s"] = round(time.monotonic() - began_s, 1)
    return row


def _n_photos_agree(run: Any, sortie: str) -> bool:
    frames = list(run.read_lines(run.frames_path(sortie), FrameRecord))
    return len(frames) == sum(flight.n_photos for flight in flight_log(run, sortie).flights)


def _off_m(place: tuple[float, float, float], pad: tuple[float, float]) -> float:
    return float(((place[0] - pad[0]) ** 2 + (place[1] - pad[1]) ** 2) ** 0.5)


if __name__ == "__main__":
    main()
