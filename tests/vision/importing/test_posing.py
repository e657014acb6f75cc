"""Pictures find their poses by name, by order or by time, and are left alone where two answers are possible."""

from pathlib import Path

import numpy as np
import pytest

from vision.importing.own_frames import OwnPicture, natural_key
from vision.importing.posing import Matched, match
from warehouse.errors import BadInputError
from warehouse.pose_track import PoseLog, TimedPose, pose_at
from warehouse.poses import Pose

BEGAN_S = 1_795_392_000.0


def at(time_s: float, x: float = 0.0, *, file: str = "", number: int | None = None, heading: float = 0.0) -> TimedPose:
    pose = Pose(time_s=time_s, position_m=(x, 0.0, 1.0), roll_deg=0.0, pitch_deg=0.0, heading_deg=heading)
    return TimedPose(pose=pose, position_sigma_m=0.03, file=file, number=number)


def picture(name: str, utc_s: float | None = None) -> OwnPicture:
    return OwnPicture(path=Path("photos") / name, size_px=(40, 30), utc_s=utc_s, n_bytes=100)


def named(matched: Matched) -> dict[str, float]:
    return {p.path.name: one.pose.position_m[0] for p, one in matched.pairs}


def matched(pictures: list[OwnPicture], log: PoseLog, offset_s: float | None = None, starts_at_s: float | None = None) -> Matched:
    return match(pictures, log, clock_offset_s=offset_s, starts_at_s=starts_at_s)


def uneven_times(n: int) -> list[float]:
    rng = np.random.default_rng(2)
    return list(np.cumsum(rng.choice([0.4, 0.5, 0.6, 2.9, 7.0], n)))


def test_a_table_names_pictures_by_path_name_or_stem_and_what_is_left_over_is_named() -> None:
    log = PoseLog(name="poses.csv", photos=(at(0, 1, file="A/IMG_1.jpg"), at(1, 2, file="img_2"), at(2, 3, file="IMG_9.JPG")))
    result = matched([picture("a/IMG_1.JPG"), picture("b/IMG_1.JPG"), picture("IMG_2.PNG")], log)
    assert named(result) == {"IMG_1.JPG": 1.0, "IMG_2.PNG": 2.0}
    assert result.faults == (
        "IMG_9.JPG: has a pose, but there is no such picture",
        "photos/b/IMG_1.JPG: no pose for this picture",
    )


def test_a_name_that_two_pictures_have_belongs_to_none() -> None:
    log = PoseLog(name="poses.csv", photos=(at(0, 1, file="IMG_1.jpg"), at(1, 2, file="IMG_2.jpg")))
    result = matched([picture("a/IMG_1.jpg"), picture("b/IMG_1.jpg"), picture("IMG_2.jpg")], log)
    assert named(result) == {"IMG_2.jpg": 2.0}
    assert result.faults[0] == "IMG_1.jpg: 2 pictures have that name; write more of the path into the table"


def test_where_the_table_names_folders_a_namesake_in_another_folder_is_another_picture() -> None:
    files = ("100MEDIA/DJI_1.JPG", "100MEDIA/DJI_2.JPG", "101MEDIA/DJI_1.JPG")
    log = PoseLog(name="poses.csv", photos=tuple(at(i, i + 1.0, file=file) for i, file in enumerate(files)))
    result = matched([picture("100MEDIA/DJI_1.JPG"), picture("101MEDIA/DJI_1.JPG"), picture("101MEDIA/DJI_2.JPG")], log)
    assert {p.path.parent.name: one.pose.position_m[0] for p, one in result.pairs} == {"100MEDIA": 1.0, "101MEDIA": 3.0}
    assert result.faults == (
        "100MEDIA/DJI_2.JPG: has a pose, but there is no such picture",
        "photos/101MEDIA/DJI_2.JPG: no pose for this picture",
    )
    moved = matched([picture("all/DJI_2.JPG")], log)
    assert named(moved) == {"DJI_2.JPG": 2.0}


def test_a_table_of_other_pictures_is_refused() -> None:
    with pytest.raises(BadInputError, match="none of its 1 names is one of the 1 pictures"):
        matched([picture("DSC_1.jpg")], PoseLog(name="poses.csv", photos=(at(0, file="IMG_1.jpg"),)))


def test_as_many_pictures_as_photos_are_matched_in_order_numbers_by_value() -> None:
    log = PoseLog(name="f.BIN", photos=tuple(at(i, i) for i in range(12)))
    result = matched([picture(f"IMG_{i}.jpg") for i in range(11, -1, -1)], log)
    assert named(result) == {f"IMG_{i}.jpg": float(i) for i in range(12)}


def test_a_photo_whose_message_was_lost_keeps_its_place_in_the_order() -> None:
    log = PoseLog(name="f.tlog", photos=tuple(at(i, i, number=i) for i in (1, 2, 4, 5)))
    result = matched([picture(f"IMG_{i}.jpg") for i in range(1, 6)], log)
    assert named(result) == {"IMG_1.jpg": 1.0, "IMG_2.jpg": 2.0, "IMG_4.jpg": 4.0, "IMG_5.jpg": 5.0}
    assert result.faults == ("photos/IMG_3.jpg: the log lost the pose of this photo",)


@pytest.mark.parametrize("whole_seconds", [False, True])
def test_pictures_before_and_after_the_flight_and_lost_ones_are_told_by_the_rhythm(whole_seconds: bool) -> None:
    times = uneven_times(60)
    log = PoseLog(name="f.BIN", photos=tuple(at(t, i) for i, t in enumerate(times)))
    shots = {f"IMG_{i:03d}.jpg": BEGAN_S + t for i, t in enumerate(times) if i not in (7, 31)}
    shots |= {"IMG_900.jpg": BEGAN_S - 500.0, "IMG_901.jpg": BEGAN_S + 5000.0, "IMG_902.jpg": BEGAN_S + 5003.0}
    pictures = [picture(name, np.floor(t) if whole_seconds else t + 0.02) for name, t in shots.items()]
    result = named(matched(pictures, log))
    assert set(result) <= {f"IMG_{i:03d}.jpg" for i in range(60)}
    assert len(result) >= (40 if whole_seconds else 58)
    assert all(x == float(name[4:7]) for name, x in result.items())


def test_a_long_flight_is_told_by_its_rhythm_as_well() -> None:
    times = uneven_times(2100)
    log = PoseLog(name="flight.BIN", photos=tuple(at(t, i) for i, t in enumerate(times)))
    pictures = [picture(f"{i}.jpg", 5000.0 + t) for i, t in enumerate(times) if i != 1000]
    found = matched(pictures, log)
    assert len(found.pairs) == 2099
    assert all(float(p.path.stem) == one.pose.position_m[0] for p, one in found.pairs)


def test_photos_at_even_intervals_that_fit_two_ways_are_not_guessed() -> None:
    log = PoseLog(name="f.BIN", photos=tuple(at(float(i), i) for i in range(50)))
    with pytest.raises(BadInputError, match="50 photos in it, but 48 pictures, and their times do not tell which is which"):
        matched([picture(f"{i}.jpg", BEGAN_S + i) for i in range(48)], log)


def test_a_count_that_fits_by_accident_is_refused_by_its_rhythm() -> None:
    times = uneven_times(30)
    log = PoseLog(name="f.BIN", photos=tuple(at(t, i) for i, t in enumerate(times)))
    strangers = [picture(f"{i}.jpg", BEGAN_S + 11.0 * i) for i in range(30)]
    with pytest.raises(BadInputError, match="their times do not tell which is which"):
        matched(strangers, log)


@pytest.mark.parametrize("whole_seconds", [False, True])
@pytest.mark.parametrize("interval_s", [(0.4, 0.6), (0.8, 1.2), (0.5, 3.0)])
def test_pictures_shifted_by_one_are_never_taken_in_order(interval_s: tuple[float, float], whole_seconds: bool) -> None:
    """The camera missed one photo and took one for itself: as many pictures as photos, and all between them one off."""
    rng = np.random.default_rng(1)
    times = list(np.cumsum(rng.uniform(*interval_s, 100)))
    log = PoseLog(name="f.BIN", photos=tuple(at(t, i, number=i + 1) for i, t in enumerate(times)))
    for missed, extra_s in (
        (0, times[-1] + 1.0),
        (9, times[-1] + 2.0),
        (50, times[-1] + 2.0),
        (60, times[0] - 2.0),
        (99, times[0] - 1.0),
    ):
        if whole_seconds and missed in (0, 99) and interval_s[1] < 1.0:
            continue  # all pictures off by half a second: a clock that writes whole ones cannot show it
        shots = {f"{i:03d}.jpg": BEGAN_S + t for i, t in enumerate(times) if i != missed} | {"900.jpg": BEGAN_S + extra_s}
        pictures = [picture(name, float(np.floor(t)) if whole_seconds else t) for name, t in shots.items()]
        try:
            result = matched(pictures, log)
        except BadInputError as error:
            assert "do not tell which is which" in str(error)
            assert whole_seconds
            continue
        assert result.how.startswith("by their times")
        assert all(x == float(name[:3]) for name, x in named(result).items())
        if not whole_seconds:
            assert len(result.pairs) == 99
            assert result.faults[0] == "photos/900.jpg: no pose of the log is certainly that of this picture"


@pytest.mark.parametrize("interval_s", [(0.4, 0.6), (0.8, 1.2), (0.999, 1.0), (0.5, 3.0), (2.0, 2.01)])
def test_pictures_of_all_photos_are_taken_in_order_whatever_their_clock_shows(interval_s: tuple[float, float]) -> None:
    rng = np.random.default_rng(3)
    for _ in range(20):
        times = list(np.cumsum(rng.uniform(*interval_s, 60)) + rng.uniform())
        log = PoseLog(name="f.BIN", photos=tuple(at(t, i) for i, t in enumerate(times)))
        shown = [BEGAN_S + t + rng.uniform(0, 0.08) for t in times]
        for clock in (shown, [float(np.floor(t)) for t in shown]):
            result = matched([picture(f"{i:03d}.jpg", t) for i, t in enumerate(clock)], log)
            assert named(result) == {f"{i:03d}.jpg": float(i) for i in range(60)}


def test_without_times_another_count_is_refused() -> None:
    log = PoseLog(name="f.BIN", photos=(at(0), at(1)))
    with pytest.raises(BadInputError, match="2 photos in it, but 1 pictures, which do not say when they were taken"):
        matched([picture("a.jpg")], log)


def test_a_track_is_looked_up_at_the_time_of_each_picture() -> None:
    log = PoseLog(name="t.csv", track=tuple(at(t / 10, t / 10) for t in range(100)), utc_at_zero_s=BEGAN_S)
    result = matched([picture("a.jpg", BEGAN_S - 3595.0), picture("b.jpg", BEGAN_S - 3592.95), picture("c.jpg")], log, 3600.0)
    assert named(result) == pytest.approx({"a.jpg": 5.0, "b.jpg": 7.05})
    assert result.faults == ("photos/c.jpg: does not say when it was taken",)


def test_a_clock_that_is_off_is_said_with_its_amount() -> None:
    log = PoseLog(name="t.csv", track=(at(0), at(0.5)), utc_at_zero_s=BEGAN_S)
    with pytest.raises(BadInputError, match="it lasts 0 s, and the pictures begin 7200 s after it does") as caught:
        matched([picture("a.jpg", BEGAN_S + 7200)], log)
    assert "--clock-offset" in caught.value.remedy


def test_a_track_without_a_time_of_day_needs_one() -> None:
    log = PoseLog(name="t.csv", track=(at(0, 1), at(0.5, 2)))
    with pytest.raises(BadInputError, match="its clock does not know the time of day"):
        matched([picture("a.jpg", BEGAN_S)], log)
    assert named(matched([picture("a.jpg", BEGAN_S + 0.5)], log, None, BEGAN_S)) == {"a.jpg": 2.0}


def test_poses_turn_the_shorter_way_and_end_where_the_track_does() -> None:
    track = (at(0, 0, heading=350), at(1, 2, heading=10), at(5, 3))
    middle = pose_at(track, 0.75)
    assert middle is not None
    assert (middle.pose.position_m[0], middle.pose.heading_deg) == pytest.approx((1.5, 5.0))
    assert [pose_at(track, t) is None for t in (-0.1, 0.0, 1.0, 1.5, 5.0, 5.1)] == [True, False, False, True, False, True]


def test_names_are_sorted_as_people_count() -> None:
    names = ["IMG_10.jpg", "IMG_9.jpg", "img_1.jpg", "IMG_2a.jpg", "A.jpg", "7.jpg"]
    assert sorted(names, key=natural_key) == ["7.jpg", "A.jpg", "img_1.jpg", "IMG_2a.jpg", "IMG_9.jpg", "IMG_10.jpg"]
