"""The commands that make something to print: location tags, pallet labels, the card that tells what a camera reads."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli_options import LangOption, SiteArgument, out
from warehouse.errors import BadInputError
from warehouse.run_folder import write_atomically

print_app = typer.Typer(help="Make location tags, pallet labels and a camera card to print.", no_args_is_help=True)

PaperOption = Annotated[
    str, typer.Option("--paper", help="A4, A5, A6, letter, or width and height in millimetres, as of a label roll: 105x148.")
]


@print_app.command("tags")
def print_tags(
    site: SiteArgument,
    target: Annotated[Path, typer.Option("--out", help="PDF file to write.")] = Path("tags.pdf"),
    paper: PaperOption = "A4",
    aisles: Annotated[list[str] | None, typer.Option("--aisle", help="Of this aisle only; may be given again.")] = None,
    lang: LangOption = "en",
) -> None:
    """Print the location tags of tags.csv at their true size, each with the place where it hangs.

    Example: `aislescan print tags my-warehouse --out tags.pdf`
    """
    from vision.printing.paper import paper_of
    from vision.printing.tag_stickers import tags_as_pdf
    from warehouse.site_file import load_site

    loaded = load_site(site)
    known = {aisle.name for aisle in loaded.layout.aisles}
    if unknown := [name for name in aisles or [] if name not in known]:
        raise BadInputError(f"--aisle {unknown[0]}: no such aisle", remedy=f"the site has {', '.join(sorted(known))}")
    pdf, n = tags_as_pdf(loaded, paper_of(paper), lang=lang, aisles=aisles or ())
    write_atomically(target, pdf)
    out.print(f"{n} tags: {target}. Print at 100 % (actual size), and check the line of 100 mm with a ruler before you hang them.")


@print_app.command("labels")
def print_labels(
    site: SiteArgument,
    target: Annotated[Path, typer.Option("--out", help="PDF file to write.")] = Path("labels.pdf"),
    count: Annotated[int, typer.Option("--count", help="How many test labels.", min=1, max=10_000)] = 10,
    first: Annotated[int, typer.Option("--first", help="Number of the first, to print more of them later.", min=1)] = 1,
    codes: Annotated[
        list[str] | None, typer.Option("--code", help="Print this SSCC or house number instead of test labels; may be given again.")
    ] = None,
    paper: PaperOption = "A4",
    lang: LangOption = "en",
) -> None:
    """Print pallet labels in the size, symbology and bar width of the site: test labels, or for your own numbers.

    Test labels carry SSCCs that no pallet of yours has.

    Example: `aislescan print labels my-warehouse --count 20`

    For your own: `aislescan print labels my-warehouse --code PAL-000123 --paper 148x210`
    """
    from vision.printing.pallet_labels import labels_as_pdf, trial_ssccs
    from vision.printing.paper import paper_of
    from warehouse.site_file import load_site

    loaded = load_site(site)
    pallets = codes or trial_ssccs(loaded.labels, count, first=first)
    pdf = labels_as_pdf(loaded, paper_of(paper), lang=lang, pallets=pallets, is_test=not codes)
    write_atomically(target, pdf)
    out.print(f"{len(pallets)} label{'' if len(pallets) == 1 else 's'}: {target}. Print at 100 % (actual size).")


@print_app.command("card")
def print_card(
    site: Annotated[Path | None, typer.Argument(help="Site folder, for its symbology.", metavar="[SITE]")] = None,
    target: Annotated[Path, typer.Option("--out", help="PDF file to write.")] = Path("card.pdf"),
    symbology: Annotated[str | None, typer.Option("--symbology", help="Code128, QRCode or DataMatrix.")] = None,
    paper: PaperOption = "A4",
    lang: LangOption = "en",
) -> None:
    """Print a card with bars of several widths: a photo of it tells what your camera reads from where the drone will fly.

    Example: `aislescan print card --symbology QRCode`, then of the photo `aislescan decode photo.jpg`
    """
    from vision.printing.camera_card import card_as_pdf, card_symbology
    from vision.printing.paper import paper_of
    from warehouse.site_file import load_site

    shown = symbology or (card_symbology(load_site(site).labels.symbologies) if site else "Code128")
    write_atomically(target, card_as_pdf(shown, paper_of(paper), lang=lang))
    out.print(f"Card with codes of {shown}: {target}. Print at 100 % (actual size).")
