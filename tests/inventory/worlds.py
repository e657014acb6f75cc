"""Small worlds for the tests of the reconciliation, written the way that they read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from inventory.book import Book
from inventory.comparing import compare
from inventory.erp_lines import ErpLine, RowFault
from inventory.findings import Finding, LineResult, LocationResult, PalletResult, Reconciliation, Verdict
from inventory.movements import Movement, Movements
from inventory.places import Places
from inventory.reconcile import reconcile_scans
from inventory.settings import parse_settings
from inventory.sightings import Looks
from inventory.tolerance import parse_tolerances
from inventory.world import World
from warehouse.observations import Observation, ObservationStatus, PalletSighting
from warehouse.pallet_ids import PalletId, PalletIdKind, check_digit, parse_pallet_id

SCAN_HEADER = "location,status,text,symbology,frame,seen_at\n"


def sscc(serial: int) -> str:
    """Return a valid SSCC."""
    digits = f"37612345{serial:09d}"
    return digits + check_digit(digits)


def pallet(text: str) -> PalletId:
    """Return an SSCC where the text is one, else a house LPN."""
    return parse_pallet_id(text) or PalletId(PalletIdKind.LPN, text)


def line(row: int, location: str, text: str = "", *, sku: str = "", **more: object) -> ErpLine:
    """Return an ERP line as `read_erp` makes them."""
    if isinstance(more.get("quantity"), int):
        more["quantity"] = Decimal(str(more["quantity"]))
    if isinstance(more.get("moved_at"), str):
        more["moved_at"] = moment(str(more["moved_at"]))
    return ErpLine(row=row, location=location, pallet_text=text, pallet=pallet(text) if text else None, sku=sku, **more)  # type: ignore[arg-type]


def moment(text: str) -> datetime:
    """Return an hour and minute of the day of the scan, UTC."""
    return datetime.fromisoformat(f"2026-11-23T{text}").replace(tzinfo=UTC)


def moved(text: str, start: str, end: str, at: str = "09:30", *, quantity: int | None = None, sku: str = "") -> Movement:
    """Return a movement as `read_movements` makes them; without a pallet where `text` is empty."""
    return Movement(
        row=2,
        document="0000004711",
        moved_at=moment(at),
        until=moment(at),
        pallet=pallet(text) if text else None,
        start=start,
        end=end,
        sku=sku,
        quantity=None if quantity is None else Decimal(quantity),
        carries_pallet=quantity is None,
    )


def look(location: str, status: str, *, confidence: float = 0.97, seen_at: str = "2026-11-23T10:00:00Z") -> Observation:
    """Return an observation without a read."""
    return Observation(
        location=location, status=ObservationStatus(status), confidence=confidence, seen_at="" if status == "unseen" else seen_at
    )


def read(
    location: str,
    *texts: str,
    n_frames: int = 3,
    symbology: str = "Code128",
    confidence: float = 0.97,
    runner_up: str = "",
    margin_m: float | None = 0.45,
    label_data: tuple[tuple[str, str], ...] = (),
    seen_at: str = "2026-11-23T10:00:00Z",
) -> Observation:
    """Return an observation with reads."""
    return Observation(
        location=location,
        status=ObservationStatus.READ,
        pallets=tuple(
            PalletSighting(
                pallet=pallet(t), symbology=symbology, text=t, n_frames=n_frames, evidence=f"evidence/{location}-{t}.jpg"
            )
            for t in texts
        ),
        label_data=label_data,
        confidence=confidence,
        frames=tuple(f"frame-{i}" for i in range(n_frames)),
        evidence=f"evidence/{location}.jpg",
        runner_up=runner_up,
        margin_m=margin_m,
        seen_at=seen_at,
    )


class Result:
    """What `compare` says of a world."""

    def __init__(
        self,
        lines: Iterable[ErpLine],
        observations: Iterable[Observation],
        *,
        snapshot_at: str = "",
        any_text: bool = False,
        tolerances: Iterable[str] = (),
        movements: Iterable[Movement] = (),
        faults: Iterable[RowFault] = (),
    ) -> None:
        """Compare; locations are those that either side names, `A-1` beside `A-2`."""
        lines, observations = tuple(lines), tuple(observations)
        places = Places.of_texts({x.location for x in lines} | {o.location for o in observations})
        book = Book(lines, faults, snapshot_at=moment(snapshot_at) if snapshot_at else None)
        world = World(
            book=book,
            looks=Looks(observations),
            places=places,
            is_any_text_a_pallet=any_text,
            tolerances=parse_tolerances(tolerances),
            movements=Movements(movements, snapshot_at=book.snapshot_at),
        )
        self.lines: tuple[LineResult, ...]
        self.pallets: tuple[PalletResult, ...]
        self.locations: tuple[LocationResult, ...]
        self.findings: tuple[Finding, ...]
        self.lines, self.pallets, self.locations, self.findings = compare(world)

    def line_verdicts(self) -> dict[int, Verdict]:
        """Return verdicts by row."""
        return {r.line.row: r.verdict for r in self.lines}

    def location_verdicts(self) -> dict[str, Verdict]:
        """Return verdicts by location."""
        return {r.place.location: r.verdict for r in self.locations}

    def pallet_verdicts(self) -> dict[str, Verdict]:
        """Return verdicts by id."""
        return {r.pallet.value: r.verdict for r in self.pallets}


def reconciled(folder: Path, erp: str, scans: str, *, snapshot_at: str | None = None, lang: str = "en") -> Reconciliation:
    """Reconcile two CSV texts; the scans come without their header."""
    (folder / "erp.csv").write_text(erp, encoding="utf-8")
    (folder / "scans.csv").write_text(SCAN_HEADER + scans, encoding="utf-8")
    return reconcile_scans(
        folder / "scans.csv", folder / "erp.csv", folder / "out", parse_settings(snapshot_at=snapshot_at), lang=lang
    )
