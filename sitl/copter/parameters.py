"""The parameters that the built-in copter knows, under ArduCopter 4.7's names, types and defaults."""

from __future__ import annotations

import csv
import struct
from pathlib import Path

from warehouse.errors import BadInputError

_TABLE = Path(__file__).with_name("parameters.csv")
FLOAT_TYPE = 9
_INTEGER_LIMITS = {2: (-128, 127), 4: (-32768, 32767), 6: (-(2**31), 2**31 - 1)}


class Parameters:
    """Name -> value, in the order of the table, which is also the order of PARAM_REQUEST_LIST."""

    def __init__(self) -> None:
        """Load the defaults."""
        self._types: dict[str, int] = {}
        self._values: dict[str, float] = {}
        with _TABLE.open(newline="") as f:
            for row in csv.DictReader(f):
                self._types[row["name"]] = int(row["type"])
                self._values[row["name"]] = _as_float32(float(row["default"]))
        self.names = tuple(self._values)

    def __contains__(self, name: str) -> bool:
        """Whether ArduCopter, as simulated here, has a parameter `name`."""
        return name in self._values

    def __getitem__(self, name: str) -> float:
        """The value of `name`."""
        return self._values[name]

    def __len__(self) -> int:
        """How many parameters PARAM_VALUE.param_count announces."""
        return len(self._values)

    def type_of(self, name: str) -> int:
        """MAV_PARAM_TYPE of `name`."""
        return self._types[name]

    def set(self, name: str, value: float) -> float:
        """Store `value`, cut to the parameter's type as ArduCopter does, and return what is stored."""
        kind = self._types[name]
        if kind in _INTEGER_LIMITS:
            low, high = _INTEGER_LIMITS[kind]
            value = float(min(max(round(value), low), high))
        self._values[name] = _as_float32(value)
        return self._values[name]

    def load_file(self, path: Path) -> None:
        """Read a parameter file (`NAME value`, # comments); names that only a full ArduCopter has are passed over."""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            words = line.split("#", 1)[0].replace(",", " ").split()
            if not words:
                continue
            try:
                name, text = words
                value = float(text)
            except ValueError:
                raise BadInputError(
                    f"{path}, line {number}: expected a parameter name and a number, found {line.strip()!r}",
                    remedy="mend the line or delete it",
                ) from None
            if name in self._values:
                self.set(name, value)


def _as_float32(value: float) -> float:
    return float(struct.unpack("<f", struct.pack("<f", value))[0])
