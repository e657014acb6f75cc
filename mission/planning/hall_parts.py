"""Neighbouring aisles that are ordered together, and the times between all their passes and pads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mission.planning.chains import Chain, Pass
from mission.planning.free_air import FreeAir
from mission.planning.hops import HopTimes
from mission.planning.obstacles import Vector
from mission.planning.route_solver import RoutingProblem
from warehouse.layout import Aisle, HomePad

AisleChains = tuple[Aisle, tuple[Chain, ...]]


def parts_of(aisles: Sequence[AisleChains], most_chains: int) -> list[list[AisleChains]]:
    """Return the aisles in groups of neighbours with about `most_chains` chains, halved along the longer side of the hall."""
    n_chains = sum(len(chains) for _, chains in aisles)
    n_parts = min(-(-n_chains // most_chains), len(aisles))
    if n_parts <= 1:
        return [list(aisles)] if aisles else []
    middles = np.array([_middle_m(aisle) for aisle, _ in aisles])
    axis = int(np.argmax(middles.max(axis=0) - middles.min(axis=0)))
    order = sorted(range(len(aisles)), key=lambda i: (round(float(middles[i, axis]), 3), i))
    wanted = n_chains * (n_parts // 2) / n_parts
    filled, n_first = 0, 0
    while n_first < len(order) - 1 and (n_first == 0 or filled + len(aisles[order[n_first]][1]) / 2 <= wanted):
        filled += len(aisles[order[n_first]][1])
        n_first += 1
    halves = [sorted(order[:n_first]), sorted(order[n_first:])]
    return [part for half in halves for part in parts_of([aisles[i] for i in half], most_chains)]


def nearest_pads(aisles: Sequence[AisleChains], pads: Sequence[HomePad], n_each: int, air: FreeAir) -> list[int]:
    """Return, by index, the pads that are among the nearest `n_each` of one of the aisles, as the crow flies."""
    places = np.array([pad.position_m for pad in pads])
    near: set[int] = set()
    for aisle, _ in aisles:
        mouths = np.array(air.mouths_m(aisle))
        apart = np.min(np.hypot(*np.moveaxis(places[:, None, :] - mouths[None, :, :], -1, 0)), axis=1)
        near.update(np.argsort(apart, kind="stable")[:n_each].tolist())
    return sorted(near)


@dataclass(frozen=True, slots=True)
class TimedPart:
    """The problem of one part, with what its numbers stand for."""

    problem: RoutingProblem
    passes: tuple[Pass, ...]
    chains: tuple[Chain, ...]
    pads: tuple[int, ...]
    """Indices of the pads that the problem knows."""

    def alone_s(self) -> Vector:
        """Return (chains) the least time of a sortie for that chain alone."""
        p = self.problem
        each = np.min(p.from_pad_s + p.to_pad_s, axis=0) + p.pass_s
        return np.array([each[p.chain_of == chain].min() for chain in range(len(self.chains))])


def timed(
    hops: HopTimes, part: Sequence[AisleChains], pads: Sequence[HomePad], wanted: Sequence[int], battery_s: float
) -> TimedPart:
    """Return the problem of ordering a part, flown from the `wanted` pads."""
    passes = [p for _, chains in part for chain in chains for p in chain.passes]
    chains = [chain for _, mine in part for chain in mine]
    places = [place for aisle, _ in part for place in hops.mouths_m(aisle)] + [pads[i].position_m for i in wanted]
    between_s = hops.between_places_s(places)
    ends = [hops.ends([p.lanes for chain in mine for p in chain.passes]) for _, mine in part]
    begins = np.concatenate([[0], np.cumsum([len(e) for e in ends])])
    cruise = [np.full(len(e), hops.cruise_mps) for e in ends]
    out_s = [hops.to_mouths_s(aisle, e.exits_m, c) for (aisle, _), e, c in zip(part, ends, cruise, strict=True)]
    in_s = [hops.to_mouths_s(aisle, e.entries_m, e.speeds_mps) for (aisle, _), e in zip(part, ends, strict=True)]
    hop_s = np.full((len(passes), len(passes)), np.inf)
    from_pad_s, to_pad_s = np.full((2, len(wanted), len(passes)), np.inf)
    for i, (aisle, _) in enumerate(part):
        mine = slice(begins[i], begins[i + 1])
        hop_s[mine, mine] = hops.within_aisle_s(aisle, ends[i])
        for j in range(len(part)):
            if j != i:
                gap_s = between_s[2 * i : 2 * i + 2, 2 * j : 2 * j + 2]
                hop_s[mine, begins[j] : begins[j + 1]] = hops.across_s(ends[i], out_s[i], gap_s, ends[j], in_s[j])
        for k, pad in enumerate(wanted):
            mouths_s = between_s[2 * len(part) + k, 2 * i : 2 * i + 2]
            from_pad_s[k, mine] = hops.from_pad_s(pads[pad], ends[i], in_s[i], mouths_s)
            to_pad_s[k, mine] = hops.to_pad_s(pads[pad], ends[i], out_s[i], mouths_s)
    return TimedPart(
        problem=RoutingProblem(
            chain_of=np.array([number for number, chain in enumerate(chains) for _ in chain.passes]),
            pass_s=np.array([p.time_s for p in passes]),
            hop_s=hop_s,
            from_pad_s=from_pad_s,
            to_pad_s=to_pad_s,
            battery_s=battery_s,
            swap_s=hops.swap_s,
        ),
        passes=tuple(passes),
        chains=tuple(chains),
        pads=tuple(wanted),
    )


def _middle_m(aisle: Aisle) -> tuple[float, float]:
    along = aisle.face("left").along
    return (aisle.start_m[0] + along[0] * aisle.length_m / 2, aisle.start_m[1] + along[1] * aisle.length_m / 2)
