"""The equations of all symbols of a group are those of each symbol, and what they place is where all its photos put it."""

from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.strategies import floats
from vision.poses.adjustment import PLACE_SIGMA_M, Track, equations_of, misfits_m, places_and_slopes
from vision.poses.sightings import UPRIGHT, Sighting
from warehouse.tags import APRIL_TAG, LocationTag

N_FRAMES = 6
TAG = LocationTag(symbology=APRIL_TAG, text="tag16h5-1", face="A-L", along_m=2.0, height_m=1.5, outward_m=0.02, size_mm=120.0)


@st.composite
def some_tracks(draw: Callable[..., object]) -> Track:
    kind = draw(st.sampled_from(["label", "label seen well", "upright", "named upright", "tag", "doubted tag"]))
    frames = draw(st.lists(st.integers(0, N_FRAMES - 1), min_size=1, max_size=N_FRAMES, unique=True))
    assert isinstance(frames, list)
    tangent = st.tuples(floats(-0.5, 0.5), floats(-0.5, 0.5))
    sightings = [
        Sighting(
            frame=frame,
            symbology=UPRIGHT if "upright" in str(kind) else "Code128",
            text="",
            tangent=np.array(draw(tangent)),
            turn=np.array(draw(tangent)),
            length=0.1,
            stretch=0.2,
        )
        for frame in frames
    ]
    return Track(
        sightings=sightings,
        tag=TAG if "tag" in str(kind) else None,
        is_tag_trusted=kind != "doubted tag",
        upright_m=2.7 if kind == "named upright" else None,
        weights=np.linspace(0.3, 1.0, len(frames)) if kind == "label seen well" else np.ones(0),
    )


groups = st.lists(some_tracks(), min_size=1, max_size=5)
CENTRES = np.column_stack([np.linspace(0.5, 3.5, N_FRAMES), np.full(N_FRAMES, 1.6), np.linspace(1.4, 1.5, N_FRAMES)])
ROUNDING = 1e-10 / PLACE_SIGMA_M**2
"""What one photo alone says of a symbol cancels out but for the last digits."""
ERRORS = np.random.default_rng(1).normal(0.0, 0.02, (N_FRAMES, 4))


@given(groups)
def test_the_equations_of_several_symbols_are_the_sum_of_those_of_each(tracks: list[Track]) -> None:
    together, alone = equations_of(CENTRES, tracks), [equations_of(CENTRES, [t]) for t in tracks]
    for whole, parts in ((together.a, [e.a for e in alone]), (together.b, [e.b for e in alone])):
        np.testing.assert_allclose(whole, sum(parts), rtol=1e-9, atol=ROUNDING)
    np.testing.assert_allclose(together.a, together.a.T, atol=ROUNDING)


@given(groups)
def test_each_symbol_has_its_place_and_misfits_whatever_others_are_asked_for_with_it(tracks: list[Track]) -> None:
    together = misfits_m(CENTRES, tracks, ERRORS)
    places = places_and_slopes(CENTRES, tracks, ERRORS)[0]
    for misfits, place, track in zip(together, places, tracks, strict=True):
        np.testing.assert_allclose(place, places_and_slopes(CENTRES, [track], ERRORS)[0][0], atol=1e-9)
        np.testing.assert_allclose(misfits, misfits_m(CENTRES, [track], ERRORS)[0], atol=1e-9)


@given(groups)
def test_slopes_say_how_places_change_with_the_errors_of_the_frames(tracks: list[Track]) -> None:
    places, slopes, _ = places_and_slopes(CENTRES, tracks, ERRORS)
    step = np.random.default_rng(2).normal(0.0, 1e-3, ERRORS.shape)
    moved = places_and_slopes(CENTRES, tracks, ERRORS + step)[0]
    np.testing.assert_allclose(moved, places + slopes @ step.ravel(), atol=1e-9)


def test_no_symbols_say_nothing() -> None:
    equations = equations_of(CENTRES, [])
    assert not equations.a.any()
    assert not equations.b.any()
    assert misfits_m(CENTRES, [], ERRORS) == []
    assert [len(part) for part in places_and_slopes(CENTRES, [], ERRORS)] == [0, 0, 0]
