"""What a site holds, in a few lines that a clerk can check against the hall: the answer of `site check`."""

from __future__ import annotations

import math
from collections import Counter

from warehouse.camera import CameraModel
from warehouse.layout import BinKind, Layout, RackFace
from warehouse.site import Site
from warehouse.site_doubts import site_doubts


def describe_site(site: Site) -> str:
    """Return the aisles, faces and kinds of locations, and what drone and camera can reach, as lines of text."""
    layout = site.layout
    n_hidden = sum(not b.kind.is_observable for b in layout.bins)
    lines = [
        f"{site.name}: {_count(len(layout.aisles), 'aisle')}, {_count(len(layout.faces), 'rack face')}, "
        f"{_count(len(layout.bins), 'location')}" + (f", of which {n_hidden} cannot be looked at" if n_hidden else ""),
    ]
    for aisle in layout.aisles:
        faces = [face for face in layout.faces.values() if face.aisle == aisle.name]
        lines.append(
            f"Aisle {aisle.name}: {aisle.length_m:.1f} m long, {aisle.width_m:.2f} m wide" + ("" if faces else ", no location")
        )
        ceiling = layout.ceiling_over_m(aisle.name)
        if math.isfinite(ceiling):
            lines[-1] += f", ceiling {ceiling:.2f} m"
        lines += [f"  {_face(layout, face)}" for face in faces]
    if site.tags:
        lines.append(_tags(site))
    drone = site.drone
    lines.append(
        f"Drone: {drone.name}; its centre keeps {drone.radius_m + drone.clearance_m:.2f} m from everything"
        f" and scans from {drone.min_height_m:.2f} to {drone.max_height_m:.2f} m"
    )
    lines += [_camera(site, camera) for camera in site.cameras]
    if site.range_sensor is not None:
        sensor = site.range_sensor
        lines.append(f"Range sensor: {sensor.side}, {sensor.min_m:g} to {sensor.max_m:g} m, beam of {sensor.beam_deg:g} degrees")
    if site.smallest_goods is not None:
        goods = site.smallest_goods
        lines.append(f"Smallest goods that stand alone: {goods.height_m:g} m high, {goods.depth_m:g} m deep")
    lines += [f"Look again: {doubt}" for doubt in site_doubts(site)]
    return "\n".join(lines)


def _face(layout: Layout, face: RackFace) -> str:
    bins = layout.bins_of_face(face.name)
    kinds = Counter(b.kind for b in bins)
    named = ", ".join(f"{kinds[kind]} {kind}" for kind in BinKind if kinds[kind])
    lowest, highest = min(b.base_m for b in bins), max(b.base_m for b in bins)
    n_levels = len({b.code.level for b in bins})
    n_tunnels = sum(t.face == face.name for t in layout.tunnels)
    tunnels = f", {_count(n_tunnels, 'tunnel')}" if n_tunnels else ""
    return (
        f"{face.side}: {_count(len(bins), 'location')} ({named}), {_count(n_levels, 'level')}"
        f" with pallets standing {lowest:.2f} to {highest:.2f} m above the floor{tunnels}"
    )


def _tags(site: Site) -> str:
    kinds = Counter(tag.symbology for tag in site.tags)
    named = ", ".join(f"{n} {symbology}" for symbology, n in sorted(kinds.items()))
    n_faces = len({tag.face for tag in site.tags})
    return f"Location tags: {len(site.tags)} ({named}) on {_count(n_faces, 'rack face')}"


def _camera(site: Site, camera: CameraModel) -> str:
    labels = site.labels
    farthest_m = camera.px_per_mm(1.0) * labels.narrowest_bar_mm / labels.least_pixels_per_bar
    width, height = camera.footprint_m(farthest_m)
    text = (
        f"Camera: {camera.side}, {camera.size_px[0] * camera.size_px[1] / 1e6:.1f} megapixels; reads a bar of"
        f" {labels.narrowest_bar_mm:g} mm from up to {farthest_m:.2f} m, where a picture covers {width:.2f} by {height:.2f} m"
    )
    if farthest_m < site.drone.radius_m + site.drone.clearance_m:
        text += "; the drone may not fly that near: it needs a longer lens, more pixels, or labels with wider bars"
    return text


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
