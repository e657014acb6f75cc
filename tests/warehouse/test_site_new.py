import tomllib
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.strategies import floats
from warehouse.errors import BadInputError
from warehouse.goods import EMPTY_PALLET, SmallestGoods
from warehouse.layout import KeepOut
from warehouse.site import Site
from warehouse.site_file import load_site
from warehouse.site_new import new_site
from warehouse.texts import Speech


def made(folder: Path, **changes: object) -> Site:
    measures: dict[str, object] = {"name": "Almacén 'Norte' \"2\"", "aisles": 2, "bays": 3, "levels": 4, "slots": 2}
    measures |= {"bay_width_m": 1.8, "level_height_m": 1.45, "aisle_width_m": 3.0}
    new_site(folder, **(measures | changes))  # type: ignore[arg-type]
    return load_site(folder)


def test_the_new_site_is_sound_and_has_every_location_once(tmp_path: Path) -> None:
    site = made(tmp_path / "site")
    assert site.name == "Almacén 'Norte' \"2\""
    assert list(site.layout.faces) == ["A01-left", "A01-right", "A02-left", "A02-right"]
    assert len(site.layout.bins) == 2 * 2 * 3 * 4 * 2
    first, last = site.layout.bins[0], site.layout.bins[-1]
    assert (first.code.text, first.face) == ("A01-01-1-1", "A01-left")
    assert (last.code.text, last.face) == ("A02-06-4-2", "A02-right")
    assert (first.along_m, first.base_m) == pytest.approx((0.55, 0.05))
    assert (last.along_m, last.base_m) == pytest.approx((5.25, 4.4))
    assert (first.width_m, first.height_m, first.depth_m) == (0.9, 1.3, 1.1)
    assert site.layout.keep_outs == ()


def test_neighbouring_aisles_leave_room_for_the_racks_between_them(tmp_path: Path) -> None:
    a, b = made(tmp_path / "site").layout.aisles
    assert b.start_m[0] - a.start_m[0] == pytest.approx(3.0 + 2 * 1.1 + 0.2)
    assert a.length_m == pytest.approx(3 * 1.9 + 0.1)


def test_the_example_of_a_keep_out_box_becomes_one_when_its_comment_marks_are_taken_away(tmp_path: Path) -> None:
    made(tmp_path / "site")
    path = tmp_path / "site" / "site.toml"
    text = path.read_text(encoding="utf-8")
    for line in ("[[keep_out]]", 'name = "sprinkler pipe"', "min_m =", "max_m =", "lpn_patterns ="):
        assert f"\n# {line}" in text
        text = text.replace(f"\n# {line}", f"\n{line}")
    path.write_text(text, encoding="utf-8")
    site = load_site(tmp_path / "site")
    assert site.layout.keep_outs == (KeepOut(name="sprinkler pipe", min_m=(0.0, 3.0, 6.4), max_m=(12.0, 16.5, 7.0)),)
    assert site.labels.lpn_patterns == ("LP[0-9]{8}",)


@settings(max_examples=15)  # each writes and reads some thousand locations
@given(
    aisles=st.sampled_from([1, 2, 100]),
    bays=st.sampled_from([1, 4, 50]),
    levels=st.sampled_from([1, 10]),
    slots=st.integers(1, 3),
    bay_width_m=floats(0.9, 4.0),
    level_height_m=floats(0.5, 3.0),
    aisle_width_m=floats(0.5, 6.0),
)
def test_whatever_the_measures_no_bin_overlaps_and_every_code_fits(
    tmp_path_factory: pytest.TempPathFactory, **measures: int
) -> None:
    if measures["aisles"] * measures["bays"] > 100:
        measures["bays"] = 1
    site = made(tmp_path_factory.mktemp("new") / "site", **measures)
    assert len(site.layout.bins_by_code) == 2 * measures["aisles"] * measures["bays"] * measures["levels"] * measures["slots"]


@pytest.mark.parametrize("name", ["site.toml", "layout.csv"])
def test_a_site_that_is_there_is_never_overwritten(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(BadInputError) as error:
        made(tmp_path)
    assert str(error.value) == (
        f"{tmp_path / name}: is there already, and is not overwritten\n  -> give a new folder, or move that file away"
    )
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"aisles": 0}, "aisles: expected 1 or more, got 0"),
        ({"slots": 9}, "width of a bay for one pallet: expected 0.3 m or more, got 0.2 m"),
        ({"level_height_m": 0.4}, "height from one level to the next: expected 0.45 m or more, got 0.4 m"),
        ({"aisle_width_m": float("nan")}, "width of an aisle: expected 0.5 m or more, got nan m"),
        ({"name": " "}, "name: expected one line of text, got ' '"),
        ({"name": "a\nb"}, "name: expected one line of text, got 'a\\nb'"),
    ],
)
def test_measures_that_no_rack_can_have_are_refused(tmp_path: Path, changes: dict[str, object], message: str) -> None:
    with pytest.raises(BadInputError) as error:
        made(tmp_path / "site", **changes)
    assert error.value.what == message
    assert not (tmp_path / "site").exists()


@pytest.mark.parametrize("lang", ["en", "es"])
@pytest.mark.parametrize("goods", [None, EMPTY_PALLET, SmallestGoods(height_m=0.2, depth_m=0.325)])
def test_the_smallest_goods_of_a_warehouse_are_named_in_its_site(tmp_path: Path, lang: str, goods: SmallestGoods | None) -> None:
    assert made(tmp_path / "site", smallest_goods=goods, speech=Speech(lang=lang)).smallest_goods == goods


def test_a_spanish_site_differs_in_comments_and_in_the_names_of_pad_and_drone_only(tmp_path: Path) -> None:
    spanish = made(tmp_path / "es", speech=Speech(lang="es"))
    english = made(tmp_path / "en")
    assert (spanish.drone.name, spanish.layout.home_pads[0].name) == ("cuadricóptero 450 con cámara lateral", "base 1")
    tables = [tomllib.loads((tmp_path / lang / "site.toml").read_text(encoding="utf-8")) for lang in ("es", "en")]
    for table in tables:
        del table["drone"]["name"], table["home_pad"][0]["name"]
    assert tables[0] == tables[1]
    assert spanish.layout.bins == english.layout.bins
    sources = [files("warehouse").joinpath(f"new_site{lang}.toml").read_text(encoding="utf-8") for lang in (".es", "")]
    comments = [[line.partition("#")[2] for line in source.splitlines() if "# " in line] for source in sources]
    assert [a == b for a, b in zip(*comments, strict=True)].count(True) == 3, "lines of a table that is commented out"
