"""Fly a whole plan with as many drones at once as it is for; a single drone is a fleet of one."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace

from mission.flying.fleet.airspace import Airspace
from mission.flying.fleet.crew import Crew, fly_at_once
from mission.flying.fleet.right_of_way import RightOfWay
from mission.flying.fleet.verdict import judge_fleet
from mission.flying.flight import FlightOutcome, Report
from mission.flying.operator import Operator
from mission.flying.scan import GoOnAfter, NextFlight, VehicleAt, next_flight
from mission.flying.stop_request import StopRequest
from mission.flying.under_way import flight_under_way
from mission.records import ScanPlan, Sortie
from warehouse.companion_camera import CompanionCamera
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder
from warehouse.site import Site


def fly_plan(
    run: RunFolder,
    site: Site,
    plan: ScanPlan,
    vehicle_at: VehicleAt,
    report: Report | None = None,
    *,
    n_drones: int | None = None,
    operator: Operator | None = None,
    heeds_glides: bool = True,
    go_on_after: GoOnAfter | None = None,
    camera: CompanionCamera | None = None,
    stop: StopRequest | None = None,
) -> list[FlightOutcome]:
    """Fly what is left of every sortie, with so many drones at once as the plan is for, or with fewer.

    VehicleError when one sortie ends otherwise than on its pad after its last lane; of several drones FleetError, when the others
    have flown all that they could. `vehicle_at`, `report`, `go_on_after` and the operator of each drone (`Operator.of_drone`) are
    then called from a thread a drone.

    `go_on_after` is asked then whether to fly what is left of it at once, for instance by a person who has changed the battery.

    With a `camera` of this computer its frames are the photos of every sortie; BadInputError when several drones fly.

    Several drones are asked to `stop` by it, or, where it is None, by the signals of this process.

    An outcome is written to its sortie's flight.json as soon as the photos are there: what stands in that file is not flown again.
    """
    n_drones = min(n_drones or plan.n_drones, plan.n_drones)
    if camera is not None and n_drones > 1:
        raise BadInputError(
            f"--camera: one camera of this computer, and {n_drones} drones fly at once",
            remedy="fly them one after the other (--drones 1), or let each autopilot trigger a camera of its own",
        )
    operator = operator or Operator()
    airspace = Airspace(site)
    with StopRequest() if n_drones > 1 and stop is None else nullcontext(stop) as asked:
        crews = [
            Crew(
                run=run,
                site=site,
                sorties=_share(run, plan, drone, n_drones),
                right_of_way=RightOfWay(airspace, drone, n_drones),
                vehicle_at=vehicle_at,
                report=report,
                operator=operator.of_drone(drone),
                heeds_glides=heeds_glides,
                go_on_after=go_on_after,
                stop=asked,
                camera=camera,
            )
            for drone in range(1, n_drones + 1)
        ]
        if asked is None:  # in this thread, where Ctrl-C ends a preparation at once
            crews[0].fly()
            return crews[0].outcomes
        fly_at_once(crews)
    return judge_fleet(run, site, plan, crews)


def first_flight(run: RunFolder, site: Site, plan: ScanPlan, drone: int, n_drones: int) -> NextFlight | None:
    """Return what one of `n_drones` drones would fly first; None when nothing is left for it."""
    for planned in _share(run, plan, drone, n_drones):
        todo = next_flight(run, site, planned)
        if todo is not None:
            return replace(todo, sortie=replace(todo.sortie, drone=drone))
    return None


def _share(run: RunFolder, plan: ScanPlan, drone: int, n_drones: int) -> list[Sortie]:
    """Return the sorties of one drone in order, first what may be in the air; too few drones share those of the missing ones."""
    mine = [sortie for sortie in plan.sorties if (sortie.drone - 1) % n_drones == drone - 1]
    return sorted(mine, key=lambda sortie: (flight_under_way(run, sortie.name) is None, sortie.start_s))
