"""What the page asks for again and again, as small a JSON document as can be: everything that changed since a version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inventory.report.elevation import Elevation
from inventory.watching.following import RunFollower, RunSight
from inventory.watching.telling import bars, drones, headline, later_flights, next_step, place_in_aisle
from warehouse.flight_sight import DroneSight
from warehouse.site import Site
from warehouse.texts import Texts

Document = dict[str, Any]


def state_document(follower: RunFollower, sight: RunSight, elevations: Sequence[Elevation], t: Texts, *, since: int) -> Document:
    """Return the document for a page that has seen version `since`; -1: nothing yet.

    `bins` names by state the places (indices in the order of the layout) that changed; `marks` say where a drone is drawn: index of
    the rack face, x, y in its drawing, and which of the drones it is.
    """
    places = follower.places
    return {
        "version": places.version,
        "stage": sight.stage.value,
        "headline": headline(sight, t),
        "next": next_step(sight, t, follower.run),
        "later": later_flights(sight, t),
        "bars": [[bar.key, bar.name, bar.n_done, bar.n_total] for bar in bars(sight, t)],
        "drones": [
            [drone.name, [[row.name, row.words, row.is_alarm] for row in drone.rows]] for drone in drones(sight, follower.site, t)
        ],
        "marks": [mark for drone in sight.flights.drones for mark in _marks(drone, follower.site, elevations)],
        "bins": places.changes(since),
        "counts": places.counts,
        "over": sight.is_over,
    }


def faces_of(drone: DroneSight, site: Site) -> tuple[str, ...]:
    """Return the rack faces that a drone is drawn before: those it photographs, otherwise both of the aisle it is in."""
    if drone.faces or drone.position_m is None or drone.ended:
        return drone.faces
    found = place_in_aisle(site, drone.position_m)
    return () if found is None else tuple(name for name, face in site.layout.faces.items() if face.aisle == found[0])


def _marks(drone: DroneSight, site: Site, elevations: Sequence[Elevation]) -> list[list[Any]]:
    marks = []
    for name in faces_of(drone, site):
        index = next((i for i, e in enumerate(elevations) if e.face.name == name), None)
        if index is None or drone.position_m is None:
            continue
        x, y = drawn_at(elevations[index], drone.position_m)
        marks.append([index, round(x), round(y), drone.drone])
    return marks


def drawn_at(elevation: Elevation, position_m: tuple[float, float, float]) -> tuple[float, float]:
    """Return where a drone is drawn, kept within the drawing."""
    face = elevation.face
    along = sum((p - o) * a for p, o, a in zip(position_m, face.origin_m, face.along, strict=True))
    x, y = elevation.point(min(max(along, -0.3), face.length_m + 0.3), max(position_m[2], 0.0))
    return x, max(y, 24.0)
