"""Read a site folder: `site.toml` and `layout.csv`. Every fault is found in one pass, with file, row and column.

The format is described for users in docs/reference/site-format.md.
"""

from __future__ import annotations

import csv
import difflib
import io
import tomllib
from pathlib import Path
from typing import Any

from warehouse.camera import CameraModel
from warehouse.coordinates import Anchor
from warehouse.errors import AislescanError, BadInputError, FaultsError
from warehouse.layout import Aisle, Bin, HomePad, KeepOut, Layout
from warehouse.layout_file import LAYOUT_COLUMNS, read_bins
from warehouse.locations import LocationPattern
from warehouse.run_folder import site_digest
from warehouse.site import Drone, LabelRules, Site

FORMAT = 1


def load_site(folder: Path) -> Site:
    """Return the checked site; raise BadInputError (one fault) or FaultsError (all of them)."""
    digest = site_digest(folder)
    toml_path, csv_path = folder / "site.toml", folder / "layout.csv"
    table = _Table(_parse_toml(toml_path), "", [])
    if table.number("format", default=0) != FORMAT:
        table.fault("format", f"expected {FORMAT}, the format of this version of aislescan")
    site = table.table("site")
    name, pattern = site.text("name"), _pattern(site)
    anchor = _anchor(table.table("anchor"))
    aisles = tuple(_aisle(t) for t in table.tables("aisle", at_least=1))
    keep_outs = tuple(_keep_out(t) for t in table.tables("keep_out"))
    pads = tuple(_home_pad(t) for t in table.tables("home_pad", at_least=1))
    drone = _drone(table.table("drone"))
    cameras = _cameras(table.table("camera"))
    labels = _labels(table.table("label"))
    _unique(table, "aisle", [a.name for a in aisles])
    _unique(table, "home_pad", [p.name for p in pads])
    table.refuse_unknown()
    faults = [f"site.toml, {fault}" for fault in table.faults]
    bins: tuple[Bin, ...] = ()
    if pattern is not None:
        rows = _csv_rows(csv_path)
        bins, row_faults = read_bins(rows, pattern, {a.name: a for a in aisles})
        faults += [f"layout.csv, {fault}" for fault in row_faults]
    if faults or pattern is None:
        raise FaultsError(str(folder), faults, remedy="mend these places, then: aislescan site check " + str(folder))
    layout = Layout(pattern=pattern, anchor=anchor, aisles=aisles, bins=bins, keep_outs=keep_outs, home_pads=pads)
    return Site(name=name, layout=layout, drone=drone, cameras=cameras, labels=labels, digest=digest)


def _parse_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadInputError(f"{path}: not UTF-8 text ({error.reason} at byte {error.start})", remedy="save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"{path}: not valid TOML: {error}", remedy="see docs/reference/site-format.md") from error


def _csv_rows(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInputError(
            f"{path}: not UTF-8 text ({error.reason} at byte {error.start})", remedy="save it as CSV UTF-8"
        ) from error
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    columns = reader.fieldnames or []
    missing = [c for c in LAYOUT_COLUMNS if c not in columns and c != "kind"]
    if missing:
        raise BadInputError(
            f"{path}, row 1: column(s) {', '.join(missing)} missing; found {', '.join(columns) or 'nothing'}",
            remedy=f"the columns are {','.join(LAYOUT_COLUMNS)}, separated by commas",
        )
    try:
        return list(reader)
    except csv.Error as error:
        raise BadInputError(f"{path}, row {reader.line_num}: not CSV: {error}", remedy="check the quotes in that row") from error


class _Table:
    """A TOML table that remembers which keys were asked for and collects faults by their dotted name."""

    def __init__(self, values: dict[str, Any], path: str, faults: list[str]) -> None:
        self.values, self.path, self.faults = values, path, faults
        self._asked: dict[str, list[_Table]] = {}

    def fault(self, key: str, what: str) -> None:
        self.faults.append(f"{self.path}{key}: {what}")

    def _take(self, key: str, default: Any) -> Any:
        self._asked.setdefault(key, [])
        if key not in self.values:
            if default is None:
                self.fault(key, "missing")
            return default
        return self.values[key]

    def number(self, key: str, *, default: float | None = None, above: float | None = None, least: float | None = None) -> float:
        value = self._take(key, default)
        if value is None:
            return 1.0
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.fault(key, f"expected a number, got {value!r}")
            return 1.0
        if above is not None and value <= above:
            self.fault(key, f"expected more than {above:g}, got {value:g}")
        if least is not None and value < least:
            self.fault(key, f"expected {least:g} or more, got {value:g}")
        return float(value)

    def text(self, key: str, *, default: str | None = None) -> str:
        value = self._take(key, default)
        if value is None:
            return ""
        if not isinstance(value, str) or not value.strip():
            self.fault(key, f"expected text in quotes, got {value!r}")
            return ""
        return value

    def texts(self, key: str, *, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        value = self._take(key, default)
        if value is None:
            return ()
        if not isinstance(value, (list, tuple)) or not all(isinstance(v, str) for v in value):
            self.fault(key, f"expected a list of texts, got {value!r}")
            return ()
        return tuple(value)

    def numbers(self, key: str, count: int, *, default: tuple[float, ...] | None = None) -> tuple[float, ...]:
        value = self._take(key, default)
        good = isinstance(value, (list, tuple)) and len(value) == count
        if not good or not all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value):
            if value is not None:
                self.fault(key, f"expected a list of {count} numbers, got {value!r}")
            return (0.0,) * count
        return tuple(float(v) for v in value)

    def table(self, key: str) -> _Table:
        value = self._take(key, None)
        if value is not None and not isinstance(value, dict):
            self.fault(key, f"expected a table [{key}]")
        child = _Table(value if isinstance(value, dict) else {}, f"{self.path}{key}.", self.faults if value is not None else [])
        self._asked[key] = [child]
        return child

    def tables(self, key: str, *, at_least: int = 0) -> list[_Table]:
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self.fault(key, f"expected tables [[{key}]]")
            value = []
        if len(value) < at_least:
            self.fault(key, f"expected at least {at_least} table(s) [[{key}]]")
        self._asked[key] = [_Table(v, f"{self.path}{key}[{i}].", self.faults) for i, v in enumerate(value, start=1)]
        return self._asked[key]

    def refuse_unknown(self) -> None:
        for key in self.values:
            if key not in self._asked:
                self.fault(key, "unknown name" + _did_you_mean(key, self._asked))
        for children in self._asked.values():
            for child in children:
                child.refuse_unknown()


def _did_you_mean(key: str, known: dict[str, list[_Table]]) -> str:
    close = difflib.get_close_matches(key, known, n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _unique(table: _Table, key: str, names: list[str]) -> None:
    for name in sorted({n for n in names if names.count(n) > 1}):
        table.fault(key, f"the name {name!r} is used more than once")


def _pattern(site: _Table) -> LocationPattern | None:
    regex, example = site.text("location_pattern"), site.text("location_example")
    if not regex:
        return None
    try:
        pattern = LocationPattern(regex)
    except AislescanError as error:
        site.fault("location_pattern", f"{error.what}; {error.remedy}")
        return None
    if example and pattern.match(example) is None:
        site.fault("location_example", f"{example!r} does not fit location_pattern {regex!r}")
    return pattern


def _anchor(t: _Table) -> Anchor:
    return Anchor(
        latitude_deg=t.number("latitude_deg"),
        longitude_deg=t.number("longitude_deg"),
        altitude_amsl_m=t.number("altitude_amsl_m"),
        heading_deg=t.number("heading_deg"),
    )


def _aisle(t: _Table) -> Aisle:
    start = t.numbers("start_m", 2)
    return Aisle(
        name=t.text("name"),
        start_m=(start[0], start[1]),
        heading_deg=t.number("heading_deg"),
        length_m=t.number("length_m", above=0),
        width_m=t.number("width_m", above=0),
    )


def _keep_out(t: _Table) -> KeepOut:
    low, high = t.numbers("min_m", 3), t.numbers("max_m", 3)
    if any(a >= b for a, b in zip(low, high, strict=True)):
        t.fault("max_m", f"expected every value above min_m {list(low)}, got {list(high)}")
    return KeepOut(name=t.text("name"), min_m=(low[0], low[1], low[2]), max_m=(high[0], high[1], high[2]))


def _home_pad(t: _Table) -> HomePad:
    p = t.numbers("position_m", 2)
    return HomePad(name=t.text("name"), position_m=(p[0], p[1]))


def _drone(t: _Table) -> Drone:
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
    )


def _cameras(t: _Table) -> tuple[CameraModel, ...]:
    mounting = t.text("mounting", default="right")
    if mounting not in ("left", "right", "both"):
        t.fault("mounting", f'expected "left", "right" or "both", got {mounting!r}')
    width, height = t.numbers("size_px", 2)
    if width < 1 or height < 1:
        t.fault("size_px", "expected width and height in pixels, both above 0")
    focal = t.number("focal_px", above=0)
    centre = t.numbers("centre_px", 2, default=((width - 1) / 2, (height - 1) / 2))
    k1, k2 = t.numbers("distortion", 2, default=(0.0, 0.0))
    offset = t.numbers("offset_m", 3, default=(0.0, 0.0, 0.0))
    exposure, interval = t.number("exposure_s", above=0), t.number("min_interval_s", above=0)
    return tuple(
        CameraModel(
            side=side,
            size_px=(int(width), int(height)),
            focal_px=(focal, focal),
            centre_px=(centre[0], centre[1]),
            distortion=(k1, k2),
            exposure_s=exposure,
            min_interval_s=interval,
            offset_body_m=(offset[0], offset[1] if side == "right" else -offset[1], offset[2]),
        )
        for side in (("left", "right") if mounting == "both" else (mounting,))
    )


def _labels(t: _Table) -> LabelRules:
    lowest, highest = t.number("lowest_m", default=0.4, least=0), t.number("highest_m", default=0.8, above=0)
    if highest <= lowest:
        t.fault("highest_m", f"expected more than lowest_m {lowest:g}, got {highest:g}")
    return LabelRules(
        symbologies=t.texts("symbologies", default=("Code128",)),
        narrowest_bar_mm=t.number("narrowest_bar_mm", above=0),
        width_mm=t.number("width_mm", above=0),
        height_mm=t.number("height_mm", above=0),
        lowest_m=lowest,
        highest_m=highest,
        lpn_patterns=t.texts("lpn_patterns", default=()),
        sscc_prefixes=t.texts("sscc_prefixes", default=()),
        pixels_per_bar=t.number("pixels_per_bar", default=3.0, above=0),
        max_motion_px=t.number("max_motion_px", default=2.0, above=0),
    )
