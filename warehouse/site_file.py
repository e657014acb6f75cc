"""Read a site folder: `site.toml`, `layout.csv`, and `tags.csv` where there is one.

Every fault is found in one pass, with file, row and column. The format is described for users in docs/reference/site-format.md.
"""

from __future__ import annotations

import math
import re
from pathlib import Path

from warehouse.camera import CameraModel
from warehouse.coordinates import Anchor
from warehouse.errors import AislescanError, FaultsError
from warehouse.goods import SmallestGoods
from warehouse.layout import Aisle, Bin, HomePad, KeepOut, Layout, Tunnel
from warehouse.layout_file import read_bins
from warehouse.lens import COEFFICIENT_COUNTS, FISHEYE, NORMAL
from warehouse.locations import LocationPattern
from warehouse.range_sensor import RangeSensor
from warehouse.site import Drone, LabelRules, Site
from warehouse.site_csv import LAYOUT_SHAPE, PLAIN_CODES_SHAPE, parse_rows
from warehouse.site_digest import site_digest
from warehouse.symbologies import SYMBOLOGIES
from warehouse.tags import LocationTag
from warehouse.tags_file import read_tags
from warehouse.toml_table import TomlTable, parse_toml

FORMAT = 1
_WIDEST_BEAM_DEG = 15.0


def load_site(folder: Path) -> Site:
    """Return the checked site; raise BadInputError (a file missing, or no TOML) or FaultsError (every fault of all files)."""
    digest = site_digest(folder)
    table = TomlTable(parse_toml(folder / "site.toml"))
    given = table.number("format")
    if not math.isnan(given) and given != FORMAT:
        table.fault("format", f"expected {FORMAT}, the format that this version of aislescan reads")
    site = table.table("site")
    name, pattern = site.text("name"), _pattern(site)
    anchor = _anchor(table.table("anchor"))
    building = table.optional_table("building")
    ceiling_m = None if building is None else building.optional_number("ceiling_m", above=0)
    aisles = tuple(_aisle(t) for t in table.tables("aisle", at_least=1))
    tunnels = tuple(_tunnel(t, aisles) for t in table.tables("tunnel"))
    keep_outs = tuple(_keep_out(t) for t in table.tables("keep_out"))
    pads = tuple(_home_pad(t) for t in table.tables("home_pad", at_least=1))
    drone = _drone(table.table("drone"))
    cameras = read_cameras(table.table("camera"))
    labels = _labels(table.table("label"))
    range_table = table.optional_table("range_sensor")
    range_sensor = None if range_table is None else _range_sensor(range_table)
    goods = table.optional_table("goods")
    smallest_goods = None if goods is None else _smallest_goods(goods)
    _unique(table, "aisle", [a.name for a in aisles])
    _unique(table, "home_pad", [p.name for p in pads])
    table.refuse_unknown()
    raw = (folder / "layout.csv").read_bytes()
    bins, layout_faults = _bins(raw, pattern, aisles, tunnels, is_plain=bool(site.values) and "location_pattern" not in site.values)
    tags, tag_faults = _tags(folder / "tags.csv", aisles, () if layout_faults else bins)
    faults = [f"site.toml, {fault}" for fault in table.faults] + [f"layout.csv, {fault}" for fault in layout_faults]
    faults += [f"tags.csv, {fault}" for fault in tag_faults]
    if faults:
        raise FaultsError(str(folder), faults, remedy=f"mend these places, then: aislescan site check {folder}")
    layout = Layout(
        pattern=pattern,
        anchor=anchor,
        aisles=aisles,
        bins=bins,
        keep_outs=keep_outs,
        home_pads=pads,
        tunnels=tunnels,
        ceiling_m=ceiling_m,
    )
    return Site(
        name=name,
        layout=layout,
        drone=drone,
        cameras=cameras,
        labels=labels,
        digest=digest,
        tags=tags,
        range_sensor=range_sensor,
        smallest_goods=smallest_goods,
    )


def _tags(path: Path, aisles: tuple[Aisle, ...], bins: tuple[Bin, ...]) -> tuple[tuple[LocationTag, ...], list[str]]:
    return read_tags(path.read_bytes(), {a.name: a for a in aisles}, bins) if path.is_file() else ((), [])


def _bins(
    raw: bytes, pattern: LocationPattern | None, aisles: tuple[Aisle, ...], tunnels: tuple[Tunnel, ...], *, is_plain: bool
) -> tuple[tuple[Bin, ...], list[str]]:
    """Return bins and faults; `is_plain`: the site says of its codes that they tell nothing."""
    rows, faults = parse_rows(raw, PLAIN_CODES_SHAPE if is_plain else LAYOUT_SHAPE)
    if pattern is None and not is_plain:  # said already; without it no row can be judged
        return (), faults
    bins, row_faults = read_bins(rows, pattern, {a.name: a for a in aisles}, tunnels)
    if not rows and not faults:
        faults.append("row 2: no location at all; expected one row a location")
    return bins, faults + row_faults


def _unique(table: TomlTable, key: str, names: list[str]) -> None:
    for name in sorted({n for n in names if n and names.count(n) > 1}):
        table.fault(key, f"the name {name!r} is used more than once")


def _pattern(site: TomlTable) -> LocationPattern | None:
    regex, example = site.optional_text("location_pattern"), site.optional_text("location_example")
    if regex is not None and example is None:
        site.fault("location_example", "missing; expected one of your locations in quotes, to prove the pattern")
    if not regex:
        return None
    try:
        pattern = LocationPattern(regex)
    except AislescanError as error:
        site.fault("location_pattern", f"{error.what.removeprefix('location_pattern ')}; {error.remedy}")
        return None
    if example and pattern.match(example) is None:
        site.fault("location_example", f"{example!r} does not fit location_pattern {regex!r}")
    return pattern


def _anchor(t: TomlTable) -> Anchor:
    return Anchor(
        latitude_deg=t.between("latitude_deg", -89, 89),
        longitude_deg=t.between("longitude_deg", -180, 180),
        altitude_amsl_m=t.number("altitude_amsl_m"),
        heading_deg=t.number("heading_deg"),
    )


def _aisle(t: TomlTable) -> Aisle:
    start = t.numbers("start_m", 2)
    return Aisle(
        name=t.text("name"),
        start_m=(start[0], start[1]),
        heading_deg=t.number("heading_deg"),
        length_m=t.number("length_m", above=0),
        width_m=t.number("width_m", above=0),
        ceiling_m=t.optional_number("ceiling_m", above=0),
    )


def _tunnel(t: TomlTable, aisles: tuple[Aisle, ...]) -> Tunnel:
    name, side = t.text("aisle"), t.text("side")
    aisle = next((a for a in aisles if a.name == name), None)
    if name and aisle is None:
        t.fault("aisle", f"unknown aisle {name!r}; the site has {', '.join(a.name for a in aisles) or 'none'}")
    if side not in ("", "left", "right"):
        t.fault("side", f'expected "left" or "right" (walking from the start of the aisle), got {side!r}')
    low, high = t.numbers("along_m", 2)
    if low < 0 or low >= high or (aisle is not None and high > aisle.length_m + 0.01):
        reach = "" if aisle is None else f", within the aisle (0 to {aisle.length_m:g} m)"
        t.fault("along_m", f"expected where the tunnel begins and where it ends{reach}, got {low:g} and {high:g}")
    return Tunnel(face=f"{name}-{side}", from_m=low, to_m=high, height_m=t.number("height_m", above=0))


def _keep_out(t: TomlTable) -> KeepOut:
    low, high = t.numbers("min_m", 3), t.numbers("max_m", 3)
    if any(a >= b for a, b in zip(low, high, strict=True)):
        t.fault("max_m", f"expected every value above min_m {list(low)}, got {list(high)}")
    return KeepOut(
        name=t.text("name"),
        min_m=(low[0], low[1], low[2]),
        max_m=(high[0], high[1], high[2]),
        heading_deg=t.number("heading_deg", default=0.0),
    )


def _home_pad(t: TomlTable) -> HomePad:
    p = t.numbers("position_m", 2)
    return HomePad(name=t.text("name"), position_m=(p[0], p[1]))


def _drone(t: TomlTable) -> Drone:
    reserve = t.number("reserve", least=0, default=0.25)
    if reserve >= 1:
        t.fault("reserve", f"expected a share below 1, got {reserve:g}")
    low, high = t.number("min_height_m", above=0), t.number("max_height_m", above=0)
    if high <= low:
        t.fault("max_height_m", f"expected more than min_height_m {low:g}, got {high:g}")
    return Drone(
        name=t.text("name"),
        radius_m=t.number("radius_m", above=0),
        clearance_m=t.number("clearance_m", least=0),
        cruise_mps=t.number("cruise_mps", above=0),
        climb_mps=t.number("climb_mps", above=0),
        min_height_m=low,
        max_height_m=high,
        battery_wh=t.number("battery_wh", above=0),
        hover_w=t.number("hover_w", above=0),
        reserve=reserve,
        climb_w=t.optional_number("climb_w", above=0),
        cruise_w=t.optional_number("cruise_w", above=0),
        swap_s=t.number("swap_s", default=120.0, least=0),
        position_error_m=t.optional_number("position_error_m", above=0),
    )


def read_cameras(t: TomlTable) -> tuple[CameraModel, ...]:
    """Return the one or two cameras of a table `[camera]`; none after a fault, which the table then holds."""
    n_faults = len(t.faults)
    mounting = t.text("mounting", default="right")
    if mounting not in ("", "left", "right", "both"):
        t.fault("mounting", f'expected "left", "right" or "both", got {mounting!r}')
    width, height = t.numbers("size_px", 2)
    if any(pixels < 1 or not pixels.is_integer() for pixels in (width, height) if math.isfinite(pixels)):
        t.fault("size_px", f"expected width and height in whole pixels, got {width:g} and {height:g}")
    focal = _focal(t)
    centre = t.numbers("centre_px", 2, default=((width - 1) / 2, (height - 1) / 2))
    lens = t.text("lens", default=NORMAL)
    if lens not in ("", *COEFFICIENT_COUNTS):
        t.fault("lens", f'expected "{NORMAL}" or "{FISHEYE}", got {lens!r}')
    counts = COEFFICIENT_COUNTS.get(lens, COEFFICIENT_COUNTS[NORMAL])
    distortion = t.some_numbers("distortion", counts, default=(0.0,) * counts[0])
    forward, outward, down = t.numbers("offset_m", 3, default=(0.0, 0.0, 0.0))
    exposure, interval = t.number("exposure_s", above=0), t.number("min_interval_s", above=0)
    f_number, pixel_um = t.optional_number("f_number", above=0), t.optional_number("pixel_um", above=0)
    focus_m = t.optional_number("focus_m", above=0)
    if (f_number is None) != (pixel_um is None):
        t.fault("f_number", "expected together with pixel_um: the depth of field follows from both")
    if len(t.faults) > n_faults:
        return ()
    cameras = tuple(
        CameraModel(
            side=side,
            size_px=(int(width), int(height)),
            focal_px=focal,
            centre_px=(centre[0], centre[1]),
            distortion=distortion,
            lens=lens,
            exposure_s=exposure,
            min_interval_s=interval,
            offset_body_m=(forward, outward if side == "right" else -outward, down),
            f_number=f_number,
            pixel_um=pixel_um,
            focus_m=focus_m,
        )
        for side in (("left", "right") if mounting == "both" else (mounting,))
    )
    if not cameras[0].covers_its_picture():
        t.fault("distortion", f"{list(distortion)} folds the picture over inside its corners; check k1, k2 and focal_px")
    return cameras


def _focal(t: TomlTable) -> tuple[float, float]:
    """Return the focal length across and down; one number stands for both."""
    if isinstance(t.values.get("focal_px"), list):
        across, down = t.numbers("focal_px", 2)
        if across <= 0 or down <= 0:
            t.fault("focal_px", f"expected two numbers above 0, got {across:g} and {down:g}")
        return across, down
    focal = t.number("focal_px", above=0)
    return focal, focal


def _range_sensor(t: TomlTable) -> RangeSensor:
    side = t.text("side")
    if side not in ("", "left", "right"):
        t.fault("side", f'expected "left" or "right", got {side!r}')
    beam_deg = t.number("beam_deg", above=0)
    if beam_deg > _WIDEST_BEAM_DEG:
        t.fault("beam_deg", f"expected a full angle of {_WIDEST_BEAM_DEG:g} or less, got {beam_deg:g}; a wider beam tells no bin")
    low, high = t.number("min_m", least=0, default=0.1), t.number("max_m", above=0)
    if high <= low:
        t.fault("max_m", f"expected more than min_m {low:g}, got {high:g}")
    forward, outward, down = t.numbers("offset_m", 3, default=(0.0, 0.0, 0.0))
    return RangeSensor(
        side=side,
        beam_deg=beam_deg,
        min_m=low,
        max_m=high,
        sigma_m=t.number("sigma_m", above=0),
        offset_body_m=(forward, outward if side == "right" else -outward, down),
    )


def _smallest_goods(t: TomlTable) -> SmallestGoods:
    return SmallestGoods(height_m=t.number("smallest_height_m", above=0), depth_m=t.number("smallest_depth_m", above=0))


def _labels(t: TomlTable) -> LabelRules:
    lowest, highest = t.number("lowest_m", default=0.4, least=0), t.number("highest_m", default=0.8, above=0)
    if highest <= lowest:
        t.fault("highest_m", f"expected more than lowest_m {lowest:g}, got {highest:g}")
    symbologies = t.texts("symbologies", default=("Code128",))
    for unknown in [name for name in symbologies if name not in SYMBOLOGIES]:
        t.fault("symbologies", f"unknown symbology {unknown!r}; expected some of {', '.join(SYMBOLOGIES)}")
    bars = t.text("bars", default="any")
    if bars not in ("", "upright", "lying", "any"):
        t.fault("bars", f'expected "upright", "lying" or "any", got {bars!r}')
    looks = t.number("looks", least=1, default=2)
    if math.isfinite(looks) and not looks.is_integer():
        t.fault("looks", f"expected a whole number of photos, got {looks:g}")
    lpn_patterns, prefixes = t.texts("lpn_patterns", default=()), t.texts("sscc_prefixes", default=())
    for regex in lpn_patterns:
        try:
            re.compile(regex, re.ASCII)
        except re.error as error:
            t.fault("lpn_patterns", f"{regex!r} is not a regular expression: {error}")
    for prefix in [p for p in prefixes if re.fullmatch(r"[0-9]{1,17}", p) is None]:
        t.fault("sscc_prefixes", f"expected up to 17 digits in quotes, got {prefix!r}")
    return LabelRules(
        symbologies=symbologies,
        narrowest_bar_mm=t.number("narrowest_bar_mm", above=0),
        width_mm=t.number("width_mm", above=0),
        height_mm=t.number("height_mm", above=0),
        lowest_m=lowest,
        highest_m=highest,
        lpn_patterns=lpn_patterns,
        sscc_prefixes=prefixes,
        edge_m=t.number("edge_m", default=0.05, least=0),
        setback_m=t.number("setback_m", default=0.10, least=0),
        bars=bars,
        looks=int(looks) if math.isfinite(looks) else 0,
        pixels_per_bar=t.optional_number("pixels_per_bar", above=0),
        max_motion_px=t.optional_number("max_motion_px", above=0),
    )
