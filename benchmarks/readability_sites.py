"""Sites drawn by lot to judge the planner's word on readability: drones, cameras and labels from hopeless to lavish."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from sitl.stock import Stock
from warehouse.camera import CameraModel
from warehouse.site import LabelRules, Site
from warehouse.site_file import load_site

SHARP_SITE = Path(__file__).parent / "sites" / "sharp"
_EDGE_M = 0.05


def draw_site(rng: np.random.Generator, symbology: str) -> Site:
    """Return the demo's rack with a drone, a camera and labels drawn by lot."""
    site = load_site(SHARP_SITE)
    bar_mm = float(np.exp(rng.uniform(np.log(0.25), np.log(1.2))))
    if symbology == "Code128":
        width_mm, height_mm = max(60.0, 212 * bar_mm), float(rng.uniform(100, 180))
    else:
        width_mm = height_mm = max(60.0, 75 * bar_mm)
    low = float(rng.uniform(0.2, 0.5))
    labels = LabelRules(
        symbologies=(symbology,),
        narrowest_bar_mm=bar_mm,
        width_mm=width_mm,
        height_mm=height_mm,
        lowest_m=low,
        highest_m=low + height_mm / 1000 + float(rng.uniform(0.02, 0.2)),
        setback_m=float(rng.uniform(0.02, 0.15)),
        looks=int(rng.integers(1, 3)),
    )
    drone = replace(site.drone, radius_m=float(rng.uniform(0.2, 0.5)), cruise_mps=float(rng.uniform(0.3, 2.5)), battery_wh=300.0)
    return replace(site, labels=labels, drone=drone, cameras=(_camera(rng),))


def _camera(rng: np.random.Generator) -> CameraModel:
    size = ((2048, 1536), (1536, 2048), (2448, 2048))[int(rng.integers(3))]
    focal = float(rng.uniform(1500, 6000))
    has_lens_data = rng.random() < 0.4
    return CameraModel(
        side="right",
        size_px=size,
        focal_px=(focal, focal),
        centre_px=((size[0] - 1) / 2, (size[1] - 1) / 2),
        distortion=(float(rng.uniform(-0.1, 0.05)), 0.0),
        exposure_s=float(np.exp(rng.uniform(np.log(0.0002), np.log(0.02)))),
        min_interval_s=float(rng.uniform(0.1, 0.3)),
        offset_body_m=(0.0, 0.10, 0.0),
        f_number=float(rng.uniform(1.4, 5.6)) if has_lens_data else None,
        pixel_um=3.45 if has_lens_data else None,
        focus_m=float(rng.uniform(0.5, 3.0)) if has_lens_data else None,
    )


def placed_anywhere(site: Site, stock: Stock, rng: np.random.Generator) -> Stock:
    """Return the stock with its labels, none of them torn, anywhere that the site's rules allow, as far back as they allow."""
    standing = {}
    for code, load in stock.standing.items():
        label, b = load.label, site.layout.bins_by_code[code]
        if label is None:
            continue
        room = max(0.0, load.width_m / 2 - _EDGE_M - 0.55 * label.width_m)
        low = site.labels.lowest_m + 0.53 * label.height_m
        high = min(site.labels.highest_m, load.height_m, b.height_m) - 0.53 * label.height_m
        placed = replace(
            label,
            right_m=float(rng.uniform(-room, room)),
            above_base_m=float(rng.uniform(low, high)) if high > low else (low + high) / 2,
            is_torn=False,
        )
        standing[code] = replace(load, label=placed, setback_m=float(rng.uniform(0.0, site.labels.setback_m)))
    return replace(stock, standing=standing)
