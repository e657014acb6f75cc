"""Whatever ends the preparations, nothing takes off, nor is the vehicle left in AUTO, in which the next arming would."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mission.flying import preparation
from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.flight import FlightProgress
from mission.flying.link import VehicleLink
from mission.flying.operator import NotWantedError, Operator
from mission.flying.orders import Order
from mission.flying.preparation import wait_for_consent
from mission.flying.scan import NextFlight
from mission.records import ScanPlan
from sitl.copter.modes import Mode
from sitl.lockstep import LockstepTransport, LockstepVehicle
from sitl.session import home_of_pad
from warehouse.errors import VehicleError
from warehouse.run_folder import RunFolder
from warehouse.site import Site


class Asked(Operator):
    """Says yes at once."""

    asks = True


class Landing(Operator):
    """Pressed the key for a landing while the drone was on its pad."""

    def __init__(self) -> None:
        super().__init__()
        self._orders = [Order.LAND]

    def next_order(self) -> tuple[Order, float] | None:
        return (self._orders.pop(), 1.0) if self._orders else None


@pytest.fixture
def vehicle(site: Site, plan: ScanPlan) -> LockstepVehicle:
    return LockstepVehicle(home_of_pad(site, plan.sorties[0].home_pad), seed=3)


def test_a_check_of_the_autopilot_that_fails_after_the_yes_does_not_leave_it_in_auto(
    vehicle: LockstepVehicle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preparation, "CONSENT_READY_S", 2.0)  # cold, it is not ready before half a minute
    modes = set()
    vehicle.on_step.append(lambda: modes.add(vehicle.autopilot.mode))
    with VehicleLink(vehicle.connect(), tmp_path / "flight.tlog") as link:
        link.meet()
        with pytest.raises(VehicleError, match="waited 2 s"):
            wait_for_consent(link, Asked())
    assert Mode.AUTO in modes
    assert vehicle.autopilot.mode is Mode.GUIDED


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), OSError(28, "No space left on device")])
def test_a_fault_at_the_moment_of_arming_does_not_leave_it_in_auto(
    fault: BaseException, vehicle: LockstepVehicle, run: RunFolder, site: Site, plan: ScanPlan
) -> None:
    def fail(progress: FlightProgress) -> None:
        if progress.phase == "arming":
            assert vehicle.autopilot.mode is Mode.AUTO
            raise fault

    @contextmanager
    def here(_: NextFlight) -> Iterator[LockstepTransport]:
        yield vehicle.connect()

    with pytest.raises(type(fault)):
        fly_plan(run, site, plan, here, fail)
    assert (vehicle.autopilot.mode, vehicle.autopilot.is_armed) == (Mode.GUIDED, False)


def test_a_landing_that_is_ordered_before_the_take_off_keeps_the_drone_on_its_pad(
    vehicle: LockstepVehicle, run: RunFolder, site: Site, plan: ScanPlan
) -> None:
    @contextmanager
    def here(_: NextFlight) -> Iterator[LockstepTransport]:
        yield vehicle.connect()

    armed = []
    vehicle.on_step.append(lambda: armed.append(vehicle.autopilot.is_armed))
    with pytest.raises(NotWantedError, match="a landing was ordered before the take-off"):
        fly_plan(run, site, plan, here, operator=Landing())
    assert not any(armed)
    assert vehicle.autopilot.mode is Mode.GUIDED
