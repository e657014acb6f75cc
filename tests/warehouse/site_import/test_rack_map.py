"""Rack maps: uneven bays and levels, tunnels, missing beams, double-deep racks, obstacles, aisles of any heading."""

import math
from collections import Counter
from pathlib import Path

import pytest

from inventory.table_rows import read_table
from tests.conftest import ROOT
from tests.warehouse.site_import.masters import loaded, table
from warehouse.errors import BadInputError, FaultsError
from warehouse.layout import BinKind, Tunnel
from warehouse.site import Site
from warehouse.site_import.rack_map import import_racks
from warehouse.site_import.template import RackRules, Template

EXAMPLE = ROOT / "docs" / "reference" / "examples" / "racks.csv"
PLAIN = Template(rules=RackRules())
HEADER = "aisle;side;bays;levels"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    result = import_racks("racks.csv", read_table(EXAMPLE), code=None, template=PLAIN)
    assert result.refusals == ()
    return loaded(tmp_path_factory.mktemp("site") / "site", result)


def test_the_documented_example_makes_a_site(site: Site) -> None:
    a01, a02 = site.layout.aisles
    assert (a01.heading_deg, a01.width_m, a01.start_m) == (30.0, 3.2, (6.0, 4.0))
    assert a01.length_m == pytest.approx(0.1 + 5 * 2.8 + 3 * 1.9)
    assert (a02.width_m, a02.ceiling_m) == (2.9, 5.2)
    assert Counter(b.kind for b in site.layout.bins) == {
        BinKind.NORMAL: 150,
        BinKind.PICKING: 24,
        BinKind.UNUSED: 6,
        BinKind.FORBIDDEN: 4,
        BinKind.REAR: 48,
    }


def test_a_tunnel_has_no_locations_under_its_height_and_is_part_of_the_site(site: Site) -> None:
    assert site.layout.tunnels == (Tunnel(face="A01-left", from_m=11.3, to_m=14.0, height_m=2.8),)
    assert sorted({b.base_m for b in site.layout.bins if b.code.bay == "09"}) == pytest.approx([3.0, 4.5])


def test_a_missing_beam_makes_a_tall_opening() -> None:
    rows = table(HEADER + ";missing", "A01;left;01;0 1,5 3;2")
    result = import_racks("racks.csv", rows, code=None, template=PLAIN)
    assert [(o.code.text, o.base_m, o.height_m) for o in result.openings] == [("A01-01-1-1", 0.0, 2.85), ("A01-01-3-1", 3.0, 1.3)]


def test_a_rear_place_stands_behind_its_front_place_and_gets_a_code_of_its_own(site: Site) -> None:
    front, rear = site.layout.bins_by_code["A01-02-1-1-1"], site.layout.bins_by_code["A01-02-1-1-2"]
    assert (front.kind, rear.kind, front.centre_m) == (BinKind.NORMAL, BinKind.REAR, rear.centre_m)
    assert site.layout.depths_m("A01-right") == (1.1, 1.1)


def test_an_obstacle_reaches_into_the_aisle_beside_the_bays_however_the_aisle_lies(site: Site) -> None:
    (box,) = site.layout.keep_outs
    face = site.layout.faces["A01-left"]
    corners = [face.face_coordinates_m(face.point_m(0, 0) * 0 + [*corner, 0.0]) for corner in box.outline_m()]
    end = 0.1 + 5 * 2.8 + 3 * 1.9
    assert sorted({round(float(c[0]), 3) for c in corners}) == pytest.approx([end - 0.1, end + 0.3])
    assert sorted({round(float(c[2]), 3) for c in corners}) == pytest.approx([0.0, 0.25])
    assert math.isclose(box.heading_deg, 30.0)


def test_slots_may_differ_from_level_to_level(site: Site) -> None:
    slots = Counter(b.code.level for b in site.layout.bins if b.code.bay == "10" and b.code.aisle == "A01")
    assert slots == {"1": 4, "2": 4, "4": 2}
    assert site.layout.bins_by_code["A01-10-4-1-1"].width_m == pytest.approx(1.8)


def test_every_fault_is_named_with_its_row_and_column_and_no_rack_is_guessed() -> None:
    rows = table(
        HEADER + ";slots;picking;deep",
        "A01;middle;01;0 1,5;;;",
        "A01;left;02..x;0 1,5;;;",
        "A01;left;03;1,5 0;;;",
        "A01;left;04;0 1,5;1 2 3;9;",
        "A01;left;05;0 high;;;3",
    )
    with pytest.raises(FaultsError) as error:
        import_racks("racks.csv", rows, code=None, template=PLAIN)
    assert error.value.faults == [
        "row 2, column side: expected left or right (walking from the start of the aisle), got 'middle'",
        "row 3, column bays: expected 07, 01..12 or 01..23/2, got '02..x'",
        "row 3, column bays: expected the names of bays, such as 01..12, got nothing",
        "row 4, column levels: expected heights from the floor upwards, 0.2 m apart or more, got [1.5, 0.0]",
        "row 5, column slots: expected one whole number, or 2: one for each level, got '1 2 3'",
        "row 5, column picking: expected a level such as 1, or level and slot such as 1-1, got '9'",
        "row 6, column levels: expected lengths with spaces between them, such as 0,05 1,5, got '0 high'",
        "row 6, column levels: expected the heights that pallets stand on, lowest first, such as 0,05 1,5 2,95",
        "row 6, column deep: expected 1 or 2 pallets behind one another, got 3",
    ]


def test_a_bay_that_two_rows_name_is_a_fault() -> None:
    with pytest.raises(FaultsError) as error:
        import_racks("racks.csv", table(HEADER, "A01;left;01..03;0", "A01;left;03;0"), code=None, template=PLAIN)
    assert error.value.faults == ["row 3, column bays: A01-03-1-1 stands in row 2 already"]


def test_codes_are_written_as_told_and_understood_again(tmp_path: Path) -> None:
    rows = table(HEADER + ";level_names", "7;left;01..02;0 1,5;A B")
    result = import_racks("racks.csv", rows, code="R{aisle}.{bay}{level}", template=PLAIN)
    site = loaded(tmp_path / "site", result)
    assert list(site.layout.bins_by_code) == ["R7.01A", "R7.01B", "R7.02A", "R7.02B"]
    assert result.regex == "(?P<aisle>[0-9]{1})".join(["R", r"\.(?P<bay>[0-9]{2})(?P<level>[A-Z]{1})"])
    with pytest.raises(BadInputError):
        import_racks("racks.csv", rows, code="{aisle}-{bay}", template=PLAIN)
