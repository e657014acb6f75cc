"""What the end-to-end benchmark counts: nothing is wrong in a perfect run, and each thing that goes wrong is one case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.flown_score import cases_of
from sitl.stock import make_stock
from warehouse.observations import Observation, ObservationStatus, PalletSighting
from warehouse.pallet_ids import PalletId, PalletIdKind
from warehouse.site_file import load_site

SITE = load_site(Path(__file__).parents[1] / "sitl" / "demo_site")
STOCK = make_stock(SITE, 3)
FULL = sorted(c for c, load in STOCK.standing.items() if load.label is not None and not load.label.is_torn)
HERE, THERE = FULL[0], FULL[1]


def read(location: str, *values: str, confidence: float = 0.99) -> Observation:
    pallets = tuple(
        PalletSighting(
            pallet=PalletId(kind=PalletIdKind.SSCC, value=v), symbology="Code128", text=f"00{v}", n_frames=3, evidence=""
        )
        for v in values
    )
    return Observation(location=location, status=ObservationStatus.READ, pallets=pallets, confidence=confidence)


def perfect() -> dict[str, Observation]:
    """Return what a run says that reads everything."""
    said = {}
    for b in SITE.layout.bins:
        code, load = b.code.text, STOCK.standing.get(b.code.text)
        if not b.kind.is_observable:
            said[code] = Observation(location=code, status=ObservationStatus.NOT_OBSERVABLE, confidence=1.0)
        elif load is None:
            said[code] = Observation(location=code, status=ObservationStatus.EMPTY, confidence=0.99)
        elif load.label is None or load.label.is_torn:
            said[code] = Observation(location=code, status=ObservationStatus.UNREADABLE, confidence=0.9)
        else:
            said[code] = read(code, load.pallet.sscc)
    return said


def own(location: str) -> str:
    return STOCK.standing[location].pallet.sscc


def test_a_perfect_run_has_no_case() -> None:
    assert list(cases_of(SITE, STOCK, perfect())) == []


@pytest.mark.parametrize(
    ("said", "cases"),
    [
        (lambda o: replace(o, confidence=0.5), ["right_but_unsure"]),
        (lambda o: replace(o, status=ObservationStatus.UNSEEN, pallets=()), ["unread"]),
        (lambda o: replace(o, status=ObservationStatus.EMPTY, pallets=()), ["unread", "false_empty"]),
        (lambda o: read(HERE, own(THERE)), ["unread", "wrong"]),
        (lambda o: read(HERE, own(THERE), confidence=0.5), ["unread", "wrong_but_unsure"]),
        (lambda o: read(HERE, own(HERE), own(THERE)), ["wrong"]),
    ],
)
def test_each_thing_that_goes_wrong_is_a_case(said: Callable[[Observation], Observation], cases: list[str]) -> None:
    observations = perfect()
    observations[HERE] = said(observations[HERE])
    assert [(case["case"], case["location"]) for case in cases_of(SITE, STOCK, observations)] == [(case, HERE) for case in cases]
