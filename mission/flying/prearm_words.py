"""ArduPilot's own words against arming, with what they mean for the person beside the drone."""

from __future__ import annotations

import re
from collections.abc import Iterable

PREFIXES = ("PreArm: ", "Arm: ")
_MEANINGS: tuple[tuple[str, str], ...] = (
    (r"VisOdom.*(not healthy|unhealthy)", "the navigation sensor is silent: is it on, plugged in, and does it see enough?"),
    (r"VisOdom", "the navigation sensor and the autopilot disagree; start both again with the drone on its pad"),
    (r"requires reboot", "switch the drone off and on"),
    (r"GCS failsafe", "it has lost a ground station; close the others and wait some seconds"),
    (r"Radio failsafe|Throttle", "the remote control: switch it on with its throttle down"),
    (r"(Accels|Gyros) (inconsistent|not healthy|not calibrated)", "let the drone stand still and level for half a minute"),
    (r"(Gyros|Accels).*calib|calibration", "the drone must be calibrated on a ground station (QGroundControl: Sensors)"),
    (
        r"AHRS: waiting for home|Need (Position|Alt)|position estimate",
        "it does not know where it is; wait, then see to the sensor",
    ),
    (r"(EKF|AHRS)", "its estimate of where it is has not settled; let it stand still for a minute, then start it again"),
    (r"RC not found|RC.*not calib|Throttle.*(not|below|above)", "the remote control: switch it on with its throttle down"),
    (
        r"GPS",
        "it waits for GPS, of which there is none indoors: set it up for flying indoors (GPS1_TYPE 0, restart)",
    ),
    (r"[Cc]ompass|mag field", "it wants its compass, which racks disturb: set it up for flying indoors (COMPASS_USE 0)"),
    (r"[Bb]attery.*(low|critical|below|failsafe)", "put in a full battery"),
    (r"[Bb]attery", "see to the battery and its sensor (BATT_MONITOR)"),
    (r"[Ff]ence|breaching", "the drone stands outside its fence: put it onto the pad that the plan names"),
    (r"Rangefinder", "the distance sensor is silent: see to its cable"),
    (r"Mode requires mission|[Mm]ission|Missing Takeoff", "its mission was not taken; give the same command again"),
    (r"mode not armable|AUTO_OPTIONS", "it may not start by itself: AUTO_OPTIONS 7 (aislescan fly RUN --write-parameters)"),
    (r"[Ll]ogging|SD card|disk", "its memory card is full or missing"),
    (r"safety switch|Safety Switch", "press the safety switch on the drone until it shines steadily"),
    (r"[Ll]eaning|not level", "put the drone onto level floor"),
    (r"Stopped|Interlock", "an emergency stop switch of the remote control is on"),
    (r"[Mm]otor|ESC|[Ff]rame|SERVO|PWM", "the motors are not set up as this frame needs them; ask whoever built the drone"),
    (r"Main loop slow|Internal|[Pp]aram", "the autopilot has a fault of its own; switch it off and on"),
)


def meaning(text: str) -> str:
    """Return what one text of the autopilot means and what to do; empty where we do not know better than its own words."""
    return next((words for pattern, words in _MEANINGS if re.search(pattern, text)), "")


def complaints(texts: Iterable[str]) -> list[str]:
    """Return those of the autopilot's texts that speak against arming, each once, followed by what it means."""
    found = dict.fromkeys(text for text in texts if text.startswith(PREFIXES))
    return [f"{text} ({words})" if (words := meaning(text)) else text for text in found]
