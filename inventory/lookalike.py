"""Ids so like the one that the ERP expects at a place that a slip is likelier than a second pallet.

A slip of the hand changes one character of a house number. Bars that were misread or badly printed change more, and what they give
passes both check digits now and then: `benchmarks.wrong_reads` found a label whose print head had left lines in the bars, and which
said another valid SSCC in every photo and to every reader.
"""

from __future__ import annotations

from inventory.findings import Cause
from inventory.sightings import MATRIX_CODES, Doubt, Sighting
from inventory.world import World
from warehouse.pallet_ids import PalletIdKind

_FIRST_WEIGHT = 3
"""Of the first pair of digits of an SSCC in a GS1-128 symbol, behind FNC1 and the application identifier 00."""
_MODULUS = 103


def lookalike_doubt(sighting: Sighting, world: World) -> Doubt | None:
    """Return the doubt about a pallet that the ERP does not know, read where it expects one of much the same id; or None.

    Error-correcting symbologies make no such slips: of them only an id that the ERP may have mistyped is doubted.
    """
    if sighting.pallet in world.book.by_pallet:
        return None
    text = sighting.pallet.value
    for line in world.book.at.get(sighting.location, ()):
        expected = line.key
        if expected is None:
            continue
        if expected.value != text and _bare(expected.value) == _bare(text):
            return Doubt(
                Cause.LOOKALIKE, f"it differs only in zeros in front or in case from {expected}, which the ERP expects there"
            )
        if len(expected.value) != len(text):
            continue
        is_from_bars = sighting.symbology not in MATRIX_CODES
        if (is_from_bars or line.pallet is None) and n_different(expected.value, text) == 1:
            return Doubt(Cause.LOOKALIKE, f"it differs in one character from {expected}, which the ERP expects there")
        both_ssccs = expected.kind is sighting.pallet.kind is PalletIdKind.SSCC
        if is_from_bars and both_ssccs and may_be_misread(expected.value, text):
            words = f"it differs from {expected}, which the ERP expects there, only as misread or badly printed bars do"
            return Doubt(Cause.LOOKALIKE, words)
    return None


def _bare(text: str) -> str:
    """Return an id as a spreadsheet may have left it: zeros in front gone, letters of another case."""
    return text.lstrip("0").casefold()


def n_different(one: str, other: str) -> int:
    """Return in how many characters two texts of one length differ."""
    return sum(a != b for a, b in zip(one, other, strict=True))


def may_be_misread(sscc: str, other: str) -> bool:
    """Return whether two damaged characters of the bars of one SSCC (18 digits) can make the other of it.

    A GS1-128 symbol holds an SSCC as nine pairs of digits and a check character, the sum of the pairs' values times their positions
    modulo 103 (ISO/IEC 15417, annex A). Two pairs that differ must therefore leave that sum as it is; or one pair and the check
    character differ. Serial numbers that follow each other differ in the last pair, and are two pallets.
    """
    pairs = [(int(sscc[i : i + 2]), int(other[i : i + 2])) for i in range(0, 18, 2)]
    changed = [n for n, (a, b) in enumerate(pairs) if a != b]
    if len(changed) == 1:
        return changed[0] != len(pairs) - 1
    change = sum((_FIRST_WEIGHT + n) * (pairs[n][0] - pairs[n][1]) for n in changed)
    return len(changed) == 2 and change % _MODULUS == 0
