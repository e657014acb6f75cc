"""Flights along one face of the demo site with stickers and tags, seen without pictures: corners projected from the true poses."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from tests.vision.worlds import demo_site, frame_before
from vision.bins.face_view import find_face_view
from vision.bins.placed_reads import in_order, placed_read
from vision.codes.decoded import Decoded
from vision.poses.correction import PoseCorrection
from vision.reading.read_run import fuse_all, trusted_view
from vision.reads import UprightSeen
from warehouse.layout import RackFace
from warehouse.observations import SURE
from warehouse.poses import FrameRecord
from warehouse.site import Site
from warehouse.tags import APRIL_TAG, LocationTag

FACE = "A01-left"
HEIGHT_M = 2.1
UPRIGHTS_M = (0.05, 2.85, 5.65, 8.45, 11.25)


@dataclass(frozen=True)
class Sticker:
    """A code as it truly hangs."""

    text: str
    symbology: str
    along_m: float
    height_m: float
    size_m: tuple[float, float]
    behind_m: float = 0.05


def tag(number: int, along_m: float) -> LocationTag:
    return LocationTag(text=str(number), symbology=APRIL_TAG, face=FACE, along_m=along_m, height_m=HEIGHT_M, size_mm=80.0)


def tagged_site(*tags: LocationTag) -> Site:
    return replace(demo_site(), tags=tags or tuple(tag(i, along) for i, along in enumerate(UPRIGHTS_M)))


def hung(*tags: LocationTag) -> list[Sticker]:
    """Return the tags where their file says."""
    return [Sticker(t.text, t.symbology, t.along_m, t.height_m, (0.08, 0.08), 0.0) for t in tags]


def labels(site: Site, seed: int, *, every: int = 1) -> list[Sticker]:
    """Return one label a bin of the second level, at a seeded place on its load."""
    rng = np.random.default_rng(seed)
    bins = [b for b in site.layout.bins_of_face(FACE) if b.code.level == "2"]
    return [
        Sticker(f"L{i:03d}", "Code128", b.along_m + rng.uniform(-0.3, 0.3), HEIGHT_M + rng.uniform(-0.05, 0.05), (0.13, 0.03))
        for i, b in enumerate(bins[::every])
    ]


def lane(site: Site, *, step_m: float = 0.3, face: str = FACE) -> list[FrameRecord]:
    """Return the true records of one pass along a face."""
    rack: RackFace = site.layout.faces[face]
    places = np.arange(0.1, rack.length_m, step_m)
    return [frame_before(site, rack, float(a), HEIGHT_M, name=f"01/{i:06d}") for i, a in enumerate(places, start=1)]


def seen(site: Site, frames: list[FrameRecord], stickers: list[Sticker]) -> dict[str, tuple[Decoded, ...]]:
    """Return what each frame shows whole."""
    found: dict[str, tuple[Decoded, ...]] = {}
    for frame in frames:
        view = find_face_view(site, frame)
        assert view is not None
        decoded = []
        for s in stickers:
            right, up = s.size_m[0] / 2 * (-1 if _is_mirrored(view.face) else 1), s.size_m[1] / 2
            along = s.along_m + np.array([-right, right, right, -right])
            corners = view.pixels(along, s.height_m + np.array([up, up, -up, -up]), behind_m=s.behind_m)
            if np.isfinite(corners).all() and (corners > 2).all() and (corners < np.asarray(view.camera.size_px) - 3).all():
                box = tuple((float(x), float(y)) for x, y in corners)
                decoded.append(Decoded(symbology=s.symbology, text=s.text, corners_px=box, engine="test", variant="plain"))  # type: ignore[arg-type]
        found[frame.frame] = tuple(decoded)
    return found


def steel(site: Site, frames: list[FrameRecord], standing: tuple[float, ...] = UPRIGHTS_M) -> dict[str, tuple[UprightSeen, ...]]:
    """Return the uprights that each frame shows whole, as they truly stand."""
    found: dict[str, tuple[UprightSeen, ...]] = {}
    for frame in frames:
        view = find_face_view(site, frame)
        assert view is not None
        low, high = view.footprint.height_m
        uprights = []
        for along in standing:
            if view.footprint.along_m[0] + 0.06 < along < view.footprint.along_m[1] - 0.06:
                (x0, y0), (x1, y1) = view.pixels(np.array([along, along]), np.array([high, low]), behind_m=0.0)
                ends = ((float(x0), float(y0)), (float(x1), float(y1)))
                uprights.append(UprightSeen(ends_px=ends, pitch=0.05 / view.standoff_m, width=0.1 / view.standoff_m, strength=1.0))
        found[frame.frame] = tuple(uprights)
    return found


def _is_mirrored(face: RackFace) -> bool:
    return face.side == "left"


def shifted(
    frame: FrameRecord, *, along_m: float = 0.0, up_m: float = 0.0, out_m: float = 0.0, turn_deg: float = 0.0
) -> FrameRecord:
    """Return the record as a wrong autopilot would have written it: the left face of the demo site runs along y."""
    x, y, z = frame.pose.position_m
    pose = replace(frame.pose, position_m=(x + out_m, y + along_m, z + up_m), heading_deg=frame.pose.heading_deg + turn_deg)
    return replace(frame, pose=pose)


def noisy(frames: list[FrameRecord], seed: int, sigma_m: float, *, drift_m: float = 0.0) -> list[FrameRecord]:
    """Return records with white errors, and a drift that grows over the lane."""
    rng = np.random.default_rng(seed)
    shares = np.linspace(0.0, 1.0, len(frames))
    return [
        shifted(
            f, along_m=float(rng.normal(0, sigma_m) + drift_m * share), up_m=rng.normal(0, sigma_m), out_m=rng.normal(0, sigma_m)
        )
        for f, share in zip(frames, shares, strict=True)
    ]


def off_m(site: Site, true: FrameRecord, record: FrameRecord) -> tuple[float, float]:
    """Return how far along and up the middle of the picture is taken to be from where it is."""
    places = []
    for f in (true, record):
        view = find_face_view(site, f)
        assert view is not None
        places.append(view.on_face(np.asarray(view.camera.size_px) / 2))
    return float(places[1][0] - places[0][0]), float(places[1][1] - places[0][1])


def booking(site: Site) -> Site:
    """Return the site with the `labels` as ids of its pallets."""
    return replace(site, labels=replace(site.labels, lpn_patterns=(r"L\d{3}",)))


def surely_wrong(
    site: Site, correction: PoseCorrection, found: dict[str, tuple[Decoded, ...]], stickers: list[Sticker]
) -> list[str]:
    """Return the pallets that a `booking` site has surely in another bin than the one in which they hang."""
    views = {f.frame: v for f in correction.frames if (v := trusted_view(site, f)) is not None}
    reads = in_order(
        list(correction.frames), (placed_read(site, f, views.get(f.frame), d) for f in correction.frames for d in found[f.frame])
    )
    bins = [b for b in site.layout.bins_of_face(FACE) if b.code.level == "2"]
    home = {s.text: min(bins, key=lambda b: abs(b.along_m - s.along_m)).code.text for s in stickers}
    sure = [label for label in fuse_all(site, views, reads).labels if label.confidence >= SURE]
    return [label.pallet.value for label in sure if label.place.location != home[label.pallet.value]]
