"""Watching says everything in both languages, and has words for every stage and state."""

from __future__ import annotations

import string

from inventory.watching.following import Stage
from inventory.watching.states import STATES
from inventory.watching.telling import watch_texts
from warehouse.flight_sight import DronePhase
from warehouse.texts import LANGUAGES, text_table


def test_every_text_exists_in_every_language_with_the_same_placeholders() -> None:
    for key, entry in text_table("inventory.watching").items():
        assert tuple(sorted(entry)) == LANGUAGES, key
        names = [{name for _, name, _, _ in string.Formatter().parse(words) if name} for words in entry.values()]
        assert names[0] == names[1], key


def test_every_stage_phase_and_state_has_its_words() -> None:
    keys = set(watch_texts("es").words)
    compared = {Stage.COMPARED}  # then the report's own sentences speak
    assert {f"{part}.{stage}" for part in ("stage", "next") for stage in set(Stage) - compared} <= keys
    assert {f"phase.{phase}" for phase in DronePhase} <= keys
    assert {f"verdict.{state}.name" for state in STATES} <= keys
