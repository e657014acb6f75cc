"""How long the drone was in the air for a run, from the `flight.json` of its sorties."""

from __future__ import annotations

import math
from typing import Any

from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder


def flight_s_of(run: RunFolder) -> float | None:
    """Return the seconds in the air over all flights of a run.

    None when they are not on record, as with photos of another drone, or not to be read: then only the count rate is not known.
    """
    flown = 0.0
    for sortie in run.sorties():
        path = run.flight_path(sortie)
        if not path.is_file():
            continue
        try:
            log: Any = run.read_json(path)
            flown += sum(float(flight["flight_s"]) for flight in log["flights"])
        except (BadInputError, KeyError, TypeError, ValueError):
            return None
    return round(flown, 1) if math.isfinite(flown) and flown > 0 else None
