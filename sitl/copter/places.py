"""Origin and home: latitude and longitude for the autopilot's local metres."""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.coordinates import Anchor, latlon_1e7_from_ned, ned_from_latlon_1e7


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A point of the globe that is the zero of a local frame (north, east, up in metres)."""

    anchor: Anchor

    @classmethod
    def of(cls, latitude_1e7: int, longitude_1e7: int, altitude_m: float) -> Place:
        """Take latitude and longitude in 1e-7 degrees and the altitude above sea level."""
        return cls(
            anchor=Anchor(
                latitude_deg=latitude_1e7 / 1e7, longitude_deg=longitude_1e7 / 1e7, altitude_amsl_m=altitude_m, heading_deg=0.0
            )
        )

    @property
    def altitude_m(self) -> float:
        """Above sea level."""
        return self.anchor.altitude_amsl_m

    @property
    def latlon_1e7(self) -> tuple[int, int]:
        """Latitude and longitude of the zero itself."""
        return round(self.anchor.latitude_deg * 1e7), round(self.anchor.longitude_deg * 1e7)

    def latlon_of(self, position: list[float]) -> tuple[int, int]:
        """Return latitude and longitude (1e-7 degrees) of `position`."""
        lat, lon = latlon_1e7_from_ned(self.anchor, (position[0], position[1]))
        return int(lat), int(lon)

    def north_east_of(self, x: int, y: int) -> tuple[float, float]:
        """Return north and east in metres of latitude `x` and longitude `y` (1e-7 degrees)."""
        north, east = ned_from_latlon_1e7(self.anchor, (x, y))
        return float(north), float(east)
