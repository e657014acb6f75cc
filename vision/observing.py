"""Views, labels and hard looks to one observation a bin. Nothing here opens a picture."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from vision.face_view import FaceView, label_band
from vision.fusing import SeenLabel, agreed_data
from vision.looking import BinLook
from vision.occupancy import Depth
from vision.reads import Read
from warehouse.layout import Bin, BinKind
from warehouse.observations import Observation, ObservationStatus, PalletSighting
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
    """Usable frames that show at least a part of where its label can hang, in flight order."""
    shares: list[float] = field(default_factory=list)
    """Beside each view, the share of those places that it shows."""
    seen_share: float = 0.0
    """Share of those places that `NEEDED_LOOKS` frames show."""
    labels: list[SeenLabel] = field(default_factory=list)
    reads: list[Read] = field(default_factory=list)
    """Every barcode that lies in it, of whatever meaning."""
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
        looks = np.zeros(grid[0].shape, dtype=int)
        for view in by_face[b.face]:
            fa, fh = view.footprint.along_m, view.footprint.height_m
            if fa[1] < band.along_m[0] or fa[0] > band.along_m[1] or fh[1] < band.height_m[0] or fh[0] > band.height_m[1]:
                continue
            seen = view.sees(*grid)
            if seen.any():
                looks += seen
                file.views.append(view)
                file.shares.append(float(seen.mean()))
        file.seen_share = float((looks >= NEEDED_LOOKS).mean())
    return files


def file_reads(files: dict[str, BinFile], reads: list[Read], labels: list[SeenLabel]) -> None:
    """Put labels into their bins, and every read into the bin of its label, or else into the bin that its own frame says."""
    homes: dict[tuple[str, str, str, str], str] = {}
    for label in labels:
        files[label.place.location].labels.append(label)
        for r in label.reads:
            homes[r.frame, r.symbology, r.text, str(r.corners_px)] = label.place.location
    for r in reads:
        home = homes.get((r.frame, r.symbology, r.text, str(r.corners_px)), r.location)
        if home:
            files[home].reads.append(r)


def observe(site: Site, file: BinFile, evidence: dict[tuple[str, str], str]) -> Observation:
    """Return what can be said of one bin. `evidence` gives picture paths by (location, `bin` or pallet identity)."""
    location = file.bin.code.text
    status, confidence, reason = _status(file)
    pallets = tuple(_sighting(label, evidence.get((location, str(label.pallet)), "")) for label in file.labels)
    nearest = min(file.labels, key=lambda s: s.place.margin_m, default=None)
    booked = {label.pallet.value for label in file.labels}
    texts = {
        r.text for r in file.reads if r.pallet not in booked and not r.label_data and not site.is_location_text(r.symbology, r.text)
    }
    return Observation(
        location=location,
        status=status,
        pallets=pallets,
        label_data=agreed_data(file.reads) if len(file.labels) == 1 else (),
        unbooked_texts=tuple(sorted(texts)),
        confidence=round(confidence, 4),
        frames=tuple(v.frame.frame for v in file.views),
        evidence=evidence.get((location, "bin"), ""),
        runner_up=nearest.place.runner_up if nearest else "",
        margin_m=round(nearest.place.margin_m, 3) if nearest else None,
        seen_at="" if status is ObservationStatus.UNSEEN else max((v.frame.captured_at for v in file.views), default=""),
        reason=reason,
    )


def _sighting(label: SeenLabel, evidence: str) -> PalletSighting:
    first = label.reads[0]
    return PalletSighting(
        pallet=label.pallet, symbology=first.symbology, text=first.text, n_frames=label.n_frames, evidence=evidence
    )


def _status(file: BinFile) -> tuple[ObservationStatus, float, str]:
    if file.labels:
        return ObservationStatus.READ, min(label.confidence for label in file.labels), _read_reason(file)
    if not file.bin.kind.is_observable:
        return ObservationStatus.NOT_OBSERVABLE, 1.0, f"the layout calls it {file.bin.kind.value}"
    if not file.is_seen or file.look is None:
        return ObservationStatus.UNSEEN, 1.0, _unseen_reason(file)
    occupancy, (low, high) = file.look.occupancy, file.look.heights_m
    if occupancy.is_empty and occupancy.far_m is not None:
        confidence = (1 - 0.1 / occupancy.n_pairs) * min(1.0, 0.8 + occupancy.far_share / 4)
        return (
            ObservationStatus.EMPTY,
            confidence,
            f"what is seen between {low:.1f} and {high:.1f} m above its base lies {occupancy.far_m:.1f} m behind the front "
            f"(measured in {occupancy.n_pairs} pairs of frames)",
        )
    if file.look.has_bars:
        return ObservationStatus.UNREADABLE, 0.95, "a label hangs there whose bars show in two photos or more, and it does not read"
    if occupancy.depth is Depth.FRONT:
        return ObservationStatus.UNREADABLE, 0.95, "something stands at the front, and no label of it was read"
    # Neither a claim that goods stand there nor one that none do: as far as the stock goes, nobody has looked.
    return ObservationStatus.UNSEEN, 1.0, "the photos do not tell whether something stands there, and no label was read"


def _read_reason(file: BinFile) -> str:
    n = min(label.n_frames for label in file.labels)
    margin = min(label.place.margin_m for label in file.labels)
    frames = "one frame" if n == 1 else f"{n} frames"
    thin = f", only {margin:.2f} m nearer than {file.labels[0].place.runner_up}" if margin < 0.1 else ""
    return f"label read in {frames}{thin}"


def _unseen_reason(file: BinFile) -> str:
    if not file.views:
        return "no usable frame shows it"
    if file.is_seen:
        return "photos show it, and the program could not finish looking at them"
    return f"only {100 * file.seen_share:.0f} % of where its label can hang is shown by {NEEDED_LOOKS} usable frames"
