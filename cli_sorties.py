"""A real drone: how to speak to it, and what to ask the person who changes its battery."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from cli_language import confirm
from cli_options import VehicleChoice, out
from warehouse.errors import VehicleError

if TYPE_CHECKING:
    from mission.flying.flight import FlightOutcome
    from mission.flying.transport import Endpoint

_BATTERY_WORDS = ("Battery Failsafe", "Battery 1 is")


def endpoint_of(address: str, choice: VehicleChoice) -> Endpoint:
    """Return where the real drone is and how to speak to it."""
    from mission.flying.transport import Endpoint, read_signing_key

    key = None if choice.signing_key_file is None else read_signing_key(choice.signing_key_file)
    return Endpoint(address=address, signing_key=key, own_system=choice.system_id, vehicle_system=choice.vehicle_id)


def ask_for_next(done: str, name: str, pad: str) -> None:
    """Ask whether the next sortie may take off; VehicleError when nobody is there to be asked, or says no."""
    remedy = f"change it, put the drone on pad {pad}, step out of the aisle, then give the same command again"
    if not _is_agreed(f"Sortie {done} is done. Change the battery, put the drone on pad {pad} and step out of the aisle.", name):
        raise VehicleError(f"sortie {done} is done; sortie {name} needs a fresh battery", remedy=remedy)


def ask_to_go_on(outcome: FlightOutcome) -> bool:
    """Return whether a flight that an empty battery broke off shall be gone on with at once; after any other ending never."""
    if outcome.trouble != "battery_low" and not any(word in outcome.reason for word in _BATTERY_WORDS):
        return False
    out.print(f"Sortie {outcome.sortie}: {outcome.reason}.")
    return _is_agreed("Fetch the drone, change the battery, put it on its pad and step out of the aisle.", outcome.sortie)


def _is_agreed(what_to_do: str, name: str) -> bool:
    if not sys.stdin.isatty():
        return False
    out.print(what_to_do)
    return confirm(f"Is that done, and may flight {name} begin?")
