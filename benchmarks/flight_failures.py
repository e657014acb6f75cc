"""Break a flight at 6 m height in every way of `sitl/mishaps.py`, and write down what became of it.

    python -m benchmarks.flight_failures --sitl ardupilot [--only NAME …] [--runs N] [--speedup 4]

The real SITL is flown over sockets, at its own speed where the link is the matter, else `--speedup` times as fast; the built-in
copter in lock step. Writes benchmarks/results/flight_failures-<vehicle>.json after each flight; what is not flown anew stays in it.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.failure_ardupilot import fly_ardupilot
from benchmarks.failure_figures import measure
from benchmarks.failure_flight import fly_builtin, make_hall
from benchmarks.machine import describe_machine
from sitl.mishaps import MISHAPS, Mishap
from warehouse.run_folder import write_atomically

RESULTS = Path(__file__).parent / "results"
DOCUMENT = Path(__file__).parents[1] / "docs" / "failures.md"
AFTER_M = 4.0
_COLUMNS = (
    ("LAND sent", "ordered_s", ".2f"),
    ("mode changed", "mode_changed_s", ".2f"),
    ("on the floor", "on_the_floor_s", ".1f"),
    ("off its lane", "off_lane_m", ".2f"),
    ("nearest rack", "nearest_rack_m", ".2f"),
)


def main() -> None:
    """Fly mishap after mishap."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sitl", default="builtin", choices=["builtin", "ardupilot"])
    parser.add_argument("--only", nargs="*", choices=[m.name for m in MISHAPS])
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--speedup", type=float, default=4.0)
    parser.add_argument("--table", action="store_true", help="fly nothing; write both results into docs/failures.md")
    args = parser.parse_args()
    if args.table:
        document = DOCUMENT.read_text(encoding="utf-8")
        write_atomically(DOCUMENT, with_table(document, "figures", "\n".join(table())))
        return
    path = RESULTS / f"flight_failures-{args.sitl}.json"
    flown: dict[str, Any] = json.loads(path.read_text())["mishaps"] if path.exists() else {}
    for mishap in MISHAPS:
        if args.only and mishap.name not in args.only:
            continue
        flown[mishap.name] = []
        for number in range(args.runs):
            flown[mishap.name].append(fly_once(args.sitl, mishap, seed=3 + number, speedup=args.speedup))
            print(mishap.name, json.dumps(flown[mishap.name][-1]), flush=True)
            result = {"machine": describe_machine(), "sitl": args.sitl, "speedup": args.speedup, "mishaps": flown}
            write_atomically(path, json.dumps(result, indent=1) + "\n")


def fly_once(kind: str, mishap: Mishap, *, seed: int, speedup: float) -> dict[str, Any]:
    """Fly and measure one flight."""
    with tempfile.TemporaryDirectory(prefix="aislescan-failures-") as scratch:
        hall = make_hall(Path(scratch))
        if kind == "builtin":
            seen, said = fly_builtin(hall, mishap, after_m=AFTER_M, seed=seed)
        else:
            seen, said = fly_ardupilot(hall, mishap, after_m=AFTER_M, speedup=speedup)
        return measure(hall, seen, said)


def table() -> list[str]:
    """Return the lines of the table of both vehicles' results."""
    results = {
        kind: json.loads((RESULTS / f"flight_failures-{kind}.json").read_text())["mishaps"] for kind in ("ardupilot", "builtin")
    }
    lines = ["| | vehicle | flights | " + " | ".join(f"{title}, {key[-1]}" for title, key, _ in _COLUMNS) + " |"]
    lines.append("| --- " * (3 + len(_COLUMNS)) + "|")
    for mishap in MISHAPS:
        for kind, flown in results.items():
            runs = flown.get(mishap.name, [])
            cells = [span([run.get(key) for run in runs], form) for _, key, form in _COLUMNS]
            lines.append(f"| `{mishap.name}` | {kind} | {len(runs)} | " + " | ".join(cells) + " |")
    return lines


def span(values: list[float | None], form: str) -> str:
    """Return the least and the greatest of the values that there are."""
    found = [value for value in values if value is not None]
    if not found:
        return "-"
    low, high = format(min(found), form), format(max(found), form)
    return low if low == high else f"{low} to {high}"


def with_table(document: str, name: str, lines: str) -> str:
    """Return the document with `lines` between the marks of that name."""
    head, _, rest = document.partition(f"<!-- {name} -->\n")
    _, _, tail = rest.partition(f"<!-- end of {name} -->")
    return f"{head}<!-- {name} -->\n\n{lines}\n\n<!-- end of {name} -->{tail}"


if __name__ == "__main__":
    main()
