"""All reads of a run to labels in bins: one truth from several frames."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np

from vision.bins.face_view import GOODS_SETBACK_M, FaceView
from vision.bins.label_depth import SURE_WHERE, LabelDepth, measure_label
from vision.bins.place_errors import sigma_on_face_m
from vision.bins.placing import Place, place
from vision.bins.voting import Sticker, rivals_of, share_for, sticker_of, wins
from vision.codes.decoded import MATRIX, WEAKLY_CHECKED
from vision.reads import Read, n_photos
from warehouse.layout import Bin, BinKind
from warehouse.pallet_ids import PalletId, PalletIdKind
from warehouse.site import Site

SAME_LABEL_M = 0.35
"""Reads of one text nearer than this are one sticker; farther apart, the text hangs at two places."""
UNCHECKED = WEAKLY_CHECKED | {"Code39"}
"""Symbologies whose own check is weak or absent: a house LPN in one of them has nothing that would show a misread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLabel:
    """One sticker on one rack face, with all reads of its text."""

    pallet: PalletId
    face: str
    along_m: float
    height_m: float
    """Medians over the reads."""
    place: Place
    reads: tuple[Read, ...]
    confidence: float
    """Probability that the text is right and that it hangs in this bin: see `docs/reference/decode.md`."""
    is_rear: bool = False
    """Whether it hangs in the rear place of a double-deep rack, seen through the empty one at the front."""

    @property
    def n_frames(self) -> int:
        """How many photos speak for it."""
        return n_photos(self.reads)


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """Reads of one text that names a pallet, and is not booked."""

    text: str
    reads: tuple[Read, ...]
    reason: str
    is_at_front: bool = True
    """Whether it proves that something stands at the front of the bin that it was seen in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fused:
    """What all reads of a run say together."""

    labels: tuple[SeenLabel, ...]
    doubts: tuple[Doubt, ...]


def fuse(site: Site, reads: Iterable[Read], sigma_m: float, views: Mapping[str, FaceView]) -> Fused:
    """Return the stickers that name pallets, placed by all frames that read them, and the texts that are not booked.

    `views` are the frames by name, `sigma_m` is one standard deviation of a place on the face for reads of other frames.

    Not booked is what another text at the same place contradicts without a clear majority, what hangs far behind the front where
    the layout has no rear place, and a single vote of a symbology with a weak check or none.
    """
    by_text: dict[tuple[str, str, str], list[Read]] = defaultdict(list)
    for r in reads:
        if r.face and r.along_m is not None:
            by_text[(r.face, r.pallet_kind, r.pallet) if r.pallet else (r.face, r.symbology, r.text)].append(r)
    stickers = [sticker_of(cluster) for _, group in sorted(by_text.items()) for cluster in _clusters(group)]
    labels: list[SeenLabel] = []
    doubts: list[Doubt] = []
    for sticker in stickers:
        if not sticker.pallet:
            continue
        votes = {(r.frame, r.engine, r.variant) for r in sticker.reads}
        if len(votes) < 2 and sticker.symbologies <= WEAKLY_CHECKED:
            reason = f"one photo alone says {sticker.text}, and nothing in that kind of barcode would show a misread"
            doubts.append(Doubt(text=sticker.text, reads=sticker.reads, reason=reason))
            continue
        own_sigma_m = _sigma_m(sticker, views, sigma_m)
        rivals = rivals_of(sticker, stickers, own_sigma_m)
        if not wins(sticker, rivals):
            reason = f"the photos disagree about what one label says, {' or '.join(sorted(s.text for s in [sticker, *rivals]))}"
            doubts.append(Doubt(text=sticker.text, reads=sticker.reads, reason=reason))
            continue
        label = _label(site, sticker, own_sigma_m, views, share=share_for(sticker, rivals))
        if isinstance(label, Doubt):
            doubts.append(label)
        elif label is not None:
            labels.append(label)
    return Fused(labels=tuple(_one_a_pallet_and_bin(labels)), doubts=tuple(doubts))


def _sigma_m(sticker: Sticker, views: Mapping[str, FaceView], otherwise_m: float) -> float:
    """Return one standard deviation of the sticker's place: some frames know better where they were taken than others."""
    known = [sigma_on_face_m(views[name]) for name in sorted({r.frame for r in sticker.reads}) if name in views]
    return float(np.median(known)) if known else otherwise_m


def _clusters(group: Sequence[Read]) -> list[list[Read]]:
    clusters: list[list[Read]] = []
    for r in sorted(group, key=lambda r: (r.along_m or 0.0, r.height_m or 0.0, r.frame)):
        near = [c for c in clusters if any(_distance_m(r, other) < SAME_LABEL_M for other in c)]
        merged = [r]
        for c in near:
            merged = c + merged
            clusters.remove(c)
        clusters.append(merged)
    return clusters


def _distance_m(a: Read, b: Read) -> float:
    return math.hypot((a.along_m or 0.0) - (b.along_m or 0.0), (a.height_m or 0.0) - (b.height_m or 0.0))


def _label(
    site: Site, sticker: Sticker, sigma_m: float, views: Mapping[str, FaceView], *, share: float
) -> SeenLabel | Doubt | None:
    where = place(site.layout, sticker.face, sticker.along_m, sticker.height_m)
    if where is None:
        return None
    front = site.layout.bins_by_code[where.location]
    depth = measure_label(
        sticker.reads,
        views,
        depth_m=front.depth_m,
        rear_depth_m=_rear_depth_m(site, front),
        sigma_m=sigma_m,
        narrowest_bar_mm=site.labels.narrowest_bar_mm,
    )
    along, height = sticker.along_m, sticker.height_m
    if not depth.is_clear and (depth.is_measured or not depth.is_front):
        reason = f"the label {sticker.text} hangs deep in the location or behind it, and the photos do not tell which"
        return Doubt(text=sticker.text, reads=sticker.reads, reason=reason)
    if not depth.is_front:
        rear = _rear_place(site, sticker, views, depth, front.depth_m)
        if rear is not None and depth.p_rear < SURE_WHERE:
            reason = f"the label {sticker.text} hangs in the rear place or behind it, and the photos do not tell which"
            return Doubt(text=sticker.text, reads=sticker.reads, reason=reason, is_at_front=False)
        if rear is None:
            reason = f"the label {sticker.text} hangs about {depth.behind_m:.1f} m behind the front, where the layout has no place"
            return Doubt(text=sticker.text, reads=sticker.reads, reason=reason, is_at_front=False)
        where, along, height = rear
    pallet = PalletId(PalletIdKind(sticker.reads[0].pallet_kind), sticker.pallet)
    wrong_text = min(_wrong_text(pallet, symbology) for symbology in sticker.symbologies)
    right_text = (1 - wrong_text ** min(sticker.n_frames, 3)) * share
    # The errors of neighbouring frames go together, so many frames place a label hardly better than one: no square root of n here.
    wrong_bin = where.wrong_chance(sigma_m, site.labels.edge_m + _half_length_m(sticker, views))
    return SeenLabel(
        pallet=pallet,
        face=sticker.face,
        along_m=along,
        height_m=height,
        place=where,
        reads=sticker.reads,
        confidence=right_text * (1 - wrong_bin) * (depth.p_front if depth.is_front else depth.p_rear),
        is_rear=not depth.is_front,
    )


def _rear_depth_m(site: Site, front: Bin) -> float:
    """Return the depth of the rear place behind a bin; 0 where the layout has none."""
    x, z = front.along_m, front.centre_m[2]
    behind = (b for b in site.layout.bins_of_face(front.face) if b.kind is BinKind.REAR)
    return max(
        (b.depth_m for b in behind if abs(b.along_m - x) < b.width_m / 2 and abs(b.centre_m[2] - z) < b.height_m / 2), default=0.0
    )


def _half_length_m(sticker: Sticker, views: Mapping[str, FaceView]) -> float:
    """Return half of how far the symbol reaches along the face: its sticker reaches at least as far."""
    spans = [np.ptp(views[r.frame].on_face(np.asarray(r.corners_px))[:, 0]) for r in sticker.reads if r.frame in views]
    return float(np.nanmedian(spans)) / 2 if spans else 0.0


def _wrong_text(pallet: PalletId, symbology: str) -> float:
    """Return the chance that one frame's read is wrong, by what would have shown a misread.

    The text's check digit behind the symbol's own; error correction; the symbol's check alone; nothing (then as inventory assumes
    for scans without a check digit).
    """
    if pallet.kind is PalletIdKind.SSCC:
        return 0.002
    if symbology in MATRIX:
        return 0.001
    return 0.2 if symbology in UNCHECKED else 0.01


def _rear_place(
    site: Site, sticker: Sticker, views: Mapping[str, FaceView], depth: LabelDepth, front_depth_m: float
) -> tuple[Place, float, float] | None:
    """Return place, along and height of a label on the goods of a rear bin; None when it hangs in none."""
    rear_depth_m = max((b.depth_m for b in site.layout.bins_of_face(sticker.face) if b.kind is BinKind.REAR), default=0.0)
    if depth.behind_m > front_depth_m + rear_depth_m:
        return None
    seen = [(views[r.frame], r) for r in sticker.reads if r.frame in views]
    behind = front_depth_m + GOODS_SETBACK_M
    points = np.array([view.on_face(np.asarray(r.corners_px), behind_m=behind).mean(axis=0) for view, r in seen])
    along, height = (float(v) for v in np.median(points, axis=0))
    where = place(site.layout, sticker.face, along, height, is_rear=True)
    return None if where is None else (where, along, height)


def _one_a_pallet_and_bin(labels: Sequence[SeenLabel]) -> list[SeenLabel]:
    """Two stickers of one pallet in one bin, as on two sides of it, are one label: the surer one, with the reads of both."""
    groups: dict[tuple[str, PalletId], list[SeenLabel]] = defaultdict(list)
    for label in labels:
        groups[label.place.location, label.pallet].append(label)
    merged = []
    for group in groups.values():
        best = max(group, key=lambda s: (s.confidence, s.place.room_m, s.n_frames))
        merged.append(replace(best, reads=tuple(chain.from_iterable(s.reads for s in group))))
    return merged
