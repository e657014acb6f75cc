"""Readings go where the photos beside them went."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from tests.vision.pose_worlds import FACE, HEIGHT_M, UPRIGHTS_M, hung, lane, noisy, seen, tag, tagged_site
from vision.bins.occupancy import Depth
from vision.bins.range_evidence import range_evidence
from vision.poses.correction import correct_poses
from vision.poses.range_poses import moved_with_frames
from warehouse.poses import FrameRecord, RangeRecord
from warehouse.range_sensor import RangeSensor
from warehouse.site import Site

SENSOR = RangeSensor(side="right", beam_deg=2.0, min_m=0.1, max_m=8.0, sigma_m=0.03)
DRIFT_M = 0.6
EMPTY = frozenset({"A01-03-2-1", "A01-03-2-3"})


def utc(time_s: float) -> str:
    return datetime.fromtimestamp(1_800_000_000 + time_s, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def timed(frames: list[FrameRecord]) -> list[FrameRecord]:
    """Return the photos of one pass, two in a second."""
    return [replace(f, captured_at=utc(i / 2)) for i, f in enumerate(frames)]


def reading(frame: FrameRecord, time_s: float, distance_m: float | None = 1.0) -> RangeRecord:
    return RangeRecord(
        sortie=frame.sortie,
        captured_at=utc(time_s),
        side="right",
        pose=frame.pose,
        distance_m=distance_m,
        position_sigma_m=0.03,
        is_ekf_healthy=True,
    )


def between(a: FrameRecord, b: FrameRecord, share: float) -> FrameRecord:
    place = np.asarray(a.pose.position_m) * (1 - share) + np.asarray(b.pose.position_m) * share
    return replace(a, pose=replace(a.pose, position_m=(float(place[0]), float(place[1]), float(place[2]))))


def met(site: Site, true: FrameRecord) -> float:
    """Return what the beam meets: goods at the front of the face, but nothing for 1.3 m behind it where a bin is empty."""
    face = site.layout.faces[FACE]
    origin, _ = SENSOR.beam(true.pose)
    along, height, out = (float(v) for v in face.face_coordinates_m(origin))
    inside = [
        b for b in site.layout.bins_of_face(FACE) if abs(b.along_m - along) < b.width_m / 2 and 0 < height - b.base_m < b.height_m
    ]
    return out + (1.3 if any(b.code.text in EMPTY for b in inside) else 0.05)


def test_readings_of_a_drifted_run_lie_where_they_were_taken_and_say_so() -> None:
    site = replace(tagged_site(*(tag(i, along) for i, along in enumerate(UPRIGHTS_M))), range_sensor=SENSOR)
    true = timed(lane(site))
    flown = noisy(true, 3, 0.01, drift_m=DRIFT_M)
    corrected = correct_poses(site, flown, seen(site, true, hung(*site.tags))).frames
    records, places = [], []
    for i in range(len(true) - 1):
        for share in (0.0, 0.25, 0.5, 0.75):
            here = between(true[i], true[i + 1], share)
            records.append(reading(between(flown[i], flown[i + 1], share), (i + share) / 2, met(site, here)))
            places.append(here.pose.position_m)
    moved = list(moved_with_frames(records, flown, corrected))
    assert np.array([r.pose.position_m[1] for r in moved]) == pytest.approx(np.array(places)[:, 1], abs=0.05)
    assert abs(records[-1].pose.position_m[1] - places[-1][1]) > 0.5
    bins = [b.code.text for b in site.layout.bins_of_face(FACE) if b.base_m < HEIGHT_M < b.base_m + b.height_m]
    said = range_evidence(site, moved)
    depths = {code: said[code].depth for code in bins if code in said}
    assert len(depths) >= 9
    assert {code for code, depth in depths.items() if depth is Depth.FAR} == EMPTY
    assert all(depth is Depth.FRONT for code, depth in depths.items() if code not in EMPTY)


def moved_by(frame: FrameRecord, y: float, *, turn_deg: float = 0.0, sigma_m: float = 0.03) -> FrameRecord:
    place = frame.pose.position_m
    pose = replace(frame.pose, position_m=(place[0], place[1] + y, place[2]), heading_deg=(frame.pose.heading_deg + turn_deg) % 360)
    return replace(frame, pose=pose, position_sigma_m=sigma_m)


def test_a_shift_and_a_turn_change_evenly_between_photos_and_a_reading_is_no_surer_than_they_are() -> None:
    a, b = timed(lane(tagged_site()))[:2]
    after = [moved_by(a, 0.2, turn_deg=-2.0, sigma_m=0.06), moved_by(b, 0.4, turn_deg=2.0, sigma_m=0.02)]
    (moved,) = moved_with_frames([reading(a, 0.125)], [a, b], after)
    assert moved.pose.position_m[1] - a.pose.position_m[1] == pytest.approx(0.25)
    assert (moved.pose.heading_deg - a.pose.heading_deg + 180) % 360 - 180 == pytest.approx(-1.0)
    assert moved.position_sigma_m == 0.06
    (last,) = moved_with_frames([reading(b, 1.4)], [a, b], after)
    assert last.pose.position_m[1] - b.pose.position_m[1] == pytest.approx(0.4)


def test_a_reading_without_a_corrected_photo_beside_it_counts_only_where_poses_proved_right() -> None:
    a, b, c = timed(lane(tagged_site()))[:3]
    elsewhere = replace(reading(a, 0.0), sortie="02")
    late = reading(a, 9.0)
    untouched = [moved_by(a, 0.3), b, c]
    assert list(moved_with_frames([late, elsewhere], [a, b, c], untouched)) == []
    assert list(moved_with_frames([reading(a, 1.01)], [a, b, c], untouched)) == []  # the photos at that moment were not corrected
    slight = [moved_by(a, 0.01), b, c]
    assert list(moved_with_frames([late, elsewhere], [a, b, c], slight)) == [late, elsewhere]
    assert list(moved_with_frames([late], [a, b, c], [a, b, c])) == [late]


def test_photos_of_the_sensors_own_side_go_before_those_of_the_other() -> None:
    a, b = timed(lane(tagged_site()))[:2]
    left = replace(a, camera="left", captured_at=utc(0.2))
    flown, after = [a, left, b], [moved_by(a, 0.2), moved_by(left, -0.2), moved_by(b, 0.2)]
    (moved,) = moved_with_frames([reading(a, 0.2)], flown, after)
    assert moved.pose.position_m[1] - a.pose.position_m[1] == pytest.approx(0.2)
    (other,) = moved_with_frames([replace(reading(a, 0.2), side="left")], flown, after)
    assert other.pose.position_m[1] - a.pose.position_m[1] == pytest.approx(-0.2)
