from pathlib import Path

import numpy as np
import pytest
import zxingcpp

from warehouse.errors import BadInputError, ExitCode, FaultsError
from warehouse.site_file import load_site
from warehouse.symbologies import SYMBOLOGIES

TOML = """\
format = 1
[site]
name = "Test hall"
location_pattern = "(?P<aisle>[A-Z][0-9]{2})-(?P<bay>[0-9]{2})-(?P<level>[0-9])-(?P<slot>[0-9])"
location_example = "A01-03-2-1"
[anchor]
latitude_deg = 38.6255
longitude_deg = -0.573
altitude_amsl_m = 820
heading_deg = 20.0
[[aisle]]
name = "A01"
start_m = [6, 4.0]
heading_deg = 0.0
length_m = 10.0
width_m = 3.2
[[keep_out]]
name = "sprinkler"
min_m = [0.0, 3.0, 6.4]
max_m = [12.0, 16.5, 7.0]
[[home_pad]]
name = "pad 1"
position_m = [6.0, 1.5]
[drone]
name = "quad"
radius_m = 0.35
clearance_m = 0.40
cruise_mps = 1.0
climb_mps = 0.7
min_height_m = 0.5
max_height_m = 6.0
battery_wh = 99.0
hover_w = 260.0
[camera]
mounting = "both"
size_px = [3280, 2464]
focal_px = 5150.0
distortion = [-0.06, 0.01]
exposure_s = 0.0005
min_interval_s = 0.25
offset_m = [0.02, 0.10, 0.01]
[label]
symbologies = ["Code128", "QRCode"]
narrowest_bar_mm = 0.8
width_mm = 148.0
height_mm = 210.0
lpn_patterns = ["LP[0-9]{6}"]
sscc_prefixes = ["37612345"]
"""
CSV = """\
location,aisle,side,along_m,base_m,width_m,height_m,depth_m,kind
A01-01-1-1,A01,left,0.55,0.05,0.90,1.30,1.10,normal
A01-02-1-1,A01,right,0.55,0.05,0.90,1.30,1.10,forbidden
"""


def site_folder(folder: Path, toml: str = TOML, layout: str | bytes = CSV) -> Path:
    (folder / "site.toml").write_text(toml, encoding="utf-8")
    (folder / "layout.csv").write_bytes(layout if isinstance(layout, bytes) else layout.encode())
    return folder


def faults_of(folder: Path, toml: str = TOML, layout: str | bytes = CSV) -> list[str]:
    with pytest.raises(FaultsError) as error:
        load_site(site_folder(folder, toml, layout))
    assert error.value.exit_code is ExitCode.BAD_INPUT
    return error.value.faults


def test_a_sound_site_is_read_whole(tmp_path: Path) -> None:
    site = load_site(site_folder(tmp_path))
    assert site.name == "Test hall"
    assert [b.code.text for b in site.layout.bins] == ["A01-01-1-1", "A01-02-1-1"]
    assert list(site.layout.faces) == ["A01-left", "A01-right"]
    assert site.layout.anchor.altitude_amsl_m == 820.0
    assert site.layout.keep_outs[0].max_m == (12.0, 16.5, 7.0)
    assert site.layout.home_pads[0].position_m == (6.0, 1.5)
    assert (site.drone.reserve, site.labels.lowest_m, site.labels.highest_m) == (0.25, 0.4, 0.8)
    assert (site.labels.pixels_per_bar, site.labels.max_motion_px, site.labels.looks, site.labels.bars) == (None, None, 2, "any")
    assert (site.cameras[0].f_number, site.drone.position_error_m, site.labels.edge_m) == (None, None, 0.05)
    assert site.labels.symbologies == ("Code128", "QRCode")
    assert (site.labels.lpn_patterns, site.labels.sscc_prefixes) == (("LP[0-9]{6}",), ("37612345",))


def test_a_drone_with_both_cameras_has_each_on_its_own_side(tmp_path: Path) -> None:
    site = load_site(site_folder(tmp_path))
    left, right = site.camera("left"), site.camera("right")
    assert left is not None
    assert right is not None
    assert (left.offset_body_m, right.offset_body_m) == ((0.02, -0.10, 0.01), (0.02, 0.10, 0.01))
    assert (left.size_px, left.focal_px, left.centre_px) == ((3280, 2464), (5150.0, 5150.0), (1639.5, 1231.5))


def test_a_camera_is_mounted_right_unless_told_otherwise(tmp_path: Path) -> None:
    site = load_site(site_folder(tmp_path, TOML.replace('mounting = "both"\n', "")))
    assert [camera.side for camera in site.cameras] == ["right"]
    assert site.camera("left") is None


def test_the_demo_site_is_sound(demo_site_folder: Path) -> None:
    site = load_site(demo_site_folder)
    assert 90 <= len(site.layout.bins) <= 120
    assert len(site.layout.faces) == 2
    assert np.isfinite([b.centre_m for b in site.layout.bins]).all()


def test_the_site_as_windows_and_a_spanish_excel_save_it_is_the_same_site(tmp_path: Path) -> None:
    def spanish(row: str) -> str:
        return row.replace(",", ";").replace(".", ",")

    layout = "\r\n".join(spanish(row) for row in CSV.splitlines()).encode("utf-8-sig")
    plain, windows = tmp_path / "plain", tmp_path / "windows"
    plain.mkdir()
    windows.mkdir()
    site_folder(windows, layout=layout)
    (windows / "site.toml").write_bytes(TOML.replace("\n", "\r\n").encode("utf-8-sig"))
    assert load_site(windows).layout.bins == load_site(site_folder(plain)).layout.bins


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("format = 1", "format = 2", "format: expected 1, the format that this version of aislescan reads"),
        ("format = 1\n", "", "format: missing; expected a number"),
        ('name = "Test hall"', 'name = ""', "site.name: expected text in quotes, got ''"),
        ("latitude_deg = 38.6255", "latitude_deg = 386.255", "anchor.latitude_deg: expected -89 to 89, got 386.255"),
        ("longitude_deg = -0.573", "longitude_deg = nan", "anchor.longitude_deg: expected a number, got nan"),
        ("altitude_amsl_m = 820", 'altitude_amsl_m = "820 m"', "anchor.altitude_amsl_m: expected a number, got '820 m'"),
        ("width_m = 3.2", "width_m = 0", "aisle[1].width_m: expected more than 0, got 0"),
        ("start_m = [6, 4.0]", "start_m = [6]", "aisle[1].start_m: expected a list of 2 numbers, got [6]"),
        ("length_m = 10.0\n", "", "aisle[1].length_m: missing; expected a number"),
        (
            "max_m = [12.0, 16.5, 7.0]",
            "max_m = [12.0, 1.5, 7.0]",
            "keep_out[1].max_m: expected every value above min_m [0.0, 3.0, 6.4], got [12.0, 1.5, 7.0]",
        ),
        ("radius_m = 0.35\n", "", "drone.radius_m: missing; expected a number"),
        ("clearance_m = 0.40", "clearance_m = -1", "drone.clearance_m: expected 0 or more, got -1"),
        ("max_height_m = 6.0", "max_height_m = 0.5", "drone.max_height_m: expected more than min_height_m 0.5, got 0.5"),
        ("hover_w = 260.0", "hover_w = 260.0\nreserve = 25", "drone.reserve: expected a share below 1, got 25"),
        ("hover_w = 260.0", "hover_w = true", "drone.hover_w: expected a number, got True"),
        ('mounting = "both"', 'mounting = "front"', 'camera.mounting: expected "left", "right" or "both", got \'front\''),
        (
            "size_px = [3280, 2464]",
            "size_px = [3280, 0.5]",
            "camera.size_px: expected width and height in whole pixels, got 3280 and 0.5",
        ),
        (
            "focal_px = 5150.0\ndistortion = [-0.06, 0.01]",
            "focal_px = 1500.0\ndistortion = [-0.3, 0]",
            "camera.distortion: [-0.3, 0.0] folds the picture over inside its corners; check k1, k2 and focal_px",
        ),
        ("focal_px = 5150.0", "focal_px = [5150.0, 0]", "camera.focal_px: expected two numbers above 0, got 5150 and 0"),
        ("focal_px = 5150.0", "focal_px = [5150.0]", "camera.focal_px: expected a list of 2 numbers, got [5150.0]"),
        (
            "distortion = [-0.06, 0.01]",
            "distortion = [-0.06, 0.01, 0]",
            "camera.distortion: expected a list of 2 or 4 or 5 or 8 numbers, got [-0.06, 0.01, 0]",
        ),
        (
            "distortion = [-0.06, 0.01]",
            'distortion = [-0.06, 0.01]\nlens = "fisheye"',
            "camera.distortion: expected a list of 4 numbers, got [-0.06, 0.01]",
        ),
        (
            "distortion = [-0.06, 0.01]",
            'distortion = [-0.06, 0.01]\nlens = "wide"',
            'camera.lens: expected "normal" or "fisheye", got \'wide\'',
        ),
        (
            '["Code128", "QRCode"]',
            '["Code-128"]',
            f"label.symbologies: unknown symbology 'Code-128'; expected some of {', '.join(SYMBOLOGIES)}",
        ),
        ('["Code128", "QRCode"]', '"Code128"', "label.symbologies: expected a list of texts, got 'Code128'"),
        (
            "LP[0-9]{6}",
            "LP[0-9",
            "label.lpn_patterns: 'LP[0-9' is not a regular expression: unterminated character set at position 2",
        ),
        ('"37612345"', '"3761234٥"', "label.sscc_prefixes: expected up to 17 digits in quotes, got '3761234٥'"),
        ("height_mm = 210.0", "height_mm = 210.0\nlowest_m = 0.9", "label.highest_m: expected more than lowest_m 0.9, got 0.8"),
        (
            '"A01-03-2-1"',
            '"A1-3-2-1"',
            "site.location_example: 'A1-3-2-1' does not fit location_pattern "
            "'(?P<aisle>[A-Z][0-9]{2})-(?P<bay>[0-9]{2})-(?P<level>[0-9])-(?P<slot>[0-9])'",
        ),
        ("hover_w = 260.0", "hover_w = 260.0\nrotors = 4", "drone.rotors: unknown name"),
        ("hover_w = 260.0", "hover_w = 260.0\nreserv = 0.2", "drone.reserv: unknown name; did you mean reserve?"),
        ("[[home_pad]]", "[home_pad]", "home_pad: expected tables with double brackets, [[home_pad]]"),
        ("format = 1", 'format = 1\nancor = "x"', "ancor: unknown name; did you mean anchor?"),
    ],
)
def test_a_fault_in_site_toml_is_named_by_its_key_and_stands_alone(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in TOML
    assert faults_of(tmp_path, TOML.replace(old, new)) == [f"site.toml, {fault}"]


@pytest.mark.parametrize("table", ["site", "anchor", "drone", "camera", "label"])
def test_a_missing_table_is_one_fault(tmp_path: Path, table: str) -> None:
    head, _, tail = TOML.partition(f"[{table}]\n")
    _, bracket, rest = tail.partition("\n[")
    without = head + bracket.lstrip() + rest
    assert faults_of(tmp_path, without) == [f"site.toml, {table}: missing; expected a table [{table}]"]


def test_a_pattern_that_cannot_be_used_is_one_fault_and_blames_no_row(tmp_path: Path) -> None:
    assert faults_of(tmp_path, TOML.replace("(?P<slot>[0-9])", "(?P<slot>[0-9]")) == [
        "site.toml, site.location_pattern: "
        "'(?P<aisle>[A-Z][0-9]{2})-(?P<bay>[0-9]{2})-(?P<level>[0-9])-(?P<slot>[0-9]'"
        " is not a regular expression: missing ), unterminated subpattern at position 60;"
        " use named groups, for instance (?P<aisle>[A-Z][0-9]{2})-(?P<bay>[0-9]{2})-(?P<level>[0-9])",
    ]


def test_two_aisles_of_one_name_are_refused(tmp_path: Path) -> None:
    aisle = TOML[TOML.index("[[aisle]]") : TOML.index("[[keep_out]]")]
    assert faults_of(tmp_path, TOML.replace(aisle, aisle + aisle)) == ["site.toml, aisle: the name 'A01' is used more than once"]


def test_the_faults_of_both_files_are_found_in_one_pass(tmp_path: Path) -> None:
    toml = TOML.replace("radius_m = 0.35", "radius_m = -1").replace("focal_px = 5150.0", "focal_px = 0")
    layout = CSV.replace("A01-02-1-1,A01", "A01-02-1-1,A07").replace("0.05,0.90", "0.05,x", 1)
    with pytest.raises(FaultsError) as error:
        load_site(site_folder(tmp_path, toml, layout))
    assert str(error.value) == (
        f"{tmp_path}: 4 faults\n"
        "  site.toml, drone.radius_m: expected more than 0, got -1\n"
        "  site.toml, camera.focal_px: expected more than 0, got 0\n"
        "  layout.csv, row 2, column width_m: expected a number of metres such as 1.25, got 'x'\n"
        "  layout.csv, row 3, column aisle: unknown aisle 'A07'; site.toml has A01\n"
        f"  -> mend these places, then: aislescan site check {tmp_path}"
    )


def test_a_long_list_of_faults_is_cut_for_people_and_kept_for_programs(tmp_path: Path) -> None:
    rows = "".join(f"A01-{i:02d}-1-1,A09,left,1,0,0.9,1.3,1.1,normal\n" for i in range(60))
    with pytest.raises(FaultsError) as error:
        load_site(site_folder(tmp_path, layout=CSV.splitlines(keepends=True)[0] + rows))
    assert len(error.value.faults) == 60
    assert len(str(error.value).splitlines()) == 1 + 40 + 1 + 1
    assert "\n  and 20 more\n" in str(error.value)


def test_a_layout_without_a_location_is_refused(tmp_path: Path) -> None:
    header = CSV.splitlines(keepends=True)[0]
    assert faults_of(tmp_path, layout=header + ",,,,,,,,\n") == [
        "layout.csv, row 2: no location at all; expected one row a location"
    ]


def test_a_layout_in_a_windows_code_page_says_how_to_save_it(tmp_path: Path) -> None:
    layout = CSV.replace("A01-01-1-1", "PEÑA").encode("cp1252")
    assert faults_of(tmp_path, layout=layout) == ["layout.csv, line 2: not UTF-8 text (byte 0xD1); in Excel, save it as: CSV UTF-8"]


def test_a_site_toml_that_is_no_toml_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"site\.toml: not valid TOML: .*\(at line 3, column \d+\)\n  -> mend that line"):
        load_site(site_folder(tmp_path, TOML.replace('"Test hall"', '"Test hall')))


def test_a_site_toml_in_a_windows_code_page_names_the_line(tmp_path: Path) -> None:
    folder = site_folder(tmp_path)
    (folder / "site.toml").write_bytes(TOML.replace("Test hall", "Almacén").encode("cp1252"))
    with pytest.raises(BadInputError, match=r"site\.toml, line 3: not UTF-8 text \(byte 0xE9\)\n  -> save the file as UTF-8"):
        load_site(folder)


@pytest.mark.parametrize("name", ["site.toml", "layout.csv"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    site_folder(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(BadInputError) as error:
        load_site(tmp_path)
    assert str(error.value) == f"{tmp_path / name}: no such file\n  -> a site folder holds site.toml and layout.csv"


def test_every_symbology_that_a_site_may_name_is_one_that_the_reader_knows() -> None:
    assert [name for name in SYMBOLOGIES if not hasattr(zxingcpp.BarcodeFormat, name)] == []


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("focal_px = [2950.0, 2948.5]\ndistortion = [-0.28, 0.09, 0.001, -0.0007, -0.01]", ("normal", (2950.0, 2948.5), 5)),
        ('focal_px = 2400\nlens = "fisheye"\ndistortion = [-0.01, 0.02, -0.016, 0.004]', ("fisheye", (2400.0, 2400.0), 4)),
        ('focal_px = 2400\nlens = "fisheye"', ("fisheye", (2400.0, 2400.0), 4)),
    ],
)
def test_the_lens_is_taken_as_a_calibration_hands_it_over(
    tmp_path: Path, lines: str, expected: tuple[str, tuple[float, float], int]
) -> None:
    toml = TOML.replace("focal_px = 5150.0\ndistortion = [-0.06, 0.01]", lines)
    camera = load_site(site_folder(tmp_path, toml)).cameras[0]
    assert (camera.lens, camera.focal_px, len(camera.distortion)) == expected
