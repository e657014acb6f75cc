"""A page of a large site's report in a real Chromium: used as the page of a small one, and decided on together with the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.report_page import large_run
from benchmarks.report_use import decide_by_keys, filter_the_list, fits, listened_to, open_a_finding, print_it
from inventory.decisions_file import read_decisions
from inventory.report.pages import write_report
from tests.inventory.opened_page import chromium, needs_chromium, violations

pytestmark = needs_chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of two aisles of 96 locations, each with a pallet that is missing and one that the ERP does not know."""
    run, site = large_run(tmp_path_factory.mktemp("large"), 192, bays=4, levels=4)
    write_report(run, site, one_page_up_to=100)
    return run.report_pages_folder


def test_a_page_of_an_aisle_is_used_by_mouse_by_keys_and_on_paper(browser: Any, folder: Path) -> None:
    with listened_to(browser, folder / "A02.html") as (page, noise):
        assert open_a_finding(page) == 1  # of the place that was seen empty
        assert filter_the_list(page) == 3
        page.reload()
        decide_by_keys(page)
        assert print_it(page)[0] == 2  # a sheet a rack face
        assert noise == []


def test_a_page_of_an_aisle_fits_a_phone_in_the_dark_and_axe_finds_nothing(browser: Any, folder: Path) -> None:
    with listened_to(browser, folder / "A02.html", width=360, scheme="dark") as (page, noise):
        assert fits(page, 360)
        assert violations(page) == []
        assert noise == []


def test_any_page_saves_what_was_decided_on_all_of_them(browser: Any, folder: Path, tmp_path: Path) -> None:
    with browser.new_context() as context:
        first, second = context.new_page(), context.new_page()
        first.goto((folder / "A01.html").as_uri())
        second.goto((folder / "A02.html").as_uri())
        cases = []
        for page, choice in ((first, "confirm"), (second, "overturn")):
            page.click('[data-finding="0"]')
            page.click(f'[data-decide="{choice}"]')
            cases.append(str(page.inner_text("#detail .aside >> nth=-1")).split()[-1])
        hint = "2 decisions are kept in this browser only: save them and hand them in. 1 of them was decided on another page"
        for page in (first, second):  # the first was told by the browser what the second kept
            page.wait_for_function("document.getElementById('decided-hint').textContent.startsWith('2 ')")
            assert str(page.inner_text("#decided-hint")).startswith(hint)
        first.click("#detail-close")
        first.fill("#decider", "Ana Ruiz")
        with first.expect_download() as download:
            first.click("#save-decisions")
        download.value.save_as(tmp_path / "decisions.csv")
    saved = read_decisions(tmp_path / "decisions.csv")
    assert [(d.case_id, d.choice.value) for d in saved] == [(cases[0], "confirm"), (cases[1], "overturn")]
    assert {d.by for d in saved} == {"Ana Ruiz"}
