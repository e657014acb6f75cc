"""Pictures that prove: each under a name of its own."""

from pathlib import Path

import cv2
import numpy as np

from tests.vision.worlds import SHARP_SITE, demo_site, frame_before
from vision.bins.evidence import Crop, CropTask, cut_crops, save_crops
from vision.pictures.frame_files import FrameFiles
from warehouse.run_folder import RunFolder


def test_pictures_of_other_frames_and_of_locations_with_like_names_do_not_share_a_file(tmp_path: Path) -> None:
    site, run = demo_site(), RunFolder.create(tmp_path / "run", SHARP_SITE)
    b = site.layout.bins_by_code["A01-03-2-1"]
    rng = np.random.default_rng(1)
    corners = (
        ((10.0, 10.0), (90.0, 10.0), (90.0, 40.0), (10.0, 40.0)),
        ((210.0, 10.0), (290.0, 10.0), (290.0, 40.0), (210.0, 40.0)),
    )
    names: list[str] = []
    for name in ("01/000001", "01/000002"):
        frame = frame_before(site, site.layout.faces[b.face], b.along_m, b.base_m + 0.6, name=name)
        path = run.root / frame.file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(cv2.imencode(".jpg", rng.integers(0, 256, (100, 400), dtype=np.uint8))[1]))
        outside = ((500.0, 10.0), (520.0, 10.0), (520.0, 20.0), (500.0, 20.0))
        crops = [
            Crop(location=location, what="SSCC 1", corners_px=at)
            for location, at in zip(("A/1", "A_1", "A-1"), (*corners, outside), strict=True)
        ]
        task = CropTask(frame=frame, crops=tuple(crops))
        pictures = cut_crops(FrameFiles(str(run.root)), site, task)
        cut = save_crops(run, pictures)
        assert cut.names[2] == ""
        assert [(run.evidence_folder / n).read_bytes() for n in cut.names[:2]] == [jpeg for _, jpeg in pictures[:2]]
        assert save_crops(run, cut_crops(FrameFiles(str(run.root)), site, task)) == cut
        names += cut.names[:2]
    assert len(set(names)) == 4
    assert sorted(p.name for p in run.evidence_folder.iterdir()) == sorted(names)
