"""Why no pass reads a location, with figures, and what would help, with figures too."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from mission.planning.flight_errors import FlightErrors, errors_of
from mission.planning.label_bands import LabelBand
from mission.planning.lanes import camera_reach_m
from mission.planning.needs import matrix_px, most_motion_px, needed_px
from mission.planning.optics import BASE_DEFOCUS_PX
from mission.planning.readability import MIN_SPEED_MPS, Look, look, motion_px
from mission.planning.remedy_figures import Place, is_read, least_height_px, longest_exposure_s, tallest_band_m
from mission.planning.windows import tallest_window
from mission.records import Direction, Uncovered
from warehouse.camera import CameraModel
from warehouse.layout import Bin, RackFace
from warehouse.site import Site
from warehouse.texts import Texts

_NUMBER = re.compile(r"-?[0-9]+\.[0-9]+")


def why_unreadable(
    site: Site, errors: FlightErrors, face: RackFace, camera: CameraModel, member: tuple[Bin, LabelBand, float], *, t: Texts
) -> Uncovered:
    """Return why the bin, with the band of its labels and their distance from uprights, is in no pass of this camera."""
    b, band, free_m = member
    return _Inquest(site=site, errors=errors, face=face, camera=camera, bin_=b, band=band, free_m=free_m, t=t).verdict()


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
    t: Texts

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
                "width", self._say("width.reason", aisle=f"{self._aisle_m:.2f}", needed=f"{2 * self._room_m:.2f}"), "width.remedy"
            )
        band, labels = self.band, self.site.labels
        lowest, highest = self.site.heights_m(self.face.aisle)
        if lowest > highest:
            return self._uncovered(
                "height",
                self._say("ceiling.reason", ceiling=f"{highest + self._room_m:.2f}", needed=f"{lowest + self._room_m:.2f}"),
                "by_hand",
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
            return self._too_tall(reach, half_band)
        if half_band > reach:
            return self._uncovered(
                "height",
                self._say(
                    "height.reason",
                    low=f"{band.low_m:.2f}",
                    high=f"{band.high_m:.2f}",
                    lowest=f"{lowest:g}",
                    highest=f"{highest:.4g}",
                    under=self._under_the_ceiling(highest),
                ),
                "height.remedy",
            )
        best = self._look(standoff, half_band, self.free_m)
        if best.clear_share < 1.0 and best.reach_m < MIN_SPEED_MPS * self.camera.min_interval_s * labels.looks:
            return self._uncovered(
                "upright", self._say("upright.reason", share=f"{100 * (1 - best.clear_share):.0f}"), "upright.remedy"
            )
        return self._too_slow(seen, best, half_band) or self._too_far(best, standoff, needed) or self._too_few_photos(best)

    def _under_the_ceiling(self, highest_m: float) -> str:
        is_under = highest_m < self.site.drone.max_height_m
        return self._say("height.under", ceiling=f"{highest_m + self._room_m:g}") if is_under else ""

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
        reason = self._say(
            "pixels.reason",
            bar=f"{labels.narrowest_bar_mm:g}",
            px=f"{px:.2f}",
            needed=f"{needed:.2f}",
            nearest=f"{self._nearest_m:.2f}",
        )
        if needed_px(labels, BASE_DEFOCUS_PX, 0.0) <= px and camera.f_number is not None:
            blur = math.sqrt(seen.sight.defocus_px**2 - BASE_DEFOCUS_PX**2)
            allowed = math.sqrt(max((seen.sight.defocus_px / ratio) ** 2 - BASE_DEFOCUS_PX**2, 1e-4))
            return self._uncovered(
                "focus",
                self._say("focus.reason", pixels=reason, blur=f"{seen.sight.defocus_px:.1f}"),
                "focus.remedy",
                at=f"{self._nearest_m + labels.setback_m / 2:.2f}",
                f_number=f"{math.ceil(camera.f_number * blur / allowed * 10) / 10:g}",
            )
        focal = math.ceil(min(camera.focal_px) * ratio / 10) * 10
        millimetres = f" ({focal * camera.pixel_um / 1000:.0f} mm)" if camera.pixel_um is not None else ""
        helps = [self._say("pixels.lens", focal=str(focal), millimetres=millimetres)]
        within = seen.sight.farthest_m / ratio - labels.setback_m - self.errors.outward_m
        if within > 0.1:
            helps.append(self._say("pixels.nearer", within=f"{within:.2f}"))
        helps.append(self._say("pixels.bars", bar=f"{math.ceil(labels.narrowest_bar_mm * ratio * 100) / 100:.2f}"))
        if "QRCode" not in labels.symbologies and "DataMatrix" not in labels.symbologies:
            square_mm = labels.narrowest_bar_mm * matrix_px(seen.sight.defocus_px) / px
            helps.append(self._say("pixels.qr", square=f"{math.ceil(square_mm * 10) / 10:.1f}"))
        return self._lost("pixels", reason, self.t("or").join(helps))

    def _too_tall(self, reach_m: float, half_band_m: float) -> Uncovered:
        """Not all places of a label are in one picture from where its bars are wide enough."""
        tall, error_m = self.band.high_m - self.band.low_m, self.site.drone.position_error_m
        place, known_place = self._place(half_band_m, error_m), self._place(half_band_m, None)
        helps = []
        if (n_px := least_height_px(self.camera, place)) is not None:
            helps.append(self._say("picture.taller", n_px=str(n_px)))
        if (holds := tallest_band_m(self.camera, place)) is not None:
            helps.append(self._say("picture.lower", holds=f"{holds:.2f}"))
        if error_m is not None and is_read(self.camera, known_place):
            helps.append(self._say("picture.place", error=f"{error_m:.2f}"))
        return self._lost(
            "picture",
            self._say("picture.reason", tall=f"{tall:.2f}", holds=f"{2 * reach_m:.2f}"),
            self.t("or").join(helps) or self._say("by_hand"),
        )

    def _place(self, half_band_m: float, position_error_m: float | None) -> Place:
        drone = self.site.drone
        strays_m = max(0.0, (position_error_m or 0.0) - drone.clearance_m / 2)  # as passes are chosen
        reach_m, room_m = camera_reach_m(self.camera), self._room_m + strays_m
        return Place(
            labels=self.site.labels,
            errors=errors_of(position_error_m),
            nearest_m=room_m,
            farthest_m=self._aisle_m - room_m,
            camera_reach_m=reach_m,
            half_band_m=round(half_band_m, 4),
            upright_free_m=round(math.floor(self.free_m / 0.005) * 0.005, 6) if math.isfinite(self.free_m) else self.free_m,
            cruise_mps=drone.cruise_mps,
        )

    def _too_slow(self, seen: Look, best: Look, half_band_m: float) -> Uncovered | None:
        """The bars are wide enough, but at no speed are they sharp, or as sharp as the site asks for."""
        camera, labels = self.camera, self.site.labels
        if max(seen.blur_speed_mps, best.blur_speed_mps) >= MIN_SPEED_MPS:
            return None
        bearable = most_motion_px(labels, seen.sight.px_per_bar, seen.sight.defocus_px)
        smear = motion_px(camera, MIN_SPEED_MPS * seen.motion_share + self.errors.speed_mps, seen.sight.farthest_m)
        place, allowed = self._place(half_band_m, self.site.drone.position_error_m), labels.max_motion_px
        exposure_s = longest_exposure_s(camera, place)
        unlimited_s = longest_exposure_s(camera, replace(place, labels=replace(labels, max_motion_px=None)))
        allowed_smear = motion_px(camera, MIN_SPEED_MPS, best.sight.nearest_m)
        alone = ""
        if exposure_s is None or unlimited_s is None:  # something else stands in the way too: what the blur alone asks for
            alone = self.t("blur.not_alone")
            unlimited_s = exposure_s = camera.exposure_s * min(1.0, bearable / smear)
            if allowed is not None:
                exposure_s = min(exposure_s, camera.exposure_s * allowed / allowed_smear)
        sizes = {"speed": f"{MIN_SPEED_MPS:g}", "exposure": f"{camera.exposure_s * 1000:g}"}
        said = {"exposure": f"{float(f'{exposure_s * 1000:.3g}'):g}"}
        if allowed is not None and exposure_s < unlimited_s:
            return self._uncovered(
                "blur",
                self._say("limit.reason", **sizes, smear=f"{allowed_smear:.2f}", allowed=f"{allowed:g}"),
                "limit.remedy",
                **said,
                bearable=f"{bearable:.1f}",
                alone=alone,
            )
        return self._uncovered(
            "blur",
            self._say("blur.reason", **sizes, smear=f"{smear:.1f}", bearable=f"{bearable:.1f}"),
            "blur.remedy",
            **said,
            bars=self.t("blur.bars") if labels.bars == "any" else "",
            alone=alone,
        )

    def _too_far(self, best: Look, standoff_m: float, needed: float) -> Uncovered | None:
        """Near enough for the bars, the picture does not hold all places of the label; far enough for these, the bars are thin."""
        labels, (width, height) = self.site.labels, self.camera.size_px
        px = best.sight.px_per_bar
        if best.reach_m <= 0 or px >= needed:
            return None
        ratio = needed / px
        return self._uncovered(
            "pixels",
            self._say(
                "far.reason",
                standoff=f"{standoff_m:.2f}",
                bar=f"{labels.narrowest_bar_mm:g}",
                px=f"{px:.2f}",
                needed=f"{needed:.2f}",
            ),
            "far.remedy",
            width=str(math.ceil(width * ratio / 10) * 10),
            height=str(math.ceil(height * ratio / 10) * 10),
            bar=f"{math.ceil(labels.narrowest_bar_mm * ratio * 100) / 100:.2f}",
        )

    def _too_few_photos(self, best: Look) -> Uncovered:
        camera, n_looks = self.camera, self.site.labels.looks
        return self._uncovered(
            "photos",
            self._say(
                "photos.reason",
                over=f"{2 * best.reach_m:.2f}",
                n=str(n_looks),
                speed=f"{MIN_SPEED_MPS:g}",
                every=f"{camera.min_interval_s:g}",
            ),
            "photos.remedy",
            every=f"{2 * best.reach_m / n_looks / MIN_SPEED_MPS / 1.2:.2f}",
        )

    def _uncovered(self, bound_by: str, reason: str, remedy: str, **numbers: str) -> Uncovered:
        """Return the verdict with a remedy from the table of texts."""
        return self._lost(bound_by, reason, self._say(remedy, **numbers))

    def _lost(self, bound_by: str, reason: str, remedy: str) -> Uncovered:
        return Uncovered(location=self.bin_.code.text, reason=reason, remedy=remedy, bound_by=bound_by)

    def _say(self, key: str, **numbers: str) -> str:
        """Return a text with numbers as its language writes them; words among them stay."""
        return self.t(key, **{name: number_text(value, self.t) for name, value in numbers.items()})


def number_text(text: str, t: Texts) -> str:
    """Return a number with the decimal mark of the language; anything else as it is."""
    return text.replace(".", ",") if t.lang == "es" and _NUMBER.fullmatch(text) else text
