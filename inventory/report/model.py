"""What the page says, as records: the places and findings of one reconciled run, and the numbers of its first sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from inventory.findings import ACCUSATIONS, Verdict
from inventory.store.asking import Decision, SecondOpinion
from warehouse.layout import BinKind

FINDING_VERDICTS = tuple(v.value for v in Verdict if v in ACCUSATIONS)
"""Claims that someone has to look at, the gravest first."""
DOUBT_VERDICTS = tuple(v.value for v in Verdict if v not in ACCUSATIONS and v is not Verdict.MATCH)
"""No claim: nothing can be said yet."""
SEVERITIES = ("high", "medium", "low")
OUT_OF_USE = (BinKind.UNUSED, BinKind.FORBIDDEN)
SHOWN = (Verdict.MATCH.value, *FINDING_VERDICTS, *DOUBT_VERDICTS, "left_out", "not_in_count")
"""How a place can look on the page: a verdict, or one of two reasons why it has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One location, as the page shows it."""

    code: str
    is_on_map: bool = True
    """False for a location that is not drawn on this page: only the ERP or a label names it, or it has another page."""
    is_elsewhere: bool = False
    """Whether it is counted on another page of the report, and stands here for a finding's sake."""
    aisle: str = ""
    shown: str
    """One of SHOWN."""
    status: str = ""
    """An observation status; empty when the location was not part of this count."""
    kind: str = ""
    expected: tuple[str, ...] = ()
    observed: tuple[str, ...] = ()
    confidence: float | None = None
    reason: str = ""
    seen_at: str = ""
    n_frames: str = ""
    runner_up: str = ""
    margin_m: float | None = None
    pictures: tuple[str, ...] = ()
    """Of the whole bin; paths in the run folder."""
    labels: tuple[str, ...] = ()
    """Of the labels read here."""
    findings: tuple[int, ...] = ()
    """Indices into `Report.findings`."""

    @property
    def words(self) -> str:
        """What a search in the list finds this place by."""
        return " ".join((self.code, *self.expected, *self.observed))


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row of discrepancies.csv, as the page shows it."""

    index: int
    verdict: str
    case_id: str
    cause: str
    pallet: str
    other_pallet: str
    expected_location: str
    observed_location: str
    other_expected_location: str
    other_observed_location: str
    item: str
    batch: str
    quantity: str
    confidence: float | None
    reason: str
    suggested_action: str
    seen_at: str
    erp_row: str
    severity: str = ""
    """`high`, `medium` or `low`; empty where the ERP gives nothing to weigh it by."""
    value: str = ""
    """Of the stock at stake, with its currency."""
    decisions: tuple[Decision, ...] = ()
    """What people decided, the latest first; only the first is in force."""
    second_looks: tuple[SecondOpinion, ...] = ()
    """What recounts said of it, the latest first."""
    aisles: tuple[str, ...] = ()
    """Of its places, each once."""
    places: tuple[str, ...]
    """Codes of the locations that it concerns, each once, where the ERP expects the pallet first."""
    pictures: tuple[str, ...]
    """Evidence that the row itself names; paths in the run folder."""

    @property
    def words(self) -> str:
        """What a search in the list finds this finding by."""
        return " ".join((self.pallet, self.other_pallet, self.item, self.batch, self.case_id, *self.places))

    @property
    def is_claim(self) -> bool:
        """Whether it says that ERP and shelf disagree."""
        return self.verdict in FINDING_VERDICTS

    @property
    def decision(self) -> str:
        """The decision in force: `confirm`, `overturn` or `recount`; empty while nobody decided."""
        return self.decisions[0].decision if self.decisions else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecountItem:
    """One line of the tick list."""

    code: str
    reason: str
    how: str
    """`fly` or `hand`; empty when the file does not say."""
    what_to_do: str
    expected: tuple[str, ...]
    status: str = ""
    """What was seen of it."""
    again: str = ""
    """What has to be done differently, as the texts of the page name it; empty when the files do not say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErpExport:
    """What the stock was compared with."""

    file: str = ""
    snapshot_at: str = ""
    """UTC, ISO 8601; empty when nobody said."""
    n_refused: int = 0
    """Rows that could not be read, so that nothing was compared with them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """A finding of an earlier run, and what this recount says of it: a row of review.csv."""

    run: str
    case_id: str
    outcome: str
    verdict: str
    pallet: str
    locations: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that the page says about the stock."""

    places: dict[str, Place]
    """By code: every location of the layout, in its order, then those that the layout does not know."""
    findings: tuple[Finding, ...]
    """In the order of the list: claims first, by verdict, then doubts."""
    recount: tuple[RecountItem, ...]
    erp: ErpExport
    reviews: tuple[Reviewed, ...] = ()
    """Only of a recount."""
    reconciliation: str = ""
    """What the history knows this reconciliation by; empty where the summary does not say."""

    @property
    def n_total(self) -> int:
        """Locations that were to be verified."""
        return sum(n for shown, n in self.counts.items() if shown not in ("left_out", "not_in_count"))

    @property
    def n_agree(self) -> int:
        """Locations that agree with the ERP."""
        return self.counts["match"]

    @property
    def n_left_out(self) -> int:
        """Locations out of use where the ERP expects nothing, as it should be."""
        return self.counts["left_out"]

    @property
    def n_unverified(self) -> int:
        """Locations about which nothing can be claimed."""
        return sum(self.counts[v] for v in DOUBT_VERDICTS)

    @property
    def n_findings(self) -> int:
        """Findings that make a claim."""
        return sum(f.is_claim for f in self.findings)

    @property
    def n_undecided(self) -> int:
        """Findings that make a claim and wait for a person."""
        return sum(f.is_claim and not f.decision for f in self.findings)

    @property
    def counts(self) -> Counter[str]:
        """Number of locations by how they are shown."""
        return Counter(p.shown for p in self.places.values() if not p.is_elsewhere)

    @property
    def doubtful_places(self) -> tuple[Place, ...]:
        """Locations without a claim that no finding mentions, so that the list can name them too."""
        return tuple(p for p in self.places.values() if p.shown in DOUBT_VERDICTS and not p.findings and not p.is_elsewhere)

    def is_on_map(self, finding: Finding) -> bool:
        """Whether any location of the finding is drawn."""
        return any(self.places[code].is_on_map for code in finding.places)

    @property
    def aisles(self) -> list[str]:
        """Aisles that the list of findings names."""
        named = (f.aisles for f in self.findings)
        return sorted({*(a for aisles in named for a in aisles), *(p.aisle for p in self.doubtful_places if p.aisle)})

    @property
    def items(self) -> list[str]:
        """Items that the findings name."""
        return sorted({item for f in self.findings for item in f.item.split(", ") if item})

    @property
    def severities(self) -> list[str]:
        """Severities of the findings, the gravest first."""
        return [s for s in SEVERITIES if any(f.severity == s for f in self.findings)]

    @property
    def scanned(self) -> tuple[str, str]:
        """First and last time at which a location was seen (UTC, ISO 8601); empty texts when none was."""
        times = sorted(p.seen_at for p in self.places.values() if p.seen_at)
        return (times[0], times[-1]) if times else ("", "")
