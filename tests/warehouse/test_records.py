import json
from dataclasses import dataclass
from typing import Any, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.strategies import anchors, floats, poses, texts
from warehouse.camera import CameraModel
from warehouse.coordinates import Anchor
from warehouse.layout import Aisle, Bin, BinKind, HomePad, KeepOut, RackFace
from warehouse.locations import LocationCode
from warehouse.observations import Observation, ObservationStatus, PalletSighting
from warehouse.pallet_ids import PalletId, PalletIdKind, check_digit
from warehouse.poses import FrameRecord, Pose
from warehouse.records import from_json, to_json
from warehouse.site import Drone, LabelRules

ssccs = st.from_regex(r"[0-9]{17}", fullmatch=True).map(lambda digits: PalletId(PalletIdKind.SSCC, digits + check_digit(digits)))
pallet_ids = ssccs | st.builds(PalletId, st.just(PalletIdKind.LPN), st.text("ABC0123456789-ñ漢", min_size=1))
sightings = st.builds(PalletSighting, pallet=pallet_ids, symbology=texts, text=texts, n_frames=st.integers(1, 99), evidence=texts)
observations = st.builds(
    Observation,
    location=texts,
    status=st.just(ObservationStatus.READ),
    pallets=st.lists(sightings, min_size=1, max_size=3).map(tuple),
    label_data=st.lists(st.tuples(texts, texts), max_size=3).map(tuple),
    unbooked_texts=st.lists(texts, max_size=3).map(tuple),
    confidence=floats(0, 1),
    frames=st.lists(texts, max_size=3).map(tuple),
    evidence=texts,
    runner_up=texts,
    margin_m=st.none() | floats(-1, 5),
    seen_at=texts,
    reason=texts,
)
silent_observations = st.builds(
    Observation,
    location=texts,
    status=st.sampled_from([s for s in ObservationStatus if s is not ObservationStatus.READ]),
    confidence=floats(0, 1),
)
frame_records = st.builds(
    FrameRecord,
    frame=texts,
    sortie=texts,
    file=texts,
    camera=texts,
    captured_at=texts,
    pose=poses,
    position_sigma_m=floats(0, 9),
    is_ekf_healthy=st.booleans(),
)
numbers = floats(-1e6, 1e6)


def measures_of(record: Any) -> dict[str, st.SearchStrategy[float]]:
    return {name: numbers for name, kind in get_type_hints(record).items() if kind is float}


points = st.tuples(numbers, numbers, numbers)
codes = st.builds(LocationCode, text=texts, aisle=texts, bay=texts, level=texts, slot=texts)
bins = st.builds(
    Bin,
    code=codes,
    face=texts,
    centre_m=points,
    along_m=numbers,
    width_m=numbers,
    height_m=numbers,
    depth_m=numbers,
    kind=st.sampled_from(BinKind),
)
faces = st.builds(RackFace, name=texts, aisle=texts, side=texts, origin_m=points, along=points, outward=points, length_m=numbers)
cameras = st.builds(
    CameraModel,
    side=st.sampled_from(["left", "right"]),
    size_px=st.tuples(st.integers(1, 9000), st.integers(1, 9000)),
    focal_px=st.tuples(numbers, numbers),
    centre_px=st.tuples(numbers, numbers),
    distortion=st.tuples(numbers, numbers),
    exposure_s=numbers,
    min_interval_s=numbers,
    offset_body_m=points,
)
aisles = st.builds(Aisle, name=texts, start_m=st.tuples(numbers, numbers), heading_deg=numbers, length_m=numbers, width_m=numbers)
keep_outs = st.builds(KeepOut, name=texts, min_m=points, max_m=points)
pads = st.builds(HomePad, name=texts, position_m=st.tuples(numbers, numbers))
drones = st.builds(Drone, name=texts, **measures_of(Drone))

label_rules = st.builds(
    LabelRules,
    symbologies=st.lists(texts, max_size=3).map(tuple),
    lpn_patterns=st.lists(texts, max_size=3).map(tuple),
    sscc_prefixes=st.lists(texts, max_size=3).map(tuple),
    **measures_of(LabelRules),
)
all_records = st.one_of(
    observations, silent_observations, frame_records, bins, faces, cameras, aisles, keep_outs, pads, drones, label_rules, anchors
)

POSE = Pose(time_s=1.0, position_m=(1.0, 2.0, 3.0), roll_deg=0.0, pitch_deg=0.0, heading_deg=90.0)


@given(all_records)
def test_every_record_comes_back_from_json_as_it_was(record: object) -> None:
    assert from_json(type(record), json.loads(json.dumps(to_json(record), allow_nan=False))) == record


def test_a_record_is_spelled_with_plain_json_values() -> None:
    assert to_json(PalletId(PalletIdKind.SSCC, "376123450000000016")) == {"kind": "SSCC", "value": "376123450000000016"}
    assert to_json(POSE)["position_m"] == [1.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"time_s": "1"}, "Pose.time_s: expected a number, got '1'"),
        ({"time_s": True}, "Pose.time_s: expected a number, got True"),
        ({"time_s": None}, "Pose.time_s: expected a number, got None"),
        ({"position_m": [1, 2]}, "Pose.position_m: expected 3 values, got [1, 2]"),
        ({"position_m": [1, 2, "3"]}, "Pose.position_m[2]: expected a number, got '3'"),
        ({"position_m": 7}, "Pose.position_m: expected a list, got 7"),
        ({"yaw": 1}, "Pose: unknown field yaw; expected time_s, position_m, roll_deg, pitch_deg, heading_deg"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError) as error:
        from_json(Pose, to_json(POSE) | change)
    assert str(error.value) == message


def test_a_missing_field_is_named() -> None:
    value = to_json(POSE)
    del value["heading_deg"]
    with pytest.raises(ValueError, match=r"^Pose\.heading_deg: missing$"):
        from_json(Pose, value)


def test_a_whole_number_will_do_for_a_float_and_becomes_one() -> None:
    assert isinstance(from_json(Pose, to_json(POSE) | {"time_s": 5}).time_s, float)


def test_a_pallet_whose_check_digit_is_wrong_is_refused_by_its_place_in_the_record() -> None:
    with pytest.raises(ValueError, match=r"^PalletId: '376123450000000017' is not an SSCC"):
        from_json(PalletId, {"kind": "SSCC", "value": "376123450000000017"})


def test_an_unknown_status_is_answered_with_those_there_are() -> None:
    with pytest.raises(ValueError, match=r"^Observation\.status: expected one of \['read', 'empty', .*\], got 'gone'$"):
        from_json(Observation, {"location": "A", "status": "gone", "confidence": 1.0})


def test_read_without_a_pallet_and_a_pallet_without_read_are_refused() -> None:
    with pytest.raises(ValueError, match="A01: status read with 0 pallet"):
        Observation(location="A01", status=ObservationStatus.READ, confidence=1.0)
    sighting = PalletSighting(pallet=PalletId(PalletIdKind.LPN, "L1"), symbology="Code128", text="L1", n_frames=1, evidence="")
    with pytest.raises(ValueError, match="A01: status empty with 1 pallet"):
        Observation(location="A01", status=ObservationStatus.EMPTY, pallets=(sighting,), confidence=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    value: int | str


def test_a_field_that_could_be_two_things_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match=r"Ambiguous\.value: int \| str says no single type"):
        from_json(Ambiguous, {"value": 1})


@given(anchors)
def test_an_anchor_keeps_every_bit_of_its_numbers(anchor: Anchor) -> None:
    assert from_json(Anchor, json.loads(json.dumps(to_json(anchor)))) == anchor
