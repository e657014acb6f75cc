"""The command that makes a site folder out of a WMS's location master, or out of a map of the racks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli_language import speech
from cli_options import JsonOption, err, out
from warehouse.errors import BadInputError

if TYPE_CHECKING:
    from warehouse.site_import.template import Template


def site_import(
    master: Annotated[Path | None, typer.Argument(help="The WMS's list of locations, CSV or XLSX.", metavar="[MASTER]")] = None,
    target: Annotated[Path, typer.Option("--out", help="Site folder to make.")] = Path("site"),
    racks: Annotated[Path | None, typer.Option(help="A map of the racks instead: a row a bay or range of bays.")] = None,
    name: Annotated[str, typer.Option(help="Name of the warehouse.")] = "Warehouse",
    columns: Annotated[
        list[str] | None, typer.Option("--column", help="What a column means, for instance location='Bin no.'; any number.")
    ] = None,
    code: Annotated[
        str | None, typer.Option(help="How a location is written: A aisle, B bay, L level, S slot, as AAA-BB-L-S.")
    ] = None,
    template: Annotated[Path | None, typer.Option(help="Rack template (TOML): how the racks are built.")] = None,
    levels: Annotated[str | None, typer.Option(help="Heights that pallets stand on, from the floor up: '0,05 1,5 2,95'.")] = None,
    sides: Annotated[
        str | None, typer.Option(help="Bays on the left: 'odd left', 'odd right', 'first half left', 'left', 'right'.")
    ] = None,
    first_bay: Annotated[str | None, typer.Option(help="At which end of the aisle bays begin: start or end.")] = None,
    slots: Annotated[
        int | None, typer.Option(help="Pallets beside one another in a bay; found in the codes if left out.", min=1)
    ] = None,
    bay_width: Annotated[str | None, typer.Option(help="Clear width of a bay in metres.")] = None,
    aisle_width: Annotated[str | None, typer.Option(help="Width of an aisle in metres.")] = None,
    depth: Annotated[str | None, typer.Option(help="Depth of a rack in metres.")] = None,
    ceiling: Annotated[str | None, typer.Option(help="Height of what hangs lowest from the ceiling, in metres.")] = None,
    unit: Annotated[str | None, typer.Option(help="Unit of lengths whose column names none: m, cm or mm.")] = None,
    xy: Annotated[str, typer.Option(help="What x and y are of: the front of a place, or its middle.")] = "front",
    z: Annotated[str, typer.Option(help="What z is of: the base that the pallet stands on, or the middle.")] = "base",
    kinds: Annotated[list[str] | None, typer.Option("--kind", help="What a word of the kind column means: EUR=normal.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Code page of a text file that is not UTF-8, for instance cp1252.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    like: Annotated[Path | None, typer.Option(help="A site folder whose drone, camera and labels are taken over.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Make a site folder from the WMS's location master, or from a map of the racks. Rows without a place are named.

    Example: `aislescan site import ubicaciones.csv --levels "0,05 1,5 2,95" --sides "odd left" --out my-warehouse`
    """
    from inventory.table_rows import read_table
    from warehouse.layout import BinKind
    from warehouse.site_import.master import import_master
    from warehouse.site_import.master_rows import Told
    from warehouse.site_import.rack_map import import_racks
    from warehouse.site_import.writing import REFUSED_FILE, write_imported
    from warehouse.site_text import refuse_there

    if (master is None) == (racks is None):
        raise BadInputError("give either a location master or --racks", remedy="for instance: aislescan site import locations.csv")
    refuse_there(target)
    rules = _template(
        template,
        levels=levels,
        sides=sides,
        first_bay=first_bay,
        slots=slots,
        lengths={
            "--bay-width": ("bay_width_m", bay_width),
            "--aisle-width": ("width_m", aisle_width),
            "--depth": ("depth_m", depth),
        },
    )
    if racks is not None:
        rows = read_table(racks, encoding=encoding, sheet=sheet)
        imported = import_racks(racks.name, rows, code=code, template=rules)
    else:
        assert master is not None
        kinds_told = _pairs("--kind", kinds or [])
        for word, kind in kinds_told.items():
            if kind not in list(BinKind):
                raise BadInputError(f"--kind {word}={kind}: no kind {kind!r}", remedy=f"the kinds are {', '.join(BinKind)}")
        imported = import_master(
            master.name,
            read_table(master, encoding=encoding, sheet=sheet),
            columns=_pairs("--column", columns or []),
            told=Told(code=code, unit=unit, kinds=kinds_told),
            template=rules,
            is_xy_middle=_choice("--xy", xy, "front", "middle"),
            is_z_middle=_choice("--z", z, "base", "middle"),
        )
    ceiling_m = None if ceiling is None else _length("--ceiling", ceiling)
    write_imported(target, imported, name=name, ceiling_m=ceiling_m, like=like, speech=speech())
    if as_json:
        refused = [{"row": r.row, "column": r.column, "value": r.value, "why": r.why} for r in imported.refusals]
        counts = {"read": imported.n_rows, "placed": len(imported.openings), "refused": len(refused)}
        typer.echo(json.dumps({**counts, "notes": list(imported.notes), "refusals": refused}, ensure_ascii=False))
        return
    out.print(imported.describe())
    if imported.refusals:
        err.print(f"{len(imported.refusals)} location(s) have no place in the site; they are listed in {target / REFUSED_FILE}")
    proposals = "" if like is not None else " Drone, camera and labels in site.toml are proposals: put in yours."
    out.print(f"Made {target}/site.toml and {target}/layout.csv.{proposals}")
    out.print(f"Now look at it: aislescan site check {target}; aislescan site draw {target}")


def _template(
    path: Path | None,
    *,
    levels: str | None,
    sides: str | None,
    first_bay: str | None,
    slots: int | None,
    lengths: dict[str, tuple[str, str | None]],
) -> Template:
    """Return the rack template, what was typed before what stands in the file.

    `lengths` are fields of the rules and what was typed for them, by option.
    """
    from warehouse.site_import.template import read_template, typed_rules

    typed = {name: _length(option, text) for option, (name, text) in lengths.items() if text is not None}
    return read_template(path, typed_rules(levels=levels, sides=sides, first_bay=first_bay, slots=slots, lengths_m=typed))


def _length(option: str, text: str) -> float:
    from warehouse.site_import.template import metres_of

    (value, *more) = metres_of(text, option)
    if more or value <= 0:
        raise BadInputError(f"{option}: expected a length in metres, got {text!r}", remedy="type for instance 2,7")
    return value


def _pairs(option: str, typed: list[str]) -> dict[str, str]:
    pairs = {}
    for text in typed:
        key, equals, value = text.partition("=")
        if not (key and equals and value):
            raise BadInputError(f"{option} {text}: expected two words with = between them", remedy=f"for instance {option} a=b")
        pairs[key.strip()] = value.strip()
    return pairs


def _choice(option: str, word: str, no: str, yes: str) -> bool:
    if word not in (no, yes):
        raise BadInputError(f"{option}: expected {no} or {yes}, got {word!r}", remedy=f"type {option} {no}")
    return word == yes
