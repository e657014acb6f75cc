"""The questions of `site new`, as people answer them."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli_site import site_app
from warehouse.errors import BadInputError
from warehouse.goods import EMPTY_PALLET, SmallestGoods
from warehouse.site_file import load_site

ANSWERS = ["Nave 3", "1", "2", "3", "2", "2,7", " 1.50", "", "", "", "", "", "", ""]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "site"


def test_lengths_may_be_typed_with_a_comma_and_left_as_proposed(folder: Path) -> None:
    result = CliRunner().invoke(site_app, ["new", str(folder)], input="\n".join(ANSWERS) + "\n")
    assert result.exit_code == 0, result.output
    site = load_site(folder)
    assert (site.name, len(site.layout.bins)) == ("Nave 3", 24)
    assert site.layout.aisles[0].width_m == 3.2
    bases = sorted({b.base_m for b in site.layout.bins})
    assert bases[1] - bases[0] == pytest.approx(1.5)
    assert site.layout.bins_by_code["A01-01-1-1"].width_m == pytest.approx(2.7 / 2)


def test_a_length_that_is_no_number_is_asked_for_again(folder: Path) -> None:
    answers = [*ANSWERS[:5], "wide", *ANSWERS[5:]]
    result = CliRunner().invoke(site_app, ["new", str(folder)], input="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert "'wide' is no length in metres; type for instance 2.7" in result.output
    assert load_site(folder).layout.bins_by_code["A01-01-1-1"].width_m == pytest.approx(2.7 / 2)


def test_the_options_take_the_same_spelling(folder: Path) -> None:
    options = ["--name", "x", "--aisles", "1", "--bays", "1", "--levels", "2", "--slots", "1", "--level-height", "1,5"]
    widths = ["--bay-width", "1,2", "--aisle-width", "3.4"]
    result = CliRunner().invoke(site_app, ["new", str(folder), *options, *widths])
    assert result.exit_code == 0, result.output
    assert load_site(folder).layout.aisles[0].width_m == pytest.approx(3.4)


def test_the_help_names_what_is_wanted() -> None:
    text = CliRunner().invoke(site_app, ["new", "--help"], env={"COLUMNS": "200"}).output
    assert "SITE" in text
    assert text.count("METRES") == 4


def test_uneven_levels_double_deep_racks_bays_from_the_far_end_and_a_ceiling_are_asked_for(folder: Path) -> None:
    answers = ["Nave 3", "1", "2", "3", "2", "2,7", "1,5 1,8 2,2", "3", "2", "end", "odd", "7,5", "", ""]
    result = CliRunner().invoke(site_app, ["new", str(folder)], input="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert "Nave 3: 1 aisle, 2 rack faces, 48 locations, of which 24 cannot be looked at" in result.output
    layout = load_site(folder).layout
    assert sorted({round(b.base_m, 3) for b in layout.bins}) == [0.05, 1.55, 3.35]
    assert {round(b.height_m, 3) for b in layout.bins if b.code.level == "3"} == {2.05}
    first = layout.bins_by_code["A01-01-1-1-1"]
    assert first.face == "A01-left"
    assert first.along_m == pytest.approx(layout.aisles[0].length_m - 0.1 - 2.7 / 4)
    assert layout.bins_by_code["A01-02-1-1-2"].face == "A01-right"
    assert layout.ceiling_m == 7.5


def test_an_answer_that_is_none_of_the_choices_is_asked_for_again(folder: Path) -> None:
    answers = [*ANSWERS[:9], "middle", "start", "", "8", "", ""]
    result = CliRunner().invoke(site_app, ["new", str(folder)], input="\n".join(answers) + "\n")
    assert result.exit_code == 0, result.output
    assert "'middle' is none of: start, end" in result.output


@pytest.mark.parametrize(
    ("answers", "goods"),
    [
        (["y"], EMPTY_PALLET),
        (["n", "0,2 0,4"], SmallestGoods(height_m=0.2, depth_m=0.4)),
        (["n", "20", "0.2 -1", "0.20 0.4"], SmallestGoods(height_m=0.2, depth_m=0.4)),
        (["", ""], None),
    ],
)
def test_whoever_answers_is_asked_what_is_the_smallest_that_stands_alone(
    folder: Path, answers: list[str], goods: SmallestGoods | None
) -> None:
    result = CliRunner().invoke(site_app, ["new", str(folder)], input="\n".join([*ANSWERS[:-2], *answers]) + "\n")
    assert result.exit_code == 0, result.output
    assert "Is nothing but whole pallets kept there, no single boxes on the shelves? [y/N]" in result.output
    assert result.output.count("is no height and depth in metres; type for instance: 0.2 0.4") == max(len(answers) - 2, 0)
    assert load_site(folder).smallest_goods == goods


def test_only_pallets_and_something_smaller_are_refused(folder: Path) -> None:
    options = ["--name", "x", "--aisles", "1", "--bays", "1", "--levels", "2", "--slots", "1", "--level-height", "1.5"]
    options += ["--bay-width", "1.2", "--aisle-width", "3.4", "--only-pallets", "--smallest-goods", "0.2 0.4"]
    with pytest.raises(BadInputError) as error:
        CliRunner().invoke(site_app, ["new", str(folder), *options], catch_exceptions=False)
    assert error.value.what == "--only-pallets and --smallest-goods: expected one of them"
    assert not folder.exists()


def test_as_many_heights_are_wanted_as_there_are_levels(folder: Path) -> None:
    options = ["--name", "x", "--aisles", "1", "--bays", "1", "--levels", "2", "--slots", "1", "--level-height", "1,5 1,8 2,2"]
    with pytest.raises(BadInputError) as error:
        CliRunner().invoke(
            site_app, ["new", str(folder), *options, "--bay-width", "1,2", "--aisle-width", "3"], catch_exceptions=False
        )
    assert error.value.what == "heights of the levels: expected 1 or 2, as many as there are levels, got 3"
