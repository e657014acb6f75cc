"""Two drones in one hall, one of them made to come down in the other's way: in lock step, or on the real SITL over sockets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from benchmarks.failure_ardupilot import Cable
from benchmarks.failure_flight import Hall
from benchmarks.fleet_hall import make_fleet_hall, nearest_m, on_pad, place_m
from benchmarks.flight_observer import Observer
from inventory.watching.photographed import Photographed
from mission.flying.fleet.fly_plan import first_flight, fly_plan
from mission.flying.flight import FlightOutcome, FlightProgress
from mission.flying.operator import Operator
from mission.flying.orders import Order
from mission.flying.scan import NextFlight
from mission.flying.transport import Transport
from mission.planning.plan_files import write_plan
from mission.planning.route import route_sortie
from mission.records import Sortie
from sitl.lockstep import LockstepVehicle
from sitl.lockstep_fleet import FleetTransport, LockstepFleet
from sitl.mishaps import Act, Mishap
from sitl.session import vehicle_on_pad
from warehouse.errors import AislescanError
from warehouse.poses import FrameRecord
from warehouse.site import Site

Point = tuple[float, float, float]
DRONES = (1, 2)
AIR_M = 0.15
"""Higher than this a drone is in the air."""
_LOOK_EVERY_S = 0.02
_AFTER_S = 60.0
"""For how long a drone without its program is watched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What happens to drone 1, and where."""

    name: str
    where: Callable[[Point, Point], bool]
    """Whether it is time: true places of drones 1 and 2, site frame."""
    orders: tuple[Order, ...] = ()
    """Keys of drone 1, one at a time with `between_s` between them."""
    between_s: float = 0.0
    after_s: float = 0.0
    """How long after that the first key is pressed."""
    mishap: Mishap = field(default_factory=lambda: Mishap(name="none"))
    swaps_pads: bool = False
    """Whether each drone starts before the other's aisle, so that their ways cross."""


@dataclass(slots=True)
class Seen:
    """What an onlooker saw, by the simulators' truth."""

    nearest_m: float = float("inf")
    """Of both drones, middle to middle, while one of them is in the air."""
    nearest_at_m: dict[int, Point] = field(default_factory=dict)
    """Where they were then."""
    rack_m: float = float("inf")
    """From a hull to a rack in an aisle."""
    places_m: dict[int, Point] = field(default_factory=dict)
    is_armed: dict[int, bool] = field(default_factory=dict)
    said: str = "completed"
    remedy: str = ""
    outcomes: tuple[FlightOutcome, ...] = ()
    told: list[tuple[int, str]] = field(default_factory=list)
    """(drone, what is shown of it), each change."""

    def look(self, site: Site, places_m: dict[int, Point]) -> None:
        """Take in where all are."""
        self.places_m = places_m
        if any(z > AIR_M for _, _, z in places_m.values()):
            now_m = nearest_m(list(places_m.values()))
            if now_m is not None and now_m < self.nearest_m:
                self.nearest_m, self.nearest_at_m = now_m, places_m
        for x, y, z in places_m.values():
            for aisle in site.layout.aisles:  # they run north
                aside = abs(x - aisle.start_m[0])
                if z > AIR_M and 0 <= y - aisle.start_m[1] <= aisle.length_m and aside < aisle.width_m:
                    self.rack_m = min(self.rack_m, aisle.width_m / 2 - aside - site.drone.radius_m)

    def report(self, progress: FlightProgress) -> None:
        """Note what a clerk is shown."""
        words = f"waiting: {progress.waits_for}" if progress.waits_for else progress.phase
        shown = (progress.drone, f"{words}: {progress.because}" if progress.because else words)
        if shown not in self.told:
            self.told.append(shown)


def make_crossing_hall(folder: Path, *, bays: int = 2, swaps_pads: bool = False) -> Hall:
    """Draw two aisles. Drone 1 flies half of A01; drone 2 flies half of A02, then the other half of A01, and half of A02 again."""
    hall = make_fleet_hall(folder, aisles=2, bays=bays, n_drones=2)
    site = hall.site
    lanes = [lane for sortie in hall.plan.sorties for lane in sortie.lanes]
    one, two = (
        [lane for lane in lanes if site.layout.faces[lane.views[0].face].aisle == aisle.name] for aisle in site.layout.aisles
    )
    pads = ("pad 2", "pad 1") if swaps_pads else ("pad 1", "pad 2")
    first = replace(route_sortie(site, "01", one[:1], pad=pads[0]), drone=1)
    second = replace(route_sortie(site, "02", [two[0], one[1]], pad=pads[1]), drone=2)
    third = replace(route_sortie(site, "03", two[1:], pad=pads[1]), drone=2, start_s=second.time_s + 60)
    plan = replace(hall.plan, sorties=(first, second, third))
    write_plan(hall.run, site, plan)
    return Hall(site=site, plan=plan, run=hall.run)


class _Keys(Operator):
    """Presses keys for drone 1."""

    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[tuple[Order, float]] = []

    def of_drone(self, number: int) -> Operator:
        """Return who speaks for it."""
        return self if number == 1 else Operator()

    def next_order(self) -> tuple[Order, float] | None:
        """Return a key that was pressed."""
        return self.pressed.pop(0) if self.pressed else None


class _Striker:
    """Waits until drone 1 is where it shall be struck, and strikes."""

    def __init__(self, case: Case, site: Site, seen: Seen, keys: _Keys) -> None:
        self._case, self._site, self._seen, self._keys = case, site, seen, keys
        self._left: list[tuple[float, Callable[[], object]]] | None = None
        self._began_s = 0.0
        self.set_parameter: Callable[[str, float], object] = lambda name, value: None
        self.cut: Callable[[], object] = lambda: None
        self.on_look: Callable[[float], object] = lambda now_s: None

    def look(self, now_s: float, places_m: dict[int, Point]) -> None:
        self._seen.look(self._site, places_m)
        self.on_look(now_s)
        if self._left is None and self._case.where(places_m[1], places_m[2]):
            self._began_s, self._left = now_s, self._acts()
        while self._left and now_s - self._began_s >= self._left[0][0]:
            self._left.pop(0)[1]()

    def _acts(self) -> list[tuple[float, Callable[[], object]]]:
        case = self._case
        acts: list[tuple[float, Callable[[], object]]] = [
            (delay, partial(self.set_parameter, name, value)) for delay, name, value in case.mishap.settings
        ]
        acts += [(case.after_s + i * case.between_s, partial(self._press, order)) for i, order in enumerate(case.orders)]
        if case.mishap.act is Act.CUT_CABLE:
            acts.append((0.0, self.cut))
        return acts

    def _press(self, order: Order) -> None:
        self._keys.pressed.append((order, time.monotonic()))


def fly_case(
    case: Case,
    hall: Hall,
    *,
    kind: str = "builtin",
    speedup: float = 5.0,
    seed: int = 3,
    on_look: Callable[[float], object] = lambda now_s: None,
) -> Seen:
    """Fly the plan while the case befalls drone 1; return what was seen. `on_look` is called fifty times a second, in flight."""
    seen, keys = Seen(), _Keys()
    striker = _Striker(case, hall.site, seen, keys)
    striker.on_look = on_look
    if kind == "builtin":
        with _in_lockstep(hall, seed, striker) as vehicles:
            _fly(hall, vehicles, seen, keys)
    else:
        with _over_sockets(hall, seed, speedup, striker, seen) as vehicles:
            _fly(hall, vehicles, seen, keys)
    return seen


def finish(hall: Hall, *, kind: str = "builtin", speedup: float = 5.0, seed: int = 5) -> Seen:
    """Give the same command again, with both drones back on their pads; return what was seen."""
    nothing = Case(name="nothing", where=lambda one, other: False)
    return fly_case(nothing, hall, kind=kind, speedup=speedup, seed=seed)


def not_photographed(hall: Hall) -> set[str]:
    """Return the locations of the plan of which no photo shows where the label hangs."""
    planned = {code for sortie in hall.plan.sorties for lane in sortie.lanes for code in lane.must_see}
    photographed = Photographed(hall.site)
    for sortie in hall.plan.sorties:
        for frame in hall.run.read_lines(hall.run.frames_path(sortie.name), FrameRecord):
            planned -= set(photographed.first_by(frame))
    return planned


Vehicles = Callable[[Sortie], str | Transport]


def _fly(hall: Hall, vehicles: Vehicles, seen: Seen, keys: _Keys) -> None:
    @contextmanager
    def at(todo: NextFlight) -> Iterator[str | Transport]:
        yield vehicles(todo.sortie)

    try:
        seen.outcomes = tuple(fly_plan(hall.run, hall.site, hall.plan, at, seen.report, operator=keys))
    except AislescanError as error:
        seen.said, seen.remedy = error.what, error.remedy
        seen.outcomes = tuple(getattr(error, "outcomes", ()))


def _pads(hall: Hall) -> dict[int, str]:
    """Return the pad of each drone that has something left to fly, or of its first sortie."""
    pads = {sortie.drone: sortie.home_pad for sortie in reversed(hall.plan.sorties)}
    for drone in DRONES:
        todo = first_flight(hall.run, hall.site, hall.plan, drone, len(DRONES))
        pads[drone] = pads[drone] if todo is None else todo.sortie.home_pad
    return pads


@contextmanager
def _in_lockstep(hall: Hall, seed: int, striker: _Striker) -> Iterator[Vehicles]:
    pads = _pads(hall)
    vehicles = {drone: on_pad(hall.site, pads[drone], seed=seed + drone) for drone in DRONES}
    flying = [drone for drone in DRONES if _is_needed(hall, drone)]
    fleet = LockstepFleet([vehicles[drone] for drone in flying])
    links: dict[int, FleetTransport] = {}
    striker.set_parameter = vehicles[1].parameters.set

    def cut() -> None:
        links[1].is_cut = True

    striker.cut = cut
    last = vehicles[flying[-1]]

    def look() -> None:
        if round(last.time_s * 100) % 2 == 0:
            striker.look(last.time_s, {drone: place_m(hall.site, pads[drone], vehicles[drone]) for drone in DRONES})

    last.on_step.append(look)

    def connect(sortie: Sortie) -> Transport:
        links[sortie.drone] = fleet.connect(flying.index(sortie.drone))
        return links[sortie.drone]

    yield connect
    while any(_is_up(vehicle) for vehicle in vehicles.values()) and last.time_s < 1000.0:
        for vehicle in vehicles.values():
            vehicle.step()
    look()
    striker._seen.is_armed = {drone: vehicle.autopilot.is_armed for drone, vehicle in vehicles.items()}


def _is_needed(hall: Hall, drone: int) -> bool:
    """Whether a drone has something left to fly, or nobody has seen the end of its last flight."""
    is_sought = any(hall.run.under_way_path(sortie.name).exists() for sortie in hall.plan.sorties if sortie.drone == drone)
    return is_sought or first_flight(hall.run, hall.site, hall.plan, drone, len(DRONES)) is not None


def _is_up(vehicle: LockstepVehicle) -> bool:
    return vehicle.autopilot.is_armed or not vehicle.autopilot.airframe.is_on_ground


@contextmanager
def _over_sockets(hall: Hall, seed: int, speedup: float, striker: _Striker, seen: Seen) -> Iterator[Vehicles]:
    pads, anchor = _pads(hall), hall.site.layout.anchor
    with ExitStack() as stack:
        vehicles = {
            drone: stack.enter_context(
                vehicle_on_pad("ardupilot", hall.site, home_pad=pads[drone], seed=seed, speedup=speedup, instance=drone - 1)
            )
            for drone in DRONES
        }
        observers = {n: stack.enter_context(Observer(vehicle.camera_endpoint, anchor)) for n, vehicle in vehicles.items()}
        cable = stack.enter_context(Cable(vehicles[1].endpoint))
        striker.set_parameter, striker.cut = observers[1].set, cable.cut
        is_over = threading.Event()

        def look_on() -> None:
            while not is_over.wait(_LOOK_EVERY_S / speedup):
                if all(observer.truth for observer in observers.values()):
                    striker.look(observers[1].time_s, {n: observer.truth[-1].position_m for n, observer in observers.items()})

        onlooker = threading.Thread(target=look_on, daemon=True)
        onlooker.start()
        yield lambda sortie: cable.endpoint if sortie.drone == 1 else vehicles[sortie.drone].endpoint
        deadline = time.monotonic() + _AFTER_S / speedup
        while any(_is_armed(observer) for observer in observers.values()) and time.monotonic() < deadline:
            time.sleep(0.05)
        is_over.set()
        onlooker.join()
        seen.is_armed = {n: _is_armed(observer) for n, observer in observers.items()}


def _is_armed(observer: Observer) -> bool:
    return bool(observer.modes) and observer.modes[-1][2]


def pads_m(hall: Hall, drones: Sequence[int] = DRONES) -> dict[int, tuple[float, float]]:
    """Return where the pad of each drone is, site frame."""
    by_name = {pad.name: pad.position_m for pad in hall.site.layout.home_pads}
    return {drone: by_name[pad] for drone, pad in _pads(hall).items() if drone in drones}
