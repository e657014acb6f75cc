"""What the page of `watch` costs at a site of 10,000 locations: bytes an update, and work of the browser's main thread.

    python -m benchmarks.watch_page [--locations 10000] [--browser /usr/bin/chromium]

A grid site of which nothing is known yet; then so many locations change at once, as flying and reading make them change, and the
page in Chromium asks for what changed. The work is processor time of the page's main thread over a little more than one update.
Writes benchmarks/results/watch_page.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.grid_sites import write_grid_site
from benchmarks.machine import describe_machine
from inventory.watching.following import RunFollower
from inventory.watching.page import elevations_of, watch_page
from inventory.watching.server import WatchServer
from inventory.watching.state_document import state_document
from inventory.watching.telling import watch_texts
from warehouse.flight_sight import FlightSight
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site_file import load_site

RESULT = Path(__file__).parent / "results" / "watch_page.json"
CHANGES = (0, 1, 10, 100, 1000)
STATES = ("photographed", "read", "match")
_AN_UPDATE_MS = 1300


def main() -> None:
    """Watch, change, measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--locations", type=int, default=10_000)
    parser.add_argument("--browser", default=shutil.which("chromium") or shutil.which("google-chrome"))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        write_grid_site(root / "site", args.locations)
        run, site = RunFolder.create(root / "run", root / "site"), load_site(root / "site")
        follower, t, elevations = RunFollower(run, site), watch_texts("en"), elevations_of(site)
        began = time.process_time()
        page, policy = watch_page(site, run.name, elevations, t)
        row: dict[str, Any] = {"locations": len(site.layout.bins), "page_cpu_s": round(time.process_time() - began, 1)}
        sight = follower.look(FlightSight())
        told: list[int] = []

        def state(since: int) -> dict[str, Any]:
            document = state_document(follower, sight, elevations, t, since=since)
            told.append(len(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()))
            return document

        with WatchServer(page, policy, state) as server:
            row |= {"page_mb": round(len(page) / 1e6, 2), "updates": watched(server, follower, told, args.browser)}
    result = {"machine": describe_machine(), "load": round(os.getloadavg()[0], 1), **row}
    write_atomically(RESULT, json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


def watched(server: WatchServer, follower: RunFollower, told: list[int], browser_path: str | None) -> list[dict[str, Any]]:
    """Return bytes and work by the number of locations that change at once."""
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.goto(server.address)
        page.wait_for_selector(".bin.v-planned", state="attached")
        page.wait_for_timeout(_AN_UPDATE_MS)
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})

        def done_ms() -> float:
            metrics = session.send("Performance.getMetrics")["metrics"]
            return next(1000 * float(m["value"]) for m in metrics if m["name"] == "TaskDuration")

        for n in CHANGES:
            work = []
            sizes = []
            for state in STATES:
                for code in follower.places.codes[:n]:
                    follower.places.set(code, state)
                follower.places.turn()
                before, n_told = done_ms(), len(told)
                page.wait_for_timeout(_AN_UPDATE_MS)
                work.append(done_ms() - before)
                sizes.append(max(told[n_told:], default=0))
            rows.append({"changed": n, "bytes": max(sizes), "work_ms": round(median(work))})
        browser.close()
    return rows


if __name__ == "__main__":
    main()
