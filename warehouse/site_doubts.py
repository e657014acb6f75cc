"""What a site folder may say and hardly means: racks in one another, aisles too narrow, labels out of reach, pads in racks
or too near to something.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations

from warehouse.layout import Layout, RackFace
from warehouse.site import Site

_OVERLAP_M = 0.05
"""Racks back to back are measured to some centimetres."""
_MOST_OF_A_KIND = 5
_RISES_M = 1.5
"""Plans want free air over a pad up to this height at least."""
_ROUNDING_M = 1e-6

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
    needed = site.drone.radius_m + site.drone.clearance_m
    for pad in layout.home_pads:
        (x, y) = pad.position_m
        is_in_rack = False
        for name, face in layout.faces.items():
            corners = rack_outline(layout, face)
            if _overlap_m(corners, [(x - 0.1, y - 0.1), (x + 0.1, y - 0.1), (x + 0.1, y + 0.1), (x - 0.1, y + 0.1)]) > 0:
                yield f"{pad.name} lies in the rack {name}: give it a free spot on the floor"
                is_in_rack = True
        apart, what = min(_beside(site, pad.position_m), default=(math.inf, ""))
        if not is_in_rack and apart < needed - _ROUNDING_M:
            told = math.floor(apart * 100 + 1e-6) / 100
            yield f"{pad.name} is {told:.2f} m from the {what}; the drone with its clearance needs {needed:.2f} m: move the pad"


def _beside(site: Site, place_m: tuple[float, float]) -> Iterator[tuple[float, str]]:
    """Yield how far each rack and keep-out box is from the upright over a place, as high as the drone rises there."""
    drone, layout = site.drone, site.layout
    for name, face in layout.faces.items():
        (x, y, _), (ax, ay, _) = face.origin_m, face.along
        ox, oy, deep = face.outward[0], face.outward[1], sum(layout.depths_m(name))
        along, inward = (place_m[0] - x) * ax + (place_m[1] - y) * ay, (x - place_m[0]) * ox + (y - place_m[1]) * oy
        yield math.hypot(_outside_m(along, 0.0, face.length_m), _outside_m(inward, 0.0, deep)), f"rack {name}"
    rises_m = min(max(_RISES_M, drone.min_height_m), drone.max_height_m)
    for box in layout.keep_outs:
        x, y = place_m[0] - box.min_m[0], place_m[1] - box.min_m[1]
        sides = [_outside_m(x * ux + y * uy, 0.0, box.max_m[i] - box.min_m[i]) for i, (ux, uy) in enumerate(box.axes)]
        yield math.hypot(*sides, max(0.0, box.min_m[2] - rises_m, -box.max_m[2])), f"keep-out box {box.name}"


def _outside_m(at: float, low: float, high: float) -> float:
    return max(0.0, low - at, at - high)


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
