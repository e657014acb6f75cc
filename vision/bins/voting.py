"""Two texts at one place of the goods cannot both be right: which of them is believed, and what it costs the winner."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vision.reads import Read, n_photos

APART_IN_ONE_FRAME_M = 0.02
"""Two symbols that one frame shows at least this far apart are two: within a frame, the error of its pose drops out."""
_SAME_PLACE_M = (0.05, 0.15)
"""Least and most distance up to which two texts from different frames are taken for one symbol."""
CLEAR_MAJORITY = 2.0
"""Frames of the winner for each frame of a text that names another pallet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sticker:
    """All reads of one pallet's identity, or else of one text, at one place of one face."""

    face: str
    text: str
    """Of the first read."""
    reads: tuple[Read, ...]
    along_m: float
    height_m: float
    """Medians over the reads."""

    @property
    def pallet(self) -> str:
        """The pallet that the text names by the site's rules; empty for none."""
        return self.reads[0].pallet

    @property
    def symbologies(self) -> frozenset[str]:
        """Of all reads: a label may say the same in bars and in a 2D code."""
        return frozenset(r.symbology for r in self.reads)

    @property
    def n_frames(self) -> int:
        """How many photos speak for the text."""
        return n_photos(self.reads)


def sticker_of(reads: Sequence[Read]) -> Sticker:
    """Return the sticker of reads that share face and meaning, and have a place."""
    first = reads[0]
    return Sticker(
        face=first.face,
        text=first.text,
        reads=tuple(reads),
        along_m=float(np.median([r.along_m for r in reads if r.along_m is not None])),
        height_m=float(np.median([r.height_m for r in reads if r.height_m is not None])),
    )


def rivals_of(sticker: Sticker, others: Sequence[Sticker], sigma_m: float) -> list[Sticker]:
    """Return the stickers whose text contradicts that of `sticker`, which names a pallet.

    They share its face and symbology and lie where it lies, up to the error of poses (`sigma_m`, one standard deviation on the
    face), and no frame shows both apart. They name another pallet, or are as long and name nothing: a misread that failed its
    check. Further GS1 data is the neighbouring symbol of the same label and contradicts nothing.
    """
    reach = min(max(2 * math.sqrt(2) * sigma_m, _SAME_PLACE_M[0]), _SAME_PLACE_M[1])
    return [
        other
        for other in others
        if other.face == sticker.face
        and other.symbologies & sticker.symbologies
        and other.text != sticker.text
        and (other.pallet or (len(other.text) == len(sticker.text) and not other.reads[0].label_data))
        and other.pallet != sticker.pallet
        and math.hypot(other.along_m - sticker.along_m, other.height_m - sticker.height_m) < reach
        and not _are_apart(sticker, other)
    ]


def _are_apart(a: Sticker, b: Sticker) -> bool:
    places = {r.frame: r for r in a.reads}
    return any(
        math.hypot((r.along_m or 0.0) - (mine.along_m or 0.0), (r.height_m or 0.0) - (mine.height_m or 0.0)) > APART_IN_ONE_FRAME_M
        for r in b.reads
        if (mine := places.get(r.frame)) is not None
    )


def wins(sticker: Sticker, rivals: Sequence[Sticker]) -> bool:
    """Return whether frames enough speak for `sticker`: twice those for any other pallet, and no fewer than for any failed read."""
    return all(sticker.n_frames >= (CLEAR_MAJORITY if rival.pallet else 1.0) * rival.n_frames for rival in rivals)


def share_for(sticker: Sticker, rivals: Sequence[Sticker]) -> float:
    """Return the share of the frames that speak for `sticker`, of all that read its place."""
    return sticker.n_frames / (sticker.n_frames + sum(r.n_frames for r in rivals))
