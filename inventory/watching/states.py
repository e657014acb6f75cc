"""How far each location of a run has come, numbered so that whoever has seen a number is told only what changed since."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inventory.report.model import SHOWN
from warehouse.observations import SURE, Observation, ObservationStatus

PLANNED, PHOTOGRAPHED, READ, DOUBT = "planned", "photographed", "read", "doubt"
EMPTY, UNREADABLE, UNSEEN = "empty", "unreadable", "unseen"
NOT_IN_COUNT, LEFT_OUT = "not_in_count", "left_out"
STATES = (PLANNED, PHOTOGRAPHED, READ, DOUBT, EMPTY, UNREADABLE, UNSEEN, *SHOWN)
"""On the way, then the verdicts of the report, and its two reasons for having none."""

_NOT_MEANT = (NOT_IN_COUNT, LEFT_OUT)
_UNKNOWN = (PLANNED, PHOTOGRAPHED, UNSEEN, UNREADABLE, "unverified")


@dataclass(frozen=True, slots=True)
class Share:
    """How far some locations have come together."""

    n_photographed: int
    n_read: int
    """Of which something is known: read or seen empty."""
    n_meant: int
    """All but those that are not in this count."""


def state_of(observation: Observation) -> str:
    """Return how an observed location is shown while nothing was compared yet."""
    status = observation.status
    if status is ObservationStatus.UNREADABLE:
        return UNREADABLE
    if status in (ObservationStatus.READ, ObservationStatus.EMPTY):
        return DOUBT if observation.confidence < SURE else READ if status is ObservationStatus.READ else EMPTY
    return UNSEEN if status is ObservationStatus.UNSEEN else NOT_IN_COUNT


class PlaceStates:
    """The state of each location, in the order of the layout."""

    def __init__(self, codes: Sequence[str]) -> None:
        """Begin with nothing known of any."""
        self.codes = tuple(codes)
        self.version = 0
        self._index = {code: i for i, code in enumerate(self.codes)}
        self._states = [NOT_IN_COUNT] * len(self.codes)
        self._since = [0] * len(self.codes)
        self._counts = Counter({NOT_IN_COUNT: len(self.codes)})

    def __getitem__(self, code: str) -> str:
        """Return the state of a location."""
        return self._states[self._index[code]]

    def __contains__(self, code: object) -> bool:
        """Return whether the layout has that location."""
        return code in self._index

    def set(self, code: str, state: str) -> None:
        """Note a state under the next version; `turn` makes it the present one."""
        index = self._index.get(code)
        if index is None or self._states[index] == state:
            return
        self._counts[self._states[index]] -= 1
        self._counts[state] += 1
        self._states[index], self._since[index] = state, self.version + 1

    def turn(self) -> bool:
        """Close a look; return whether it changed anything."""
        has_changed = self.version + 1 in self._since
        self.version += has_changed
        return has_changed

    def changes(self, since: int) -> dict[str, list[int]]:
        """Return the places that changed after version `since`, as indices into `codes`, by their present state.

        A version that never was counts as none: it is of another watcher, before this one.
        """
        found: dict[str, list[int]] = {}
        since = max(since, 0) if since <= self.version else 0
        if since < self.version:
            for index, (state, version) in enumerate(zip(self._states, self._since, strict=True)):
                if version > since:
                    found.setdefault(state, []).append(index)
        return found

    def share(self, codes: Iterable[str]) -> Share:
        """Return how far these locations have come."""
        meant = [state for code in codes if (state := self[code]) not in _NOT_MEANT]
        n_photographed = sum(state not in (PLANNED, UNSEEN) for state in meant)
        return Share(n_photographed, sum(state not in _UNKNOWN for state in meant), len(meant))

    @property
    def counts(self) -> dict[str, int]:
        """Number of locations by state, in the order of STATES; only of states that there are."""
        return {state: n for state in STATES if (n := self._counts[state])}
