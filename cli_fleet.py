"""Several drones at one keyboard: a line each, questions and keys for all of them or for one by its number."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import replace

from rich.console import Group
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli_cockpit import SIGNS, WORDS, Cockpit, Teller, figure
from cli_keys import KEYS, GivenOrders, Keys
from cli_language import is_yes, say, word
from cli_options import err
from mission.flying.checks import Check, Verdict
from mission.flying.flight import FlightProgress
from mission.flying.indoor_parameters import ParameterDifference
from mission.flying.link import VehicleLink
from mission.flying.operator import Operator
from mission.flying.orders import Order, OrderRecord
from mission.flying.stop_request import StopRequest

_CHOSEN_S = 3.0
"""For so long after its number a key is for one drone only, and another digit belongs to that number."""
_MOST_DIGITS = 4
_LAND_ALL = "L"
_KEYS = (
    "h hold    g go on    l land here    c come home    for all drones (l, L or Ctrl-C: all land)\n"
    "With its number first, for one drone: 2 l lands drone 2"
)
_LOOK_EVERY_S = 0.05


class FleetTeller(Cockpit):
    """Prints what becomes of each drone, and asks nothing."""

    def __init__(self, n_drones: int, *, writes_parameters: bool = False, forward: str | None = None) -> None:
        """Speak for drones 1 to `n_drones`."""
        super().__init__(writes_parameters=writes_parameters)
        self.ends = {n: DroneEnd(self, n, writes_parameters=writes_parameters, forward=forward) for n in range(1, n_drones + 1)}
        self._phases: dict[int, str] = {}

    def of_drone(self, number: int) -> Operator:
        """Return who speaks for one of them."""
        return self.ends[number]

    def show(self, progress: FlightProgress) -> None:
        """Print that something else goes on than before."""
        phase = f"waiting: {progress.waits_for}" if progress.waits_for else progress.phase
        phase = f"{phase}: {progress.because}" if progress.because else phase
        if self._phases.get(progress.drone) != phase:
            self._phases[progress.drone] = phase
            err.print(f"drone {progress.drone}, sortie {progress.sortie}: {phase}")

    def is_agreed(self, drone: int, what_to_do: str, name: str) -> bool:
        """Return False: nobody can be asked."""
        return False

    def developing(self, drone: int) -> AbstractContextManager[Callable[[int, int], None]]:
        """Show nothing: bars of several drones would overwrite one another."""
        return _unshown()

    def landed(self, drone: int) -> None:
        """Let go of the other ground station of this drone."""
        self.ends[drone].rest()

    def rest(self) -> None:
        """Let go of other ground stations too."""
        for end in self.ends.values():
            end.rest()

    # -- for one drone, from its thread -----------------------------------------------------------------------------------------

    def ask_about(self, drone: int) -> None:
        """Ask whether it may take off."""

    def answer_about(self, drone: int) -> bool | None:
        """Return the answer to that, None while there is none."""
        return True

    def note_order(self, drone: int, record: OrderRecord) -> None:
        """Take note of what became of an order."""


class FleetClerk(FleetTeller):
    """Asks the person at the terminal, shows a line a drone and takes orders by single keys."""

    def __init__(self, n_drones: int, *, asks: bool, writes_parameters: bool = False, forward: str | None = None) -> None:
        """With `asks` nothing takes off without a yes."""
        super().__init__(n_drones, writes_parameters=writes_parameters, forward=forward)
        for end in self.ends.values():
            end.asks = asks
        self._lock = threading.Lock()
        self._progress: dict[int, FlightProgress] = {}
        self._orders: dict[int, str] = {}
        self._take_offs: dict[int, bool | None] = {}
        self._batteries: dict[int, tuple[str, bool | None]] = {}
        self._asked: tuple[int, ...] = ()
        """Whom the question that is shown is about."""
        self._chosen = ("", -_CHOSEN_S)
        """Digits of a drone's number, and when the last of them was pressed."""
        self._nobody = ""
        """Number of a drone that there is not, for which the last order was."""
        self._keys: Keys | None = None
        self._stop: StopRequest | None = None
        self._live: Live | None = None

    def begin(self, stop: StopRequest) -> None:
        """Take the terminal over; from now on keys are heeded. Once a `stop` is asked for, no question is waited for."""
        self._stop = stop
        self._keys = Keys(self.press)
        self._live = Live(console=err.console, get_renderable=self.picture, refresh_per_second=5, transient=False)
        self._live.start()

    def rest(self) -> None:
        """Give the terminal back."""
        super().rest()
        if self._live is not None:
            with suppress(OSError):  # a terminal that is gone
                self._live.stop()
            self._live = None
        if self._keys is not None:
            self._keys.close()
            self._keys = None

    def show(self, progress: FlightProgress) -> None:
        """Keep what there is to see."""
        self._progress[progress.drone] = progress

    @contextmanager
    def _developing(self, drone: int) -> Iterator[Callable[[int, int], None]]:
        def show(done: int, total: int) -> None:
            before = self._progress.get(drone)
            if before is not None:
                self._progress[drone] = replace(before, phase=f"down; {done} of {total} photos developed", view=None, waits_for="")

        yield show

    def developing(self, drone: int) -> AbstractContextManager[Callable[[int, int], None]]:
        """Show it in the drone's line."""
        return self._developing(drone)

    # -- questions -------------------------------------------------------------------------------------------------------------

    def ask_about(self, drone: int) -> None:
        """Put the question whether it may take off, together with those about other drones that are ready."""
        with self._lock:
            self._take_offs[drone] = None
        before = self._progress.get(drone)
        if before is not None:
            self._progress[drone] = replace(before, phase="ready; your answer?")

    def answer_about(self, drone: int) -> bool | None:
        """Return what was pressed."""
        with self._lock:
            answer = self._take_offs.get(drone)
            if answer is not None:
                del self._take_offs[drone]
            return answer

    def is_agreed(self, drone: int, what_to_do: str, name: str) -> bool:
        """Ask while the others go on flying."""
        with self._lock:
            self._batteries[drone] = (f"{what_to_do} Is that done, and may flight {name} begin?", None)
        while True:
            with self._lock:
                if (answer := self._batteries[drone][1]) is not None:
                    del self._batteries[drone]
                    return answer
            if self._keys is None or (self._stop is not None and self._stop.is_made):
                return False
            time.sleep(_LOOK_EVERY_S)

    def _question(self) -> str:
        with self._lock:
            ready = tuple(drone for drone, answer in sorted(self._take_offs.items()) if answer is None)
            if ready:
                self._asked = ready
                whom = ", ".join(map(str, ready))
                is_one = len(ready) == 1
                return (
                    f"Everything is checked for drone{'' if is_one else 's'} {whom}. Are the aisles free of people, and do you see"
                    f" {'it' if is_one else 'them'}?\ny  take off    n  leave on the ground"
                )
            for drone, (words, answer) in sorted(self._batteries.items()):
                if answer is None:
                    self._asked = (drone,)
                    return f"Drone {drone}: {words}\ny  yes    n  no"
            self._asked = ()
            return ""

    # -- keys ------------------------------------------------------------------------------------------------------------------

    def press(self, letter: str, now_s: float) -> None:
        """Heed one key."""
        if letter.isdecimal():  # not isdigit: no number can be made of a raised 2, which has a key in France
            self._chosen = ((self._digits(now_s) + letter)[:_MOST_DIGITS], now_s)
            return
        if is_yes(letter) or letter.lower() == "n":
            self._settle(is_yes=is_yes(letter))
            return
        order = Order.LAND if letter == _LAND_ALL else KEYS.get(letter.lower())
        if order is None:
            return
        digits = "" if letter in (_LAND_ALL, " ") else self._digits(now_s)
        self._chosen = ("", -_CHOSEN_S)
        self._nobody = digits if digits and int(digits) not in self.ends else ""
        for drone, end in self.ends.items():
            if not digits or drone == int(digits):
                end.give(order, now_s)

    def _digits(self, now_s: float) -> str:
        """Return the number that was pressed before; empty after a while."""
        digits, since_s = self._chosen
        return digits if now_s - since_s < _CHOSEN_S else ""

    def _settle(self, *, is_yes: bool) -> None:
        with self._lock:
            for drone in self._asked:
                if drone in self._take_offs:
                    self._take_offs[drone] = is_yes
                elif drone in self._batteries:
                    self._batteries[drone] = (self._batteries[drone][0], is_yes)
            self._asked = ()

    def note_order(self, drone: int, record: OrderRecord) -> None:
        """Show what became of a key."""
        if not record.is_by_rule:
            result = "no answer yet" if record.answered_ms is None else f"{record.result} after {record.answered_ms:.0f} ms"
            self._orders[drone] = f"{WORDS[record.order]}: {result}"

    # -- the picture -----------------------------------------------------------------------------------------------------------

    def picture(self) -> Panel:
        """Return the flights as they are drawn."""
        table = Table(box=None, padding=(0, 1), collapse_padding=True, pad_edge=False, header_style="dim")
        for name in ("drone", "sortie", "now", "lane", "bins", "photos", "height", "battery", "time left", "link"):
            is_figure = name not in ("now", "time left", "link")
            table.add_column(word(name), no_wrap=is_figure, min_width=9 if name == "now" else None)
        notes: list[Text] = []
        for drone in self.ends:
            progress = self._progress.get(drone)
            table.add_row(*_cells(drone, progress))
            said = [words for words in (_news(progress), self._orders.get(drone, "")) if words]
            notes += [Text(say(f"drone {drone} {words}"), style="yellow") for words in said]
        question = self._question()
        chosen = self._digits(time.monotonic())
        if question:
            notes.append(Text(say(question), style="bold reverse"))
        if chosen and int(chosen) in self.ends:
            notes.append(Text(say(f"the next key is for drone {chosen} only"), style="bold"))
        elif chosen:
            notes.append(Text(say(f"there is no drone {chosen}: the next key is for nobody"), style="bold red"))
        elif self._nobody:
            notes.append(Text(say(f"there is no drone {self._nobody}: nothing was ordered"), style="bold red"))
        keys = Text(say(_KEYS), style="bold")
        return Panel(Group(table, *notes, keys), title=say(f"{len(self.ends)} drones"), title_align="left")


class DroneEnd(Teller):
    """What one drone's flight knows of whoever sits at the keyboard."""

    def __init__(self, fleet: FleetTeller, drone: int, *, writes_parameters: bool, forward: str | None) -> None:
        """Speak for `drone`."""
        super().__init__(writes_parameters=writes_parameters, forward=forward)
        self._fleet, self._drone = fleet, drone
        self._given = GivenOrders()

    def connected(self, link: VehicleLink) -> None:
        """Let the other ground station look on; forget keys that were meant for an earlier flight."""
        super().connected(link)
        self._given.forget()
        self._given.wake = link.wake

    def steers(self, hurry: Callable[[Order, float], object]) -> None:
        """Have an order sent by the thread that read its key."""
        self._given.hurry = hurry

    def give(self, order: Order, pressed_s: float) -> None:
        """Order it, from the thread of the keys."""
        self._given.give(order, pressed_s)

    def next_order(self) -> tuple[Order, float] | None:
        """Return the oldest order that was not taken yet."""
        return self._given.take()

    def told(self, check: Check) -> None:
        """Print one line, and what to do."""
        err.print(f"  drone {self._drone}  {word(SIGNS[check.verdict])} {word(check.name)}: {word(check.words)}")
        if check.remedy and check.verdict is Verdict.DOUBT:
            err.print(f"                -> {check.remedy}")

    def may_write(self, differences: Sequence[ParameterDifference]) -> bool:
        """Return whether that was said when the program was started: with several drones at once nobody is asked for it."""
        return self._writes_parameters and bool(differences)

    def ask(self) -> None:
        """Put the question; keys that were pressed on the ground do not count in the air."""
        self._fleet.ask_about(self._drone)

    def consent(self) -> bool | None:
        """Return the answer."""
        answer = self._fleet.answer_about(self._drone)
        if answer is not None:
            self._given.forget()
        return answer

    def answered(self, record: OrderRecord) -> None:
        """Show what became of an order."""
        self._fleet.note_order(self._drone, record)


@contextmanager
def _unshown() -> Iterator[Callable[[int, int], None]]:
    yield lambda done, total: None


def _news(progress: FlightProgress | None) -> str:
    """Return for whom a drone waits, or why it does not fly what it was to fly."""
    if progress is None:
        return ""
    if progress.waits_for:
        return f"waits: {progress.waits_for}"
    if progress.because:
        return f"comes home: {progress.because}" if progress.phase == "coming home" else f"is down: {progress.because}"
    return ""


def _cells(drone: int, progress: FlightProgress | None) -> list[Text]:
    if progress is None:
        return [Text(str(drone)), *(Text("-") for _ in range(9))]
    phase = "waiting" if progress.waits_for else progress.phase
    cells = [Text(str(drone)), Text(progress.sortie), Text(word(phase), style="yellow" if phase.startswith("waiting") else "")]
    view = progress.view
    if view is None:
        return [*cells, *(Text("") for _ in range(7))]
    link = "ok" if view.silent_s < 1.0 else f"SILENT {view.silent_s:.0f} s"
    position = "" if view.is_position_good else ", position NOT GOOD"
    return [
        *cells,
        Text(f"{view.lane or '-'}/{view.n_lanes}"),
        Text(f"{view.n_bins}/{view.n_bins_planned}"),
        Text(str(progress.n_photos)),
        Text(figure(view.height_m, "{:.1f} m")),
        Text(f"{figure(view.battery_percent, '{} %')}"),
        Text(f"{int(view.left_s) // 60}:{int(view.left_s) % 60:02d}"),
        Text(word(link + position), style="" if link == "ok" and not position else "bold red"),
    ]
