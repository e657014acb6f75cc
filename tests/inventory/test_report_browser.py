"""The page in a real Chromium, where there is one: used by mouse and keyboard, on paper, on a phone, in the dark."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inventory.decisions_file import read_decisions
from inventory.overtime import write_site_page
from inventory.report.pages import write_report
from inventory.store.deciding import Choice
from tests.inventory.opened_page import chromium, needs_chromium, opened, violations
from tests.inventory.parsed_page import change
from tests.inventory.recounted_runs import Runs
from tests.inventory.reported_run import DEMO_SITE, MISSING, MOVED_FROM, MOVED_TO, SWAPPED, make_run, write_picture
from tests.inventory.test_overtime import COSTS
from tests.inventory.worlds import look, sscc

pytestmark = needs_chromium

HOSTILE = "<img src=x onerror=\"document.title=1\"><script>document.title=2</script>=cmd|' /C calc'!A0"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run, site = make_run(tmp_path_factory.mktemp("report") / "run", pictures=False)
    for name, words in ((MOVED_FROM, ""), (MOVED_TO, sscc(7)), (f"{MOVED_TO}-label", sscc(7))):
        write_picture(run.root / "evidence" / f"{name}.jpg", words)
    return write_report(run, site)


def chosen(page: Any) -> list[str]:
    return [str(code) for code in page.eval_on_selector_all(".bin.chosen", "bins => bins.map((bin) => bin.dataset.code).sort()")]


def test_a_finding_shows_its_bins_and_pictures_and_a_bin_shows_its_finding(browser: Any, path: Path) -> None:
    with opened(browser, path) as page:
        page.click('[data-finding="1"]')
        assert page.inner_text("#detail .action p") == "Move the pallet back, or correct its location in the ERP to A01-06-1-3."
        assert chosen(page) == sorted([MOVED_FROM, MOVED_TO])
        assert page.eval_on_selector_all("#detail img", "all => all.filter((img) => img.naturalWidth > 0).length") == 3
        sides = page.inner_text("#detail .compare").split("\n")
        assert [sides.index(words) for words in ("The ERP says", MOVED_FROM, "The drone read", MOVED_TO)] == sorted(
            sides.index(words) for words in ("The ERP says", MOVED_FROM, "The drone read", MOVED_TO)
        )
        page.click("#detail .shots button >> nth=0")
        assert page.is_visible("#zoom-picture")
        width = page.evaluate("document.getElementById('zoom-picture').getBoundingClientRect().width")
        page.keyboard.press("+")
        assert page.evaluate("document.getElementById('zoom-picture').getBoundingClientRect().width") > 1.3 * width
        page.keyboard.press("Escape")
        page.click(f'.bin[data-code="{SWAPPED[1]}"]')
        assert chosen(page) == sorted(SWAPPED)
        assert page.get_attribute('[data-finding="2"]', "aria-current") == "true"
        page.click("#detail-close")
        assert page.is_visible("#list")


def test_filters_leave_what_fits_in_the_list_and_on_the_racks(browser: Any, path: Path) -> None:
    def listed(page: Any) -> list[str]:
        return [
            str(x) for x in page.eval_on_selector_all("#list li:not([hidden]) button", "all => all.map((b) => b.dataset.places)")
        ]

    with opened(browser, path) as page:
        page.click('.chip[data-filter="misplaced"]')
        assert listed(page) == [f"{MOVED_FROM}|{MOVED_TO}", "|".join(SWAPPED)]
        assert page.inner_text("#n-shown") == "2 shown"
        page.wait_for_selector(".veil[d^=M]", state="attached")
        hits = page.eval_on_selector_all(".bin.hit", "bins => bins.map((bin) => bin.dataset.code).sort()")
        assert hits == sorted([MOVED_FROM, MOVED_TO, *SWAPPED])
        page.fill("#search", MOVED_TO.lower())
        assert listed(page) == [f"{MOVED_FROM}|{MOVED_TO}"]
        page.fill("#search", "no such thing")
        assert page.is_visible("#no-hit")
        page.fill("#search", "")
        page.click('.chip[data-filter=""]')
        page.select_option("#filter-decided", "yes")
        assert listed(page) == []
        page.select_option("#filter-decided", "")
        assert len(listed(page)) == 10
        assert page.query_selector(".veil[d^=M]") is None


def test_the_keyboard_alone_goes_from_the_first_heading_to_a_decision(browser: Any, path: Path) -> None:
    def focused(page: Any, what: str) -> Any:
        return page.evaluate(f"document.activeElement.{what}")

    with opened(browser, path) as page:
        page.keyboard.press("Tab")
        assert focused(page, "className") == "skip"
        page.keyboard.press("Enter")
        for _ in range(30):
            page.keyboard.press("Tab")
            if focused(page, "dataset.finding") == "0":
                break
        page.keyboard.press("ArrowDown")
        assert focused(page, "dataset.finding") == "1"
        page.keyboard.press("Enter")
        assert page.inner_text("#detail .verdict-line") == "Misplaced, moved"
        for _ in range(30):
            page.keyboard.press("Tab")
            if focused(page, "dataset.decide") == "overturn":
                break
        page.keyboard.press("Space")
        assert focused(page, "ariaPressed") == "true"
        page.keyboard.press("Escape")
        assert focused(page, "dataset.finding") == "1"
        assert page.inner_text('[data-finding="1"] .decided') == "overturned"
        page.focus(f'.bin[data-code="{MOVED_FROM}"]')
        page.keyboard.press("ArrowRight")
        assert focused(page, "dataset.code") == "A01-03-2-2"


def test_decisions_survive_a_reload_and_are_saved_as_the_file_that_decide_takes(browser: Any, path: Path, tmp_path: Path) -> None:
    with opened(browser, path) as page:
        page.evaluate("localStorage.clear()")
        page.reload()
        for finding, choice, comment in ((0, "confirm", "gone, sold on Friday"), (4, "recount", "=cmd|' /C calc'!A0")):
            page.click(f'[data-finding="{finding}"]')
            page.click(f'[data-decide="{choice}"]')
            page.fill(".decide input", comment)
            page.click("#detail-close")
        page.reload()
        assert page.inner_text("#n-decided") == "2 of 8 decided"
        page.click("#save-decisions")
        assert page.inner_text("#decided-hint") == "Say who decides, then save again."
        page.fill("#decider", "Ana Ruiz")
        with page.expect_download() as download:
            page.click("#save-decisions")
        assert download.value.suggested_filename == "decisions.csv"
        download.value.save_as(tmp_path / "decisions.csv")
    decisions = read_decisions(tmp_path / "decisions.csv")
    assert [(d.case_id, d.choice, d.by, d.reason) for d in decisions] == [
        ("C001", Choice.CONFIRM, "Ana Ruiz", "gone, sold on Friday"),
        ("C004", Choice.RECOUNT, "Ana Ruiz", "=cmd|' /C calc'!A0"),
    ]
    with (tmp_path / "decisions.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [row["reason"][:2] for row in csv.DictReader(stream)] == ["go", " ="]


def test_a_hostile_label_stays_text_in_the_list_and_in_the_details(browser: Any, tmp_path: Path) -> None:
    run, site = make_run(tmp_path / "run", pictures=False)
    change(run.reconciliation.discrepancies_path, C002={"reason": HOSTILE, "pallet": HOSTILE, "item": sscc(5)})
    change(run.reconciliation.locations_path, **{MOVED_TO: {"observed_pallets": HOSTILE.replace("|", "/")}})
    with opened(browser, write_report(run, site), address=MOVED_TO) as page:
        assert page.inner_text("#detail h3") == HOSTILE
        assert page.inner_text("#detail .reason") == HOSTILE
        assert page.query_selector("#detail img, #detail script, #list img, #list script") is None
        assert page.title() == "Stock check · Demo warehouse, Ibi"
        assert "is not in the run folder any more" in page.inner_text("#detail")


def test_on_paper_each_face_has_a_page_and_the_tick_list_its_own(browser: Any, path: Path) -> None:
    with opened(browser, path, scheme="dark") as page:
        page.click('[data-finding="0"]')
        paper = page.pdf(prefer_css_page_size=True)
        boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
        turned = [float(width) > float(height) for width, height in boxes]
        assert turned[-3:] == [True, True, False]  # two faces on sheets that lie, and the tick list
        assert sum(turned) == 2
        page.click("#detail-close")
        page.evaluate("window.print = () => {}")
        page.click("#print-recount")
        assert page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 1


@pytest.mark.parametrize(("width", "scheme", "lang"), [(360, "dark", "es"), (1400, "light", "en")])
def test_it_fits_the_screen_and_axe_finds_nothing(browser: Any, tmp_path: Path, width: int, scheme: Any, lang: str) -> None:
    run, site = make_run(tmp_path / "run", pictures=False)
    with opened(browser, write_report(run, site, lang=lang), width=width, scheme=scheme) as page:
        assert violations(page) == []
        page.click('[data-finding="1"]')
        page.click('[data-decide="confirm"]')
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert violations(page) == []


def test_an_address_with_a_location_opens_it(browser: Any, path: Path) -> None:
    with opened(browser, path, address=MISSING) as page:
        assert page.inner_text("#detail .verdict-line") == "Missing, seen empty"


def test_the_page_of_a_site_over_time_fits_a_phone_and_axe_finds_nothing(browser: Any, tmp_path: Path) -> None:
    runs = Runs(tmp_path, DEMO_SITE)
    for name, at in (("one", "2026-11-05T10:00:00Z"), ("two", "2026-11-12T10:00:00Z")):
        runs.reconcile(name, [look(runs.bins[0], "empty", seen_at=at)], f"{runs.bins[0]},{sscc(1)}\n")
    write_site_page(tmp_path / "site.html", runs.store, COSTS, lang="es")
    with opened(browser, tmp_path / "site.html", width=360, scheme="dark") as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert violations(page) == []


def test_in_spanish_reason_action_and_tick_list_are_spanish_and_the_note_is_at_hand(browser: Any, tmp_path: Path) -> None:
    run, site = make_run(tmp_path / "run", pictures=False)
    with opened(browser, write_report(run, site, lang="es"), address=MOVED_TO) as page:
        said = page.inner_text("#detail")
        assert re.search(rf"El ERP espera el palé \d{{18}} en {MOVED_FROM}; se leyó en {MOVED_TO}\.", said)
        assert f"Mueva el palé de {MOVED_TO} a {MOVED_FROM}, o corrija el ERP a {MOVED_TO}." in said
        assert "{" not in said
        assert not page.is_visible("#detail .reason")
        page.click("#detail summary")
        assert page.inner_text("#detail .reason").startswith(f"Read in 5 frames at {MOVED_TO}; {MOVED_FROM} was seen empty")
        assert "No vista" in page.inner_text("#recount tbody tr >> nth=0")
