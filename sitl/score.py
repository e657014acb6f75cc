"""Hold what a run found against what was planted. The only place where the truth and a run's results meet.

It reads the run's own tables and nothing from memory, so that a score is one of the files that a user gets.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sitl.faults import FaultKind
from sitl.stock import Stock, make_stock
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder
from warehouse.site import Site

Fault = tuple[str, str, str, str]
"""Kind, pallet, expected location, observed location."""

_ACCUSING = ("missing", "misplaced", "unexpected", "duplicate", "wrong_content")
_FIELDS = ("kind", "pallet", "expected_location", "observed_location")
_UNREADABLE = FaultKind.UNREADABLE.value


def score_run(run: RunFolder, site: Site, seed: int, autopilot: dict[str, str], flight_s: float) -> dict[str, Any]:
    """Score the run against the stock of `seed`, write `score.json`, and return what it says.

    - `planted`, `found`, `missed`, `false_accusations`: lists of {kind, pallet, expected_location, observed_location}. An
      accusation is right only when verdict, pallet and places are those of a planted fault; an unreadable label is found when its
      location is called unreadable.
    - `read_rate`: share of the legible labels in observable locations whose SSCC was read somewhere.
    - `label_to_location_rate`: share of the labels booked to locations that truly hang there.
    - `wrong_locations`: labels booked to a location where they do not hang.
    - `empties`, `false_empties`: how many locations were called empty, and those of them in which something stands; `true_empties`
      is how many observable locations are empty.

    BadInputError when the run was not reconciled.
    """
    stock = make_stock(site, seed)
    discrepancies = _rows(run, run.reconciliation.discrepancies_path)
    places = {row["location"]: row for row in _rows(run, run.reconciliation.locations_path)}
    booked = [(code, pallet) for code, row in places.items() for pallet in row["observed_pallets"].split("|") if pallet]
    planted = [(p.kind.value, p.pallet, p.expected_location, p.observed_location) for p in stock.planted]
    accused = [fault for row in discrepancies if row["verdict"] in _ACCUSING for fault in _accusations(row, stock)]
    accused = list(dict.fromkeys(accused))
    unreadable = {fault for fault in planted if fault[0] == _UNREADABLE and places.get(fault[2], {}).get("status") == "unreadable"}
    found = [fault for fault in planted if fault in accused or fault in unreadable]
    legible = _legible(site, stock)
    seen = {pallet for _, pallet in booked}
    n_read = sum(pallet in seen for pallet in legible.values())
    wrong = [(code, pallet) for code, pallet in booked if code not in stock.standing or stock.standing[code].pallet.sscc != pallet]
    empties = [code for code, row in places.items() if row["status"] == "empty"]
    score = {
        "planted": _listed(planted),
        "found": _listed(found),
        "missed": _listed(fault for fault in planted if fault not in found),
        "false_accusations": _listed(fault for fault in accused if fault not in planted),
        "wrong_locations": [{"location": code, "pallet": pallet} for code, pallet in wrong],
        "empties": len(empties),
        "false_empties": [code for code in empties if code in stock.standing],
        "true_empties": sum(b.kind.is_observable and b.code.text not in stock.standing for b in site.layout.bins),
        "locations": len(site.layout.bins),
        "read_rate": _share(n_read, len(legible)),
        "read_rate_numerator": n_read,
        "read_rate_denominator": len(legible),
        "label_to_location_rate": _share(len(booked) - len(wrong), len(booked)),
        "label_to_location_rate_numerator": len(booked) - len(wrong),
        "label_to_location_rate_denominator": len(booked),
        "flight_s": round(flight_s, 1),
        "autopilot": autopilot,
    }
    run.write_json(run.score_path, score)
    return score


def describe_score(score: dict[str, Any]) -> str:
    """Return the score in a few lines for people."""
    found, planted, false = len(score["found"]), len(score["planted"]), len(score["false_accusations"])
    lines = [
        f"Planted faults found: {found} of {planted}. Pallets accused wrongly: {false}.",
        f"Labels read: {score['read_rate_numerator']} of {score['read_rate_denominator']};"
        f" booked to the right location: {score['label_to_location_rate_numerator']} of"
        f" {score['label_to_location_rate_denominator']}.",
        f"Flight time: {score['flight_s']:g} s over {score['locations']} locations.",
    ]
    lines += [f"  not found: {_in_words(fault)}" for fault in score["missed"]]
    lines += [f"  accused wrongly: {_in_words(fault)}" for fault in score["false_accusations"]]
    return "\n".join(lines)


def _in_words(fault: dict[str, str]) -> str:
    expected, observed = fault["expected_location"], fault["observed_location"]
    places = [f"expected at {expected}"] if expected else []
    places += [f"seen at {observed}"] if observed else []
    return f"{fault['kind']}, pallet {fault['pallet'] or 'unknown'}, {', '.join(places)}"


def _accusations(row: dict[str, str], stock: Stock) -> list[Fault]:
    """Return what a row of discrepancies.csv says, as it would be planted: a swap names two pallets, a duplicate two places."""
    verdict, pallet = row["verdict"], row["pallet"]
    expected, observed = row["expected_location"], row["observed_location"]
    if verdict == "misplaced" and row["cause"] == "swapped":
        partner = (row["other_pallet"], row["other_expected_location"], row["other_observed_location"])
        return [(FaultKind.SWAPPED.value, pallet, expected, observed), (FaultKind.SWAPPED.value, *partner)]
    if verdict == "duplicate":
        places = {observed, row["other_observed_location"]}
        home = next((code for code in sorted(places) if code in stock.booked and stock.booked[code].sscc == pallet), expected)
        elsewhere = sorted(places - {home})
        return [(verdict, pallet, home, elsewhere[0] if len(elsewhere) == 1 else "|".join(elsewhere))]
    if verdict == "missing":
        return [(verdict, pallet, expected, "")]
    if verdict == "unexpected":
        return [(verdict, pallet, "", observed)]
    return [(verdict, pallet, expected, observed)]


def _legible(site: Site, stock: Stock) -> dict[str, str]:
    """Return location -> SSCC of every label that a drone in the aisle could read."""
    bins = site.layout.bins_by_code
    return {
        code: load.pallet.sscc
        for code, load in stock.standing.items()
        if bins[code].kind.is_observable and load.label is not None and not load.label.is_torn
    }


def _share(numerator: int, denominator: int) -> float | None:
    return round(numerator / denominator, 4) if denominator else None


def _listed(faults: Iterable[Fault]) -> list[dict[str, str]]:
    return [dict(zip(_FIELDS, fault, strict=True)) for fault in faults]


def _rows(run: RunFolder, path: Path) -> list[dict[str, str]]:
    run.require(path, made_by="aislescan reconcile RUN --erp FILE")
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return list(csv.DictReader(stream, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInputError(f"{path}: cannot be read as CSV: {error}", remedy="reconcile the run again") from error
