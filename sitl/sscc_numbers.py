"""Serial Shipping Container Codes for simulated pallets: as a site's rules demand them, and none twice."""

from __future__ import annotations

import numpy as np

from warehouse.errors import BadInputError
from warehouse.pallet_ids import SSCC_PAYLOAD_DIGITS, check_digit
from warehouse.site import LabelRules

_COMPANY_PREFIX = "38412345"
"""Extension digit 3 and a Spanish GS1 company prefix."""
_ROOMY_PREFIX_DIGITS = 11
"""Extension digit and company prefix that leave a million serial numbers: more than 10,000 pallets take."""


class SsccNumbers:
    """Hands out one number after the other, from a place that `rng` chooses."""

    def __init__(self, labels: LabelRules, rng: np.random.Generator) -> None:
        """Of the site's prefixes, the one that leaves the most numbers is used."""
        self._prefix = min(labels.sscc_prefixes, key=len) if labels.sscc_prefixes else _COMPANY_PREFIX
        self._rng = rng
        self._n_serial_digits = SSCC_PAYLOAD_DIGITS - len(self._prefix)
        self._serial = int(rng.integers(0, max(10**self._n_serial_digits // 2, 1)))

    def next(self) -> str:
        """Return a new SSCC of 18 digits; BadInputError when the site's prefix leaves no more."""
        # Steps of varying size: neighbouring serial numbers would make every misread a plausible other pallet.
        self._serial += int(self._rng.integers(3, 90))
        digits = self._prefix + str(self._serial).zfill(self._n_serial_digits)
        if len(digits) > SSCC_PAYLOAD_DIGITS:
            raise BadInputError(
                f"site.toml, label.sscc_prefixes: {self._prefix} leaves too few serial numbers for the pallets of a simulated"
                f" warehouse; expected one of at most {_ROOMY_PREFIX_DIGITS} digits",
                remedy="name the extension digit and your GS1 company prefix alone",
            )
        return digits + check_digit(digits)
