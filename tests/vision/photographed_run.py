"""A run folder with photos along one bay and level of the demo site, nothing read yet."""

from pathlib import Path

import cv2
import numpy as np

from sitl.develop import Darkroom, encode_jpeg
from sitl.stock import Stock
from tests.vision.worlds import SHARP_SITE, frame_before
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site

SEED = 7
FACE, LEVEL_BINS = "A01-left", ("A01-03-2-1", "A01-03-2-2", "A01-03-2-3")
"""With seed 7 the first of these bins is empty and labels hang in the other two."""


def photograph_bay(root: Path, site: Site, stock: Stock) -> RunFolder:
    """Make the run, with poses off by 2 cm."""
    cv2.setNumThreads(1)
    run = RunFolder.create(root, SHARP_SITE)
    darkroom = Darkroom(site, stock, site.cameras[0])
    face = site.layout.faces[FACE]
    bins = [site.layout.bins_by_code[code] for code in LEVEL_BINS]
    rng = np.random.default_rng(1)
    records = []
    for i, along in enumerate(np.arange(bins[0].along_m - 0.75, bins[-1].along_m + 0.76, 0.3), start=1):
        height = bins[0].base_m + 0.6
        true = frame_before(site, face, float(along), height)
        path = run.frame_file("01", 1, i)
        write_atomically(path, encode_jpeg(darkroom.develop(true.pose, np.asarray(face.along) * 0.8, seed=i)))
        error = rng.normal(0, 0.02, 2)
        noisy = frame_before(site, face, float(along + error[0]), height + float(error[1]), name=f"01/{path.stem}")
        records.append(noisy)
    run.write_lines(run.frames_path("01"), records)
    return run


def written(run: RunFolder) -> dict[str, bytes]:
    """Return all that reading has written, but for the files that it goes on from."""
    files = [run.poses_path, run.reads_path, run.observations_path, *sorted(run.evidence_folder.iterdir())]
    return {run.relative(path): path.read_bytes() for path in files}
