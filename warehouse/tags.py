"""Location tags: codes that hang at measured places of the racks, by which a photo tells where it was taken."""

from __future__ import annotations

from dataclasses import dataclass

APRIL_TAG = "AprilTag36h11"
"""The one family of fiducials that is looked for; a tag's text is its number."""
N_APRIL_TAGS = 587
"""Numbers in the family 36h11: 0 to 586 (https://github.com/AprilRobotics/apriltag, tag36h11.c)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationTag:
    """One code that is fixed to a rack, never to a pallet."""

    text: str
    """What it says; the number of an AprilTag in decimal digits."""
    symbology: str
    """A member of `warehouse.symbologies.SYMBOLOGIES`, or `APRIL_TAG`."""
    face: str
    """Name of the rack face that it hangs on."""
    along_m: float
    """Its middle, from the start of the aisle."""
    height_m: float
    """Its middle, above the floor."""
    size_mm: float
    """Length of a linear code's bars; side of a square code. White margins do not count."""
    outward_m: float = 0.0
    """How far it hangs in front of the plane of the face."""
