"""Runs of the demo site that lie beside one another and recount one another, to put observations into."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from inventory.findings import Reconciliation
from inventory.reconcile import reconcile_run
from warehouse.observations import Observation
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site


class Runs:
    """A folder of runs and an ERP file."""

    def __init__(self, folder: Path, site_folder: Path) -> None:
        """Load the site; runs are made when they are named."""
        self.site: Site = load_site(site_folder)
        self.site_folder = site_folder
        self.folder = folder / "runs"
        self.erp = folder / "erp.csv"
        self.store = self.folder / "inventory.db"
        self.bins = [b.code.text for b in self.site.layout.bins if b.kind.is_observable]

    def run(self, name: str) -> RunFolder:
        """Return the run folder of that name."""
        return RunFolder.create(self.folder / name, self.site_folder)

    def reconcile(
        self,
        name: str,
        seen: Iterable[Observation],
        erp: str | None = None,
        *,
        recounts: str = "",
        looked_again: tuple[str, ...] = (),
    ) -> Reconciliation:
        """Put observations into a run, which recounts another one where that is named, and reconcile it."""
        if erp is not None:
            self.erp.write_text(erp if erp.startswith("location,") else "location,pallet\n" + erp, encoding="utf-8")
        run = self.run(name)
        run.write_lines(run.observations_path, seen)
        if recounts:
            looks: list[dict[str, Any]] = [{"location": location, "now": {}} for location in looked_again]
            run.write_json(run.recount_of_path, {"recounts": f"../{recounts}", "looks": looks})
        return reconcile_run(run, self.site, self.erp)

    def files(self, name: str) -> dict[str, bytes]:
        """Return the files of a run's reconciliation."""
        return {p.name: p.read_bytes() for p in self.run(name).reconciliation_folder.iterdir()}
