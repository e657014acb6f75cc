"""Pallet identities: SSCC with a proven check digit, and the house LPNs of a site.

An LPN (licence plate number) is whatever identifies one pallet. The SSCC (GS1 application identifier 00, GS1 General
Specifications 3.2) is GS1's kind: 18 digits, the last a mod-10 check digit with weights 3, 1, 3, … from the left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class PalletIdKind(StrEnum):
    """Which rule made the identity valid."""

    SSCC = "SSCC"
    LPN = "LPN"


@dataclass(frozen=True, slots=True, order=True)
class PalletId:
    """One pallet's identity. An SSCC instance proves its check digit."""

    kind: PalletIdKind
    value: str
    """SSCC: 18 digits without the application identifier. LPN: the text as printed."""

    def __post_init__(self) -> None:
        """Refuse an SSCC whose shape or check digit is wrong."""
        if self.kind is PalletIdKind.SSCC and not is_sscc(self.value):
            raise ValueError(f"{self.value!r} is not an SSCC: expected 18 ASCII digits with a valid check digit")
        if not self.value:
            raise ValueError("a pallet id is never empty")

    def __str__(self) -> str:
        """Return the identity as people write it."""
        return self.value

    @property
    def has_check_digit(self) -> bool:
        """Whether a single misread character would have been noticed."""
        return self.kind is PalletIdKind.SSCC


SSCC_PAYLOAD_DIGITS = 17
"""Of an SSCC, without its check digit: extension digit, company prefix and serial number."""


def check_digit(digits: str) -> str:
    """Return the GS1 mod-10 check digit of `digits` (all but the check digit), weights 3, 1, … from the right.

    >>> check_digit("37612345000000001")
    '6'
    """
    total = 3 * sum(map(int, digits[::-2])) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


def is_sscc(text: str) -> bool:
    """Return whether `text` is 18 ASCII digits with the right check digit."""
    return re.fullmatch(r"[0-9]{18}", text) is not None and check_digit(text[:17]) == text[17]


def parse_pallet_id(text: str, lpn_patterns: tuple[str, ...] = ()) -> PalletId | None:
    """Return the identity that `text` (a cell of an ERP file, or keyed in) names, or None.

    An SSCC may stand with its application identifier, `00…` or `(00)…`. House LPNs must match one of `lpn_patterns` in full,
    where `\\d` and `\\w` mean ASCII only.
    """
    text = text.strip()
    bare = re.sub(r"^\(00\)\s*", "", text).replace(" ", "")
    if len(bare) == 20 and bare.startswith("00"):
        bare = bare[2:]
    if is_sscc(bare):
        return PalletId(PalletIdKind.SSCC, bare)
    if any(re.fullmatch(pattern, text, re.ASCII) for pattern in lpn_patterns):
        return PalletId(PalletIdKind.LPN, text)
    return None
