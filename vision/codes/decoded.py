"""One barcode found in one picture: the record that every engine returns."""

from __future__ import annotations

from dataclasses import dataclass

Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Four (x, y) in pixels, in order around the symbol; pixel (0, 0) is the centre of the upper left pixel."""

RETAIL = frozenset({"EAN13", "EAN8", "UPCA", "UPCE"})
"""One family: a UPC-A is an EAN-13 with a leading zero, and a short symbol is often a cut long one."""

MATRIX = frozenset({"QRCode", "MicroQRCode", "RMQRCode", "DataMatrix", "Aztec", "PDF417", "MicroPDF417", "MaxiCode"})
"""Protected by Reed-Solomon codes: a decode that succeeds is right, except where it is a Micro QR code."""

STACK = "stack-of-"
"""How the variant of what several photos together gave begins; how many they were follows."""

WEAKLY_CHECKED = RETAIL | {"ITF", "Codabar", "MicroQRCode"}
"""One weak check digit or none: a single decode is not believed (measured on photographs: 93 wrong reads, 46 with two votes).

The smallest Micro QR codes detect errors and correct none (ISO/IEC 18004): of 10,000 pictures that were harmed, one passed for one.
"""

PARTS_OF_OTHERS = frozenset({"ITF", "UPCE", "EAN8"})
"""What a line that leaves longer bars aslant can be read as: a shorter ITF, half an EAN-13."""

DEFAULT_SYMBOLOGIES = (
    *("Code128", "Code39", "Code93", "Codabar", "ITF", "EAN13", "EAN8", "UPCA", "UPCE"),
    *("QRCode", "MicroQRCode", "DataMatrix", "Aztec", "PDF417"),
)
"""What `decode` looks for when nothing is asked for: what is printed on goods, cartons, pallets and racks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """One barcode as one engine read it."""

    symbology: str
    """zxing-cpp's name: Code128, Code39, EAN13, ITF, QRCode, DataMatrix, …"""
    text: str
    """The data as encoded, FNC1 as U+001D; no brackets added, no symbology identifier, the leading FNC1 of GS1 left out."""
    corners_px: Corners
    engine: str
    """`zxing-cpp` or `pyzbar`."""
    variant: str
    """What was done to the picture first: `plain`, `deskewed`, `clahe`, …"""
    is_gs1: bool | None = None
    """Whether the symbol said so itself (FNC1 in first position); None where the engine cannot tell."""

    @property
    def family(self) -> str:
        """Symbologies that may name the same symbol share a family."""
        return "EAN/UPC" if self.symbology in RETAIL else self.symbology

    @property
    def centre_px(self) -> tuple[float, float]:
        """Mean of the corners."""
        return sum(x for x, _ in self.corners_px) / 4, sum(y for _, y in self.corners_px) / 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A symbol whose outline an engine found, and whose content it could not read: curved, creased or badly lit."""

    symbology: str
    corners_px: Corners
    """Upper left, upper right, lower right, lower left corner of the symbol itself, however it lies in the picture."""
    n_modules: int | None = None
    """Modules a side, where the engine could tell."""

    @property
    def centre_px(self) -> tuple[float, float]:
        """Mean of the corners."""
        return sum(x for x, _ in self.corners_px) / 4, sum(y for _, y in self.corners_px) / 4
