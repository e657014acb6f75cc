"""The command that watches a run from another terminal, and in a browser: it only reads, and the flight never knows."""

from __future__ import annotations

import threading
import time
import webbrowser
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli_language import say
from cli_options import LangOption, RunArgument, err, open_run, out
from warehouse.errors import BadInputError

if TYPE_CHECKING:
    from cli_watch_picture import Shown
    from inventory.watching.following import RunFollower, RunSight
    from inventory.watching.server import WatchServer
    from inventory.watching.states import PlaceStates
    from mission.flying.following import FlightFollower
    from warehouse.flight_sight import FlightSight
    from warehouse.run_folder import RunFolder
    from warehouse.site import Site
    from warehouse.texts import Texts

_LOOKS_EVERY_S = 0.5
_PAGES_WAITED_S = 6.0
"""For a page that has not heard yet that the run is over."""


def watch(
    run_folder: RunArgument,
    browser: Annotated[bool, typer.Option("--browser", help="Show it in a browser on this computer too, and open one.")] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="With --browser: only print the address.")] = False,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, help="With --browser: of this computer's own address; 0: any free one.")
    ] = 0,
    lang: LangOption = "en",
) -> None:
    """Watch a run from another terminal: the racks fill while drones fly and while the photos are read.

    Only reads what the other commands write into the run folder, which need not be there yet. Ends by itself when the run is
    compared with the ERP and its report is written. The browser's page is served to this computer only.

    Example: `aislescan watch runs/monday --browser`
    """
    from inventory.watching.telling import watch_texts

    t = watch_texts(lang)
    if (no_open or port) and not browser:
        raise BadInputError("--port and --no-open belong to the browser", remedy="add --browser")
    run, site = _when_there(run_folder, t)
    watching = Watching(run, site, t)
    with ExitStack() as shown:
        server = shown.enter_context(watching.server(port)) if browser else None
        if server is not None:
            err.print(t("watch.at", address=server.address))
            if not no_open:
                webbrowser.open(server.address)
        sight = watching.until_over(server)
    watching.tell_end(sight)


def _when_there(folder: Path, t: Texts) -> tuple[RunFolder, Site]:
    """Return the run as soon as there is one."""
    has_said = False
    while not (folder / "run.json").is_file():
        if folder.exists() and not folder.is_dir():
            break
        if not has_said:
            err.print(t("watch.waiting", run=folder))
            has_said = True
        time.sleep(_LOOKS_EVERY_S)
    return open_run(folder)


def _said(flights: FlightSight) -> FlightSight:
    """Return what is seen of the flights with the words that were recorded, in English, in the language that is spoken."""
    drones = (replace(drone, ended=say(drone.ended), text=say(drone.text)) for drone in flights.drones)
    return replace(flights, drones=tuple(drones))


class Watching:
    """One run, looked at by this thread; the server's threads are told what it saw last."""

    def __init__(self, run: RunFolder, site: Site, t: Texts) -> None:
        """Look for the first time."""
        from inventory.watching.following import RunFollower
        from inventory.watching.page import elevations_of
        from mission.flying.following import FlightFollower

        self._site, self._texts = site, t
        self._flights: FlightFollower = FlightFollower(run, site)
        self._run: RunFollower = RunFollower(run, site)
        self._elevations = elevations_of(site)
        self._lock = threading.Lock()
        self._sight = self.look()

    @property
    def places(self) -> PlaceStates:
        """How far each location has come."""
        return self._run.places

    def look(self) -> RunSight:
        """Return what there is to see now."""
        with self._lock:
            self._sight = self._run.look(_said(self._flights.look()))
            return self._sight

    def server(self, port: int) -> WatchServer:
        """Return a server of the page, not yet answering."""
        from inventory.watching.page import watch_page
        from inventory.watching.server import WatchServer
        from inventory.watching.state_document import state_document

        def state(since: int) -> dict[str, Any]:
            with self._lock:
                return state_document(self._run, self._sight, self._elevations, self._texts, since=since)

        page, policy = watch_page(self._site, self._run.run.name, self._elevations, self._texts)
        return WatchServer(page, policy, state, port=port)

    def shown(self, address: str = "") -> Shown:
        """Return the picture in the terminal, not yet drawn."""
        from cli_watch_picture import Shown

        return Shown(self._run, self._elevations, self._texts, address)

    def until_over(self, server: WatchServer | None) -> RunSight:
        """Show the run in the terminal until nothing more will come."""
        with self.shown("" if server is None else server.address) as shown:
            while not (sight := self.look()).is_over:
                shown.show(sight)
                time.sleep(_LOOKS_EVERY_S)
            shown.show(sight)
            deadline = time.monotonic() + _PAGES_WAITED_S
            while server is not None and not server.has_told_the_end and time.monotonic() < deadline:
                time.sleep(0.1)
            return sight

    def tell_end(self, sight: RunSight) -> None:
        """Print what came out, and what to do next."""
        from inventory.watching.telling import headline, next_step

        out.print(headline(sight, self._texts))
        out.print(next_step(sight, self._texts, self._run.run))
