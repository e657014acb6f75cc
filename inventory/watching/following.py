"""Follow a run by the files in its folder: which stage it is in, and how far each location has come."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum

from inventory.report.building import build_report
from inventory.report.model import OUT_OF_USE, Report
from inventory.report.tables import read_tables
from inventory.watching.photographed import Photographed
from inventory.watching.states import EMPTY, LEFT_OUT, NOT_IN_COUNT, PHOTOGRAPHED, PLANNED, READ, UNSEEN, PlaceStates, state_of
from warehouse.errors import BadInputError
from warehouse.flight_sight import FlightSight
from warehouse.growing_files import GrowingLines, changed_at_s
from warehouse.observations import Observation
from warehouse.poses import FrameRecord
from warehouse.reading_step import DONE, PHOTOS, ReadingStep
from warehouse.run_folder import RunFolder
from warehouse.site import Site

_SAME_S = 1.0
"""Two files written within this time belong together, whichever is the newer."""
_REPORT_AWAITED_S = 6.0
"""After the comparison: `run` and `demo` write the report by themselves, `reconcile` does not."""


class Stage(StrEnum):
    """What is being done with the run, or is to be done next."""

    PLANNED = "planned"
    FLYING = "flying"
    PAUSED = "paused"
    """Something is left to fly, and nobody flies."""
    FLOWN = "flown"
    READING = "reading"
    READ = "read"
    COMPARED = "compared"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSight:
    """What there is to see of a run now, but for the single locations."""

    stage: Stage = Stage.PLANNED
    flights: FlightSight
    n_taken: int = 0
    """Photos on record."""
    step: ReadingStep | None = None
    """The last step of the last reading; None: nothing was read yet."""
    n_searched: int = 0
    """Photos that the last reading has searched."""
    quiet_s: float = 0.0
    """While it is read: since the reading last wrote something down."""
    report: Report | None = None
    """Once compared."""
    has_page: bool = False
    """Whether the report's page belongs to that comparison."""
    is_over: bool = False
    """Nothing more will come by itself."""


class RunFollower:
    """Follows one run; `look` as often as a person can see."""

    def __init__(self, run: RunFolder, site: Site) -> None:
        """Follow `run`, whatever is in it already."""
        self.run, self.site = run, site
        self.places = PlaceStates(list(site.layout.bins_by_code))
        self._photographed = Photographed(site)
        self._frames: dict[str, GrowingLines] = {}
        self._n_taken: dict[str, int] = {}
        self._steps = GrowingLines(run.reading_path)
        self._step: ReadingStep | None = None
        self._n_searched = 0
        self._looks: dict[str, str] = {}
        """By location what photos, observations and verdicts say of it, as far as they go; the later the stronger."""
        self._seen: dict[str, str] = {}
        self._observed: dict[str, str] = {}
        self._judged: dict[str, str] = {}
        self._observed_at_s = self._judged_at_s = -1.0
        self._n_poses = 0
        self._report: Report | None = None
        self._planned: frozenset[str] | None = None
        self._observable = frozenset(b.code.text for b in site.layout.bins if b.kind.is_observable)
        self._out_of_use = {b.code.text for b in site.layout.bins if b.kind in OUT_OF_USE}

    def look(self, flights: FlightSight) -> RunSight:
        """Take in what has come since the last look, and return what there is to see."""
        changed = self._take_plan(flights) | self._take_frames() | self._take_steps() | self._take_observations()
        stage = self._stage(flights)
        changed |= self._take_verdicts(stage)
        for code in changed:
            self.places.set(code, self._state(code))
        self.places.turn()
        now, judged_at_s = time.time(), changed_at_s(self.run.reconciliation.datapackage_path)
        has_page = stage is Stage.COMPARED and changed_at_s(self.run.report_path) >= judged_at_s - _SAME_S
        return RunSight(
            stage=stage,
            flights=flights,
            n_taken=sum(self._n_taken.values()),
            step=self._step,
            n_searched=self._n_searched,
            quiet_s=max(0.0, now - changed_at_s(self.run.reading_path)) if stage is Stage.READING else 0.0,
            report=self._report if stage is Stage.COMPARED else None,
            has_page=has_page,
            is_over=stage is Stage.COMPARED and (has_page or now - judged_at_s > _REPORT_AWAITED_S),
        )

    # -- what the files say ----------------------------------------------------------------------------------------------------

    def _take_plan(self, flights: FlightSight) -> set[str]:
        planned = flights.planned if flights.is_planned else self._observable
        if planned == self._planned:
            return set()
        self._planned = planned
        return set(self.places.codes)

    def _take_frames(self) -> set[str]:
        changed: set[str] = set()
        for name in self.run.sorties():
            lines = self._frames.setdefault(name, GrowingLines(self.run.frames_path(name)))
            frames = list(lines.records(FrameRecord))
            self._n_taken[name] = (0 if lines.is_anew else self._n_taken.get(name, 0)) + len(frames)
            for frame in frames:
                changed.update(self._photographed.first_by(frame))
        self._seen.update(dict.fromkeys(changed, PHOTOGRAPHED))
        return changed

    def _take_steps(self) -> set[str]:
        steps = list(self._steps.records(ReadingStep))
        changed: set[str] = set()
        if self._steps.is_anew:
            changed, self._step, self._n_searched = set(self._looks), None, 0
            self._looks.clear()
        for step in steps:
            self._step = step
            self._n_searched = step.n_done if step.what == PHOTOS else self._n_searched
            self._looks.update(dict.fromkeys(step.empty, EMPTY) | dict.fromkeys(step.read, READ))
            changed.update(step.empty, step.read)
        return changed

    def _take_observations(self) -> set[str]:
        path = self.run.observations_path
        if (at_s := changed_at_s(path)) == self._observed_at_s:
            return set()
        try:
            observed = {o.location: state_of(o) for o in self.run.read_lines(path, Observation)} if at_s else {}
            poses = self.run.poses_path.read_bytes().count(b"\n") if at_s and self.run.poses_path.is_file() else 0
        except (BadInputError, OSError):
            return set()
        self._observed, self._n_poses, self._observed_at_s = observed, poses, at_s
        return set(self.places.codes)

    def _take_verdicts(self, stage: Stage) -> set[str]:
        at_s = changed_at_s(self.run.reconciliation.datapackage_path) if stage is Stage.COMPARED else 0.0
        if at_s == self._judged_at_s:
            return set()
        try:
            self._report = build_report(read_tables(self.run), self.site.layout) if at_s else None
        except BadInputError:
            return set()
        self._judged = {} if self._report is None else {code: place.shown for code, place in self._report.places.items()}
        self._judged_at_s = at_s
        return set(self.places.codes)

    # -- what follows from it --------------------------------------------------------------------------------------------------

    def _stage(self, flights: FlightSight) -> Stage:
        n_taken = sum(self._n_taken.values())
        is_reading = self._step is not None and self._step.what != DONE
        if flights.is_under_way:
            return Stage.FLYING
        if is_reading and changed_at_s(self.run.reading_path) >= self._observed_at_s - _SAME_S:
            return Stage.READING
        if self._observed and self._n_poses >= n_taken:
            compared_at_s = changed_at_s(self.run.reconciliation.datapackage_path)  # it is written last
            return Stage.COMPARED if compared_at_s >= self._observed_at_s - _SAME_S else Stage.READ
        if flights.is_planned and not flights.is_flown:
            return Stage.PAUSED if n_taken else Stage.PLANNED
        return Stage.FLOWN if n_taken else Stage.PLANNED

    def _state(self, code: str) -> str:
        if code in self._judged:
            return self._judged[code]
        is_planned = self._planned is not None and code in self._planned
        observed = self._observed.get(code, "")
        if not is_planned and code in self._out_of_use and observed in ("", UNSEEN, NOT_IN_COUNT):
            return LEFT_OUT
        if observed not in ("", UNSEEN, NOT_IN_COUNT):
            return observed
        own = self._looks.get(code) or self._seen.get(code)
        if own:
            return own if observed != UNSEEN or own != PHOTOGRAPHED else UNSEEN
        return observed or (PLANNED if is_planned else NOT_IN_COUNT)
