"""Which locations are looked at again, how the second look differs from the first, and what is left to a person."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mission.flying.flight import FlightOutcome
from mission.flying.scan import FlightLog, next_flight
from mission.flying.watch import Ending
from mission.planning.label_bands import label_band
from mission.planning.lanes import photo_poses
from mission.planning.plan_files import load_plan
from mission.records import Direction
from mission.recounting.doubts import read_doubts
from mission.recounting.records import LookAgain, PlannedLook, Recount
from mission.recounting.recount_files import LOOKS_AGAIN_COLUMNS, describe_recount, make_recount
from mission.recounting.recount_plan import differences, plan_recount
from tests.mission.recounting.doubtful_run import left_in_doubt, photographed, planned_run
from tests.mission.worlds import with_drone
from warehouse.camera import CameraModel
from warehouse.errors import BadInputError
from warehouse.layout import Bin
from warehouse.observations import Goods, Observation, ObservationStatus
from warehouse.poses import Pose
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site

A, B, C = "A01-02-2-1", "A01-04-1-2", "A01-06-3-3"


def by_location(recount: Recount) -> dict[str, LookAgain]:
    return {look.location: look for look in recount.looks}


def test_an_unreadable_label_is_looked_at_aslant_nearer_slower_and_in_more_photos(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    left_in_doubt(run, {A: "unreadable"})
    new_run, plan, recount = make_recount(run, site, tmp_path / "two")
    (look,) = recount.looks
    assert look.now is not None
    last = look.before[-1]
    assert (last.turn_deg, last.speed_mps, last.n_looks, last.run) == (0.0, 1.0, 2, "one")
    assert (look.now.turn_deg, look.now.standoff_m, look.now.n_looks) == (15.0, 1.05, 4)
    assert look.now.px_per_bar > 0.9 * last.px_per_bar  # the turned nose costs some
    assert look.differs == (
        "nose turned by 15 degrees to the right, so that glare and reflections of film move",
        "nearer: 1.05 m instead of 1.43 m from the rack",
        "in two passes, one for labels that hang low and one for those that hang high",
        "slower: 0.47 m/s instead of 1 m/s",
        "4 photos of the label instead of 2",
    )
    low, high = plan.sorties[0].lanes
    assert low.must_see == high.must_see == (A,)
    assert load_plan(new_run) == plan


def test_the_new_run_remembers_which_run_it_recounts_and_has_the_same_site(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    left_in_doubt(run, {A: "unreadable"})
    new_run, _, recount = make_recount(run, site, tmp_path / "deep" / "two")
    assert (recount.recounts, recount.run) == ("../../one", "one")
    assert new_run.read_record(new_run.recount_of_path, Recount) == recount
    assert new_run.site_digest() == run.site_digest()
    with new_run.looks_again_path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == LOOKS_AGAIN_COLUMNS
    assert (rows[0]["location"], rows[0]["how"], rows[0]["turn_deg"], rows[0]["last_turn_deg"]) == (A, "fly", "15.0", "0.0")


def test_a_doubt_about_the_place_is_looked_at_straight_and_one_about_emptiness_in_more_photos(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    left_in_doubt(run, {A: "read", B: "empty", C: "unseen"})
    looks = by_location(make_recount(run, site, tmp_path / "two")[2])
    for location in (A, B, C):
        now = looks[location].now
        assert now is not None
        assert (now.turn_deg, now.speed_mps, now.n_looks) == (0.0, 0.6, 4)


def test_both_ends_of_a_finding_that_is_too_thin_are_seen_again(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    left_in_doubt(run, {A: "read"})
    run.write_lines(
        run.observations_path,
        [Observation(location=B, status=ObservationStatus.EMPTY, confidence=0.97)],
    )
    columns = "verdict,reason,observed_location,expected_location,other_observed_location,other_expected_location"
    thin, sure = f"low_confidence,read once,{A},{B},,", f"missing,gone,,{C},,"
    write_atomically(run.reconciliation.discrepancies_path, f"{columns}\r\n{thin}\r\n{sure}\r\n")
    looks = by_location(make_recount(run, site, tmp_path / "two")[2])
    assert list(looks) == [A, B]
    assert looks[B].why == "To confirm: read once"


def test_what_a_person_asks_for_and_every_claim_on_request_are_seen_again_with_the_reason(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    left_in_doubt(run, {A: "unreadable"})
    seen = [Observation(location=code, status=ObservationStatus.EMPTY, confidence=0.97) for code in (B, C)]
    run.write_lines(run.observations_path, seen)
    columns = "verdict,reason,observed_location,expected_location,other_observed_location,other_expected_location"
    write_atomically(run.reconciliation.discrepancies_path, f"{columns}\r\nmissing,gone,,{C},,\r\n")
    assert [d.location for d in read_doubts(run, site)] == [A]
    asked = read_doubts(run, site, asked={A: "Ana asks.", B: "Ana asks.", "Z99-01-1-1": "Ana asks."})
    assert [(d.location, d.reason, d.is_for_hand) for d in asked] == [
        (A, "it is unreadable", False),
        (B, "Ana asks.", False),
        ("Z99-01-1-1", "Ana asks.", True),
    ]
    assert [(d.location, d.reason) for d in read_doubts(run, site, with_claims=True)][1:] == [(C, "To confirm: gone")]


def test_what_a_person_asks_for_is_flown_though_nothing_was_observed_there(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    left_in_doubt(run, {})
    asked = {A: "Ana wants case 3 counted again."}
    (doubt,) = read_doubts(run, site, asked=asked)
    assert (doubt.location, doubt.status, doubt.reason, doubt.is_for_hand) == (A, ObservationStatus.UNSEEN, asked[A], False)
    _, plan, recount = make_recount(run, site, tmp_path / "two", asked=asked)
    assert [lane.must_see for lane in plan.sorties[0].lanes] == [(A,)]
    assert (recount.looks[0].why, recount.not_asked) == (asked[A], ())


def test_what_a_person_asks_for_is_flown_though_it_was_no_part_of_the_first_plan(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one", locations=(A,))
    left_in_doubt(run, {C: "unseen"})
    asked = dict.fromkeys((B, C), "Ana wants case 3 counted again.")
    _, plan, recount = make_recount(run, site, tmp_path / "two", asked=asked)
    assert {code for lane in plan.sorties[0].lanes for code in lane.must_see} == {B, C}
    assert {look.differs for look in recount.looks} == {("the last look is not on record: that run's plan did not have it",)}


def test_the_other_end_of_a_thin_finding_that_nobody_looked_at_is_told_or_flown(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one", locations=(A, B))
    left_in_doubt(run, {A: "read"})
    columns = "verdict,reason,observed_location,expected_location,other_observed_location,other_expected_location"
    write_atomically(run.reconciliation.discrepancies_path, f"{columns}\r\nlow_confidence,read once,{A},{B},,{C}\r\n")
    recount = make_recount(run, site, tmp_path / "two")[2]
    assert list(by_location(recount)) == [A, B]
    assert recount.not_asked == (C,)


def test_a_location_whose_lane_was_never_flown_is_flown_as_it_was_planned(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one", is_flown=False)
    left_in_doubt(run, {A: "unseen"})
    (look,) = make_recount(run, site, tmp_path / "two")[2].looks
    assert look.now is not None
    assert (look.now.speed_mps, look.now.n_looks, look.now.standoff_m) == (1.0, 2, look.before[-1].standoff_m)
    assert look.differs == ("as planned before: that lane was not flown to its end",)


def test_a_band_of_labels_that_no_one_picture_holds_is_flown_in_two_passes(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one", edits={"width_m = 3.2": "width_m = 1.9"})
    assert {u.bound_by for u in load_plan(run).uncovered} == {"picture", "kind"}  # the racks are too near for the camera
    left_in_doubt(run, {A: "unseen"})
    _, plan, recount = make_recount(run, site, tmp_path / "two")
    assert [lane.must_see for lane in plan.sorties[0].lanes] == [(A,), (A,)]
    assert recount.looks[0].differs[0].endswith("the first plan had no lane for it")


def test_what_no_flight_can_mend_says_so_with_the_reason_and_is_not_flown(tmp_path: Path) -> None:
    forbidden = "A01-01-1-1"
    run, site = planned_run(tmp_path / "one")
    left_in_doubt(run, {A: "unreadable", forbidden: "unseen"}, goods=Goods.NO_LABEL)
    left_in_doubt(run, {forbidden: "unseen", "A01-99-9-9": "unseen", B: "unreadable"})
    _, plan, recount = make_recount(run, site, tmp_path / "two")
    looks = by_location(recount)
    assert looks[forbidden].now is None
    assert looks[forbidden].by_hand.startswith("No lane can see it: forbidden: the layout says")
    assert looks["A01-99-9-9"].by_hand.endswith("the layout of this run does not know it.")
    assert {u.location for u in plan.uncovered} == {forbidden, "A01-99-9-9"}
    said = describe_recount(site, plan, recount)
    assert "1 to fly again in 1 flight(s), 2 for a person" in said
    assert f"{forbidden}, not flown" in said
    assert "exposure_s counts with the light that the drone carries" in said


def test_a_label_that_two_looks_from_two_sides_did_not_read_is_left_to_a_person(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    left_in_doubt(run, {A: "unreadable"}, goods=Goods.LABEL_UNREADABLE)
    second, _, _ = make_recount(run, site, tmp_path / "two")
    photographed(second)
    left_in_doubt(second, {A: "unreadable"}, goods=Goods.LABEL_UNREADABLE)
    _, plan, recount = make_recount(second, site, tmp_path / "three")
    (look,) = recount.looks
    assert [each.run for each in look.before] == ["one", "two", "two"]  # the second run took two passes
    assert look.by_hand == (
        "It was looked at in 2 flights, from 2 sides: a label hangs there, and no angle makes it readable."
        " Read it by hand, and put a new label on it."
    )
    assert plan.sorties == ()


def test_every_label_place_is_wholly_in_enough_pictures_of_one_of_the_passes(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    corners = [face_end(site, name) for name in site.layout.faces]
    left_in_doubt(run, dict.fromkeys([A, B, C, *corners], "unreadable"))
    _, plan, recount = make_recount(run, site, tmp_path / "two")
    lanes = [lane for sortie in plan.sorties for lane in sortie.lanes]
    for look in recount.looks:
        assert look.now is not None
        places = label_places_m(site, site.layout.bins_by_code[look.location])
        n_looks = np.zeros((len(lanes), len(places)), dtype=int)
        for i, lane in enumerate(lanes):
            if look.location in lane.must_see:
                for pose in photo_poses(lane):
                    n_looks[i] += wholly_in_picture(site.cameras[0], pose, places)
        assert n_looks.max(axis=0).min() >= look.now.n_looks


def face_end(site: Site, face: str) -> str:
    """Return a location beside the last upright of a face: there the turned pass leads out of the aisle."""
    bins = [b for b in site.layout.bins_of_face(face) if b.kind.is_observable]
    return max(bins, key=lambda b: (b.along_m, b.base_m)).code.text


def label_places_m(site: Site, b: Bin) -> NDArray[np.float64]:
    """Return (places, 8, 3): outlines of stickers at nine heights and five places along, at the face and behind it."""
    face, band = site.layout.faces[b.face], label_band(b, site.labels)
    half_width, half_height = site.labels.width_mm / 2000, site.labels.height_mm / 2000
    ring = [(i, j) for i in (-1, 0, 1) for j in (-1, 0, 1) if (i, j) != (0, 0)]
    return np.array(
        [
            [face.point_m(along + i * half_width, height + j * half_height, -setback) for i, j in ring]
            for along in np.linspace(band.along_min_m, band.along_max_m, 5)
            for height in np.linspace(band.low_m + half_height, band.high_m - half_height, 9)
            for setback in (0.0, site.labels.setback_m)
        ]
    )


def wholly_in_picture(camera: CameraModel, pose: Pose, outlines_m: NDArray[np.float64]) -> NDArray[np.bool_]:
    pixels, in_front = camera.project(pose, outlines_m)
    inside = (pixels >= -0.5) & (pixels <= np.asarray(camera.size_px) - 0.5)
    return np.asarray(np.all(inside, axis=(-1, -2)) & np.all(in_front, axis=-1))


def test_a_flight_that_ended_between_two_looks_at_a_location_flies_both_again(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    left_in_doubt(run, {A: "unreadable", C: "read"})
    new_run, plan, _ = make_recount(run, site, tmp_path / "two")
    (sortie,) = plan.sorties
    outcome = FlightOutcome(
        sortie="01",
        boot=1,
        ending=Ending.LANDED_EARLY,
        reason="low battery",
        last_item=9,
        locations_flown=(A, C),
        n_photos=1,
        n_unpaired_photos=0,
        started_at="2026-11-23T10:00:00Z",
        flight_s=1.0,
        autopilot_version="4.7.0",
    )
    new_run.write_json(new_run.flight_path("01"), FlightLog(flights=(outcome,)))
    todo = next_flight(new_run, site, sortie)
    assert todo is not None
    assert [lane.must_see for lane in todo.sortie.lanes] == [(A,), (A,)]


def test_locations_that_the_run_was_never_asked_for_are_told_and_left_alone(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one", locations=(A, B))
    left_in_doubt(run, {A: "unreadable", C: "unseen"})
    _, _, recount = make_recount(run, site, tmp_path / "two")
    assert [look.location for look in recount.looks] == [A]
    assert recount.not_asked == (C,)


def test_a_lane_that_was_never_flown_and_is_flown_otherwise_now_does_not_say_as_before() -> None:
    before = PlannedLook(
        run="one",
        sortie="01",
        lane=1,
        direction=Direction.LEVEL,
        standoff_m=1.4,
        height_m=0.6,
        turn_deg=0.0,
        speed_mps=1.0,
        n_looks=2,
        px_per_bar=2.0,
        is_flown=False,
    )
    assert differences(before, before) == ("as planned before: that lane was not flown to its end",)
    assert differences(before, replace(before, standoff_m=0.65)) == (
        "that lane was not flown to its end",
        "nearer: 0.65 m instead of 1.40 m from the rack",
    )


def test_a_location_of_two_passes_of_which_the_battery_reaches_one_is_not_flown(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    left_in_doubt(run, {"A01-02-4-1": "unreadable"})
    both, _ = plan_recount(run, with_drone(site, battery_wh=3.45), tmp_path / "two")
    lower_wh, upper_wh = (sortie.energy_wh for sortie in both.sorties)  # a flight each: together they would need more
    assert upper_wh - lower_wh > 0.01
    between_wh = (lower_wh + upper_wh) / 2 / (1 - site.drone.reserve)
    plan, recount = plan_recount(run, with_drone(site, battery_wh=between_wh), tmp_path / "two")
    assert plan.sorties == ()
    assert [(u.location, u.bound_by) for u in plan.uncovered] == [("A01-02-4-1", "battery")]
    assert recount.looks[0].by_hand.startswith("One battery does not last there and back")


def test_only_the_lanes_that_the_doubts_need_are_flown(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    row = [b.code.text for b in site.layout.bins_of_face("A01-right") if b.code.level == "2"]
    left_in_doubt(run, dict.fromkeys(row, "unreadable"))
    (sortie,) = make_recount(run, site, tmp_path / "two")[1].sorties
    assert [set(lane.must_see) for lane in sortie.lanes] == [set(row)] * 2  # the lower and the upper strip of the labels' band


def test_a_run_that_is_not_reconciled_or_has_no_doubts_is_refused(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    with pytest.raises(BadInputError, match="run first: aislescan reconcile RUN"):
        make_recount(run, site, tmp_path / "two")
    left_in_doubt(run, {})
    with pytest.raises(BadInputError, match="nothing to count again"):
        make_recount(run, site, tmp_path / "two")
    assert not (tmp_path / "two").exists()
    with pytest.raises(BadInputError, match="a recount is a run of its own"):
        make_recount(run, site, run.root)


def test_a_recount_list_with_an_unknown_status_is_named_with_its_row(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    left_in_doubt(run, {A: "unreadable"})
    path = run.reconciliation.recount_path
    path.write_text(path.read_text().replace("unreadable,", "blurry,"))
    with pytest.raises(BadInputError, match=r"recount.csv, row 2, column status: 'blurry'; expected one of read, empty"):
        make_recount(run, site, tmp_path / "two")


def test_photos_that_came_without_a_plan_are_recounted_without_a_look_to_differ_from(tmp_path: Path) -> None:
    run, site = planned_run(tmp_path / "one")
    run.plan_path.unlink()
    left_in_doubt(run, {A: "unreadable"})
    (look,) = make_recount(RunFolder.open(run.root), site, tmp_path / "two")[2].looks
    assert look.before == ()
    assert look.differs == ("the last look is not on record: the photos came without a plan",)
