"""Location masters with x, y and z: the racks are found again, wherever and however the hall lies."""

import math
import random
from pathlib import Path

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.warehouse.site_import.masters import imported, loaded, made, table, turned
from tests.warehouse.strategies import floats
from warehouse.errors import BadInputError
from warehouse.layout import Bin, BinKind
from warehouse.site import Site
from warehouse.site_import.master_rows import Told
from warehouse.site_import.template import RackRules, Template

DEPTH_M = 1.1
ONE_FACE = table(
    "Ubicación;X;Y;Z",
    *(f"A01-{bay:02d}-{level}-1;{bay * 2.8:.2f};0;{(level - 1) * 1.5:.2f}" for bay in range(1, 6) for level in (1, 2)),
)


@settings(max_examples=25, phases=[Phase.generate])
@given(
    heading_deg=st.one_of(st.sampled_from([0.0, 90.0, 180.0, 270.0]), floats(0.0, 359.0).map(lambda h: round(h, 1))),
    shift_m=st.tuples(floats(-200, 200), floats(-200, 200)),
    unit=st.sampled_from([("m", 1.0), ("cm", 100.0), ("mm", 1000.0)]),
    deep=st.sampled_from([1, 2]),
    slots=st.integers(1, 3),
    bays=st.integers(4, 7),
    aisles=st.integers(1, 3),
    is_first_bay_at_end=st.booleans(),
    has_sides=st.booleans(),
)
def test_a_generated_site_that_is_exported_as_a_master_comes_back_with_every_location_in_its_place(
    tmp_path_factory: pytest.TempPathFactory,
    heading_deg: float,
    shift_m: tuple[float, float],
    unit: tuple[str, float],
    has_sides: bool,
    **measures: int,
) -> None:
    folder = tmp_path_factory.mktemp("sites")
    site = made(folder / "made", bay_width_m=1.0 * measures["slots"], **measures)
    name, per_metre = unit
    lines = [f"Ubicación;X ({name});Y ({name});Z ({name});Alto ({name});Fondo;Lado;Posición fondo"]
    for b in site.layout.bins:
        x, y, z = turned(b, heading_deg, shift_m)
        if b.kind is BinKind.REAR:  # a WMS gives the rear place its own coordinates, behind the front one
            x, y = (p - DEPTH_M * o for p, o in zip((x, y), outward(site, b, heading_deg), strict=True))
        cells = [f"{v * per_metre:.{6 - len(str(int(per_metre)))}f}".replace(".", ",") for v in (x, y, z, b.height_m)]
        side = {"left": "izquierda", "right": "derecha"}[b.face.rpartition("-")[2]] if has_sides else ""
        lines.append(";".join([b.code.text, *cells, "1,10", side, "2" if b.kind is BinKind.REAR else "1"]))
    result = imported(table(*lines), told=Told(code="AAA-BB-L-S-D" if measures["deep"] > 1 else None))
    assert (result.n_rows, result.refusals) == (len(site.layout.bins), ())
    back = loaded(folder / "back", result)
    assert len(back.layout.bins) == len(site.layout.bins)
    for b in site.layout.bins:
        found = back.layout.bins_by_code[b.code.text]
        x, y, z = turned(b, heading_deg, shift_m)
        assert found.centre_m == pytest.approx((x, y, z + b.height_m / 2), abs=0.004)
        assert found.kind is b.kind
        if has_sides or not measures["is_first_bay_at_end"]:  # else nothing tells that bays are counted against the aisle
            assert found.face == b.face
        assert (found.width_m, found.height_m, found.depth_m) == pytest.approx((b.width_m, b.height_m, b.depth_m), abs=0.004)


def outward(site: Site, b: Bin, heading_deg: float) -> tuple[float, float]:
    """Return the unit vector out of a bin's rack in the turned hall."""
    h, (x, y, _) = math.radians(heading_deg), site.layout.faces[b.face].outward
    return x * math.cos(h) + y * math.sin(h), y * math.cos(h) - x * math.sin(h)


def test_a_single_rack_is_placed_and_its_guesses_are_told() -> None:
    result = imported(ONE_FACE)
    (aisle,) = result.aisles
    assert (aisle.heading_deg, aisle.width_m, len(result.openings)) == (90.0, 3.2, 10)
    first = result.openings[0]
    assert (first.along_m, first.width_m, first.height_m) == (1.45, 2.7, 1.35)
    assert result.notes[1:] == (
        "aisle A01 has one rack face; which way it faces is taken from the racks around it",
        "aisle A01 has one rack face; its width is taken for 3.2 m (--aisle-width, or the template)",
        "heights of openings are taken from the level above, less 0.15 m for the beam; over the highest level 1.3 m",
    )


def test_a_place_off_the_line_and_one_without_coordinates_are_refused_and_the_others_kept() -> None:
    rows = [
        *ONE_FACE,
        (12, ("A01-06-1-1", "16.80", "0.25", "0")),
        (13, ("A01-07-1-1", "", "0", "0")),
        (14, ("A01-08-1-1", "x", "0", "0")),
    ]
    result = imported(rows)
    assert (result.n_rows, len(result.openings)) == (13, 10)
    assert [str(r) for r in result.refusals] == [
        "row 12, column X: A01-06-1-1 stands 0.25 m off the line of its rack in A01",
        "row 13, column X: A01-07-1-1 has no coordinates",
        "row 14, column X: expected a number like 1.25, got 'x'",
    ]


def test_coordinates_of_the_middle_of_a_place_lie_half_a_depth_behind_its_front() -> None:
    lines = [f"A01-{2 * bay + odd:02d}-1-1;{bay * 2.8:.2f};{4.3 * odd:.2f};0,65" for bay in range(1, 6) for odd in (0, 1)]
    rows = table("ubicacion;x;y;z", *(line.replace(".", ",") for line in lines))
    result = imported(rows, is_xy_middle=True, is_z_middle=True, template=Template(rules=RackRules(depth_m=1.1)))
    (aisle,) = result.aisles
    assert aisle.width_m == pytest.approx(3.2)
    assert {o.base_m for o in result.openings} == {0.0}


def test_a_unit_that_nobody_names_is_worked_out_where_only_one_makes_a_rack() -> None:
    rows = table(
        "bin;x;y;z", *(f"A01-{bay:02d}-{level}-1;{bay * 2800};0;{level * 1500}" for bay in range(1, 6) for level in (1, 2))
    )
    result = imported(rows)
    assert "lengths are taken for mm, the only unit that makes a rack of them" in result.notes
    assert result.openings[0].width_m == pytest.approx(2.7)


def test_a_unit_that_may_be_either_is_asked_for() -> None:
    rows = table("bin;x;y;z", *(f"A01-{bay:02d}-1-1;{bay * 300};0;600" for bay in range(1, 6)))
    with pytest.raises(BadInputError) as error:
        imported(rows)
    assert str(error.value) == "the lengths may be in cm or mm\n  -> say which: --unit m, --unit cm or --unit mm"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("scatter_m", [0.0, 0.02])
def test_racks_that_a_wms_counts_one_by_one_face_their_aisles_also_where_coordinates_scatter(
    tmp_path: Path, seed: int, scatter_m: float
) -> None:
    rng = random.Random(seed)
    site = made(
        tmp_path / "made", aisles=rng.randint(2, 4), bays=rng.randint(3, 8), bay_width_m=2.7, aisle_width_m=rng.choice([1.8, 3.2])
    )
    heading_deg, lines = rng.uniform(0, 360), ["location;aisle;bay;level;slot;x_m;y_m;z_m"]
    scatter: dict[tuple[str, str], tuple[float, float]] = {}
    for b in site.layout.bins:
        place = f"{b.face}{b.code.bay}", b.code.slot
        dx, dy = scatter.setdefault(place, (rng.gauss(0, scatter_m), rng.gauss(0, scatter_m)))
        x, y, z = turned(b, heading_deg, (dx, dy))
        rack = b.face.replace("-left", "L").replace("-right", "R")
        lines.append(f"{b.code};{rack};{b.code.bay};{b.code.level};{b.code.slot};{x:.3f};{y:.3f};{z:.3f}")
    result = imported(table(*lines))
    assert (len(result.aisles), result.refusals) == (len(site.layout.faces), ())
    faces = {(aisle.name, side): aisle.face(side) for aisle in result.aisles for side in ("left", "right")}
    for o in result.openings:
        b = site.layout.bins_by_code[o.code.text]
        (x, y, _), (wanted_x, wanted_y) = faces[o.code.aisle, o.side].outward, outward(site, b, heading_deg)
        assert x * wanted_x + y * wanted_y > 0.99
        assert abs(o.width_m - b.width_m) < 6 * scatter_m + 0.01


def test_with_coordinates_a_code_that_says_nothing_needs_its_aisle_only(tmp_path: Path) -> None:
    lines = [
        f"{n};3;{bay * 2.8:.2f};0;{z}" for n, (bay, z) in enumerate(((b, z) for b in range(1, 5) for z in (0, 1.5)), start=4711)
    ]
    result = imported(table("Bin;Aisle;X;Y;Z", *lines))
    layout = loaded(tmp_path / "site", result).layout
    assert [(b.code.text, b.code.bay, b.code.level) for b in layout.bins][:3] == [
        ("4711", "1", "1"),
        ("4712", "1", "2"),
        ("4713", "2", "1"),
    ]
    assert "bays and levels have no names in the file; they are numbered along the rack and from the floor up" in result.notes


def test_a_single_rack_behind_a_rack_of_another_aisle_faces_away_from_it() -> None:
    aisle = [f"A01-{side}{bay}-1;{bay * 2.8:.2f};{y};0" for side, y in (("1", 0.0), ("2", 3.2)) for bay in range(1, 7)]
    behind = [f"A02-1{bay}-1;{bay * 2.8:.2f};5.6;0" for bay in range(1, 7)]
    result = imported(table("bin;x;y;z", *aisle, *behind))
    single = next(a for a in result.aisles if a.name == "A02")
    assert single.start_m[1] == pytest.approx(5.6 + 1.6)
