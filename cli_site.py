"""The commands about the building: make, check and draw a site folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from cli_language import ask, confirm, speech
from cli_options import SiteArgument, out
from cli_site_import import site_import
from warehouse.errors import BadInputError
from warehouse.goods import EMPTY_PALLET, SmallestGoods
from warehouse.run_folder import write_atomically

site_app = typer.Typer(help="Make, check and draw a site folder.", no_args_is_help=True)
site_app.command("import")(site_import)


def metres(typed: str | float) -> float:
    """Return a length as it was typed, with a decimal point or comma, or as the default gives it; BadParameter on anything else."""
    try:
        return float(str(typed).strip().replace(",", "."))
    except ValueError as error:
        raise typer.BadParameter(f"{typed!r} is no length in metres; type for instance 2.7") from error


def heights(typed: str) -> str:
    """Return one or several heights as they were typed; BadParameter on anything else."""
    from warehouse.site_import.template import metres_of

    try:
        metres_of(str(typed), "heights")
    except BadInputError as error:
        raise typer.BadParameter(f"{typed!r} is no height in metres; type 1.45, or one for each level: 1.5 1.8 2.2") from error
    return str(typed)


def smallest_goods(typed: Any) -> SmallestGoods | None:
    """Return what stands alone as height and depth were typed, None for 0; BadParameter on anything else."""
    from warehouse.site_import.template import metres_of

    try:
        size = metres_of(str(typed), "heights")
    except BadInputError:
        size = ()
    if size == (0.0,):
        return None
    if len(size) != 2 or min(size) <= 0:
        raise typer.BadParameter(f"{typed!r} is no height and depth in metres; type for instance: 0.2 0.4")
    return SmallestGoods(height_m=size[0], depth_m=size[1])


def one_of(*words: str) -> Callable[[str], str]:
    """Return a function that takes one of the words, or its first letters."""

    def chosen(typed: str) -> str:
        fitting = [word for word in words if typed.strip() and word.startswith(typed.strip().lower())]
        if len(fitting) != 1:
            raise typer.BadParameter(f"{typed!r} is none of: {', '.join(words)}")
        return fitting[0]

    return chosen


ENDS, NUMBERINGS = ("start", "end"), ("halves", "odd-even")


def asked(what: str) -> Any:
    """Return an option that is asked for when it is not given."""
    return typer.Option(prompt=what, help=f"{what}.")


def counted(what: str) -> Any:
    """Return the same for a number of things."""
    return typer.Option(prompt=what, help=f"{what}.", min=1)


def measured(what: str) -> Any:
    """Return the same for a length in metres."""
    return typer.Option(prompt=what, help=f"{what}.", parser=metres, metavar="METRES")


_HEIGHTS = "Height from one level to the next in metres, or one for each level from the floor up"
_DEEP = "Pallets behind one another in a rack (2 where it is double-deep)"
_FIRST_BAY = "At which end of the aisle the bays begin (start or end)"
_NUMBERING = "Bays on the left: the first half of the numbers, or the odd ones (halves or odd-even)"
_CEILING = "Height of what hangs lowest from the ceiling in metres (0: not known)"

_ONLY_PALLETS = "Is nothing but whole pallets kept there, no single boxes on the shelves?"
_SMALLEST = "Smallest thing that stands alone on a shelf, its height and depth in metres, 0.2 0.4 for instance (0: not known)"


@site_app.command("new")
def site_new(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Folder to make.", metavar="SITE")],
    name: Annotated[str, asked("Name of the warehouse")],
    aisles: Annotated[int, counted("How many aisles")] = 1,
    bays: Annotated[int, counted("Bays on each side of an aisle")] = 4,
    levels: Annotated[int, counted("Levels, the floor included")] = 4,
    slots: Annotated[int, counted("Pallets beside one another in a bay")] = 3,
    bay_width: Annotated[float, measured("Clear width of a bay in metres")] = 2.7,
    level_height: Annotated[str, typer.Option(prompt=_HEIGHTS, help=f"{_HEIGHTS}.", parser=heights, metavar="HEIGHTS")] = "1.45",
    aisle_width: Annotated[float, measured("Width of an aisle in metres")] = 3.2,
    deep: Annotated[int | None, typer.Option(help=f"{_DEEP}.", min=1, max=2)] = None,
    first_bay: Annotated[str | None, typer.Option(help=f"{_FIRST_BAY}.", parser=one_of(*ENDS), metavar="END")] = None,
    numbering: Annotated[str | None, typer.Option(help=f"{_NUMBERING}.", parser=one_of(*NUMBERINGS), metavar="HOW")] = None,
    ceiling: Annotated[float | None, typer.Option(help=f"{_CEILING}.", parser=metres, metavar="METRES")] = None,
    only_pallets: Annotated[
        bool, typer.Option("--only-pallets", help="Nothing smaller than pallets is kept: more locations can be proven empty.")
    ] = False,
    smallest: Annotated[
        SmallestGoods | None,
        typer.Option("--smallest-goods", help=f"{_SMALLEST}.", parser=smallest_goods, metavar="METRES"),
    ] = None,
) -> None:
    """Make a site folder by answering a few questions; what is given as an option is not asked.

    Example: `aislescan site new my-warehouse`
    """
    from warehouse.site_file import load_site
    from warehouse.site_import.template import metres_of
    from warehouse.site_new import new_site
    from warehouse.site_summary import describe_site

    if only_pallets and smallest:
        raise BadInputError("--only-pallets and --smallest-goods: expected one of them", remedy="leave the other one out")
    sources = [ctx.get_parameter_source(parameter) for parameter in ctx.params]
    if any(source is not None and source.name == "PROMPT" for source in sources):
        # Somebody is there to answer; a script that gives all the rest is not kept waiting.
        deep = deep if deep is not None else int(ask(_DEEP, default="1", value_proc=one_of("1", "2")))
        first_bay = first_bay or ask(_FIRST_BAY, default=ENDS[0], value_proc=one_of(*ENDS))
        numbering = numbering or ask(_NUMBERING, default=NUMBERINGS[0], value_proc=one_of(*NUMBERINGS))
        ceiling = ceiling if ceiling is not None else ask(_CEILING, default="0", value_proc=metres)
        if not (only_pallets or smallest):
            only_pallets = confirm(_ONLY_PALLETS)
            smallest = None if only_pallets else ask(_SMALLEST, default="0", value_proc=smallest_goods)
    new_site(
        folder,
        name=name,
        aisles=aisles,
        bays=bays,
        levels=levels,
        slots=slots,
        bay_width_m=bay_width,
        level_height_m=metres_of(level_height, "--level-height"),
        aisle_width_m=aisle_width,
        deep=deep or 1,
        is_first_bay_at_end=first_bay == "end",
        is_odd_left=numbering == "odd-even",
        ceiling_m=ceiling or None,
        smallest_goods=EMPTY_PALLET if only_pallets else smallest,
        speech=speech(),
    )
    out.print(f"Made {folder}/site.toml and {folder}/layout.csv. It reads:")
    out.print(describe_site(load_site(folder)))
    out.print(f"Now change it to your racks, look at it (aislescan site draw {folder}), then: aislescan site check {folder}")


@site_app.command("check")
def site_check(site: SiteArgument) -> None:
    """Check a site folder; every fault is named with file, row and column.

    Example: `aislescan site check my-warehouse`
    """
    from warehouse.location_aliases import describe_aliases, load_aliases
    from warehouse.site_file import load_site
    from warehouse.site_summary import describe_site

    loaded = load_site(site)
    aliases = load_aliases(site, loaded.layout.bins_by_code)
    out.print(describe_site(loaded))
    if aliases is not None:
        out.print(describe_aliases(aliases))


@site_app.command("tags")
def site_tags(
    site: SiteArgument,
    symbology: Annotated[str, typer.Option(help="AprilTag36h11, QRCode or Code128.")] = "AprilTag36h11",
    size_mm: Annotated[float, typer.Option(help="Side of the code without its white margin.", min=5.0)] = 80.0,
) -> None:
    """List location tags for the uprights: print them, hang them, then put the measured places into tags.csv.

    Example: `aislescan site tags my-warehouse --symbology QRCode --size-mm 80`
    """
    from warehouse.site_file import load_site
    from warehouse.tags_new import write_new_tags

    n = write_new_tags(site, load_site(site), symbology=symbology, size_mm=size_mm)
    out.print(f"Listed {n} tags in {site}/tags.csv. Print them: aislescan print tags {site}")
    out.print(f"Hang them there, or correct the places in that file, then: aislescan site check {site}")


@site_app.command("draw")
def site_draw(
    site: SiteArgument,
    target: Annotated[Path, typer.Option("--out", help="SVG file to write.")] = Path("site.svg"),
    aisles: Annotated[
        list[str] | None, typer.Option("--aisle", help="Draw the rack faces of this aisle only, larger; may be given again.")
    ] = None,
) -> None:
    """Draw the floor plan and every rack face; open the file in a browser.

    Example: `aislescan site draw my-warehouse --out my-warehouse.svg`
    """
    from warehouse.site_drawing import draw_site_svg
    from warehouse.site_file import load_site

    loaded = load_site(site)
    for name in aisles or []:
        if name not in {a.name for a in loaded.layout.aisles}:
            raise BadInputError(
                f"--aisle {name}: no such aisle", remedy=f"the site has {', '.join(a.name for a in loaded.layout.aisles)}"
            )
    write_atomically(target, draw_site_svg(loaded, aisles or (), speech()))
    out.print(f"Drawn: {target}")
