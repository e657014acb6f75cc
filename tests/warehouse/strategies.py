"""Hypothesis strategies of the warehouse's vocabulary."""

from typing import Any

from hypothesis import strategies as st

from warehouse.coordinates import Anchor
from warehouse.poses import Pose


def floats(low: float, high: float) -> st.SearchStrategy[float]:
    return st.floats(low, high, allow_nan=False, allow_infinity=False)


points_m = st.tuples(floats(-300, 300), floats(-300, 300), floats(-5, 30))

anchors = st.builds(
    Anchor,
    latitude_deg=floats(-70, 70),
    longitude_deg=floats(-180, 180),
    altitude_amsl_m=floats(-100, 3000),
    heading_deg=floats(-720, 720),
)

poses = st.builds(
    Pose,
    time_s=floats(0, 1e5),
    position_m=points_m,
    roll_deg=floats(-30, 30),
    pitch_deg=floats(-30, 30),
    heading_deg=floats(0, 359.99),
)

texts: st.SearchStrategy[Any] = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
"""Any text that UTF-8 can carry: quotes, line ends and non-Latin scripts among them."""
