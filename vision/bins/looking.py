"""The jobs that workers run: search a whole frame, and look hard at one bin that nobody has read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from vision.bins.bar_traces import Place, bar_pieces, paper_places
from vision.bins.face_view import FaceView, Rect, find_face_view, label_band
from vision.bins.guided import GuidedEffort, decode_guided, label_windows
from vision.bins.occupancy import Depth, Occupancy, least_depth_m, measure
from vision.bins.parallax import ShrunkView
from vision.bins.place_errors import place_errors, sigma_on_face_m
from vision.bins.placed_reads import names_pallet
from vision.bins.range_evidence import NO_READINGS, RangeEvidence
from vision.bins.seen_again import SAME_PLACE_M, Glimpse, are_bars_seen_again, is_seen_again
from vision.bins.tag_search import find_tags
from vision.bins.upright_search import find_uprights, shrunk_for_uprights
from vision.codes import zxing_engine
from vision.codes.agreement import Ballot
from vision.codes.april_tags import find_april_tags
from vision.codes.decode import decode, moved
from vision.codes.decoded import WEAKLY_CHECKED, Decoded
from vision.codes.grey import Grey
from vision.codes.stacking import MAX_FRAMES, BarsSeen, bar_regions, read_stacked, straighten
from vision.pictures.frame_files import FrameFiles
from vision.poses.errors import ErrorModel
from vision.reads import FrameLook
from warehouse.camera import CameraModel
from warehouse.errors import BadInputError
from warehouse.layout import Bin
from warehouse.poses import FrameRecord
from warehouse.site import LabelRules, Site
from warehouse.tags import APRIL_TAG
from warehouse.uprights import usual_width_m

LOOK_HARD_AT = 3
"""Frames of one unread bin on which the whole ladder is climbed."""
POSES_ARE_BETTER = 0.7
"""Second try where the full error leaves room for two answers, as before a wall of blocks: most poses are better than their figure,
and a smaller error has to explain all pairs of frames just as well."""
BAND_SLACK_M = 0.1
"""How far above and below the site's band of labels a hard look goes."""
MAX_SIGMA_OF_BIN_M = 0.2
"""Error of the frames' places from which on nobody can say which opening they show, and so that it is empty."""
_SHRINK = 8


def look_at_frame(files: FrameFiles, site: Site, frame: FrameRecord) -> FrameLook:
    """Open one frame and decode it; a picture that cannot be used is a result, not an error."""
    try:
        image, size_px = files.measured(frame.file)
    except BadInputError as error:
        return FrameLook(frame=frame.frame, fault=error.what)
    if fault := other_size(size_px, site.camera_of(frame)):
        return FrameLook(frame=frame.frame, fault=f"{frame.file}: {fault}")
    view = find_face_view(site, frame) if frame.is_ekf_healthy else None
    found = decode_frame(image, site, view)
    if view is None:
        return FrameLook(frame=frame.frame, found=found)
    width_m = usual_width_m(site.layout.bins_of_face(view.face.name))
    uprights = find_uprights(shrunk_for_uprights(image, view), width_m=width_m)
    return FrameLook(frame=frame.frame, found=found, uprights=uprights)


def decode_frame(image: Grey, site: Site, view: FaceView | None, *, effort: GuidedEffort = "windows") -> tuple[Decoded, ...]:
    """Return the barcodes of labels and location tags in one frame; without a `view` the whole of it is searched once."""
    if view is None:
        found = zxing_engine.read(image, site.symbologies, variant="plain")
        return tuple(found + (find_april_tags(image) if any(tag.symbology == APRIL_TAG for tag in site.tags) else []))
    px_per_mm = view.camera.px_per_mm(view.standoff_m)
    ballot = Ballot()
    ballot.add(find_tags(image, site, px_per_mm=px_per_mm))
    ballot.add(
        decode_guided(
            image,
            label_windows(site, view, sigma_on_face_m(view)),
            site.labels.symbologies,
            px_per_mm=px_per_mm,
            label_width_mm=site.labels.width_mm,
            is_sought=partial(_surely_names_pallet, site),
            effort=effort,
        )
    )
    return tuple(ballot.standing())


def _surely_names_pallet(site: Site, d: Decoded) -> bool:
    return d.symbology not in WEAKLY_CHECKED and names_pallet(site, d)


def other_size(size_px: tuple[int, int], camera: CameraModel | None) -> str:
    """Say that a picture is of another size than its camera takes: whatever it shows would be put in the wrong place.

    Empty when it is of the right one, or the drone has no such camera.
    """
    if camera is None or size_px == camera.size_px:
        return ""
    (width, height), (own_width, own_height) = size_px, camera.size_px
    return (
        f"the picture is {width} x {height} pixels, but the {camera.side} camera of site.toml takes {own_width} x {own_height};"
        " set the camera to that, or bring the pictures in with aislescan import"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BinTask:
    """One bin that no frame has read, with the frames that saw it."""

    bin: Bin
    frames: tuple[FrameRecord, ...]
    ranges: RangeEvidence = NO_READINGS
    """What the range sensor says of it."""
    model: ErrorModel | None = None
    """What the photos of the run told of the errors of their places; None: too little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BinLook:
    """What a hard look at one bin gave."""

    occupancy: Occupancy
    found: tuple[tuple[str, Decoded], ...] = ()
    """Further barcodes as (frame id, decode)."""
    ranges: RangeEvidence = NO_READINGS
    """What the range sensor says of it."""
    has_bars: bool = False
    """Whether two frames see the bars of a label at the same place of the goods, read or not."""
    has_sticker: bool = False
    """Whether two frames see a bright sheet of a label's size there."""


def look_at_bin(files: FrameFiles, site: Site, task: BinTask) -> BinLook:
    """Measure whether the bin is empty; if that is not proven, climb the whole decoding ladder on its best frames."""
    views = [view for frame in task.frames if (view := find_face_view(site, frame)) is not None]
    opening = _seen_opening(task.bin, views)
    shrunk = [ShrunkView(v, files.grey(v.frame.file, shrink=_SHRINK), _SHRINK) for v in views]
    occupancy = Occupancy(depth=Depth.UNDECIDED)
    if len(shrunk) >= 2 and opening.height_m[1] - opening.height_m[0] > 0.2:
        errors = place_errors(views, task.model)
        for trust in (1.0, POSES_ARE_BETTER) if errors.usual_m <= MAX_SIGMA_OF_BIN_M else ():
            trusted = errors.scaled(trust)
            occupancy = measure(
                shrunk, opening, task.bin, sigma_m=errors.usual_m, errors=trusted, shallowest_m=least_depth_m(site.smallest_goods)
            )
            if occupancy.depth is not Depth.UNDECIDED:
                break
    if occupancy.is_empty:
        return BinLook(occupancy=occupancy, ranges=task.ranges)
    found, has_bars, has_sticker = _look_hard(files, site, task.bin, views)
    return BinLook(occupancy=occupancy, found=found, ranges=task.ranges, has_bars=has_bars, has_sticker=has_sticker)


def _seen_opening(b: Bin, views: list[FaceView]) -> Rect:
    """Return the part of the bin's opening, pallet left out, whose heights at least half of the frames show."""
    low = float(np.median([v.footprint.height_m[0] for v in views])) if views else b.base_m
    high = float(np.median([v.footprint.height_m[1] for v in views])) if views else b.base_m
    bottom, top = max(b.base_m + 0.18, low), min(b.base_m + b.height_m - 0.05, high)
    return Rect(along_m=(b.along_m - b.width_m / 2, b.along_m + b.width_m / 2), height_m=(bottom, max(top, bottom)))


def _look_hard(files: FrameFiles, site: Site, b: Bin, views: list[FaceView]) -> tuple[tuple[tuple[str, Decoded], ...], bool, bool]:
    """Return the barcodes of the bin's best frames as (frame id, decode), and whether bars, and label paper, are seen again."""
    rules = site.labels
    band = label_band(b, rules.lowest_m - BAND_SLACK_M, rules.highest_m + BAND_SLACK_M)
    windows = [(view, window) for view in views if (window := view.window_px(band)) is not None]
    windows.sort(key=lambda vw: (-(vw[1][2] - vw[1][0]) * (vw[1][3] - vw[1][1]), vw[0].frame.frame))
    found: list[tuple[str, Decoded]] = []
    glimpses: list[Glimpse] = []
    papers: list[list[Place]] = []
    stackable: list[BarsSeen] = []
    is_read = False
    for i, (view, (left, top, right, bottom)) in enumerate(windows[:MAX_FRAMES]):
        crop = files.grey(view.frame.file)[top:bottom, left:right].copy()  # kept: the rest of the photo need not be
        glimpses.append(Glimpse(view, crop, (left, top), bar_pieces(view, crop, (left, top), band, rules)))
        papers.append(paper_places(view, crop, (left, top), band, rules))
        if i < LOOK_HARD_AT:
            is_sought = partial(names_pallet, site)
            decoded = [moved(d, left, top) for d in decode(crop, symbologies=rules.symbologies, is_sought=is_sought)]
            found += [(view.frame.frame, d) for d in decoded]
            is_read = any(is_sought(d) for d in decoded)
            if is_read:
                break
        stackable += _bars_seen(view, crop, (left, top), rules)
    if not is_read and len(stackable) >= 2:
        sigma_m = float(np.median([sigma_on_face_m(view) for view, _ in windows[:MAX_FRAMES]]))
        found += read_stacked(stackable, rules, reach_m=max(SAME_PLACE_M, 2 * sigma_m))
    return tuple(found), are_bars_seen_again(glimpses, b.depth_m), is_seen_again(papers)


def _bars_seen(view: FaceView, crop: Grey, corner_px: tuple[int, int], rules: LabelRules) -> list[BarsSeen]:
    """Return what looks like bars of a label in the part of a frame whose upper left pixel is `corner_px`, ready to be stacked."""
    px_per_mm = view.camera.px_per_mm(view.standoff_m)
    seen = []
    for region in bar_regions(crop, px_per_mm=px_per_mm, rules=rules):
        along, height = view.on_face(np.array(region.centre_px) + np.array(corner_px))
        place = float(along), float(height)
        seen.append(
            straighten(view.frame.frame, crop, region, px_per_mm=px_per_mm, place_m=place, rules=rules, corner_px=corner_px)
        )
    return seen
