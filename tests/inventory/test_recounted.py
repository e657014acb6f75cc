"""A run that recounts another counts together with it: the first look stands wherever the second was not surer."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from inventory.findings import Reconciliation
from inventory.reconcile import reconcile_run
from tests.inventory.worlds import look, read, sscc
from warehouse.errors import BadInputError
from warehouse.observations import Observation
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site
from warehouse.site_file import load_site

P, Q, R = sscc(1), sscc(2), sscc(3)


class World:
    """Two runs of the demo site: Monday's, and Tuesday's, which recounts it."""

    def __init__(self, folder: Path, site_folder: Path) -> None:
        self.site: Site = load_site(site_folder)
        self.monday = RunFolder.create(folder / "runs" / "monday", site_folder)
        self.tuesday = RunFolder.create(folder / "runs" / "tuesday", site_folder)
        self.erp = folder / "erp.csv"
        self.a, self.b, self.c = [b.code.text for b in self.site.layout.bins if b.kind.is_observable][:3]

    def reconcile(
        self, erp: str, monday: list[Observation], tuesday: list[Observation], *, looked_again: tuple[str, ...]
    ) -> Reconciliation:
        self.erp.write_text("location,pallet\n" + erp, encoding="utf-8")
        self.monday.write_lines(self.monday.observations_path, monday)
        self.tuesday.write_lines(self.tuesday.observations_path, tuesday)
        looks: list[dict[str, Any]] = [{"location": location, "now": {}} for location in looked_again]
        self.tuesday.write_json(self.tuesday.recount_of_path, {"recounts": "../monday", "looks": looks})
        return reconcile_run(self.tuesday, self.site, self.erp)


@pytest.fixture
def world(tmp_path: Path, demo_site_folder: Path) -> World:
    return World(tmp_path, demo_site_folder)


def verdicts(found: Reconciliation) -> dict[str, str]:
    return {x.place.location: x.verdict.value for x in found.locations}


def test_what_only_the_first_run_saw_still_counts_and_accuses_nobody_falsely(world: World) -> None:
    a, b, c = world.a, world.b, world.c
    monday = [look(a, "empty"), read(b, P), look(c, "unreadable")]  # P stands at b, not at a: misplaced
    tuesday = [look(a, "unseen"), look(b, "unseen"), read(c, Q)]
    found = world.reconcile(f"{a},{P}\n{c},{Q}\n", monday, tuesday, looked_again=(c,))
    assert [(f.verdict.value, f.expected_location, f.observed_location) for f in found.findings] == [("misplaced", a, b)]
    assert verdicts(found)[c] == "match"


def test_an_incidental_second_look_does_not_replace_a_first_that_was_not_in_doubt(world: World) -> None:
    a, b = world.a, world.b
    found = world.reconcile(
        f"{a},{P}\n{b},{Q}\n", [read(a, P), look(b, "unreadable")], [look(a, "empty"), read(b, Q)], looked_again=(b,)
    )
    assert found.findings == ()


@pytest.mark.parametrize(
    ("first", "second", "verdict"),
    [
        (look("", "unreadable"), look("", "unseen"), "unverified"),
        (look("", "unseen"), look("", "unreadable"), "unverified"),
        (look("", "unreadable"), read("", P), "match"),
        (read("", P, confidence=0.6), look("", "unreadable"), "match"),
        (read("", P, confidence=0.6), read("", Q), "missing"),
        (read("", P, confidence=0.95), read("", Q, confidence=0.6), "match"),
        (look("", "empty", confidence=0.8), look("", "empty"), "missing"),
    ],
)
def test_the_surer_look_stands(world: World, first: Observation, second: Observation, verdict: str) -> None:
    a = world.a
    found = world.reconcile(f"{a},{P}\n", [replace(first, location=a)], [replace(second, location=a)], looked_again=(a,))
    assert verdicts(found)[a] == verdict


def test_photos_of_two_flights_that_read_the_same_add_up(world: World) -> None:
    a, b = world.a, world.b
    once = read(a, P, n_frames=1)
    found = world.reconcile(f"{b},{P}\n", [once, look(b, "empty")], [once, look(b, "unseen")], looked_again=(a,))
    (moved,) = found.findings
    assert (moved.verdict.value, moved.observed_location) == ("misplaced", a)
    frames = next(x.observation.frames for x in found.locations if x.place.location == a and x.observation)
    assert frames == ("monday:frame-0", "frame-0")


def test_pictures_of_the_first_run_prove_the_second_runs_findings_too(world: World) -> None:
    a, b = world.a, world.b
    picture = world.monday.root / "evidence" / f"{b}.jpg"
    write_atomically(picture, b"a picture")
    world.reconcile(f"{a},{P}\n", [look(a, "empty"), read(b, P)], [look(a, "empty")], looked_again=(a,))
    assert (world.tuesday.root / "evidence" / f"{b}.jpg").read_bytes() == b"a picture"
    with (world.tuesday.reconciliation_folder / "discrepancies.csv").open(newline="") as stream:
        assert next(csv.DictReader(stream))["observed_location"] == b
    roles = [i["role"] for i in json.loads(world.tuesday.reconciliation.summary_path.read_text())["inputs"]]
    assert roles == ["erp", "observations", "observations_before", "site"]


def test_a_run_whose_first_run_is_gone_says_what_to_put_back(world: World) -> None:
    world.reconcile(f"{world.a},{P}\n", [look(world.a, "empty")], [look(world.a, "empty")], looked_again=())
    world.monday.root.rename(world.monday.root.with_name("elsewhere"))
    with pytest.raises(BadInputError, match=r"recounts \.\./monday, and that folder is not there"):
        reconcile_run(world.tuesday, world.site, world.erp)


def test_runs_that_recount_one_another_are_refused(world: World) -> None:
    world.reconcile(f"{world.a},{P}\n", [look(world.a, "empty")], [look(world.a, "empty")], looked_again=())
    world.monday.write_json(world.monday.recount_of_path, {"recounts": "../tuesday", "looks": []})
    with pytest.raises(BadInputError, match="the runs recount one another"):
        reconcile_run(world.tuesday, world.site, world.erp)
