"""Commands as a user gives them, on a part of the demo site that is flown in half a minute of simulated time."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sitl.demo import DEMO_SITE, write_demo_erp
from warehouse.run_folder import RunFolder
from warehouse.site_file import load_site

AISLESCAN = Path(sys.executable).with_name("aislescan")
SEED = 42
PART = tuple(f"A01-{bay}-{level}-{slot}" for bay in ("04", "06") for level in "12" for slot in "123")
"""Twelve locations of one face: two bays, two levels."""


def aislescan(*arguments: object, code: int = 0) -> str:
    """Run a command, hold its exit code, and return what it printed on both streams."""
    done = subprocess.run([str(AISLESCAN), *map(str, arguments)], capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def site_folder(tmp_path: Path) -> Path:
    """A copy of the demo site."""
    return Path(shutil.copytree(DEMO_SITE, tmp_path / "site"))


@pytest.fixture
def planned(tmp_path: Path, site_folder: Path) -> RunFolder:
    """A run that is planned for twelve locations, with the ERP's export of the whole site beside it."""
    wanted = tmp_path / "part.txt"
    wanted.write_text("\n".join(PART))
    aislescan("plan", site_folder, "--out", tmp_path / "run", "--locations", wanted)
    run = RunFolder.open(tmp_path / "run")
    write_demo_erp(run, load_site(run.root), SEED)
    return run
