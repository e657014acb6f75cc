"""Run the built-in copter: `python -m sitl.copter --home 38.6255,-0.5730,820,0 --speedup 10`.

When it is ready it prints one JSON line: {"endpoints": ["tcp:127.0.0.1:PORT", "tcp:127.0.0.1:PORT"]}, the first for a ground
program, the second for a simulated camera. It ends by itself when its standard input is closed.
"""

from __future__ import annotations

import argparse
import json
import math
import socket
import sys
from pathlib import Path

from sitl.copter.parameters import Parameters
from sitl.copter.places import Place
from sitl.copter.server import Server
from warehouse.errors import AislescanError

INDOOR_PARAMETERS = Path(__file__).parent.parent / "indoor.parm"


def main(arguments: list[str] | None = None) -> int:
    """Parse `arguments`, serve until told to stop, and return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sitl.copter", description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("--home", default="38.6255,-0.5730,820,0", help="latitude,longitude,altitude,heading of the start (deg, m)")
    parser.add_argument("--speedup", type=float, default=1.0, help="simulated seconds in a second")
    parser.add_argument("--seed", type=int, default=0, help="seed of the position errors")
    parser.add_argument("--port", type=int, default=0, help="port of the first endpoint, the next is one higher; 0 takes free ones")
    parser.add_argument("--defaults", type=Path, action="append", help="parameter files instead of the indoor parameters")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="one parameter, after the files")
    parser.add_argument("--wait", action="store_true", help="start the clock at the first client")
    parser.add_argument("--detached", action="store_true", help="do not end when standard input is closed")
    options = parser.parse_args(arguments)
    try:
        latitude, longitude, altitude, heading = (float(x) for x in options.home.split(","))
    except ValueError:
        parser.error(f"--home: expected latitude,longitude,altitude,heading, found {options.home!r}")
    if not options.speedup > 0:
        parser.error("--speedup: expected a number above 0")
    try:
        parameters = Parameters()
        for path in options.defaults or [INDOOR_PARAMETERS]:
            parameters.load_file(path)
        parameters.set("SIM_SPEEDUP", options.speedup)
        for assignment in options.set:
            name, _, value = assignment.partition("=")
            if name not in parameters:
                parser.error(f"--set: there is no parameter {name}")
            parameters.set(name, float(value))
    except AislescanError as error:
        sys.stderr.write(f"{error}\n")
        return int(error.exit_code)
    listeners = [_listen(options.port + i if options.port else 0) for i in range(2)]
    server = Server(
        parameters=parameters,
        start=Place.of(round(latitude * 1e7), round(longitude * 1e7), altitude),
        yaw=math.radians(heading),
        seed=options.seed,
        listeners=listeners,
    )
    endpoints = [f"tcp:127.0.0.1:{listener.getsockname()[1]}" for listener in listeners]
    sys.stdout.write(json.dumps({"endpoints": endpoints}) + "\n")
    sys.stdout.flush()
    try:
        server.run(None if options.detached else sys.stdin.fileno(), waits=options.wait)
    except KeyboardInterrupt:
        return 130
    return 0


def _listen(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


if __name__ == "__main__":
    sys.exit(main())
