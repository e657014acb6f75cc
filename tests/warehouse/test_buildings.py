"""What a building may be like beyond regular racks: ceilings, tunnels, codes that say nothing, boxes askew."""

from pathlib import Path

import pytest

from tests.warehouse.test_site_file import TOML
from warehouse.errors import FaultsError
from warehouse.layout import KeepOut, Tunnel
from warehouse.site import Site
from warehouse.site_file import load_site

HEADER = "location,aisle,side,along_m,base_m,width_m,height_m,depth_m,kind"
ROW = "A01-01-1-1,A01,left,0.55,0.05,0.9,1.3,1.1,normal"


def site_of(folder: Path, *changes: tuple[str, str], layout: str = f"{HEADER}\n{ROW}\n") -> Site:
    toml = TOML
    for old, new in changes:
        assert old in toml
        toml = toml.replace(old, new, 1)
    (folder / "site.toml").write_text(toml)
    (folder / "layout.csv").write_text(layout)
    return load_site(folder)


def faults_of(folder: Path, *changes: tuple[str, str], layout: str = f"{HEADER}\n{ROW}\n") -> list[str]:
    with pytest.raises(FaultsError) as error:
        site_of(folder, *changes, layout=layout)
    return error.value.faults


def test_the_lowest_of_building_aisle_and_drone_says_how_high_the_drone_may_be(tmp_path: Path) -> None:
    building = ("[[aisle]]", "[building]\nceiling_m = 6.5\n[[aisle]]")
    assert site_of(tmp_path).heights_m("A01") == (0.5, 6.0)
    assert site_of(tmp_path, building).heights_m("A01") == pytest.approx((0.5, 6.5 - 0.75))
    aisle = ("width_m = 3.2", "width_m = 3.2\nceiling_m = 4.0")
    assert site_of(tmp_path, building, aisle).heights_m("A01") == pytest.approx((0.5, 4.0 - 0.75))


def test_a_tunnel_is_part_of_its_rack_face_and_keeps_locations_out(tmp_path: Path) -> None:
    tunnel = ("[[keep_out]]", '[[tunnel]]\naisle = "A01"\nside = "left"\nalong_m = [0.1, 2.8]\nheight_m = 2.5\n[[keep_out]]')
    over = ROW.replace("0.05", "2.50")
    site = site_of(tmp_path, tunnel, layout=f"{HEADER}\n{over}\n")
    assert site.layout.tunnels == (Tunnel(face="A01-left", from_m=0.1, to_m=2.8, height_m=2.5),)
    assert faults_of(tmp_path, tunnel) == [
        "layout.csv, row 2, column base_m: A01-01-1-1 stands in the tunnel 0.1 to 2.8 m along A01-left"
    ]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('aisle = "A09"', "tunnel[1].aisle: unknown aisle 'A09'; the site has A01"),
        ('side = "both"', 'tunnel[1].side: expected "left" or "right" (walking from the start of the aisle), got \'both\''),
        (
            "along_m = [9.0, 12.0]",
            "tunnel[1].along_m: expected where the tunnel begins and where it ends, within the aisle (0 to 10 m), got 9 and 12",
        ),
    ],
)
def test_a_tunnel_that_is_nowhere_is_a_fault(tmp_path: Path, line: str, fault: str) -> None:
    lines = {"aisle": 'aisle = "A01"', "side": 'side = "right"', "along_m": "along_m = [3.0, 4.0]", "height_m": "height_m = 2.0"}
    lines[line.partition(" ")[0]] = line
    text = "[[tunnel]]\n" + "\n".join(lines.values()) + "\n[[keep_out]]"
    assert faults_of(tmp_path, ("[[keep_out]]", text)) == [f"site.toml, {fault}"]


def test_codes_that_say_nothing_take_bay_and_level_from_columns(tmp_path: Path) -> None:
    lines = TOML.splitlines()
    without = "\n".join(line for line in lines if not line.startswith("location_"))
    layout = f"{HEADER},bay,level,slot\n{ROW.replace('A01-01-1-1', 'COLD ROOM')},7,B,\n"
    site = site_of(tmp_path, (TOML, without), layout=layout)
    code = site.layout.bins_by_code["COLD ROOM"].code
    assert (site.layout.pattern, code.aisle, code.bay, code.level, code.slot) == (None, "A01", "7", "B", "")
    (fault,) = faults_of(tmp_path, (TOML, without))
    assert fault.startswith(f"layout.csv, row 1: no column bay, level in {HEADER!r}")
    assert faults_of(tmp_path, (TOML, without), layout=layout.replace(",7,B,", ",,B,")) == [
        "layout.csv, row 2, column bay: expected a text, got nothing; site.toml has no location_pattern to take it from"
    ]


def test_a_pattern_without_its_example_is_a_fault(tmp_path: Path) -> None:
    (fault,) = faults_of(tmp_path, ('location_example = "A01-03-2-1"\n', ""))
    assert fault.startswith("site.toml, site.location_example: missing")


def test_a_box_may_stand_askew(tmp_path: Path) -> None:
    site = site_of(tmp_path, ("max_m = [12.0, 16.5, 7.0]", "max_m = [2.0, 4.0, 7.0]\nheading_deg = 90.0"))
    (box,) = site.layout.keep_outs
    assert box == KeepOut(name="sprinkler", min_m=(0.0, 3.0, 6.4), max_m=(2.0, 4.0, 7.0), heading_deg=90.0)
    assert [corner for p in box.outline_m() for corner in p] == pytest.approx([0, 3, 0, 1, 1, 1, 1, 3])
