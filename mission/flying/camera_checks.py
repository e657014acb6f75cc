"""What the camera of this computer shows on the pad, judged against what the plan needs of it: pure."""

from __future__ import annotations

import math

from mission.flying.checks import Check, Verdict, bad, good
from mission.planning.needs import needed_px
from mission.records import Sortie
from warehouse.companion_camera import TOLERANCE_S, PictureTaken, TrialPicture
from warehouse.site import Site

NAME = "camera of this computer"
SPARE_RATE = 2.0
"""Frames for each photo at the least: the nearest is never farther off than a quarter of the way between two photos then."""
LEAST_RATE_HZ = 4.0
_KEEP_UP = (
    "set the camera to a smaller picture or fewer frames a second, or give it a faster link; run nothing else on this computer"
)
DARK, BRIGHT, EVEN = 0.15, 0.85, 0.01


def judge_silence(camera: str, trouble: str) -> Check:
    """Judge a camera that gave no frame."""
    return bad(
        NAME,
        f"{camera}: no picture came: {trouble or 'it is silent'}",
        "see that it is switched on, that its address is right, and that no other program holds it",
    )


def judge_trial(site: Site, sortie: Sortie, camera: str, trial: TrialPicture) -> Check:
    """Judge size, rate, brightness and sharpness. What would lose labels is refused; a pad may just be dark or empty."""
    own = site.cameras[0]
    width, height = trial.size_px
    words = f"{camera} answers: {width} x {height} pixels, {trial.rate_hz:.1f} frames a second"
    words += f", brightness {100 * trial.brightness:.0f} %"
    if math.isinf(trial.lag_s):
        return bad(NAME, f"{words}. How old its pictures are when they come is not known", _KEEP_UP)
    if trial.lag_s > TOLERANCE_S:
        late = f"{words}. Its pictures come up to {trial.lag_s:.1f} s late, and {TOLERANCE_S:.2f} s are allowed"
        return bad(NAME, f"{late}: this computer, or the link to the camera, does not keep up with them", _KEEP_UP)
    words += f", held up for at most {1000 * trial.lag_s:.0f} ms"
    try:
        own.resized(trial.size_px)
    except ValueError:
        return bad(
            NAME,
            f"{words}. Its pictures have another shape than the {own.size_px[0]} x {own.size_px[1]} of site.toml",
            "set the camera to that size; or calibrate it at this one (aislescan camera calibrate), then plan again",
        )
    if trial.contrast < EVEN:
        return bad(
            NAME, f"{words}. There is nothing in its picture", "take off the lens cap, give it light, and look at its picture"
        )
    needs_hz = max([LEAST_RATE_HZ, *(SPARE_RATE * lane.speed_mps / lane.photo_spacing_m for lane in sortie.lanes)])
    if trial.rate_hz < needs_hz:
        return bad(
            NAME,
            f"{words}. The flight needs {needs_hz:.1f} frames a second, to have one near to each photo",
            "give it a faster link or a smaller picture; or plan slower lanes (cruise_mps in site.toml)",
        )
    scale = width / own.size_px[0]
    views = [view for lane in sortie.lanes for view in lane.views]
    bar_px = min((view.px_per_bar for view in views), default=0.0) * scale
    planned_px = max((needed_px(site.labels, view.defocus_px * scale, view.motion_px * scale) for view in views), default=0.0)
    if bar_px < planned_px:
        return bad(
            NAME,
            f"{words}. A bar of a label would have {bar_px:.1f} pixels, and {planned_px:.1f} are needed",
            f"set the camera to the {own.size_px[0]} x {own.size_px[1]} of site.toml, or put this size there and plan again",
        )
    return _judge_light_and_focus(site, sortie, trial, words, bar_px)


def _judge_light_and_focus(site: Site, sortie: Sortie, trial: TrialPicture, words: str, bar_px: float) -> Check:
    doubts, remedies = [], []
    if not DARK <= trial.brightness <= BRIGHT:
        doubts.append("its picture is too dark" if trial.brightness < DARK else "its picture is too bright")
        remedies.append("set its exposure for the light at the racks")
    if trial.defocus_px is None:
        doubts.append("nothing in its picture has edges to see by whether it is sharp")
        remedies.append("hold a label before it, at the distance of the racks, and check again")
    else:
        scale = trial.size_px[0] / site.cameras[0].size_px[0]
        motion_px = max((view.motion_px for lane in sortie.lanes for view in lane.views), default=0.0) * scale
        needs_px = needed_px(site.labels, trial.defocus_px, motion_px)
        words += f", blur {trial.defocus_px:.1f} pixels: a bar needs {needs_px:.1f} pixels then, and has {bar_px:.1f}"
        if needs_px > bar_px:
            doubts.append("what it sees now is not sharp enough")
            remedies.append("focus it at the distance of the racks; if it is, and only looks at something else now, go on")
    if not doubts:
        return Check(name=NAME, verdict=Verdict.GOOD, words=words)
    return Check(name=NAME, verdict=Verdict.DOUBT, words=f"{words}; {', and '.join(doubts)}", remedy="; ".join(remedies))


def judge_test_frame(photo: str, taken: PictureTaken | None, file: str) -> Check:
    """Judge whether the frame of a test photo was found; `photo` says that the autopilot took it."""
    remedy = (
        "say with --camera-delay how much later than the autopilot's word a frame comes here; see that the stream does not stumble"
    )
    if taken is None or taken.off_s is None:
        return bad("camera", f"{photo}, but its frame was not found: {'it never came' if taken is None else taken.why}", remedy)
    return good("camera", f"{photo}; its frame came {1000 * abs(taken.off_s):.0f} ms from when it was due: look at {file}")
