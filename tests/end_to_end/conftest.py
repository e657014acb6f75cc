"""Commands as a user gives them, on a part of the demo site that is flown in half a minute of simulated time.

But for the demo itself they fly a camera of 4 megapixels, which costs less than half to simulate and to read.
"""

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
def small_site(tmp_path: Path) -> Path:
    """The demo site with a camera of fewer pixels over the same angle."""
    site = Path(shutil.copytree(DEMO_SITE, tmp_path / "site"))
    toml = (site / "site.toml").read_text()
    small = toml.replace("size_px = [3840, 2400]", "size_px = [2448, 1530]").replace("focal_px = 5150.0", "focal_px = 3283.0")
    assert small.count("2448") == small.count("3283.0") == 1
    (site / "site.toml").write_text(small)
    return site


@pytest.fixture
def planned(tmp_path: Path, small_site: Path) -> RunFolder:
    """A run that is planned for twelve locations, with the ERP's export of the whole site beside it."""
    wanted = tmp_path / "part.txt"
    wanted.write_text("\n".join(PART))
    aislescan("plan", small_site, "--out", tmp_path / "run", "--locations", wanted)
    run = RunFolder.open(tmp_path / "run")
    write_demo_erp(run, load_site(run.root), SEED)
    return run
