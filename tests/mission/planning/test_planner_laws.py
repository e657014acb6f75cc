"""What holds for the plan of any building: nothing is forgotten, nothing is hit, everything promised is seen."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
from hypothesis import event, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mission.planning.autopilot import limits_of, turn_s
from mission.planning.flight_errors import INDOOR_ERRORS
from mission.planning.free_air import FreeAir
from mission.planning.label_bands import label_band
from mission.planning.lanes import photo_poses
from mission.planning.planner import make_plan
from mission.planning.route import takeoffs
from mission.planning.scurve import corner, leg
from mission.planning.timing import leg_s
from mission.records import Direction, Lane, Purpose, ScanPlan, Sortie
from tests.mission.worlds import demo_site, random_site
from warehouse.camera import CameraModel
from warehouse.layout import Bin, RackFace
from warehouse.poses import Pose
from warehouse.records import from_json, to_json
from warehouse.site import Site
from warehouse.site_doubts import site_doubts

Vector = NDArray[np.float64]
seeds = st.integers(0, 19)


@cache
def planned(seed: int) -> tuple[Site, ScanPlan]:
    site = random_site(seed)
    return site, make_plan(site)


@given(seed=seeds)
def test_every_location_is_seen_by_one_lane_or_uncovered_with_a_reason(seed: int) -> None:
    site, plan = planned(seed)
    seen = [location for sortie in plan.sorties for lane in sortie.lanes for location in lane.must_see]
    assert sorted([*seen, *(u.location for u in plan.uncovered)]) == sorted(site.layout.bins_by_code)
    assert all(u.reason for u in plan.uncovered)
    for location in seen:
        assert site.layout.bins_by_code[location].kind.is_observable
    assert from_json(ScanPlan, to_json(plan)) == plan
    event(f"sorties: {min(len(plan.sorties), 3)}")
    event(f"share seen: {round(4 * len(seen) / max(1, len(site.layout.bins))) / 4}")


@given(seed=seeds)
def test_the_flown_line_keeps_its_clearance_from_racks_and_boxes_and_stays_below_the_highest_height(seed: int) -> None:
    site, plan = planned(seed)
    for sortie in plan.sorties:
        corners = _cut_corners_m(site, sortie)
        points = np.concatenate([_flown_points_m([w.position_m for w in sortie.waypoints]), corners])
        nearest = min(_rack_distance_m(site, points), _keep_out_distance_m(site, points))
        assert nearest >= site.drone.radius_m + site.drone.clearance_m - 1e-5
        assert points[:, 2].max() <= site.drone.max_height_m + 1e-9
        for lane in sortie.lanes:
            assert min(lane.start_m[2], lane.end_m[2]) >= site.drone.min_height_m - 1e-9
            assert (lane.start_m[2] == lane.end_m[2]) == (lane.direction is Direction.LEVEL)
            assert (lane.start_m[:2] == lane.end_m[:2]) == (lane.direction is Direction.COLUMN)


@given(seed=seeds)
def test_every_label_place_of_a_must_see_bin_is_wholly_in_enough_planned_pictures(seed: int) -> None:
    site, plan = planned(seed)
    for sortie in plan.sorties:
        for lane in sortie.lanes:
            poses = photo_poses(lane)
            for camera, location in [(site.camera(view.camera), code) for view in lane.views for code in view.must_see]:
                assert camera is not None
                labels = _label_outlines_m(site, site.layout.bins_by_code[location])
                n_looks = sum(_wholly_in_picture(camera, pose, labels).astype(int) for pose in poses)
                assert np.min(n_looks) >= site.labels.looks, location


@given(seed=seeds)
def test_a_lane_looks_square_at_its_face_with_enough_pixels_and_little_blur(seed: int) -> None:
    site, plan = planned(seed)
    for lane, view in [(each, view) for s in plan.sorties for each in s.lanes for view in each.views]:
        camera, face = site.camera(view.camera), site.layout.faces[view.face]
        assert camera is not None
        pose = photo_poses(lane)[0]
        axis = camera.site_from_camera(pose)[:, 2]
        assert axis @ np.asarray(face.outward) < -1 + 1e-9
        standoff = face.face_coordinates_m(camera.camera_centre_m(pose))[2]
        assert abs(standoff - view.standoff_m) < 1e-5
        farthest = standoff + site.labels.setback_m + INDOOR_ERRORS.outward_m
        assert camera.px_per_mm(farthest) * site.labels.narrowest_bar_mm >= view.px_per_bar - 1e-3
        assert view.px_per_bar >= view.needed_px - 1e-3
        if lane.direction is Direction.COLUMN:  # on level lanes the autopilot itself keeps the photos apart
            assert lane.photo_spacing_m / lane.speed_mps >= camera.min_interval_s - 1e-6


@given(seed=seeds)
def test_a_sortie_takes_off_and_lands_on_its_pad_on_one_battery_and_waits_until_a_turn_is_over(seed: int) -> None:
    site, plan = planned(seed)
    pads = {pad.name: pad.position_m for pad in site.layout.home_pads}
    for sortie in plan.sorties:
        assert sortie.energy_wh <= site.drone.battery_wh * (1 - site.drone.reserve) + 0.01
        first, last = sortie.waypoints[0], sortie.waypoints[-1]
        assert (first.purpose, last.purpose) == (Purpose.TAKEOFF, Purpose.LAND)
        assert first.position_m[:2] == last.position_m[:2] == pads[sortie.home_pad]
        turning_s = turn_s(180.0)  # it may stand on its pad with any heading
        for before, there in pairwise(sortie.waypoints):
            if there.purpose is Purpose.LANE:
                assert before.purpose is Purpose.APPROACH
                assert before.heading_deg == there.heading_deg
                assert turning_s <= 0.1
            if before.purpose is not Purpose.TAKEOFF and before.heading_deg != there.heading_deg:
                turning_s = turn_s(abs((there.heading_deg - before.heading_deg + 180) % 360 - 180))
            turning_s -= leg_s(before, there, site.drone) + there.hold_s


@given(seed=seeds)
def test_where_a_level_lane_meets_a_sideways_leg_or_a_column_begins_the_drone_stops(seed: int) -> None:
    _, plan = planned(seed)
    for sortie in plan.sorties:
        for before, at, after in zip(sortie.waypoints, sortie.waypoints[1:], sortie.waypoints[2:], strict=False):
            if at.lane is None or after.purpose is Purpose.LAND:
                continue
            lane = sortie.lanes[at.lane]
            other = np.subtract(at.position_m, before.position_m) if at.purpose is Purpose.APPROACH else None
            other = np.subtract(after.position_m, at.position_m) if other is None else other
            along = np.subtract(lane.end_m, lane.start_m)[:2] / max(
                1e-9, float(np.hypot(*np.subtract(lane.end_m, lane.start_m)[:2]))
            )
            sideways = abs(other[0] * along[1] - other[1] * along[0]) / max(1e-9, float(np.linalg.norm(other)))
            if lane.direction is Direction.COLUMN or sideways > 0.06:
                assert at.hold_s > 0


@given(seed=seeds)
def test_site_check_has_doubts_about_the_pads_that_no_flight_can_begin_at_and_no_others(seed: int) -> None:
    site = random_site(seed)
    usable = {start.pad.name for start in takeoffs(site, FreeAir(site))}
    doubted = {pad.name for pad in site.layout.home_pads if any(line.startswith(f"{pad.name} ") for line in site_doubts(site))}
    assert doubted == {pad.name for pad in site.layout.home_pads} - usable
    event(f"doubted: {len(doubted)}")


def test_labels_get_their_looks_in_a_flight_that_strays_as_flights_do() -> None:
    """With errors whose 99 % bounds are those of the plan, at most 1 label place in 200 of the demo site misses its second look."""
    site, rng = demo_site(), np.random.default_rng(20261123)
    n_places = n_short = 0
    for lane in make_plan(site).sorties[0].lanes:
        camera = site.camera(lane.views[0].camera)
        assert camera is not None
        poses = _strayed(lane, rng)
        for location in lane.must_see:
            labels = _label_outlines_m(site, site.layout.bins_by_code[location])
            n_looks = sum(_wholly_in_picture(camera, pose, labels).astype(int) for pose in poses)
            n_places += len(labels)
            n_short += int(np.sum(n_looks < site.labels.looks))
    assert n_places == 94 * 5 * 2 * 2
    assert n_short <= n_places / 200


def _strayed(lane: Lane, rng: np.random.Generator) -> list[Pose]:
    """Return the photo poses of a lane as flown: the trigger is late, the drone drifts slowly and shakes."""
    e = INDOOR_ERRORS
    start, end = np.asarray(lane.start_m), np.asarray(lane.end_m)
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    across = np.array([along[1], -along[0], 0.0])
    offset = rng.normal(0, np.array([e.along_m, e.outward_m, e.height_m]) / 2.58)
    poses, flown = [], 0.0
    while flown <= length - e.corner_m:
        shake = rng.normal(0, e.spacing_m / 2.58 / np.sqrt(2))
        point = start + (flown + offset[0] + shake) * along + offset[1] * across + np.array([0, 0, offset[2]])
        roll, pitch, yaw = rng.normal(0, np.array([e.roll_deg, e.pitch_deg, e.yaw_deg]) / 2.58)
        poses.append(
            Pose(
                time_s=0.0,
                position_m=(float(point[0]), float(point[1]), float(point[2])),
                roll_deg=float(roll),
                pitch_deg=float(pitch),
                heading_deg=float((lane.heading_deg + yaw) % 360),
            )
        )
        flown += lane.photo_spacing_m + rng.uniform(0, e.trigger_delay_s) * lane.speed_mps
    return poses


def _label_outlines_m(site: Site, b: Bin) -> Vector:
    """Return (places, 8, 3): corners and mid-sides of stickers at the bounds and between, at the face and behind it."""
    face, band = site.layout.faces[b.face], label_band(b, site.labels)
    half_width = site.labels.width_mm / 2000
    half_height = min(site.labels.height_mm / 2000, (band.high_m - band.low_m) / 2)
    ring = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
    places = [
        [face.point_m(along + i * half_width, height + j * half_height, -setback) for i, j in ring]
        for along in np.linspace(band.along_min_m, band.along_max_m, 5)
        for height in (band.low_m + half_height, band.high_m - half_height)
        for setback in (0.0, site.labels.setback_m)
    ]
    return np.array(places)


def _wholly_in_picture(camera: CameraModel, pose: Pose, outlines_m: Vector) -> NDArray[np.bool_]:
    pixels, in_front = camera.project(pose, outlines_m)
    inside = (pixels >= -0.5) & (pixels <= np.asarray(camera.size_px) - 0.5)
    return np.asarray(np.all(inside, axis=(-1, -2)) & np.all(in_front, axis=-1))


def _flown_points_m(corners: list[tuple[float, float, float]]) -> Vector:
    legs = [np.linspace(a, b, 2 + int(np.linalg.norm(np.subtract(b, a)) / 0.05)) for a, b in pairwise(corners)]
    return np.concatenate(legs)


def _cut_corners_m(site: Site, sortie: Sortie) -> Vector:
    """Return points of the way flown at the corners without a stop, where the motions of two legs add up."""
    limits, found = limits_of(site.drone), []
    for before, at, after in zip(sortie.waypoints, sortie.waypoints[1:], sortie.waypoints[2:], strict=False):
        if at.hold_s or after.purpose is Purpose.LAND:
            continue
        legs, units = [], []
        for start, end, speed in ((before, at, at.speed_mps), (at, after, after.speed_mps)):
            track = np.subtract(end.position_m, start.position_m)
            length = float(np.linalg.norm(track))
            units.append(track / max(length, 1e-9))
            legs.append(leg(length, float(units[-1][2]), speed, limits))
        overlap = corner(legs[0], legs[1], float(units[0] @ units[1]), limits).overlap_s
        at_m = np.asarray(at.position_m)
        moments = np.linspace(0, overlap, 20)
        found += [at_m - legs[0].state(overlap - t)[0] * units[0] + legs[1].state(t)[0] * units[1] for t in moments]
    return np.array(found).reshape(-1, 3)


def _rack_distance_m(site: Site, points: Vector) -> float:
    return min(_box_distance_m(_in_rack(face, points), *_rack_box(site, face)) for face in site.layout.faces.values())


def _in_rack(face: RackFace, points: Vector) -> Vector:
    return face.face_coordinates_m(points) * (1.0, 1.0, -1.0)


def _rack_box(site: Site, face: RackFace) -> tuple[Vector, Vector]:
    depth = max(b.depth_m for b in site.layout.bins_of_face(face.name))
    return np.zeros(3), np.array([face.length_m, np.inf, depth])


def _keep_out_distance_m(site: Site, points: Vector) -> float:
    return min((_box_distance_m(points, np.array(k.min_m), np.array(k.max_m)) for k in site.layout.keep_outs), default=np.inf)


def _box_distance_m(points: Vector, low: Vector, high: Vector) -> float:
    return float(np.min(np.linalg.norm(np.maximum(0.0, np.maximum(low - points, points - high)), axis=-1)))
