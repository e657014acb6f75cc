"""The location tags of a site as stickers: the code at the size that `tags.csv` says, and where it is to hang."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vision.printing.paper import Page, Paper, stickers_as_pdf
from vision.printing.symbols import PRINTABLE, Symbol, symbol_of
from warehouse.errors import BadInputError, FaultsError
from warehouse.layout import RackFace
from warehouse.site import Site
from warehouse.tags import LocationTag
from warehouse.texts import Texts, texts_of

_LEAST_MARGIN = 0.125
"""White on every side, as a share of the code's size: an 80 mm code on a 100 mm upright."""
_BAR_SHARE = 0.3
"""Height of the bars of a linear code, as a share of their length."""
_WORDS_MM = 11.0


@dataclass(frozen=True, slots=True)
class TagSticker:
    """One tag with its white margin and two lines for the person who hangs it."""

    tag: LocationTag
    symbol: Symbol
    face: RackFace
    texts: Texts

    @property
    def margin_mm(self) -> float:
        """White on every side, at least what the symbology asks for."""
        return max(_LEAST_MARGIN, self.symbol.quiet_modules / len(self.symbol.modules[0])) * self.tag.size_mm

    @property
    def code_mm(self) -> tuple[float, float]:
        """Width and height of the code without its margin."""
        return self.tag.size_mm, self.tag.size_mm * (_BAR_SHARE if self.symbol.is_linear else 1.0)

    @property
    def size_mm(self) -> tuple[float, float]:
        """Width and height, to the cut."""
        width, height = self.code_mm
        return width + 2 * self.margin_mm, height + 2 * self.margin_mm + _WORDS_MM

    def draw(self, page: Page, left_mm: float, top_mm: float) -> None:
        """Draw the code and below it what it says and where it hangs."""
        margin = self.margin_mm
        page.symbol(self.symbol, left_mm + margin, top_mm + margin, self.code_mm)
        place = self.texts(
            "tag.place",
            aisle=self.face.aisle,
            side=self.texts(f"tag.{self.face.side}"),
            along=f"{self.tag.along_m:.2f}",
            height=f"{self.tag.height_m:.2f}",
        )
        words = top_mm + self.size_mm[1] - _WORDS_MM
        room = self.size_mm[0] - 8.0
        page.text(self.tag.text, left_mm + 4.0, words + 3.5, 3.5, room_mm=room, is_bold=True)
        page.text(place, left_mm + 4.0, words + 8.5, 2.4, room_mm=room)


def tags_as_pdf(site: Site, paper: Paper, *, lang: str, aisles: Sequence[str] = ()) -> tuple[bytes, int]:
    """Return the pages with the tags of these aisles (none named: all), in the order in which they are hung, and how many they are.

    BadInputError when the site lists no tags there; FaultsError names every tag whose symbology cannot hold its text.
    """
    texts = texts_of("vision.printing", lang)
    faces = site.layout.faces
    tags = sorted(
        (tag for tag in site.tags if not aisles or faces[tag.face].aisle in aisles),
        key=lambda tag: (tag.face, tag.along_m, tag.height_m),
    )
    if not tags:
        raise BadInputError(
            "tags.csv lists no location tags" + (f" for aisle {', '.join(aisles)}" if aisles else ""),
            remedy="list some with: aislescan site tags SITE",
        )
    stickers, faults = [], []
    for tag in tags:
        face = faces[tag.face]
        try:
            stickers.append(TagSticker(tag, symbol_of(tag.symbology, tag.text), face, texts))
        except BadInputError as error:
            faults.append(f"aisle {face.aisle}, {face.side}, {tag.along_m:.2f} m along, {tag.height_m:.2f} m high: {error.what}")
    if faults:
        symbologies = ", ".join(sorted(PRINTABLE))
        raise FaultsError(
            "tags.csv", faults, remedy=f"give these tags another or a shorter text, or another symbology: {symbologies}"
        )
    return stickers_as_pdf(stickers, paper, texts, title=texts("tag.title", site=site.name)), len(tags)
