"""Do the bars look like what they were read as, character by character?

A line that a dead element of the print head leaves along the bars changes all lines of the picture alike, and now and then into a
text whose check character is right: lines that agree prove nothing then. But a bar that is missing seldom is just as wide as a bar
of another character, and so that character fits badly where the others fit well. Of 119 lines of misprinted labels that were read
wrong, check characters left aside, `fits` refuses all; of 153 that were read right 23, of 319 others at the limit 19.
"""

from __future__ import annotations

import re

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.codes import zxing_engine
from vision.codes.decoded import Decoded

Line = NDArray[np.float32]

LEAST_FIT = 0.8
"""Correlation of every character with what it should look like."""
FINE_FIT, MOST_ODD = 0.92, 4.0
"""Below this one, a character may be no more than so many times as far from 1 as the median character is: noise is in all alike."""
_NOISE = 0.01
"""Taken for the least that a character is away from 1."""
_CHARACTER, _STOP = 11, 2
"""Modules of a Code 128 character, and by how many the last one is longer (ISO/IEC 15417)."""
_FINE = 8
"""Samples a module of what the bars should look like."""
_SOFTNESS = (0.3, 0.5, 0.7, 0.9)
"""Sigma of the blur, in modules: the one that fits the whole symbol best is taken."""
_SCALES, _SHIFTS = np.linspace(0.94, 1.06, 5), np.linspace(-1.5, 1.5, 13)
"""Each character may be narrower, wider and shifted (in modules)."""
_SAGS = np.linspace(-8.0, 8.0, 17)
"""How far, in modules, the middle of a label that is seen from the side lies off the middle between its ends."""
_BESIDE = 1.0
"""Modules of the neighbours that are looked at, too."""
_LONE_SSCC = re.compile("00[0-9]{18}")


def fits(d: Decoded, line: Line) -> bool:
    """Return whether a line of grey (n,) looks like the SSCC that was read from it, its corners in samples of the line.

    Only a lone SSCC in a Code 128 with FNC1 is judged: another text may be printed with one code set or another (a label printer
    seldom takes the one that needs the fewest characters), and then its bars are others.
    """
    if not (d.symbology == "Code128" and d.is_gs1 and _LONE_SSCC.fullmatch(d.text)):
        return True
    pattern = zxing_engine.modules_of_sscc(d.text)
    (x0, _), (x1, _) = d.corners_px[:2]
    module = (x1 - x0) / len(pattern)
    if module < 1.0:
        return True
    fit = character_fits(line, pattern, x0, module)
    least = float(fit.min())
    is_odd = least < FINE_FIT and 1 - least > MOST_ODD * (1 - float(np.median(fit)) + _NOISE)
    return least >= LEAST_FIT and not is_odd


def character_fits(line: Line, pattern: Line, start: float, module: float) -> NDArray[np.float64]:
    """Return the correlation of each character (n,) with what it should look like, -1 to 1.

    `pattern` is (modules,) of 0 for bars and 1 for spaces, `start` where it begins in the line and `module` its samples a module.
    """
    n_characters = (len(pattern) - _STOP) // _CHARACTER
    offsets = np.arange(-_BESIDE - _CHARACTER / 2, _CHARACTER / 2 + _BESIDE, 0.25)
    middles = _CHARACTER * (np.arange(n_characters) + 0.5)
    share = middles / len(pattern)
    margin = 8 * _FINE
    sharp = np.pad(np.repeat(pattern, _FINE), margin, constant_values=1.0).astype(np.float32)
    at = (margin + _FINE * (middles[:, None] + offsets)).astype(int)
    should = {s: _unit(cv2.GaussianBlur(sharp[None], (0, 0), s * _FINE)[0][at]) for s in _SOFTNESS}

    def seen(sag: float, scales: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (character, scale and shift, offset)."""
        moved = middles + sag * 4 * share * (1 - share)
        places = moved[:, None, None, None] + offsets * scales[:, None, None] + _SHIFTS[:, None]
        grey = np.interp(start + module * places, np.arange(len(line)), line)
        return _unit(grey.reshape(n_characters, -1, len(offsets)))

    def fit(found: NDArray[np.float64], softness: float) -> NDArray[np.float64]:
        return np.asarray((found @ should[softness][:, :, None]).max(axis=(1, 2)), dtype=np.float64)

    sag = max(_SAGS.tolist(), key=lambda sag: float(fit(seen(sag, _SCALES[2:3]), _SOFTNESS[1]).mean()))
    found = seen(sag, _SCALES)
    return max((fit(found, softness) for softness in _SOFTNESS), key=lambda each: float(each.mean()))


def _unit(values: NDArray[np.float64] | Line) -> NDArray[np.float64]:
    """Return vectors along the last axis without their means, of length 1."""
    free = values - values.mean(axis=-1, keepdims=True)
    return np.asarray(free / np.maximum(np.linalg.norm(free, axis=-1, keepdims=True), 1e-9), dtype=np.float64)
