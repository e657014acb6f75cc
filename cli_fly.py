"""The command that flies: the plan in words, the checks, the question, then the flight."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
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
    progress_bar,
)
from cli_sorties import ask_for_next, ask_to_go_on, endpoint_of
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder

if TYPE_CHECKING:
    from cli_cockpit import Cockpit
    from mission.flying.flight import FlightOutcome
    from mission.flying.scan import NextFlight
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

    Says first what will be flown, checks the drone, and asks.

    Example: `aislescan fly runs/monday --vehicle udp:0.0.0.0:14550`
    """
    from cli_cockpit import Clerk, Teller
    from mission.flying.forwarding import udp_address
    from sitl.demo import seed_of

    if forward is not None:
        udp_address(forward)
    run, site = open_run(run_folder)
    choice = VehicleChoice(
        vehicle,
        sitl,
        seed_of(run) if seed is None else seed,
        speedup if camera is None else 1.0,  # a camera knows no other time than ours
        signing_key_file=signing_key_file,
        system_id=system_id,
        vehicle_id=vehicle_id,
    )
    is_answered = sys.stdin.isatty() and err.is_terminal
    if vehicle is not None and not (yes or check or is_answered):
        raise BadInputError(
            "nobody can be asked whether the drone may take off: this is no terminal",
            remedy="add --yes if somebody stands by who has agreed; or fly from a terminal",
        )
    cockpit = (
        Clerk(asks=not yes, writes_parameters=write_parameters, forward=forward)
        if is_answered
        else Teller(writes_parameters=write_parameters, forward=forward)
    )
    with only_one_at(run.root), companion_camera(camera, camera_delay, site) as eye:
        if check:
            check_run(run, site, choice, cockpit, eye)
        else:
            fly_run(run, site, choice, cockpit, tell_plan=lambda todo: show_plan(site, todo), camera=eye)


def show_plan(site: Site, todo: NextFlight) -> None:
    """Print what will be flown."""
    from mission.planning.briefing import describe_flight

    out.print(describe_flight(site, todo.sortie))
    out.file.flush()  # before the checks, which go to the other stream


def check_run(run: RunFolder, site: Site, choice: VehicleChoice, cockpit: Cockpit, camera: CompanionCamera | None = None) -> None:
    """Check the drone for the first flight that is left, without a take-off."""
    from mission.flying.flight import check_sortie
    from mission.flying.scan import next_flight
    from mission.planning.plan_files import load_plan

    left = [next_flight(run, site, sortie) for sortie in load_plan(run).sorties]
    todo = next((flight for flight in left if flight is not None), None)
    if todo is None:
        out.print("Nothing left to fly: every lane of the plan has been flown.")
        return
    show_plan(site, todo)
    with vehicle_for(todo, run, site, choice, has_camera=camera is not None) as (endpoint, _):
        try:
            check_sortie(endpoint, run, site, todo.sortie, operator=cockpit, camera=camera)
        finally:
            cockpit.rest()
    out.print(f"The drone is ready for flight {todo.sortie.name}. It stays on the ground: that was only the check.")


@contextmanager
def vehicle_for(
    todo: NextFlight, run: RunFolder, site: Site, choice: VehicleChoice, *, has_camera: bool = False
) -> Iterator[tuple[str | Endpoint, Callable[[Callable[[int, int], None]], None]]]:
    """Yield where the chosen vehicle is, and what waits for the photos of a simulated one; with a camera it needs no other."""
    from sitl.session import simulated_sortie, vehicle_on_pad

    if choice.endpoint is not None:
        yield endpoint_of(choice.endpoint, choice), lambda show: None
        return
    name, pad = todo.sortie.name, todo.sortie.home_pad
    if has_camera:
        with vehicle_on_pad(str(choice.sitl), site, home_pad=pad, seed=choice.seed, speedup=choice.speedup) as bare:
            yield bare.endpoint, lambda show: None
        return
    with simulated_sortie(
        str(choice.sitl), run, site, sortie=name, home_pad=pad, boot=todo.boot, seed=choice.seed, speedup=choice.speedup
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
    """Fly what is left of the plan on a real vehicle, or on a simulated one with its camera; without a cockpit nobody is asked."""
    from cli_cockpit import Cockpit
    from mission.flying.fleet.fly_plan import fly_plan
    from mission.planning.plan_files import load_plan

    at_the_keys = cockpit or Cockpit()
    flown: list[str] = []

    @contextmanager
    def vehicle_at(todo: NextFlight) -> Iterator[str | Endpoint]:
        name, pad = todo.sortie.name, todo.sortie.home_pad
        if choice.endpoint is not None and flown and flown[-1] != name:  # nobody has agreed to a second take-off yet
            ask_for_next(flown[-1], name, pad)
        if tell_plan is not None:
            tell_plan(todo)
        flown.append(name)
        with vehicle_for(todo, run, site, choice, has_camera=camera is not None) as (endpoint, develop):
            try:
                yield endpoint
            finally:
                at_the_keys.rest()
            with progress_bar("developing photos") as show:
                develop(show)

    outcomes = fly_plan(
        run,
        site,
        load_plan(run),
        vehicle_at,
        at_the_keys.show,
        n_drones=1,
        operator=at_the_keys,
        go_on_after=ask_to_go_on if choice.endpoint is not None else None,
        camera=camera,
    )
    for outcome in outcomes:
        out.print(
            f"Sortie {outcome.sortie}: {outcome.reason}. {outcome.n_photos} photos in {outcome.flight_s:.0f} s"
            f" in the air, ArduCopter {outcome.autopilot_version}.",
        )
        show_pictures(outcome.pictures)
    if not outcomes:
        out.print("Nothing left to fly: every lane of the plan has been flown.")
    return outcomes
