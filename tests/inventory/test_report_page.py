"""The page as a browser would get it, taken apart by an HTML parser."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil

import pytest

from inventory.report.pages import write_report
from tests.inventory.parsed_page import Page, change
from tests.inventory.reported_run import MISSING, MOVED_FROM, MOVED_TO, SWAPPED, TORN, TWICE, UNSEEN, write_csv
from tests.inventory.worlds import sscc
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder
from warehouse.site import Site


def test_the_first_heading_is_the_answer_in_one_sentence(page: Page) -> None:
    assert page.all("h1") == [
        (
            {"id": "answer"},
            "81 of 94 locations agree with the ERP; now settle 6 findings and recount 4 locations.",
        )
    ]


def test_the_answer_in_spanish_says_the_same(copied: tuple[RunFolder, Site]) -> None:
    spanish = Page(write_report(*copied, lang="es"))
    assert spanish.all("html")[0][0] == {"lang": "es"}
    assert spanish.all("h1")[0][1] == (
        "81 de 94 ubicaciones coinciden con el ERP; ahora resuelva 6 hallazgos y recuente 4 ubicaciones."
    )


def test_every_location_is_drawn_once_in_the_order_in_which_it_hangs(page: Page, made: tuple[RunFolder, Site]) -> None:
    drawn = [attributes["data-code"] for attributes, _ in page.all("g", _class="bin")]
    assert sorted(drawn) == sorted(b.code.text for b in made[1].layout.bins)
    assert drawn[:12] == [f"A01-{bay}-4-{slot}" for bay in ("01", "03", "05", "07") for slot in "123"]
    assert drawn[48:60] == [f"A01-{bay}-4-{slot}" for bay in ("08", "06", "04", "02") for slot in "321"]
    assert [attributes["data-face"] for attributes, _ in page.all("figure", _class="face")] == ["A01-left", "A01-right"]


def test_a_bin_says_its_verdict_by_class_symbol_and_words(page: Page) -> None:
    bins = {attributes["data-code"]: attributes for attributes, _ in page.all("g", _class="bin")}
    assert bins[MISSING]["class"].split() == ["bin", "v-missing", "concerned"]
    assert bins[MISSING]["aria-label"] == f"{MISSING}: Missing, seen empty"
    assert bins[TORN]["class"].split() == ["bin", "v-unverified"]
    assert bins[MOVED_TO]["class"].split() == ["bin", "v-misplaced", "loaded", "concerned"]
    symbols = [attributes["href"] for attributes, _ in page.all("use")]
    assert {"#s-missing", "#s-misplaced", "#s-unexpected", "#s-duplicate", "#s-wrong_content", "#s-stale", "#s-unverified"} <= set(
        symbols
    )
    defined = {"#" + attributes["id"] for attributes, _ in page.all("symbol")}
    assert set(symbols) <= defined


def test_a_forbidden_or_unused_bin_is_hatched_and_not_counted(page: Page) -> None:
    hatched = [attributes["data-code"] for attributes, _ in page.all("g", _class="v-left_out")]
    assert sorted(hatched) == ["A01-01-1-1", "A01-08-4-3"]
    assert "2 locations are left out" in page.source


def test_the_legend_counts_every_location_once(page: Page) -> None:
    legend = page.source.split('<ul class="legend"')[1].split("</ul>")[0]
    counts = [int(n) for n in re.findall(r"<b>(\d+)</b>", legend)]
    assert sum(counts) == 96


def test_every_finding_is_listed_and_linked_to_its_bins(page: Page) -> None:
    buttons = [(a, text) for a, text in page.all("button") if "data-finding" in a]
    assert [a["data-places"].split("|") for a, _ in buttons] == [
        [MISSING],
        [MOVED_FROM, MOVED_TO],
        [*SWAPPED],
        [*TWICE],
        ["A01-05-4-2"],
        ["A01-07-3-1"],
        ["A01-02-1-1"],
        ["A01-06-2-2", "A01-06-2-3"],
    ]
    assert (
        buttons[1][1]
        == f"Misplaced, moved {page.json('data')['findings'][1]['pallet']} expected at {MOVED_FROM} seen at {MOVED_TO}"
    )
    data = page.json("data")
    for index, finding in enumerate(data["findings"]):
        assert all(index in data["places"][code]["findings"] for code in finding["places"])


def test_cells_that_join_several_values_are_listed(copied: tuple[RunFolder, Site]) -> None:
    run, site = copied
    change(
        run.reconciliation.discrepancies_path,
        C003={"item": "ES-1|ES-2", "batch": "L1|L2", "erp_row": "50|12", "quantity": "", "uom": ""},
    )
    finding = Page(write_report(run, site)).json("data")["findings"][2]
    assert [finding[name] for name in ("item", "batch", "erp_row")] == ["ES-1, ES-2", "L1, L2", "50, 12"]
    assert "quantity" not in finding


def test_what_could_not_be_verified_is_listed_too(page: Page) -> None:
    listed = [a["data-place"] for a, _ in page.all("button") if "data-place" in a]
    assert listed == [TORN, UNSEEN]


def test_the_recount_list_names_what_the_erp_expects(page: Page) -> None:
    rows = page.source.split('id="recount"')[1].split("<tbody>")[1].split("</tbody>")[0]
    assert re.findall(r'<th scope="row" class="id">(.*?)</th>', rows) == [UNSEEN, TORN, "A01-06-2-2", "A01-02-1-1"]
    assert page.json("data")["places"][UNSEEN]["expected"][0] in rows


def test_the_page_asks_for_nothing_outside_itself(page: Page) -> None:
    markup = re.sub(r'<script type="application/json".*?</script>', "", page.source, flags=re.DOTALL)
    markup = markup.replace('"http://www.w3.org/2000/svg"', "")
    assert not re.search(r"https?:|//[a-z]|url\((?!#)|@import|fetch\(|XMLHttp", markup)
    for tag, attributes, _ in page.elements:
        assert tag not in ("link", "iframe", "object", "base")
        assert attributes.get("src", "data:").startswith("data:")
        assert attributes.get("href", "#").startswith("#")
    assert all(uri.startswith("data:image/") for uri in page.json("pictures")["uris"].values())


def test_the_policy_allows_this_script_and_this_style_only(page: Page) -> None:
    (policy,) = [a["content"] for a, _ in page.all("meta") if "http-equiv" in a]
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        source = re.findall(rf"<{tag}>(.*?)</{tag}>", page.source, flags=re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(source[0].encode()).digest()).decode()
        assert len(source) == 1
        assert f"{rule} 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert not any("style" in a or any(name.startswith("on") for name in a) for _, a, _ in page.elements)


@pytest.mark.parametrize(
    "hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "</script><b>", "=cmd|' /C calc'!A1", "&lt;b&gt;"]
)
def test_a_hostile_label_is_shown_as_text(copied: tuple[RunFolder, Site], hostile: str) -> None:
    run, site = copied
    plain = Page(write_report(run, site))
    cells = {"pallet": hostile, "item": hostile, "reason": hostile, "suggested_action": hostile, "case_id": hostile}
    change(run.reconciliation.discrepancies_path, C001=cells)
    change(run.reconciliation.locations_path, **{UNSEEN: {"observed_pallets": hostile.replace("|", "/"), "reason": hostile}})
    change(run.reconciliation.recount_path, ALL={"reason": hostile})
    page = Page(write_report(run, site))
    of_filters = ("select", "option")  # the other item gets its line there
    tags, plain_tags = ([tag for tag, _, _ in p.elements if tag not in of_filters] for p in (page, plain))
    assert tags == plain_tags
    assert page.json("data")["findings"][0]["pallet"] == hostile
    assert any(hostile in text for _, text in page.all("span", _class="line"))
    assert [a for _, a, _ in page.elements if "onerror" in a] == []


def test_a_run_without_pictures_recount_or_photos_still_gets_its_page(copied: tuple[RunFolder, Site]) -> None:
    run, site = copied
    shutil.rmtree(run.root / "sorties")
    run.reconciliation.recount_path.unlink()
    page = Page(write_report(run, site))
    assert page.all("input", id="path-toggle") == []
    assert page.all("button", id="print-recount") == []
    assert page.json("pictures")["uris"] == {}
    assert len(page.all("g", _class="bin")) == 96


def test_rows_of_the_erp_file_that_could_not_be_read_are_something_to_do(copied: tuple[RunFolder, Site]) -> None:
    run, site = copied
    run.write_json(run.reconciliation.summary_path, {"erp": {"file": "stock.csv", "rows_refused": 3}})
    todo = [text for _, text in Page(write_report(run, site)).all("li")][:4]
    assert todo[2].startswith("Mend 3 rows of the ERP file that could not be read")


@pytest.mark.parametrize("summary", ["[]", "{}", '{"erp": 7, "snapshot_at": 1}', '{"erp": {"rows_refused": "x"}}'])
def test_a_summary_of_another_shape_is_no_obstacle(copied: tuple[RunFolder, Site], summary: str) -> None:
    run, site = copied
    run.reconciliation.summary_path.write_text(summary, encoding="utf-8")
    assert len(Page(write_report(run, site)).all("g", _class="bin")) == 96


def test_a_run_in_which_all_agrees_says_so_and_asks_for_nothing(copied: tuple[RunFolder, Site]) -> None:
    run, site = copied
    folder = run.reconciliation
    folder.discrepancies_path.write_text(
        folder.discrepancies_path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8"
    )
    folder.recount_path.unlink()
    change(folder.locations_path, ALL={"verdict": "match"})
    page = Page(write_report(run, site))
    assert page.all("h1")[0][1] == "All 96 locations agree with the ERP."
    assert "Nothing to do: no finding, and every location was verified." in page.source
    assert page.all("ul", id="list") == []


def test_a_location_that_the_layout_lacks_is_counted_and_listed(copied: tuple[RunFolder, Site]) -> None:
    run, site = copied
    with run.reconciliation.locations_path.open("a", encoding="utf-8", newline="") as stream:
        stream.write(f"1.0,Z99-01-1-1,,unverified,unseen,{sscc(999)}" + "\n")
    change(run.reconciliation.locations_path, **{"Z99-01-1-1": {"kind": "", "location": "Z99-01-1-1", "verdict": "unverified"}})
    page = Page(write_report(run, site))
    assert page.all("h1")[0][1].startswith("81 of 95 locations")
    assert page.json("data")["places"]["Z99-01-1-1"]["is_on_map"] is False
    assert len(page.all("g", _class="bin")) == 96
    (item,) = [text for a, text in page.all("button") if a.get("data-place") == "Z99-01-1-1"]
    assert item.endswith("not on the map")


def test_a_forbidden_place_where_the_erp_expects_a_pallet_is_not_left_out(copied: tuple[RunFolder, Site]) -> None:
    run, site = copied
    change(run.reconciliation.locations_path, **{"A01-01-1-1": {"expected_pallets": sscc(1)}})
    page = Page(write_report(run, site))
    assert page.all("h1")[0][1].startswith("81 of 95 locations")
    assert "A01-01-1-1" in [a.get("data-place") for a, _ in page.all("button")]


def test_a_location_without_a_row_is_shown_as_not_counted(copied: tuple[RunFolder, Site]) -> None:
    run, site = copied
    path = run.reconciliation.locations_path
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("1.0,A01-01-2-1,")]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    page = Page(write_report(run, site))
    assert [a["data-code"] for a, _ in page.all("g", _class="v-not_in_count")] == ["A01-01-2-1"]
    assert page.all("h1")[0][1].startswith("80 of 93 locations")


def test_a_run_that_is_not_reconciled_says_what_to_run_first(copied: tuple[RunFolder, Site]) -> None:
    run, site = copied
    run.reconciliation.locations_path.unlink()
    with pytest.raises(BadInputError, match=r"locations\.csv: not there yet\n  -> run first: aislescan reconcile RUN --erp FILE"):
        write_report(run, site)
    assert not run.report_path.exists()


def test_a_table_without_a_needed_column_is_refused_by_name(copied: tuple[RunFolder, Site]) -> None:
    run, site = copied
    run.reconciliation.locations_path.write_text("location,aisle\nA01-01-1-1,A01\n", encoding="utf-8")
    with pytest.raises(BadInputError, match=r"locations\.csv, row 1: no column 'verdict'"):
        write_report(run, site)


def test_writing_twice_gives_the_same_bytes(copied: tuple[RunFolder, Site]) -> None:
    first = write_report(*copied).read_bytes()
    assert write_report(*copied).read_bytes() == first


def test_severity_orders_the_findings_of_a_verdict_and_can_be_filtered(copied: tuple[RunFolder, Site]) -> None:
    run, site = copied
    path = run.reconciliation.discrepancies_path
    change(path, ALL={"severity": "low", "value": "12.50", "currency": "EUR"})
    change(path, C003={"severity": "high", "value": "", "currency": ""}, C001={"severity": "unheard of"})
    page = Page(write_report(run, site))
    findings = page.json("data")["findings"]
    assert [(f["case_id"], f.get("severity")) for f in findings[:3]] == [("C001", None), ("C003", "high"), ("C002", "low")]
    assert [f.get("value") for f in findings[:3]] == ["12.50 EUR", None, "12.50 EUR"]
    (select,) = [text for a, text in page.all("select") if a["id"] == "filter-severity"]
    assert select == "Severity: Allhighlow"


def test_a_recount_says_what_became_of_the_findings_before_it(copied: tuple[RunFolder, Site]) -> None:
    run, site = copied
    row = {"reviewed_run": "monday", "reviewed_case_id": "F0004", "outcome": "overturned", "verdict": "missing"}
    write_csv(
        run.reconciliation.review_path, [row | {"pallet": sscc(4), "expected_location": MISSING, "reason": "<b>read there</b>"}]
    )
    page = Page(write_report(run, site))
    section = page.source.split('id="reviews"')[1].split("</table>")[0]
    words = " ".join(re.sub(r"<[^>]+>", " ", section.split("<tbody>")[1]).split())
    assert words == f"Overturned by run. monday F0004: Missing {sscc(4)} {MISSING} &lt;b&gt;read there&lt;/b&gt;"
