"""What came of several drones at once, in one sentence and one exit code, with what is left for the next start."""

from __future__ import annotations

from collections.abc import Sequence

from mission.flying.fleet.crew import Crew
from mission.flying.flight import FlightOutcome
from mission.flying.scan import next_flight
from mission.records import ScanPlan
from warehouse.errors import AislescanError, ExitCode, VehicleError
from warehouse.run_folder import RunFolder
from warehouse.site import Site


class FleetError(VehicleError):
    """Some of several drones did not fly all of their share; the others have flown what they could."""

    def __init__(self, what: str, *, remedy: str, outcomes: Sequence[FlightOutcome], exit_code: ExitCode) -> None:
        """Keep the `outcomes` of all drones beside the words."""
        super().__init__(what, remedy=remedy)
        self.outcomes = tuple(outcomes)
        self.exit_code = exit_code


def judge_fleet(run: RunFolder, site: Site, plan: ScanPlan, crews: Sequence[Crew]) -> list[FlightOutcome]:
    """Return what all drones have flown, in order; FleetError when one stopped early. A fault of the program is raised again."""
    for crew in crews:
        if crew.fault is not None and not isinstance(crew.fault, AislescanError):
            raise crew.fault
    outcomes = sorted((outcome for crew in crews for outcome in crew.outcomes), key=lambda o: (o.started_at, o.sortie))
    faults = [(crew.drone, crew.fault) for crew in crews if isinstance(crew.fault, AislescanError)]
    if not faults:
        return outcomes
    n_well = len(crews) - len(faults)
    lines = [f"{n_well} of {len(crews)} drones flew all that was theirs."]
    lines += [f"  drone {drone}: {fault.what}" for drone, fault in faults]
    lines.append(f"  {what_is_left(run, site, plan)}")
    remedies = [f"drone {drone}: {fault.remedy}" for drone, fault in faults if fault.remedy]
    codes = {fault.exit_code for _, fault in faults}
    code = codes.pop() if len(codes) == 1 else ExitCode.VEHICLE
    raise FleetError("\n".join(lines), remedy="\n  -> ".join(remedies), outcomes=outcomes, exit_code=code)


def what_is_left(run: RunFolder, site: Site, plan: ScanPlan) -> str:
    """Return in words what the next start would fly."""
    left = [todo.sortie for planned in plan.sorties if (todo := next_flight(run, site, planned)) is not None]
    if not left:
        return "Nothing is left to fly."
    codes = [code for sortie in left for lane in sortie.lanes for code in lane.must_see]
    bins = site.layout.bins_by_code
    aisles = sorted({site.layout.faces[bins[code].face].aisle for code in codes})
    names = ", ".join(sortie.name for sortie in left)
    return (
        f"Left for the next start: {len(set(codes))} location(s) in aisle{'' if len(aisles) == 1 else 's'} {', '.join(aisles)}"
        f" ({'sortie' if len(left) == 1 else 'sorties'} {names})."
    )
