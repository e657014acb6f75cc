"""A watched run in the terminal: the racks as letters, one a location, with bars and words beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from cli_options import err
from inventory.report.elevation import Elevation
from inventory.watching.following import RunFollower, RunSight, Stage
from inventory.watching.state_document import drawn_at, faces_of
from inventory.watching.states import LEFT_OUT, NOT_IN_COUNT, PHOTOGRAPHED, PLANNED
from inventory.watching.telling import Bar, DroneWords, bars, drones, headline, later_flights, next_step
from warehouse.layout import BinKind
from warehouse.texts import Texts

_LETTERS = {
    PLANNED: ("·", "dim"),
    PHOTOGRAPHED: ("o", ""),
    "read": ("#", "blue"),
    "doubt": ("!", "yellow"),
    "empty": ("_", "green"),
    "unreadable": ("%", "yellow"),
    "unseen": ("?", "dim"),
    "match": ("=", "green"),
    "missing": ("X", "bold red"),
    "misplaced": (">", "bold yellow"),
    "unexpected": ("+", "bold magenta"),
    "duplicate": ("2", "bold blue"),
    "wrong_content": ("≠", "bold magenta"),
    "stale": ("~", "cyan"),
    "low_confidence": ("!", "yellow"),
    "unverified": ("?", "dim"),
    NOT_IN_COUNT: (" ", ""),
    LEFT_OUT: ("/", "dim"),
}
"""A letter and a colour a state: the letter alone says it."""
_DRONE = "◆"
_COLUMNS = ("doing", "left", "battery", "lane", "place")
"""Of several drones; what is least missed on a narrow terminal comes last."""
_BAR = 30
_BETWEEN_LINES_SHARE = 0.1
"""Without a terminal a line is printed whenever the stage changes, and with each tenth of its work."""


class Shown:
    """The picture, drawn anew at each look; on something that is no terminal a line now and then. Use as a context manager."""

    def __init__(self, run: RunFollower, elevations: Sequence[Elevation], t: Texts, address: str) -> None:
        """Show `run`; `address` is that of its page, if there is one."""
        self._run, self._texts, self._address = run, t, address
        self._racks = [_Rack(e) for e in elevations]
        self._live = Live(console=err.console, auto_refresh=False, transient=True) if err.is_terminal else None
        self._said: tuple[Any, ...] = ()

    def __enter__(self) -> Shown:
        """Begin."""
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Give the terminal back."""
        if self._live is not None:
            self._live.stop()

    def show(self, sight: RunSight) -> None:
        """Show what was seen."""
        if self._live is not None:
            self._live.update(self.picture(sight, err.console.size), refresh=True)
            return
        done = bars(sight, self._texts)
        key = (sight.stage, *(int(b.n_done / max(1, b.n_total) / _BETWEEN_LINES_SHARE) for b in done))
        if key != self._said:
            self._said = key
            err.print(" ".join([headline(sight, self._texts), *(f"{b.name}: {b.n_done}/{b.n_total}." for b in done)]))

    def picture(self, sight: RunSight, size: tuple[int, int]) -> RenderableType:
        """Return what was seen as it is drawn on a terminal of `size` (columns, lines)."""
        return _picture(self._run, sight, self._racks, self._texts, address=self._address, size=size)


def _picture(
    run: RunFollower, sight: RunSight, racks: Sequence[_Rack], t: Texts, *, address: str, size: tuple[int, int]
) -> RenderableType:
    width, lines = size
    head: list[RenderableType] = [Text(headline(sight, t), style="bold")]
    table = Table.grid(padding=(0, 2))
    for bar in bars(sight, t):
        table.add_row(Text(bar.name, style="dim"), _bar(bar))
    told = drones(sight, run.site, t)
    for drone in told if len(told) == 1 else ():
        table.add_row(Text(drone.name, style="bold"))
        for row in drone.rows:
            table.add_row(Text(row.name, style="dim"), Text(row.words, style="bold red" if row.is_alarm else ""))
    later = later_flights(sight, t)
    head += [table] if table.row_count else []
    lines_of_drones = _several(told) if len(told) > 1 else []
    head += lines_of_drones
    head += [Text(later, style="dim")] if later else []
    foot: list[RenderableType] = [_legend(run, t), Text(next_step(sight, t, run.run), style="bold")]
    keys = t("watch.keys") if sight.stage is not Stage.COMPARED else ""
    foot += [Text(line, style="dim") for line in (keys, t("watch.at", address=address) if address else "") if line]
    n_told = sum(each.row_count + 1 if isinstance(each, Table) else 1 for each in lines_of_drones)
    room = lines - 8 - table.row_count - n_told - len(foot) - (1 if later else 0)
    return Panel(Group(*head, *_racks(run, sight, racks, t, width - 4, room), *foot), title=run.run.name, title_align="left")


def _several(told: Sequence[DroneWords]) -> list[Table | Text]:
    """Return a line a drone, and below them what is wrong with one, and how the flight of one has ended."""
    columns = {row.key: row.name for drone in told for row in drone.rows if row.key in _COLUMNS}
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="dim")
    table.add_column("", no_wrap=True, min_width=max(len(drone.name) for drone in told))
    for key in _COLUMNS:
        if key in columns:
            widest = max((len(row.words) for drone in told for row in drone.rows if row.key == key), default=0)
            may_shrink = key == _COLUMNS[-1]
            table.add_column(columns[key], no_wrap=True, overflow="ellipsis", min_width=None if may_shrink else widest)
    notes: list[Text] = []
    for drone in told:
        words = {row.key: row.words for row in drone.rows}
        table.add_row(Text(drone.name, style="bold"), *(words.get(key, "") for key in _COLUMNS if key in columns))
        for row in drone.rows:
            if row.is_alarm or row.key == "ended":
                line = f"{drone.name}: {row.words}" if row.key == "ended" else f"{drone.name}, {row.name}: {row.words}"
                notes.append(Text(line, style="bold red" if row.is_alarm else "", no_wrap=True, overflow="ellipsis"))
    return [table, *notes]


class _Rack:
    """A rack face as rows of locations, one a level."""

    def __init__(self, elevation: Elevation) -> None:
        self.elevation = elevation
        rows: dict[float, dict[float, str]] = {}
        for drawn in elevation.bins:
            if drawn.bin.kind is not BinKind.REAR:
                middle = drawn.box.y + drawn.box.height / 2
                level = next((y for y in rows if abs(y - middle) < drawn.box.height / 2), middle)
                rows.setdefault(level, {})[drawn.box.x + drawn.box.width / 2] = drawn.bin.code.text
        self.columns = max((sorted(row) for row in rows.values()), key=len, default=[])
        """x of each, in the drawing."""
        self.levels = sorted(rows)
        self.codes = [{self.column(x): code for x, code in rows[y].items()} for y in self.levels]
        self.all_codes = [code for row in self.codes for code in row.values()]

    def column(self, x: float) -> int:
        return min(range(len(self.columns)), key=lambda i: abs(self.columns[i] - x), default=0)

    def level(self, y: float) -> int:
        return min(range(len(self.levels)), key=lambda i: abs(self.levels[i] - y), default=0)


def _racks(run: RunFollower, sight: RunSight, racks: Sequence[_Rack], t: Texts, width: int, room: int) -> Iterator[RenderableType]:
    """Yield the racks that there is room for, those with a drone before those that have begun to fill; then a line on the rest."""
    flown = [name for drone in sight.flights.drones for name in faces_of(drone, run.site)]
    shares = {rack.elevation.face.name: run.places.share(rack.all_codes) for rack in racks}

    def rank(rack: _Rack) -> tuple[bool, bool]:
        name = rack.elevation.face.name
        share = shares[name]
        return name not in flown, not 0 < share.n_photographed + share.n_read < 2 * share.n_meant

    shown: list[_Rack] = []
    for rack in sorted(racks, key=rank):
        height = len(rack.levels) + 1
        if height > room:
            break
        room -= height
        shown.append(rack)
    for rack in sorted(shown, key=racks.index):
        face, share = rack.elevation.face, shares[rack.elevation.face.name]
        words = (
            t("watch.rack_share", photographed=share.n_photographed, read=share.n_read, n=share.n_meant) if share.n_meant else ""
        )
        yield Text(f"{t(f'map.{face.side}', aisle=face.aisle)}  {words}")
        yield from _rows(run, sight, rack, width)
    left = [rack for rack in racks if rack not in shown]
    if left:
        rest = run.places.share(code for rack in left for code in rack.all_codes)
        key = "watch.more.one" if len(left) == 1 else "watch.more.other"
        yield Text(t(key, n=len(left), photographed=rest.n_photographed, read=rest.n_read, all=rest.n_meant), style="dim")


def _rows(run: RunFollower, sight: RunSight, rack: _Rack, width: int) -> Iterator[Text]:
    at: dict[tuple[int, int], str] = {}
    for drone in sight.flights.drones:
        if drone.position_m is not None and rack.elevation.face.name in faces_of(drone, run.site):
            x, y = drawn_at(rack.elevation, drone.position_m)
            at[rack.level(y), rack.column(x)] = _DRONE if len(sight.flights.drones) == 1 else str(drone.drone % 10)
    cell = max(1, min(3, (width - 4) // max(1, len(rack.columns))))
    room = max(10, (width - 4) // cell)
    middle = next((column for _, column in at), 0)
    first = min(max(0, middle - room // 2), max(0, len(rack.columns) - room))
    for level, codes in enumerate(rack.codes):
        name = next((run.site.layout.bins_by_code[code].code.level for code in codes.values()), "")
        row = Text(f"{name:>3} ", style="dim")
        for column in range(first, min(len(rack.columns), first + room)):
            if (level, column) in at:
                letter, style = at[level, column], "bold reverse"
            else:
                letter, style = _LETTERS[run.places[codes[column]]] if column in codes else (" ", "")
            row.append(letter.center(cell), style=style)
        yield row


def _legend(run: RunFollower, t: Texts) -> Text:
    legend = Text()
    for state, n in run.places.counts.items():
        letter, style = _LETTERS[state]
        if letter.strip():
            legend.append(f"{letter} ", style=style).append(f"{t(f'verdict.{state}.name')} {n}   ")
    return legend


def _bar(bar: Bar) -> Text:
    filled = round(_BAR * min(1.0, bar.n_done / max(1, bar.n_total)))
    return Text("█" * filled + "░" * (_BAR - filled) + f"  {bar.n_done} / {bar.n_total}")
