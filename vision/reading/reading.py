"""What all steps of one reading share."""

from __future__ import annotations

from dataclasses import dataclass

from vision.pictures.frame_files import FileStamp, FrameFiles
from vision.reading.resume import Progress
from vision.reading.step_log import StepLog
from vision.reading.workers import Crew
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A run, its photos, and who reads them by which rules."""

    run: RunFolder
    site: Site
    frames: dict[str, FrameRecord]
    """By id, in flight order."""
    files: FrameFiles
    stamps: dict[str, FileStamp]
    rules: str
    crew: Crew
    progress: Progress | None
    log: StepLog
