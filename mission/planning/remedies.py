"""Why no pass reads a location, with figures, and what would help, with figures too."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mission.planning.flight_errors import FlightErrors
from mission.planning.label_bands import LabelBand
from mission.planning.lanes import camera_reach_m
from mission.planning.needs import matrix_px, most_motion_px, needed_px
from mission.planning.optics import BASE_DEFOCUS_PX
from mission.planning.readability import MIN_SPEED_MPS, Look, look, motion_px
from mission.planning.windows import tallest_window
from mission.records import Direction, Uncovered
from warehouse.camera import CameraModel
from warehouse.layout import Bin, RackFace
from warehouse.site import Site


def why_unreadable(
    site: Site, errors: FlightErrors, face: RackFace, camera: CameraModel, member: tuple[Bin, LabelBand, float]
) -> Uncovered:
    """Return why the bin, with the band of its labels and their distance from uprights, is in no pass of this camera."""
    return _Inquest(site=site, errors=errors, face=face, camera=camera, bin_=member[0], band=member[1], free_m=member[2]).verdict()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inquest:
    """One bin that nothing reads. Pixels are judged at the nearest distance that the rotors allow, where bars are widest."""

    site: Site
    errors: FlightErrors
    face: RackFace
    camera: CameraModel
    bin_: Bin
    band: LabelBand
    free_m: float

    @property
    def _room_m(self) -> float:
        return self.site.drone.radius_m + self.site.drone.clearance_m

    @property
    def _aisle_m(self) -> float:
        return self.site.layout.aisle(self.face.aisle).width_m

    @property
    def _nearest_m(self) -> float:
        return self._room_m - camera_reach_m(self.camera)

    def verdict(self) -> Uncovered:
        """Return the first limit that nothing can be done about."""
        if self._aisle_m < 2 * self._room_m:
            return self._uncovered(
                f"the aisle is {self._aisle_m:.2f} m wide; the drone with its clearance needs {2 * self._room_m:.2f} m",
                "a smaller drone, or less clearance_m",
                "width",
            )
        band, labels = self.band, self.site.labels
        lowest, highest = self.site.heights_m(self.face.aisle)
        if lowest > highest:
            return self._uncovered(
                f"the ceiling over the aisle is {highest + self._room_m:.2f} m above the floor; the drone with its clearance needs"
                f" {lowest + self._room_m:.2f} m",
                "count it by hand",
                "height",
            )
        down = self.camera.offset_body_m[2]
        at = min(max((band.low_m + band.high_m) / 2, lowest - down), highest - down)
        half_band = max(band.high_m - at, at - band.low_m)
        seen = self._look(self._nearest_m, half_band, math.inf)
        needed = needed_px(labels, seen.sight.defocus_px, 0.0)
        if seen.sight.px_per_bar < needed:
            return self._too_few_pixels(seen, needed)
        farthest = seen.sight.farthest_m * seen.sight.px_per_bar / needed - labels.setback_m - self.errors.outward_m
        standoff = max(self._nearest_m, min(farthest, self._aisle_m - self._room_m - camera_reach_m(self.camera)))
        reach = tallest_window(self.camera, standoff, labels, self.errors).half_height_m
        if band.high_m - band.low_m > 2 * reach:
            return self._too_tall(reach, needed)
        if half_band > reach:
            return self._uncovered(
                f"its labels hang {band.low_m:.2f} to {band.high_m:.2f} m above the floor; the drone scans between"
                f" {lowest:g} and {highest:.4g} m{self._under_the_ceiling(highest)}",
                "count it by hand, or change min_height_m or max_height_m if the drone may fly there",
                "height",
            )
        best = self._look(standoff, half_band, self.free_m)
        if best.clear_share < 1.0 and best.reach_m < MIN_SPEED_MPS * self.camera.min_interval_s * labels.looks:
            return self._uncovered(
                f"an upright may hide its label in {100 * (1 - best.clear_share):.0f} % of the pictures that would hold it",
                "labels farther from the side of the location (edge_m), or pallets flush with the beam (setback_m)",
                "upright",
            )
        return self._too_slow(seen, best) or self._too_far(best, standoff, needed) or self._too_few_photos(best)

    def _under_the_ceiling(self, highest_m: float) -> str:
        is_under = highest_m < self.site.drone.max_height_m
        return f", under a ceiling of {highest_m + self._room_m:g} m" if is_under else ""

    def _look(self, standoff_m: float, half_breadth_m: float, free_m: float) -> Look:
        return look(
            self.camera,
            self.site.labels,
            self.errors,
            Direction.LEVEL,
            standoff_m=standoff_m,
            half_breadth_m=half_breadth_m,
            upright_free_m=free_m,
            margin=1.0,
        )

    def _too_few_pixels(self, seen: Look, needed: float) -> Uncovered:
        labels, camera, px = self.site.labels, self.camera, seen.sight.px_per_bar
        ratio = needed / px
        reason = (
            f"a bar of {labels.narrowest_bar_mm:g} mm is {px:.2f} pixels wide where the label hangs farthest back, and {needed:.2f}"
            f" are needed; the rotors keep the camera {self._nearest_m:.2f} m from the rack"
        )
        if needed_px(labels, BASE_DEFOCUS_PX, 0.0) <= px and camera.f_number is not None:
            blur = math.sqrt(seen.sight.defocus_px**2 - BASE_DEFOCUS_PX**2)
            allowed = math.sqrt(max((seen.sight.defocus_px / ratio) ** 2 - BASE_DEFOCUS_PX**2, 1e-4))
            return self._uncovered(
                f"{reason}, because it is out of focus: blurred by {seen.sight.defocus_px:.1f} pixels",
                f"focus the lens at {self._nearest_m + labels.setback_m / 2:.2f} m, or stop it down to"
                f" f/{math.ceil(camera.f_number * blur / allowed * 10) / 10:g}",
                "focus",
            )
        focal = math.ceil(min(camera.focal_px) * ratio / 10) * 10
        millimetres = f" ({focal * camera.pixel_um / 1000:.0f} mm)" if camera.pixel_um is not None else ""
        helps = [f"a longer lens: {focal} px focal length{millimetres}"]
        within = seen.sight.farthest_m / ratio - labels.setback_m - self.errors.outward_m
        if within > 0.1:
            helps.append(f"a smaller drone that may come within {within:.2f} m")
        helps.append(f"labels with bars of {math.ceil(labels.narrowest_bar_mm * ratio * 100) / 100:.2f} mm")
        if "QRCode" not in labels.symbologies and "DataMatrix" not in labels.symbologies:
            square_mm = labels.narrowest_bar_mm * matrix_px(seen.sight.defocus_px) / px
            helps.append(f"a QR label with squares of {math.ceil(square_mm * 10) / 10:.1f} mm")
        return self._uncovered(reason, ", or ".join(helps), "pixels")

    def _too_tall(self, reach_m: float, needed: float) -> Uncovered:
        tall = self.band.high_m - self.band.low_m
        lost = 2 * reach_m / max(self.camera.footprint_m(1.0)[1], 1e-6)
        n_px = math.ceil(tall * needed * 1000 / self.site.labels.narrowest_bar_mm + self.camera.size_px[1] * max(0.0, 1 - lost) / 4)
        helps = f", or labels that hang within {2 * reach_m:.2f} m of height (lowest_m, highest_m)" if reach_m > 0.05 else ""
        return self._uncovered(
            f"labels may hang over {tall:.2f} m of height; a picture surely holds {2 * reach_m:.2f} m where bars are wide enough",
            f"a taller picture: about {n_px} pixels or more{helps}",
            "picture",
        )

    def _too_slow(self, seen: Look, best: Look) -> Uncovered | None:
        """The bars are wide enough, but at no speed are they sharp."""
        camera, labels = self.camera, self.site.labels
        if max(seen.blur_speed_mps, best.blur_speed_mps) >= MIN_SPEED_MPS:
            return None
        bearable = most_motion_px(labels, seen.sight.px_per_bar, seen.sight.defocus_px)
        smear = motion_px(camera, MIN_SPEED_MPS * seen.motion_share + self.errors.speed_mps, seen.sight.farthest_m)
        exposure_ms = math.floor(camera.exposure_s * 1000 * bearable / smear * 100) / 100
        bars = ', or say how the bars stand on the rack (bars = "upright")' if labels.bars == "any" else ""
        return self._uncovered(
            f"at {MIN_SPEED_MPS:g} m/s, the slowest that the drone flies, an exposure of {camera.exposure_s * 1000:g} ms smears"
            f" the bars by {smear:.1f} pixels; {bearable:.1f} are the most that they bear",
            f"a strobe or a lamp for an exposure of {exposure_ms:g} ms{bars}",
            "blur",
        )

    def _too_far(self, best: Look, standoff_m: float, needed: float) -> Uncovered | None:
        """Near enough for the bars, the picture does not hold all places of the label; far enough for these, the bars are thin."""
        labels, (width, height) = self.site.labels, self.camera.size_px
        px = best.sight.px_per_bar
        if best.reach_m <= 0 or px >= needed:
            return None
        ratio = needed / px
        return self._uncovered(
            f"a picture holds every place where the label may hang from {standoff_m:.2f} m on, and there a bar of"
            f" {labels.narrowest_bar_mm:g} mm is {px:.2f} pixels wide at the edge; {needed:.2f} are needed",
            f"a camera of more pixels over the same angle: {math.ceil(width * ratio / 10) * 10} x"
            f" {math.ceil(height * ratio / 10) * 10}, or labels with bars of"
            f" {math.ceil(labels.narrowest_bar_mm * ratio * 100) / 100:.2f} mm",
            "pixels",
        )

    def _too_few_photos(self, best: Look) -> Uncovered:
        camera, n_looks = self.camera, self.site.labels.looks
        return self._uncovered(
            f"a label is wholly in the picture over {2 * best.reach_m:.2f} m of the way; {n_looks} photos do not fit into that at"
            f" {MIN_SPEED_MPS:g} m/s, the slowest that the drone flies, with one photo every {camera.min_interval_s:g} s",
            f"a camera that takes a photo every {2 * best.reach_m / n_looks / MIN_SPEED_MPS / 1.2:.2f} s, or a wider picture",
            "photos",
        )

    def _uncovered(self, reason: str, remedy: str, bound_by: str) -> Uncovered:
        return Uncovered(location=self.bin_.code.text, reason=reason, remedy=remedy, bound_by=bound_by)
