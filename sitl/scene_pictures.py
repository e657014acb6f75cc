"""Keeps the pictures that hang in the simulated warehouse.

They are drawn from seeds when they are first seen and kept while they are near: a whole warehouse in memory would be gigabytes.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sitl.label_art import Wear, draw_label
from sitl.scene_building import (
    N_BEHIND,
    draw_beam,
    draw_behind,
    draw_deck,
    draw_floor,
    draw_location_sticker,
    draw_upright,
)
from sitl.scene_goods import draw_goods, draw_goods_side, draw_lid, draw_pallet_front
from sitl.stock import Stock
from sitl.tag_art import draw_tag
from warehouse.site import LabelRules
from warehouse.tags import LocationTag

Picture = NDArray[np.uint8]

_N_KEPT = {"goods": 40, "label": 16, "side": 40, "lid": 40}
"""Of the large ones, 250 MB in all: the next pass, a level higher, sees again what stood at the edge of this one."""

# Drawn once in a process, however many cameras look at it; no more is kept than one of them keeps.
_goods, _side, _lid = (
    lru_cache(maxsize=_N_KEPT[kind])(draw) for kind, draw in (("goods", draw_goods), ("side", draw_goods_side), ("lid", draw_lid))
)
_behind, _floor = lru_cache(maxsize=N_BEHIND)(draw_behind), lru_cache(maxsize=4)(draw_floor)
_upright, _beam, _deck = (lru_cache(maxsize=1)(draw) for draw in (draw_upright, draw_beam, draw_deck))


class Pictures:
    """Draws and keeps the pictures that `sitl.scene` names by kind and subject."""

    def __init__(self, stock: Stock, labels: LabelRules, tags: tuple[LocationTag, ...] = ()) -> None:
        """Draw for this stock, these label rules and these location tags."""
        self._stock = stock
        self._labels = labels
        self._kept: dict[str, OrderedDict[str, Picture]] = {}
        self._painters: dict[str, Callable[[str], Picture]] = {
            "goods": lambda code: _goods(stock.standing[code]),
            "side": lambda code: _side(stock.standing[code]),
            "lid": lambda code: _lid(stock.standing[code]),
            "pallet": lambda code: draw_pallet_front(stock.standing[code].width_m, stock.standing[code].look_seed),
            "label": self._label,
            "location": draw_location_sticker,
            "tag": lambda number: draw_tag(tags[int(number)]),
            "behind": lambda number: _behind(int(number)),
            "floor": lambda which: _floor(int(which)),
            "upright": lambda _: _upright(),
            "beam": lambda _: _beam(),
            "deck": lambda _: _deck(),
        }

    def get(self, kind: str, subject: str) -> Picture:
        """Return the picture of that kind and subject."""
        kept = self._kept.setdefault(kind, OrderedDict())
        key = self._behind_key(subject) if kind == "behind" else subject
        if key in kept:
            kept.move_to_end(key)
        else:
            kept[key] = self._painters[kind](key)
            if len(kept) > _N_KEPT.get(kind, 32):
                kept.popitem(last=False)
        return kept[key]

    def _label(self, code: str) -> Picture:
        load = self._stock.standing[code]
        is_torn = load.label is not None and load.label.is_torn
        return draw_label(load.pallet, self._labels, Wear(seed=load.look_seed, is_torn=is_torn))

    def _behind_key(self, subject: str) -> str:
        """Many places behind the rack share one picture."""
        return str(zlib.crc32(f"{self._stock.seed} {subject}".encode()) % N_BEHIND)
