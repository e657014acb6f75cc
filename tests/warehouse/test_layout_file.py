import pytest

from warehouse.layout import Aisle, BinKind
from warehouse.layout_file import read_bins
from warehouse.locations import LocationPattern
from warehouse.site_csv import parse_rows

HEADER = "location,aisle,side,along_m,base_m,width_m,height_m,depth_m,kind"
REGEX = "(?P<aisle>[A-Z][0-9]{2})-(?P<bay>[0-9]{2})-(?P<level>[0-9])-(?P<slot>[0-9])"
PATTERN = LocationPattern(REGEX)
AISLES = {
    name: Aisle(name=name, start_m=(x, 4.0), heading_deg=0.0, length_m=10.0, width_m=3.0)
    for name, x in (("A01", 6.0), ("A02", 12.0))
}


def faults_of(*rows: str) -> list[str]:
    parsed, csv_faults = parse_rows("\n".join([HEADER, *rows]).encode())
    assert csv_faults == []
    return read_bins(parsed, PATTERN, AISLES)[1]


def test_a_row_becomes_the_opening_that_it_measures() -> None:
    rows, _ = parse_rows(f"{HEADER}\nA01-01-2-1,A01,right,0.55,1.50,0.90,1.30,1.10,picking\n".encode())
    (b,), faults = read_bins(rows, PATTERN, AISLES)
    assert faults == []
    assert (b.code.text, b.face, b.kind) == ("A01-01-2-1", "A01-right", BinKind.PICKING)
    assert b.centre_m == pytest.approx((7.5, 4.55, 2.15))
    assert b.base_m == pytest.approx(1.5)
    assert (b.along_m, b.width_m, b.height_m, b.depth_m) == (0.55, 0.9, 1.3, 1.1)


def test_a_kind_that_is_not_given_is_normal() -> None:
    assert faults_of("A01-01-2-1,A01,right,0.55,1.50,0.90,1.30,1.10,") == []


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("A01-01-1-1,A09,left,1,0,0.9,1.3,1.1,normal", "row 2, column aisle: unknown aisle 'A09'; site.toml has A01, A02"),
        ("A01-01-1-1,A02,left,1,0,0.9,1.3,1.1,normal", "row 2, column aisle: 'A02', but location 'A01-01-1-1' names aisle 'A01'"),
        ("A1-1-1-1,A01,left,1,0,0.9,1.3,1.1,normal", f"row 2, column location: 'A1-1-1-1' does not fit location_pattern {REGEX!r}"),
        (
            "A01-01-1-1,A01,Left,1,0,0.9,1.3,1.1,normal",
            "row 2, column side: expected left or right (walking from the start of the aisle), got 'Left'",
        ),
        ("A01-01-1-1,A01,left,x,0,0.9,1.3,1.1,normal", "row 2, column along_m: expected a number of metres such as 1.25, got 'x'"),
        ("A01-01-1-1,A01,left,,0,0.9,1.3,1.1,normal", "row 2, column along_m: expected a number of metres such as 1.25, got ''"),
        (
            'A01-01-1-1,A01,left,"1,0",0,0.9,1.3,1.1,normal',
            "row 2, column along_m: expected a number of metres such as 1.25, got '1,0'",
        ),
        (
            "A01-01-1-1,A01,left,１,0,0.9,1.3,1.1,normal",
            "row 2, column along_m: expected a number of metres such as 1.25, got '１'",
        ),
        (
            "A01-01-1-1,A01,left,nan,0,0.9,1.3,1.1,normal",
            "row 2, column along_m: expected a number of metres such as 1.25, got 'nan'",
        ),
        (
            "A01-01-1-1,A01,left,1_0,0,0.9,1.3,1.1,normal",
            "row 2, column along_m: expected a number of metres such as 1.25, got '1_0'",
        ),
        ("A01-01-1-1,A01,left,1,-0.1,0.9,1.3,1.1,normal", "row 2, column base_m: expected 0 m or more, got -0.1"),
        ("A01-01-1-1,A01,left,1,0,0,1.3,1.1,normal", "row 2, column width_m: expected more than 0 m, got 0"),
        ("A01-01-1-1,A01,left,1,0,0.9,-1,1.1,normal", "row 2, column height_m: expected more than 0 m, got -1"),
        (
            "A01-01-1-1,A01,left,9.8,0,0.9,1.3,1.1,normal",
            "row 2, column along_m: 9.8 m with width_m 0.9 reaches out of the aisle (0 to 10 m)",
        ),
        (
            "A01-01-1-1,A01,left,1,0,0.9,1.3,1.1,broken",
            "row 2, column kind: expected one of normal, picking, unused, forbidden, rear, got 'broken'",
        ),
    ],
)
def test_one_fault_is_one_line_with_row_and_column(row: str, fault: str) -> None:
    assert faults_of(row) == [fault]


def test_every_fault_of_a_row_and_of_all_rows_is_found_in_one_pass() -> None:
    faults = faults_of(
        "A01-01-1-1,A01,left,1,0,0.9,1.3,1.1,normal",
        "bad,A09,middle,x,0,0.9,1.3,1.1,normal",
        "A01-01-1-3,A01,left,3,0,0,1.3,1.1,normal",
    )
    assert [fault.split(":")[0] for fault in faults] == [
        "row 3, column location",
        "row 3, column aisle",
        "row 3, column side",
        "row 3, column along_m",
        "row 4, column width_m",
    ]


def test_a_location_that_stands_there_twice_is_named_with_both_rows() -> None:
    row = "A01-01-1-1,A01,left,1,0,0.9,1.3,1.1,normal"
    other_place = row.replace(",1,0,", ",3,0,")
    assert faults_of(row, other_place) == ["row 3, column location: 'A01-01-1-1' stands in row 2 already"]


def test_two_bins_in_one_place_are_named_with_both_rows() -> None:
    assert faults_of(
        "A01-01-1-2,A01,left,1.50,0.05,0.9,1.3,1.1,normal",
        "A01-01-1-1,A01,left,1.00,0.05,0.9,1.3,1.1,normal",
    ) == [
        "row 2, column along_m: A01-01-1-2 stands in the place of A01-01-1-1 (row 3); their openings overlap",
    ]


def test_neighbours_that_touch_and_faces_across_the_aisle_do_not_overlap() -> None:
    assert (
        faults_of(
            "A01-01-1-1,A01,left,0.45,0.00,0.9,1.3,1.1,normal",
            "A01-01-1-2,A01,left,1.345,0.00,0.9,1.3,1.1,normal",
            "A01-01-2-1,A01,left,0.45,1.295,0.9,1.3,1.1,normal",
            "A01-02-1-1,A01,right,0.45,0.00,0.9,1.3,1.1,normal",
        )
        == []
    )


def test_a_rear_bin_stands_behind_its_front_bin_but_two_rear_bins_cannot_share_a_place() -> None:
    front = "A01-01-1-1,A01,left,1,0,0.9,1.3,1.1,normal"
    assert faults_of(front, front.replace("1-1,", "1-2,").replace("normal", "rear")) == []
    assert faults_of(front.replace("normal", "rear"), front.replace("1-1,", "1-2,").replace("normal", "rear")) == [
        "row 3, column along_m: A01-01-1-2 stands in the place of A01-01-1-1 (row 2); their openings overlap",
    ]
