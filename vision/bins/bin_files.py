"""One file a bin: the photos that look at it, and the labels, reads and hard looks that belong to it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vision.bins.face_view import FaceView, label_band
from vision.bins.fusing import Doubt, Fused, SeenLabel
from vision.bins.looking import BinLook
from vision.bins.placed_reads import whereabouts
from vision.bins.stickers import Stickers
from vision.bins.visits import visits_of
from vision.reads import Read
from warehouse.layout import Bin, BinKind
from warehouse.poses import FrameRecord
from warehouse.site import Site

NEEDED_LOOKS = 2
"""Usable frames that must show a place before anything but a read is said of it."""
NEEDED_SHARE = 0.9
"""Share of the places where a bin's label can hang that must have been looked at that often."""
_CELLS = (15, 4)


@dataclass(slots=True, kw_only=True)
class BinFile:
    """All that is known of one bin."""

    bin: Bin
    views: list[FaceView] = field(default_factory=list)
    """Usable frames that show at least a part of where its label can hang, in flight order: of the last visit that shows it, or,
    where none does alone, of all."""
    shares: list[float] = field(default_factory=list)
    """Beside each view, the share of those places that it shows."""
    seen_share: float = 0.0
    """Share of those places that `NEEDED_LOOKS` frames show."""
    labels: list[SeenLabel] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    """Every barcode that lies in it, of whatever meaning."""
    data: list[Read] = field(default_factory=list)
    """Of the reads, those with further GS1 data that belong to one of its labels."""
    doubts: list[Doubt] = field(default_factory=list)
    """Texts seen in it that name a pallet, and are not booked."""
    read_at: str = ""
    """UTC of the last frame that read that one of its labels that was read first; empty without labels."""
    look: BinLook | None = None

    @property
    def is_seen(self) -> bool:
        """Whether frames enough show where its label can hang."""
        return self.seen_share >= NEEDED_SHARE

    @property
    def needs_hard_look(self) -> bool:
        """Whether nothing was read in a bin that can be observed and was seen."""
        return not self.labels and self.bin.kind.is_observable and self.is_seen


def open_files(site: Site, views: list[FaceView]) -> dict[str, BinFile]:
    """Return one file a bin, in the order of the layout, with the frames that look at it."""
    by_face: dict[str, list[FaceView]] = defaultdict(list)
    for view in views:
        by_face[view.face.name].append(view)
    files = {}
    for b in site.layout.bins:
        files[b.code.text] = file = BinFile(bin=b)
        if b.kind is BinKind.REAR:
            continue
        band = label_band(b, site.labels.lowest_m, site.labels.highest_m)
        inset = min(0.05, b.width_m / 4)
        grid = np.meshgrid(
            np.linspace(band.along_m[0] + inset, band.along_m[1] - inset, _CELLS[0]),
            np.linspace(*band.height_m, _CELLS[1]),
        )
        seen = {}
        for view in by_face[b.face]:
            fa, fh = view.footprint.along_m, view.footprint.height_m
            if fa[1] < band.along_m[0] or fa[0] > band.along_m[1] or fh[1] < band.height_m[0] or fh[0] > band.height_m[1]:
                continue
            cells = view.sees(*grid)
            if cells.any():
                seen[view.frame.frame] = view, cells
        _take_last_look(file, list(seen.values()))
    return files


def _take_last_look(file: BinFile, seen: list[tuple[FaceView, NDArray[np.bool_]]]) -> None:
    """Put into a file the views of the last visit that shows the bin, or those of all; each comes with the cells that it shows."""
    cells = {view.frame.frame: shown for view, shown in seen}
    views = [view for view, _ in seen]
    for visit in [*reversed(visits_of(views)), views]:
        looks = np.sum([cells[v.frame.frame] for v in visit], axis=0) if visit else np.zeros(1)
        file.views, file.seen_share = visit, float((looks >= NEEDED_LOOKS).mean())
        if file.is_seen:
            break
    file.shares = [float(cells[v.frame.frame].mean()) for v in file.views]


def file_reads(site: Site, files: dict[str, BinFile], reads: list[Read], fused: Fused, views: Mapping[str, FaceView]) -> None:
    """Put labels into their bins, and every read into the bin of its label, or else into the bin that its own frame says.

    Further GS1 data, in a symbol of its own, belongs to the label whose sticker it hangs on.

    What was filed before is taken out. A rear place was looked at by the frames (`views`, by name) that read a label in it.
    """
    for file in files.values():
        file.labels, file.reads, file.data, file.doubts, file.read_at = [], [], [], [], ""
    homes: dict[tuple[str, str, str, str], str] = {}
    for label in fused.labels:
        home = files[label.place.location]
        home.labels.append(label)
        read_at = max((views[r.frame].frame.captured_at for r in label.reads if r.frame in views), default="")
        home.read_at = min(home.read_at or read_at, read_at)
        if label.is_rear:
            home.views = [views[name] for name in sorted({v.frame.frame for v in home.views} | {r.frame for r in label.reads})]
            home.shares = [1.0] * len(home.views)
        for r in label.reads:
            homes[r.key] = label.place.location
    for doubt in fused.doubts:
        places = Counter(r.location for r in doubt.reads if r.location)
        if places:
            nearest = min(places, key=lambda location: (-places[location], location))
            files[nearest].doubts.append(doubt)
            homes.update({r.key: nearest for r in doubt.reads})
    stickers = Stickers(fused.labels, max(site.labels.width_mm, site.labels.height_mm) / 1000)
    for r in reads:
        owner = stickers.owner(r) if r.label_data else None
        location = owner.place.location if owner else homes.get(r.key, r.location)
        if location:
            files[location].reads.append(r)
        if owner:
            files[location].data.append(r)


def file_strays(site: Site, files: dict[str, BinFile], reads: list[Read], fused: Fused, frames: Mapping[str, FrameRecord]) -> None:
    """Put reads that have no place, and name a pallet that is booked nowhere, into the nearest bin; `frames` by name.

    Such a read proves nothing there; but who says that a pallet was read nowhere must have heard of it.
    """
    booked = {label.pallet.value for label in fused.labels}
    for r in reads:
        if r.pallet and not r.location and r.pallet not in booked:
            files[whereabouts(site, frames[r.frame], r)].reads.append(r)
