"""A flight whose photos come from a camera of this computer: checked on the pad, paired in flight, landed when it stops."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mission.flying.camera_checks import judge_trial
from mission.flying.fleet.fly_plan import fly_plan
from mission.flying.scan import flight_log, next_flight
from mission.planning.plan_files import write_plan
from mission.planning.planner import make_plan
from mission.records import ScanPlan
from sitl.mjpeg_server import MjpegServer
from tests.mission.flying.pilot import LANE, disturbed_after, vehicle_on_pad
from tests.mission.flying.test_preflight import Listener, at
from vision.companion.camera import StreamCamera
from vision.companion.stream import Source
from vision.pictures.exif import read_exif
from warehouse.companion_camera import TrialPicture
from warehouse.errors import VehicleError
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder
from warehouse.site import Site
from warehouse.site_file import load_site

SPEEDUP, RATE_HZ = 3.0, 30.0
SIZE_PX = (480, 300)


@pytest.fixture
def small(demo_site_folder: Path, tmp_path: Path) -> tuple[RunFolder, Site, ScanPlan]:
    """One lane of the demo, with an eighth of the pixels and bars eight times as wide: a stream costs little then."""
    path = demo_site_folder / "site.toml"
    text = path.read_text(encoding="utf-8")
    for name, value in (("size_px", str(list(SIZE_PX))), ("focal_px", str(5150.0 / 8)), ("narrowest_bar_mm", "6.4")):
        text = re.sub(rf"(?m)^{name} = [^#\n]*", f"{name} = {value} ", text)
    path.write_text(text, encoding="utf-8")
    site = load_site(demo_site_folder)
    run = RunFolder.create(tmp_path / "run", demo_site_folder)
    plan = make_plan(site, locations=LANE)
    write_plan(run, site, plan)
    return run, site, plan


def sharp(size_px: tuple[int, int] = SIZE_PX) -> NDArray[np.uint8]:
    image = np.full((size_px[1], size_px[0], 3), 150, dtype=np.uint8)
    for x in range(20, size_px[0] - 20, 30):
        image[20:-20, x : x + 12] = 40
    return image


@pytest.fixture
def served() -> Iterator[MjpegServer]:
    jpeg = cv2.imencode(".jpg", sharp())[1].tobytes()
    with MjpegServer(lambda: jpeg, rate_hz=RATE_HZ) as server:
        yield server


def test_a_camera_that_stops_in_flight_lands_the_drone_and_what_it_gave_before_is_kept(
    small: tuple[RunFolder, Site, ScanPlan], served: MjpegServer, tmp_path: Path
) -> None:
    run, site, plan = small
    told = Listener()
    with (
        vehicle_on_pad("builtin", site, tmp_path / "vehicle", SPEEDUP) as vehicle,
        StreamCamera(Source.of(served.url)) as camera,
        disturbed_after(run, 6, served.cut),
        pytest.raises(
            VehicleError, match=r"the camera stopped: no photo for \d+ s in the middle of a lane; .* frames were not found"
        ),
    ):
        fly_plan(run, site, plan, at(vehicle.endpoint), operator=told, camera=camera)
    words = {check.name: check.words for check in told.heard}
    assert "answers: 480 x 300 pixels" in words["camera of this computer"]
    assert re.search(r"a test photo was taken .* its frame came \d+ ms from when it was due", words["camera"])

    (outcome,) = flight_log(run, "01").flights
    pictures = outcome.pictures
    assert outcome.trouble == "camera_stopped"
    assert pictures is not None
    assert pictures.n_missing == len(pictures.missing) > 0
    frames = list(run.read_lines(run.frames_path("01"), FrameRecord))
    assert len(frames) == outcome.n_photos == pictures.n_asked_for - pictures.n_missing >= 6
    assert pictures.off_ms_worst < 150
    assert 0 < pictures.lag_ms_median <= pictures.lag_ms_worst
    assert not {f.frame for f in frames} & {line.partition(":")[0] for line in pictures.missing}
    for frame in frames:
        taken_s = read_exif((run.root / frame.file).read_bytes()).utc_s
        assert taken_s is not None
        assert time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(taken_s)) == frame.captured_at[:19]
    assert next_flight(run, site, plan.sorties[0]) is not None


GOOD = TrialPicture(size_px=(3840, 2400), rate_hz=10.0, lag_s=0.01, brightness=0.4, contrast=0.1, defocus_px=0.7, n_bytes=3_000_000)


@pytest.mark.parametrize(
    ("trial", "verdict", "words"),
    [
        (
            GOOD,
            "good",
            "10.0 frames a second, brightness 40 %, held up for at most 10 ms, blur 0.7 pixels: a bar needs 1.4 pixels",
        ),
        (replace(GOOD, size_px=(1920, 1200)), "bad", "A bar of a label would have 1.2 pixels, and 1.4 are needed"),
        (replace(GOOD, size_px=(1920, 1080)), "bad", "another shape than the 3840 x 2400 of site.toml"),
        (replace(GOOD, rate_hz=3.0), "bad", "The flight needs 5.0 frames a second"),
        (
            replace(GOOD, lag_s=1.24),
            "bad",
            "Its pictures come up to 1.2 s late, and 0.15 s are allowed: this computer, or the link",
        ),
        (replace(GOOD, lag_s=math.inf), "bad", "How old its pictures are when they come is not known"),
        (replace(GOOD, contrast=0.0), "bad", "There is nothing in its picture"),
        (replace(GOOD, brightness=0.05), "doubt", "its picture is too dark"),
        (replace(GOOD, brightness=0.95, defocus_px=None), "doubt", "too bright, and nothing in its picture has edges"),
        (replace(GOOD, defocus_px=2.5), "doubt", "a bar needs 3.9 pixels then, and has 2.4; what it sees now is not sharp enough"),
    ],
    ids=["sound", "small", "cut", "slow", "late", "of no age", "nothing", "dark", "bright", "blurred"],
)
def test_a_trial_picture_is_judged_by_what_the_plan_needs(
    trial: TrialPicture, verdict: str, words: str, site: Site, plan: ScanPlan
) -> None:
    check = judge_trial(site, plan.sorties[0], "the camera", trial)
    assert check.verdict == verdict
    assert words in check.words
    assert bool(check.remedy) == (verdict != "good")
