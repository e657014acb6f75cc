"""The error of the external navigation: seeded, none on the floor, as large as asked, and a drift that follows the way flown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sitl.navigation_error import PERIOD_S, NavigationError, Wander
from warehouse.site_file import load_site

SITE = load_site(Path(__file__).parents[2] / "sitl" / "demo_site")
LENGTH_M = SITE.layout.aisles[0].length_m


def flown(error: NavigationError, *, seed: int = 5, n: int = 400, step_m: float = 0.25) -> NDArray[np.float64]:
    """Return the errors (n, 2) of a drone that goes straight on."""
    wander = Wander(SITE, seed, error)
    values = [wander.due(i * PERIOD_S, (0.0, i * step_m, 1.0)) for i in range(n)]
    return np.array([v for v in values if v is not None])


def test_the_same_seed_strays_alike_and_another_one_does_not() -> None:
    error = NavigationError(sigma_m=0.15)
    assert (flown(error) == flown(error)).all()
    assert (flown(error) != flown(error, seed=6)).any()


def test_it_strays_as_far_as_asked_both_ways() -> None:
    errors = flown(NavigationError(sigma_m=0.15), n=20_000)
    assert errors.std(axis=0) == pytest.approx([0.15, 0.15], rel=0.1)
    assert np.abs(np.diff(errors, axis=0)).max() < 0.25


def test_the_drift_goes_away_comes_back_and_goes_to_the_other_side() -> None:
    n_a_length = round(LENGTH_M / 0.1)
    errors = flown(NavigationError(drift_m=0.45), n=4 * n_a_length + 1, step_m=0.1)
    assert errors[:, 0] == pytest.approx(0.0, abs=1e-9)  # the aisle of the demo site runs along y
    assert errors[::n_a_length, 1] == pytest.approx([0.0, 0.45, 0.0, -0.45, 0.0], abs=0.01)


def test_nothing_is_due_on_the_floor_before_its_time_or_without_an_error() -> None:
    wander = Wander(SITE, 5, NavigationError(sigma_m=0.15))
    assert wander.due(1.0, (0.0, 0.0, 0.05)) is None
    assert wander.due(1.0, (0.0, 0.0, 1.0)) is not None
    assert wander.due(1.0 + PERIOD_S / 2, (0.0, 0.0, 1.0)) is None
    assert len(flown(NavigationError())) == 0
