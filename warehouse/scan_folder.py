"""The folder that `reconcile --scans … --out` writes: a count without a site and a flight, its files directly in the folder."""

from __future__ import annotations

from pathlib import Path

from warehouse.reconciliation_folder import ReconciliationFolder
from warehouse.run_folder import RunFolder


class ScanFolder(RunFolder):
    """Paths of a count of somebody else's scans; what a run has beside its reconciliation is not there."""

    __slots__ = ()

    @property
    def reconciliation_folder(self) -> Path:
        """The folder itself."""
        return self.root

    @classmethod
    def is_one(cls, root: Path) -> bool:
        """Whether a folder holds a reconciliation and is no run."""
        return not RunFolder(root).manifest_path.is_file() and ReconciliationFolder(root).datapackage_path.is_file()


def open_counted(root: Path) -> RunFolder:
    """Open a run, or the folder of a count of scans; BadInputError when it is neither."""
    return ScanFolder(root) if ScanFolder.is_one(root) else RunFolder.open(root)


def store_beside(root: Path) -> Path | None:
    """Return where the history of a counted folder lies; None when the folder is none."""
    if ScanFolder.is_one(root):
        return ScanFolder(root).store_path
    run = RunFolder(root)
    return run.store_path if run.manifest_path.exists() else None
