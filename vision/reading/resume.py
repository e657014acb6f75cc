"""What a long step has finished, kept on disk: a step that was killed goes on with the rest.

A result is used again only where everything that it depends on is as it was: the task itself with the sizes and times of its files
(its key), and the program, the engines and the site (the rules of the file). Otherwise the work is simply done again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Generic, TypeVar

from vision.codes import zbar_engine
from vision.pictures.frame_files import FileStamp
from vision.reading.workers import Crew, Lost
from warehouse.records import from_json, to_json
from warehouse.run_folder import RunFolder
from warehouse.site import Site

Task = TypeVar("Task")
Result = TypeVar("Result")
Progress = Callable[[int, int, str], None]
"""Called with (done, of how many, what is being done)."""

_ENGINES = ("biip", "numpy", "opencv-python-headless", "pyzbar", "zxing-cpp")
_PACKAGES = ("vision", "warehouse")


def program_digest() -> str:
    """Return what results depend on besides run and site: our sources and the versions of the engines, as a digest (hex)."""
    digest = hashlib.sha256()
    for package in _PACKAGES:
        for path in sorted((Path(__file__).parents[2] / package).rglob("*.py")):
            digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    for name in _ENGINES:
        digest.update(f"{name} {metadata.version(name)}\n".encode())
    digest.update(b"zbar" if zbar_engine.is_available() else b"no zbar")
    return digest.hexdigest()


def reading_rules(site: Site) -> str:
    """Return the digest of everything that all results of a run depend on."""
    return hashlib.sha256(f"{program_digest()} {site.digest}".encode()).hexdigest()[:32]


def task_key(task: Any, stamps: Sequence[FileStamp]) -> str:
    """Return the digest of a task (a record) and of the versions of its files."""
    text = json.dumps([to_json(task), [to_json(stamp) for stamp in stamps]], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One line of a file of finished work; the first line has the rules in the place of a key, and no result."""

    key: str
    result: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedWork(Generic[Result]):
    """A line file of finished tasks."""

    run: RunFolder
    path: Path
    rules: str
    """As `reading_rules`: a file of other rules is begun anew."""
    record: type[Result]

    def load(self, wanted: set[str]) -> dict[str, Result]:
        """Return the results by key, of the keys that are wanted; a line that cannot be read is work that is not done."""
        lines = _lines(self.path)
        if next(lines, None) != {"key": self.rules, "result": None}:
            self.run.remove(self.path)
            self.run.append_line(self.path, _Line(key=self.rules))
            return {}
        known: dict[str, Result] = {}
        for line in lines:
            if isinstance(line, dict) and line.get("key") in wanted:
                try:
                    known[line["key"]] = from_json(self.record, line.get("result"))
                except ValueError:
                    continue
        return known

    def add(self, key: str, result: Result) -> None:
        """Keep one more result."""
        self.run.append_line(self.path, _Line(key=key, result=to_json(result)))


def _lines(path: Path) -> Iterator[Any]:
    if not path.exists():
        return
    with path.open("rb") as stream:
        for line in stream:
            try:
                yield json.loads(line)
            except ValueError:
                yield None


def _as_it_is(result: Any) -> Any:
    return result


def _always(_: Any) -> bool:
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Generic[Task, Result]):
    """One long step: a job, its tasks with their keys, and where finished work is kept."""

    what: str
    """In words, for the progress bar."""
    job: Callable[[Task], Any]
    tasks: Sequence[Task]
    keys: Sequence[str]
    finished: FinishedWork[Result]
    accept: Callable[[Any], Result] = _as_it_is
    """Done here, not by a worker, with what the job returned; gives the result that is kept."""
    holds: Callable[[Result], bool] = _always
    """Whether a result may be used by a later start, too."""

    def results(self, crew: Crew, progress: Progress | None) -> Iterator[tuple[int, Result | Lost, bool]]:
        """Yield (index of the task, its result, whether it was known from an earlier start) for every task, in any order."""
        known = {key: result for key, result in self.finished.load(set(self.keys)).items() if self.holds(result)}
        todo = [i for i, key in enumerate(self.keys) if key not in known]
        n_done = len(self.tasks) - len(todo)
        if progress:
            progress(n_done, len(self.tasks), self.what)
        for i, key in enumerate(self.keys):
            if key in known:
                yield i, known[key], True
        known.clear()
        for at, given in crew.each(self.job, [self.tasks[i] for i in todo]):
            index = todo[at]
            result = given if isinstance(given, Lost) else self.accept(given)
            # A lost one may have died of a machine too full: it is tried again next time.
            if not isinstance(result, Lost) and self.holds(result):
                self.finished.add(self.keys[index], result)
            n_done += 1
            if progress:
                progress(n_done, len(self.tasks), self.what)
            yield index, result, False
