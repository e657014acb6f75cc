"""One aisle -> the runs that see its bins, and the bins that no run can see, each with its reason.

The order of the questions: may the bin be looked at, which passes read it soonest, is the air free; if not, which other pass reads
it through free air.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from mission.planning.choice import Choice, Side
from mission.planning.flight_errors import FlightErrors
from mission.planning.free_air import FreeAir
from mission.planning.lanes import Run
from mission.planning.needs import MARGIN
from mission.planning.past_obstacles import free_pieces, past_obstacles
from mission.planning.remedies import why_unreadable
from mission.planning.repeated_racks import Choices, Options
from mission.records import Direction, Limit, Uncovered
from warehouse.camera import CameraModel
from warehouse.layout import Bin, BinKind, RackFace
from warehouse.site import Site
from warehouse.texts import Texts, texts_of

PACKAGE = "mission.planning"
"""Whose table of texts says why locations are not planned."""
_THIN_MARGINS = (1.12, 1.0)
"""For bins that no pass can give the margin that plans ask for."""
_PASSES = {Direction.LEVEL: "level passes", Direction.COLUMN: "passes up and down"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AislePlan:
    """What can be seen of one aisle."""

    runs: tuple[Run, ...]
    uncovered: tuple[Uncovered, ...]
    limits: tuple[Limit, ...]


def plan_aisle(
    site: Site,
    air: FreeAir,
    errors: FlightErrors,
    faces: Sequence[tuple[RackFace, Sequence[Bin]]],
    *,
    choices_of: Choices | None = None,
    lang: str = "en",
) -> AislePlan:
    """Return the runs that see the bins of the faces of one aisle, in the least time that keeps every label readable.

    Bins are planned with a margin over the pixels just needed; those that no pass gives it to, as well as they can be read.
    `choices_of` remembers what was chosen for the racks of other aisles.
    """
    choices_of, t = choices_of or Choices(site, errors), texts_of(PACKAGE, lang)
    uncovered: list[Uncovered] = []
    sides: list[Side] = []
    for face, bins in faces:
        uncovered += [_not_looked_at(b, t) for b in bins if not b.kind.is_observable]
        sides.append(choices_of.side(face, camera_for(site, face), [b for b in bins if b.kind.is_observable]))
    all_sides = list(sides)
    runs: list[Run] = []
    limits: list[Limit] = []
    blocked: dict[str, set[str]] = {}
    for margin in (MARGIN, *_THIN_MARGINS):
        while left := [side for side in sides if side.bins]:
            choices = _choose(choices_of, left, margin)
            if not choices:
                break
            for options in choices:
                choice = options.chosen()
                pieces, found = free_pieces(choice.runs, air)
                runs += pieces
                blocked |= found
                limits += _limits(choice, options) if pieces else ()
                done = {b.code.text for run in choice.runs for b in run.bins}
                sides = [_without(side, done) for side in sides]
    for side in all_sides if blocked else ():
        others = past_obstacles(site, air, errors, _only(side, blocked), margins=(MARGIN, *_THIN_MARGINS), blocked=blocked)
        runs += others
        limits += (limit for run in others for limit in _limits_of(run, "what is in the way of faster passes"))
    uncovered += (_blocked(location, names, t) for location, names in blocked.items())
    uncovered += [why_unreadable(site, errors, side.face, side.camera, member, t=t) for side in sides for member in side.bins]
    return AislePlan(runs=tuple(runs), uncovered=tuple(uncovered), limits=_tightest(limits))


def _choose(choices_of: Choices, sides: Sequence[Side], margin: float) -> list[Options]:
    """Return the options for each face by itself or, where two cameras read more or as much in less time, for both together."""
    alone = [options for side in sides if (options := choices_of.of([side], margin=margin))]
    if len({side.camera.side for side in sides}) < 2:
        return alone
    both = choices_of.of(sides, margin=margin)
    if not both:
        return alone
    together, apart = both.best(), [options.best() for options in alone]
    n_apart, apart_s = sum(choice.n_bins for choice in apart), sum(choice.time_s for choice in apart)
    return [both] if (-together.n_bins, together.time_s) <= (-n_apart, apart_s) else alone


def camera_for(site: Site, face: RackFace) -> CameraModel:
    """Return the camera on the side of the face, or the only one that there is: then the drone flies tail first along that face."""
    return site.camera(face.side) or site.cameras[0]


def _without(side: Side, codes: Container[str]) -> Side:
    return Side(face=side.face, camera=side.camera, bins=tuple(member for member in side.bins if member[0].code.text not in codes))


def _only(side: Side, codes: Container[str]) -> Side:
    return Side(face=side.face, camera=side.camera, bins=tuple(member for member in side.bins if member[0].code.text in codes))


def _blocked(location: str, names: Iterable[str], t: Texts) -> Uncovered:
    reason = t("blocked.reason", what=t("and").join(sorted(names)))
    return Uncovered(location=location, reason=reason, remedy=t("blocked.remedy"), bound_by="way")


def _not_looked_at(b: Bin, t: Texts) -> Uncovered:
    remedy = t("by_hand") if b.kind is BinKind.REAR else ""
    return Uncovered(location=b.code.text, reason=t(f"kind.{b.kind.value}"), remedy=remedy, bound_by="kind")


def _limits(choice: Choice, options: Options) -> list[Limit]:
    direction = choice.runs[0].direction
    others = [
        f"{_PASSES[d]} would take {other.time_s:.0f} s"
        if other.n_bins == choice.n_bins
        else f"{_PASSES[d]} would read {other.n_bins} of the {choice.n_bins} locations"
        for d, other in options.by_direction.items()
        if d is not direction
    ]
    instead = others[0] if others else f"{_PASSES[_other(direction)]} cannot read them"
    words = f"{_PASSES[direction]} ({instead})"
    faces = dict.fromkeys(view.face.name for run in choice.runs for view in run.views)
    limits = [limit for run in choice.runs for limit in _limits_of(run, choice.distance_bound_by)]
    return limits + [Limit(face=face, quantity="direction", value=choice.time_s, bound_by=words) for face in faces]


def _limits_of(run: Run, distance_bound_by: str) -> list[Limit]:
    limits = []
    for view in run.views:
        every = f"{run.pace.n_looks} pictures of every label, {2 * view.reach_m:.2f} m of the way long"
        found = (
            ("standoff_m", view.standoff_m, distance_bound_by),
            ("speed_mps", run.pace.speed_mps, run.pace.speed_bound_by),
            ("photo_spacing_m", run.pace.photo_spacing_m, every),
        )
        limits += [Limit(face=view.face.name, quantity=q, value=value, bound_by=words) for q, value, words in found]
    return limits


def _other(direction: Direction) -> Direction:
    return Direction.COLUMN if direction is Direction.LEVEL else Direction.LEVEL


def _tightest(limits: list[Limit]) -> tuple[Limit, ...]:
    tightest: dict[tuple[str, str], Limit] = {}
    for limit in limits:
        key = (limit.face, limit.quantity)
        if key not in tightest or limit.value < tightest[key].value:
            tightest[key] = limit
    return tuple(tightest.values())
