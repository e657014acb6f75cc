"""The observations of one run, read whole or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from inventory.cell_values import parse_utc, utc_text
from inventory.findings import InputFile
from warehouse.errors import BadInputError
from warehouse.observations import Observation
from warehouse.run_folder import RunFolder

_READ_AGAIN = "run again: aislescan read RUN"


def read_observations(run: RunFolder) -> tuple[tuple[Observation, ...], InputFile]:
    """Return the observations of a run and the file they stand in; BadInputError when it is not there, cut, or unsound."""
    path = run.require(run.observations_path, made_by="aislescan read RUN")
    _refuse_cut(path)
    found = _sound(run.read_lines(path, Observation), path)
    return found, InputFile(role="observations", name=path.name, digest=hashlib.sha256(path.read_bytes()).hexdigest())


def _refuse_cut(path: Path) -> None:
    """The file is written in one piece, so a last line without its end is damage, and what it held would pass for unseen."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BadInputError(f"{path}: cannot be read: {error.strerror}", remedy=_READ_AGAIN) from error
    if not raw.endswith(b"\n"):
        last = raw.count(b"\n") + 1
        raise BadInputError(f"{path}, line {last}: cut short; expected whole lines, one for each location", remedy=_READ_AGAIN)


def _sound(observations: Iterable[Observation], path: Path) -> tuple[Observation, ...]:
    """Return the observations with their times to the second, as the files spell them."""
    found: dict[str, Observation] = {}
    for number, observation in enumerate(observations, start=1):
        where = f"{path}, line {number}"
        if observation.location in found:
            raise BadInputError(
                f"{where}: location {observation.location} stands there twice; expected one line for each location",
                remedy=_READ_AGAIN,
            )
        if not 0 <= observation.confidence <= 1:
            raise BadInputError(f"{where}: confidence {observation.confidence}; expected 0 to 1", remedy=_READ_AGAIN)
        seen_at = utc_text(parse_utc(observation.seen_at, f"{where}, seen_at")) if observation.seen_at else ""
        found[observation.location] = replace(observation, seen_at=seen_at)
    return tuple(found.values())
