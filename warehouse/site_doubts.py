"""What a site folder may say and hardly means: racks in one another, aisles too narrow, labels out of reach, pads in racks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

from warehouse.layout import Layout, RackFace
from warehouse.site import Site

_OVERLAP_M = 0.05
"""Racks back to back are measured to some centimetres."""
_MOST_OF_A_KIND = 5

Corners = list[tuple[float, float]]


def site_doubts(site: Site) -> list[str]:
    """Return what a person should look at, a line each; none for a site in order."""
    return [line for kind in (_racks(site.layout), _widths(site), _heights(site), _pads(site)) for line in _first(list(kind))]


def _first(lines: Sequence[str]) -> list[str]:
    more = [f"and {len(lines) - _MOST_OF_A_KIND} more of this kind"] if len(lines) > _MOST_OF_A_KIND else []
    return [*lines[:_MOST_OF_A_KIND], *more]


def _racks(layout: Layout) -> Iterator[str]:
    outlines = {name: rack_outline(layout, face) for name, face in layout.faces.items()}
    for (a, corners_a), (b, corners_b) in combinations(outlines.items(), 2):
        deep = _overlap_m(corners_a, corners_b)
        if deep > _OVERLAP_M:
            yield f"the racks {a} and {b} stand {deep:.2f} m in one another: look at start_m, width_m and depth_m"


def _widths(site: Site) -> Iterator[str]:
    needed = 2 * (site.drone.radius_m + site.drone.clearance_m)
    for aisle in site.layout.aisles:
        if aisle.width_m < needed:
            yield f"aisle {aisle.name} is {aisle.width_m:.2f} m wide; the drone with its clearance needs {needed:.2f} m"


def _heights(site: Site) -> Iterator[str]:
    for aisle in site.layout.aisles:
        _, highest = site.heights_m(aisle.name)
        bases = {
            b.base_m
            for side in ("left", "right")
            if (face := f"{aisle.name}-{side}") in site.layout.faces
            for b in site.layout.bins_of_face(face)
            if b.kind.is_observable and b.base_m + site.labels.highest_m > highest + 0.5
        }
        if bases:
            yield (
                f"aisle {aisle.name}: labels of pallets that stand {min(bases):.2f} m or higher hang well above the"
                f" {highest:.2f} m to which the drone may rise (max_height_m, ceiling_m)"
            )


def _pads(site: Site) -> Iterator[str]:
    layout = site.layout
    for pad in layout.home_pads:
        (x, y) = pad.position_m
        for name, face in layout.faces.items():
            corners = rack_outline(layout, face)
            if _overlap_m(corners, [(x - 0.1, y - 0.1), (x + 0.1, y - 0.1), (x + 0.1, y + 0.1), (x - 0.1, y + 0.1)]) > 0:
                yield f"{pad.name} lies in the rack {name}: give it a free spot on the floor"


def rack_outline(layout: Layout, face: RackFace) -> Corners:
    """Return the corners, on the floor plan, of a rack as far as it has locations."""
    bins = layout.bins_of_face(face.name)
    low, high = min(b.along_m - b.width_m / 2 for b in bins), max(b.along_m + b.width_m / 2 for b in bins)
    deep = sum(layout.depths_m(face.name))
    (x, y, _), (ax, ay, _), (ox, oy, _) = face.origin_m, face.along, face.outward
    return [(x + a * ax - d * ox, y + a * ay - d * oy) for a, d in ((low, 0.0), (high, 0.0), (high, deep), (low, deep))]


def _overlap_m(a: Corners, b: Corners) -> float:
    """Return by how much two rectangles must be moved to part them; 0 when they do not overlap (separating axes)."""
    least = math.inf
    for corners in (a, b):
        for i in (0, 1):
            (x0, y0), (x1, y1) = corners[i], corners[i + 1]
            length = math.hypot(x1 - x0, y1 - y0)
            ux, uy = (x1 - x0) / length, (y1 - y0) / length
            on_a, on_b = [x * ux + y * uy for x, y in a], [x * ux + y * uy for x, y in b]
            shared = min(max(on_a), max(on_b)) - max(min(on_a), min(on_b))
            if shared <= 0:
                return 0.0
            least = min(least, shared)
    return least
