"""A table of poses is read as spreadsheets write it, and every fault of it is named."""

from pathlib import Path

import pytest

from vision.importing.pose_csv import read_pose_csv
from warehouse.errors import BadInputError, FaultsError
from warehouse.pose_track import pose_at

HEADER = "file,x_m,y_m,z_m,roll_deg,pitch_deg,heading_deg"


def table(folder: Path, text: str) -> Path:
    path = folder / "poses.csv"
    path.write_text(text)
    return path


def test_columns_may_stand_in_any_order_beside_others(tmp_path: Path) -> None:
    text = "note,heading_deg,camera,z_m,y_m,x_m,pitch_deg,roll_deg,file,sigma_m\nok,-90,Left,3,2,1,5,4,IMG_1.JPG,0.02\n"
    (one,) = read_pose_csv(table(tmp_path, text)).photos
    assert one.pose.position_m == (1.0, 2.0, 3.0)
    assert (one.pose.roll_deg, one.pose.pitch_deg, one.pose.heading_deg) == (4.0, 5.0, 270.0)
    assert (one.file, one.camera, one.position_sigma_m) == ("IMG_1.JPG", "left", 0.02)


def test_a_track_is_put_in_order_of_time_and_knows_the_time_of_day(tmp_path: Path) -> None:
    text = (
        "captured_at;x_m;y_m;z_m;roll_deg;pitch_deg;heading_deg\n"
        "2026-11-23T07:00:02.5+01:00;1,5;0;1;0;0;0\n2026-11-23T06:00:00Z;1;0;1;0;0;0\n"
    )
    log = read_pose_csv(table(tmp_path, text))
    assert [p.pose.time_s for p in log.track] == [0.0, 2.5]
    assert [p.pose.position_m[0] for p in log.track] == [1.0, 1.5]
    assert log.utc_at_zero_s == 1795413600.0
    assert log.photos == ()


def test_seconds_alone_do_not_know_the_time_of_day(tmp_path: Path) -> None:
    log = read_pose_csv(table(tmp_path, "time_s,x_m,y_m,z_m,roll_deg,pitch_deg,heading_deg\n7.5,1,0,1,0,0,0\n"))
    assert log.utc_at_zero_s is None
    assert log.track[0].pose.time_s == 7.5


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ("a.jpg,north,0,1,0,0,0", "row 2, x_m: expected a number from -100000 to 100000, got 'north'"),
        ("a.jpg,0,0,nan,0,0,0", "row 2, z_m: expected a number from -100000 to 100000, got 'nan'"),
        ("a.jpg,0,0,1,0,0,1e9", "row 2, heading_deg: expected a number from -720 to 720, got '1e9'"),
        ("a.jpg,1_000,0,1,0,0,0", "row 2, x_m: expected a number from -100000 to 100000, got '1_000'"),
        ("a.jpg,0,1e1,1,0,0,0", "row 2, y_m: expected a number from -100000 to 100000, got '1e1'"),
        (",0,0,1,0,0,0", "row 2, file: empty; expected the name of the photo"),
        ("a.jpg,0,0,1,0,0", "row 2: expected 7 cells, as in the header, got 6"),
        ("a.jpg,0,0,1,0,0,0\nb.jpg,0,0,1,0,0,0\na.jpg,0,0,1,0,0,0", "row 4, file: 'a.jpg' stands in row 2 already"),
    ],
)
def test_a_fault_is_named_by_row_and_column(tmp_path: Path, row: str, fault: str) -> None:
    with pytest.raises(FaultsError) as caught:
        read_pose_csv(table(tmp_path, f"{HEADER}\n{row}\n"))
    assert caught.value.faults == [fault]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "row 1: no column x_m, y_m, z_m, roll_deg, pitch_deg, heading_deg"),
        ("x_m,y_m,z_m,roll_deg,pitch_deg,heading_deg\n0,0,0,0,0,0\n", "row 1: no column that says which photo or when"),
        (f"{HEADER}\n", "row 2: no pose at all"),
        (f"{HEADER},captured_at\na.jpg,0,0,0,0,0,0,monday\n", "row 2, captured_at: expected a time such as"),
        (f"{HEADER},camera\na.jpg,0,0,0,0,0,0,up\n", "row 2, camera: expected left or right, got 'up'"),
    ],
)
def test_a_table_that_cannot_be_used_says_why(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(FaultsError) as caught:
        read_pose_csv(table(tmp_path, text))
    assert caught.value.faults[0].startswith(fault)


def test_next_to_nothing_is_read_as_programs_write_it_and_seconds_from_1970_too(tmp_path: Path) -> None:
    text = "time_s,x_m,y_m,z_m,roll_deg,pitch_deg,heading_deg\n1795413600.25,1.5e-05,.5,1.,-2E-7,0,0\n"
    (one,) = read_pose_csv(table(tmp_path, text)).track
    assert (one.pose.time_s, one.pose.position_m, one.pose.roll_deg) == (1795413600.25, (1.5e-05, 0.5, 1.0), -2e-07)


TRACK = "x_m,y_m,z_m,roll_deg,pitch_deg,heading_deg"


def test_a_track_with_whole_seconds_and_several_places_in_each_is_refused(tmp_path: Path) -> None:
    rows = "".join(f"1,{i * 0.1:.1f},1,0,0,0,{i // 5}\n" for i in range(7))
    with pytest.raises(FaultsError) as caught:
        read_pose_csv(table(tmp_path, f"{TRACK},time_s\n{rows}"))
    assert len(caught.value.faults) == 5
    assert caught.value.faults[0] == (
        "row 3, time_s: 0 stands in row 2 already, at another place; expected times with fractions of a second"
    )


def test_a_drone_that_stood_still_may_say_so_twice(tmp_path: Path) -> None:
    rows = "1,2,1,0,0,0,2026-11-23T06:00:00Z\n" * 2
    assert len(read_pose_csv(table(tmp_path, f"{TRACK},captured_at\n{rows}")).track) == 2


def test_a_track_needs_one_column_of_times_that_is_filled_in_every_row(tmp_path: Path) -> None:
    noon = "2026-11-23T12:00:00Z"
    mixed = f"{TRACK},captured_at,time_s\n1,0,1,0,0,0,,0\n1,5,1,0,0,0,,0.5\n1,10,1,0,0,0,{noon},\n"
    with pytest.raises(FaultsError) as caught:
        read_pose_csv(table(tmp_path, mixed))
    assert caught.value.faults == ["row 4, time_s: empty; expected one column of times that is filled in every row"]
    filled = f"{TRACK},captured_at,time_s\n1,0,1,0,0,0,,0\n1,5,1,0,0,0,{noon},0.5\n"
    log = read_pose_csv(table(tmp_path, filled))
    assert ([p.pose.time_s for p in log.track], log.utc_at_zero_s) == ([0.0, 0.5], None)


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"none\.csv: cannot be read"):
        read_pose_csv(tmp_path / "none.csv")


def test_a_roll_written_from_0_to_360_is_the_same_roll(tmp_path: Path) -> None:
    rows = "0,1,1,1,359.5,0,90\n0.5,1,1,1,0.5,359.8,90\n"
    log = read_pose_csv(table(tmp_path, "time_s,x_m,y_m,z_m,roll_deg,pitch_deg,heading_deg\n" + rows))
    assert [(p.pose.roll_deg, p.pose.pitch_deg) for p in log.track] == [(-0.5, 0.0), (0.5, pytest.approx(-0.2))]
    between = pose_at(log.track, 0.25)
    assert between is not None
    assert between.pose.roll_deg == pytest.approx(0.0)
    assert between.pose.pitch_deg == pytest.approx(-0.1)
