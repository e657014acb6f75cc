"""How much work one picture may cost, in pixels handed to an engine or a localiser: a bound that is the same on every machine."""

from __future__ import annotations

PIXELS_A_PIXEL = 7.0
"""Default: every pixel of the picture may be looked at this often, …"""
FIXED_PX = 4_000_000
"""… and a small picture, which is enlarged for every try, this much more."""


class Budget:
    """Counts pixels down; what no longer fits is not tried."""

    def __init__(self, n_px: float) -> None:
        """Start with `n_px` pixels."""
        self._left_px = n_px

    @classmethod
    def for_picture(cls, n_px: int) -> Budget:
        """Return the default for a picture of `n_px` pixels."""
        return cls(PIXELS_A_PIXEL * n_px + FIXED_PX)

    @property
    def left_px(self) -> float:
        """Pixels that may still be looked at."""
        return self._left_px

    def take(self, n_px: float) -> bool:
        """Take `n_px` pixels and return True, or leave the budget as it is and return False: something smaller may still fit."""
        if n_px > self._left_px:
            return False
        self._left_px -= n_px
        return True
