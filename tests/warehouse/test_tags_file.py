"""tags.csv: what is understood, and how each fault is named."""

from dataclasses import replace
from pathlib import Path

import pytest

from warehouse.errors import BadInputError, FaultsError
from warehouse.run_folder import RunFolder
from warehouse.site_digest import site_digest
from warehouse.site_drawing import draw_site_svg
from warehouse.site_file import load_site
from warehouse.site_new import new_site
from warehouse.site_summary import describe_site
from warehouse.tags import LocationTag
from warehouse.tags_new import upright_places_m, write_new_tags

HEADER = "text,symbology,aisle,side,along_m,height_m,size_mm,outward_m"
GOOD = "7,AprilTag36h11,A01,left,2.850,0.650,80,0.02"


def with_tags(folder: Path, *rows: str, header: str = HEADER) -> Path:
    (folder / "tags.csv").write_text("\n".join([header, *rows]) + "\n")
    return folder


def test_a_site_without_the_file_has_no_tags(demo_site_folder: Path) -> None:
    site = load_site(demo_site_folder)
    assert site.tags == ()
    assert site.symbologies == site.labels.symbologies


def test_a_row_is_a_tag_and_the_distance_from_the_face_may_be_left_out(demo_site_folder: Path) -> None:
    site = load_site(with_tags(demo_site_folder, GOOD))
    assert site.tags == (
        LocationTag(
            text="7", symbology="AprilTag36h11", face="A01-left", along_m=2.85, height_m=0.65, size_mm=80.0, outward_m=0.02
        ),
    )
    short = load_site(with_tags(demo_site_folder, "T-1;QRCode;A01;right;2,85;0,65;80", header=HEADER[:-10].replace(",", ";")))
    assert [(t.face, t.along_m, t.outward_m) for t in short.tags] == [("A01-right", 2.85, 0.0)]


def test_what_tags_say_names_a_place_and_their_symbologies_are_looked_for(demo_site_folder: Path) -> None:
    site = load_site(with_tags(demo_site_folder, GOOD, "T-1,QRCode,A01,left,5.6,0.65,80,0"))
    assert site.symbologies == ("Code128", "QRCode")
    assert site.is_location_text("QRCode", "T-1")
    assert site.is_location_text("AprilTag36h11", "7")
    assert site.is_location_text("Code128", "A01-03-2-1")
    assert not site.is_location_text("Code128", "7")


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("587,AprilTag36h11,A01,left,1,1,80,0", "row 2, column text: expected the number of an AprilTag, 0 to 586, got '587'"),
        (",QRCode,A01,left,1,1,80,0", "row 2, column text: expected what the tag says, got nothing"),
        ("T,QR,A01,left,1,1,80,0", "row 2, column symbology: unknown 'QR'; expected one of AprilTag36h11, Code128,"),
        ("T,QRCode,A09,left,1,1,80,0", "row 2, column aisle: unknown aisle 'A09'; site.toml has A01"),
        ("T,QRCode,A01,links,1,1,80,0", "row 2, column side: expected left or right"),
        ("T,QRCode,A01,left,13,1,80,0", "row 2, column along_m: 13 m lies outside of the aisle (0 to 11.3 m)"),
        ("T,QRCode,A01,left,1 m,1,80,0", "row 2, column along_m: expected a number of metres such as 1.25, got '1 m'"),
        ("T,QRCode,A01,left,1,-1,80,0", "row 2, column height_m: expected 0 m or more, got -1"),
        ("T,QRCode,A01,left,1,99,80,0", "row 2, column height_m: 99 m lies above the rack, whose highest opening ends at "),
        ("T,QRCode,A01,left,1,1,8 cm,0", "row 2, column size_mm: expected a number of millimetres such as 80, got '8 cm'"),
        ("T,QRCode,A01,left,1,1,80,2", "row 2, column outward_m: expected -0.5 to 0.5 m from the plane of the face, got 2"),
    ],
)
def test_every_fault_is_named_with_file_row_and_column(demo_site_folder: Path, row: str, fault: str) -> None:
    with pytest.raises(FaultsError) as error:
        load_site(with_tags(demo_site_folder, row))
    assert f"tags.csv, {fault}" in str(error.value)


def test_one_text_twice_on_a_face_is_a_fault_and_on_two_faces_is_none(demo_site_folder: Path) -> None:
    assert len(load_site(with_tags(demo_site_folder, GOOD, GOOD.replace("left", "right"))).tags) == 2
    with pytest.raises(FaultsError, match=r"tags\.csv, row 3, column text: '7' hangs on this face in row 2 already"):
        load_site(with_tags(demo_site_folder, GOOD, GOOD))


def test_tags_are_a_part_of_the_site_that_a_run_keeps(demo_site_folder: Path, tmp_path: Path) -> None:
    before = site_digest(demo_site_folder)
    with_tags(demo_site_folder, GOOD)
    assert site_digest(demo_site_folder) != before
    run = RunFolder.create(tmp_path / "run", demo_site_folder)
    assert (run.root / "tags.csv").read_bytes() == (demo_site_folder / "tags.csv").read_bytes()
    (run.root / "tags.csv").unlink()
    with pytest.raises(BadInputError, match=r"differs from the site that this run was made for"):
        RunFolder.open(run.root)


def test_a_tag_may_hang_a_little_above_the_highest_opening(demo_site_folder: Path) -> None:
    top = max(b.base_m + b.height_m for b in load_site(demo_site_folder).layout.bins)
    (tag,) = load_site(with_tags(demo_site_folder, f"T,QRCode,A01,left,1,{top + 0.9:.2f},80,0")).tags
    assert tag.height_m == pytest.approx(top + 0.9, abs=0.01)


@pytest.mark.parametrize("is_link", [True, False])
def test_what_is_called_like_the_tags_file_and_is_none_is_an_error(demo_site_folder: Path, tmp_path: Path, is_link: bool) -> None:
    path = demo_site_folder / "tags.csv"
    path.symlink_to(tmp_path / "nowhere.csv") if is_link else path.mkdir()
    with pytest.raises(BadInputError, match=r"tags\.csv: not a file but a (link to a file that is not there|folder)"):
        load_site(demo_site_folder)
    with pytest.raises(BadInputError, match=r"tags\.csv: not a file but"):
        RunFolder.create(tmp_path / "run", demo_site_folder)


def test_a_stray_tags_file_is_not_taken_for_the_sites(demo_site_folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "run"
    other.mkdir()
    with_tags(other, GOOD)
    with pytest.raises(BadInputError, match=r"is no run folder and holds another tags\.csv"):
        RunFolder.create(other, demo_site_folder)


@pytest.mark.parametrize("symbology", ["AprilTag36h11", "QRCode"])
def test_the_proposed_tags_hang_on_every_upright_at_the_label_band_of_every_level(demo_site_folder: Path, symbology: str) -> None:
    site = load_site(demo_site_folder)
    assert write_new_tags(demo_site_folder, site, symbology=symbology) == 2 * 5 * 4
    tagged = load_site(demo_site_folder)
    left = [t for t in tagged.tags if t.face == "A01-left"]
    assert sorted({t.along_m for t in left}) == [0.05, 2.85, 5.65, 8.45, 11.25]
    assert sorted({t.height_m for t in left}) == [0.65, 2.1, 3.55, 5.0]
    assert f"Location tags: 40 (40 {symbology}) on 2 rack faces" in describe_site(tagged)
    assert draw_site_svg(tagged).count("<circle") == draw_site_svg(site).count("<circle") + 40
    with pytest.raises(BadInputError, match="is there already, and is not overwritten"):
        write_new_tags(demo_site_folder, site)


def test_a_gap_as_wide_as_a_column_of_the_building_has_an_upright_at_each_side(tmp_path: Path) -> None:
    new_site(tmp_path, name="x", aisles=1, bays=2, levels=1, slots=1, bay_width_m=2.7, level_height_m=1.5, aisle_width_m=3.0)
    bins = load_site(tmp_path).layout.bins_of_face("A01-left")
    assert upright_places_m(bins) == pytest.approx([0.05, 2.85, 5.65])
    first, second = bins
    assert upright_places_m((first, replace(second, along_m=second.along_m + 0.6))) == pytest.approx([0.05, 2.85, 3.45, 6.25])
