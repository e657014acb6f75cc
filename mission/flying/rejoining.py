"""Take up again with a vehicle in the air whose program was killed."""

from __future__ import annotations

from collections.abc import Callable

from mission.flying.link import VehicleLink
from mission.flying.mission_transfer import check_mission
from mission.flying.preparation import ask_for_streams, version_of
from mission.flying.vehicle_state import Mode
from mission.records import MissionItem, Sortie
from warehouse.errors import VehicleError
from warehouse.site import Site


class NothingToFlyError(VehicleError):
    """Every lane has been flown, and the drone is down: there is no flight to take up again."""


def is_armed_now(link: VehicleLink) -> bool:
    """Return whether the vehicle has its motors on."""
    link.meet()
    return link.state.is_armed


def rejoin(link: VehicleLink, site: Site, sortie: Sortie, items: tuple[MissionItem, ...], tell: Callable[[str], None]) -> str:
    """Bring a link to a flying vehicle to where its flight can be watched and recorded; return the autopilot's version.

    It is known then where the vehicle is, and to which item it flies. VehicleError when it flies something else than `items`:
    then it is somebody else's, and nothing is commanded.
    """
    tell("the drone is in the air; taking up with it")
    ask_for_streams(link, site)
    version = version_of(link)
    if link.state.mode == Mode.AUTO:
        try:
            check_mission(link, items)
        except VehicleError as error:
            raise VehicleError(
                f"the vehicle is armed already, and does not fly sortie {sortie.name}: {error.what}",
                remedy="have it landed by whoever flies it, then start again",
            ) from error
    link.wait_message("the item that it flies to (MISSION_CURRENT)", ("MISSION_CURRENT",), lambda m: True, lambda: None, 10.0)
    what = "the drone to say where it is"
    link.wait_for(what, lambda: link.state.position_ned_m is not None and link.state.relative_alt_m is not None, 10.0)
    return version
