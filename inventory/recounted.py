"""What a recount and the run that it recounts say together: alone, a second look at ten places would leave all others unseen.

The hand-over is `recount.json` in the run folder, which names the run before and the locations that were looked at again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from inventory.findings import InputFile
from inventory.run_observations import read_observations
from warehouse.errors import BadInputError
from warehouse.observations import SURE, Observation, ObservationStatus, PalletSighting
from warehouse.run_folder import RunFolder
from warehouse.site import Site

_DECIDED = (ObservationStatus.READ, ObservationStatus.EMPTY)
CONTRADICTED = 0.5
"""Confidence that a look never exceeds when another one, as good, says something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """What one run saw, by itself and together with the runs that it recounts."""

    run: RunFolder
    own: tuple[Observation, ...]
    together: tuple[Observation, ...]
    file: InputFile
    """Where `own` stands."""
    before: Count | None = None
    """Of the run that it recounts; None when it recounts none."""
    origin: str = ""
    """Of scans of others what tells two counts of one name apart; empty for a run, whose folder says when it was made."""

    @property
    def chain(self) -> tuple[Count, ...]:
        """This count and those before it, the latest first."""
        return (self, *(self.before.chain if self.before else ()))

    @property
    def files(self) -> tuple[InputFile, ...]:
        """The files of all of them; the role says how many counts before."""
        return tuple(replace(c.file, role=c.file.role + "_before" * n) for n, c in enumerate(self.chain))


def count_of(run: RunFolder, site: Site) -> Count:
    """Return what a run saw, by itself and together with the runs that it recounts.

    A location that was looked at again has the surer of both observations, the later one where both are sure; all others have
    that of the run before, which is unsure where the later run happened to see something else there. Pictures of the runs before
    are brought into the run's own evidence folder.

    BadInputError when a file is cut or unsound, or when the run before is gone, of another site, or recounts this one.
    """
    return _count_of(run, site, ())


def _count_of(run: RunFolder, site: Site, later: tuple[Path, ...]) -> Count:
    own, file = read_observations(run)
    if not run.recount_of_path.exists():
        return Count(run=run, own=own, together=own, file=file)
    before_run, looked_again = _recounted(run)
    if before_run.root in (*later, run.root.resolve()):
        raise BadInputError(f"{run.recount_of_path}: the runs recount one another", remedy="reconcile the first of them")
    if before_run.site_digest() != site.digest:
        raise BadInputError(
            f"{run.recount_of_path}: {before_run.root} was made for another site than {site.name}",
            remedy="put the run that was recounted back there",
        )
    before = _count_of(before_run, site, (*later, run.root.resolve()))
    anew = {o.location: o for o in own}
    together = []
    for first in before.together:
        o = _brought(run, before_run, first)
        again = anew.get(o.location)
        if again is not None:
            o = _surer(o, again) if o.location in looked_again else _unless_contradicted(o, again)
        together.append(o)
    return Count(run=run, own=own, together=tuple(together), file=file, before=before)


def _recounted(run: RunFolder) -> tuple[RunFolder, frozenset[str]]:
    """Return the run that this one recounts, and the locations that were flown again."""
    recount: Any = run.read_json(run.recount_of_path)
    try:
        root = (run.root.resolve() / recount["recounts"]).resolve()
        again = frozenset(str(look["location"]) for look in recount["looks"] if look["now"] is not None)
    except (KeyError, TypeError) as error:
        raise BadInputError(
            f"{run.recount_of_path}: no recount: {error}", remedy="plan it again: aislescan recount RUN --out RUN2"
        ) from error
    if not root.is_dir():
        raise BadInputError(
            f"{run.root}: recounts {recount['recounts']}, and that folder is not there",
            remedy="put the run that was recounted back beside it: both count together",
        )
    return RunFolder.open(root), again


def _surer(before: Observation, again: Observation) -> Observation:
    if again.status not in _DECIDED:
        is_news = before.status not in _DECIDED and again.status is not ObservationStatus.UNSEEN
        return again if is_news else before
    if before.status not in _DECIDED:
        return again
    if before.status is again.status and {s.pallet for s in before.pallets} == {s.pallet for s in again.pallets}:
        best = again if again.confidence >= before.confidence else before
        return replace(best, pallets=_counted_together(before.pallets, again.pallets), frames=(*before.frames, *again.frames))
    return again if again.confidence >= min(SURE, before.confidence) else before


def _unless_contradicted(before: Observation, again: Observation) -> Observation:
    """Return the first look, unsure where a later flight, sent to other places, surely saw something else in passing.

    It was not planned to see this place well, so it is no ground for a claim of its own; but no claim may stand against it.
    """
    if not (before.status in _DECIDED and again.status in _DECIDED) or again.confidence < SURE:
        return before
    pallets = {s.pallet for s in before.pallets}
    if before.status is again.status and (not pallets or pallets & {s.pallet for s in again.pallets}):
        return before
    seen = "empty" if again.status is ObservationStatus.EMPTY else ", ".join(sorted(str(s.pallet) for s in again.pallets))
    reason = f"{before.reason.rstrip('.')}; but a later flight saw {seen} there".removeprefix("; ")
    return replace(before, confidence=min(before.confidence, CONTRADICTED), reason=reason)


def _counted_together(before: Iterable[PalletSighting], again: Iterable[PalletSighting]) -> tuple[PalletSighting, ...]:
    """Return the later sightings; photos of two flights are independent of each other, so their numbers add up."""
    n_before = {s.pallet: s.n_frames for s in before}
    return tuple(replace(s, n_frames=s.n_frames + n_before[s.pallet]) for s in again)


def _brought(run: RunFolder, before_run: RunFolder, o: Observation) -> Observation:
    """Return an observation of the run before with its photos named by their run, and its pictures in this run's folder."""
    name = before_run.root.name
    for picture in filter(None, (o.evidence, *(s.evidence for s in o.pallets))):
        _bring(before_run.root / picture, run.root / picture)
    return replace(o, frames=tuple(frame if ":" in frame else f"{name}:{frame}" for frame in o.frames))


def _bring(source: Path, target: Path) -> None:
    """Link or copy a picture, which its name tells from all others by its content; one that is gone is said in the report."""
    if target.exists() or not source.is_file():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        with suppress(FileExistsError):
            shutil.copyfile(source, target)
