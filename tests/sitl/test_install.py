"""Fetching ArduPilot's program from a server on loopback: whole, proven, or not at all."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from sitl.ardupilot import cache_folder, find_arducopter
from sitl.install import install_arducopter, platform_folder
from warehouse.errors import BadInputError, MissingToolError

PLATFORM = "SITL_x86_64_linux_gnu"
ARDUCOPTER = os.environ.get("ARDUCOPTER")
STABLE = f"/Copter/stable/{PLATFORM}"


@pytest.fixture(scope="module")
def program() -> bytes:
    """A program of this machine that is no SITL: the shell."""
    shell = Path("/bin/sh").resolve().read_bytes()
    return shell + b"\0" * max(0, 200_000 - len(shell))


class Server(ThreadingHTTPServer):
    """Serves `files`; of those in `cut` it sends half of what it announces."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.cut: set[str] = set()
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        content = self.server.files.get(self.path)
        if content is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if self.path in self.server.cut else content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("ARDUCOPTER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    return cache_folder()


def left_in(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.iterdir()) if cache.is_dir() else []


@pytest.mark.arducopter
@pytest.mark.skipif(ARDUCOPTER is None, reason="$ARDUCOPTER is not set")
def test_a_whole_program_is_installed_found_and_described(server: Server, cache: Path) -> None:
    assert ARDUCOPTER is not None
    content = Path(ARDUCOPTER).read_bytes()
    server.files = {f"{STABLE}/arducopter": content, f"{STABLE}/git-version.txt": b"commit 2598e9d4\n"}
    seen: list[tuple[int, int]] = []
    found = install_arducopter(server=server.address, progress=lambda done, total: seen.append((done, total)))
    assert (found.size_bytes, found.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert (found.path, found.version) == (cache / "arducopter", "commit 2598e9d4")
    assert find_arducopter() == cache / "arducopter"
    assert seen[-1] == (len(content), len(content))
    assert left_in(cache) == ["arducopter"]


def test_a_download_that_breaks_off_leaves_what_was_there(server: Server, cache: Path, program: bytes) -> None:
    cache.mkdir(parents=True)
    (cache / "arducopter").write_bytes(b"the old one")
    server.files, server.cut = {f"{STABLE}/arducopter": program}, {f"{STABLE}/arducopter"}
    with pytest.raises(MissingToolError, match=f"broke off|{len(program) // 2} bytes read"):
        install_arducopter(server=server.address)
    assert left_in(cache) == ["arducopter"]
    assert (cache / "arducopter").read_bytes() == b"the old one"


def test_what_is_no_sitl_is_not_installed(server: Server, cache: Path, program: bytes) -> None:
    server.files = {f"{STABLE}/arducopter": b"<html>not found</html>" * 10_000, "/Copter/beta/" + PLATFORM + "/arducopter": program}
    with pytest.raises(MissingToolError, match=r"that is no program of ArduPilot SITL .220000 bytes, begins with b'<htm'"):
        install_arducopter(server=server.address)
    with pytest.raises(MissingToolError, match=r"it runs, but not as ArduPilot SITL does|does not run on this computer"):
        install_arducopter(server=server.address, version="beta")
    assert left_in(cache) == []


def test_another_hash_than_the_one_demanded_is_refused(server: Server, cache: Path, program: bytes) -> None:
    server.files = {f"{STABLE}/arducopter": program}
    with pytest.raises(MissingToolError, match=f"has the SHA-256 {hashlib.sha256(program).hexdigest()}, not {'0' * 64}"):
        install_arducopter(server=server.address, sha256="0" * 64)
    with pytest.raises(BadInputError, match="expected 64 hexadecimal digits"):
        install_arducopter(server=server.address, sha256="abc")
    assert left_in(cache) == []


def test_a_server_that_has_none_or_is_none_is_named_with_what_to_do(server: Server, cache: Path) -> None:
    with pytest.raises(MissingToolError, match=r"/Copter/stable/.*: the server answered 404 Not Found") as caught:
        install_arducopter(server=server.address)
    assert "--server ADDRESS" in str(caught.value)
    with pytest.raises(MissingToolError, match=r"cannot be fetched: .*refused"):
        install_arducopter(server="http://127.0.0.1:9")
    with pytest.raises(BadInputError, match=r"expected an address like https://firmware\.ardupilot\.org"):
        install_arducopter(server="firmware.ardupilot.org")


@pytest.mark.parametrize(
    ("system", "machine", "name"),
    [
        ("Linux", "x86_64", PLATFORM),
        ("Linux", "armv7l", "SITL_arm_linux_gnueabihf"),
        ("Darwin", "arm64", ""),
        ("Linux", "riscv64", ""),
    ],
)
def test_each_computer_has_its_program_or_is_told_that_there_is_none(system: str, machine: str, name: str) -> None:
    if name:
        assert platform_folder(system, machine) == name
        return
    with pytest.raises(MissingToolError, match=f"publishes no SITL program for {system} {machine}"):
        platform_folder(system, machine)
