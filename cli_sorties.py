"""Real drones: how to speak to each, and what to ask the person who changes their batteries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cli_options import VehicleChoice, out
from warehouse.errors import VehicleError

if TYPE_CHECKING:
    from cli_cockpit import Cockpit
    from mission.flying.flight import FlightOutcome
    from mission.flying.transport import Endpoint
    from mission.records import Sortie

_BATTERY_WORDS = ("Battery Failsafe", "Battery 1 is")


def endpoint_of(drone: int, choice: VehicleChoice) -> Endpoint:
    """Return where a real drone (from 1) is and how to speak to it."""
    from mission.flying.transport import Endpoint, read_signing_key

    key = None if choice.signing_key_file is None else read_signing_key(choice.signing_key_file)
    return Endpoint(
        address=choice.endpoints[drone - 1],
        signing_key=key,
        own_system=choice.system_id,
        vehicle_system=choice.vehicle_ids[drone - 1] if choice.vehicle_ids else None,
    )


def ask_for_next(cockpit: Cockpit, done: str, sortie: Sortie) -> None:
    """Ask whether the next sortie may take off; VehicleError when nobody is there to be asked, or says no."""
    name, pad = sortie.name, sortie.home_pad
    remedy = f"change it, put the drone on pad {pad}, step out of the aisle, then give the same command again"
    what = f"Sortie {done} is done. Change the battery, put the drone on pad {pad} and step out of the aisle."
    if not cockpit.is_agreed(sortie.drone, what, name):
        raise VehicleError(f"sortie {done} is done; sortie {name} needs a fresh battery", remedy=remedy)


def ask_to_go_on(cockpit: Cockpit, outcome: FlightOutcome) -> bool:
    """Return whether a flight that an empty battery broke off shall be gone on with at once; after any other ending never."""
    if outcome.trouble != "battery_low" and not any(word in outcome.reason for word in _BATTERY_WORDS):
        return False
    out.print(f"Sortie {outcome.sortie}: {outcome.reason}.")
    what = "Fetch the drone, change the battery, put it on its pad and step out of the aisle."
    return cockpit.is_agreed(outcome.drone, what, outcome.sortie)
