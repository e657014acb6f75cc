"""A SITL in the background: found again, one at a time, and nothing else is ended in its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sitl.ardupilot import cache_folder
from sitl.background import running, start_background, stop_background
from sitl.demo import DEMO_SITE
from warehouse.errors import BadInputError
from warehouse.site import Site
from warehouse.site_file import load_site


@pytest.fixture(autouse=True)
def note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return cache_folder().parent / "sitl" / "running.json"


@pytest.fixture
def site() -> Site:
    return load_site(DEMO_SITE)


def test_a_process_that_has_got_the_number_since_is_left_alone(note: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as stranger:
        note.parent.mkdir(parents=True)
        note.write_text(json.dumps({"pid": stranger.pid, "began": "1", "endpoint": "tcp:127.0.0.1:1", "folder": "x"}))
        assert running() is None
        assert stop_background() is None
        assert stranger.poll() is None
        assert not note.exists()
        stranger.kill()


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"pid": 1}'])
def test_a_note_that_says_nothing_is_no_running_drone(note: Path, text: str) -> None:
    note.parent.mkdir(parents=True)
    note.write_text(text)
    assert running() is None


def test_a_pad_that_the_site_lacks_is_refused_with_those_it_has(site: Site) -> None:
    with pytest.raises(BadInputError, match="--pad roof: the site has pad 1"):
        start_background(site, home_pad="roof", speedup=1.0)


@pytest.mark.arducopter
@pytest.mark.skipif("ARDUCOPTER" not in os.environ, reason="$ARDUCOPTER is not set")
def test_it_runs_on_is_found_again_and_is_ended_with_its_children(site: Site) -> None:
    started = start_background(site, home_pad=None, speedup=5.0)
    family = [psutil.Process(started.pid), *psutil.Process(started.pid).children(recursive=True)]
    try:
        assert running() == started
        with pytest.raises(BadInputError, match=f"runs already at {started.endpoint}"):
            start_background(site, home_pad=None, speedup=5.0)
    finally:
        assert stop_background() == started
    assert running() is None
    assert [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE] == []
