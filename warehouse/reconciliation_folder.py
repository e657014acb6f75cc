"""The names of the files of one reconciliation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ReconciliationFolder:
    """Paths of one reconciliation, inside a run or in a folder of its own."""

    root: Path

    @property
    def locations_path(self) -> Path:
        """A row for each location."""
        return self.root / "locations.csv"

    @property
    def discrepancies_path(self) -> Path:
        """A row for each finding."""
        return self.root / "discrepancies.csv"

    @property
    def recount_path(self) -> Path:
        """A row for each location that has to be looked at again."""
        return self.root / "recount.csv"

    @property
    def erp_lines_path(self) -> Path:
        """A row for each ERP line that was read, with what was counted of it."""
        return self.root / "erp_lines.csv"

    @property
    def workbook_path(self) -> Path:
        """The same tables for people, as a workbook."""
        return self.root / "reconciliation.xlsx"

    @property
    def review_path(self) -> Path:
        """Only of a recount: a row for each finding of the runs before, and whether it was confirmed."""
        return self.root / "review.csv"

    @property
    def summary_path(self) -> Path:
        """Counts, rates and inputs."""
        return self.root / "summary.json"

    @property
    def datapackage_path(self) -> Path:
        """Columns, sizes and digests of the other files; written last, so that it vouches for them."""
        return self.root / "datapackage.json"
