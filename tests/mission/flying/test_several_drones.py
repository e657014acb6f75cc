"""A plan for several drones at once is not flown by one program that knows one vehicle."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from mission.flying.scan import NextFlight, fly_plan
from mission.records import ScanPlan
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder
from warehouse.site import Site


def test_a_plan_for_two_drones_is_refused_before_any_vehicle_is_asked_for(run: RunFolder, site: Site, plan: ScanPlan) -> None:
    @contextmanager
    def no_vehicle(todo: NextFlight) -> Iterator[str]:
        pytest.fail(f"a vehicle was asked for: {todo}")
        yield ""

    with pytest.raises(BadInputError) as refused:
        fly_plan(run, site, replace(plan, n_drones=2), no_vehicle)
    assert "for 2 drones at once" in refused.value.what
    assert "--drones 1" in refused.value.remedy
