"""Three drones at once in one program: messages lost, processor use, and how near they come to one another.

    python -m benchmarks.fleet [--sitl builtin|ardupilot] [--drones 3] [--speedup 4]

One drone flies first, then all of them. Each has an aisle to fly, and starts from a pad before it. Messages lost are counted by
MAVLink's own numbers, on each link. Processor use is that of the ground program alone (vehicles and onlooker are processes of
their own; no camera is simulated): `core_share` is what a drone takes of one core, by the seconds of simulated time from
connecting to hanging up. The closest distance is that of the simulators' truth, middle to middle, both in the air, looked at
fifty times a second.
"""

from __future__ import annotations

import argparse
import json
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.failure_flight import Hall
from benchmarks.fleet_hall import make_fleet_hall, nearest_m
from benchmarks.flight_observer import Observer
from benchmarks.machine import describe_machine
from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.scan import NextFlight
from sitl.session import vehicle_on_pad
from warehouse.site_file import load_site

RESULTS = Path(__file__).parent / "results"
IN_AIR_M = 0.3


def main() -> None:
    """Fly one drone, then all of them, and write what it took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sitl", choices=["builtin", "ardupilot"], default="builtin")
    parser.add_argument("--drones", type=int, default=3)
    parser.add_argument("--bays", type=int, default=4)
    parser.add_argument("--speedup", type=float, default=3.0)
    parser.add_argument("--look-on", nargs="+", metavar="SITE ENDPOINT", help="used by the benchmark itself")
    args = parser.parse_args()
    if args.look_on:
        look_on(Path(args.look_on[0]), args.look_on[1:])
        return
    with tempfile.TemporaryDirectory() as scratch:
        flown = [
            fly(Path(scratch) / str(n), kind=args.sitl, n_drones=n, aisles=args.drones, bays=args.bays, speedup=args.speedup)
            for n in sorted({1, args.drones})
        ]
    path = RESULTS / "fleet.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    results[args.sitl] = {**describe_machine(), "speedup": args.speedup, "flown": flown}
    path.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for one in flown:
        print(json.dumps(one))


def fly(folder: Path, *, kind: str, n_drones: int, aisles: int, bays: int, speedup: float) -> dict[str, Any]:
    """Fly a hall of `aisles` with a drone an aisle, or only the first aisle with one; return what was measured."""
    hall = make_fleet_hall(folder, aisles=aisles, bays=bays, levels=2, n_drones=aisles)
    if len({sortie.drone for sortie in hall.plan.sorties}) < aisles:
        raise SystemExit("the hall is so small that fewer drones do as well: give more --bays")
    if n_drones == 1:
        hall = Hall(site=hall.site, plan=replace(hall.plan, sorties=hall.plan.sorties[:1], n_drones=1), run=hall.run)
    with ExitStack() as stack:
        vehicles = {
            sortie.drone: stack.enter_context(
                vehicle_on_pad(kind, hall.site, home_pad=sortie.home_pad, seed=7, speedup=speedup, instance=sortie.drone - 1)
            )
            for sortie in hall.plan.sorties
        }

        @contextmanager
        def vehicle_at(todo: NextFlight) -> Iterator[str]:
            yield vehicles[todo.sortie.drone].endpoint

        command = [sys.executable, "-m", "benchmarks.fleet", "--look-on", str(hall.run.root)]
        command += [vehicle.camera_endpoint for vehicle in vehicles.values()]
        onlooker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        wall_s, cpu_s = time.monotonic(), time.process_time()
        outcomes = fly_plan(hall.run, hall.site, hall.plan, vehicle_at)
        wall_s, cpu_s = time.monotonic() - wall_s, time.process_time() - cpu_s
        seen = json.loads(onlooker.communicate()[0])
    flight_s = sum(outcome.flight_s for outcome in outcomes)
    return {
        "drones": len({outcome.drone for outcome in outcomes}),
        "endings": [str(outcome.ending) for outcome in outcomes],
        "flight_s": round(flight_s, 1),
        "photos": sum(outcome.n_photos for outcome in outcomes),
        "messages": sum(outcome.n_messages for outcome in outcomes),
        "messages_lost": sum(outcome.n_messages_lost for outcome in outcomes),
        "photos_without_message": sum(outcome.n_unpaired_photos for outcome in outcomes),
        "wall_s": round(wall_s, 1),
        "cpu_s": round(cpu_s, 1),
        "core_share": round(cpu_s / (n_drones * wall_s * speedup), 4),
        **seen,
    }


def look_on(site_folder: Path, endpoints: Sequence[str]) -> None:
    """Watch the truth of all vehicles until standard input ends; print how near two of them came."""
    anchor = load_site(site_folder).layout.anchor
    nearest: float | None = None
    n_looks = 0
    with ExitStack() as stack:
        observers = [stack.enter_context(Observer(endpoint, anchor)) for endpoint in endpoints]
        while not select.select([sys.stdin], [], [], 0.02)[0]:
            places = [observer.truth[-1].position_m for observer in observers if observer.truth]
            now_m = nearest_m([place for place in places if place[2] > IN_AIR_M])
            if now_m is not None:
                n_looks += 1
                nearest = now_m if nearest is None else min(nearest, now_m)
    print(json.dumps({"closest_m": None if nearest is None else round(nearest, 2), "looks_with_two_in_air": n_looks}))


if __name__ == "__main__":
    main()
