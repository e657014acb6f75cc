"""What a sound flight of a mission keeps to: its way, its time, its photos."""

from __future__ import annotations

from mission.flying.flight_path import FlightPath
from mission.flying.supervision import Expected
from mission.records import Lane, MissionItem, Sortie
from warehouse.site import Site

OFF_PATH_SHARE = 0.75
"""Of the drone's clearance: so far off its way a drone is landed, before it touches what stands beside it."""
LEAST_PHOTO_GAP_S, MISSED_PHOTOS = 3.0, 6
"""So long, or so many photos long, a camera may be silent on a lane."""


def longest_photo_gap_s(lane: Lane) -> float:
    """Return for how long a camera may be silent on a lane."""
    return max(LEAST_PHOTO_GAP_S, MISSED_PHOTOS * lane.photo_spacing_m / lane.speed_mps)


def expected_of(site: Site, sortie: Sortie, items: tuple[MissionItem, ...], *, heeds_glides: bool = True) -> Expected:
    """Return what a sound flight of `items` keeps to."""
    gaps = {}
    for seq, item in enumerate(items, start=1):
        if item.lane is not None and item.locations:
            gaps[seq] = longest_photo_gap_s(sortie.lanes[item.lane])
    return Expected(
        longest_s=2.0 * sortie.time_s + 60.0,
        path=FlightPath(site.layout.anchor, items),
        off_path_m=OFF_PATH_SHARE * site.drone.clearance_m,
        heeds_glides=heeds_glides,
        longest_photo_gap_s=gaps,
    )
