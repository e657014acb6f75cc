"""A location master of a WMS -> a site: with coordinates, with measures along the aisle, or with nothing but the codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import PurePath

from warehouse.layout import Aisle, BinKind
from warehouse.layout_file import overlapping
from warehouse.site_import.columns import Header, find_header
from warehouse.site_import.coordinates import place_by_coordinates, widths_by_spacing
from warehouse.site_import.heights import Column, stand_heights
from warehouse.site_import.master_rows import MasterRow, Told, read_master
from warehouse.site_import.rack_rules import Stand, laid_out, stand_by_rules
from warehouse.site_import.records import Imported, Ledger, Opening, TableRow, bins_of, nothing_placed
from warehouse.site_import.template import Template


def import_master(
    name: str,
    rows: Sequence[TableRow],
    *,
    columns: Mapping[str, str],
    told: Told,
    template: Template,
    is_xy_middle: bool = False,
    is_z_middle: bool = False,
) -> Imported:
    """Return the site that a location master describes; BadInputError when no row of it can be placed.

    `name` is the file's, for messages; `columns` maps fields to the file's titles. `is_xy_middle`: x and y are of the middle of a
    place, not of its front; `is_z_middle`: z is of its middle, not of what the pallet stands on.
    """
    name = PurePath(name).name
    header = find_header(name, rows, columns)
    ledger = Ledger()
    good, n_rows, regex = read_master(rows, header, told, ledger)
    aisles, stands, rear = _placed(header, good, template, ledger, is_xy_middle=is_xy_middle)
    standing = [row for row in good if row.row in stands and row.row not in ledger.refusals]
    column_of: dict[int, Column] = {
        row.row: (row.code.aisle, stands[row.row].side, rear[row.row], row.code.bay) for row in standing
    }
    heights = stand_heights(standing, column_of, template, ledger, is_z_middle=is_z_middle)
    openings = [
        _opening(row, stands[row.row], heights[row.row], template, is_rear=rear[row.row])
        for row in standing
        if row.row in heights and row.row not in ledger.refusals
    ]
    openings = without_overlaps(_named_by_place(openings, ledger), aisles, ledger)
    refusals = tuple(ledger.refusals[n] for n in sorted(ledger.refusals))
    if not openings:
        raise nothing_placed(name, refusals)
    used = {o.code.aisle for o in openings}
    return Imported(
        source=name,
        n_rows=n_rows,
        regex=regex,
        aisles=tuple(a for a in aisles if a.name in used),
        openings=tuple(openings),
        refusals=refusals,
        notes=tuple(ledger.notes),
    )


def _placed(
    header: Header, rows: Sequence[MasterRow], template: Template, ledger: Ledger, *, is_xy_middle: bool
) -> tuple[Sequence[Aisle], dict[int, Stand], dict[int, bool]]:
    """Return aisles, stands and whether rear, by row, in the best way that the file's columns allow."""
    if {"x", "y"} <= set(header.index):
        aisles, spots = place_by_coordinates(rows, template, ledger, is_middle=is_xy_middle)
        stands = {n: Stand(side=s.side, along_m=s.along_m, width_m=s.width_m) for n, s in spots.items()}
        return aisles, stands, {n: s.is_rear for n, s in spots.items()}
    rear = _rear(rows, ledger)
    if "along" in header.index:
        stands, lengths = _by_measures(rows, template, ledger)
    else:
        stands, lengths = stand_by_rules(rows, template, ledger)
    aisle_of = {row.row: row.code.aisle for row in rows}
    deep = {(aisle_of[n], s.side) for n, s in stands.items() if rear[n]}
    is_double_deep = {name: ((name, "left") in deep, (name, "right") in deep) for name in lengths}
    return laid_out(lengths, is_double_deep, template, ledger), stands, rear


def _rear(rows: Sequence[MasterRow], ledger: Ledger) -> dict[int, bool]:
    """Return whether each row is a rear place, by its kind or the label of its depth; a third place in the depth is refused."""
    labels = sorted({row.deep for row in rows if row.deep})
    rear = {}
    for row in rows:
        depth = labels.index(row.deep) if row.deep else 0
        if depth > 1:
            ledger.refuse(
                row.row, "deep", row.deep, f"{row.code} stands third behind the front; a rack has a front and a rear place"
            )
        rear[row.row] = depth == 1 or row.kind is BinKind.REAR
    return rear


def _by_measures(rows: Sequence[MasterRow], template: Template, ledger: Ledger) -> tuple[dict[int, Stand], dict[str, float]]:
    """Place rows that say how far along their aisle they are."""
    groups: dict[tuple[str, str, str, str], list[tuple[float, str, int]]] = {}
    sound = []
    for row in rows:
        if row.along is None:
            ledger.refuse(row.row, "along", "", f"how far along its aisle {row.code} is, is not said")
        elif row.side is None:
            ledger.refuse(row.row, "side", "", f"on which side of its aisle {row.code} is, is not said")
        else:
            sound.append((row, row.along, row.side))
            key = (row.code.aisle, row.side, row.code.level, row.deep)
            groups.setdefault(key, []).append((row.along, row.code.bay, row.row))
    rules = template.rules
    widths = widths_by_spacing(groups.values(), rules.upright_m, rules.bay_width_m)
    stands: dict[int, Stand] = {}
    lengths: dict[str, float] = {}
    for row, along, side in sound:
        width = row.width if row.width is not None else widths[row.row]
        if along - width / 2 < -0.01:
            why = f"{row.code} begins {width / 2 - along:.2f} m before the start of its aisle"
            ledger.refuse(row.row, "along", f"{along:g}", why)
            continue
        stands[row.row] = Stand(side=side, along_m=along, width_m=width)
        lengths[row.code.aisle] = max(lengths.get(row.code.aisle, 0.0), round(along + width / 2 + rules.upright_m, 4))
    return stands, lengths


def _opening(row: MasterRow, stand: Stand, heights: tuple[float, float], template: Template, *, is_rear: bool) -> Opening:
    base, height = heights
    return Opening(
        row=row.row,
        code=row.code,
        side=stand.side,
        along_m=stand.along_m,
        base_m=base,
        width_m=row.width if row.width is not None else stand.width_m,
        height_m=height,
        depth_m=row.depth if row.depth is not None else template.of_bay(row.code.aisle, row.code.bay).depth_m,
        kind=BinKind.REAR if is_rear else row.kind,
    )


def _named_by_place(openings: Sequence[Opening], ledger: Ledger) -> list[Opening]:
    """Give those whose bay or level nobody names a number for each: by their order along the rack, and by their height."""
    nameless = [o for o in openings if not (o.code.bay and o.code.level)]
    if not nameless:
        return list(openings)
    ledger.note("bays and levels have no names in the file; they are numbered along the rack and from the floor up")
    places: dict[tuple[str, str], set[float]] = {}
    bases: dict[tuple[str, str], set[float]] = {}
    for o in nameless:
        places.setdefault((o.code.aisle, o.side), set()).add(round(o.along_m, 1))
        bases.setdefault((o.code.aisle, o.side), set()).add(round(o.base_m, 1))
    bay_of = {face: {at: str(i) for i, at in enumerate(sorted(found), start=1)} for face, found in places.items()}
    level_of = {face: {at: str(i) for i, at in enumerate(sorted(found), start=1)} for face, found in bases.items()}
    named = []
    for o in openings:
        face = o.code.aisle, o.side
        bay = o.code.bay or bay_of[face][round(o.along_m, 1)]
        level = o.code.level or level_of[face][round(o.base_m, 1)]
        named.append(replace(o, code=replace(o.code, bay=bay, level=level)))
    return named


def without_overlaps(openings: Sequence[Opening], aisles: Sequence[Aisle], ledger: Ledger) -> list[Opening]:
    """Return the openings that have their place for themselves; of two in one place, the row that comes later is refused."""
    row_of = {o.code.text: o.row for o in openings}
    for a, b in overlapping(bins_of(openings, aisles)):
        first, second = sorted((a, b), key=lambda x: row_of[x.code.text])
        if row_of[first.code.text] not in ledger.refusals:
            why = f"{second.code} stands in the place of {first.code} (row {row_of[first.code.text]})"
            ledger.refuse(row_of[second.code.text], "location", second.code.text, why)
    return [o for o in openings if o.row not in ledger.refusals]
