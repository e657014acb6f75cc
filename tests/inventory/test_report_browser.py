"""The page in a real Chromium, where there is one: its script runs under its own policy and opens what is asked for."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from inventory.report import write_report
from tests.inventory.reported_run import MOVED_FROM, MOVED_TO, make_run, sscc
from tests.inventory.test_report_page import change

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt-get install chromium)")


def rendered(page: Path, profile: Path, address: str = "") -> tuple[str, str]:
    """Return the page's document after its script ran, and what the browser logged."""
    assert CHROMIUM is not None
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", f"--user-data-dir={profile}"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", "--dump-dom", f"{page.as_uri()}#{address}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout, done.stderr


def test_an_address_opens_the_location_with_pictures_and_both_sides(tmp_path: Path) -> None:
    run, site = make_run(tmp_path / "run")
    dom, log = rendered(write_report(run, site), tmp_path / "profile", MOVED_TO)
    detail = dom.split('id="detail"')[1].split("</section>\n\n")[0]
    assert "Move the pallet back, or correct its location in the ERP to A01-06-1-3." in detail
    assert detail.count("<img ") == 3
    words = re.sub(r"<[^>]+>", " ", detail)
    assert re.search(rf"The ERP says\s+Pallet\s+\d{{18}}\s+Location\s+{MOVED_FROM}", words)
    assert re.search(rf"The drone read\s+Pallet\s+\d{{18}}\s+Location\s+{MOVED_TO}", words)
    chosen = re.findall(r'<g class="bin [^"]*chosen[^"]*" data-code="([^"]+)"', dom)
    assert sorted(chosen) == sorted([MOVED_FROM, MOVED_TO])
    assert "CONSOLE" not in log


def test_a_hostile_label_stays_text_in_the_details(tmp_path: Path) -> None:
    run, site = make_run(tmp_path / "run", pictures=False)
    hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
    change(run.reconciliation.discrepancies_path, C002={"reason": hostile, "pallet": hostile, "item": sscc(5)})
    dom, log = rendered(write_report(run, site), tmp_path / "profile", MOVED_TO)
    detail = dom.split('id="detail"')[1].split("</section>\n\n")[0]
    assert "&lt;img src=x onerror=" in detail
    assert "<img" not in detail
    assert "<script" not in detail
    assert "<title>Stock check" in dom
    assert "is not in the run folder any more" in detail
    assert "CONSOLE" not in log
