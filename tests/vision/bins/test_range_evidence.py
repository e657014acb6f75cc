"""What readings of the sideways range sensor say of the bins that their beams passed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.worlds import demo_site
from vision.bins.occupancy import Depth
from vision.bins.range_evidence import NO_READINGS, RangeEvidence, range_evidence
from warehouse.coordinates import heading_from_along
from warehouse.layout import Bin
from warehouse.poses import Pose, RangeRecord
from warehouse.range_sensor import RangeSensor

SENSOR = RangeSensor(side="right", beam_deg=2.0, min_m=0.1, max_m=8.0, sigma_m=0.03)
SITE = dataclasses.replace(demo_site(), range_sensor=SENSOR)
BIN = SITE.layout.bins_by_code["A01-03-2-2"]
STANDOFF_M = 1.3
ACROSS = tuple(float(x) for x in np.arange(-0.35, 0.36, 0.1))
"""From the middle of the bin: a reading every 10 cm."""
FAR_M, FRONT_M = 1.4, 0.05


def reading(
    aside_m: float, behind_m: float | None, *, above_base_m: float = 0.6, b: Bin = BIN, sigma_m: float = 0.05, turn_deg: float = 0.0
) -> RangeRecord:
    """Return a reading whose beam enters the rack `aside_m` from the middle of a bin and meets something `behind_m` behind it."""
    face = SITE.layout.faces[b.face]
    slope = np.tan(np.radians(turn_deg))  # turned to the right of the drone's side: towards its tail
    tail = -1.0 if face.side == "left" else 1.0
    nose = face.point_m(b.along_m + aside_m - tail * slope * STANDOFF_M, b.base_m + above_base_m, STANDOFF_M)
    return RangeRecord(
        sortie="01",
        captured_at="2026-01-12T20:00:00Z",
        side="right",
        pose=Pose(
            time_s=0.0,
            position_m=(float(nose[0]), float(nose[1]), float(nose[2])),
            roll_deg=0.0,
            pitch_deg=0.0,
            heading_deg=(heading_from_along(-np.asarray(face.outward)) - 90.0 + turn_deg) % 360.0,
        ),
        distance_m=None if behind_m is None else (STANDOFF_M + behind_m) * float(np.hypot(1.0, slope)),
        position_sigma_m=sigma_m,
        is_ekf_healthy=True,
    )


def row(behind: Iterable[float | None]) -> list[RangeRecord]:
    return [reading(aside, met) for aside, met in zip(ACROSS, behind, strict=True)]


def said(records: Iterable[RangeRecord], b: Bin = BIN) -> RangeEvidence:
    return range_evidence(SITE, records).get(b.code.text, NO_READINGS)


def test_far_readings_over_most_of_the_width_are_far() -> None:
    evidence = said(row([FAR_M] * 8))
    assert evidence == RangeEvidence(depth=Depth.FAR, behind_m=1.4, n_far=6, heights_m=(0.6,))  # the outermost two touch the rim


def test_readings_at_the_goods_are_front_and_object_to_empty() -> None:
    evidence = said(row([FRONT_M] * 8))
    assert (evidence.depth, evidence.behind_m, evidence.n_front) == (Depth.FRONT, 0.05, 6)
    assert evidence.objects_to_empty


def test_one_reading_at_the_front_forbids_far_and_two_in_the_middle_object() -> None:
    one = said(row([FAR_M, FAR_M, FAR_M, FRONT_M, FAR_M, FAR_M, FAR_M, FAR_M]))
    assert (one.depth, one.objects_to_empty) == (Depth.UNDECIDED, False)
    two = said(row([FAR_M, FAR_M, FAR_M, FRONT_M, FRONT_M, FAR_M, FAR_M, FAR_M]))
    assert (two.depth, two.objects_to_empty) == (Depth.UNDECIDED, True)


def test_a_gap_wide_enough_for_goods_is_not_far() -> None:
    assert said(row([FAR_M, FAR_M, FAR_M, None, None, FAR_M, FAR_M, FAR_M])).depth is Depth.UNDECIDED
    assert said(row([FAR_M, FAR_M, FAR_M, None, FAR_M, FAR_M, FAR_M, FAR_M])).depth is Depth.FAR


def test_readings_over_a_part_of_the_width_are_not_far() -> None:
    assert said([reading(float(x), FAR_M) for x in np.arange(-0.2, 0.1, 0.03)]).depth is Depth.UNDECIDED


def test_nothing_in_range_proves_nothing() -> None:
    assert said(row([None] * 8)) == NO_READINGS


def test_one_reading_between_front_and_far_is_borne_and_two_are_not() -> None:
    assert said(row([FAR_M, FAR_M, 0.5, FAR_M, FAR_M, FAR_M, FAR_M, FAR_M])).depth is Depth.FAR
    assert said(row([FAR_M, FAR_M, 0.5, FAR_M, 0.5, FAR_M, FAR_M, FAR_M])).depth is Depth.UNDECIDED


@pytest.mark.parametrize(
    "record",
    [
        dataclasses.replace(reading(0.0, FAR_M), is_ekf_healthy=False),
        dataclasses.replace(reading(0.0, FAR_M), side="left"),
        reading(0.0, FAR_M, sigma_m=0.2),
        reading(0.40, FAR_M),
        reading(0.0, FAR_M, above_base_m=0.05),
        reading(0.0, FAR_M, above_base_m=1.28),
        reading(0.0, -0.5),
        reading(0.0, FAR_M, turn_deg=25.0),
        reading(0.15, FAR_M, turn_deg=15.0 if "right" in BIN.face else -15.0),
    ],
    ids=["no trust", "other side", "uncertain", "rim", "beam", "top", "in the aisle", "slanting", "leaves the bin"],
)
def test_a_beam_that_does_not_tell_of_the_bin_is_left_out(record: RangeRecord) -> None:
    assert said([record]) == NO_READINGS


def test_the_heights_are_those_at_which_the_beam_passed() -> None:
    records = [reading(x, FAR_M, above_base_m=h) for h in (0.32, 0.58, 0.61) for x in ACROSS]
    assert said(records).heights_m == (0.3, 0.6)


def test_a_site_without_the_sensor_and_bins_that_cannot_be_looked_at_have_no_evidence() -> None:
    assert range_evidence(demo_site(), row([FAR_M] * 8)) == {}
    forbidden = next(b for b in SITE.layout.bins if not b.kind.is_observable)
    assert said([reading(x, FAR_M, b=forbidden) for x in ACROSS], forbidden) == NO_READINGS


@given(st.lists(st.tuples(st.floats(-0.45, 0.45), st.floats(-0.1, 3.0)), max_size=25))
def test_the_order_of_readings_never_matters_and_goods_met_in_the_bin_are_never_far(
    met: list[tuple[float, float]],
) -> None:
    records = [reading(aside, behind) for aside, behind in met]
    evidence = said(records)
    assert said(list(reversed(records))) == evidence
    if any(abs(aside) < 0.25 and behind < 0.3 for aside, behind in met):
        assert evidence.depth is not Depth.FAR
