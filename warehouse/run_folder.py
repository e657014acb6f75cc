"""The run folder: the only module (with `reconciliation_folder`) that knows the file names in it, and how they are written.

Every write goes to a temporary file that is renamed into place, so a killed stage leaves either the old file or the new one.
Line files (`*.jsonl`) that grow while a stage works are appended a whole line at a time; a cut last line is dropped on reading.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from warehouse.errors import BadInputError
from warehouse.line_files import drop_cut_line, line_of
from warehouse.location_aliases import ALIASES_FILE
from warehouse.reconciliation_folder import ReconciliationFolder
from warehouse.records import from_json, to_json
from warehouse.site_digest import OPTIONAL_SITE_FILES, SITE_FILES, names_of_site_files, optional_site_files, site_digest

Record = TypeVar("Record")

RUN_FORMAT = 1
ERP_FILES = (ALIASES_FILE,)
"""What the site folder says of the ERP. Copied too, but no part of the digest: what was flown does not depend on it, and it may be
mended after the flight."""
STORE_NAME = "inventory.db"
"""The history over all runs, in the folder that holds them."""
STORE_METADATA_NAME = "metadata.json"
"""Beside it: what its tables and columns mean, as Datasette reads it."""


def frame_name(boot: int, image_index: int, camera: str | None = None) -> str:
    """Return the file name of a photo; its parts are those of `RunFolder.frame_file`."""
    return f"{boot:02d}-{image_index:06d}{'' if camera is None else f'-{camera}'}.jpg"


def write_atomically(path: Path, content: str | bytes | Iterator[bytes]) -> None:
    """Write `content` (text as UTF-8, line ends as they are; or piece by piece) so that `path` is never seen half written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as stream:
            if isinstance(content, Iterator):
                stream.writelines(content)
            else:
                stream.write(content.encode() if isinstance(content, str) else content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class RunFolder:
    """Paths and files of one run. `create` makes one, `open` checks that the site in it is the one the run was made for."""

    root: Path

    @classmethod
    def create(cls, root: Path, site: Path) -> RunFolder:
        """Make the folder with copies of the site files; going on in a run of the same site is fine, of another is refused."""
        run = cls(root)
        digest = site_digest(site)
        if run.manifest_path.exists():
            run = cls.open(root)
            if run.site_digest() != digest:
                raise BadInputError(
                    f"{root}: this run was made for another site than {site}",
                    remedy="give a new --out folder, or the site that the run was made for",
                )
            run._copy_erp_files(site)
            return run
        own = [*SITE_FILES, *optional_site_files(site)]
        foreign = [
            name
            for name in (*SITE_FILES, *OPTIONAL_SITE_FILES)
            if (root / name).exists() and (name not in own or (root / name).read_bytes() != (site / name).read_bytes())
        ]
        if foreign:
            raise BadInputError(
                f"{root} is no run folder and holds another {' and '.join(foreign)}", remedy="give a new --out folder for the run"
            )
        root.mkdir(parents=True, exist_ok=True)
        for name in own:
            write_atomically(root / name, (site / name).read_bytes())
        run._copy_erp_files(site)
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        run.write_json(run.manifest_path, {"format": RUN_FORMAT, "created_at": now, "site_digest": digest})
        return run

    def _copy_erp_files(self, site: Path) -> None:
        """Take over what the site folder says of the ERP, as it is now; what only the run folder has is left there."""
        for name in ERP_FILES:
            if (site / name).is_file() and (site / name).resolve() != (self.root / name).resolve():
                write_atomically(self.root / name, (site / name).read_bytes())

    @classmethod
    def open(cls, root: Path) -> RunFolder:
        """Open an existing run; BadInputError when it is none, or when its site files were changed since."""
        run = cls(root)
        if not run.manifest_path.is_file():
            raise BadInputError(
                f"{root}: not a run folder (no run.json)",
                remedy="make one with: aislescan plan SITE --out RUN; for photos that you have: aislescan import RUN --site SITE …",
            )
        if site_digest(root) != run.site_digest():
            raise BadInputError(
                f"{root}: {names_of_site_files(root)} differs from the site that this run was made for (digest in run.json)",
                remedy="put the site's own files back, or plan a new run for the changed site",
            )
        return run

    def site_digest(self) -> str:
        """Return the digest of the site that the run was made for."""
        manifest = self.read_json(self.manifest_path)
        known = isinstance(manifest, dict) and manifest.get("format") == RUN_FORMAT
        if not known or not isinstance(manifest.get("site_digest"), str):
            raise BadInputError(
                f"{self.manifest_path}: expected format {RUN_FORMAT} and site_digest, got {json.dumps(manifest)[:80]}",
                remedy="plan a new run; this one was made by another version of aislescan, or changed by hand",
            )
        return str(manifest["site_digest"])

    def require(self, path: Path, *, made_by: str) -> Path:
        """Return `path` if it exists; otherwise say which command makes it."""
        if not path.exists():
            raise BadInputError(f"{path}: not there yet", remedy=f"run first: {made_by}")
        return path

    @property
    def name(self) -> str:
        """Name of the folder, also when it was given as `.`."""
        return self.root.name if self.root.name not in ("", "..") else self.root.resolve().name

    # -- names -----------------------------------------------------------------------------------------------------------------

    @property
    def manifest_path(self) -> Path:
        """Format, time of making, digest of the site."""
        return self.root / "run.json"

    @property
    def plan_path(self) -> Path:
        """The scan plan."""
        return self.root / "plan.json"

    @property
    def plan_svg_path(self) -> Path:
        """The scan plan, drawn."""
        return self.root / "plan.svg"

    @property
    def recount_of_path(self) -> Path:
        """Only of a recount: which run it recounts, and why and how each location is looked at again."""
        return self.root / "recount.json"

    @property
    def looks_again_path(self) -> Path:
        """The same as a table for people, a row a location."""
        return self.root / "looks_again.csv"

    @property
    def plan_page_path(self) -> Path:
        """The flights among the racks, to turn and to look into: one page, offline."""
        return self.root / "plan.html"

    @property
    def readability_path(self) -> Path:
        """For each location whether and how well its label will be read."""
        return self.root / "readability.csv"

    def sortie(self, name: str) -> Path:
        """Folder of one sortie, `01`, `02`, …: mission files, telemetry, frames."""
        return self.root / "sorties" / name

    def sorties(self) -> list[str]:
        """Names of the sorties there are, in order."""
        folder = self.root / "sorties"
        return sorted(p.name for p in folder.iterdir() if p.is_dir()) if folder.is_dir() else []

    def mission_plan_path(self, sortie: str) -> Path:
        """The mission with its geofence, for QGroundControl."""
        return self.sortie(sortie) / "mission.plan"

    def mission_items_path(self, sortie: str) -> Path:
        """The mission as a QGC WPL 110 list, for Mission Planner and MAVProxy."""
        return self.sortie(sortie) / "mission.waypoints"

    def waypoints_csv_path(self, sortie: str) -> Path:
        """What each mission item is for, and which locations it must see."""
        return self.sortie(sortie) / "waypoints.csv"

    def frames_path(self, sortie: str) -> Path:
        """One FrameRecord a line."""
        return self.sortie(sortie) / "frames.jsonl"

    def ranges_path(self, sortie: str) -> Path:
        """One RangeRecord a line; only where the drone has a range sensor."""
        return self.sortie(sortie) / "ranges.jsonl"

    def flight_path(self, sortie: str) -> Path:
        """How the sortie ended."""
        return self.sortie(sortie) / "flight.json"

    def under_way_path(self, sortie: str) -> Path:
        """What is being flown since the last arming: for a program that comes after one that was killed."""
        return self.sortie(sortie) / "under_way.json"

    def telemetry_path(self, sortie: str, *, is_check: bool = False) -> Path:
        """Every MAVLink message with its time; of the checks alone (`fly --check`) in a file of their own."""
        return self.sortie(sortie) / ("check.tlog" if is_check else "flight.tlog")

    def frame_file(self, sortie: str, boot: int, image_index: int, camera: str | None = None) -> Path:
        """Name of the photo that the autopilot counted as `image_index` since its `boot`-th start in this sortie.

        `camera` (`left` or `right`) is part of it where the drone has two, which take their photos at the same trigger.
        """
        return self.sortie(sortie) / "frames" / frame_name(boot, image_index, camera)

    @property
    def reads_path(self) -> Path:
        """One barcode in one frame a line."""
        return self.root / "reads.jsonl"

    @property
    def reads_progress_path(self) -> Path:
        """What each frame gave, a line a frame: reading that was killed goes on with the other frames."""
        return self.root / "reads.frames.jsonl"

    @property
    def bins_progress_path(self) -> Path:
        """What the hard look at each unread bin gave, for the same purpose."""
        return self.root / "reads.bins.jsonl"

    @property
    def labels_progress_path(self) -> Path:
        """What looking for a second photo of each label gave that one photo alone reads, for the same purpose."""
        return self.root / "reads.labels.jsonl"

    @property
    def evidence_progress_path(self) -> Path:
        """Which pictures were cut from each frame, for the same purpose."""
        return self.root / "reads.evidence.jsonl"

    @property
    def reading_path(self) -> Path:
        """How far the reading that began last has come, one ReadingStep a line, for whoever watches; nothing reads it again."""
        return self.root / "reads.progress.jsonl"

    @property
    def poses_path(self) -> Path:
        """The frames with the poses that their reads were placed by, corrected where that was possible; one FrameRecord a line."""
        return self.root / "poses.jsonl"

    @property
    def observations_path(self) -> Path:
        """One Observation a line."""
        return self.root / "observations.jsonl"

    @property
    def evidence_folder(self) -> Path:
        """The picture crops that prove the observations."""
        return self.root / "evidence"

    @property
    def evidence_index_path(self) -> Path:
        """Which photo each of them was cut from; one EvidencePicture a line."""
        return self.root / "evidence.jsonl"

    @property
    def overlay_folder(self) -> Path:
        """Photos with what was found in them drawn on, for a person who wonders why; one picture a frame."""
        return self.root / "overlay"

    @property
    def overlay_page_path(self) -> Path:
        """The page that lists them by location."""
        return self.overlay_folder / "index.html"

    @property
    def reconciliation_folder(self) -> Path:
        """The CSV contract and its description."""
        return self.root / "reconciliation"

    @property
    def reconciliation(self) -> ReconciliationFolder:
        """The files in it."""
        return ReconciliationFolder(self.reconciliation_folder)

    @property
    def store_path(self) -> Path:
        """The history over all runs, beside the runs."""
        root = self.root if self.root.name not in ("", "..") else self.root.resolve()
        return root.parent / STORE_NAME

    @property
    def report_path(self) -> Path:
        """The page for people; of a large site the index of its pages."""
        return self.root / "report.html"

    @property
    def report_pages_folder(self) -> Path:
        """Only of a large site: a page an aisle."""
        return self.root / "report"

    @property
    def simulation_path(self) -> Path:
        """Demo only: which simulated warehouse and vehicle the run shows."""
        return self.root / "simulation.json"

    @property
    def score_path(self) -> Path:
        """Demo only: what was planted against what was found."""
        return self.root / "score.json"

    def relative(self, path: Path) -> str:
        """Return `path` relative to the run folder, with forward slashes, as records spell it."""
        return path.relative_to(self.root).as_posix()

    # -- reading and writing ---------------------------------------------------------------------------------------------------

    def write_json(self, path: Path, value: Any) -> None:
        """Write one JSON document."""
        write_atomically(path, json.dumps(to_json(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n")

    def read_json(self, path: Path) -> Any:
        """Return the parsed JSON document; BadInputError names a file that is cut or no JSON."""
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise BadInputError(f"{path}: cannot be read as JSON: {error}", remedy="run the stage that writes it again") from error

    def read_record(self, path: Path, record: type[Record]) -> Record:
        """Return the one record that a JSON document holds; BadInputError names the file and the field at fault."""
        try:
            return from_json(record, self.read_json(path))
        except ValueError as error:
            raise BadInputError(f"{path}: {error}", remedy="run the stage that writes it again") from error

    def write_lines(self, path: Path, records: Iterable[Any]) -> None:
        """Write a line file in one piece; the records are taken one by one."""
        write_atomically(path, (line_of(r).encode() for r in records))

    def append_line(self, path: Path, record: Any) -> None:
        """Add one record to a line file, in the place of a last line that a killed writer left cut."""
        line = line_of(record).encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as stream:
            drop_cut_line(stream)
            stream.write(line)

    def read_lines(self, path: Path, record: type[Record]) -> Iterator[Record]:
        """Yield the records of a line file; a last line without its line end (a killed writer) is dropped."""
        with path.open("rb") as stream:
            for number, line in enumerate(stream, start=1):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield from_json(record, json.loads(line))
                except ValueError as error:
                    raise BadInputError(f"{path}, line {number}: {error}", remedy="run the stage that writes it again") from error

    def remove(self, path: Path) -> None:
        """Remove a file or folder of the run, if it is there."""
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def keep_only(self, folder: Path, names: Collection[str]) -> None:
        """Remove every file of a folder of the run but those named."""
        for path in folder.iterdir() if folder.is_dir() else ():
            if path.name not in names:
                self.remove(path)
