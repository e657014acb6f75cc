"""Poses corrected by what the frames show: location tags, symbols seen from several frames, and the rack itself.

A frame is moved only as far as what it shares with others tells, and its `position_sigma_m` says how sure its place is afterwards:
more than the autopilot claimed where the frames contradict it and nothing tells the truth.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import FaceView, find_face_view
from vision.codes.decoded import Decoded
from vision.poses.adjustment import N_UNKNOWNS, places_and_slopes
from vision.poses.contradictions import contradicted
from vision.poses.errors import LOOSE, ErrorModel, Solution, fit, solve
from vision.poses.far_off import far_off_m, far_warnings, judge_far
from vision.poses.group import LaneGroup, group_of
from vision.poses.jumps import JUMPED_SIGMA_M
from vision.poses.lattice import WIDEST_SIGMA_M, Ruler, place_on_ruler, stickers
from vision.poses.mistaken import leave_out_mistaken, telling_tracks
from vision.poses.pieces import Piece, pieces_of
from vision.poses.rack import alike, name_uprights
from vision.poses.sightings import UPRIGHT, Sighting, lanes_of, sightings_of, upright_sightings
from vision.poses.tags import ENOUGH_TAGS, TagJudgement, judge_tags, tag_warnings
from vision.reads import UprightSeen
from warehouse.poses import FrameRecord, Pose
from warehouse.site import Site

Vector = NDArray[np.float64]

MAX_SIGMA_M = 0.5
"""A frame whose position is less certain than this places nothing, and is not corrected."""
MAX_GROUP = 160
"""Frames that are corrected together: lanes of one face that see the same symbols are joined up to this many, longer ones cut."""
_MOST_FITTED = 8
"""Groups from which the sizes of errors are estimated, spread over the run: more tell hardly more."""
ENOUGH_SHARED = 10
"""Symbols that several frames show, in the groups that errors are estimated from: with fewer, small errors are a guess."""
_SURE_M = 0.06
"""Error of most frames of a lane below which the rack is not asked: tags are the better ruler."""
_MISPLACED_SHARE, _LEAST_MISPLACED = 0.2, 3
"""Share and number of stickers seen where none can hang from which on the poses are not believed."""
_WORTH_TELLING_M = 0.01
_UNKNOWN_DRIFT_M = 0.5
_DISPROVED = 2.0
"""How many times greater than recorded errors must look before the records are called wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PoseCorrection:
    """The records of a run after correction, in their order."""

    frames: tuple[FrameRecord, ...]
    moved_m: tuple[float, ...]
    """How far each frame was moved along its face and in height; 0 for one that looks at no face."""
    n_tags: int
    """Location tags that were seen and believed."""
    n_uprights: int
    """Uprights of the rack that were seen and told apart."""
    n_shared: int
    """Other symbols that several frames show."""
    doubtful_tags: tuple[str, ...]
    """Texts of tags that seem to hang elsewhere than the site's file says."""
    doubtful_on: tuple[str, ...]
    """The rack face of each of these."""
    contradictions: tuple[str, ...]
    """In sentences, where tags, or the photos beside, say that the recorded positions are far off."""
    model: ErrorModel | None = None
    """How errors of the records follow one another; None where too little is shared to tell."""

    def sentence(self) -> str:
        """Return for people how far poses were corrected."""
        moved = [m for m in self.moved_m if m > 0]
        if not moved:
            return "The recorded positions were used as they are."
        if max(moved) < _WORTH_TELLING_M:
            return "Positions agree with what the photos show."
        tags = [f"{self.n_tags} location tag{'s' if self.n_tags > 1 else ''}"] if self.n_tags else []
        rack = [f"{self.n_uprights} upright{'s' if self.n_uprights > 1 else ''} of the racks"] if self.n_uprights else []
        shared = ["labels that several photos show"] if self.n_shared else []
        usual = float(np.median(moved))
        usually = f"{100 * usual:.0f} cm" if usual >= _WORTH_TELLING_M else "less than 1 cm"
        return (
            f"Positions of {len(moved)} photos corrected by {' and by '.join(tags + rack + shared)}:"
            f" usually {usually}, {100 * max(moved):.0f} cm at most."
        )

    def warnings(self) -> list[str]:
        """Return for people which tags to look after."""
        elsewhere = [
            f"tags.csv: tag {text} on {face} seems to hang elsewhere; measure its place again."
            for text, face in zip(self.doubtful_tags, self.doubtful_on, strict=True)
        ]
        return [*elsewhere, *self.contradictions]


def correct_poses(
    site: Site,
    frames: Sequence[FrameRecord],
    found: Mapping[str, Sequence[Decoded]],
    uprights: Mapping[str, Sequence[UprightSeen]] | None = None,
) -> PoseCorrection:
    """Return `frames`, given in flight order, with poses and errors corrected by the barcodes `found` and the `uprights` in each.

    Deterministic; frames that look at no face, or whose autopilot called its position bad or not certain to `MAX_SIGMA_M`, come
    back as they are. Photos whose places jumped come back too uncertain to place anything.
    """
    correction = _corrected_by_what_is_shared(site, frames, found, uprights)
    sure = (f for f in correction.frames if f.is_ekf_healthy and f.position_sigma_m <= MAX_SIGMA_M)
    views = [v for f in sure if (v := find_face_view(site, f)) is not None]
    bad, why = contradicted(site, views, found)
    records = (_placing_nothing(f) if f.frame in bad else f for f in correction.frames)
    return replace(correction, frames=tuple(records), contradictions=(*correction.contradictions, *why))


def _corrected_by_what_is_shared(
    site: Site,
    frames: Sequence[FrameRecord],
    found: Mapping[str, Sequence[Decoded]],
    uprights: Mapping[str, Sequence[UprightSeen]] | None,
) -> PoseCorrection:
    sure = [f for f in frames if f.is_ekf_healthy and f.position_sigma_m <= MAX_SIGMA_M]
    views = [v for f in sure if (v := find_face_view(site, f)) is not None]
    recorded = float(np.median([v.frame.position_sigma_m for v in views])) if views else 0.0
    sightings = {v.frame.frame: sightings_of(v, 0, found.get(v.frame.frame, ())) for v in views}
    steel = alike(views, uprights or {})
    for v in views:
        sightings[v.frame.frame] += upright_sightings(v, 0, steel.get(v.frame.frame, ()))
    pieces = [p for lane in lanes_of(views) for p in pieces_of(lane, MAX_GROUP)]
    groups = _groups(site, pieces, sightings, recorded)
    for group in groups:
        group.follow()
    alone = [judge_tags(g, LOOSE, recorded) for g in groups]  # before uprights are named: those a bay farther look the same
    far = far_off_m(site, groups, alone)
    said = far_warnings(groups, alone, far)
    lost = frozenset[str]().union(*(g.told for g, off_m in zip(groups, far, strict=True) if off_m))
    frames = [_placing_nothing(f) if f.frame in lost else f for f in frames]
    kept = [(g, j) for g, j, off_m in zip(groups, alone, far, strict=True) if not off_m]
    groups, alone = [g for g, _ in kept], [j for _, j in kept]
    for group in groups:
        name_uprights(site, group, replace(LOOSE, recorded_m=recorded))
    judgements = [judge_tags(g, LOOSE, recorded) for g in groups]
    telling = [i for i, g in enumerate(groups) if g.problem().equations.b.any()]  # not kept: each holds a large matrix
    if not telling:
        return PoseCorrection(
            frames=tuple(frames),
            moved_m=(0.0,) * len(frames),
            n_tags=0,
            n_uprights=0,
            n_shared=0,
            doubtful_tags=(),
            doubtful_on=(),
            contradictions=tuple(said),
        )
    fitted = telling[:: max(math.ceil(len(telling) / _MOST_FITTED), 1)]
    are_heights_told = any(t.tag is not None and t.is_tag_trusted for i in fitted for t in groups[i].tracks)
    model = fit([groups[i].problem(telling_tracks(groups[i])) for i in fitted], recorded, are_heights_told=are_heights_told)
    for group in groups:
        leave_out_mistaken(group, model)
        name_uprights(site, group, model)
    n_telling = sum(len(t.sightings) > 1 and not t.is_upright for i in fitted for t in groups[i].tracks)
    is_disproved = model.level_m() > _DISPROVED * recorded
    corrected: dict[str, tuple[FrameRecord, float]] = {}
    usual = _usual_m(model, [judgements[i] for i in fitted])
    judgements = [judge_far(g, model, usual, by_tags) for g, by_tags in zip(groups, alone, strict=True)]
    for group, judgement in zip(groups, judgements, strict=True):
        # A record that is proven wrong is not believed to be free of drift either, where no two tags or uprights say so.
        unknown = _UNKNOWN_DRIFT_M if is_disproved and group.n_anchors < 2 else 0.0
        own = replace(model, drift_m=max(model.drift_m, judgement.doubt_m, unknown), rise_m=max(model.rise_m, judgement.doubt_m))
        for record, moved in _corrected(site, group, own):
            if record.frame in group.told:
                corrected[record.frame] = record, moved
    tags = [t for g in groups for t in g.tag_tracks]
    doubtful = sorted({(t.tag.text, t.tag.face) for t in tags if t.tag and not t.is_tag_trusted})
    return PoseCorrection(
        frames=tuple(corrected[f.frame][0] if f.frame in corrected else f for f in frames),
        moved_m=tuple(corrected[f.frame][1] if f.frame in corrected else 0.0 for f in frames),
        n_tags=len({(t.tag.face, t.tag.symbology, t.tag.text) for t in tags if t.tag and t.is_tag_trusted}),
        n_uprights=len({(g.views[0].face.name, t.upright_m) for g in groups for t in g.tracks if t.upright_m is not None}),
        n_shared=sum(t.tag is None and not t.is_upright and len(t.sightings) > 1 for g in groups for t in g.tracks),
        doubtful_tags=tuple(text for text, _ in doubtful),
        doubtful_on=tuple(face for _, face in doubtful),
        contradictions=(*tag_warnings(judgements, recorded), *said),
        model=model if n_telling >= ENOUGH_SHARED else None,
    )


def _placing_nothing(record: FrameRecord) -> FrameRecord:
    return replace(record, position_sigma_m=max(record.position_sigma_m, JUMPED_SIGMA_M))


def _usual_m(model: ErrorModel, judgements: Sequence[TagJudgement]) -> float:
    """Return the usual error of the poses as far as it is confirmed: drift is, only where enough tags agree on it."""
    is_confirmed = any(len(j.texts) >= ENOUGH_TAGS for j in judgements)
    return max(model.recorded_m, model.level_m() if is_confirmed else math.hypot(model.white_m, model.short_m))


def _groups(site: Site, lanes: list[Piece], sightings: dict[str, list[Sighting]], recorded_m: float) -> list[LaneGroup]:
    """Join lanes of one face that see the same symbols."""
    joined: list[tuple[list[Piece], set[tuple[str, str]]]] = []
    for lane in lanes:
        texts = {(s.symbology, s.text) for v in lane.views for s in sightings[v.frame.frame] if s.symbology != UPRIGHT}
        mine = [lane]
        for other in [j for j in joined if j[0][0].views[0].face.name == lane.views[0].face.name and j[1] & texts]:
            if sum(len(p.views) for p in [*mine, *other[0]]) <= MAX_GROUP:
                mine, texts = [*other[0], *mine], texts | other[1]
                joined.remove(other)
        joined.append((mine, texts))
    tags = {name: {(t.symbology, t.text): t for t in site.tags if t.face == name} for name in site.layout.faces}
    return [group_of(parts, sightings, tags[parts[0].views[0].face.name], recorded_m) for parts, _ in joined]


def _corrected(site: Site, group: LaneGroup, model: ErrorModel) -> list[tuple[FrameRecord, float]]:
    solution = solve(group.problem(), model)
    errors, sigmas = solution.errors.copy(), _sigmas(group, solution)
    for numbers, _ in group.lanes:
        shift, along = _by_the_rack(site, group, numbers, solution, sigmas[numbers, 0])
        errors[numbers, 0] += shift
        sigmas[numbers, 0] = along
    own = np.array([v.frame.position_sigma_m for v in group.views])
    # What its neighbours know of a frame that shares nothing with them is only that it flew with them.
    told = np.where(group.placed(), sigmas.max(axis=1), np.maximum(sigmas.max(axis=1), own))
    return [_moved(view, e, float(s)) for view, e, s in zip(group.views, errors, told, strict=True)]


def _sigmas(group: LaneGroup, solution: Solution) -> Vector:
    """Return (n, 2) standard deviations, along and in height, of what the middle of each picture shows."""
    sigmas = np.zeros((len(group.views), 2))
    for i, slope in enumerate(_frame_slopes(group, np.arange(len(group.views)))):
        sigmas[i, 0] = math.sqrt(float(slope @ solution.covariance @ slope))
        at = N_UNKNOWNS * i + 1
        sigmas[i, 1] = math.sqrt(float(solution.covariance[at, at]))
    return sigmas


def _frame_slopes(group: LaneGroup, numbers: NDArray[np.intp]) -> Vector:
    """Return (n, 4 N): what the errors add to the place along the face that the middle of each picture shows."""
    slopes = np.zeros((len(numbers), N_UNKNOWNS * len(group.views)))
    for row, i in enumerate(numbers):
        slopes[row, N_UNKNOWNS * i] = 1.0
        slopes[row, N_UNKNOWNS * i + 3] = group.centres[i, 2] * _turn_sign(group.views[i])
    return slopes


def _turn_sign(view: FaceView) -> float:
    """Return 1 where a clockwise turn moves what the lens sees towards the end of the aisle, else -1."""
    along, out = np.asarray(view.face.along), np.asarray(view.face.outward)
    return float(np.sign(-out[1] * along[0] + out[0] * along[1]))


def _by_the_rack(
    site: Site, group: LaneGroup, numbers: NDArray[np.intp], solution: Solution, sigma: Vector
) -> tuple[Vector, Vector]:
    """Return what the rack as a ruler adds to a lane's places along the face, and the standard deviations then."""
    mine = set(numbers.tolist())
    tracks = [
        t
        for t in group.tracks
        if t.tag is None
        and not t.is_upright
        and t.sightings[0].frame in mine
        and not site.is_location_text(t.sightings[0].symbology, t.sightings[0].text)
    ]
    if not tracks:
        return np.zeros(len(numbers)), sigma
    places, symbol_slopes, _ = places_and_slopes(group.centres, tracks, solution.errors)
    kept = stickers(places)
    ruler = Ruler.of(site.layout.bins_of_face(group.views[0].face.name), site.labels.width_mm / 1000.0)
    n_outside = int((ruler.outside_m(places[kept, 0]) > 0.05).sum())
    is_contradicted = n_outside >= _LEAST_MISPLACED and n_outside >= _MISPLACED_SHARE * len(kept)
    if float(np.median(sigma)) <= _SURE_M and not is_contradicted:
        return np.zeros(len(numbers)), sigma
    slopes = np.vstack([_frame_slopes(group, numbers), symbol_slopes[kept, 0]])
    covariance = slopes @ solution.covariance @ slopes.T
    if is_contradicted:
        covariance = covariance + _UNKNOWN_DRIFT_M**2
    shift, along = place_on_ruler(ruler, places[kept, 0], covariance, len(numbers))
    return shift, along if is_contradicted else np.minimum(along, sigma)


def _moved(view: FaceView, errors: Vector, sigma_m: float) -> tuple[FrameRecord, float]:
    """Return the record with its errors taken out, so that the lens is where the solution has it, and how far it moved (m)."""
    pose, face, camera = view.frame.pose, view.face, view.camera
    turned = replace(pose, heading_deg=(pose.heading_deg + math.degrees(float(errors[3]))) % 360.0)
    lens = camera.camera_centre_m(pose) + errors[0] * np.asarray(face.along) + errors[2] * np.asarray(face.outward)
    lens = lens + np.array([0.0, 0.0, errors[1]])
    body = np.asarray(pose.position_m) + lens - camera.camera_centre_m(turned)
    place = (round(float(body[0]), 4), round(float(body[1]), 4), round(float(body[2]), 4))
    corrected = Pose(
        time_s=pose.time_s,
        position_m=place,
        roll_deg=pose.roll_deg,
        pitch_deg=pose.pitch_deg,
        heading_deg=round(turned.heading_deg, 4),
    )
    moved = math.hypot(float(errors[0]), float(errors[1]))
    return replace(
        view.frame,
        pose=corrected,
        position_sigma_m=round(min(max(sigma_m, 0.005), max(WIDEST_SIGMA_M, view.frame.position_sigma_m)), 4),
    ), moved
