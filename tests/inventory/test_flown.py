"""Hours in the air come from the flights on record; without them, or with a damaged record, only the count rate is not known."""

from __future__ import annotations

from pathlib import Path

import pytest

from inventory.flown import flight_s_of
from warehouse.run_folder import RunFolder, write_atomically


def test_all_flights_of_all_sorties_count(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert flight_s_of(run) is None
    run.write_json(run.flight_path("01"), {"flights": [{"flight_s": 60.5}, {"flight_s": 30.0}]})
    run.write_json(run.flight_path("02"), {"flights": [{"flight_s": 9.5}]})
    assert flight_s_of(run) == 100.0


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"flights": 3}', '{"flights": [{}]}', '{"flights": []}', '{"flights": [{"flight_s": "NaN"}]}']
)
def test_a_record_that_says_nothing_of_time_is_no_obstacle(tmp_path: Path, text: str) -> None:
    run = RunFolder(tmp_path)
    write_atomically(run.flight_path("01"), text)
    assert flight_s_of(run) is None
