"""The command that flies: the plan in words, the checks, the question, then the flight."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from cli_companion import CameraDelayOption, CameraOption, companion_camera, show_pictures
from cli_options import (
    RunArgument,
    SigningOption,
    SimulatorOption,
    SpeedupOption,
    SystemOption,
    VehicleChoice,
    VehicleIdOption,
    VehicleOption,
    err,
    only_one_at,
    open_run,
    out,
)
from cli_sorties import ask_for_next, ask_to_go_on, endpoint_of
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder

if TYPE_CHECKING:
    from cli_cockpit import Cockpit
    from mission.flying.flight import FlightOutcome
    from mission.flying.scan import NextFlight, VehicleAt
    from mission.flying.stop_request import StopRequest
    from mission.flying.transport import Endpoint
    from warehouse.companion_camera import CompanionCamera
    from warehouse.site import Site


def fly(
    run_folder: RunArgument,
    vehicle: VehicleOption = None,
    sitl: SimulatorOption = None,
    seed: Annotated[
        int | None, typer.Option("--seed", help="Which simulated stock stands in the racks; of a demo's run its own, else 1.")
    ] = None,
    speedup: SpeedupOption = 10.0,
    signing_key_file: SigningOption = None,
    system_id: SystemOption = 255,
    vehicle_id: VehicleIdOption = None,
    camera: CameraOption = None,
    camera_delay: CameraDelayOption = 0.0,
    yes: Annotated[bool, typer.Option("--yes", help="Take off without asking: for scripts, and for whoever stands by.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Make every check and take a test photo, but do not take off.")] = False,
    write_parameters: Annotated[
        bool, typer.Option("--write-parameters", help="Write what the autopilot lacks for flying indoors, and read it back.")
    ] = False,
    forward: Annotated[
        str | None, typer.Option("--forward", help="Let QGroundControl or Mission Planner watch, for instance udp:127.0.0.1:14550.")
    ] = None,
) -> None:
    """Fly the planned sorties that are not completed yet. A flight that was broken off goes on with the lanes that are left.

    Says first what will be flown, checks the drone, and asks. A plan for several drones is flown by all of them at once.

    Example: `aislescan fly runs/monday --vehicle udp:0.0.0.0:14550`
    """
    from mission.flying.forwarding import udp_address
    from mission.planning.plan_files import load_plan
    from sitl.demo import seed_of

    if forward is not None:
        udp_address(forward)
    run, site = open_run(run_folder)
    choice = VehicleChoice(
        tuple(vehicle or ()),
        sitl,
        seed_of(run) if seed is None else seed,
        speedup if camera is None else 1.0,  # a camera knows no other time than ours
        signing_key_file=signing_key_file,
        system_id=system_id,
        vehicle_ids=tuple(vehicle_id or ()),
    )
    is_answered = sys.stdin.isatty() and err.is_terminal
    if choice.endpoints and not (yes or check or is_answered):
        raise BadInputError(
            "nobody can be asked whether the drone may take off: this is no terminal",
            remedy="add --yes if somebody stands by who has agreed; or fly from a terminal",
        )
    n_drones = choice.n_drones(load_plan(run).n_drones)
    cockpit = cockpit_for(
        1 if check else n_drones, is_answered=is_answered, asks=not yes, writes_parameters=write_parameters, forward=forward
    )
    with only_one_at(run.root), companion_camera(camera, camera_delay, site) as eye:
        if check:
            check_run(run, site, choice, cockpit, eye)
        else:
            fly_run(run, site, choice, cockpit, tell_plan=lambda todo: show_plan(site, todo), camera=eye)


def cockpit_for(n_drones: int, *, is_answered: bool, asks: bool, writes_parameters: bool, forward: str | None) -> Cockpit:
    """Return who speaks with the person at the terminal, or for nobody."""
    from cli_cockpit import Clerk, Teller
    from cli_fleet import FleetClerk, FleetTeller

    if n_drones == 1 and is_answered:
        return Clerk(asks=asks, writes_parameters=writes_parameters, forward=forward)
    if n_drones == 1:
        return Teller(writes_parameters=writes_parameters, forward=forward)
    if is_answered:
        return FleetClerk(n_drones, asks=asks, writes_parameters=writes_parameters, forward=forward)
    return FleetTeller(n_drones, writes_parameters=writes_parameters, forward=forward)


def show_plan(site: Site, todo: NextFlight) -> None:
    """Print what will be flown."""
    from mission.planning.briefing import describe_flight

    out.print(describe_flight(site, todo.sortie))
    out.console.file.flush()  # before the checks, which go to the other stream


def check_run(run: RunFolder, site: Site, choice: VehicleChoice, cockpit: Cockpit, camera: CompanionCamera | None = None) -> None:
    """Check each drone for the first flight that is left for it, one after the other, without a take-off."""
    from mission.flying.flight import check_sortie

    first = first_flights(run, site, choice)
    if not first:
        out.print("Nothing left to fly: every lane of the plan has been flown.")
    for todo in first:
        show_plan(site, todo)
        with vehicle_for(todo, run, site, choice, has_camera=camera is not None) as (endpoint, _):
            try:
                check_sortie(endpoint, run, site, todo.sortie, operator=cockpit, camera=camera)
            finally:
                cockpit.rest()
        whose = f"Drone {todo.sortie.drone}" if len(first) > 1 else "The drone"
        out.print(f"{whose} is ready for flight {todo.sortie.name}. It stays on the ground: that was only the check.")


def first_flights(run: RunFolder, site: Site, choice: VehicleChoice) -> list[NextFlight]:
    """Return what each drone that has something to fly flies first."""
    from mission.flying.fleet.fly_plan import first_flight
    from mission.planning.plan_files import load_plan

    plan = load_plan(run)
    n_drones = choice.n_drones(plan.n_drones)
    found = [first_flight(run, site, plan, drone, n_drones) for drone in range(1, n_drones + 1)]
    return [todo for todo in found if todo is not None]


@contextmanager
def vehicle_for(
    todo: NextFlight, run: RunFolder, site: Site, choice: VehicleChoice, *, n_drones: int = 1, has_camera: bool = False
) -> Iterator[tuple[str | Endpoint, Callable[[Callable[[int, int], None]], None]]]:
    """Yield where the chosen vehicle is, and what waits for the photos of a simulated one; with a camera it needs no other."""
    from sitl.session import simulated_sortie, vehicle_on_pad

    if choice.endpoints:
        yield endpoint_of(todo.sortie.drone, choice), lambda show: None
        return
    if has_camera:
        pad = todo.sortie.home_pad
        with vehicle_on_pad(str(choice.sitl), site, home_pad=pad, seed=choice.seed, speedup=choice.speedup) as bare:
            yield bare.endpoint, lambda show: None
        return
    with simulated_sortie(
        str(choice.sitl),
        run,
        site,
        sortie=todo.sortie.name,
        home_pad=todo.sortie.home_pad,
        boot=todo.boot,
        seed=choice.seed,
        speedup=choice.speedup,
        instance=todo.sortie.drone - 1,
        workers=2 if n_drones == 1 else 1,
    ) as simulated:
        yield simulated.endpoint, simulated.develop


def fly_run(
    run: RunFolder,
    site: Site,
    choice: VehicleChoice,
    cockpit: Cockpit | None = None,
    tell_plan: Callable[[NextFlight], None] | None = None,
    camera: CompanionCamera | None = None,
) -> list[FlightOutcome]:
    """Fly what is left of the plan on real vehicles, or on simulated ones with their cameras; without a cockpit nobody is asked."""
    from cli_cockpit import Cockpit
    from cli_fleet import FleetClerk, FleetTeller
    from mission.flying.fleet.fly_plan import fly_plan
    from mission.flying.fleet.verdict import FleetError
    from mission.flying.stop_request import StopRequest
    from mission.planning.plan_files import load_plan

    plan = load_plan(run)
    n_drones = choice.n_drones(plan.n_drones)
    at_the_keys = cockpit or (Cockpit() if n_drones == 1 else FleetTeller(n_drones))
    if n_drones < plan.n_drones:
        out.print(f"The plan is for {plan.n_drones} drones; {n_drones} of them fly all of it, which takes longer.")
    stop = StopRequest()
    if n_drones > 1 and tell_plan is not None:  # before anything else is printed
        for todo in first_flights(run, site, choice):
            out.print(f"Drone {todo.sortie.drone}:")
            tell_plan(todo)
    if isinstance(at_the_keys, FleetClerk):
        at_the_keys.begin(stop)
    vehicle_at = vehicles_of(
        run, site, choice, at_the_keys, n_drones=n_drones, stop=stop, tell_plan=tell_plan, has_camera=camera is not None
    )
    try:
        with stop if n_drones > 1 else nullcontext():
            outcomes = fly_plan(
                run,
                site,
                plan,
                vehicle_at,
                at_the_keys.show,
                n_drones=n_drones,
                operator=at_the_keys,
                go_on_after=partial(ask_to_go_on, at_the_keys) if choice.endpoints else None,
                camera=camera,
                stop=stop if n_drones > 1 else None,
            )
    except FleetError as error:
        at_the_keys.rest()
        show_outcomes(error.outcomes)
        raise
    finally:
        at_the_keys.rest()
    show_outcomes(outcomes)
    if not outcomes:
        out.print("Nothing left to fly: every lane of the plan has been flown.")
    return outcomes


def vehicles_of(
    run: RunFolder,
    site: Site,
    choice: VehicleChoice,
    at_the_keys: Cockpit,
    *,
    n_drones: int,
    stop: StopRequest,
    tell_plan: Callable[[NextFlight], None] | None,
    has_camera: bool,
) -> VehicleAt:
    """Return what makes a drone ready: asks for its battery, says what it will fly, and waits for the photos of a simulated one."""
    flown: dict[int, str] = {}

    @contextmanager
    def vehicle_at(todo: NextFlight) -> Iterator[str | Endpoint]:
        name, drone = todo.sortie.name, todo.sortie.drone
        before = flown.get(drone)
        if choice.endpoints and before is not None and before != name:  # nobody has agreed to a second take-off yet
            ask_for_next(at_the_keys, before, todo.sortie)
        if todo.is_flown:
            out.print(f"Flight {name}: every lane has been flown, but nobody has seen the drone land. It is looked for first.")
        elif tell_plan is not None and (n_drones == 1 or before is not None):
            tell_plan(todo)
        flown[drone] = name
        with vehicle_for(todo, run, site, choice, n_drones=n_drones, has_camera=has_camera) as (endpoint, develop):
            try:
                yield endpoint
            finally:
                at_the_keys.landed(drone)
            n_stops = stop.n_made
            with at_the_keys.developing(drone) as show:

                def shown(done: int, total: int) -> None:
                    if stop.n_made > n_stops:  # signals do not strike this thread by themselves
                        raise KeyboardInterrupt
                    show(done, total)

                develop(shown)

    return vehicle_at


def show_outcomes(outcomes: Sequence[FlightOutcome]) -> None:
    """Print what became of each flight."""
    for outcome in outcomes:
        whose = f", drone {outcome.drone}" if len({o.drone for o in outcomes}) > 1 else ""
        out.print(
            f"Sortie {outcome.sortie}{whose}: {outcome.reason}. {outcome.n_photos} photos in {outcome.flight_s:.0f} s"
            f" in the air, ArduCopter {outcome.autopilot_version}.",
        )
        show_pictures(outcome.pictures)
