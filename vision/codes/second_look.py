"""A second, independent decode of a linear symbol that one look has read.

A Code 128 carries one check character modulo 103, which misreads of a symbol at the limit now and then pass. Lines of one picture
do not err independently: blur and sampling move the same edge in all of them, so counting lines proves nothing. The symbol is cut
out, enlarged and read from its mean line at several strengths of sharpening, whole and in pieces; what reads there must be what was
read before. Of 433 labels seen aslant at the limit, zxing-cpp misread 5 with a right check character; the lines read all 5 right,
and confirmed the other 428.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from vision.codes import zxing_engine
from vision.codes.bar_fit import fits
from vision.codes.decoded import Decoded
from vision.codes.grey import Grey
from vision.codes.localise import BarRegion, upright
from vision.codes.profiles import VARIANT, profile_reads

_CORRECTIONS = 4
"""Lines that must agree on another text before it takes the place of what was read."""
CHECKED_TWICE = frozenset({"Code128"})
"""Symbologies of which one decode is too little: what names a pallet by bars. Weaker ones have their votes."""


def looked_at_twice(image: Grey, found: Sequence[Decoded]) -> list[Decoded]:
    """Return the decodes of a grey picture that a second look confirms, or corrects; those that it cannot read again are dropped.

    Whether a symbol says that it is GS1 is told by the second look, too: pyzbar does not tell.

    Decodes of the mean line itself are left alone: two of its lines have agreed already.
    """
    kept = [d for d in found if not _is_looked_at(d)]
    for d in filter(_is_looked_at, found):
        sure = _second(image, d)
        # A misread may have been corrected to what another decode of the same symbol says.
        if sure is not None and not any(_is_same(sure, other) for other in kept):
            kept.append(sure)
    return kept


def _is_looked_at(d: Decoded) -> bool:
    return d.symbology in CHECKED_TWICE and d.variant != VARIANT


def _is_same(d: Decoded, other: Decoded) -> bool:
    reach = max(math.dist(*d.corners_px[::2]), math.dist(*other.corners_px[::2])) / 4
    return (d.symbology, d.text) == (other.symbology, other.text) and math.dist(d.centre_px, other.centre_px) < reach


def _second(image: Grey, d: Decoded) -> Decoded | None:
    place = region_of(d)
    for region in (place, _on_its_side(place)):
        crop = upright(image, region, is_paper_beyond=True)
        texts: Counter[str] = Counter()
        for again, line in profile_reads(crop, (d.symbology,)):
            texts[again.text] += 1
            is_correction = again.text != d.text
            if (is_correction and texts[again.text] < _CORRECTIONS) or not fits(again, line):
                continue
            return replace(d, text=again.text, is_gs1=again.is_gs1, variant=VARIANT if is_correction else d.variant)
        if d.text not in texts and (found := _read_again(crop.image, d)) is not None:
            return replace(d, is_gs1=found.is_gs1)
        if texts:
            return None
    return None


def _on_its_side(place: BarRegion) -> BarRegion:
    """Return the same piece with its sides exchanged: where engines join few lines aslant, they may begin with another corner."""
    return replace(place, length_px=place.height_px, height_px=place.length_px, angle_deg=place.angle_deg + 90)


def _read_again(crop: Grey, d: Decoded) -> Decoded | None:
    found = zxing_engine.read(crop, (d.symbology,), variant="again", any_direction=False)
    return next((again for again in found if again.text == d.text), None)


def region_of(d: Decoded) -> BarRegion:
    """Return the bars that a decode covers; engines give lines that they have read, so it may be lower than the bars are."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = d.corners_px
    left, right = ((x0 + x3) / 2, (y0 + y3) / 2), ((x1 + x2) / 2, (y1 + y2) / 2)
    angle = math.atan2(right[1] - left[1], right[0] - left[0])
    return BarRegion(
        centre_px=((left[0] + right[0]) / 2, (left[1] + right[1]) / 2),
        length_px=math.dist(left, right),
        height_px=max((math.dist((x0, y0), (x3, y3)) + math.dist((x1, y1), (x2, y2))) / 2, 6.0),
        angle_deg=math.degrees(angle),
        strength=0.0,
    )
