"""What is seen of a run, in words: the same for the terminal and the page."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inventory.report.page import answer
from inventory.report.texts import load_texts
from inventory.watching.following import RunSight, Stage
from warehouse.flight_sight import DronePhase, DroneSight
from warehouse.reading_step import BINS, LABELS, PICTURES
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.texts import Texts, texts_of

SILENT_S = 5.0
"""Without a word from a drone in the air, it is said; in a simulation its program may be held up as long."""
_ON_THE_GROUND = (DronePhase.GETTING_READY, DronePhase.ON_PAD, DronePhase.LANDED)
_AFTER_PHOTOS = (BINS, LABELS, PICTURES)
_QUIET_S = 30.0
"""Without a finished photo, it is said that the reading may have stopped."""


def watch_texts(lang: str) -> Texts:
    """Return the words of the report, and those of watching beside them; BadInputError for a language that is not spoken."""
    return Texts(lang, {**load_texts(lang).words, **texts_of("inventory.watching", lang).words})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """How much of something is done."""

    key: str
    name: str
    n_done: int
    n_total: int


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is said of a drone."""

    key: str
    name: str
    words: str
    is_alarm: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DroneWords:
    """What is said of one drone."""

    name: str
    rows: tuple[Row, ...]


def headline(sight: RunSight, t: Texts) -> str:
    """Return what is going on, in one sentence."""
    if sight.report is not None:
        return answer(sight.report, t)
    if sight.stage is Stage.READING and sight.step is not None and sight.step.what in _AFTER_PHOTOS:
        return t(f"stage.reading_{sight.step.what}")
    if sight.flights.is_landed:
        return t("stage.landed")
    if sight.stage in (Stage.PLANNED, Stage.PAUSED) and sight.flights.is_getting_ready:
        return t("stage.getting_ready")
    if sight.stage is Stage.FLYING and all(drone.phase is DronePhase.COMING_HOME for drone in _flying(sight)):
        return t("stage.coming_home")
    n = len(_flying(sight))
    return t("stage.flying_several", n=n) if sight.stage is Stage.FLYING and n > 1 else t(f"stage.{sight.stage}")


def next_step(sight: RunSight, t: Texts, run: RunFolder) -> str:
    """Return what a person does next, or what will happen without one."""
    if sight.stage is Stage.COMPARED:
        return t("next.open", page=run.report_path) if sight.has_page else t("next.report", run=run.root)
    if sight.stage is Stage.READING and sight.quiet_s > _QUIET_S:
        return t("next.quiet", s=round(sight.quiet_s), run=run.root)
    if sight.stage in (Stage.PLANNED, Stage.PAUSED) and sight.flights.is_getting_ready:
        return t("next.getting_ready")
    if sight.stage is Stage.FLYING and not sight.flights.is_landed and len(_flying(sight)) > 1:
        return t("next.flying_several")
    return t("next.landed" if sight.flights.is_landed else f"next.{sight.stage}", run=run.root)


def bars(sight: RunSight, t: Texts) -> list[Bar]:
    """Return how far the photos are taken and read."""
    planned = sight.n_taken if sight.flights.is_flown else max(sight.flights.n_photos, sight.n_taken)
    found = [Bar(key="taken", name=t("bar.taken"), n_done=sight.n_taken, n_total=planned)] if planned else []
    if sight.step is not None:
        n_total = max(sight.n_taken, sight.n_searched)
        found.append(Bar(key="searched", name=t("bar.searched"), n_done=sight.n_searched, n_total=n_total))
        if sight.stage is Stage.READING and sight.step.what in _AFTER_PHOTOS:
            step = sight.step
            found.append(Bar(key=step.what, name=t(f"bar.{step.what}"), n_done=step.n_done, n_total=step.n_total))
    return found


def drones(sight: RunSight, site: Site, t: Texts) -> list[DroneWords]:
    """Return what each drone last said."""
    return [DroneWords(name=_name(drone, t), rows=tuple(_rows(drone, site, t))) for drone in sight.flights.drones]


def _flying(sight: RunSight) -> list[DroneSight]:
    return [drone for drone in sight.flights.drones if drone.is_under_way and drone.phase is not DronePhase.LANDED]


def later_flights(sight: RunSight, t: Texts) -> str:
    """Return how much flying is left after what is under way, or at all; empty when nothing is."""
    flights = sight.flights
    n = flights.n_flights - flights.n_flown - sum(drone.is_under_way for drone in flights.drones)
    key = "later" if flights.is_under_way else "left"
    return t.count(key, n).replace("{m}", str(max(1, round(flights.left_s / 60)))) if n > 0 and flights.left_s else ""


def place_in_aisle(site: Site, position_m: tuple[float, float, float]) -> tuple[str, float, float] | None:
    """Return (aisle, metres along it from its start, metres above the floor) of a place between two rack faces, or None."""
    for aisle in site.layout.aisles:
        along, height, out = (float(v) for v in aisle.face("left").face_coordinates_m(np.asarray(position_m)))
        if 0.0 <= out <= aisle.width_m and -1.0 <= along <= aisle.length_m + 1.0:
            return aisle.name, along, height
    return None


def number(value: float, digits: int, t: Texts) -> str:
    """Return a number as the reader writes it."""
    text = f"{value:.{digits}f}"
    return text if t.lang == "en" else text.replace(".", ",")


def _name(drone: DroneSight, t: Texts) -> str:
    return t("drone.name", drone=drone.drone, flight=drone.sortie)


def _rows(drone: DroneSight, site: Site, t: Texts) -> list[Row]:
    def row(key: str, words: str, *, is_alarm: bool = False) -> Row:
        return Row(key, t(f"drone.{key}"), words, is_alarm)

    rows = [row("doing", t(f"phase.{drone.phase}") if not drone.ended else t("phase.ended"))]
    battery = [row("battery", words)] if (words := _battery(drone, t)) else []
    if drone.ended:
        return [*rows, row("ended", drone.ended), *battery]
    if drone.phase in (DronePhase.FLYING, DronePhase.HELD):
        lane = t("drone.lane_of", lane=drone.lane, n=drone.n_lanes) if drone.lane else t("drone.between", n=drone.n_lanes)
        rows.append(row("lane", lane))
    rows += [row("place", _place(drone, site, t)), *battery]
    if drone.left_s is not None:
        rows.append(row("left", f"{int(drone.left_s) // 60}:{int(drone.left_s) % 60:02d} min"))
    if drone.silent_s > SILENT_S and drone.phase is not DronePhase.LANDED:
        rows.append(row("link", t("drone.silent", s=round(drone.silent_s)), is_alarm=True))
    elif not drone.is_position_good and drone.phase not in _ON_THE_GROUND:
        rows.append(row("position", t("drone.position_bad"), is_alarm=True))
    return [*rows, row("words", drone.text)] if drone.text else rows


def _battery(drone: DroneSight, t: Texts) -> str:
    parts = [] if drone.battery_percent is None else [f"{drone.battery_percent} %"]
    parts += [] if not drone.battery_v else [f"{number(drone.battery_v, 1, t)} V"]
    return ", ".join(parts)


def _place(drone: DroneSight, site: Site, t: Texts) -> str:
    if drone.position_m is None:
        return t("drone.nowhere")
    height = number(max(drone.position_m[2], 0.0), 1, t)
    found = place_in_aisle(site, drone.position_m)
    if found is None:
        return t("drone.outside", height=height)
    return t("drone.in_aisle", aisle=found[0], along=number(max(found[1], 0.0), 1, t), height=height)
