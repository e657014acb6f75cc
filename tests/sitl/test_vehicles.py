"""Starting, finding and ending the simulated vehicles."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sitl.ardupilot import INDOOR_PARAMETERS, cache_folder, find_arducopter, start_ardupilot
from sitl.copter.parameters import Parameters
from sitl.vehicles import start_vehicle
from tests.contracts.ground_station import GroundStation
from warehouse.errors import BadInputError, ExitCode, MissingToolError, VehicleError

HOME = (38.6255, -0.5730, 820.0, 20.0)
ROOT = Path(__file__).parents[2]


def executable(path: Path, text: str = "#!/bin/sh\nexit 7\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z" if Path("/proc").is_dir() else True


def test_the_builtin_vehicle_runs_until_it_is_left(tmp_path: Path) -> None:
    with start_vehicle("builtin", home=HOME, speedup=20.0, folder=tmp_path / "new") as vehicle:
        assert vehicle.is_running
        assert vehicle.name == "built-in copter"
        assert vehicle.endpoint != vehicle.camera_endpoint
        with GroundStation(vehicle.camera_endpoint) as ground:
            assert ground.wait("HEARTBEAT").type == 2
    assert not vehicle.is_running
    vehicle.stop()


def test_the_vehicle_starts_where_home_says_with_its_nose_as_told(tmp_path: Path) -> None:
    with start_vehicle("builtin", home=HOME, speedup=20.0, folder=tmp_path) as vehicle, GroundStation(vehicle.endpoint) as ground:
        ground.stream(108)
        state = ground.wait("SIM_STATE")
    assert (state.lat_int, state.lon_int) == (386255000, -5730000)
    assert state.yaw == pytest.approx(0.3491, abs=1e-3)


def test_a_vehicle_ends_when_its_starter_is_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time; from pathlib import Path; from sitl.vehicles import start_vehicle;"
        f"v = start_vehicle('builtin', home={HOME!r}, speedup=1.0, folder=Path({str(tmp_path)!r}));"
        "print(v._process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        assert is_alive(pid)
        starter.kill()
    deadline = time.monotonic() + 10.0
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not is_alive(pid)


def test_an_unknown_kind_is_named() -> None:
    with pytest.raises(BadInputError, match="'px4': expected one of builtin, ardupilot"):
        start_vehicle("px4", home=HOME, speedup=1.0, folder=Path())


@pytest.mark.parametrize("speedup", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speedup_must_be_a_positive_number(speedup: float) -> None:
    with pytest.raises(BadInputError, match="expected a number above 0"):
        start_vehicle("builtin", home=HOME, speedup=speedup, folder=Path())


def test_without_an_arducopter_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("ARDUCOPTER", raising=False)
    with pytest.raises(MissingToolError, match="name your arducopter") as caught:
        find_arducopter()
    assert caught.value.exit_code == ExitCode.MISSING_TOOL


def test_arducopter_is_looked_for_in_the_documented_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ARDUCOPTER", raising=False)
    cached = executable(cache_folder() / "arducopter")
    assert find_arducopter() == cached
    on_path = executable(tmp_path / "path" / "arducopter")
    assert find_arducopter() == on_path
    by_variable = executable(tmp_path / "variable")
    monkeypatch.setenv("ARDUCOPTER", str(by_variable))
    assert find_arducopter() == by_variable
    named = executable(tmp_path / "named")
    assert find_arducopter(named) == named


def test_an_arducopter_that_is_named_but_cannot_run_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARDUCOPTER", str(tmp_path / "absent"))
    with pytest.raises(MissingToolError, match=r"\$ARDUCOPTER: .*absent is not an executable file"):
        find_arducopter()


def test_an_arducopter_that_does_not_start_is_reported_with_its_last_words(tmp_path: Path) -> None:
    broken = executable(tmp_path / "arducopter", "#!/bin/sh\necho wrong machine\nexit 1\n")
    with pytest.raises(VehicleError, match="did not start: wrong machine"):
        start_ardupilot(home=HOME, speedup=1.0, folder=tmp_path, arducopter=broken)


def test_every_indoor_parameter_is_known_to_the_builtin_copter() -> None:
    parameters = Parameters()
    names = [line.split()[0] for line in INDOOR_PARAMETERS.read_text().splitlines() if line and not line.startswith("#")]
    assert len(names) > 40
    assert [name for name in names if name not in parameters] == []


def test_a_bad_parameter_file_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "bad.parm"
    file.write_text("WPNAV_SPEED 100\nLAND_SPEED fast\n")
    with pytest.raises(BadInputError, match="line 2: expected a parameter name and a number, found 'LAND_SPEED fast'"):
        Parameters().load_file(file)


def test_help_of_the_builtin_copter_shows_an_example() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "sitl.copter", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert "--speedup" in shown


def test_a_home_that_is_no_place_is_refused() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "sitl.copter", "--home", "here"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    assert run.returncode == 2
    assert "expected latitude,longitude,altitude,heading, found 'here'" in run.stderr
