"""Short level ways on the floor plan: from turning point to turning point, past what stands in the way, in a hall of any size."""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mission.planning.obstacles import Indices, Vector

Place = tuple[float, float]
AreFree = Callable[[ArrayLike, ArrayLike], NDArray[np.bool_]]
"""Whether straight lines from (n, 3) or (3) to (n, 3) may be flown."""

_N_SECTORS, _N_EACH = 16, 4
"""A place is linked with so many of the nearest turning points in so many directions: enough for short ways, few in a hall."""


class Junctions:
    """Places at which a way may turn."""

    def __init__(self, places_m: Sequence[Place]) -> None:
        """Take the places, (n, 2)."""
        self.places_m: Vector = np.array(places_m, dtype=np.float64).reshape(-1, 2)

    def around(self, x_m: float, y_m: float) -> Indices:
        """Return the nearest places in each direction, by index."""
        apart = self.places_m - (x_m, y_m)
        if len(apart) <= _N_SECTORS * _N_EACH:
            return np.arange(len(apart))
        distance = np.hypot(apart[:, 0], apart[:, 1])
        sector = np.floor((np.arctan2(apart[:, 1], apart[:, 0]) / math.pi + 1.0) * _N_SECTORS / 2 - 1e-9).astype(np.intp)
        order = np.lexsort((distance, sector))
        begins = np.searchsorted(sector[order], sector[order])
        return np.asarray(order[np.arange(len(order)) - begins < _N_EACH])


class FloorWays:
    """The ways at one height. What was looked at once is remembered."""

    def __init__(self, junctions: Junctions, height_m: float, are_free: AreFree) -> None:
        """Prepare for the turning points at a height above the floor."""
        self._junctions, self._height_m, self._are_free = junctions, height_m, are_free
        self._places: list[Place] = [(float(x), float(y)) for x, y in junctions.places_m]
        self._links: dict[Place, list[tuple[int, float]]] = {}

    def way(self, start: Place, end: Place) -> list[Place] | None:
        """Return the turns of a short free way and its end; None when there is none."""
        if self._seen(start, [end])[0]:
            return [end]
        return self._pulled_tight([start, *found]) if (found := self._search(start, end)) else None

    def lengths_m(self, start: Place, ends: Sequence[Place]) -> list[float]:
        """Return the lengths of the ways from `start` to the places; infinite where there is none."""
        found = [math.dist(start, end) if seen else math.inf for end, seen in zip(ends, self._seen(start, ends), strict=True)]
        left = {i for i, length in enumerate(found) if length == math.inf}
        goals: dict[int, list[tuple[int, float]]] = {}
        for end in left:
            for i, distance in self._linked(ends[end]):
                goals.setdefault(i, []).append((end, distance))
        best = dict(self._linked(start))
        queue = [(cost, i, -1) for i, cost in best.items()]  # cost, turning point, and which of the ends lies behind it
        heapq.heapify(queue)
        while queue and left:
            cost, here, end = heapq.heappop(queue)
            if end >= 0:
                if end in left:
                    found[end] = cost
                    left.remove(end)
                continue
            if cost > best[here]:
                continue
            for end, distance in goals.get(here, ()):
                heapq.heappush(queue, (cost + distance, here, end))
            for other, distance in self._linked(self._places[here]):
                if cost + distance < best.get(other, math.inf) - 1e-9:
                    best[other] = cost + distance
                    heapq.heappush(queue, (cost + distance, other, -1))
        return found

    def _search(self, start: Place, end: Place) -> list[Place] | None:
        """Return the turns of the shortest way over the links, and its end, by A*."""
        last_links = dict(self._linked(end))
        best = dict(self._linked(start))
        came_from: dict[int, int] = {}
        goal = -1
        queue = [(cost + math.dist(self._places[i], end), i) for i, cost in best.items()]
        heapq.heapify(queue)
        done: set[int] = set()
        while queue:
            _, here = heapq.heappop(queue)
            if here == goal:
                turns = [end]
                while (here := came_from.get(here, goal)) != goal:
                    turns.append(self._places[here])
                return turns[::-1]
            if here in done:
                continue
            done.add(here)
            links = self._linked(self._places[here])
            for other, distance in [*links, (goal, last_links[here])] if here in last_links else links:
                cost = best[here] + distance
                if cost < best.get(other, math.inf) - 1e-9:
                    best[other], came_from[other] = cost, here
                    heapq.heappush(queue, (cost + (0.0 if other == goal else math.dist(self._places[other], end)), other))
        return None

    def _linked(self, place: Place) -> list[tuple[int, float]]:
        """Return the turning points (by index, with their distance) that are in sight of the place, of those around it."""
        if place not in self._links:
            around = self._junctions.around(*place)
            others = [self._places[i] for i in around]
            seen = self._seen(place, others)
            self._links[place] = [
                (int(i), math.dist(place, other)) for i, other, is_seen in zip(around, others, seen, strict=True) if is_seen
            ]
        return self._links[place]

    def _seen(self, place: Place, others: Sequence[Place]) -> NDArray[np.bool_]:
        ends = [(*other, self._height_m) for other in others]
        return self._are_free((*place, self._height_m), ends) if ends else np.zeros(0, dtype=np.bool_)

    def _pulled_tight(self, points: list[Place]) -> list[Place]:
        """Return the points after the first, without those that can be left out."""
        turns: list[Place] = []
        at = 0
        while at < len(points) - 1:
            seen = self._seen(points[at], points[at + 1 :])
            at += 1 + int(np.flatnonzero(seen)[-1]) if seen.any() else 1
            turns.append(points[at])
        return turns
