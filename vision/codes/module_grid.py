"""A 2D code on a curved or creased surface, flattened: its own modules say how the surface bends.

Outline and number of modules give a first, plane guess. In it the edges between dark and light should lie on a regular grid. How
far they lie beside it is the phase of the gradient at the grid's frequency (as in Fourier transform profilometry, Takeda and
Mutoh 1983), measured around every module; unwrapped over the symbol it is the displacement of each module, and takes the bends out.
"""

from __future__ import annotations

import heapq
import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.codes.decoded import Corners, Suspect
from vision.codes.grey import Grey

Modules = NDArray[np.bool_]
"""(rows, columns), True where a module is dark."""
_Field = NDArray[np.float32]

MODULE_PX = 8
"""A module in the flattened picture."""
_MARGIN = 2  # modules around the symbol
_COUNTING_SIDE_PX = 480
_BLOCKS = 8
_SIDES = {
    "QRCode": tuple(range(21, 98, 4)),  # larger ones have more modules than a photograph of them has sharp pixels
    "DataMatrix": (*range(10, 27, 2), *range(32, 53, 4)),
}


def count_modules(image: Grey, suspect: Suspect, *, n_most: int = 2) -> list[int]:
    """Return the likeliest numbers of modules a side, the engine's own first."""
    side = _COUNTING_SIDE_PX
    plane = _rectified(image, suspect.corners_px, side, 0)
    gx, gy = _edges(plane, 1.5)
    sides = np.array(_SIDES[suspect.symbology])
    waves = np.exp(-2j * np.pi * (np.arange(side) + 0.5) * sides[:, None] / side).reshape(len(sides), _BLOCKS, -1)
    # Edges that keep step with a number of modules, block by block: over the whole symbol a bend would put them out of step.
    scores = sum(
        np.abs(np.einsum("bcw,ncw->nbc", bands, waves)).sum(axis=(1, 2))
        for bands in (g.reshape(_BLOCKS, side // _BLOCKS, _BLOCKS, -1).sum(axis=1) for g in (gx, gy.T))
    )
    ranked = [int(n) for n in sides[np.argsort(-np.asarray(scores), kind="stable")]]
    if suspect.n_modules in ranked:
        ranked.insert(0, ranked.pop(ranked.index(suspect.n_modules)))
    return ranked[:n_most]


def flattened_modules(image: Grey, suspect: Suspect, n: int, *, n_rounds: int = 2) -> Modules:
    """Return the (n, n) modules of a symbol found in a grey picture, its finder pattern as the standard has it."""
    side = (n + 2 * _MARGIN) * MODULE_PX
    plane = _rectified(image, suspect.corners_px, side, _MARGIN * MODULE_PX)
    y, x = np.mgrid[0:side, 0:side].astype(np.float32)
    dx, dy = np.zeros_like(x), np.zeros_like(y)
    flat = plane
    for _ in range(n_rounds):  # the second round sees the modules where they belong, and measures finer
        more_x, more_y = _displacement(flat, n)
        moved_x, moved_y = x + more_x, y + more_y
        dx = _remapped(dx, moved_x, moved_y) + more_x
        dy = _remapped(dy, moved_x, moved_y) + more_y
        flat = _remapped(plane, x + dx, y + dy)
    centres = _centres(n)
    values = cv2.GaussianBlur(flat, (0, 0), 0.22 * MODULE_PX)[centres, centres].astype(np.float32)
    return _with_finder_pattern(_dark(values), suspect.symbology)


def drawn(modules: Modules, *, module_px: int = 4, quiet_modules: int = 4) -> Grey:
    """Return the modules as a clean picture with a quiet zone."""
    light = np.pad(np.where(modules, 0, 255).astype(np.uint8), quiet_modules, constant_values=255)
    return np.kron(light, np.ones((module_px, module_px), np.uint8))


def _rectified(image: Grey, corners: Corners, side: int, margin: int) -> Grey:
    """Return the plane guess: the symbol's outline becomes a square `margin` pixels inside a picture of `side` pixels."""
    low, high = margin - 0.5, side - margin - 0.5
    square = np.array([[low, low], [high, low], [high, high], [low, high]], dtype=np.float32)
    matrix = cv2.getPerspectiveTransform(np.array(corners, dtype=np.float32), square)
    flat = cv2.warpPerspective(image, matrix, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(flat, dtype=np.uint8)


def _edges(image: Grey, sigma: float) -> tuple[_Field, _Field]:
    """Return the absolute gradients along x and y."""
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), sigma)
    gx, gy = np.zeros_like(smooth), np.zeros_like(smooth)
    gx[:, 1:-1] = np.abs(smooth[:, 2:] - smooth[:, :-2])
    gy[1:-1] = np.abs(smooth[2:] - smooth[:-2])
    return np.asarray(gx, dtype=np.float32), np.asarray(gy, dtype=np.float32)


def _centres(n: int) -> slice:
    first = _MARGIN * MODULE_PX
    return slice(first + MODULE_PX // 2, first + n * MODULE_PX, MODULE_PX)


def _displacement(flat: Grey, n: int) -> tuple[_Field, _Field]:
    """Return how far beside the grid the modules lie, in pixels along x and y, for every pixel of the picture."""
    side = flat.shape[0]
    wave = np.exp(-2j * np.pi * (np.arange(side) + 0.5) / MODULE_PX).astype(np.complex64)
    modules = slice(_MARGIN, _MARGIN + n)
    inside = n * MODULE_PX
    border = _MARGIN * MODULE_PX
    fields: list[_Field] = []
    for edges, turn in zip(_edges(flat, 0.12 * MODULE_PX), (wave[None, :], wave[:, None]), strict=True):
        turned = (edges * turn).reshape(n + 2 * _MARGIN, MODULE_PX, n + 2 * _MARGIN, MODULE_PX).mean(axis=(1, 3))
        real, imaginary = (
            cv2.GaussianBlur(np.ascontiguousarray(part, dtype=np.float32), (0, 0), 1.6)[modules, modules]
            for part in (turned.real, turned.imag)
        )
        phase = _unwrapped(np.arctan2(imaginary, real), np.hypot(real, imaginary))
        shift = cv2.GaussianBlur((-phase * (MODULE_PX / (2 * math.pi))).astype(np.float32), (0, 0), 0.8)
        grown = cv2.resize(shift, (inside, inside), interpolation=cv2.INTER_LINEAR)
        fields.append(np.asarray(cv2.copyMakeBorder(grown, border, border, border, border, cv2.BORDER_REPLICATE), dtype=np.float32))
    return fields[0], fields[1]


def _unwrapped(phase: NDArray[np.floating], trust: NDArray[np.floating]) -> NDArray[np.floating]:
    """Return the phase without jumps by whole turns, grown from the upper left finder pattern, the surest neighbour first."""
    if all(np.abs(np.diff(phase, axis=axis)).max() < math.pi for axis in (0, 1)):
        return phase  # nothing jumps, whichever way one goes
    height, width = phase.shape
    # Plain lists with a border: reading single numbers out of arrays would take three times as long.
    wide = width + 2
    wrapped = np.pad(phase.astype(np.float64), 1).ravel().tolist()
    doubt = np.pad(-trust.astype(np.float64), 1).ravel().tolist()
    is_open = np.pad(np.ones(phase.shape, dtype=np.bool_), 1).ravel().tolist()
    whole = 2 * math.pi
    at = 4 * wide + 4
    is_open[at] = False
    queue: list[tuple[float, int, float]] = []
    while True:
        here = wrapped[at]
        for beside in (at + 1, at + wide, at - 1, at - wide):
            if is_open[beside]:
                heapq.heappush(queue, (doubt[beside], beside, here))
        while queue and not is_open[queue[0][1]]:
            heapq.heappop(queue)
        if not queue:
            return np.array(wrapped).reshape(height + 2, wide)[1:-1, 1:-1]
        _, at, known = heapq.heappop(queue)
        is_open[at] = False
        wrapped[at] += whole * round((known - wrapped[at]) / whole)


def _remapped(image: NDArray[Any], x: _Field, y: _Field) -> NDArray[Any]:
    return np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def _dark(values: _Field) -> Modules:
    """Return which modules are darker than the middle between the darkest and the lightest around them."""
    around = np.ones((7, 7), np.uint8)
    light = cv2.blur(cv2.dilate(values, around), (5, 5))
    dark = cv2.blur(cv2.erode(values, around), (5, 5))
    return np.asarray(values < (light + dark) / 2, dtype=np.bool_)


def _with_finder_pattern(modules: Modules, symbology: str) -> Modules:
    """Return the modules with what every symbol has at its edges: it is known, and the engine looks for it."""
    n = len(modules)
    every_other = np.arange(n) % 2 == 0
    result = modules.copy()
    if symbology == "DataMatrix":
        result[0] = every_other
        result[:, -1] = ~every_other
        result[:, 0] = result[-1] = True
        return result
    eye = np.zeros((8, 8), dtype=np.bool_)
    eye[:7, :7] = True
    eye[1:6, 1:6] = False
    eye[2:5, 2:5] = True
    result[:8, :8], result[:8, -8:], result[-8:, :8] = eye, eye[:, ::-1], eye[::-1]
    result[6, 8:-8] = result[8:-8, 6] = every_other[8:-8]
    return result
