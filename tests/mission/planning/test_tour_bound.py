"""The bound of the hops holds against every plan of a few passes, tried one by one."""

from itertools import permutations, product

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.tour_bound import least_hops_m

Vector = NDArray[np.float64]


def shortest_m(hop_m: Vector, pad_m: Vector, n_sorties: int) -> float:
    """Return the length of the hops of the best plan of so many sorties or more: all orders, directions and places to go home."""
    n = len(pad_m) // 2
    best = np.inf
    for order, turned in product(permutations(range(n)), product((0, 1), repeat=n)):
        begins = [2 * i + t for i, t in zip(order, turned, strict=True)]
        ends = [b ^ 1 for b in begins]
        on = [hop_m[ends[k], begins[k + 1]] for k in range(n - 1)]
        home = [pad_m[ends[k]] + pad_m[begins[k + 1]] for k in range(n - 1)]
        dearer = sorted(h - o for h, o in zip(home, on, strict=True))
        must = sum(dearer[: n_sorties - 1]) + sum(d for d in dearer[n_sorties - 1 :] if d < 0)
        best = min(best, float(pad_m[begins[0]] + sum(on) + must + pad_m[ends[-1]]))
    return best


def hall(seed: int, n_passes: int, pad_away_m: float) -> tuple[Vector, Vector]:
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 10, (2 * n_passes, 2))
    return np.linalg.norm(places[:, None] - places[None], axis=-1), np.linalg.norm(places - (5.0, -pad_away_m), axis=-1)


@pytest.mark.parametrize("seed", range(8))
def test_no_plan_is_shorter_than_the_bound_however_many_sorties_it_has(seed: int) -> None:
    hop_m, pad_m = hall(seed, 4, pad_away_m=float(seed % 3) - 5.0)
    for n_sorties in (1, 2, 3, 4):
        shortest = shortest_m(hop_m, pad_m, n_sorties)
        bound = least_hops_m(hop_m, pad_m, n_sorties, groups=("A", "A", "B", "B"), n_rounds=60)
        assert 0.75 * shortest <= bound <= shortest + 1e-9


def test_a_border_that_trees_cross_an_odd_number_of_times_brings_the_bound_nearer() -> None:
    gained = []
    for seed in range(3):
        hop_m, pad_m = hall(seed, 6, pad_away_m=1.0)
        alone = least_hops_m(hop_m, pad_m, 1, n_rounds=100)
        gained.append(least_hops_m(hop_m, pad_m, 1, groups=("A", "A", "B", "B", "C", "C"), n_rounds=100) - alone)
    assert min(gained) >= 0.0
    assert max(gained) > 0.1


def test_passes_one_behind_the_other_leave_nothing_between_bound_and_plan() -> None:
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])  # three passes along a line, with a metre between them
    hop_m, pad_m = np.abs(x[:, None] - x[None]), x
    assert least_hops_m(hop_m, pad_m, 1, n_rounds=400) == pytest.approx(1 + 1 + 1 + 6, abs=0.02)


def test_where_each_sortie_flies_one_pass_the_bound_is_the_way_out_and_back() -> None:
    hop_m, pad_m = hall(1, 3, pad_away_m=2.0)
    assert least_hops_m(hop_m, pad_m, 3, n_rounds=400) == pytest.approx(float(pad_m.sum()), rel=1e-3)
