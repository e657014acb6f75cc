"""The whole pipeline from the command line, one stage after the other."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mission.flying.scan import flight_log
from sitl.demo import DEMO_SITE
from sitl.vehicles import start_vehicle
from tests.end_to_end.conftest import AISLESCAN, PART, SEED, aislescan
from warehouse.coordinates import latlon_1e7_from_ned, ned_from_site
from warehouse.observations import Observation, ObservationStatus
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site_file import load_site

FLY = ("--sitl", "builtin", "--seed", str(SEED), "--speedup", "15")


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_killed_flight_goes_on_and_each_stage_reads_what_the_one_before_it_wrote(planned: RunFolder) -> None:
    process = subprocess.Popen(
        [str(AISLESCAN), "fly", str(planned.root), *FLY], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    wait_until(lambda: n_photos(planned) >= 5)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not planned.flight_path("01").exists()

    aislescan("fly", planned.root, *FLY)
    flights = flight_log(planned, "01").flights
    assert [flight.boot for flight in flights] == [2]
    assert set(flights[0].locations_flown) == set(PART)
    boots = {record.frame.split("/")[1][:2] for record in planned.read_lines(planned.frames_path("01"), FrameRecord)}
    assert boots == {"01", "02"}

    aislescan("read", planned.root)  # the photos that the killed camera never developed are named, not stumbled over
    observations = {o.location: o for o in planned.read_lines(planned.observations_path, Observation)}
    assert len(observations) == 96
    seen = {code for code, o in observations.items() if o.status in (ObservationStatus.READ, ObservationStatus.EMPTY)}
    assert len(seen & set(PART)) >= len(PART) - 2  # a torn label may hang in this part

    aislescan("reconcile", planned.root, "--erp", planned.root / "erp.csv")
    verdicts = {row["location"]: row["verdict"] for row in rows(planned.reconciliation_folder / "locations.csv")}
    unseen = {code for code, o in observations.items() if o.status is ObservationStatus.UNSEEN}
    # A pallet of an unseen location may have been read elsewhere, at the end of a lane, surely or not; no more may be said of it.
    assert {verdicts[code] for code in unseen} <= {"unverified", "match", "misplaced", "low_confidence"}
    findings = rows(planned.reconciliation_folder / "discrepancies.csv")
    accused = {row["expected_location"] for row in findings if not row["observed_location"] and row["verdict"] != "low_confidence"}
    assert not accused & unseen

    aislescan("report", planned.root, "--lang", "es")
    assert planned.report_path.stat().st_size > 10_000


def test_a_flight_that_is_interrupted_from_the_terminal_lands_and_says_so(planned: RunFolder) -> None:
    process = subprocess.Popen(
        [str(AISLESCAN), "fly", str(planned.root), *FLY, "--speedup", "4"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    wait_until(planned.frame_file("01", 1, 1).parent.is_dir)  # its camera is starting: the flight is a while off
    assert "another aislescan is at work" in aislescan("fly", planned.root, *FLY, code=2)
    wait_until(lambda: n_photos(planned) >= 5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to everything that was started from it
    said = process.communicate(timeout=100)[0].decode()
    assert process.returncode == 3, said
    assert "stopped by the operator" in said
    outcome = json.loads(planned.flight_path("01").read_text())["flights"][0]
    assert outcome["ending"] == "operator"


def test_ctrl_c_beside_a_flight_is_answered_in_words(planned: RunFolder) -> None:
    process = subprocess.Popen(
        [str(AISLESCAN), "fly", str(planned.root), *FLY], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    wait_until(planned.frame_file("01", 1, 1).parent.is_dir)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=100)[0].decode()
    assert process.returncode == 130, said
    assert "give the same command again" in said
    assert not planned.flight_path("01").exists()


def n_photos(run: RunFolder) -> int:
    path = run.frames_path("01")
    return path.read_text().count("\n") if path.exists() else 0


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.timeout(600)
def test_the_demo_finds_every_planted_fault_and_accuses_nothing_falsely(tmp_path: Path) -> None:
    said = subprocess.run(
        [str(AISLESCAN), "demo", "--out", str(tmp_path / "demo"), "--seed", str(SEED)],
        capture_output=True,
        text=True,
        check=False,
        timeout=550,
    )
    assert said.returncode == 0, said.stdout + said.stderr
    score = json.loads((tmp_path / "demo" / "score.json").read_text())
    kinds = sorted(fault["kind"] for fault in score["planted"])
    assert kinds == ["duplicate", "misplaced", "missing", "missing", "swapped", "swapped", "unexpected", "unreadable", "unreadable"]
    assert score["missed"] == []
    assert score["false_accusations"] == []
    assert score["locations"] == 96
    assert aislescan("demo", "--out", tmp_path / "demo", "--seed", SEED + 1, code=2).startswith("aislescan:")


def test_a_real_drone_takes_off_once_a_command_and_never_for_a_plan_that_is_flown(site_folder: Path, tmp_path: Path) -> None:
    site, toml = site_folder, site_folder / "site.toml"
    toml.write_text(toml.read_text().replace("battery_wh = 99.0", "battery_wh = 4.5"))
    wanted = tmp_path / "part.txt"
    wanted.write_text("\n".join(f"A01-{bay}-2-{slot}" for bay in ("02", "04", "06", "01", "03", "05") for slot in "123"))
    aislescan("plan", site, "--out", tmp_path / "run", "--locations", wanted)
    run = RunFolder.open(tmp_path / "run")
    assert run.sorties() == ["01", "02"]
    anchor, pad = load_site(site).layout.anchor, load_site(site).layout.home_pads[0]
    lat, lon = latlon_1e7_from_ned(anchor, ned_from_site(anchor, (*pad.position_m, 0.0)))
    home = (int(lat) / 1e7, int(lon) / 1e7, anchor.altitude_amsl_m, 20.0)
    with start_vehicle("builtin", home=home, speedup=15.0, folder=tmp_path, seed=3) as vehicle:
        fly = ("fly", run.root, "--yes", "--vehicle", vehicle.endpoint)
        assert "nobody can be asked" in aislescan("fly", run.root, "--vehicle", vehicle.endpoint, code=2)
        said = aislescan(*fly, code=3)
        assert "sortie 01 is done; sortie 02 needs a fresh battery" in said
        assert [len(flight_log(run, name).flights) for name in run.sorties()] == [1, 0]
        assert "Sortie 02: every lane was flown" in aislescan(*fly)
        assert "Nothing left to fly" in aislescan(*fly)


def test_a_run_of_another_site_is_refused(planned: RunFolder, tmp_path: Path) -> None:
    layout = planned.root / "layout.csv"
    layout.write_bytes(layout.read_bytes().replace(b"0.90", b"0.91", 1))
    said = aislescan("read", planned.root, code=2)
    assert "layout.csv differs from the site that this run was made for" in said


def test_the_demo_site_passes_its_own_check() -> None:
    assert "96" in aislescan("site", "check", DEMO_SITE)
