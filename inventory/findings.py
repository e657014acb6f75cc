"""The results of a reconciliation: a verdict for each ERP line, pallet and location, and the findings that need a person."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from inventory.erp_lines import ErpFile, ErpLine, RowFault
from inventory.movements import MovementFile
from inventory.places import Place
from inventory.severity import UNWEIGHED, Weight
from inventory.tolerance import NO_TOLERANCE, Tolerances
from warehouse.observations import Observation, ObservationStatus
from warehouse.pallet_ids import PalletId

if TYPE_CHECKING:
    from inventory.columns.writing import SettledColumns
    from inventory.trust import History


class Verdict(StrEnum):
    """What is said of an ERP line, a pallet or a location; the gravest first."""

    MISSING = "missing"
    MISPLACED = "misplaced"
    DUPLICATE = "duplicate"
    UNEXPECTED = "unexpected"
    WRONG_CONTENT = "wrong_content"
    STALE = "stale"
    LOW_CONFIDENCE = "low_confidence"
    UNVERIFIED = "unverified"
    MATCH = "match"

    @property
    def is_accusation(self) -> bool:
        """Whether it says that ERP and shelf disagree."""
        return self in ACCUSATIONS


ACCUSATIONS = frozenset({Verdict.MISSING, Verdict.MISPLACED, Verdict.DUPLICATE, Verdict.UNEXPECTED, Verdict.WRONG_CONTENT})
GRAVITY = {verdict: rank for rank, verdict in enumerate(Verdict)}


def gravest(verdicts: list[Verdict]) -> Verdict:
    """Return the gravest of at least one verdict."""
    return min(verdicts, key=GRAVITY.__getitem__)


class Cause(StrEnum):
    """What one finding is thought to come from."""

    GONE = "gone"
    """The place was seen empty."""
    REPLACED = "replaced"
    """Another pallet was read in its place."""
    MOVED = "moved"
    SWAPPED = "swapped"
    BOOKED_TWICE = "booked_twice"
    """The ERP books one pallet at two places, and it stands at one of them."""
    UNKNOWN_TO_ERP = "unknown_to_erp"
    HOME_NOT_SEEN = "home_not_seen"
    """Read elsewhere, and nobody has looked at the place where the ERP expects it."""
    BOOKED_WITHOUT_ID = "booked_without_id"
    """The ERP books goods at that place without a pallet id."""
    NOT_COVERED = "not_covered"
    """The ERP file has no line at all for that aisle."""
    READ_TWICE = "read_twice"
    CONTENT = "content"
    MOVED_SINCE = "moved_since"
    """The ERP moved it between export and scan."""
    MOVEMENT_EXPLAINS = "movement_explains"
    """A movement of the ERP between export and scan leads to just what was seen."""
    SHIFTED = "shifted"
    """A row of pallets, each one place further: usually our own localisation."""
    SINGLE_READ = "single_read"
    LOCALISATION = "localisation"
    WEAK_EVIDENCE = "weak_evidence"
    LOOKALIKE = "lookalike"
    """The text read differs in one letter from the one expected there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look into, with one cause: a row of `discrepancies.csv`."""

    case_id: str = ""
    verdict: Verdict
    cause: Cause
    pallet: PalletId | None
    expected_location: str = ""
    observed_location: str = ""
    other_pallet: PalletId | None = None
    """The second pallet of a swap."""
    other_expected_location: str = ""
    other_observed_location: str = ""
    lines: tuple[ErpLine, ...] = ()
    confidence: float
    """Probability that the finding is right, 0 to 1."""
    reason: str
    suggested_action: str
    seen_at: str = ""
    evidence: str = ""
    """Picture of what was read; of the place when nothing was."""
    expected_evidence: str = ""
    """Picture of the place where the ERP expects it."""
    further_locations: tuple[str, ...] = ()
    """Of a shifted row: all places that take part."""
    label_count: Decimal | None = None
    """Count on the label (37), of a finding that it and nothing else on the label makes."""
    weight: Weight = UNWEIGHED
    """What is at stake, by the ERP."""

    @property
    def locations(self) -> frozenset[str]:
        """Every location that the finding speaks of."""
        named = (self.expected_location, self.observed_location, self.other_expected_location, self.other_observed_location)
        return frozenset(location for location in (*named, *self.further_locations) if location)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult:
    """The one verdict of an ERP line."""

    line: ErpLine
    verdict: Verdict
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PalletResult:
    """The one verdict of a pallet that was read, wherever it was."""

    pallet: PalletId
    verdict: Verdict
    reason: str
    locations: tuple[str, ...]
    """Where it was read, sorted."""
    is_in_erp: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationResult:
    """The one verdict of a location: the gravest of what is said of its lines and pallets."""

    place: Place
    verdict: Verdict
    status: ObservationStatus
    expected: tuple[str, ...]
    observed: tuple[str, ...]
    confidence: float | None
    """None where nothing is claimed."""
    reason: str
    case_ids: tuple[str, ...]
    observation: Observation | None
    """None when nothing was recorded of it."""
    causes: tuple[Cause, ...] = ()
    """Of the findings that give it its verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputFile:
    """A file that the result was made from."""

    role: str
    """`erp`, `movements`, `scans`, `observations`, `site` or `aliases`."""
    name: str
    digest: str
    """SHA-256 (hex)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """Everything that one comparison of ERP and observations says."""

    erp: ErpFile
    inputs: tuple[InputFile, ...]
    snapshot_at: datetime | None
    """When the export was made, on the clock of the scan."""
    lines: tuple[LineResult, ...]
    """In file order."""
    pallets: tuple[PalletResult, ...]
    """Sorted by id."""
    locations: tuple[LocationResult, ...]
    """In the order of the layout, then those that it does not know."""
    findings: tuple[Finding, ...]
    """The gravest first."""
    scan_faults: tuple[RowFault, ...] = ()
    n_scan_rows: int = 0
    erp_clock_ahead_s: float = 0.0
    """What was taken off the ERP's times."""
    tolerances: Tolerances = NO_TOLERANCE
    """By which a count on a label agreed."""
    movements: MovementFile | None = None
    """What the ERP moved around that time; None when nobody gave a list."""
    settled: SettledColumns | None = None
    """Of a large comparison: what is beyond doubt. `lines`, `pallets` and `locations` are then those judged one by one."""
    history: History | None = None
    """What the history said of such findings, and a recount of earlier ones; None without a history."""

    def counts(self) -> dict[str, int]:
        """Return how often each verdict is given: each ERP line counts once, and each pallet that the ERP does not list."""
        found = Counter(r.verdict for r in self.lines)
        for kind in self.settled.exemplars if self.settled is not None else ():
            if kind.line is not None:
                found[kind.line.result.verdict] += kind.n_lines
        found.update(p.verdict for p in self.pallets if not p.is_in_erp)
        return {verdict.value: found[verdict] for verdict in Verdict}

    @property
    def discrepancies(self) -> tuple[Finding, ...]:
        """The findings that say that ERP and shelf disagree: neither stale nor of low confidence."""
        return tuple(f for f in self.findings if f.verdict.is_accusation)

    @property
    def has_discrepancies(self) -> bool:
        """Whether anything is accused."""
        return bool(self.discrepancies)
