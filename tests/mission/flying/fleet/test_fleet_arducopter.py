"""Two real ArduCopters at once: one loses its position and lands, the other does not notice."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from benchmarks.fleet_hall import make_fleet_hall
from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.fleet.verdict import FleetError
from mission.flying.scan import NextFlight, flight_log
from mission.flying.watch import Ending
from sitl.session import vehicle_on_pad
from tests.mission.flying.pilot import disturbed_after, set_parameter


@pytest.mark.arducopter
@pytest.mark.skipif("ARDUCOPTER" not in os.environ, reason="$ARDUCOPTER is not set")
def test_one_of_two_loses_its_position_and_the_other_finishes(tmp_path: Path) -> None:
    hall = make_fleet_hall(tmp_path / "hall", aisles=2, bays=2, n_drones=2)

    @contextmanager
    def at(todo: NextFlight) -> Iterator[str]:
        drone = todo.sortie.drone
        with vehicle_on_pad(
            "ardupilot", hall.site, home_pad=todo.sortie.home_pad, seed=1, speedup=6.0, instance=drone - 1
        ) as vehicle:
            if drone == 2:
                yield vehicle.endpoint
                return
            with disturbed_after(hall.run, 6, partial(set_parameter, vehicle.camera_endpoint, "SIM_VICON_FAIL", 1)):
                yield vehicle.endpoint

    with pytest.raises(FleetError, match=r"1 of 2 drones flew all that was theirs\.\n  drone 1: sortie 01 .*position was lost"):
        fly_plan(hall.run, hall.site, hall.plan, at)
    first, second = (flight_log(hall.run, name).flights[0] for name in ("01", "02"))
    assert (first.ending, first.trouble) == (Ending.LANDED_EARLY, "position_lost")
    assert (second.ending, second.drone) == (Ending.COMPLETED, 2)
    assert first.n_messages_lost == second.n_messages_lost == 0
