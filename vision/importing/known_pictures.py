"""What a run has already: which files its frames came from, and by how much the camera's clock differed from the drone's."""

from __future__ import annotations

import filecmp
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vision.importing.own_frames import OwnPicture
from vision.pictures.exif import read_exif
from vision.pictures.opening import read_bytes
from warehouse.errors import BadInputError
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder

_SAME_CLOCK_S = 30.0
"""A camera's clock wanders by less between two sorties of a run, and two sorties are further apart."""
_N_ASKED = 9
"""Pictures of a sortie whose EXIF is read for that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPictures:
    """The pictures of a run."""

    by_source: dict[str, str]
    """Sortie by the full path of the file that a frame came from."""
    by_size: dict[int, list[tuple[Path, str]]]
    """Pictures in the run with their sorties, by their size in bytes."""

    @classmethod
    def of(cls, run: RunFolder) -> KnownPictures:
        """Look through the records of a run; one whose picture is not there counts for nothing."""
        by_source: dict[str, str] = {}
        by_size: dict[int, list[tuple[Path, str]]] = defaultdict(list)
        for record in _records(run):
            path = run.root / record.file
            if not path.is_file():
                continue
            by_size[path.stat().st_size].append((path, record.sortie))
            if record.source:
                by_source[re.sub(r"#t=[0-9.]+$", "", record.source)] = record.sortie
        return cls(by_source=by_source, by_size=dict(by_size))

    def sortie_of(self, path: Path) -> str:
        """Return the sortie that has this file, by its path or its bytes; empty when none has."""
        name = self.by_source.get(str(path.resolve()), "")
        if name or not path.is_file():
            return name
        alike = self.by_size.get(path.stat().st_size, [])
        return next((sortie for known, sortie in alike if filecmp.cmp(known, path, shallow=False)), "")


def autopilot_number(record: FrameRecord) -> int | None:
    """Return the autopilot's count of the photo, which stands in its name; None for frames that another flight brought."""
    found = re.fullmatch(r"([0-9]+)-([0-9]+)(?:-(?:left|right))?", record.frame.rpartition("/")[2])
    return None if found is None else int(found[1]) * 1_000_000 + int(found[2])


def refuse_other_clock(run: RunFolder, sortie: str, filled: Sequence[tuple[OwnPicture, FrameRecord]]) -> None:
    """Raise BadInputError when the camera's clock would differ from the drone's by far more or less than in every other sortie."""
    mine = [p.utc_s - r.utc_s for p, r in filled if p.utc_s is not None]
    cameras = {r.camera for _, r in filled}
    others: dict[str, list[FrameRecord]] = defaultdict(list)
    for record in _records(run):
        if record.sortie != sortie and record.camera in cameras and record.source and autopilot_number(record) is not None:
            others[record.sortie].append(record)
    differences = {name: d for name, records in others.items() if (d := _clock_difference(run, records)) is not None}
    if not mine or not differences:
        return
    here = float(np.median(mine))
    nearest = min(differences, key=lambda name: abs(differences[name] - here))
    if abs(differences[nearest] - here) > _SAME_CLOCK_S:
        raise BadInputError(
            f"sortie {sortie}: by these pictures the camera's clock is {here:+.0f} s from the drone's, but in sortie {nearest} it"
            f" was {differences[nearest]:+.0f} s; they seem to be of another flight",
            remedy=f"give that sortie's pictures; if the camera's clock was set in between: --clock-offset {-here:.1f}",
        )


def known_clock_offset_s(run: RunFolder, records: Sequence[FrameRecord]) -> float | None:
    """Return what to add to the camera's clock for the drone's, by the pictures that a sortie has already; None when none says it.

    One late picture alone fits any photo that lacks one: then the clock must not be free.
    """
    brought = [r for r in records if r.source and (run.root / r.file).is_file()]
    difference = _clock_difference(run, brought)
    return None if difference is None else -difference


def _clock_difference(run: RunFolder, records: list[FrameRecord]) -> float | None:
    """Return the camera's time minus the drone's; None when no picture says it."""
    if not records:
        return None
    asked = [records[i] for i in sorted({round(i) for i in np.linspace(0, len(records) - 1, _N_ASKED)})]
    found = [utc_s - r.utc_s for r in asked if (utc_s := _taken_s(run.root / r.file)) is not None]
    return float(np.median(found)) if found else None


def _taken_s(path: Path) -> float | None:
    try:
        return read_exif(read_bytes(path)).utc_s
    except BadInputError:
        return None


def _records(run: RunFolder) -> Iterator[FrameRecord]:
    for path in map(run.frames_path, run.sorties()):
        if path.exists():
            yield from run.read_lines(path, FrameRecord)
