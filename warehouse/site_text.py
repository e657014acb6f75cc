"""The text of `site.toml` and `layout.csv` of a site that is made, not measured by hand: drone, camera and labels are proposals."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from importlib import resources
from pathlib import Path
from string import Template

from warehouse.errors import BadInputError
from warehouse.goods import EMPTY_PALLET, SmallestGoods
from warehouse.layout import Aisle, Bin, KeepOut, RackFace, Tunnel
from warehouse.run_folder import write_atomically
from warehouse.site_csv import CODE_PARTS, LAYOUT_SHAPE
from warehouse.site_digest import SITE_FILES
from warehouse.texts import ENGLISH, LANGUAGES, Speech

Say = Callable[[str], str]

_AIR_ABOVE_RACK_M = 0.30
_PAD_BEFORE_AISLE_M = (2.5, 1.5, 4.0, 6.0, 10.0, 20.0)
_PAD_FROM_RACKS_M = 1.2


def write_site(
    folder: Path,
    *,
    name: str,
    regex: str | None,
    aisles: Sequence[Aisle],
    bins: Sequence[Bin],
    keep_outs: Sequence[KeepOut] = (),
    tunnels: Sequence[Tunnel] = (),
    ceiling_m: float | None = None,
    smallest_goods: SmallestGoods | None = None,
    speech: Speech = ENGLISH,
) -> None:
    """Write `site.toml`, with comments said by `speech`, and `layout.csv` into `folder`, in the form that `load_site` accepts.

    Without a `regex` of the codes, bay, level and slot of each location become columns of the layout. Without `smallest_goods`
    the table [goods] is there as a comment. Raise BadInputError when the name is not one line, or a site is there already.
    """
    if not name.strip() or not name.isprintable():
        raise BadInputError(f"name: expected one line of text, got {name!r}", remedy="give the warehouse a name")
    refuse_there(folder)
    columns = LAYOUT_SHAPE.columns if regex is not None else (*LAYOUT_SHAPE.columns, *CODE_PARTS)
    rows = (_row(b, has_parts=regex is None) for b in bins)
    write_atomically(folder / "layout.csv", "".join([",".join(columns) + "\n", *rows]))
    pad = _home_pad(aisles, bins)
    top = max(b.base_m + b.height_m for b in bins)
    say = speech.say
    source = "new_site.toml" if speech.lang == LANGUAGES[0] else f"new_site.{speech.lang}.toml"
    template = Template(resources.files("warehouse").joinpath(source).read_text(encoding="utf-8"))
    text = template.substitute(
        name=quoted(name),
        locations=_locations(regex, bins[0].code.text, say),
        ceiling=(
            f"# ceiling_m = 8.0              # {say('the lowest thing that hangs from the ceiling: lamps, pipes, sprinklers')}"
            if ceiling_m is None
            else f"ceiling_m = {_number(ceiling_m)}               # {say('the lowest thing that hangs from the ceiling')}"
        ),
        goods="" if smallest_goods else "# ",
        goods_height=_metres((smallest_goods or EMPTY_PALLET).height_m),
        goods_depth=_metres((smallest_goods or EMPTY_PALLET).depth_m),
        aisles="".join(_aisle(aisle, say) for aisle in aisles),
        boxes="".join([*(_keep_out(box) for box in keep_outs), *(_tunnel(t, say) for t in tunnels)]),
        pad_x=f"{pad[0]:.2f}",
        pad_y=f"{pad[1]:.2f}",
        max_height=f"{max(top + _AIR_ABOVE_RACK_M, 1.0):.2f}",
    )
    write_atomically(folder / "site.toml", text)


def refuse_there(folder: Path) -> None:
    """Raise BadInputError when a site, or a file of that name, is there already."""
    for there in (path for path in (folder, *(folder / file for file in SITE_FILES)) if path.is_file()):
        raise BadInputError(
            f"{there}: is there already, and is not overwritten", remedy="give a new folder, or move that file away"
        )


def quoted(text: str) -> str:
    """Return a text as TOML writes it; the escapes of JSON are those of TOML."""
    return json.dumps(text, ensure_ascii=False)


def _row(b: Bin, *, has_parts: bool) -> str:
    code = b.code
    cells = [code.text, code.aisle, b.face.rpartition("-")[2], f"{b.along_m:.3f}", f"{b.base_m:.3f}"]
    cells += [f"{b.width_m:.3f}", f"{b.height_m:.3f}", f"{b.depth_m:.2f}", b.kind.value]
    cells += [code.bay, code.level, code.slot] if has_parts else []
    return ",".join(_cell(c) for c in cells) + "\n"


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if set(text) & set(',";\n\r') else text


def _number(value: float) -> str:
    text = f"{value:.4f}".rstrip("0")
    return text + "0" if text.endswith(".") else text


def _locations(regex: str | None, example: str, say: Say) -> str:
    if regex is None:
        why = (
            "The codes of this site do not say where a location is; layout.csv has columns for bay, level and slot instead.",
            "location_pattern and location_example are therefore left out.",
        )
        return "\n".join(f"# {say(line)}" for line in why)
    return (
        f"# {say('How a location is written here: the parts are aisle, bay, level and slot.')}\n"
        f"location_pattern = {quoted(regex)}\nlocation_example = {quoted(example)}"
    )


def _aisle(aisle: Aisle, say: Say) -> str:
    x, y = aisle.start_m
    lowest, turned = say("what hangs lowest over it"), say("clockwise from the floor plan's +y")
    ceiling = "" if aisle.ceiling_m is None else f"ceiling_m = {_number(aisle.ceiling_m)}                # {lowest}\n"
    return (
        f"\n[[aisle]]\nname = {quoted(aisle.name)}\n"
        f"start_m = [{_metres(x)}, {_metres(y)}]         # {say('centre line, at the first bay')}\n"
        f"heading_deg = {_number(aisle.heading_deg)}              # {turned}\n"
        f"length_m = {_metres(aisle.length_m)}\n"
        f"width_m = {_metres(aisle.width_m)}                 # {say('clear, from rack to rack')}\n{ceiling}"
    )


def _metres(value: float) -> str:
    """Return a length to the centimetre at least."""
    text = _number(value)
    return f"{value:.2f}" if len(text.partition(".")[2]) < 2 else text


def _keep_out(box: KeepOut) -> str:
    turned = f"heading_deg = {_number(box.heading_deg)}\n" if box.heading_deg else ""
    low, high = (", ".join(_number(v) for v in corner) for corner in (box.min_m, box.max_m))
    return f"\n[[keep_out]]\nname = {quoted(box.name)}\nmin_m = [{low}]\nmax_m = [{high}]\n{turned}"


def _tunnel(t: Tunnel, say: Say) -> str:
    aisle, _, side = t.face.rpartition("-")
    return (
        f"\n[[tunnel]]                     # {say('people or trucks pass through the rack here')}\n"
        f"aisle = {quoted(aisle)}\nside = {quoted(side)}\n"
        f"along_m = [{_number(t.from_m)}, {_number(t.to_m)}]\nheight_m = {_number(t.height_m)}\n"
    )


def _home_pad(aisles: Sequence[Aisle], bins: Iterable[Bin]) -> tuple[float, float]:
    """Return a spot before the start of an aisle, clear of every rack; before the first aisle where no spot is clear."""
    depths: dict[str, float] = {}
    for b in bins:
        depths[b.face] = max(depths.get(b.face, 0.0), b.depth_m)
    racks = [
        (aisle.face(side), depth) for aisle in aisles for side in ("left", "right") if (depth := depths.get(f"{aisle.name}-{side}"))
    ]
    first: tuple[float, float] | None = None
    for distance in _PAD_BEFORE_AISLE_M:
        for aisle in aisles:
            x, y, _ = aisle.face("left").along
            for along in (-distance, aisle.length_m + distance):
                spot = (aisle.start_m[0] + along * x, aisle.start_m[1] + along * y)
                first = first or spot
                if all(_distance_m(face, 2 * depth, spot) >= _PAD_FROM_RACKS_M for face, depth in racks):
                    return spot
    assert first is not None, "a site has an aisle"
    return first


def _distance_m(face: RackFace, depth_m: float, spot: tuple[float, float]) -> float:
    """Return how far a spot on the floor is from a rack."""
    dx, dy = spot[0] - face.origin_m[0], spot[1] - face.origin_m[1]
    along = dx * face.along[0] + dy * face.along[1]
    out = dx * face.outward[0] + dy * face.outward[1]
    return math.hypot(max(-along, along - face.length_m, 0.0), max(out, -out - depth_m, 0.0))
