"""A run is watched while a drone flies and after: by a follower, in the terminal, and in a browser where there is one."""

from __future__ import annotations

import http.client
import io
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from benchmarks.failure_flight import Hall, KilledError, fly, shelve
from cli import app
from cli_language import speak
from cli_watch import Watching
from inventory.reconcile import reconcile_run
from inventory.report.pages import write_report
from inventory.watching.following import RunSight, Stage
from inventory.watching.server import WatchServer
from inventory.watching.telling import headline, next_step, watch_texts
from sitl.lockstep import LockstepTransport, LockstepVehicle
from sitl.session import home_of_pad
from tests.inventory.opened_page import CHROMIUM, chromium, violations
from tests.inventory.worlds import look, read
from warehouse.errors import BadInputError
from warehouse.flight_sight import DronePhase, DroneSight, FlightSight
from warehouse.poses import FrameRecord
from warehouse.reading_step import DONE, PHOTOS, ReadingStep

T = watch_texts("en")
CODES = [f"A01-{bay}-1-{slot}" for bay in ("03", "04") for slot in "123"]
"""What the plan of the hall must see: the right side of level 1 of two bays."""


@pytest.fixture(scope="module")
def flown(drawn: Hall, tmp_path_factory: pytest.TempPathFactory) -> tuple[Hall, list[RunSight], list[str]]:
    """A hall that was flown, with what was seen of it: before, at two photos of it, after; and how the terminal drew that."""
    hall = shelve(drawn, tmp_path_factory.mktemp("flown") / "hall")
    watching = Watching(hall.run, hall.site, T)
    sights: list[RunSight] = []
    pictures: list[str] = []

    def glance() -> None:
        sights.append(watching.look())
        pictures.append(drawn_in_terminal(watching, sights[-1]))

    glance()
    fly_and(hall, at_photos={6: glance, 14: glance})
    glance()
    return hall, sights, pictures


@pytest.fixture
def flown_hall(flown: tuple[Hall, list[RunSight], list[str]], tmp_path: Path) -> Hall:
    return shelve(flown[0], tmp_path / "hall")


def fly_and(hall: Hall, *, at_photos: dict[int, Callable[[], object]], is_killed: bool = False) -> None:
    """Fly in lock step; do something as soon as so many photos are taken, and at the last of these be killed if wanted."""
    vehicle = LockstepVehicle(home_of_pad(hall.site, hall.plan.sorties[0].home_pad), seed=5)
    transport: LockstepTransport = vehicle.connect()
    left = sorted(at_photos)

    def step() -> None:
        if left and vehicle.autopilot.trigger.n_photos >= left[0]:
            at_photos[left.pop(0)]()
            if is_killed and not left:
                raise KilledError

    vehicle.on_step.append(step)
    if is_killed:
        with pytest.raises(KilledError):
            fly(hall, transport)
        transport.close()
    else:
        assert fly(hall, transport) == "completed"


def read_labels(hall: Hall) -> None:
    """Write what a reading would: four pallets as the ERP says, one place empty that should not be, one read with a doubt."""
    run = hall.run
    n = sum(1 for _ in run.read_lines(run.frames_path("01"), FrameRecord))
    run.append_line(run.reading_path, ReadingStep(what=PHOTOS, n_done=n, n_total=n, read=tuple(CODES[:4])))
    run.append_line(run.reading_path, ReadingStep(what=DONE, n_done=1, n_total=1))
    seen = {code: read(code, f"LPN-{i}") for i, code in enumerate(CODES[:4])} | {CODES[4]: look(CODES[4], "empty")}
    seen[CODES[5]] = read(CODES[5], "LPN-5", confidence=0.6)
    run.write_lines(run.poses_path, list(run.read_lines(run.frames_path("01"), FrameRecord)))
    every = [seen.get(b.code.text) or look(b.code.text, "unseen") for b in hall.site.layout.bins]
    run.write_lines(run.observations_path, every)


def compare(hall: Hall) -> None:
    erp = hall.run.root.parent / "erp.csv"
    erp.write_text("\n".join(["location,pallet", *(f"{code},LPN-{i}" for i, code in enumerate(CODES))]) + "\n", encoding="utf-8")
    reconcile_run(hall.run, hall.site, erp)
    write_report(hall.run, hall.site)


def drawn_in_terminal(watching: Watching, sight: RunSight) -> str:
    console = Console(width=100, height=50, record=True, file=io.StringIO())
    console.print(watching.shown().picture(sight, (100, 50)))
    return console.export_text()


def test_a_flight_is_seen_from_the_pad_to_the_pad_and_the_terminal_draws_it(
    flown: tuple[Hall, list[RunSight], list[str]],
) -> None:
    hall, sights, pictures = flown
    assert [sight.stage for sight in sights] == [Stage.PLANNED, Stage.FLYING, Stage.FLYING, Stage.FLOWN]
    (early,), (late,), (ended,) = (sight.flights.drones for sight in sights[1:])
    assert (early.phase, early.lane, early.faces) == (DronePhase.FLYING, 1, ("A01-right",))
    assert early.position_m is not None
    assert late.position_m is not None
    assert late.position_m[1] > early.position_m[1] + 1.0
    assert early.left_s is not None
    assert late.left_s is not None
    assert 0 < late.left_s < early.left_s
    assert (ended.phase, ended.ended) == (DronePhase.LANDED, "every lane was flown and the drone landed on its pad")
    assert sights[1].n_taken < sights[2].n_taken < sights[3].n_taken
    assert ["Photographed" in p for p in pictures] == [False, True, True, True]
    assert ["◆" in p for p in pictures] == [False, True, True, False]
    assert f"aislescan read {hall.run.root}"[:40] in pictures[3]


def test_locations_go_from_photographed_to_read_to_their_verdict(flown_hall: Hall) -> None:
    hall = flown_hall
    watching = Watching(hall.run, hall.site, T)
    assert [watching.places[code] for code in CODES] == ["photographed"] * 6
    read_labels(hall)
    assert watching.look().stage is Stage.READ
    assert [watching.places[code] for code in CODES] == [*["read"] * 4, "empty", "doubt"]
    compare(hall)
    last = watching.look()
    assert (last.stage, last.is_over) == (Stage.COMPARED, True)
    assert [watching.places[code] for code in CODES] == [*["match"] * 4, "missing", "match"]
    assert headline(last, T).startswith("5 of ")
    assert next_step(last, T, hall.run) == f"The run is complete. Open the report: {hall.run.report_path}"


def test_how_a_flight_ended_is_said_in_the_language_that_is_spoken(flown_hall: Hall) -> None:
    speak("es")
    try:
        (ended,) = Watching(flown_hall.run, flown_hall.site, watch_texts("es")).look().flights.drones
    finally:
        speak("en")
    assert ended.ended == "se volaron todas las pasadas y el dron aterrizó en su base"


def test_a_program_that_is_killed_within_a_line_leaves_a_run_that_can_still_be_watched(hall: Hall) -> None:
    fly_and(hall, at_photos={4: lambda: None}, is_killed=True)
    for path in (hall.run.frames_path("01"), hall.run.telemetry_path("01")):
        with path.open("ab") as stream:
            stream.write(path.read_bytes()[-60:-20])
    watching = Watching(hall.run, hall.site, T)
    sight = watching.look()
    assert sight.stage is Stage.FLYING
    assert sight.n_taken == sum(1 for _ in hall.run.read_lines(hall.run.frames_path("01"), FrameRecord))
    assert sight.flights.drones[0].phase is DronePhase.FLYING


def test_watch_ends_by_itself_and_says_what_to_do_next(flown_hall: Hall) -> None:
    hall = flown_hall
    read_labels(hall)
    compare(hall)
    said = CliRunner().invoke(app, ["watch", str(hall.run.root), "--lang", "es"])
    assert said.exit_code == 0, said.output
    assert f"La pasada está completa. Abra el informe: {hall.run.report_path}" in said.output.replace("\n", "")


def test_a_port_without_a_browser_and_a_run_that_is_a_file_are_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for words in (["watch", str(tmp_path), "--port", "8000"], ["watch", str(tmp_path / "file")], ["watch", "x", "--lang", "fr"]):
        assert isinstance(CliRunner().invoke(app, words).exception, BadInputError)


# -- the server ----------------------------------------------------------------------------------------------------------------


@contextmanager
def served(hall: Hall) -> Iterator[tuple[Watching, WatchServer]]:
    watching = Watching(hall.run, hall.site, T)
    with watching.server(0) as server:
        yield watching, server


def ask(server: WatchServer, path: str, *, method: str = "GET", host: str | None = None) -> tuple[int, bytes]:
    port = int(server.address.rstrip("/").rpartition(":")[2])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request(method, path, headers={"Host": host or f"127.0.0.1:{port}"})
    answer = connection.getresponse()
    found = answer.status, answer.read()
    assert answer.getheader("Access-Control-Allow-Origin") is None
    connection.close()
    return found


def test_the_server_answers_two_addresses_to_get_under_its_own_name_only(drawn: Hall) -> None:
    with served(drawn) as (_, server):
        assert server.address.startswith("http://127.0.0.1:")
        assert ask(server, "/")[0] == 200
        status, body = ask(server, "/state?since=-1")
        assert (status, json.loads(body)["stage"]) == (200, "planned")
        for path in ("/site.toml", "/../site.toml", "//etc/passwd", "/state/", "/favicon.ico"):
            assert ask(server, path)[0] == 404
        for host in ("evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1.evil.example:80", "[::1]:80"):
            assert ask(server, "/state", host=host)[0] == 421
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "HEAD"):
            assert ask(server, "/state", method=method)[0] == 501
        for since in ("x", "9999999999999999", "-5", "²"):
            assert ask(server, f"/state?since={since.encode().hex() if since == '²' else since}")[0] == 200


def test_an_update_names_only_what_changed(flown_hall: Hall) -> None:
    with served(flown_hall) as (watching, server):
        first = json.loads(ask(server, "/state?since=-1")[1])
        assert len(first["bins"]["photographed"]) == len(CODES)
        assert json.loads(ask(server, f"/state?since={first['version']}")[1])["bins"] == {}
        read_step = ReadingStep(what=PHOTOS, n_done=1, n_total=9, read=(CODES[2],))
        flown_hall.run.append_line(flown_hall.run.reading_path, read_step)
        watching.look()
        later = json.loads(ask(server, f"/state?since={first['version']}")[1])
        index = [b.code.text for b in flown_hall.site.layout.bins].index(CODES[2])
        assert (later["stage"], later["bins"]) == ("reading", {"read": [index]})
        assert len(ask(server, f"/state?since={later['version']}")[1]) < 1_000


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt-get install chromium)")
def test_the_page_fills_while_the_drone_flies_and_ends_with_the_verdicts(hall: Hall) -> None:
    noise: list[str] = []

    def count(page: Any, state: str) -> int:
        return int(page.eval_on_selector_all(f".bin.v-{state}", "all => all.length"))

    with ExitStack() as stack:
        watching, server = stack.enter_context(served(hall))
        page = stack.enter_context(chromium()).new_page(viewport={"width": 360, "height": 800}, color_scheme="dark")
        page.on("console", lambda message: noise.append(message.text))
        page.on("pageerror", lambda error: noise.append(str(error)))
        page.on(
            "request", lambda request: None if request.url.startswith((server.address, "data:,")) else noise.append(request.url)
        )
        page.goto(server.address)
        page.wait_for_selector(".bin.v-planned")
        n_photographed: list[int] = []

        def glance() -> None:
            watching.look()
            page.wait_for_selector(".drone")
            n_photographed.append(watching.places.counts["photographed"])
            page.wait_for_selector(f":nth-match(.bin.v-photographed, {n_photographed[-1]})", state="attached")
            assert page.inner_text("#headline") == "The drone is flying and takes photos."

        fly_and(hall, at_photos={6: glance, 14: glance})
        assert 0 < n_photographed[0] < n_photographed[1]
        read_labels(hall)
        compare(hall)
        watching.look()
        page.wait_for_selector(".bin.v-match")
        assert (count(page, "match"), count(page, "missing"), count(page, "photographed")) == (5, 1, 0)
        assert page.inner_text("#next") == f"The run is complete. Open the report: {hall.run.report_path}"
        page.focus(f'.bin[data-code="{CODES[4]}"]')
        page.keyboard.press("Enter")
        assert page.inner_text("#chosen") == f"{CODES[4]}: Missing"
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert violations(page) == []
    assert noise == []


def test_several_drones_are_a_line_each_and_what_is_wrong_with_one_stands_below(drawn: Hall) -> None:
    near = DroneSight(sortie="01", drone=1, phase=DronePhase.FLYING, lane=2, n_lanes=4, left_s=61.0, silent_s=9.0)
    home = DroneSight(sortie="02", drone=2, phase=DronePhase.COMING_HOME, left_s=12.0, battery_percent=80)
    down = DroneSight(sortie="03", drone=3, phase=DronePhase.LANDED, ended="the position was lost; the drone landed where it was")
    watching = Watching(drawn.run, drawn.site, T)
    sight = replace(watching.look(), stage=Stage.FLYING, flights=FlightSight(is_planned=True, drones=(near, home, down)))
    lines = [line.strip("│ ") for line in drawn_in_terminal(watching, sight).splitlines()]
    assert lines[1] == "2 drones are flying and take photos."
    assert any(line.split()[:5] == ["Drone", "1,", "flight", "01", "flying"] and "1:01 min" in line for line in lines)
    assert any(line.split()[:6] == ["Drone", "2,", "flight", "02", "coming", "home"] and "80 %" in line for line in lines)
    assert "Drone 1, flight 01, link: nothing heard for 9 s" in lines
    assert "Drone 3, flight 03: the position was lost; the drone landed where it was" in lines
    only_home = replace(sight, flights=replace(sight.flights, drones=(home, down)))
    assert headline(only_home, T) == "What is in the air is coming home before its flight is complete."
    on_pad = replace(near, phase=DronePhase.GETTING_READY)
    ready = replace(sight, stage=Stage.PLANNED, flights=replace(sight.flights, drones=(on_pad,)))
    assert next_step(ready, T, drawn.run) == "Stay clear of it, and answer in the other terminal when you are asked there."
