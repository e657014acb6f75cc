"""Halls drawn by lot to plan on: aisles at any heading, pads, boxes askew, low ceilings, weak and strong batteries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from warehouse.coordinates import along_from_heading
from warehouse.layout import Aisle, Bin, BinKind, HomePad, KeepOut, Layout
from warehouse.locations import LocationPattern
from warehouse.site import LabelRules, Site
from warehouse.site_file import load_site

SHARP_SITE = Path(__file__).parent / "sites" / "sharp"
_PATTERN = LocationPattern(r"(?P<aisle>A[0-9]{2})-(?P<bay>[LR][0-9]{2})-(?P<level>[0-9])-(?P<slot>[0-9])")
_DEPTH_M, _GAP_M, _UPRIGHT_M, _BEAM_M = 1.1, 0.2, 0.10, 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Hall:
    """What is drawn by lot."""

    aisles: int
    bays: int
    levels: int
    slots: int
    bay_m: float
    level_m: float
    width_m: float
    heading_deg: float
    pads: int
    boxes: int
    ceiling_m: float
    battery_wh: float
    cameras: tuple[str, ...]
    bars: str

    @property
    def length_m(self) -> float:
        """Of an aisle."""
        return self.bays * (self.bay_m + _UPRIGHT_M) + _UPRIGHT_M

    @property
    def pitch_m(self) -> float:
        """From the middle of one aisle to that of the next."""
        return self.width_m + 2 * _DEPTH_M + _GAP_M


def draw_hall(rng: np.random.Generator, *, most_aisles: int = 12, bays: tuple[int, int] = (2, 24)) -> Hall:
    """Return a hall drawn by lot."""
    levels = int(rng.integers(2, 7))
    level_m = float(rng.uniform(1.2, 1.9))
    return Hall(
        aisles=int(rng.integers(1, most_aisles + 1)),
        bays=int(rng.integers(bays[0], bays[1] + 1)),
        levels=levels,
        slots=int(rng.integers(1, 4)),
        bay_m=2.7,
        level_m=level_m,
        width_m=float(rng.uniform(2.2, 3.8)),
        heading_deg=float(rng.choice([0.0, 90.0, rng.uniform(0, 360)])),
        pads=int(rng.integers(1, 4)),
        boxes=int(rng.integers(0, 5)),
        ceiling_m=levels * level_m + float(rng.uniform(-0.8, 1.5)),
        battery_wh=float(rng.choice([65.0, 99.0, 150.0])),
        cameras=(("right",), ("left",), ("left", "right"))[int(rng.integers(3))],
        bars=str(rng.choice(["any", "any", "upright"])),
    )


def build_site(hall: Hall, rng: np.random.Generator, *, name: str = "hall") -> Site:
    """Return the site of a hall; bins that are missing or not used, boxes and pads are drawn by lot."""
    demo = load_site(SHARP_SITE)
    x, y, _ = along_from_heading(hall.heading_deg)
    length, pitch = hall.length_m, hall.pitch_m

    def at(right_m: float, along_m: float) -> tuple[float, float]:
        return (round(float(right_m * y + along_m * x), 4), round(float(-right_m * x + along_m * y), 4))

    aisles = tuple(
        Aisle(
            name=f"A{i + 1:02d}",
            start_m=at(i * pitch, 0.0),
            heading_deg=hall.heading_deg,
            length_m=length,
            width_m=hall.width_m,
            ceiling_m=max(2.5, float(rng.uniform(0.6, 1.1)) * hall.ceiling_m) if rng.random() < 0.2 else None,
        )
        for i in range(hall.aisles)
    )
    bins = tuple(b for aisle in aisles for side in ("left", "right") for b in _bins(hall, aisle, side, rng))
    room = demo.drone.radius_m + demo.drone.clearance_m
    before = room + 0.3
    pads = [at(float(rng.integers(hall.aisles)) * pitch + float(rng.uniform(-1, 1)), -float(rng.uniform(before, before + 3)))]
    for _ in range(hall.pads - 1):
        is_behind = rng.random() < 0.5
        along = length + float(rng.uniform(before, before + 3)) if is_behind else -float(rng.uniform(before, before + 3))
        pads.append(at(float(rng.uniform(0, max(0.1, (hall.aisles - 1) * pitch))), along))
    layout = Layout(
        pattern=_PATTERN,
        anchor=replace(demo.layout.anchor, heading_deg=float(rng.uniform(0, 360))),
        aisles=aisles,
        bins=bins,
        keep_outs=tuple(_box(hall, rng, at, i) for i in range(hall.boxes)),
        ceiling_m=max(2.5, hall.ceiling_m + float(rng.uniform(0.0, 1.0))) if rng.random() < 0.5 else None,
        home_pads=tuple(HomePad(name=f"pad {i + 1}", position_m=place) for i, place in enumerate(pads)),
    )
    return replace(
        demo,
        name=name,
        layout=layout,
        drone=replace(demo.drone, battery_wh=hall.battery_wh, max_height_m=max(2.0, hall.ceiling_m), cruise_mps=1.2),
        cameras=tuple(
            replace(demo.cameras[0], side=side, offset_body_m=(0.0, 0.10 if side == "right" else -0.10, 0.0))
            for side in hall.cameras
        ),
        labels=_labels(demo.labels, hall),
        digest="0" * 64,
    )


def _labels(labels: LabelRules, hall: Hall) -> LabelRules:
    return replace(labels, bars=hall.bars)


def _bins(hall: Hall, aisle: Aisle, side: str, rng: np.random.Generator) -> list[Bin]:
    face = aisle.face(side)
    width, height = hall.bay_m / hall.slots, hall.level_m - _BEAM_M
    kinds = [*[BinKind.NORMAL] * 60, BinKind.UNUSED, BinKind.FORBIDDEN]
    bins = []
    for bay in range(hall.bays):
        if rng.random() < 0.04:
            continue  # a passage, or a bay that was taken out
        for level in range(hall.levels):
            for slot in range(hall.slots):
                along = _UPRIGHT_M + bay * (hall.bay_m + _UPRIGHT_M) + (slot + 0.5) * width
                base = 0.05 + level * hall.level_m
                centre = face.point_m(along, base + height / 2)
                bins.append(
                    Bin(
                        code=_PATTERN.parse(f"{aisle.name}-{side[0].upper()}{bay + 1:02d}-{level + 1}-{slot + 1}"),
                        face=face.name,
                        centre_m=(float(centre[0]), float(centre[1]), float(centre[2])),
                        along_m=along,
                        width_m=width,
                        height_m=height,
                        depth_m=_DEPTH_M,
                        kind=kinds[int(rng.integers(len(kinds)))],
                    )
                )
    return bins


def _box(hall: Hall, rng: np.random.Generator, at: Callable[[float, float], tuple[float, float]], number: int) -> KeepOut:
    """Return a pipe or lamp in an aisle, or something that stands on the floor before the racks."""
    right = float(rng.uniform(-2, (hall.aisles - 1) * hall.pitch_m + 2))
    is_above = rng.random() < 0.6
    beside = float(rng.choice([-1.0, 1.0]) * rng.uniform(2.5, 6.0) + hall.length_m * rng.integers(2))
    x, y = at(right, float(rng.uniform(0, hall.length_m)) if is_above else beside)
    low = float(rng.uniform(0.5, 1.0)) * hall.ceiling_m if is_above else 0.0
    size = rng.uniform(0.2, 1.2, size=3)
    return KeepOut(
        name=f"box {number + 1}",
        min_m=(x, y, low),
        max_m=(x + float(size[0]), y + float(size[1]), low + float(size[2])),
        heading_deg=float(rng.choice([0.0, rng.uniform(0, 360)])),
    )
