"""What is being flown at this moment, written down at arming: a program that was killed leaves it to the next one."""

from __future__ import annotations

from dataclasses import dataclass

from mission.records import Sortie
from warehouse.run_folder import RunFolder


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """One flight; `under_way.json`, which is removed when the flight has ended and its outcome is written down."""

    boot: int
    """Which start of the autopilot in this sortie, from 1."""
    sortie: Sortie
    """The planned one, or a way along the lanes that were left."""
    landing_parameters: dict[str, float]
    """Of the autopilot, as they were before an emergency may have changed them."""
    home: Sortie | None = None
    """The way home, once the sortie was given up for it."""
    closed_by: str = ""
    """Why it was given up for other drones, in words; empty when it was not."""

    @property
    def way(self) -> Sortie:
        """What the drone flies: its sortie, or its way home."""
        return self.sortie if self.home is None else self.home


def flight_under_way(run: RunFolder, sortie: str) -> UnderWay | None:
    """Return the flight that nobody has seen the end of, or None."""
    path = run.under_way_path(sortie)
    return run.read_record(path, UnderWay) if path.exists() else None


def begin_flight(run: RunFolder, flight: UnderWay) -> None:
    """Write it down."""
    run.write_json(run.under_way_path(flight.sortie.name), flight)


def end_flight(run: RunFolder, sortie: str) -> None:
    """Forget it."""
    run.under_way_path(sortie).unlink(missing_ok=True)
