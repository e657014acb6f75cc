"""Sites to plan on: one that a test bends as it likes, and random ones for laws."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from warehouse.camera import CameraModel
from warehouse.coordinates import Anchor, along_from_heading
from warehouse.layout import Aisle, Bin, BinKind, HomePad, KeepOut, Layout
from warehouse.locations import LocationPattern
from warehouse.site import Drone, LabelRules, Site
from warehouse.site_file import load_site

SHARP_SITE = Path(__file__).parents[2] / "benchmarks" / "sites" / "sharp"
PATTERN = LocationPattern(r"(?P<aisle>[A-Z])(?P<bay>[LR]\d\d)-(?P<level>\d)")
ANCHOR = Anchor(latitude_deg=38.6255, longitude_deg=-0.5730, altitude_amsl_m=820.0, heading_deg=20.0)


def demo_site() -> Site:
    return load_site(SHARP_SITE)


def with_drone(site: Site, **changes: Any) -> Site:
    return replace(site, drone=replace(site.drone, **changes))


def with_cameras(site: Site, **changes: Any) -> Site:
    return replace(site, cameras=tuple(replace(c, **changes) for c in site.cameras))


def with_labels(site: Site, **changes: Any) -> Site:
    return replace(site, labels=replace(site.labels, **changes))


def with_layout(site: Site, **changes: Any) -> Site:
    layout = site.layout
    fields = {
        name: getattr(layout, name)
        for name in ("pattern", "anchor", "aisles", "bins", "keep_outs", "home_pads", "tunnels", "ceiling_m")
    }
    return replace(site, layout=Layout(**(fields | changes)))


def with_bins(site: Site, **changes: Any) -> Site:
    """Change fields of every bin of the site."""
    return with_layout(site, bins=tuple(replace(b, **changes) for b in site.layout.bins))


def random_site(seed: int) -> Site:
    """Return a building with one or two aisles of any heading, uneven bins, boxes in the way, and some drone, camera and label."""
    rng = np.random.default_rng(seed)
    heading = rng.uniform(0, 360)
    aisles = tuple(_aisle(rng, "AB"[i], i, heading) for i in range(rng.integers(1, 3)))
    bins = tuple(b for aisle in aisles for side in ("left", "right") for b in _bins(rng, aisle, side))
    layout = Layout(
        pattern=PATTERN,
        anchor=replace(ANCHOR, heading_deg=rng.uniform(0, 360)),
        aisles=aisles,
        bins=bins,
        keep_outs=tuple(_keep_out(rng, aisles[rng.integers(len(aisles))], i) for i in range(rng.integers(0, 4))),
        home_pads=tuple(
            HomePad(name=f"pad {i + 1}", position_m=_before(aisle, rng.uniform(-5, 0.5), rng.uniform(-2, 2)))
            for i, aisle in enumerate(aisles)
        ),
    )
    mounting = (("left",), ("right",), ("left", "right"))[rng.integers(3)]
    size, focal = ((3280, 2464), (4096, 3000), (2464, 3280))[rng.integers(3)], rng.uniform(0.9, 1.9)
    low = rng.uniform(0.0, 0.45)
    return Site(
        name=f"random {seed}",
        layout=layout,
        drone=_drone(rng),
        cameras=tuple(_camera(rng, side, size, size[0] * focal) for side in mounting),
        labels=LabelRules(
            symbologies=("Code128",),
            narrowest_bar_mm=rng.uniform(0.6, 1.3),
            width_mm=rng.uniform(70, 160),
            height_mm=rng.uniform(70, 220),
            lowest_m=low,
            highest_m=low + rng.uniform(0.22, 0.4),
        ),
        digest="0" * 64,
    )


def _aisle(rng: np.random.Generator, name: str, number: int, heading_deg: float) -> Aisle:
    """Return an aisle; the second one runs beside the first or stands somewhere else at another heading."""
    is_beside = number == 0 or rng.random() < 0.6
    x, y, _ = along_from_heading(heading_deg)
    apart = number * (rng.uniform(5.5, 7) if is_beside else 25)
    return Aisle(
        name=name,
        start_m=(float(apart * y), float(-apart * x)),
        heading_deg=heading_deg if is_beside else rng.uniform(0, 360),
        length_m=rng.uniform(3, 9),
        width_m=rng.uniform(1.4, 3.6),
    )


def _bins(rng: np.random.Generator, aisle: Aisle, side: str) -> list[Bin]:
    bins: list[Bin] = []
    face = aisle.face(side)
    start = rng.uniform(0, 1)
    for bay in range(rng.integers(1 if side == "left" else 0, 6)):
        width = rng.uniform(0.6, 1.4)
        if start + width > aisle.length_m:
            break
        base = rng.uniform(0, 0.3)
        for level in range(rng.integers(1, 5)):
            height, along = rng.uniform(0.3, 1.8), start + width / 2
            centre = face.point_m(along, base + height / 2)
            bins.append(
                Bin(
                    code=PATTERN.parse(f"{aisle.name}{side[0].upper()}{bay:02d}-{level}"),
                    face=face.name,
                    centre_m=(float(centre[0]), float(centre[1]), float(centre[2])),
                    along_m=along,
                    width_m=width,
                    height_m=height,
                    depth_m=rng.uniform(0.8, 1.2),
                    kind=[*[BinKind.NORMAL] * 20, *BinKind][rng.integers(20 + len(BinKind))],
                )
            )
            base += height + rng.uniform(0.05, 0.3)
        start += width + rng.uniform(0, 0.5)
    return bins


def _before(aisle: Aisle, along_m: float, right_m: float) -> tuple[float, float]:
    x, y, _ = along_from_heading(aisle.heading_deg)
    return (float(aisle.start_m[0] + along_m * x + right_m * y), float(aisle.start_m[1] + along_m * y - right_m * x))


def _keep_out(rng: np.random.Generator, aisle: Aisle, number: int) -> KeepOut:
    x, y = _before(aisle, rng.uniform(-4, aisle.length_m + 2), rng.uniform(-2, 2))
    low, size = rng.uniform(0, 5), rng.uniform(0.1, 1.5, size=3)
    return KeepOut(
        name=f"box {number}",
        min_m=(x, y, low),
        max_m=(float(x + size[0]), float(y + size[1]), float(low + size[2])),
    )


def _drone(rng: np.random.Generator) -> Drone:
    low = rng.uniform(0.3, 0.9)
    return Drone(
        name="random",
        radius_m=rng.uniform(0.2, 0.4),
        clearance_m=rng.uniform(0.2, 0.4),
        cruise_mps=rng.uniform(0.4, 2.0),
        climb_mps=rng.uniform(0.3, 1.0),
        min_height_m=low,
        max_height_m=low + rng.uniform(2, 8),
        battery_wh=float(rng.choice([9.0, 15.0, 100.0])),
        hover_w=300.0,
        reserve=0.2,
    )


def _camera(rng: np.random.Generator, side: str, size: tuple[int, int], focal: float) -> CameraModel:
    return CameraModel(
        side=side,
        size_px=size,
        focal_px=(focal, focal),
        centre_px=((size[0] - 1) / 2 + rng.uniform(-30, 30), (size[1] - 1) / 2 + rng.uniform(-30, 30)),
        distortion=(rng.uniform(-0.15, 0.1), rng.uniform(0, 0.02)),
        exposure_s=rng.uniform(0.0002, 0.002),
        min_interval_s=rng.uniform(0.1, 0.4),
        offset_body_m=(rng.uniform(-0.1, 0.1), rng.uniform(0, 0.15) * (1 if side == "right" else -1), rng.uniform(-0.1, 0.1)),
    )
