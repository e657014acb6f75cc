"""Hold a flown run against what truly stood in the racks, label by label, and name each case that is not as it should be.

Of each legible label (not torn, in a location that can be seen from the aisle): was it put into its own location, and surely?
Unsure is what `aislescan reconcile` accuses nobody by.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mission.flying.scan import flight_log
from sitl.score import score_run
from sitl.stock import Stock, make_stock
from warehouse.observations import SURE, Observation, ObservationStatus
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site

Case = dict[str, Any]
COUNTED = (
    *("bins", "legible", "right", "right_but_unsure", "unread", "wrong", "wrong_but_unsure"),
    *("true_empties", "empties", "false_empties", "planted", "found", "false_accusations", "unseen", "photos", "flight_s"),
)
"""What adds up over runs."""


def score_flown(run: RunFolder, site: Site, seed: int, sitl: str) -> dict[str, Any]:
    """Return the figures of one run (`COUNTED`) and its `cases`, each with location, pallet, what was said and the photos of it."""
    flights = [flight for sortie in run.sorties() for flight in flight_log(run, sortie).flights]
    autopilot = {"name": sitl, "version": flights[-1].autopilot_version}
    faults = score_run(run, site, seed, autopilot=autopilot, flight_s=sum(flight.flight_s for flight in flights))
    observations = {o.location: o for o in run.read_lines(run.observations_path, Observation)}
    cases = list(cases_of(site, make_stock(site, seed), observations))
    n_of = {
        what: sum(case["case"] == what for case in cases) for what in ("unread", "wrong", "wrong_but_unsure", "right_but_unsure")
    }
    observable = [b.code.text for b in site.layout.bins if b.kind.is_observable]
    return {
        "bins": len(observable),
        "legible": faults["read_rate_denominator"],
        "right": faults["read_rate_denominator"] - n_of["unread"] - n_of["right_but_unsure"],
        **n_of,
        "true_empties": faults["true_empties"],
        "empties": faults["empties"],
        "false_empties": len(faults["false_empties"]),
        "planted": len(faults["planted"]),
        "found": len(faults["found"]),
        "false_accusations": len(faults["false_accusations"]),
        "unseen": sum(observations[code].status is ObservationStatus.UNSEEN for code in observable),
        "photos": sum(1 for sortie in run.sorties() for _ in run.read_lines(run.frames_path(sortie), FrameRecord)),
        "flight_s": faults["flight_s"],
        "autopilot": autopilot["version"],
        "missed": faults["missed"],
        "accused_wrongly": faults["false_accusations"],
        "cases": cases,
    }


def cases_of(site: Site, stock: Stock, observations: dict[str, Observation]) -> Iterator[Case]:
    """Yield every label that was not put surely into its own location, and every full location that was called empty."""
    for b in site.layout.bins:
        code = b.code.text
        o, load = observations[code], stock.standing.get(code)
        own = load.pallet.sscc if load is not None else None
        booked = [sighting.pallet.value for sighting in o.pallets]
        is_legible = b.kind.is_observable and load is not None and load.label is not None and not load.label.is_torn
        if is_legible and own not in booked:
            yield _case("unread", o, own)
        if own in booked and o.confidence < SURE:
            yield _case("right_but_unsure", o, own)
        for value in booked:
            if value != own:
                yield _case("wrong" if o.confidence >= SURE else "wrong_but_unsure", o, value)
        if load is not None and o.status is ObservationStatus.EMPTY:
            yield _case("false_empty", o, own)


def _case(what: str, o: Observation, pallet: str | None) -> Case:
    return {
        "case": what,
        "location": o.location,
        "pallet": pallet,
        "status": o.status.value,
        "confidence": round(o.confidence, 4),
        "reason": o.reason,
        "frames": list(o.frames),
    }
