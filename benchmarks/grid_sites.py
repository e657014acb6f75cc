"""Site folders of any size to plan on: parallel aisles as `aislescan site new` makes them, with a pad before every few of them."""

from __future__ import annotations

import math
from pathlib import Path

from warehouse.site_file import load_site
from warehouse.site_new import new_site

_PAD = '\n[[home_pad]]\nname = "pad {number}"\nposition_m = [{x:.2f}, {y:.2f}]\n'
_BEFORE_AISLE_M = 2.5


def write_grid_site(
    folder: Path, n_locations: int, *, bays: int = 20, levels: int = 5, slots: int = 3, aisles_a_pad: int = 4
) -> int:
    """Write a site of about `n_locations` and return how many it has; the number of aisles grows with it, nothing else does."""
    aisles = max(1, math.ceil(n_locations / (2 * bays * levels * slots)))
    new_site(
        folder,
        name=f"{n_locations} locations",
        aisles=aisles,
        bays=bays,
        levels=levels,
        slots=slots,
        bay_width_m=2.7,
        level_height_m=1.45,
        aisle_width_m=3.2,
    )
    path = folder / "site.toml"
    starts = [aisle.start_m for aisle in load_site(folder).layout.aisles]
    pads = [
        _PAD.format(number=number, x=x, y=y - _BEFORE_AISLE_M)
        for number, (x, y) in enumerate(starts[aisles_a_pad::aisles_a_pad], start=2)
    ]
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\n[drone]", "".join(pads) + "\n[drone]", 1), encoding="utf-8")
    return aisles * 2 * bays * levels * slots
