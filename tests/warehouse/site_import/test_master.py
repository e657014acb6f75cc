"""Location masters without coordinates: codes with a rack template, measures along the aisle, and rows that have no place."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.warehouse.site_import.masters import imported, loaded, made, table
from warehouse.errors import BadInputError, FaultsError
from warehouse.layout import BinKind
from warehouse.site_import.master_rows import Told
from warehouse.site_import.template import RackRules, Template, read_template, typed_rules

RULES = RackRules(levels_m=(0.05, 1.5, 2.95), sides="odd left")
ODD_LEFT = Template(rules=RULES)
EXAMPLE = ROOT / "docs" / "reference" / "examples" / "rack-template.toml"


@settings(max_examples=20)
@given(
    bays=st.integers(1, 5),
    slots=st.integers(1, 4),
    aisles=st.integers(1, 3),
    is_odd_left=st.booleans(),
    is_first_bay_at_end=st.booleans(),
    deep=st.sampled_from([1, 2]),
)
def test_the_codes_of_a_generated_site_with_the_rules_of_its_racks_give_the_same_layout_file(
    tmp_path_factory: pytest.TempPathFactory, **measures: int
) -> None:
    folder = tmp_path_factory.mktemp("sites")
    made(folder / "made", bay_width_m=2.4, level_height_m=1.45, **measures)
    layout = (folder / "made" / "layout.csv").read_text()
    codes = [line.partition(",")[0] for line in layout.splitlines()[1:]]
    rules = RackRules(
        levels_m=(0.05, 1.5, 2.95),
        bay_width_m=2.4,
        width_m=3.0,
        sides="odd left" if measures["is_odd_left"] else "first half left",
        is_first_bay_at_end=bool(measures["is_first_bay_at_end"]),
    )
    told = Told(code="AAA-BB-L-S-D" if measures["deep"] == 2 else None)
    result = imported(table("location", *codes), told=told, template=Template(rules=rules))
    loaded(folder / "back", result)
    assert (folder / "back" / "layout.csv").read_text() == layout


def test_rows_that_have_no_place_are_named_and_the_sum_is_that_of_all_rows() -> None:
    result = imported(
        table(
            "Listado de ubicaciones",
            "",
            "Ubicación;Tipo",
            "A01-01-1-1;PALET",
            "A01-01-1-2;picking",
            "MUELLE-1;PALET",
            "A01-01-1-1;PALET",
            ";PALET",
            "",
            "A01-01-4-1;PALET",
            "A01-XX-1-1;PALET",
            "A01-02-1-1;EUR",
            "A01-03-2-1;bloqueado",
            "A01-03-3-1;PALET",
        ),
        template=ODD_LEFT,
    )
    assert result.n_rows == len(result.openings) + len(result.refusals) == 10
    assert [(o.code.text, o.kind.value) for o in result.openings] == [
        ("A01-01-1-1", "normal"),
        ("A01-01-1-2", "picking"),
        ("A01-03-2-1", "forbidden"),
        ("A01-03-3-1", "normal"),
    ]
    assert [str(r) for r in result.refusals] == [
        "row 6, column Ubicación: 'MUELLE-1' is written otherwise than 'A01-01-1-1'",
        "row 7, column Ubicación: 'A01-01-1-1' stands in row 4 already",
        "row 8, column Ubicación: expected a location, got nothing",
        "row 10, column level: level '4' has no height: levels_m gives 3 for the levels 1, 2, 3, 4",
        "row 11, column bay: bay 'XX' has no number to tell its side by",
        "row 12, column Tipo: 'EUR' is no kind of location known here; say what it is, for instance: --kind 'EUR=normal'",
    ]
    assert "10 row(s) read, 4 placed, 6 refused" in result.describe()


def test_a_word_of_the_warehouse_for_a_kind_can_be_told() -> None:
    rows = table("Ubicación;Tipo", "A01-01-1-1;EUR", "A01-01-2-1;EUR")
    result = imported(rows, template=ODD_LEFT, told=Told(kinds={"eur": "picking"}))
    assert {o.kind for o in result.openings} == {BinKind.PICKING}


def test_codes_that_say_nothing_are_placed_by_the_columns_of_aisle_bay_and_level(tmp_path: Path) -> None:
    rows = table("Lagerplatz;Gang;Seite;Feld;Ebene", "4711;3;links;1;A", "4712;3;links;1;B", "4713;3;rechts;2;A")
    result = imported(rows, template=ODD_LEFT)
    site = loaded(tmp_path / "site", result)
    assert site.layout.pattern is None
    assert [(b.code.text, b.code.aisle, b.code.bay, b.code.level, b.face, round(b.base_m, 3)) for b in site.layout.bins] == [
        ("4711", "3", "1", "A", "3-left", 0.05),
        ("4712", "3", "1", "B", "3-left", 1.5),
        ("4713", "3", "2", "A", "3-right", 0.05),
    ]


def test_a_layout_file_is_a_master_with_measures(tmp_path: Path) -> None:
    made(tmp_path / "made")
    text = (tmp_path / "made" / "layout.csv").read_text()
    result = imported(
        table(*(line.replace(",", ";") for line in text.splitlines())), template=Template(rules=RackRules(width_m=3.0))
    )
    loaded(tmp_path / "back", result)
    assert (tmp_path / "back" / "layout.csv").read_text() == text


def test_of_two_locations_in_one_place_the_later_row_is_refused() -> None:
    rows = table("location;side;along_m;base_m;width_m", "A01-01-1-1;left;1;0;0.9", "A01-01-1-2;left;1.5;0;0.9")
    result = imported(rows)
    assert [str(r) for r in result.refusals] == ["row 3, column location: A01-01-1-2 stands in the place of A01-01-1-1 (row 2)"]


def test_a_third_place_in_the_depth_is_refused() -> None:
    rows = table("location", "A01-01-1-1-1", "A01-01-1-1-2", "A01-01-1-1-3")
    result = imported(rows, told=Told(code="AAA-BB-L-S-D"), template=ODD_LEFT)
    assert [o.kind.value for o in result.openings] == ["normal", "rear"]
    assert [r.why for r in result.refusals] == ["A01-01-1-1-3 stands third behind the front; a rack has a front and a rear place"]


def test_a_bay_without_any_location_leaves_its_gap() -> None:
    result = imported(table("location", "A01-01-1-1", "A01-03-1-1", "A01-07-1-1"), template=ODD_LEFT)
    assert [o.along_m for o in result.openings] == [1.45, pytest.approx(4.25), pytest.approx(1.45 + 3 * 2.8)]


def test_the_documented_template_places_uneven_bays_a_missing_beam_and_an_aisle_of_its_own() -> None:
    template = read_template(EXAMPLE, {})
    codes = [f"{a}-{b:02d}-{level}-{s}" for a in ("A01", "A02") for b in range(1, 9) for level in (1, 2, 3) for s in (1, 2)]
    codes.remove("A01-05-2-1")
    codes.remove("A01-05-2-2")
    result = imported(table("location", *codes), template=template)
    assert result.refusals == ()
    opening = {o.code.text: o for o in result.openings}
    first, second = result.aisles
    assert (first.ceiling_m, second.start_m, second.heading_deg, second.ceiling_m) == (None, (12.0, 30.0), 180.0, 6.5)
    assert opening["A01-07-1-1"].width_m == pytest.approx(0.9)
    assert opening["A01-05-1-1"].height_m == pytest.approx(2.95 - 0.15 - 0.05)
    assert opening["A01-04-1-1"].height_m == pytest.approx(1.30)
    assert [opening[f"A02-01-{level}-1"].base_m for level in (1, 2, 3)] == [0.0, 2.1, 4.2]
    assert opening["A02-01-1-1"].along_m == pytest.approx(second.length_m - 0.1 - 2.7 / 4)


def test_every_fault_of_a_template_is_named(tmp_path: Path) -> None:
    path = tmp_path / "racks.toml"
    path.write_text('[racks]\nlevels_m = [1.5, 0.05]\nsides = "odd"\n[[bay]]\nbays = "1"\nbreite = 3\n')
    with pytest.raises(FaultsError) as error:
        read_template(path, {})
    assert [fault.split(":")[0] for fault in error.value.faults] == ["racks.levels_m", "racks.sides", "bay[1].breite"]


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"levels": "0,05,1,5"}, "--levels: '0,05,1,5' is no row of lengths in metres"),
        ({"levels": "1,5 0,05"}, "--levels: expected heights from the floor upwards, 0.2 m apart or more, got [1.5, 0.05]"),
        (
            {"sides": "odd"},
            "--sides: expected one of first half left, first half right, odd left, odd right, left, right; got 'odd'",
        ),
        ({"first_bay": "door"}, "--first-bay: expected start or end, got 'door'"),
    ],
)
def test_an_option_that_says_nothing_is_refused(typed: dict[str, str], message: str) -> None:
    arguments: dict[str, str | None] = {"levels": None, "sides": None, "first_bay": None}
    with pytest.raises(BadInputError) as error:
        typed_rules(**(arguments | typed), slots=None, lengths_m={})
    assert error.value.what == message


def test_a_column_is_found_by_its_name_in_three_languages_or_as_told() -> None:
    for title in ("Location", "UBICACIÓN", "Código ubicación", "Lagerplatz", "bin_code"):
        assert imported(table(title, "A01-01-1-1"), template=ODD_LEFT).n_rows == 1
    assert imported(table("Hueco nº", "A01-01-1-1"), template=ODD_LEFT, columns={"location": "hueco nº"}).n_rows == 1
    with pytest.raises(BadInputError) as error:
        imported(table("Hueco nº;Tipo", "A01-01-1-1;x"), template=ODD_LEFT)
    assert str(error.value) == (
        "master.csv, row 1: no column of locations; the header reads: Hueco nº, Tipo\n"
        "  -> say which it is, for instance: --column location='Bin no.'"
    )
