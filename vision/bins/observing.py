"""All that is known of a bin to one observation of it. Nothing here opens a picture."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from vision.bins.bin_files import NEEDED_LOOKS, BinFile
from vision.bins.clear_down import Clear
from vision.bins.empty_claim import claim_empty
from vision.bins.face_view import GOODS_SETBACK_M
from vision.bins.fusing import SeenLabel
from vision.bins.looking import BinLook
from vision.bins.occupancy import NEEDED_PAIRS, Depth
from vision.bins.seen_again import is_seen_again
from vision.bins.stickers import agreed_data
from vision.bins.visits import known_until
from warehouse.goods import SmallestGoods
from warehouse.observations import SURE, Goods, Observation, ObservationStatus, PalletSighting
from warehouse.site import Site

MOST_COLUMNS = 0.6
"""Share of an opening's width over which goods must be measured at the front before a label is said to be missing on them."""
STEEL_M = 0.05
"""Around an opening: barcodes nearer to its rim may hang on beams and uprights."""


def observe(site: Site, file: BinFile, evidence: dict[tuple[str, str], str]) -> Observation:
    """Return what can be said of one bin. `evidence` gives picture paths by (location, `bin` or pallet identity)."""
    location = file.bin.code.text
    standing = _status(site, file)
    pallets = tuple(_sighting(label, evidence.get((location, str(label.pallet)), "")) for label in file.labels)
    nearest = min(file.labels, key=lambda s: s.place.margin_m, default=None)
    booked = {label.pallet.value for label in file.labels}
    texts = {
        r.text for r in file.reads if r.pallet not in booked and not r.label_data and not site.is_location_text(r.symbology, r.text)
    }
    return Observation(
        location=location,
        status=standing.status,
        pallets=pallets,
        label_data=agreed_data(file.data) if len(file.labels) == 1 else (),
        unbooked_texts=tuple(sorted(texts)),
        confidence=round(standing.confidence, 4),
        frames=tuple(v.frame.frame for v in file.views),
        evidence=evidence.get((location, "bin"), ""),
        runner_up=nearest.place.runner_up if nearest else "",
        margin_m=round(nearest.place.margin_m, 3) if nearest else None,
        seen_at="" if standing.status is ObservationStatus.UNSEEN else file.read_at or known_until(file.views),
        reason=standing.reason,
        goods=standing.goods,
    )


def _sighting(label: SeenLabel, evidence: str) -> PalletSighting:
    first = label.reads[0]
    return PalletSighting(
        pallet=label.pallet, symbology=first.symbology, text=first.text, n_frames=label.n_frames, evidence=evidence
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    status: ObservationStatus
    confidence: float
    reason: str
    goods: Goods = Goods.UNKNOWN


def _status(site: Site, file: BinFile) -> _Standing:
    """Return what stands in a bin, by the strongest witness: labels, then parallax against what was read and not booked."""
    if file.labels:
        return _Standing(
            status=ObservationStatus.READ,
            confidence=min(label.confidence for label in file.labels),
            reason=_read_reason(file),
        )
    if not file.bin.kind.is_observable:
        return _Standing(
            status=ObservationStatus.NOT_OBSERVABLE, confidence=1.0, reason=f"the layout calls it {file.bin.kind.value}"
        )
    doubt = next((doubt for doubt in file.doubts if doubt.is_at_front), None)
    occupancy = file.look.occupancy if file.look else None
    is_empty = occupancy is not None and occupancy.is_empty
    if doubt is not None:
        if is_empty:
            return _unseen(f"what the photos show looks empty, but {doubt.reason}")
        return _unreadable(doubt.reason, Goods.LABEL_UNREADABLE)
    if not file.is_seen or file.look is None or occupancy is None:
        return _unseen(_unseen_reason(file))
    texts = _texts_on_goods(site, file)
    if is_empty:
        return _looks_empty(file.look, texts, site.smallest_goods)
    return _looks_taken(file.look, texts, file.bin.depth_m, site.smallest_goods)


def _looks_empty(look: BinLook, texts: list[str], goods: SmallestGoods | None) -> _Standing:
    """The photos show that nothing stands there, if nothing speaks against it."""
    occupancy, ranges = look.occupancy, look.ranges
    if texts:
        return _unseen(f"what the photos show looks empty, but a barcode hangs at the edge of the shelf: {texts[0]}")
    if ranges.objects_to_empty:
        return _unseen(
            f"what the photos show looks empty, but the range sensor met something at the edge of the shelf, {ranges.where()}"
        )
    confidence, reason = claim_empty(occupancy, ranges, goods)
    return _Standing(status=ObservationStatus.EMPTY, confidence=confidence, reason=reason)


def _looks_taken(look: BinLook, texts: list[str], depth_m: float, goods: SmallestGoods | None) -> _Standing:
    """The photos do not show it empty: something stands there, or it cannot be told."""
    ranges, is_front = look.ranges, look.occupancy.depth is Depth.FRONT
    if look.has_bars:
        reason = "a label hangs there whose bars show in two photos or more, and it does not read"
        return _unreadable(reason, Goods.LABEL_UNREADABLE)
    if is_front and ranges.depth is Depth.FAR:  # low goods, or one of the two is wrong
        return _unreadable(
            f"the photos show something at the edge of the shelf, but the range sensor met nothing there, {ranges.where()}"
        )
    if is_front:
        return _goods_at_front(look, texts)
    if texts:
        return _unreadable(f"barcodes that name no pallet hang there: {', '.join(texts)}")
    if ranges.depth is Depth.FRONT:
        return _unreadable(
            f"the range sensor met something at the edge of the shelf, {ranges.where()}, and no label of it was read"
        )
    # Neither a claim that goods stand there nor one that none do: as far as the stock goes, nobody has looked.
    if look.occupancy.depth is Depth.FAR:
        return _unseen(_unproven_reason(look.occupancy.clear))
    if look.occupancy.depth is Depth.INSIDE:
        inside_m = GOODS_SETBACK_M + (look.occupancy.far_m or 0.0)
        return _unseen(
            f"what is seen lies {inside_m:.1f} m behind the edge of the shelf, and the location is {depth_m:g} m deep:"
            " goods at its rear, or a wall, should it be less deep than the layout says"
        )
    if look.occupancy.depth is Depth.REAR:
        rear_m = GOODS_SETBACK_M + (look.occupancy.far_m or 0.0)
        pallets = "; if nothing but pallets is kept, say so under [goods] in site.toml" if goods is None else ""
        return _unseen(
            f"what is seen lies about {rear_m:.1f} m behind the edge of the shelf, and the photos do not tell goods at the rear of"
            f" the location from what is behind it: fly it again more slowly, with more photos, or go and look{pallets}"
        )
    if ranges.depth is Depth.FAR:
        return _unseen(
            f"the range sensor met nothing at the edge of the shelf, {ranges.where()},"
            " but the photos do not tell what is lower or higher"
        )
    return _unseen("the photos do not tell whether something stands there, and no label was read")


def _unproven_reason(clear: Clear | None) -> str:
    """Why what lies far behind in the upper part of an opening makes no empty location."""
    if clear is None or clear.n_pairs < NEEDED_PAIRS:
        return "nothing shows at the edge of the shelf, but too few photos fit together to say that nothing stands there"
    if clear.proven_m is None:
        return "nothing shows at the edge of the shelf over a part of the width, and the photos do not tell what stands beside it"
    return (
        f"nothing stands higher than {clear.front_m:.2f} m above the floor of the location at the edge of the shelf,"
        f" or {clear.proven_m:.2f} m at its rear, but the photos do not show that nothing stands lower"
    )


def _goods_at_front(look: BinLook, texts: list[str]) -> _Standing:
    """Goods stand at the front, by parallax: with a sticker that does not read, without any, or it cannot be told which."""
    if look.has_sticker:
        reason = "goods stand at the edge of the shelf with what looks like a label, and it does not read"
        return _unreadable(reason, Goods.LABEL_UNREADABLE)
    others = f" (other barcodes: {', '.join(texts)})" if texts else ""
    if look.occupancy.columns_share >= MOST_COLUMNS:
        return _unreadable(f"goods stand at the edge of the shelf, and no pallet label shows on them{others}", Goods.NO_LABEL)
    return _unreadable(f"something stands at the edge of the shelf, and no label of it was read{others}")


def _unreadable(reason: str, goods: Goods = Goods.UNKNOWN) -> _Standing:
    return _Standing(status=ObservationStatus.UNREADABLE, confidence=0.95, reason=reason, goods=goods)


def _unseen(reason: str) -> _Standing:
    return _Standing(status=ObservationStatus.UNSEEN, confidence=1.0, reason=reason)


def _texts_on_goods(site: Site, file: BinFile) -> list[str]:
    """Return the texts that two frames read at one place of the goods, clear of the steel around the opening, where signs hang."""
    b = file.bin
    inside: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for r in file.reads:
        if r.along_m is None or r.height_m is None or site.is_location_text(r.symbology, r.text):
            continue
        is_clear = abs(r.along_m - b.along_m) < b.width_m / 2 - STEEL_M
        if is_clear and b.base_m + STEEL_M < r.height_m < b.base_m + b.height_m - STEEL_M:
            inside[r.text][r.frame] = (r.along_m, r.height_m)
    return sorted(text for text, places in inside.items() if is_seen_again([[place] for place in places.values()]))


def _read_reason(file: BinFile) -> str:
    n = min(label.n_frames for label in file.labels)
    nearest = min(file.labels, key=lambda label: label.place.margin_m).place
    frames = "one photo" if n == 1 else f"{n} photos"
    thin = f", only {nearest.margin_m:.2f} m nearer than {nearest.runner_up}" if nearest.margin_m < 0.1 else ""
    unsure = ""
    if min(label.confidence for label in file.labels) < SURE:
        rivals = sorted({label.place.runner_up for label in file.labels if label.confidence < SURE and label.place.runner_up})
        unsure = f"unsure: it may hang in {' or '.join(rivals)}; " if rivals else "unsure: "
    return f"{unsure}label read in {frames}{thin}"


def _unseen_reason(file: BinFile) -> str:
    if not file.views:
        return "no usable photo shows it"
    if file.is_seen:
        return "photos show it, and the program could not finish looking at them"
    return f"only {100 * file.seen_share:.0f} % of where its label can hang is shown by {NEEDED_LOOKS} usable photos"
