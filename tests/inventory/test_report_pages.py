"""The report of a large site: a page an aisle, and an index that leads to them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from inventory.reconcile import reconcile_run
from inventory.report.pages import write_report
from tests.inventory.parsed_page import Page
from tests.inventory.worlds import look, read
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site
from warehouse.site_new import new_site

FROM, TO, STRAY = "A01-01-1-1", "A02-02-1-2", "A03-01-1-1"
"""Where the ERP expects a pallet, where it stands, and a location that only the ERP knows."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, Site]:
    """Two aisles of eight places, all as the ERP says but for a pallet that was carried over into the other aisle."""
    folder = tmp_path_factory.mktemp("pages")
    new_site(
        folder / "site",
        name="Two aisles",
        aisles=2,
        bays=1,
        levels=2,
        slots=2,
        bay_width_m=2.7,
        level_height_m=1.45,
        aisle_width_m=3.2,
    )
    site = load_site(folder / "site")
    run = RunFolder.create(folder / "runs" / "monday", folder / "site")
    codes = [b.code.text for b in site.layout.bins]
    stock = {code: f"LPN-{n}" for n, code in enumerate(codes) if code != TO}
    lines = ["location,pallet", *(f"{code},{text}" for code, text in stock.items()), f"{STRAY},LPN-99"]
    (folder / "erp.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    seen = [read(code, text) for code, text in stock.items() if code != FROM]
    run.write_lines(run.observations_path, [*seen, look(FROM, "empty"), read(TO, stock[FROM])])
    reconcile_run(run, site, folder / "erp.csv")
    return run, site


def test_an_index_leads_to_a_page_an_aisle(made: tuple[RunFolder, Site]) -> None:
    run, site = made
    index = Page(write_report(run, site, one_page_up_to=10))
    rows = index.source.split("<tbody>")[1].split("</tbody>")[0]
    links = [(a["href"], text) for a, text in index.all("a")]
    assert links == [("report/A01.html", "A01"), ("report/A02.html", "A02"), ("report/elsewhere.html", "Outside the aisles")]
    assert re.findall(r'data-label="[^"]*">([^<]*)</td>', rows)[:4] == ["7 of 8", "1", "1", "0"]
    assert index.all("script") == []


def test_a_finding_that_touches_two_aisles_stands_on_both_pages_and_is_counted_once_a_place(made: tuple[RunFolder, Site]) -> None:
    run, site = made
    write_report(run, site, one_page_up_to=10)
    for aisle, own in (("A01", FROM), ("A02", TO)):
        page = Page(run.report_pages_folder / f"{aisle}.html")
        assert f"<title>Stock check · Two aisles · Aisle {aisle}</title>" in page.source
        assert len(page.all("g", _class="bin")) == 8
        data = page.json("data")
        assert all(code.startswith(aisle) or place["is_elsewhere"] for code, place in data["places"].items())
        assert own in data["places"]
        assert [(a["href"], text) for a, text in page.all("a")][:2] == [
            ("#findings", "Skip to the findings"),
            ("../report.html", "← All aisles"),
        ]
        legend = page.source.split('<ul class="legend"')[1].split("</ul>")[0]
        assert sum(int(n) for n in re.findall(r"<b>(\d+)</b>", legend)) == 8


def test_one_page_takes_the_place_of_the_pages_of_an_aisle(made: tuple[RunFolder, Site], tmp_path: Path) -> None:
    run, site = made
    write_report(run, site, one_page_up_to=10)
    page = Page(write_report(run, site))
    assert not run.report_pages_folder.exists()
    assert len(page.all("g", _class="bin")) == 16
