"""Whoever sits at the keyboard: told of every check, asked before the take-off, shown the flight, and obeyed."""

from __future__ import annotations

import select
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli_keys import KEYS, GivenOrders, Keys
from cli_language import confirm, forget_typed, is_yes, say, word
from cli_options import err, progress_bar
from mission.flying.checks import Check, Verdict
from mission.flying.flight import FlightProgress
from mission.flying.forwarding import Forwarder
from mission.flying.indoor_parameters import ParameterDifference
from mission.flying.link import VehicleLink
from mission.flying.live_view import FlightView
from mission.flying.operator import Operator
from mission.flying.orders import Order, OrderRecord

SIGNS = {Verdict.GOOD: "ok  ", Verdict.DOUBT: "look", Verdict.BAD: "NO  "}
_IN_THE_AIR = ("arming", "flying", "held", "coming home")
WORDS = {Order.HOLD: "hold", Order.GO_ON: "go on", Order.LAND: "land here", Order.HOME: "come home"}
_KEYS = "h hold    g go on    l land here    c come home    (Ctrl-C lands too)"


class Cockpit(Operator):
    """Nobody at the keys: a progress bar on a terminal, and nothing else; so it is in `demo` and `run`."""

    def __init__(self, *, writes_parameters: bool = False) -> None:
        """Show nothing yet."""
        super().__init__(writes_parameters=writes_parameters)
        self._shown = ExitStack()
        self._bar: Any = None

    def show(self, progress: FlightProgress) -> None:
        """Show how the flight goes."""
        if self._bar is None:
            self._bar = self._shown.enter_context(progress_bar("flying"))
        self._bar(progress.item, progress.n_items, progress.phase)

    def is_agreed(self, drone: int, what_to_do: str, name: str) -> bool:
        """Say what a person is to do before flight `name`; return whether it is done and the flight may begin."""
        if not sys.stdin.isatty():
            return False
        err.print(what_to_do)
        return confirm(f"Is that done, and may flight {name} begin?", is_error=True)

    def developing(self, drone: int) -> AbstractContextManager[Callable[[int, int], None]]:
        """Show how the photos of a simulated camera come along, as long as it lasts."""
        return progress_bar("developing photos")

    def landed(self, drone: int) -> None:
        """Put away what belongs to the flight of one drone."""
        self.rest()

    def rest(self) -> None:
        """Put everything away after a flight, however it ended."""
        self._shown.close()
        self._bar = None


class Teller(Cockpit):
    """Prints the checks, and asks nothing."""

    def __init__(self, *, writes_parameters: bool = False, forward: str | None = None) -> None:
        """With `forward` another ground station may look on, at udp:HOST:PORT."""
        super().__init__(writes_parameters=writes_parameters)
        self._forward = forward
        self._forwarder: Forwarder | None = None

    def connected(self, link: VehicleLink) -> None:
        """Let the other ground station look on."""
        if self._forward is not None:
            self._forwarder = Forwarder(link, self._forward)

    def told(self, check: Check) -> None:
        """Print one line, and what to do."""
        err.print(f"  {word(SIGNS[check.verdict])} {word(check.name)}: {word(check.words)}")
        if check.remedy and check.verdict is Verdict.DOUBT:
            err.print(f"       -> {check.remedy}")

    def rest(self) -> None:
        """Let go of the other ground station too."""
        super().rest()
        if self._forwarder is not None:
            self._forwarder.close()
            self._forwarder = None


class Clerk(Teller):
    """Asks the person at the terminal, shows the flight and takes orders by single keys."""

    def __init__(self, *, asks: bool, writes_parameters: bool = False, forward: str | None = None) -> None:
        """With `asks` nothing takes off without a yes."""
        super().__init__(writes_parameters=writes_parameters, forward=forward)
        self.asks = asks
        self._keys: Keys | None = None
        self._live: Live | None = None
        self._progress: FlightProgress | None = None
        self._order = ""
        self._given = GivenOrders()

    def connected(self, link: VehicleLink) -> None:
        """Have keys looked at as soon as they are pressed, and forget those that were meant for an earlier flight."""
        super().connected(link)
        self._given.forget()
        self._given.wake = link.wake

    def steers(self, hurry: Callable[[Order, float], object]) -> None:
        """Have an order sent by the thread that read its key."""
        self._given.hurry = hurry

    def may_write(self, differences: Sequence[ParameterDifference]) -> bool:
        """Show what differs, and why it matters, and ask."""
        err.print("The autopilot is not set up for flying indoors:")
        for difference in differences:
            err.print(f"  {difference}")
        if self._writes_parameters or not self.asks:
            return self._writes_parameters
        return confirm("Write these to the autopilot now?", is_error=True)

    def ask(self) -> None:
        """Put the question. What was typed before is no answer to it."""
        forget_typed()
        err.print("Everything is checked. Is the aisle free of people, and do you see the drone?")
        err.print(f"In the air these keys work at once:  {_KEYS}")
        err.print("Take off now? Type y and Enter to take off, n and Enter to leave it on the ground: ", end="")

    def consent(self) -> bool | None:
        """Return the answer once a line has been typed; only a yes is a yes."""
        if not select.select([sys.stdin], [], [], 0)[0]:
            return None
        return is_yes(sys.stdin.readline())

    # -- in the air ------------------------------------------------------------------------------------------------------------

    def show(self, progress: FlightProgress) -> None:
        """Keep what there is to see; it is drawn by a thread of its own, so that drawing never holds up an order."""
        self._progress = progress
        if self._live is None and progress.phase in _IN_THE_AIR:
            if progress.phase == "arming":  # else it is in the air already, and a key may be urgent
                forget_typed()
            self._keys = Keys(self._press)
            self._live = Live(console=err.console, get_renderable=self._picture, refresh_per_second=5, transient=False)
            self._live.start()

    def next_order(self) -> tuple[Order, float] | None:
        """Return the next key that was pressed."""
        return self._given.take()

    def _press(self, letter: str, now_s: float) -> None:
        if letter.lower() in KEYS:
            self._given.give(KEYS[letter.lower()], now_s)

    def answered(self, record: OrderRecord) -> None:
        """Show what became of a key."""
        answer = "no answer yet" if record.answered_ms is None else f"{record.result} after {record.answered_ms:.0f} ms"
        self._order = f"{WORDS[record.order]}: sent {record.sent_ms:.0f} ms after the key, {answer}"

    def rest(self) -> None:
        """Give the terminal back."""
        super().rest()
        if self._live is not None:
            with suppress(OSError):  # a terminal that is gone; the flight is still to be written down
                self._live.stop()
            self._live = None
        if self._keys is not None:
            self._keys.close()
            self._keys = None

    def _picture(self) -> Panel:
        return picture(self._progress, self._order)


def picture(progress: FlightProgress | None, order: str) -> Panel:
    """Return the flight as it is drawn."""
    if progress is None:
        return Panel(Text(word("waiting")))
    view = progress.view
    table = Table.grid(padding=(0, 2))
    for label, value in [] if view is None else _rows(view, progress):
        said = value.plain if label == "autopilot" else word(value.plain)  # the autopilot's own words stay
        table.add_row(Text(word(label), style="dim"), Text(said, style=value.style))
    lines: list[RenderableType] = [table, Text(say(f"keys   {_KEYS}"), style="bold")]
    if order:
        lines.append(Text(say(order), style="yellow"))
    return Panel(Group(*lines), title=word(progress.phase), title_align="left")


def _rows(view: FlightView, progress: FlightProgress) -> list[tuple[str, Text]]:
    lane = f"{view.lane} of {view.n_lanes}" if view.lane is not None else f"between lanes (of {view.n_lanes})"
    share = view.n_bins / max(1, view.n_bins_planned)
    bar = "█" * round(20 * share) + "░" * (20 - round(20 * share))
    height = figure(view.height_m, "{:.2f} m")
    if view.height_error_m is not None:
        height += f" ({view.height_error_m * 100:+.0f} cm from plan)"
    rack = "-" if view.rack_m is None else f"{view.rack_m:.2f} m (plan {view.rack_planned_m or 0:.2f})"
    battery = f"{figure(view.battery_percent, '{} %')}, {figure(view.battery_v, '{:.1f} V')}"
    left = f"{int(view.left_s) // 60}:{int(view.left_s) % 60:02d} min"
    link = "ok" if view.silent_s < 1.0 else f"SILENT for {view.silent_s:.0f} s"
    position = "good" if view.is_position_good else "NOT GOOD"
    alarm = "" if link == "ok" and position == "good" else "bold red"
    return [
        ("lane", Text(lane)),
        ("bins", Text(f"{view.n_bins} of {view.n_bins_planned}  {bar}  {progress.n_photos} photos")),
        ("height", Text(f"{height}     rack {rack}     speed {figure(view.speed_mps, '{:.1f} m/s')}")),
        ("battery", Text(f"{battery}     time left {left}")),
        ("link", Text(f"{link}     position {position}", style=alarm)),
        ("autopilot", Text(view.text)),
    ]


def figure(value: float | None, form: str) -> str:
    """Return a figure in words; a dash where it is not known."""
    return "-" if value is None else form.format(value)
