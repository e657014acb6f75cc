"""The steps that look again where the search of whole photos left something open.

That is a bin without a label, and a label that one photo alone reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from vision.bins.bin_files import BinFile
from vision.bins.looking import BinLook, BinTask, look_at_bin
from vision.bins.range_evidence import NO_READINGS, RangeEvidence
from vision.bins.second_photo import LabelLook, LabelTask, label_task, look_for_label
from vision.codes.decoded import Decoded
from vision.poses.errors import ErrorModel
from vision.reading.reading import Reading
from vision.reading.resume import FinishedWork, Step, task_key
from vision.reading.workers import ATTEMPTS, Lost
from warehouse.reading_step import BINS, LABELS

FoundIn = list[tuple[str, Decoded]]
"""Barcodes as (frame id, decode)."""
_Task = TypeVar("_Task", BinTask, LabelTask)
_Look = TypeVar("_Look", BinLook, LabelLook)


class CloseLooks:
    """Looks at each bin, and for each label, once at most."""

    def __init__(self, reading: Reading, ranges: Mapping[str, RangeEvidence], model: ErrorModel | None) -> None:
        """`ranges` is what the range sensor says of each location, `model` the errors of the photos' places."""
        self.faults: list[str] = []
        """Bins that could not be looked at, in words."""
        self._reading, self._ranges, self._model = reading, ranges, model
        self._tried: set[str] = set()
        self._sought: set[tuple[str, str]] = set()

    def at(self, bins: Mapping[str, BinFile]) -> FoundIn | None:
        """Look at what is open now, bins without a label first; return what that gave, or None when nothing is open any more."""
        unread = [file for code, file in bins.items() if file.needs_hard_look and code not in self._tried]
        if unread:
            self._tried.update(file.bin.code.text for file in unread)
            return self._look_at(unread)
        tasks = self._label_tasks(bins)
        return self._look_for(tasks) if tasks else None

    def _label_tasks(self, bins: Mapping[str, BinFile]) -> list[LabelTask]:
        tasks = []
        for code, file in bins.items():
            for label in file.labels:
                key = code, str(label.pallet)
                task = label_task(self._reading.site, label, file.views) if key not in self._sought else None
                if task is not None:
                    self._sought.add(key)
                    tasks.append(task)
        return tasks

    def _look_for(self, tasks: list[LabelTask]) -> FoundIn:
        reading = self._reading
        job = partial(look_for_label, reading.files, reading.site)
        reading.log.begin(LABELS, len(tasks))
        path = reading.run.labels_progress_path
        looks: dict[int, LabelLook] = {}
        for index, result in self._results("looking for a second photo of labels", job, tasks, path, LabelLook):
            reading.log.label()
            if not isinstance(result, Lost):  # else the one photo that read it still stands
                looks[index] = result
        return [found for _, look in sorted(looks.items()) for found in look.found]

    def _look_at(self, unread: list[BinFile]) -> FoundIn:
        reading = self._reading
        tasks = [
            BinTask(
                bin=file.bin,
                frames=tuple(v.frame for v in file.views),
                ranges=self._ranges.get(file.bin.code.text, NO_READINGS),
                model=self._model,
            )
            for file in unread
        ]
        job = partial(look_at_bin, reading.files, reading.site)
        reading.log.begin(BINS, len(tasks))
        lost = []
        for index, result in self._results("looking closely at bins", job, tasks, reading.run.bins_progress_path, BinLook):
            reading.log.bin(unread[index].bin, None if isinstance(result, Lost) else result)
            if isinstance(result, Lost):
                code = unread[index].bin.code.text
                lost.append(f"location {code}: looking closely at it killed {ATTEMPTS} reading processes one after the other")
            else:
                unread[index].look = result
        self.faults += sorted(lost)
        return [found for file in unread if file.look is not None for found in file.look.found]

    def _results(
        self, what: str, job: Callable[[_Task], _Look], tasks: Sequence[_Task], path: Path, record: type[_Look]
    ) -> Iterator[tuple[int, _Look | Lost]]:
        """Yield (index of the task, what it gave) as they are done; what an earlier start has finished at `path` comes first."""
        reading = self._reading
        step = Step(
            what=what,
            job=job,
            tasks=tasks,
            keys=[task_key(t, [reading.stamps[f.file] for f in t.frames]) for t in tasks],
            finished=FinishedWork(run=reading.run, path=path, rules=reading.rules, record=record),
        )
        for index, result, _ in step.results(reading.crew, reading.progress):
            yield index, result
