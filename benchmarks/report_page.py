"""How the report page does at a site of 10,000 locations: its size, how soon it shows, and how quick a filter is.

    python -m benchmarks.report_page [--locations 10000] [--browser /usr/bin/chromium]

A grid site with two faults in a hundred places, two pictures a place with the size and the noise of real crops, and photos along
every lane. The page is opened in Chromium with Playwright: the first contentful paint as the browser says it, and the time from a
filter, or a click on a finding, to the next frame that the browser has drawn. Times are of the wall; the work of the page's main
thread (processor time) is written beside them, as is the load of the machine: on a busy one only the work says much. Writes
benchmarks/results/report_page.json.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import Page, sync_playwright

from benchmarks.grid_sites import write_grid_site
from benchmarks.machine import describe_machine
from benchmarks.report_use import decide_by_keys, filter_the_list, fits, listened_to, open_a_finding, print_it
from inventory.reconcile import reconcile_run
from inventory.report.pages import write_report
from warehouse.layout import Bin
from warehouse.observations import EvidencePicture, Observation, ObservationStatus, PalletSighting
from warehouse.pallet_ids import PalletId, PalletIdKind, check_digit
from warehouse.poses import FrameRecord, Pose
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site

RESULT = Path(__file__).parent / "results" / "report_page.json"
PICTURES = 24
"""Different pictures; the names that the places have for theirs point to them in turn."""
_FILTER = """async ([selector, value]) => {
  const control = document.querySelector(selector), began = performance.now(), drawn = new MessageChannel();
  if (value === null) control.click();
  else {
    control.value = value;
    for (const name of ["input", "change"]) control.dispatchEvent(new Event(name, { bubbles: true }));
  }
  await new Promise((done) => {
    drawn.port1.onmessage = done;
    requestAnimationFrame(() => drawn.port2.postMessage(0));
  });
  return performance.now() - began;
}"""


def main() -> None:
    """Make the run, write its page, open it, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--locations", type=int, default=10_000)
    parser.add_argument("--browser", default=shutil.which("chromium") or shutil.which("google-chrome"))
    parser.add_argument("--keep", type=Path, help="Make the run in this folder and leave it there.")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = args.keep or Path(name)
        run, site = large_run(root, args.locations)
        began = time.process_time()
        page = write_report(run, site)
        pages = sorted(run.report_pages_folder.glob("*.html")) if run.report_pages_folder.is_dir() else []
        row = {
            "locations": len(site.layout.bins),
            "findings": sum(1 for _ in run.reconciliation.discrepancies_path.open(encoding="utf-8")) - 1,
            "written_cpu_s": round(time.process_time() - began, 1),
            "page_mb": round(page.stat().st_size / 1e6, 2),
            "pages": 1 + len(pages),
            "largest_page_mb": round(max(p.stat().st_size for p in (page, *pages)) / 1e6, 2),
            **opened(pages[0] if pages else page, args.browser),
            "used": used(pages[0] if pages else page, args.browser),
        }
    result = {"machine": describe_machine(), "load": round(os.getloadavg()[0], 1), **row}
    if not args.keep:
        write_atomically(RESULT, json.dumps(result, indent=1) + "\n")
    print(json.dumps(result, indent=1))


def opened(page_path: Path, browser_path: str | None) -> dict[str, Any]:
    """Return what the browser measures of a page."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        paints: list[float] = []
        filters: list[tuple[float, float]] = []
        opens: list[tuple[float, float]] = []
        for _ in range(3):
            page = browser.new_page(viewport={"width": 1400, "height": 900})
            page.goto(page_path.as_uri())
            page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length > 0")
            paints.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
            work = _Work(page)
            filters += [work.timed(selector, value) for selector, value in _controls(page)]
            opens.append(work.timed("#list [data-finding]"))
            page.close()
        browser.close()
    return {
        "first_paint_ms": round(median(paints)),
        "filter_ms": round(median(wall for wall, _ in filters)),
        "slowest_filter_ms": round(max(wall for wall, _ in filters)),
        "filter_work_ms": round(median(work for _, work in filters)),
        "slowest_filter_work_ms": round(max(work for _, work in filters)),
        "open_finding_ms": round(median(wall for wall, _ in opens)),
        "open_finding_work_ms": round(median(work for _, work in opens)),
    }


def used(page_path: Path, browser_path: str | None) -> dict[str, Any]:
    """Use the page as a clerk does; return what there was to be used. `report_use.LostError` where somebody would be stuck."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox"])
        with listened_to(browser, page_path) as (page, noise):
            found: dict[str, Any] = {"pictures_of_a_finding": open_a_finding(page), "filters": filter_the_list(page)}
            page.reload()
            decide_by_keys(page)
            found["racks_on_paper"], found["other_sheets"] = print_it(page)
        with listened_to(browser, page_path, width=360, scheme="dark") as (page, small_noise):
            found["fits_360_px"] = fits(page, 360)
        browser.close()
    return found | {"logged_or_asked_for": [*noise, *small_noise]}


def _controls(page: Page) -> Iterator[tuple[str, str | None]]:
    yield '.chip[data-filter="missing"]', None
    yield "#search", "A03"
    yield "#search", ""
    yield '.chip[data-filter=""]', None
    if page.query_selector("#filter-aisle"):
        yield "#filter-aisle", page.eval_on_selector("#filter-aisle", "s => s.options[s.options.length - 1].value")
        yield "#filter-aisle", ""


class _Work:
    """Measures what the page does after a control was used."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.session = page.context.new_cdp_session(page)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def timed(self, selector: str, value: str | None = None) -> tuple[float, float]:
        """Return milliseconds of the wall until it is drawn, and of the main thread's processor."""
        before = self._done_ms()
        wall = float(self.page.evaluate(_FILTER, [selector, value]))
        return wall, self._done_ms() - before

    def _done_ms(self) -> float:
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return next(1000 * float(m["value"]) for m in metrics if m["name"] == "TaskDuration")


def large_run(root: Path, n_locations: int, *, bays: int = 20, levels: int = 5) -> tuple[RunFolder, Site]:
    """Return a reconciled run: one place in a hundred lost its pallet, one holds a pallet that the ERP does not know."""
    write_grid_site(root / "site", n_locations, bays=bays, levels=levels)
    site = load_site(root / "site")
    run = RunFolder.create(root / "runs" / "monday", root / "site")
    names = write_pictures(run, 2 * len(site.layout.bins))
    run.write_lines(run.evidence_index_path, [EvidencePicture(file=name, frame=f"01/{i:06d}") for i, name in enumerate(names)])
    bins = site.layout.bins
    erp = [f"{b.code},{sscc(n)},{n % 997},{n % 40 + 1}" for n, b in enumerate(bins) if n % 100 != 57]
    (root / "erp.csv").write_text("\n".join(["location,pallet,sku,quantity", *erp]) + "\n", encoding="utf-8")
    run.write_lines(run.frames_path("01"), list(photos(site)))
    run.write_lines(run.observations_path, [look(n, b, names) for n, b in enumerate(bins)])
    reconcile_run(run, site, root / "erp.csv")
    return run, site


def look(n: int, b: Bin, names: list[str]) -> Observation:
    """Return what was seen of the n-th place."""
    bin_picture, label_picture = names[2 * n : 2 * n + 2]
    seen = Observation(
        location=b.code.text,
        status=ObservationStatus.EMPTY,
        confidence=0.97,
        seen_at="2026-11-23T10:00:00Z",
        frames=tuple(f"01/{(n + i) % 5000:06d}" for i in range(4)),
        evidence=bin_picture,
        reason="seen empty in 4 photos",
    )
    if n % 100 == 13:
        return seen
    if n % 100 == 77:
        return replace(seen, status=ObservationStatus.UNREADABLE, reason="its label does not read")
    pallet = PalletId(PalletIdKind.SSCC, sscc(n))
    sighting = PalletSighting(pallet=pallet, symbology="Code128", text="00" + pallet.value, n_frames=3, evidence=label_picture)
    reason, beside = "label read in 3 photos", b.code.text
    return replace(seen, status=ObservationStatus.READ, pallets=(sighting,), margin_m=0.4, runner_up=beside, reason=reason)


def sscc(serial: int) -> str:
    """Return a valid SSCC."""
    digits = f"38412345{serial:09d}"
    return digits + check_digit(digits)


def write_pictures(run: RunFolder, n_names: int) -> list[str]:
    """Write crops of 640 x 480 with as much detail as real ones have (30 kB of JPEG); return names, of these in turn."""
    names = []
    for number in range(PICTURES):
        rng = np.random.default_rng(number)
        coarse = cv2.resize(rng.uniform(40, 190, (12, 16, 3)), (640, 480), interpolation=cv2.INTER_CUBIC)
        picture = np.clip(coarse + rng.normal(0, 7, (480, 640, 1)), 0, 255).astype(np.uint8)
        picture[200:300, 200:440] = np.where(rng.random(240) < 0.5, 20, 235).astype(np.uint8)[None, :, None]
        name = f"evidence/{number:06d}.jpg"
        (run.root / "evidence").mkdir(exist_ok=True)
        cv2.imwrite(str(run.root / name), picture, [cv2.IMWRITE_JPEG_QUALITY, 72])
        names.append(name)
    for number in range(PICTURES, n_names):
        name = f"evidence/{number:06d}.jpg"
        (run.root / name).symlink_to(Path(names[number % PICTURES]).name)
        names.append(name)
    return names


def photos(site: Site) -> Iterator[FrameRecord]:
    """Yield a photo every 0.6 m along both faces of each aisle, at every level of 1.45 m."""
    number = 0
    for aisle in site.layout.aisles:
        for heading in (180.0, 0.0):
            for level in range(5):
                for step in range(int(aisle.length_m / 0.6)):
                    pose = Pose(
                        time_s=number * 0.5,
                        position_m=(aisle.start_m[0], aisle.start_m[1] + step * 0.6, 0.7 + 1.45 * level),
                        roll_deg=0.0,
                        pitch_deg=0.0,
                        heading_deg=heading,
                    )
                    yield FrameRecord(
                        frame=f"01/{number:06d}", sortie="01", file=f"sorties/01/frames/00-{number:06d}.jpg", camera="right",
                        captured_at="2026-11-23T10:00:00Z", pose=pose, position_sigma_m=0.05, is_ekf_healthy=True,
                    )  # fmt: skip
                    number += 1


if __name__ == "__main__":
    main()
