"""Runs -> sorties for several drones: where batteries that are flown empty leave a drone without work, they are flown shorter."""

from __future__ import annotations

from collections.abc import Sequence

from mission.planning.drones import shared_out
from mission.planning.free_air import FreeAir
from mission.planning.lanes import Run
from mission.planning.sorties import plan_sorties
from mission.records import Sortie, Uncovered
from warehouse.site import Site

_SHARE = 1.1
"""Of the time in the air that falls to each drone: the longest flight, as flights cannot all be equal."""
_MOST_TRIES = 4


def plan_fleet(
    site: Site, air: FreeAir, runs: Sequence[Run], n_drones: int, *, lang: str = "en"
) -> tuple[tuple[Sortie, ...], tuple[Uncovered, ...]]:
    """Return the sorties with drone and start, and the bins that no way or no battery reaches."""
    sorties, unreached = plan_sorties(site, air, runs, lang=lang)
    best = shared_out(site, sorties, n_drones)
    n_used = len({sortie.drone for sortie in best})
    total_s = sum(sortie.time_s for sortie in sorties)
    for n_busy in range(n_used + 1, most_at_once(site, runs, n_drones) + 1)[-_MOST_TRIES:] if sorties else ():
        pieces, lost = plan_sorties(site, air, runs, longest_s=_SHARE * total_s / n_busy, lang=lang)
        if lost == unreached:
            best = min(best, shared_out(site, pieces, n_drones), key=_done_s)
    return best, unreached


def most_at_once(site: Site, runs: Sequence[Run], n_drones: int) -> int:
    """Return how many of the drones may fly at once: each needs a pad and an aisle for itself."""
    return min(n_drones, len(site.layout.home_pads), len({run.aisle for run in runs}))


def _done_s(sorties: Sequence[Sortie]) -> float:
    return max(sortie.start_s + sortie.time_s for sortie in sorties)
