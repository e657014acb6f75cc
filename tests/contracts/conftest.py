"""One vehicle for all tests of a module, and its one ground station: both kinds fly the same tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.ground_station import GroundStation
from tests.contracts.vehicles import GUIDED, KINDS, ORIGIN, SPEEDUP, STREAMS, Candidate, candidate


@pytest.fixture(scope="module", params=KINDS)
def vehicle(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Candidate]:
    with candidate(request.param, tmp_path_factory.mktemp(request.param), speedup=SPEEDUP, hover_s=900) as started:
        yield started


@pytest.fixture(scope="module")
def ground(vehicle: Candidate) -> Iterator[GroundStation]:
    """The one ground station of the module, from the first second after boot on."""
    with vehicle.connect() as station:
        station.stream(*STREAMS)
        yield station


@pytest.fixture(scope="module")
def ready(ground: GroundStation) -> GroundStation:
    """The ground station of a vehicle that may be armed in GUIDED."""
    ground.become_ready(ORIGIN, GUIDED)
    return ground


@pytest.fixture
def idle(ready: GroundStation) -> Iterator[GroundStation]:
    """A vehicle that stands disarmed in GUIDED without a mission."""
    yield ready
    assert ready.set_mode(GUIDED) == 0
    assert ready.clear() == 0
