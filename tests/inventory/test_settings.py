"""What is typed beside the stock list is checked before anything is read, or flown."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from inventory.settings import ReconcileSettings, parse_settings
from warehouse.errors import BadInputError


def test_the_time_of_the_list_is_put_on_the_clock_of_the_drone() -> None:
    settings = parse_settings(snapshot_at="2026-11-23T07:05:00+01:00", erp_clock_ahead_s=300.0, tolerances=["A=1%"])
    assert settings.snapshot_at == datetime(2026, 11, 23, 6, tzinfo=UTC)
    assert settings.tolerances.as_json() == {"A": "1%"}
    assert parse_settings() == ReconcileSettings()


@pytest.mark.parametrize(
    ("typed", "what"),
    [
        ({"erp_clock_ahead_s": 3_600_000.0}, "--erp-clock-ahead 3600000: more than a day"),
        ({"erp_clock_ahead_s": float("nan")}, "--erp-clock-ahead nan: more than a day"),
        ({"snapshot_at": "0001-01-01T00:00:00Z", "erp_clock_ahead_s": 60.0}, "--snapshot-at 0001-01-01T00:00:00Z: no day"),
        ({"snapshot_at": "this morning"}, "--snapshot-at: 'this morning' is no time"),
        ({"tolerances": ["A=1%", "a=2%"]}, "--tolerance a=2%: class A has limits already"),
        ({"movements_path": Path("moves.csv")}, "--movements moves.csv: nobody can tell"),
        ({"movements_profile": "plain"}, "--movements-profile plain: there is no list of movements"),
    ],
)
def test_a_setting_that_cannot_be_is_named_with_what_to_do(typed: dict[str, Any], what: str) -> None:
    with pytest.raises(BadInputError) as refused:
        parse_settings(**typed)
    assert refused.value.what.startswith(what)
    assert refused.value.remedy
