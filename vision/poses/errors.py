"""How wrong recorded poses are, judged by what the frames show: the autopilot does not know its drift.

The errors of one lane are taken for a sum of three Gaussian processes along the way flown: white ones, ones that stay alike for
some metres, and a slow drift with a constant part. Their sizes are those under which what was seen is most likely (the evidence of
Bayesian linear regression, C. M. Bishop, Pattern Recognition and Machine Learning, section 3.5), never less than the record says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vision.poses.adjustment import N_UNKNOWNS, Equations

Vector = NDArray[np.float64]

SHORT_M = 1.5
"""Way over which the middle kind of error stays alike."""
LONG_M = 12.0
"""Way over which drift stays alike."""
OUTWARD_DRIFT_M = 0.06
"""Most that the distance from the rack is taken to drift: the drone flies between two racks and hits neither."""
_STEPS: dict[str, tuple[float, ...]] = {
    "white_m": (0.01, 0.03, 0.06, 0.1, 0.15, 0.22),
    "short_m": (0.0, 0.03, 0.08, 0.16, 0.3),
    "drift_m": (0.0, 0.05, 0.12, 0.25, 0.4, 0.6),
    "upward_m": (0.01, 0.03, 0.06, 0.1, 0.15, 0.22),
    "rise_m": (0.02, 0.05, 0.12, 0.25, 0.4, 0.8),
    "heading_rad": (0.005, 0.015, 0.035),
}
_ROUNDS = 3
_N_PLACES = 3
"""Of a frame's unknowns, the first ones are of its place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorModel:
    """Standard deviations of the errors of recorded poses."""

    recorded_m: float
    """What the records say: all horizontal errors together are never taken for less."""
    white_m: float
    short_m: float
    drift_m: float
    upward_m: float
    """White errors of the height."""
    rise_m: float
    """Drift of the height."""
    heading_rad: float

    def level_m(self) -> float:
        """Return the standard deviation of a horizontal error, all kinds together."""
        return float(np.sqrt(self.white_m**2 + self.short_m**2 + self.drift_m**2))

    def covariances(self, travelled_m: Vector) -> list[Vector]:
        """Return the covariances (n, n) of along, height, standoff and heading of one lane."""
        n = len(travelled_m)
        apart = np.abs(travelled_m[:, None] - travelled_m[None, :])
        # Matern 3/2: a drift goes on for a while as it went, a random walk would not.
        slow = (1 + np.sqrt(3) * apart / LONG_M) * np.exp(-np.sqrt(3) * apart / LONG_M)
        missing = max(self.recorded_m**2 - self.white_m**2 - self.short_m**2, 0.0)
        level = self.white_m**2 * np.eye(n) + self.short_m**2 * np.exp(-apart / SHORT_M)
        along = level + max(self.drift_m**2, missing) * slow
        outward = level + max(min(self.drift_m, OUTWARD_DRIFT_M) ** 2, missing) * slow
        upward = self.upward_m**2 * np.eye(n) + max(self.recorded_m**2 - self.upward_m**2, self.rise_m**2) * slow
        turned = self.heading_rad**2 * (0.5 * np.eye(n) + 0.5 * np.exp(-apart / SHORT_M))
        return [along, upward, outward, turned]


LOOSE = ErrorModel(recorded_m=0.15, white_m=0.15, short_m=0.16, drift_m=0.7, upward_m=0.15, rise_m=0.4, heading_rad=0.035)
"""Believed before anything is known of a flight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What was seen in one group of lanes, and how its frames follow one another."""

    equations: Equations
    lanes: tuple[tuple[NDArray[np.intp], Vector], ...]
    """For each lane, the numbers of its frames and the way flown up to each."""
    excess_m2: Vector
    """(n,) variance that a frame's own record claims beyond that of the run: of its place, each way."""


@dataclass(frozen=True, slots=True)
class Solution:
    """Errors of the frames' poses, as far as they are known."""

    errors: Vector
    """(n, 4): what has to be added to along, height, standoff (m) and heading (rad)."""
    covariance: Vector
    """(4 n, 4 n)"""


def solve(problem: Problem, model: ErrorModel) -> Solution:
    """Return the most likely errors under `model`, with their covariance."""
    precision, _ = _prior(problem, model)
    covariance = np.linalg.inv(problem.equations.a + precision)
    errors = np.asarray(covariance @ problem.equations.b, dtype=np.float64)
    return Solution(errors.reshape(-1, N_UNKNOWNS), np.asarray(covariance, dtype=np.float64))


def likeliest(problem: Problem, model: ErrorModel) -> Vector:
    """Return the errors (n, 4) that `solve` gives, in a third of the time, without their covariance."""
    precision, _ = _prior(problem, model)
    return np.asarray(np.linalg.solve(problem.equations.a + precision, problem.equations.b)).reshape(-1, N_UNKNOWNS)


def fit(problems: Sequence[Problem], recorded_m: float, *, are_heights_told: bool) -> ErrorModel:
    """Return the sizes of errors under which what all `problems` show is most likely.

    `are_heights_told` says whether something of known height is seen. Without it a drift of the height is not looked for: labels
    share it, levels are far apart, and one figure stands for how sure a place is in all directions.
    """
    least = {name: sizes[0] for name, sizes in _STEPS.items()}
    model = ErrorModel(recorded_m=recorded_m, **least)
    best = sum(_evidence(p, model) for p in problems)
    for _ in range(_ROUNDS):
        before = model
        for candidate in _neighbours(model, are_heights_told=are_heights_told):
            changed = replace(model, **candidate)
            score = sum(_evidence(p, changed) for p in problems)
            if score > best + 1e-6:
                best, model = score, changed
        if model == before:
            break
    return model


def _neighbours(model: ErrorModel, *, are_heights_told: bool) -> Iterator[dict[str, float]]:
    # White and short errors stand in for one another, so that changing one at a time ends where neither is right.
    for white in _STEPS["white_m"]:
        for short in _STEPS["short_m"]:
            if (white, short) != (model.white_m, model.short_m):
                yield {"white_m": white, "short_m": short}
    for name in ("drift_m", "upward_m", *(("rise_m",) if are_heights_told else ()), "heading_rad"):
        for size in _STEPS[name]:
            if size != getattr(model, name):
                yield {name: size}


def _evidence(problem: Problem, model: ErrorModel) -> float:
    """Return the log-likelihood of what was seen, up to a constant that no model changes."""
    precision, log_determinant = _prior(problem, model)
    lower = np.linalg.cholesky(problem.equations.a + precision)
    half = np.linalg.solve(lower, problem.equations.b)
    return float(half @ half + log_determinant) / 2 - float(np.log(np.diag(lower)).sum())


def _prior(problem: Problem, model: ErrorModel) -> tuple[Vector, float]:
    """Return the precision (4 n, 4 n) of all errors before anything is seen, and the logarithm of its determinant."""
    n = len(problem.equations.b)
    precision, log_determinant = np.zeros((n, n)), 0.0
    for numbers, travelled in problem.lanes:
        own = np.diag(problem.excess_m2[numbers])
        for kind, usual in enumerate(model.covariances(travelled)):
            at = N_UNKNOWNS * numbers + kind
            covariance = usual + own if kind < _N_PLACES else usual
            precision[np.ix_(at, at)] = np.linalg.inv(covariance)
            log_determinant -= float(np.linalg.slogdet(covariance)[1])
    return precision, log_determinant
