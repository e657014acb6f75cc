"""How many zeros and counts in an import file are wrong, over the warehouses of `benchmarks.verdict_worlds`.

    .venv/bin/python -m benchmarks.counts --worlds 200

A zero is false when the pallet stands at its place; it is of a moved pallet when it is gone from there but stands elsewhere in the
warehouse, where no sound read shows it. A count is false when the pallet does not stand at its place. Beside it the same of a plain
table: read where it is booked = counted, else 0. Writes benchmarks/results/counts.json.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.reconcile import world_of
from benchmarks.verdict_worlds import EXPORTED_AT, PlantedWorld, plant_world
from inventory.comparing import compare
from inventory.counted import CountState, line_counts
from inventory.erp_lines import ErpFile
from inventory.findings import Reconciliation

RESULTS = Path(__file__).parent / "results"


def ours(world: PlantedWorld) -> dict[int, CountState]:
    """Return what aislescan would write, by row."""
    lines, pallets, locations, findings = compare(world_of(world))
    erp = ErpFile(
        name="", digest="", profile="", encoding="", delimiter="", lines=tuple(world.lines), faults=(), n_rows=len(world.lines)
    )
    found = Reconciliation(
        erp=erp, inputs=(), snapshot_at=EXPORTED_AT, lines=lines, pallets=pallets, locations=locations, findings=findings
    )
    return {c.result.line.row: c.state for c in line_counts(found)}


def plain_table(world: PlantedWorld) -> dict[int, CountState]:
    """Return what a join of the ERP's list and the reads would write."""
    read = {(place, p.pallet.value) for place, o in world.seen.items() for p in o.pallets}
    return {
        line.row: CountState.COUNTED if (line.location, line.pallet_text) in read else CountState.COUNTED_ZERO
        for line in world.lines
    }


def tally(states: dict[int, CountState], world: PlantedWorld) -> Counter[str]:
    """Return how many lines were written how, and how many of them wrongly; what the ERP moved after the scan is neither."""
    standing = set(world.standing.values())
    counts: Counter[str] = Counter()
    for line in world.lines:
        state, pallet = states[line.row], line.pallet_text
        counts[state.value] += 1
        is_there = world.standing.get(line.location) == pallet
        if state is CountState.COUNTED:
            counts["false_counts"] += not is_there
        elif state is CountState.COUNTED_ZERO:
            counts["false_zeros"] += is_there or pallet in world.stale
            counts["zeros_of_moved_pallets"] += not is_there and pallet in standing
    return counts


def main() -> None:
    """Write the figures as JSON, with machine and commit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1000)
    options = parser.parse_args()
    totals: dict[str, Counter[str]] = {"aislescan": Counter(), "plain_table": Counter()}
    n_lines = 0
    for seed in range(options.seed, options.seed + options.worlds):
        world = plant_world(seed)
        n_lines += len(world.lines)
        totals["aislescan"] += tally(ours(world), world)
        totals["plain_table"] += tally(plain_table(world), world)
    names = (*CountState, "false_counts", "false_zeros", "zeros_of_moved_pallets")
    figures = {who: {str(name): found[str(name)] for name in names} for who, found in totals.items()}
    document = {"machine": describe_machine(), "worlds": options.worlds, "lines": n_lines, "written": figures}
    text = json.dumps(document, indent=1) + "\n"
    (RESULTS / "counts.json").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
