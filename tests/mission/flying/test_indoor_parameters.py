"""The indoor set under the names and units of different versions of ArduCopter."""

from __future__ import annotations

import pytest

from mission.flying.indoor_parameters import INDOOR_PARAMETERS, compare

SOUND = {parameter.name: parameter.value for parameter in INDOOR_PARAMETERS}
RENAMED = {
    "WPNAV_RADIUS": ("WP_RADIUS_M", 0.1),
    "WPNAV_ACCEL": ("WP_ACC", 1.5),
    "WPNAV_ACCEL_Z": ("WP_ACC_Z", 1.0),
    "WPNAV_JERK": ("WP_JERK", 3.0),
}


def test_a_vehicle_that_is_set_up_differs_in_nothing() -> None:
    assert compare(SOUND).differences == ()
    assert str(compare(SOUND)) == f"all {len(SOUND)} that matter are as an aisle flight needs them"


def test_new_names_are_known_with_their_units() -> None:
    newer = {name: value for name, value in SOUND.items() if name not in RENAMED} | dict(RENAMED.values())
    reading = compare(newer)
    assert reading.differences == ()
    assert str(reading).endswith("this version calls some of them WP_RADIUS_M, WP_ACC, WP_ACC_Z, WP_JERK")
    (difference,) = compare(newer | {"WP_RADIUS_M": 2.0}).differences
    assert str(difference) == "WP_RADIUS_M is 2, needed 0.1: corners would be cut by as much, and lanes end sooner"


@pytest.mark.parametrize(
    ("name", "actual", "needed"),
    [("AUTO_OPTIONS", 16, 23), ("GUID_OPTIONS", 0, 4), ("FS_GCS_ENABLE", 0, 5), ("FENCE_TYPE", 3, 7)],
)
def test_bits_that_do_no_harm_are_kept(name: str, actual: float, needed: float) -> None:
    (difference,) = compare(SOUND | {name: actual}).differences
    assert difference.needed == needed


@pytest.mark.parametrize(
    ("name", "value"), [("AUTO_OPTIONS", 135), ("FS_THR_ENABLE", 3), ("BATT_FS_LOW_ACT", 1), ("FS_OPTIONS", 24)]
)
def test_what_does_as_well_is_no_difference(name: str, value: float) -> None:
    assert compare(SOUND | {name: value}).differences == ()


def test_a_name_that_the_vehicle_does_not_know_is_said_to_be_unknown() -> None:
    (difference,) = compare({name: value for name, value in SOUND.items() if name != "FENCE_ACTION"}).differences
    assert str(difference).startswith("FENCE_ACTION is unknown to the vehicle, needed 2: at the fence the drone must land")
