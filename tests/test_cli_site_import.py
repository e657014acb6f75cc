"""`site import`, as a clerk types it."""

from pathlib import Path

import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from cli_site import site_app
from tests.conftest import ROOT
from warehouse.errors import BadInputError
from warehouse.site_file import load_site

CODES = ["A01-01-1-1", "A01-01-2-1", "A01-02-1-1", "A01-02-2-1", "MUELLE"]
RULES = ["--levels", "0,05 1,5", "--sides", "odd left"]


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(site_app, ["import", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_an_excel_list_of_codes_becomes_a_site_and_names_what_has_no_place(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    for row in (["Ubicación"], *([code] for code in CODES)):
        sheet.append(row)
    book.save(tmp_path / "master.xlsx")
    said = run(tmp_path / "master.xlsx", "--out", tmp_path / "site", *RULES)
    assert "master.xlsx: 5 row(s) read, 4 placed, 1 refused" in said
    assert "row 6, column Ubicación: 'MUELLE' is written otherwise than 'A01-01-1-1'" in said
    assert len(load_site(tmp_path / "site").layout.bins) == 4
    refused = (tmp_path / "site" / "refused.csv").read_text(encoding="utf-8-sig").splitlines()
    assert refused == [
        "file;row;column;value;why",
        "master.xlsx;6;Ubicación;MUELLE;'MUELLE' is written otherwise than 'A01-01-1-1'",
    ]


def test_a_file_of_another_code_page_is_refused_until_it_is_named(tmp_path: Path) -> None:
    master = tmp_path / "master.csv"
    master.write_bytes("\r\n".join(["Ubicación;Lado", *(f"{code};izquierda" for code in CODES[:4])]).encode("cp1252"))
    with pytest.raises(BadInputError) as error:
        run(master, "--out", tmp_path / "site", *RULES)
    assert "or say its code page, for instance: --encoding cp1252" in str(error.value)
    assert "4 placed" in run(master, "--out", tmp_path / "site", "--encoding", "cp1252", *RULES)


def test_the_documented_rack_map_becomes_a_site(tmp_path: Path) -> None:
    racks = ROOT / "docs" / "reference" / "examples" / "racks.csv"
    assert "racks.csv: 232 location(s) read, 232 placed, 0 refused" in run("--racks", racks, "--out", tmp_path / "site")
    assert load_site(tmp_path / "site").layout.tunnels


def test_a_site_that_is_there_is_never_overwritten(tmp_path: Path) -> None:
    master = tmp_path / "master.csv"
    master.write_text("\n".join(["location", *CODES]))
    run(master, "--out", tmp_path / "site", *RULES)
    with pytest.raises(BadInputError) as error:
        run(master, "--out", tmp_path / "site", *RULES)
    assert "is there already" in str(error.value)


def test_a_program_may_read_the_counts(tmp_path: Path) -> None:
    master = tmp_path / "master.csv"
    master.write_text("\n".join(["location", *CODES]))
    assert '{"read": 5, "placed": 4, "refused": 1' in run(master, "--out", tmp_path / "site", "--json", *RULES)


def test_drone_camera_and_labels_are_taken_over_from_a_site_that_is_there(tmp_path: Path) -> None:
    master = tmp_path / "master.csv"
    master.write_text("\n".join(["location", *CODES]))
    demo = ROOT / "sitl" / "demo_site"
    run(master, "--out", tmp_path / "site", "--like", demo, *RULES)
    site, old = load_site(tmp_path / "site"), load_site(demo)
    assert (site.drone, site.cameras, site.labels, site.range_sensor) == (old.drone, old.cameras, old.labels, old.range_sensor)
    assert len(site.layout.bins) == 4
    with pytest.raises(BadInputError):
        run(master, "--out", tmp_path / "other", "--like", tmp_path / "nothing", *RULES)


@pytest.mark.parametrize(
    ("option", "typed", "said"),
    [
        ("--levels", "nan 1,5", "--levels: 'nan 1,5' is no row of lengths in metres"),
        ("--levels", "0,05 inf", "--levels: '0,05 inf' is no row of lengths in metres"),
        ("--ceiling", "inf", "--ceiling: 'inf' is no row of lengths in metres"),
        ("--bay-width", "nan", "--bay-width: 'nan' is no row of lengths in metres"),
        ("--bay-width", "-3", "--bay-width: expected a length in metres, got '-3'"),
        ("--aisle-width", "-3", "--aisle-width: expected a length in metres, got '-3'"),
        ("--depth", "1 2", "--depth: expected a length in metres, got '1 2'"),
    ],
)
def test_a_length_that_is_none_is_refused_by_the_option_that_was_typed(tmp_path: Path, option: str, typed: str, said: str) -> None:
    master = tmp_path / "master.csv"
    master.write_text("\n".join(["location", *CODES]))
    with pytest.raises(BadInputError) as error:
        run(master, "--out", tmp_path / "site", *RULES, f"{option}={typed}")
    assert str(error.value).startswith(said)
    assert not (tmp_path / "site").exists()
