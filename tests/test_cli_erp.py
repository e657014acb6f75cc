"""`aislescan erp inspect`, as its user types it, and the aliases that it leads to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import app
from inventory.reconcile import reconcile_run
from tests.inventory.worlds import read, sscc
from warehouse.errors import BadInputError, FaultsError
from warehouse.run_folder import RunFolder
from warehouse.site_file import load_site

P = sscc(1)


def inspect(folder: Path, text: str, *options: str) -> Result:
    path = folder / "stock.csv"
    path.write_text(text, encoding="utf-8")
    return CliRunner().invoke(app, ["erp", "inspect", str(path), *options])


def test_it_says_what_the_file_is_and_names_every_row_that_does_not_read(tmp_path: Path) -> None:
    text = f"Stock of Monday\n\nlocation,pallet,qty,colour\nA-1,{P},1,red\nA-2,LPN2,many,red\nA-3,LPN3\nA-1,00{P},1,red\n"
    said = inspect(tmp_path, text)
    assert said.exit_code == 0
    assert said.output == (
        "stock.csv: text (CSV or a printed list), by its bytes; its name does not count\n"
        "Profile: plain, plain table, a row for each pallet\n"
        "  because row 3 has the headers location, pallet\n"
        "Letters: utf-8, strict UTF-8 without a fault. Columns are separated by commas.\n"
        "\n"
        "Columns (header in row 3):\n"
        "  location  location\n"
        "  pallet    pallet id\n"
        "  qty       quantity\n"
        "Kept as source only, and not used: colour\n"
        "\n"
        "The first 2 rows as read:\n"
        f"  row 4, location A-1, pallet {P}, quantity 1\n"
        "  row 5, location A-2, pallet LPN2\n"
        "\n"
        "Rows that do not read, and are left out:\n"
        "  row 6: 2 cells where the header has 4; a text with a separator in it needs quotes\n"
        f"  row 7, column location: pallet {P} at location A-1 stands in row 4 already\n"
        "\n"
        "Cells that do not read, and other notes; their rows are used:\n"
        "  row 5, column qty: 'many' is no number of profile plain; expected one written like 1,234.5; the row is used without it\n"
        "\n"
        "Rows: 2 read + 2 refused + 3 skipped = 7 rows in the file\n"
        "  skipped, above the header: 1 (row 1)\n"
        "  skipped, blank, or a rule of dashes: 1 (row 2)\n"
        "  skipped, the header: 1 (row 3)\n"
    )


def test_a_file_that_fits_no_profile_says_which_came_nearest_and_what_they_lack(tmp_path: Path) -> None:
    said = inspect(tmp_path, "Bin location,Article no\nA-1,X\n")
    assert said.exit_code == 2
    assert "plain (plain table, a row for each pallet): row 1 lacks pallet\n    pallet may be called pallet, lpn, " in said.output
    assert (
        "REFUSED as a whole:\n  stock.csv, row 1: no column for pallet; the header reads: Bin location, Article no" in said.output
    )


def test_with_a_site_it_names_unknown_locations_and_the_spelling_that_would_be_known(
    tmp_path: Path, demo_site_folder: Path
) -> None:
    text = f"location,pallet\nA01-01-1-2,{P}\nA1-1-1-3,LPN2\nWH/A01-01-2-1,LPN3\nA01-99-1-1,LPN4\nA01 01 1 2,LPN5\n"
    said = inspect(tmp_path, text, "--site", str(demo_site_folder), "--json")
    found = json.loads(said.output)
    assert (found["locations_known"], found["rows"]) == (1, {"file": 6, "read": 2, "refused": 3, "skipped": {"the header": 1}})
    assert {u["erp_location"]: (u["rows"], u["candidates"], u["rivals"], u["rule"]) for u in found["locations_unknown"]} == {
        "A01-99-1-1": ([5], [], [], ""),
        "A1-1-1-3": ([3], ["A01-01-1-3"], [], ""),
        "WH/A01-01-2-1": ([4], [], [], "WH/*,*"),
        "A01 01 1 2": ([6], ["A01-01-1-2"], ["A01-01-1-2"], ""),
    }
    told = inspect(tmp_path, text, "--site", str(demo_site_folder)).output
    assert "  The row WH/*,* in locations-aliases.csv of the site folder would make 1 of them known.\n" in told
    assert "  A1-1-1-3 (row 3): the site has A01-01-1-3: if that is it, put the row A1-1-1-3,A01-01-1-3 into" in told
    assert "  A01 01 1 2 (row 6): may be A01-01-1-2, but A01-01-1-2 of this file is spelled like it too" in told


def test_site_check_checks_the_aliases_too(demo_site_folder: Path) -> None:
    path = demo_site_folder / "locations-aliases.csv"
    path.write_text("erp_location,location\nWH/*,*\n", encoding="utf-8")
    assert (
        "Aliases for the ERP's codes: 0 locations, rules WH/* -> *"
        in CliRunner().invoke(app, ["site", "check", str(demo_site_folder)]).output
    )
    path.write_text("erp_location,location\nX,nowhere\n", encoding="utf-8")
    refused = CliRunner().invoke(app, ["site", "check", str(demo_site_folder)])
    assert "row 2, column location: 'nowhere' is not in the layout" in str(refused.exception)


def test_a_run_takes_the_aliases_along_and_reconcile_uses_them(tmp_path: Path, demo_site_folder: Path) -> None:
    aliases = "erp_location,location\nWH/*,*\nRAMP,A01-01-1-3\n"
    (demo_site_folder / "locations-aliases.csv").write_text(aliases, encoding="utf-8")
    run, site = RunFolder.create(tmp_path / "run", demo_site_folder), load_site(demo_site_folder)
    run.write_lines(run.observations_path, [read("A01-01-1-2", P)])
    erp = tmp_path / "stock.csv"
    erp.write_text(f"location,pallet\nWH/A01-01-1-2,{P}\nRAMP,LPN2\n", encoding="utf-8")
    found = reconcile_run(run, site, erp)
    assert [(x.line.location, x.line.erp_location, dict(x.line.source)["location"]) for x in found.lines] == [
        ("A01-01-1-2", "WH/A01-01-1-2", "WH/A01-01-1-2"),
        ("A01-01-1-3", "RAMP", "RAMP"),
    ]
    assert found.inputs[-1].role == "aliases"
    (run.root / "locations-aliases.csv").write_text(aliases.replace("RAMP", "DOCK"), encoding="utf-8")
    assert RunFolder.open(run.root) == run  # it may be corrected after the flight
    erp.write_text(f"location,pallet\nWH/A01-01-1-2,{P}\nA01-01-1-2,LPN2\n", encoding="utf-8")
    with pytest.raises(FaultsError, match="the aliases of the site make two of its locations one: 1 fault") as refused:
        reconcile_run(run, site, erp)
    assert "row 3: 'A01-01-1-2' and 'WH/A01-01-1-2' (row 2) would both be A01-01-1-2 by locations-aliases.csv" in str(refused.value)


def test_run_refuses_what_it_could_not_reconcile_before_the_drone_flies(tmp_path: Path, demo_site_folder: Path) -> None:
    erp = tmp_path / "stock.csv"
    erp.write_text(f"location,pallet\nA01-01-1-2,{P}\n", encoding="utf-8")
    command = ["run", str(demo_site_folder), "--erp", str(erp), "--out", str(tmp_path / "run"), "--sitl", "builtin"]
    for options, what in (
        (["--tolerance", "A=much"], "--tolerance A=much: 'much' is no limit"),
        (["--movements", str(tmp_path / "moves.csv")], "nobody can tell which of these movements"),
        (["--movements", str(tmp_path / "moves.csv"), "--snapshot-at", "2026-11-23T06:00:00Z"], "moves.csv: cannot be read"),
    ):
        said = CliRunner().invoke(app, [*command, *options])
        assert what in str(said.exception)
    assert not list((tmp_path / "run").rglob("flight.json"))


def test_text_of_strangers_gives_the_terminal_no_commands(tmp_path: Path) -> None:
    said = inspect(tmp_path, f"location,pallet,sku,\x1b[31mred\nA-1,{P},\x1b]0;owned\x07\u202e{'x' * 300},1\n").output
    assert "Kept as source only, and not used: \\x1b[31mred\n" in said
    assert f"sku \\x1b]0;owned\\x07\\u202e{'x' * 89}… (311 characters)\n" in said
    refused = inspect(tmp_path, "place\x1b[2J,pallet\nA-1,P\n").output
    assert "the header reads: place\\x1b[2J, pallet" in refused
    assert str(BadInputError("label \x9b2J\n", remedy="tear it off")) == "label \\x9b2J\n\n  -> tear it off"


def test_codes_that_the_site_spells_otherwise_are_shown_beside_one_of_its_own(tmp_path: Path, demo_site_folder: Path) -> None:
    said = inspect(tmp_path, f"location,pallet\nWH/A01-01-1-2,{P}\n", "--site", str(demo_site_folder))
    assert said.exit_code == 2
    assert "row 2, column location: 'WH/A01-01-1-2' is not spelled like the site's locations, such as A01-01-1-1\n" in said.output
    assert said.output.endswith(
        "  -> tell which location each code is, in locations-aliases.csv of the site folder, or give the list of this site\n"
    )
