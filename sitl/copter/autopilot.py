"""The autopilot: start-up, arming, modes, and one step of flight after another.

Times are simulated seconds since boot. Positions are the EKF's local metres (north, east, up). What it says goes out through
`broadcast`, which takes unpacked MAVLink messages.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from pymavlink.dialects.v20 import ardupilotmega as mav

from sitl.copter import announcements
from sitl.copter.auto_mission import AutoMission
from sitl.copter.battery import Battery
from sitl.copter.camera import Trigger
from sitl.copter.descent import Descent
from sitl.copter.dynamics import Airframe
from sitl.copter.estimator import FLAGS_NO_POSITION, FLAGS_NO_POSITION_IN_AIR, FLAGS_READY, FLAGS_UNINITIALISED, Estimator
from sitl.copter.failsafes import Failsafes
from sitl.copter.mission_items import Store
from sitl.copter.modes import NEEDS_POSITION, STICK_MODES, Mode
from sitl.copter.parameters import Parameters
from sitl.copter.places import Place
from sitl.copter.rangefinder import Rangefinder
from sitl.copter.startup import ALIGNED_S, ALIGNMENT_TEXTS, EKF_ACTIVE_S, START_TEXTS, arming_refusals
from sitl.copter.steering import Steering
from sitl.copter.trajectory import Fading, Leg, Limits, Track, Vector

STEP_S = 0.01
SPOOL_UP_S = 3.35
LANDED_AFTER_S = 1.8
DISARM_AFTER_S = 2.2
SINK_MPS = 2.4
TAKEOFF_DONE = 0.95
EXTERNAL = 6
"""EK3_SRCn_*: external navigation."""
BRAKE_LIMITS = Limits(speed=1.0, accel=0.45, jerk=1.0)


class Autopilot:
    """One boot of the vehicle."""

    def __init__(self, parameters: Parameters, start: Place, yaw: float, seed: int, broadcast: Callable[[Any], None]) -> None:
        """Boot at `start` with the nose at `yaw` (rad)."""
        self.parameters, self.start, self.broadcast = parameters, start, broadcast
        self.time_s = 0.0
        self.airframe = Airframe(yaw)
        self.estimator = Estimator(seed)
        self.steering = Steering(yaw)
        self.mission, self.fence = Store(), Store()
        self.auto = AutoMission(self)
        self.trigger = Trigger(self._show_photo, parameters)
        self.battery = Battery(parameters)
        self.rangefinder = Rangefinder(parameters)
        self.failsafes = Failsafes(self)
        self.source_set = 1
        """Of EK3_SRCn_*; not remembered over a restart."""
        self.mode = Mode.STABILIZE
        self.is_armed = False
        self.is_landed = True
        self.is_aligned = False
        self.origin: Place | None = None
        self.home: Place | None = None
        self.home_position: Vector = (0.0, 0.0, 0.0)
        self.armed_at_s = 0.0
        self.takeoff_to: float | None = None
        """Height (up, local) that a take-off under way will reach."""
        self.has_lifted_off = False
        self.track = self._standing_track()
        self._descent: Descent | None = None
        self._touched_s: float | None = None
        self._texts = list(START_TEXTS)
        self._said: list[Any] = []
        self._is_mode_new = False
        self._aided = True

    # -- what others read ------------------------------------------------------------------------------------------------------

    @property
    def position(self) -> list[float]:
        """The estimate: north, east, up."""
        return self.estimator.position

    @property
    def ekf_flags(self) -> int:
        """EKF_STATUS_REPORT.flags."""
        if not self.is_aligned:
            return FLAGS_UNINITIALISED if self.time_s < ALIGNED_S else FLAGS_NO_POSITION
        if self.estimator.has_position:
            return FLAGS_READY
        return FLAGS_NO_POSITION if self.is_landed else FLAGS_NO_POSITION_IN_AIR

    @property
    def landed_state(self) -> int:
        """MAV_LANDED_STATE."""
        if self.is_landed:
            return int(mav.MAV_LANDED_STATE_ON_GROUND)
        if self._descent is not None:
            return int(mav.MAV_LANDED_STATE_LANDING)
        return int(mav.MAV_LANDED_STATE_TAKEOFF if self.takeoff_to is not None else mav.MAV_LANDED_STATE_IN_AIR)

    @property
    def relative_up_m(self) -> float:
        """Estimated height above home."""
        return self.position[2] - self.home_position[2]

    @property
    def time_us(self) -> int:
        """Microseconds since boot."""
        return round(self.time_s * 1e6)

    def say(self, severity: int, text: str) -> None:
        """Send a STATUSTEXT to every link, after the answers of this step."""
        self._said.append(mav.MAVLink_statustext_message(severity, text.encode()[:50]))

    def speak(self) -> None:
        """Send what this step has left to say."""
        if self._is_mode_new:
            self._is_mode_new = False
            self.broadcast(announcements.heartbeat(self))
        for message in self._said:
            self.broadcast(message)
        self._said.clear()

    def limits(self, direction_up: float, speeds_mps: Mapping[int, float] | None = None) -> Limits:
        """Return the limits of a leg that climbs `direction_up` metres per metre.

        `speeds_mps` are those that a DO_CHANGE_SPEED has asked for, by its SPEED_TYPE; the parameters hold for the others.
        """
        p, asked = self.parameters, speeds_mps or {}
        horizontal = math.sqrt(max(0.0, 1.0 - direction_up**2))
        speed = asked.get(mav.SPEED_TYPE_GROUNDSPEED, p["WPNAV_SPEED"] / 100) / max(horizontal, 1e-6)
        accel = p["WPNAV_ACCEL"] / 100 / max(horizontal, 1e-6)
        if abs(direction_up) > 1e-6:
            if direction_up > 0:
                climb = asked.get(mav.SPEED_TYPE_CLIMB_SPEED, p["WPNAV_SPEED_UP"] / 100)
            else:
                climb = asked.get(mav.SPEED_TYPE_DESCENT_SPEED, p["WPNAV_SPEED_DN"] / 100)
            speed = min(speed, climb / abs(direction_up))
            accel = min(accel, p["WPNAV_ACCEL_Z"] / 100 / abs(direction_up))
        return Limits(speed=speed, accel=accel, jerk=p["WPNAV_JERK"])

    @property
    def stop_limits(self) -> Limits:
        """How hard a stop brakes."""
        p = self.parameters
        return Limits(speed=p["WPNAV_SPEED"] / 100, accel=p["WPNAV_ACCEL"] / 100, jerk=p["PSC_JERK_XY"], jerk_time=0.0)

    # -- arming and modes ------------------------------------------------------------------------------------------------------

    def arm(self) -> int:
        """Arm, or say why not; returns MAV_RESULT."""
        if self.is_armed:
            return int(mav.MAV_RESULT_ACCEPTED)
        refusals = arming_refusals(self)
        if refusals:
            self.say(mav.MAV_SEVERITY_CRITICAL, f"Arm: {refusals[0]}")
            return int(mav.MAV_RESULT_FAILED)
        self.is_armed, self.armed_at_s, self.has_lifted_off = True, self.time_s, False
        self.steering.reset(self.airframe.yaw)
        self.failsafes.clear()
        if self.origin is not None:
            self.set_home()
        self._texts.append((self.time_s + 0.1, 6, "Arming motors"))
        if self.mode == Mode.AUTO:
            self.auto.take_off_again()
        return int(mav.MAV_RESULT_ACCEPTED)

    def disarm(self, is_forced: bool) -> int:
        """Stop the motors on the ground, or anywhere when forced; returns MAV_RESULT."""
        if not self.is_armed:
            return int(mav.MAV_RESULT_ACCEPTED)
        if not self.is_landed and not is_forced:
            return int(mav.MAV_RESULT_FAILED)
        self.is_armed, self.is_landed, self.has_lifted_off = False, True, False
        self.takeoff_to, self._descent, self._touched_s = None, None, None
        if self.airframe.is_on_ground:
            self.airframe.rest()
        self.say(6, "Disarming motors")
        self.auto.reset()
        if self.mode == Mode.AUTO:
            self.auto.start_or_resume()
        return int(mav.MAV_RESULT_ACCEPTED)

    def set_mode(self, number: int, hover_s: float = 0.0) -> bool:
        """Change the flight mode; `hover_s` is how long LAND hovers before it descends. False if refused."""
        try:
            mode = Mode(number)
        except ValueError:
            return False
        if mode == Mode.AUTO and self.is_armed and not self.auto.may_start():
            return False
        if mode in NEEDS_POSITION and self.is_armed and not (self.is_aligned and self.estimator.has_position):
            self.say(4, f"Mode change to {mode.name} failed: requires position")
            return False
        if mode == self.mode:
            return True
        self.mode = mode
        self._begin_mode(hover_s)
        self._is_mode_new = True
        return True

    def _begin_mode(self, hover_s: float) -> None:
        self.takeoff_to = None
        self._descent = None
        if self.mode == Mode.AUTO:
            self.auto.start_or_resume()
            return
        if self.is_landed:
            self.track = self._standing_track()
            return
        if self.mode in (Mode.GUIDED, Mode.BRAKE, Mode.LAND, Mode.RTL):
            limits = BRAKE_LIMITS if self.mode == Mode.BRAKE else self.stop_limits
            stop = Fading.stop(self.track.velocity, limits)
            p, d = self.track.target, stop.displacement
            end = (p[0] + d[0], p[1] + d[1], p[2] + d[2])
            self.track.fly_to(end, self.limits(0.0), limits)
        if self.mode == Mode.LAND:
            self.begin_descent(hover_s)
        elif self.mode == Mode.RTL:
            self.fly_home()

    def fly_home(self) -> None:
        """Take the straight line to above home, at the present height."""
        end = (self.home_position[0], self.home_position[1], self.position[2])
        self.track.fly_to(end, self.limits(0.0), self.stop_limits)

    # -- flying ----------------------------------------------------------------------------------------------------------------

    def begin_takeoff(self, height_m: float) -> None:
        """Climb to `height_m` above home, once the motors are up to speed."""
        self.takeoff_to = self.home_position[2] + height_m
        if self.has_lifted_off:
            self._climb()

    def _climb(self) -> None:
        assert self.takeoff_to is not None
        p = self.parameters
        self.track = self._standing_track()
        here = self.track.leg.origin
        limits = Limits(speed=p["WPNAV_SPEED_UP"] / 100, accel=p["WPNAV_ACCEL_Z"] / 100, jerk=p["PSC_JERK_Z"])
        self.track.leg = Leg(here, (here[0], here[1], self.takeoff_to), limits)

    def is_takeoff_done(self) -> bool:
        """Whether the climb has come near its height; the rest is left to what follows."""
        if self.takeoff_to is None:
            return True
        ground = self.home_position[2]
        if not self.has_lifted_off or self.position[2] < ground + TAKEOFF_DONE * (self.takeoff_to - ground):
            return False
        self.takeoff_to = None
        return True

    def begin_descent(self, hover_s: float = 0.0) -> None:
        """Come down vertically from where the track ends, after `hover_s` seconds."""
        if self._descent is None:
            self._descent = Descent(self.parameters, self.track.target, self.time_s + hover_s)

    def step(self) -> None:
        """Live through one step of `STEP_S` seconds."""
        self.time_s += STEP_S
        while self._texts and self.time_s >= self._texts[0][0]:
            _, severity, text = self._texts.pop(0)
            self.say(severity, text)
        air, ekf = self.airframe, self.estimator
        is_vision_ok = not self.parameters["SIM_VICON_FAIL"]
        if self.is_armed:
            self._fly()
        elif not air.is_on_ground:
            self._drop()
        ekf.is_place_heeded = self.parameters[f"EK3_SRC{self.source_set}_POSXY"] == EXTERNAL
        ekf.is_speed_heeded = self.parameters[f"EK3_SRC{self.source_set}_VELXY"] == EXTERNAL
        ekf.step(STEP_S, air.position, air.velocity, is_vision_ok)
        if not self.is_aligned:
            self._align(is_vision_ok)
        if self.is_armed and self.mode == Mode.AUTO:
            self.auto.step()
        self._watch_aiding()
        self.battery.step(STEP_S, self.is_armed and not air.is_on_ground, math.hypot(air.velocity[0], air.velocity[1]))
        self.failsafes.step()
        self.trigger.check(self.time_s, ekf.position)

    def _fly(self) -> None:
        air, steering = self.airframe, self.steering
        p = self.parameters
        air.motor_share = p["SIM_ENGINE_MUL"] if p["SIM_ENGINE_FAIL"] else 1.0
        from_rad = math.radians(p["SIM_WIND_DIR"])
        air.wind = (-p["SIM_WIND_SPD"] * math.cos(from_rad), -p["SIM_WIND_SPD"] * math.sin(from_rad))
        if not self.has_lifted_off:
            self._wait_for_takeoff()
            return
        if self._touched_s is not None:
            self._settle(self._touched_s)
            return
        position, velocity = self.estimator.position, self.estimator.velocity
        target = self.track.target
        self.track.advance(STEP_S, steering.lag_scale(target, position, velocity))
        if self._descent is not None:
            self._descent.step(target, self.time_s, self.relative_up_m)
        elif self.mode in STICK_MODES:
            target[2], target[5], target[8] = target[2] - SINK_MPS * STEP_S, -SINK_MPS, 0.0
        steering.turn(STEP_S)
        angle = math.radians(self.parameters["ANGLE_MAX"] / 100)
        north, east, up = steering.accelerations(STEP_S, target, position, velocity, angle)
        if not self.estimator.has_position and self.mode not in NEEDS_POSITION:
            north = east = 0.0  # nothing to steer by: keep level and slide
        impact = air.step(STEP_S, (north, east, up), steering.heading, steering.heading_rate)
        if air.is_on_ground:
            if impact:
                self.say(6, f"SIM Hit ground at {impact:f} m/s")
            if self._descent is not None or self.mode in STICK_MODES:
                self._touched_s = self.time_s

    def _drop(self) -> None:
        self.airframe.motor_share = 0.0
        impact = self.airframe.step(STEP_S, (0.0, 0.0, 0.0), 0.0, 0.0)
        if impact:
            self.say(6, f"SIM Hit ground at {impact:f} m/s")

    def _wait_for_takeoff(self) -> None:
        air = self.airframe
        if self.takeoff_to is not None and self.time_s >= self.armed_at_s + SPOOL_UP_S:
            self.has_lifted_off, self.is_landed, self._touched_s = True, False, None
            self.steering.reset(air.yaw)
            self._climb()
        elif self.takeoff_to is None and self.time_s >= self.armed_at_s + self.parameters["DISARM_DELAY"] > self.armed_at_s:
            self.disarm(is_forced=True)

    def _settle(self, touched_s: float) -> None:
        """Lie on the ground until the motors stop."""
        self.airframe.rest()
        if self.time_s - touched_s >= LANDED_AFTER_S:
            self.is_landed = True
        if self.time_s - touched_s >= DISARM_AFTER_S:
            self.disarm(is_forced=True)

    def _standing_track(self) -> Track:
        p = self.parameters
        n, e, u = self.estimator.position
        accel = p["WPNAV_ACCEL"] / 100
        corner = p["WPNAV_ACCEL_C"] / 100 or 2 * accel
        return Track((n, e, u), radius=p["WPNAV_RADIUS"] / 100, corner_accel=corner)

    # -- position --------------------------------------------------------------------------------------------------------------

    def set_origin(self, latitude_1e7: int, longitude_1e7: int, altitude_mm: int) -> None:
        """Take the EKF origin, once; before the EKF runs it is lost without a word."""
        if self.time_s < EKF_ACTIVE_S or self.origin is not None:
            return
        self.origin = Place.of(latitude_1e7, longitude_1e7, altitude_mm / 1000)
        self.broadcast(announcements.origin(self))
        for imu in (0, 1):
            self.say(6, f"EKF3 IMU{imu} origin set")
        self.say(6, f"Field Elevation Set: {altitude_mm / 1000:.0f}m")
        if self.is_aligned:
            self.set_home()

    def set_home(self) -> None:
        """Make the present estimate home, and say so."""
        assert self.origin is not None
        here = self.position
        lat, lon = self.origin.latlon_of(here)
        self.home_position = (here[0], here[1], here[2])
        self.home = Place.of(lat, lon, round(self.origin.altitude_m + here[2], 2))
        self.broadcast(announcements.origin(self))
        self.broadcast(announcements.home(self))

    def _align(self, is_vision_ok: bool) -> None:
        if self.time_s < ALIGNED_S or not is_vision_ok or not self.parameters["VISO_TYPE"]:
            return
        self.is_aligned = True
        for text in ALIGNMENT_TEXTS:
            self.say(6, text)
        if self.origin is not None:
            self.set_home()

    def _watch_aiding(self) -> None:
        if self._aided and self.is_aligned and not self.estimator.has_position and self.airframe.is_on_ground:
            self._aided = False
            for imu in (0, 1):
                self.say(4, f"EKF3 IMU{imu} stopped aiding")
        elif self.estimator.has_position:
            self._aided = True

    def _show_photo(self, number: int) -> None:
        if self.parameters["CAM1_TYPE"]:
            self.broadcast(announcements.camera_feedback(self, number))
