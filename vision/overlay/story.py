"""What a photo with its findings drawn on it says: each barcode with what became of it, each location with what was concluded.

Drawn from the files of a reading that is done, so it tells what was booked, not what would be booked today.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from vision.bins.face_view import FaceView
from vision.bins.placing import MAX_OUTSIDE_M
from vision.codes.decoded import Corners
from vision.poses.correction import MAX_SIGMA_M
from vision.reading.read_run import fuse_all, trusted_view
from vision.reads import Read
from warehouse.layout import Bin, BinKind
from warehouse.observations import Observation, ObservationStatus
from warehouse.poses import FrameRecord
from warehouse.site import Site
from warehouse.texts import ENGLISH, Speech

STATUS_WORDS = {
    ObservationStatus.READ: "LABEL READ",
    ObservationStatus.EMPTY: "SEEN EMPTY",
    ObservationStatus.UNREADABLE: "NO LABEL READ",
    ObservationStatus.UNSEEN: "NOT DECIDED",
    ObservationStatus.NOT_OBSERVABLE: "LEFT OUT",
}
MOVED_M = 0.005
"""A correction of the position that is smaller than this is not worth a word."""
_LONGEST_TEXT = 60


class Fate(StrEnum):
    """What became of a barcode."""

    BOOKED = "booked"
    """It names a pallet, and the pallet was booked."""
    BESIDE = "beside"
    """It was never meant to be booked: contents of a label, the sticker of a location."""
    REFUSED = "refused"
    """It names a pallet, or might, and was not booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One barcode of one photo."""

    corners_px: Corners
    fate: Fate
    words: str
    """Symbology, text, what read it and what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placard:
    """One location of one photo."""

    bin: Bin
    status: ObservationStatus
    title: str
    """Its code, the status and the votes: short enough for the picture."""
    words: str
    """The reason, and what was booked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameStory:
    """Everything that is written on one photo."""

    frame: FrameRecord
    """With the pose that its barcodes were placed by."""
    is_placed: bool
    """Whether the photo's position was good enough to say which locations it shows."""
    lines: tuple[str, ...]
    """Where the photo was taken and how certain that is."""
    marks: tuple[Mark, ...]
    placards: tuple[Placard, ...]


def tell(
    site: Site,
    frames: Sequence[tuple[FrameRecord, FrameRecord]],
    reads: Sequence[Read],
    observations: Sequence[Observation],
    speech: Speech = ENGLISH,
) -> list[FrameStory]:
    """Return a story a frame, in their order, in the language of `speech`.

    `frames` are pairs of the record as flown and as its barcodes were placed.
    """
    by_location = {o.location: o for o in observations}
    homes: dict[tuple[str, str], list[str]] = defaultdict(list)
    for o in observations:
        for s in o.pallets:
            homes[s.pallet.kind.value, s.pallet.value].append(o.location)
    views = {placed.frame: view for _, placed in frames if (view := trusted_view(site, placed)) is not None}
    doubts = {r.key: doubt.reason for doubt in fuse_all(site, views, reads).doubts for r in doubt.reads}
    by_frame: dict[str, list[Read]] = defaultdict(list)
    for r in reads:
        by_frame[r.frame].append(r)
    stories = []
    for flown, placed in frames:
        view = views.get(placed.frame)
        marks = [_mark(site, r, homes[r.pallet_kind, r.pallet], doubts.get(r.key, ""), speech) for r in by_frame[flown.frame]]
        stories.append(
            FrameStory(
                frame=placed,
                is_placed=view is not None,
                lines=tuple(speech.say(line) for line in _where(flown, placed, view)),
                marks=tuple(marks),
                placards=tuple(_placards(site, view, by_location, speech)) if view is not None else (),
            )
        )
    return stories


def _where(flown: FrameRecord, placed: FrameRecord, view: FaceView | None) -> Iterable[str]:
    yield f"{flown.file}   {flown.captured_at}   {flown.camera} camera"
    if view is not None:
        height = float(view.camera.camera_centre_m(placed.pose)[2])
        yield (
            f"Lane along rack face {view.face.name}: {view.along_m:.2f} m along it, {height:.2f} m above the floor, "
            f"{view.standoff_m:.2f} m in front of it"
        )
    elif placed.is_ekf_healthy and placed.position_sigma_m <= MAX_SIGMA_M:
        yield "This photo looks at no rack face (a turn, a climb, the end of an aisle): nothing in it was placed"
    else:
        why = f"certain to {placed.position_sigma_m:.2f} m only" if placed.is_ekf_healthy else "called lost by the autopilot"
        yield f"This photo's position is {why}: nothing in it was placed"
    moved = math.dist(flown.pose.position_m, placed.pose.position_m)
    if moved >= MOVED_M:
        yield f"Its position was corrected by {moved:.2f} m; the drone itself gave {_point(flown)}, now {_point(placed)}"


def _point(frame: FrameRecord) -> str:
    return "(" + ", ".join(f"{v:.2f}" for v in frame.pose.position_m) + ")"


def _mark(site: Site, r: Read, homes: Sequence[str], doubt: str, speech: Speech) -> Mark:
    fate, became = _fate(site, r, homes, doubt)
    text = "".join(c if c.isprintable() else "|" for c in r.text)
    text = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
    how = f"{r.engine}, {r.variant}" if r.variant else r.engine
    return Mark(corners_px=r.corners_px, fate=fate, words=f"{r.symbology} {text} ({how}): {speech.say(became)}")


def _fate(site: Site, r: Read, homes: Sequence[str], doubt: str) -> tuple[Fate, str]:
    place = f" at {r.location}" if r.location else ""
    if site.is_location_text(r.symbology, r.text):
        return Fate.BESIDE, "names a place of the building, not a pallet"
    if not r.pallet:
        if r.label_data:
            return Fate.BESIDE, f"contents of the label{place}"
        return Fate.REFUSED, f"names no pallet by the rules of this site, kept as evidence{place}"
    name = f"{r.pallet_kind} {r.pallet}"
    if doubt:
        return Fate.REFUSED, f"pallet {name} not booked: {doubt}"
    if homes and r.face:
        home = next((h for h in (r.location, r.runner_up) if h in homes), homes[0])
        alone = f"; this photo alone says {r.location or 'no location'}" if home != r.location else ""
        return Fate.BOOKED, f"booked, pallet {name} in {home}{alone}"
    if not r.face:
        return Fate.REFUSED, f"pallet {name} not booked from this photo, whose position is not certain enough"
    if not r.location:
        return Fate.REFUSED, f"pallet {name} not booked: more than {MAX_OUTSIDE_M:.2f} m from every location"
    return Fate.REFUSED, f"pallet {name} not booked: the photos of {r.location} together do not bear it out"


def _placards(site: Site, view: FaceView, by_location: dict[str, Observation], speech: Speech) -> Iterable[Placard]:
    (left, right), (low, high) = view.footprint.along_m, view.footprint.height_m
    for b in site.layout.bins_of_face(view.face.name):
        is_beside = b.along_m + b.width_m / 2 < left or b.along_m - b.width_m / 2 > right
        observation = by_location.get(b.code.text)
        if is_beside or b.base_m + b.height_m < low or b.base_m > high or observation is None:
            continue
        if b.kind is BinKind.REAR and observation.status is not ObservationStatus.READ:
            continue  # it lies behind another one's outline, and there is nothing to say of it
        n_seen = len(observation.frames)
        votes = min((s.n_frames for s in observation.pallets), default=0)
        n_pallets = len(observation.pallets)
        title = f"{b.code.text} {speech.word(STATUS_WORDS[observation.status])}"
        if n_pallets > 1:
            title += " " + speech.say(f"({n_pallets} pallets)")
        elif n_pallets:
            title += " " + speech.say(f"in {votes} of {_photos(max(n_seen, votes))}")
        reasons = map(speech.say, _reasons(view.frame, observation))
        yield Placard(bin=b, status=observation.status, title=title, words="; ".join(reasons))


def _reasons(frame: FrameRecord, o: Observation) -> Iterable[str]:
    yield o.reason
    for s in o.pallets:
        yield f"pallet {s.pallet.kind.value} {s.pallet.value} read in {s.n_frames} of {_photos(max(len(o.frames), s.n_frames))}"
    if o.pallets:
        if o.runner_up and o.margin_m is not None:
            yield f"{o.margin_m:.2f} m nearer than {o.runner_up}"
        yield "over 99.9 % certain" if o.confidence > 0.999 else f"{100 * o.confidence:.1f} % certain"
    if frame.frame not in o.frames:
        yield "this photo does not show where its label can hang"


def _photos(n: int) -> str:
    return "1 photo" if n == 1 else f"{n} photos"


def certainty_px(view: FaceView, sigma_m: float) -> float:
    """Return the length in pixels of the photo of one standard deviation on the rack face."""
    ends = view.pixels(np.array([view.along_m, view.along_m + sigma_m]), np.mean(view.footprint.height_m))
    return float(np.linalg.norm(ends[1] - ends[0]))
