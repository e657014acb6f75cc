"""ArduPilot's published SITL program for this computer, fetched into the cache that `find_arducopter` looks in.

The firmware server keeps it at /Copter/<version>/SITL_<platform>/arducopter, with git-version.txt beside it. It publishes no
hashes, so the hash of what came is shown, and a known one can be demanded. A download that breaks off never takes the place of
anything.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import platform
import stat
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sitl.ardupilot import cache_folder
from warehouse.errors import BadInputError, MissingToolError

SERVER = "https://firmware.ardupilot.org"
VERSION = "stable"
PROGRAM = "arducopter"
_PLATFORMS: Mapping[tuple[str, str], str] = {
    ("Linux", "x86_64"): "SITL_x86_64_linux_gnu",
    ("Linux", "armv7l"): "SITL_arm_linux_gnueabihf",
    ("Linux", "armv6l"): "SITL_arm_linux_gnueabihf",
}
_ELF = b"\x7fELF"
_CHUNK = 1 << 16
_TIMEOUT_S = 30.0
_LEAST_BYTES = 100_000
_REMEDY = "check the network and the address; another server: --server ADDRESS. Or build SITL yourself and name it in $ARDUCOPTER"

Progress = Callable[[int, int], None]
"""Bytes so far, and in all (0: not known)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """What lies in the cache now."""

    path: Path
    url: str
    size_bytes: int
    sha256: str
    version: str
    """First line of git-version.txt; empty where the server has none."""


def platform_folder(system: str | None = None, machine: str | None = None) -> str:
    """Return the server's name for this computer; MissingToolError for one that ArduPilot publishes no SITL program for."""
    found = (system or platform.system(), machine or platform.machine())
    name = _PLATFORMS.get(found)
    if name is None:
        raise MissingToolError(
            f"ArduPilot publishes no SITL program for {' '.join(found)}",
            remedy="build one (https://ardupilot.org/dev/docs/setting-up-sitl-on-linux.html) and name it in $ARDUCOPTER;"
            " or use --sitl builtin",
        )
    return name


def install_arducopter(
    *, server: str = SERVER, version: str = VERSION, sha256: str | None = None, progress: Progress | None = None
) -> Installed:
    """Fetch arducopter for this computer, prove it, and put it into the cache in one step; what was there is kept until then.

    MissingToolError when it cannot be fetched whole, is no program, does not run, or has another hash than the one demanded.
    """
    if sha256 is not None and (len(sha256) != 64 or not set(sha256.lower()) <= set("0123456789abcdef")):
        raise BadInputError(f"--sha256 {sha256}: expected 64 hexadecimal digits", remedy="give what `sha256sum arducopter` prints")
    base = f"{_checked(server)}/Copter/{urllib.parse.quote(version)}/{platform_folder()}"
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{PROGRAM}.{os.getpid()}.part"
        try:
            size, digest = _fetch(f"{base}/{PROGRAM}", part, progress or (lambda done, total: None))
            if sha256 is not None and digest != sha256.lower():
                raise MissingToolError(
                    f"{base}/{PROGRAM} has the SHA-256 {digest}, not {sha256.lower()}: it was not installed",
                    remedy="another version was published, or somebody changed it on the way; compare with who gave you the hash",
                )
            _prove(part, f"{base}/{PROGRAM}")
            part.replace(folder / PROGRAM)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise MissingToolError(
            f"{folder}: cannot be written to: {error.strerror or error}", remedy="make room or allow it"
        ) from error
    return Installed(
        path=folder / PROGRAM,
        url=f"{base}/{PROGRAM}",
        size_bytes=size,
        sha256=digest,
        version=_version_at(f"{base}/git-version.txt"),
    )


def _checked(server: str) -> str:
    address = urllib.parse.urlsplit(server)
    if address.scheme not in ("http", "https") or not address.netloc:
        raise BadInputError(
            f"--server {server}: expected an address like {SERVER}", remedy="leave --server out for ArduPilot's own"
        )
    return server.rstrip("/")


def _fetch(url: str, part: Path, progress: Progress) -> tuple[int, str]:
    """Write what lies at `url` to `part`; return its size and SHA-256 once all of it has come."""
    digest, size = hashlib.sha256(), 0
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer, part.open("wb") as file:
            expected = int(answer.headers.get("Content-Length") or 0)
            while chunk := answer.read(_CHUNK):
                file.write(chunk)
                digest.update(chunk)
                size += len(chunk)
                progress(size, expected)
            file.flush()
            os.fsync(file.fileno())
    except urllib.error.HTTPError as error:
        raise MissingToolError(f"{url}: the server answered {error.code} {error.reason}", remedy=_REMEDY) from error
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        why = getattr(error, "reason", None) or error
        raise MissingToolError(f"{url}: cannot be fetched: {why}", remedy=_REMEDY) from error
    if size < expected or not size:
        raise MissingToolError(
            f"{url}: broke off after {size} of {expected or 'an unknown number of'} bytes; nothing was installed", remedy=_REMEDY
        )
    return size, digest.hexdigest()


def _prove(part: Path, url: str) -> None:
    """Hold that the file is a program of this computer; MissingToolError otherwise."""
    with part.open("rb") as file:
        start = file.read(len(_ELF))
    if start != _ELF or part.stat().st_size < _LEAST_BYTES:
        raise MissingToolError(
            f"{url}: that is no program of ArduPilot SITL ({part.stat().st_size} bytes, begins with {start!r})", remedy=_REMEDY
        )
    part.chmod(part.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    try:
        said = subprocess.run([str(part), "--help"], capture_output=True, timeout=20, check=False, cwd=part.parent)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise MissingToolError(f"{url}: it does not run on this computer: {error}", remedy=_REMEDY) from error
    if b"--model" not in said.stdout + said.stderr:
        raise MissingToolError(f"{url}: it runs, but not as ArduPilot SITL does (no --model in its --help)", remedy=_REMEDY)


def _version_at(url: str) -> str:
    with contextlib.suppress(OSError, http.client.HTTPException), urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:
        lines = answer.read(4096).decode("utf-8", "replace").splitlines()
        return next((line.strip() for line in lines if line.strip()), "")
    return ""
