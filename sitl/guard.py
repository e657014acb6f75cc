"""Run a program that must not outlive its starter: it is ended when our standard input closes.

Usage: `python guard.py [--detached] PROGRAM ARGUMENT…`. Exits with the program's own code. With `--detached` it
runs until it is told to end (SIGTERM): ArduPilot SITL ends by itself when the process that started it does.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

_PATIENCE_S = 3.0


def main(command: list[str]) -> int:
    """Run `command` until it ends by itself or standard input does; with `--detached` before it, whatever becomes of that."""
    is_detached = command[0] == "--detached"
    command = command[1:] if is_detached else command
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def end(*_: object) -> None:
        child.terminate()
        try:
            child.wait(_PATIENCE_S)
        except subprocess.TimeoutExpired:
            child.kill()

    def watch() -> None:
        while os.read(0, 1024):  # not through sys.stdin, whose lock would be held when we exit
            pass
        end()

    signal.signal(signal.SIGTERM, end)
    if not is_detached:
        threading.Thread(target=watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
