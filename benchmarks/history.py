"""What a long history costs: record one large reconciliation after another, then ask and count.

    python -m benchmarks.history [--runs 20] [--locations 10000]

Of every run 2 % of the places are missing their pallet; every second run recounts the one before, and confirms or overturns that,
so that all findings are settled. Times are given beside that of comparing ERP and observations, measured in the same minute.
Writes benchmarks/results/history.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.machine import describe_machine
from inventory.book import Book
from inventory.comparing import compare
from inventory.erp_lines import ErpFile, ErpLine
from inventory.findings import InputFile, Reconciliation
from inventory.periods import Period
from inventory.places import Places
from inventory.recounted import Count
from inventory.sightings import Looks
from inventory.store import history, record_run
from inventory.store.asking import cases
from inventory.store.kpis import key_figures
from inventory.world import World
from sitl.demo import DEMO_SITE
from warehouse.observations import Observation, ObservationStatus, PalletSighting
from warehouse.pallet_ids import PalletId, PalletIdKind
from warehouse.run_folder import RunFolder, write_atomically

RESULT = Path(__file__).parent / "results" / "history.json"
SEEN_AT = "2026-11-23T10:00:00Z"


def main() -> None:
    """Record, ask, and write the result."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--locations", type=int, default=10_000)
    args = parser.parse_args()
    lines = tuple(_line(n) for n in range(args.locations))
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "inventory.db"
        compared: list[float] = []
        recorded: list[float] = []
        before: Count | None = None
        for number in range(args.runs):
            run = RunFolder.create(Path(folder) / f"run-{number:03d}", DEMO_SITE)
            again = before if number % 2 else None
            count = _count(run, number, args.locations, again)
            seconds, reconciliation = timed(partial(_reconciled, lines, count))
            compared.append(seconds)
            recorded.append(timed(partial(record_run, store, count, reconciliation))[0])
            before = count
        base = median(compared)
        asked = {
            "kpi_by_week": timed(lambda: key_figures(store, by=Period.WEEK))[0],
            "history_of_a_location": timed(lambda: (history(store, location=_at(0)), cases(store, location=_at(0))))[0],
            "history_of_an_item": timed(lambda: (history(store, item="4711"), cases(store, item="4711")))[0],
        }
        row = {
            "runs": args.runs,
            "locations": args.locations,
            "store_mb": round(store.stat().st_size / 1e6, 1),
            "compare_s": round(base, 2),
            "times_of_compare": {
                "record_first_five": round(median(recorded[:5]) / base, 2),
                "record_last_five": round(median(recorded[-5:]) / base, 2),
                **{name: round(seconds / base, 2) for name, seconds in asked.items()},
            },
        }
    write_atomically(RESULT, json.dumps({"machine": describe_machine(), **row}, indent=1) + "\n")
    print(json.dumps(row, indent=1))


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds that it took, and what it gave."""
    began = time.perf_counter()
    found = work()
    return time.perf_counter() - began, found


def _at(n: int) -> str:
    return f"A{n // 1000:02d}-{n % 1000:03d}"


def _line(n: int) -> ErpLine:
    pallet = PalletId(PalletIdKind.LPN, f"LPN{n:06d}")
    return ErpLine(row=n + 2, location=_at(n), pallet_text=pallet.value, pallet=pallet, sku="4711" if n < 200 else f"{n % 997}")


def _count(run: RunFolder, number: int, n_locations: int, before: Count | None) -> Count:
    """Return what a run saw: every 50th place empty; a recount finds a fifth of those pallets where they belong."""
    own = tuple(_look(n, is_gone=n % 50 == 0 and (before is None or n % 250 != 0)) for n in range(n_locations))
    file = InputFile(role="observations", name="observations.jsonl", digest=f"{number:064d}")
    return Count(run=run, own=own, together=own, file=file, before=before)


def _look(n: int, *, is_gone: bool) -> Observation:
    pallet = PalletId(PalletIdKind.LPN, f"LPN{n:06d}")
    sighting = PalletSighting(pallet=pallet, symbology="QRCode", text=pallet.value, n_frames=3, evidence="")
    return Observation(
        location=_at(n),
        status=ObservationStatus.EMPTY if is_gone else ObservationStatus.READ,
        pallets=() if is_gone else (sighting,),
        confidence=0.97,
        margin_m=0.4,
        seen_at=SEEN_AT,
    )


def _reconciled(book: tuple[ErpLine, ...], count: Count) -> Reconciliation:
    world = World(
        book=Book(book),
        looks=Looks(count.together),
        places=Places.of_texts(line.location for line in book),
        is_any_text_a_pallet=False,
    )
    lines, pallets, locations, findings = compare(world)
    erp = ErpFile(
        name="erp.csv", digest="0" * 64, profile="plain", encoding="utf-8", delimiter=",", lines=book, faults=(), n_rows=len(book)
    )
    inputs = (InputFile(role="erp", name=erp.name, digest=erp.digest), *count.files)
    return Reconciliation(
        erp=erp, inputs=inputs, snapshot_at=None, lines=lines, pallets=pallets, locations=locations, findings=findings
    )


if __name__ == "__main__":
    main()
