from pathlib import Path

import numpy as np
import pytest

from tests.warehouse.test_site_file import TOML, faults_of, site_folder
from warehouse.poses import Pose
from warehouse.range_sensor import RangeSensor
from warehouse.site_file import load_site

SENSOR = """\
[range_sensor]
side = "left"
beam_deg = 2.0
max_m = 8.0
sigma_m = 0.03
offset_m = [0.02, 0.05, 0.01]
"""


def test_a_site_without_a_range_sensor_has_none(tmp_path: Path) -> None:
    assert load_site(site_folder(tmp_path)).range_sensor is None


def test_a_range_sensor_sits_on_its_own_side(tmp_path: Path) -> None:
    sensor = load_site(site_folder(tmp_path, TOML + SENSOR)).range_sensor
    assert sensor == RangeSensor(side="left", beam_deg=2.0, min_m=0.1, max_m=8.0, sigma_m=0.03, offset_body_m=(0.02, -0.05, 0.01))
    right = load_site(site_folder(tmp_path, TOML + SENSOR.replace("left", "right"))).range_sensor
    assert right is not None
    assert right.offset_body_m == (0.02, 0.05, 0.01)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('side = "left"', 'side = "down"', """range_sensor.side: expected "left" or "right", got 'down'"""),
        ('side = "left"\n', "", "range_sensor.side: missing; expected text in quotes"),
        ("beam_deg = 2.0", "beam_deg = 0", "range_sensor.beam_deg: expected more than 0, got 0"),
        (
            "beam_deg = 2.0",
            "beam_deg = 27",
            "range_sensor.beam_deg: expected a full angle of 15 or less, got 27; a wider beam tells no bin",
        ),
        ("max_m = 8.0", "max_m = 0.05", "range_sensor.max_m: expected more than min_m 0.1, got 0.05"),
        ("sigma_m = 0.03\n", "", "range_sensor.sigma_m: missing; expected a number"),
        ("sigma_m = 0.03", "sigma_m = 0.03\nrate_hz = 5", "range_sensor.rate_hz: unknown name"),
    ],
)
def test_each_fault_of_a_range_sensor_is_named(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert faults_of(tmp_path, TOML + SENSOR.replace(old, new)) == [f"site.toml, {fault}"]


def test_the_beam_leaves_its_side_and_turns_with_the_airframe() -> None:
    sensor = RangeSensor(side="right", beam_deg=2.0, min_m=0.1, max_m=8.0, sigma_m=0.03, offset_body_m=(0.1, 0.05, 0.02))
    level = Pose(time_s=0.0, position_m=(1.0, 2.0, 3.0), roll_deg=0.0, pitch_deg=0.0, heading_deg=0.0)
    origin, ahead = sensor.beam(level)  # the nose along +y: the right side looks along +x
    np.testing.assert_allclose(origin, [1.05, 2.1, 2.98], atol=1e-12)
    np.testing.assert_allclose(ahead, [1.0, 0.0, 0.0], atol=1e-12)
    rolled = Pose(time_s=0.0, position_m=(1.0, 2.0, 3.0), roll_deg=10.0, pitch_deg=0.0, heading_deg=90.0)
    _, ahead = sensor.beam(rolled)
    np.testing.assert_allclose(ahead, [0.0, -np.cos(np.radians(10)), -np.sin(np.radians(10))], atol=1e-12)


def test_the_beam_widens_with_the_distance() -> None:
    sensor = RangeSensor(side="left", beam_deg=3.0, min_m=0.1, max_m=8.0, sigma_m=0.03)
    assert sensor.radius_m(2.0) == pytest.approx(2.0 * np.tan(np.radians(1.5)))
