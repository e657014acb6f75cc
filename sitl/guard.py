"""Run a program that must not outlive its starter: it is ended when our standard input closes.

Usage: `python guard.py PROGRAM ARGUMENT…`. Exits with the program's own code.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

_PATIENCE_S = 3.0


def main(command: list[str]) -> int:
    """Run `command` until it ends by itself or standard input does."""
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
    threading.Thread(target=watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
