"""What truly stands in each bin of a simulated warehouse, and what its ERP believes.

Everything follows from the layout and a seed, so the truth is never stored: whoever may know it makes it again.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from sitl.faults import FaultCounts, Planted, Planting, plant_faults
from sitl.sscc_numbers import SsccNumbers
from warehouse.layout import Bin, BinKind
from warehouse.pallet_ids import check_digit
from warehouse.site import LabelRules, Site

DECK_M = 0.144
"""Height of a EUR pallet (EN 13698-1)."""

_EMPTY_SHARE = 0.17
_LEAST_EMPTIES = 14
_EDGE_M = 0.05
"""GS1 Logistic Label Guideline: no part of the sticker nearer than 50 mm to a vertical edge of the load."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Goods:
    """An article that is stored by the pallet."""

    gtin: str
    """GTIN-14 of the carton, also what the ERP calls the article."""
    name: str
    n_cartons: int
    """On a full pallet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pallet:
    """One identity, with what its label says of the load."""

    sscc: str
    goods: Goods
    quantity: int
    """Cartons."""
    batch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPlace:
    """Where and how the sticker sits on the front of the load."""

    right_m: float
    """Its centre, from the middle of the load to the right as seen from the aisle."""
    above_base_m: float
    """Its centre, above what the pallet stands on."""
    width_m: float
    height_m: float
    tilt_deg: float
    """Clockwise as seen from the aisle."""
    is_torn: bool
    """Torn through all bars of all symbols."""
    is_under_wrap: bool
    """Stuck on before the pallet was wrapped, so that the film glares over it."""


class Finish(StrEnum):
    """What the outside of a load looks like."""

    CARTONS = "cartons"
    PALE_FILM = "pale film"
    """Opaque and drawn tight: next to no texture."""
    DARK_FILM = "dark film"
    BOARDS = "boards"
    """Pallets with nothing on them, one or a stack."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """A pallet as it stands in one bin: shape, look, sticker."""

    pallet: Pallet
    width_m: float
    height_m: float
    """Of deck and goods together; `DECK_M` where the pallet is empty."""
    depth_m: float
    setback_m: float
    """How far its front stands behind the plane of the face."""
    right_m: float
    """How far its middle stands right of the middle of the bin, as seen from the aisle."""
    is_wrapped: bool
    look_seed: int
    """What everything that only decorates it is drawn from."""
    label: LabelPlace | None
    """None on what carries no sticker at all."""
    finish: Finish = Finish.CARTONS


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """The truth, the books, and where they differ."""

    seed: int
    standing: dict[str, Load]
    """Location -> what stands there. Empty bins have no entry."""
    booked: dict[str, Pallet]
    """Location -> what the ERP has there."""
    planted: tuple[Planted, ...]


def make_stock(site: Site, seed: int, counts: FaultCounts | None = None) -> Stock:
    """Return the stock of `site` for `seed`, faults included: the same for the same location codes and seed, on every machine."""
    bins = site.layout.bins_by_code
    rng = np.random.default_rng([seed, zlib.crc32("\n".join(bins).encode())])
    catalogue = _catalogue(rng)
    pallets = _PalletMaker(site.labels, catalogue, rng)
    observable = [code for code, b in bins.items() if b.kind.is_observable]
    n_empty = min(max(_LEAST_EMPTIES, round(_EMPTY_SHARE * len(observable))), len(observable) // 2)
    empties = sorted(str(code) for code in rng.choice(observable, size=n_empty, replace=False))
    kept = [code for code, b in bins.items() if (b.kind.is_observable and code not in empties) or b.kind is BinKind.REAR]
    booked = {code: pallets.make() for code in kept}
    known = {p.sscc: p for p in booked.values()}

    def new_identity() -> str:
        pallet = pallets.make()
        known[pallet.sscc] = pallet
        return pallet.sscc

    planting = Planting(
        booked={code: p.sscc for code, p in booked.items()},
        standing={code: p.sscc for code, p in booked.items() if bins[code].kind.is_observable},
    )
    plant_faults(
        planting,
        empties,
        counts=counts or FaultCounts(),
        new_identity=new_identity,
        are_near=lambda a, b: _are_near(bins[a], bins[b]),
        rng=rng,
    )
    standing = dict(planting.standing)
    standing.update({code: sscc for code, sscc in planting.booked.items() if bins[code].kind is BinKind.REAR})
    loads = {
        code: _load(bins[code], known[standing[code]], site.labels, is_torn=code in planting.torn, seed=seed)
        for code in bins
        if code in standing
    }
    # A forbidden bin is where things are put that belong nowhere: it is seen from the aisle, but never counted.
    for code, b in bins.items():
        if b.kind is BinKind.FORBIDDEN:
            loads[code] = _load(b, pallets.make(), site.labels, is_torn=False, seed=seed, has_label=False)
    return Stock(seed=seed, standing=loads, booked=booked, planted=tuple(planting.planted))


class _PalletMaker:
    """Hands out pallets with identities that never repeat."""

    def __init__(self, labels: LabelRules, catalogue: tuple[Goods, ...], rng: np.random.Generator) -> None:
        self._numbers = SsccNumbers(labels, rng)
        self._catalogue = catalogue
        self._rng = rng

    def make(self) -> Pallet:
        sscc = self._numbers.next()
        goods = self._catalogue[int(self._rng.integers(len(self._catalogue)))]
        is_full = self._rng.random() < 0.8
        quantity = goods.n_cartons if is_full else int(self._rng.integers(1, goods.n_cartons))
        batch = f"26{int(self._rng.integers(1, 13)):02d}{int(self._rng.integers(10, 100)):02d}"
        return Pallet(sscc=sscc, goods=goods, quantity=quantity, batch=batch)


_GOODS_NAMES = (
    "Wooden blocks 40 pcs",
    "Jigsaw 1000 pcs",
    "Doll house",
    "Kitchen set",
    "Water colours 24",
    "Board game family",
    "Toy train starter",
    "Plush bear 35 cm",
    "Garden set kids",
    "Scooter alu",
    "Marble run 80 pcs",
    "Modelling clay 12",
)


def _catalogue(rng: np.random.Generator) -> tuple[Goods, ...]:
    goods = []
    for i, name in enumerate(_GOODS_NAMES):
        digits = f"18412345{700 + 7 * i:05d}"
        goods.append(Goods(gtin=digits + check_digit(digits), name=name, n_cartons=int(rng.choice([12, 16, 24, 32, 36, 48]))))
    return tuple(goods)


def _are_near(a: Bin, b: Bin) -> bool:
    """Return whether two bins touch, sideways, upwards or across a corner."""
    return (
        a.face == b.face
        and abs(a.along_m - b.along_m) < (a.width_m + b.width_m) / 2 + 0.3
        and abs(a.centre_m[2] - b.centre_m[2]) < (a.height_m + b.height_m) / 2 + 0.3
    )


def _load(b: Bin, pallet: Pallet, labels: LabelRules, *, is_torn: bool, seed: int, has_label: bool = True) -> Load:
    rng = np.random.default_rng([seed, zlib.crc32(b.code.text.encode()), 1])
    width = b.width_m - float(rng.uniform(0.05, 0.12))
    tallest = b.height_m - 0.10
    height = float(rng.uniform(min(labels.highest_m + 0.04, tallest), tallest))
    is_wrapped = bool(rng.random() < 0.6)
    label = _label_place(labels, width, height, rng, is_torn=is_torn, may_be_under_wrap=is_wrapped)
    return Load(
        pallet=pallet,
        width_m=width,
        height_m=height,
        depth_m=b.depth_m - 0.10,
        setback_m=float(rng.uniform(0.0, 0.08)),
        right_m=float(rng.uniform(-0.5, 0.5)) * (b.width_m - width - 0.03),
        is_wrapped=is_wrapped,
        look_seed=int(rng.integers(2**31)),
        label=label if has_label else None,
    )


def _label_place(
    labels: LabelRules, width_m: float, height_m: float, rng: np.random.Generator, *, is_torn: bool, may_be_under_wrap: bool
) -> LabelPlace:
    """Place the whole sticker, tilt included, inside the site's band and clear of the edges of the load."""
    tilt_deg = float(np.clip(rng.normal(0.0, 1.8), -5.0, 5.0))
    c, s = np.cos(np.radians(abs(tilt_deg))), np.sin(np.radians(abs(tilt_deg)))
    half_width = (labels.width_mm * c + labels.height_mm * s) / 2000.0
    half_height = (labels.height_mm * c + labels.width_mm * s) / 2000.0
    room_right = max(width_m / 2 - _EDGE_M - half_width, 0.0)
    lowest, highest = max(labels.lowest_m, DECK_M) + half_height, min(labels.highest_m, height_m) - half_height
    middle, room_up = (lowest + highest) / 2, max((highest - lowest) / 2, 0.0)
    return LabelPlace(
        right_m=float(rng.uniform(-1.0, 1.0)) * room_right,
        above_base_m=middle + float(rng.uniform(-1.0, 1.0)) * room_up,
        width_m=labels.width_mm / 1000.0,
        height_m=labels.height_mm / 1000.0,
        tilt_deg=tilt_deg,
        is_torn=is_torn,
        is_under_wrap=may_be_under_wrap and bool(rng.random() < 0.6),
    )
