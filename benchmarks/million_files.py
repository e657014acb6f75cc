"""A stock list and a scan file of N rows each, with planted faults: seeded, and of any size.

A location holds one pallet or none. Of 1000 locations about 20 were not seen or did not read, 12 hold a fault of stock (missing,
misplaced, swapped, unexpected, read twice), and about one belongs to a row that was read one place off. A booked place has one row
in each file, an empty one a row without a pallet or a scan that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from warehouse.pallet_ids import check_digit

ERP_HEADER = "location,pallet,sku,description,quantity,uom,batch,moved_at"
SCAN_HEADER = "location,status,text,symbology,frame,seen_at"
SLOTS, LEVELS, BAYS = 20, 5, 100
_EXPORTED = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
_SCANNED = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
_THINGS = ("Screws M8x40", "Cable ties", "Café molido", "Gloves size 9", "Wheel 125 mm", "Paint grey", "Filter bags", "Labels 4x6")


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """What was put into the two files."""

    n_erp_rows: int
    n_scan_rows: int
    faults: dict[str, int]
    """By kind: pallets (of a shifted row: rows)."""


def write_files(folder: Path, n: int, *, seed: int = 7) -> tuple[Path, Path, Planted]:
    """Write `erp.csv` and `scans.csv` of about `n` rows each into `folder`; return their paths and what was planted."""
    rng = np.random.default_rng(seed)
    codes = [_code(i) for i in range(n)]
    pallets = [_sscc(i) if i % 4 else f"LPN{i:08d}" for i in range(n)]
    booked: list[str] = ["" if draw < 0.06 else pallets[i] for i, draw in enumerate(rng.random(n))]
    stands: list[list[str]] = [[p] if p else [] for p in booked]
    faults = _plant(booked, stands, rng)
    unseen = rng.random(n)
    erp = _erp_rows(codes, booked, rng)
    scans = _scan_rows(codes, stands, unseen, rng)
    erp_path, scans_path = folder / "erp.csv", folder / "scans.csv"
    erp_path.write_text("\n".join([ERP_HEADER, *erp, ""]), encoding="utf-8")
    scans_path.write_text("\n".join([SCAN_HEADER, *scans, ""]), encoding="utf-8")
    return erp_path, scans_path, Planted(n_erp_rows=len(erp), n_scan_rows=len(scans), faults=faults)


def _code(i: int) -> str:
    rest, slot = divmod(i, SLOTS)
    rest, level = divmod(rest, LEVELS)
    aisle, bay = divmod(rest, BAYS)
    return f"A{aisle + 1:03d}-{bay + 1:02d}-{level + 1}-{slot + 1:02d}"


def _sscc(serial: int) -> str:
    digits = f"37612345{serial:09d}"
    return digits + check_digit(digits)


def _plant(booked: list[str], stands: list[list[str]], rng: np.random.Generator) -> dict[str, int]:
    """Change what stands where; a place takes part in one fault at most."""
    n = len(booked)
    faults = dict.fromkeys(("missing", "misplaced", "swapped", "unexpected", "duplicate", "shifted"), 0)
    used: set[int] = set()

    def free(wants_pallet: bool) -> int:
        while True:
            i = int(rng.integers(n))
            if i not in used and bool(booked[i]) is wants_pallet and (booked[i] in stands[i] or not wants_pallet):
                used.add(i)
                return i

    for i in range(max(1, n * 4 // 1000)):
        stands[free(True)] = []
        faults["missing"] += 1
        if i % 2 == 0:
            a, b = free(True), free(False)
            stands[a], stands[b] = [], stands[a]
            faults["misplaced"] += 1
            stands[free(False)] = [f"STRANGE{i:07d}"]
            faults["unexpected"] += 1
        if i % 4 == 0:
            a, b = free(True), free(True)
            stands[a], stands[b] = stands[b], stands[a]
            faults["swapped"] += 2
            a, b = free(True), free(False)
            stands[b] = list(stands[a])
            faults["duplicate"] += 1
    for _ in range(n // 5000):
        start = int(rng.integers(n // SLOTS)) * SLOTS + int(rng.integers(SLOTS - 5))
        row = range(start, start + 4)
        if not used & set(range(start, start + 5)):
            used.update(range(start, start + 5))
            before = [stands[i] for i in row]
            stands[start + 4] = stands[start + 3]
            for i, pallets in zip(row, [[], *before[:3]], strict=True):
                stands[i] = pallets
            faults["shifted"] += 1
    return faults


def _erp_rows(codes: list[str], booked: list[str], rng: np.random.Generator) -> list[str]:
    skus, quantities = rng.integers(0, 20_000, len(codes)), rng.integers(1, 2_000, len(codes))
    ago = rng.integers(3600, 400 * 86_400, len(codes))
    rows = []
    for i, (code, pallet) in enumerate(zip(codes, booked, strict=True)):
        if not pallet:
            if i % 3 == 0:
                rows.append(f"{code},,,,,,,")
            continue
        sku, moved = int(skus[i]), _EXPORTED - timedelta(seconds=int(ago[i]))
        stock = f"{sku:06d},{_THINGS[sku % len(_THINGS)]},{quantities[i]},EA,L{sku % 977:04d}"
        rows.append(f"{code},{pallet},{stock},{moved:%Y-%m-%dT%H:%M:%SZ}")
    return rows


def _scan_rows(codes: list[str], stands: list[list[str]], unseen: np.ndarray, rng: np.random.Generator) -> list[str]:
    rows = []
    symbologies = ("Code128", "Code128", "Code128", "DataMatrix")
    for i, (code, pallets) in enumerate(zip(codes, stands, strict=True)):
        seen_at = f"{_SCANNED + timedelta(milliseconds=40 * i):%Y-%m-%dT%H:%M:%SZ}"
        draw = float(unseen[i])
        if draw < 0.008:
            rows.append(f"{code},unreadable,,,f{i:07d},{seen_at}")
        elif draw < 0.014:
            rows.append(f"{code},unseen,,,,")
        elif draw < 0.02:
            continue
        elif not pallets:
            rows.append(f"{code},empty,,,f{i:07d},{seen_at}")
        else:
            # a pallet at the wrong place is read twice, as a careful scanner does; some of the others as well
            n_reads = 2 if i % 50 == 0 else 1
            rows += [f"{code},read,{p},{symbologies[i % 4]},f{i:07d}{'ab'[k]},{seen_at}" for p in pallets for k in range(n_reads)]
    return rows
