"""ERP against observations: each stage is a pure function, and they run in this order.

1. one judgement for each pallet id that the ERP lists or that was read (`nesting`, then `judging`),
2. what the ERP moved meanwhile is taken back (`moved_between`),
3. findings that explain one another become one (`pairing`),
4. the lines that name no pallet,
5. the locations, and the case ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from inventory.erp_lines import ErpLine
from inventory.findings import GRAVITY, Finding, LineResult, LocationResult, PalletResult, Verdict, gravest
from inventory.judgement import Judgement
from inventory.judging import judge_absence, judge_pallet
from inventory.location_verdicts import location_results, place_without_stock
from inventory.moved_between import settle
from inventory.nesting import judge_nested
from inventory.pairing import Between, pair_findings
from inventory.severity import Scale
from inventory.world import World


def compare(
    world: World, *, beside: Between | None = None, scale: Callable[[], Scale] | None = None
) -> tuple[tuple[LineResult, ...], tuple[PalletResult, ...], tuple[LocationResult, ...], tuple[Finding, ...]]:
    """Return the results of lines (file order), pallets (sorted), locations (order of places) and the findings (gravest first).

    `beside` knows of pallets outside of `world` that were read in their own places: they tell a shifted row from single pallets.
    `scale` makes what findings are weighed by; None: the lines of `world`.
    """
    pallets = sorted(set(world.book.by_pallet) | set(world.looks.by_pallet))
    judgements = [judge_nested(pallet, world) or judge_pallet(pallet, world) for pallet in pallets]
    stock = [line for line in world.book.lines if line.key is None and line.expects_stock]
    judgements += [_nameless(line, world) for line in sorted(stock, key=lambda line: (line.location, line.sku, line.batch))]
    judgements = pair_findings([settle(j, world) for j in judgements], world.places, beside)
    there: dict[str, list[Verdict]] = {}
    for judgement in judgements:
        for location, verdict in judgement.sightings:
            there.setdefault(location, []).append(verdict)
    empty = [line for line in world.book.lines if line.key is None and not line.expects_stock]
    unnamed = [_expected_empty(line, there.get(line.location, []), world) for line in empty]
    findings = _numbered((f for j in judgements for f in j.findings), world, scale or (lambda: Scale(world.book.lines)))
    lines = sorted([*(line for j in judgements for line in j.lines), *unnamed], key=lambda r: r.line.row)
    results = tuple(j.result for j in judgements if j.result is not None)
    return tuple(lines), results, location_results(world, judgements, unnamed, findings), findings


def _nameless(line: ErpLine, world: World) -> Judgement:
    results, finding = judge_absence([line], line.location, world)
    return Judgement(pallet=None, lines=tuple(results), findings=(finding,) if finding else ())


def _expected_empty(line: ErpLine, there: list[Verdict], world: World) -> LineResult:
    if there:
        reason = f"The ERP expects nothing at {line.location}, but a pallet was read there."
        return LineResult(line=line, verdict=gravest(there), reason=reason)
    verdict, reason = place_without_stock(line.location, world)
    return LineResult(line=line, verdict=verdict, reason=reason)


def _numbered(findings: Iterable[Finding], world: World, scale_of: Callable[[], Scale]) -> tuple[Finding, ...]:
    order = {location: i for i, location in enumerate(world.places.by_location)}

    def rank(finding: Finding) -> tuple[int, tuple[int, float], int, int, str, int, str]:
        item = finding.lines[0].sku + finding.lines[0].batch if finding.lines else ""
        place = order[finding.expected_location or finding.observed_location]
        verdict = GRAVITY[finding.verdict]
        group = -1 if finding.verdict.is_accusation else verdict
        # all that is accused by what it weighs, then by verdict; what is stale or in doubt behind it
        return group, finding.weight.rank, verdict, place, str(finding.pallet or ""), order.get(finding.observed_location, -1), item

    found = list(findings)
    if not found:
        return ()
    scale = scale_of()
    ranked = sorted((replace(finding, weight=scale.weighed(finding)) for finding in found), key=rank)
    return tuple(replace(finding, case_id=f"F{n:04d}") for n, finding in enumerate(ranked, start=1))
