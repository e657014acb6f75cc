"""The site: the building, and what flies and is read in it. The frozen result of reading a site folder."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from warehouse.camera import CameraModel
from warehouse.goods import SmallestGoods
from warehouse.layout import Layout
from warehouse.poses import FrameRecord
from warehouse.range_sensor import RangeSensor
from warehouse.symbologies import LINEAR_SYMBOLOGIES
from warehouse.tags import APRIL_TAG, LocationTag


@dataclass(frozen=True, slots=True, kw_only=True)
class Drone:
    """The airframe, as far as planning needs it."""

    name: str
    radius_m: float
    """From the centre to the tip of the outermost rotor."""
    clearance_m: float
    """Free air wanted around the rotors."""
    cruise_mps: float
    """Never faster than this, however good the light."""
    climb_mps: float
    min_height_m: float
    """Lowest height above the floor at which it may scan."""
    max_height_m: float
    battery_wh: float
    hover_w: float
    """Power in hover."""
    reserve: float
    """Share of the battery that must be left at landing, 0 to 1."""
    climb_w: float | None = None
    """Power while it climbs; None: as in hover."""
    cruise_w: float | None = None
    """Power while it flies along; None: as in hover."""
    swap_s: float = 120.0
    """From a landing to the next take-off with a fresh battery."""
    position_error_m: float | None = None
    """How far it may be from where it believes to be, in 99 of 100 photos; None: as measured indoors, about 6 cm."""


_LINEAR_LEAST_PX, _MATRIX_LEAST_PX = 2.0, 2.5


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRules:
    """What the pallet labels of this site look like, where they hang, and what may be booked as a pallet."""

    symbologies: tuple[str, ...]
    """What may be read; members of SYMBOLOGIES."""
    narrowest_bar_mm: float
    """Width of the narrowest bar or module (GS1: X-dimension)."""
    width_mm: float
    height_mm: float
    """Of the whole sticker."""
    lowest_m: float
    highest_m: float
    """The band above the pallet's base in which the stickers hang; GS1 Logistic Label Guideline: 0.4 to 0.8 m."""
    lpn_patterns: tuple[str, ...] = ()
    """Regular expressions of house LPNs, matched in full. An SSCC needs none."""
    sscc_prefixes: tuple[str, ...] = ()
    """If given: the only beginnings (extension digit and company prefix) that an SSCC may have here."""
    edge_m: float = 0.05
    """No sticker is nearer than this to a side of its bin; GS1: 50 mm from the edge of the load."""
    setback_m: float = 0.10
    """How far behind the plane of the face a label may be: pallets do not stand flush with the beam."""
    bars: str = "any"
    """How the bars of a linear code stand on the rack: `upright`, `lying`, or `any`."""
    looks: int = 2
    """Photos that must hold a label: one read of a 1D code is no proof (wrong reads pass their check digits now and then)."""
    pixels_per_bar: float | None = None
    """Pixels a narrowest bar must have on the label's plane; None: as many as the blur asks for."""
    max_motion_px: float | None = None
    """Motion blur allowed, in pixels; None: as much as the bars bear."""

    @property
    def least_pixels_per_bar(self) -> float:
        """Pixels of a narrowest bar that a plan asks for at least: the site's own figure, or what engines need of sharp codes."""
        if self.pixels_per_bar is not None:
            return self.pixels_per_bar
        return _LINEAR_LEAST_PX if LINEAR_SYMBOLOGIES.issuperset(self.symbologies) else _MATRIX_LEAST_PX


@dataclass(frozen=True, kw_only=True)
class Site:
    """A checked site folder."""

    name: str
    layout: Layout
    drone: Drone
    cameras: tuple[CameraModel, ...]
    """One or two: `left`, `right`, or both sides."""
    labels: LabelRules
    digest: str
    tags: tuple[LocationTag, ...] = ()
    """Codes at measured places of the racks, in the order of `tags.csv`; none where the site has no such file."""
    range_sensor: RangeSensor | None = None
    """None: the drone has none."""
    smallest_goods: SmallestGoods | None = None
    """None: pallets, as deep as their location."""

    def heights_m(self, aisle: str) -> tuple[float, float]:
        """Return the lowest and the highest place of the drone's middle over the floor of an aisle; the ceiling may lower both."""
        room_m = self.drone.radius_m + self.drone.clearance_m
        return self.drone.min_height_m, min(self.drone.max_height_m, self.layout.ceiling_over_m(aisle) - room_m)

    @property
    def symbologies(self) -> tuple[str, ...]:
        """What barcode readers look for in a frame: what labels carry, then what tags add to it. AprilTags are found otherwise."""
        wanted = [*self.labels.symbologies, *(tag.symbology for tag in self.tags if tag.symbology != APRIL_TAG)]
        return tuple(dict.fromkeys(wanted))

    def is_location_text(self, symbology: str, text: str) -> bool:
        """Whether a barcode names a place, whatever pallet pattern it fits: the code of a location, or a tag of the site."""
        return text in self.layout.bins_by_code or (symbology, text) in self._tag_keys

    @cached_property
    def _tag_keys(self) -> frozenset[tuple[str, str]]:
        return frozenset((tag.symbology, tag.text) for tag in self.tags)

    def camera(self, side: str) -> CameraModel | None:
        """Return the camera that looks out of that side of the airframe, if the drone has one."""
        return next((c for c in self.cameras if c.side == side), None)

    def camera_of(self, frame: FrameRecord) -> CameraModel | None:
        """Return the camera that took the frame, for pictures of the frame's size; None when the drone has no such camera."""
        camera = self.camera(frame.camera)
        return camera if camera is None or frame.size_px is None else camera.resized(frame.size_px)
