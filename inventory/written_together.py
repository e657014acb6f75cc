"""Files that belong together: all of them are on the disk before the first old one is replaced."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import BadInputError
from warehouse.run_folder import write_atomically


@dataclass(frozen=True, slots=True)
class Written:
    """What a file turned out to be."""

    n_bytes: int
    digest: str
    """SHA-256 (hex)."""


Content = bytes | Iterable[bytes] | Callable[[Mapping[Path, Written]], bytes]
"""Of a file: at once, in pieces, or made when it is written; the last one from what the others turned out to be."""


def write_together(root: Path, contents: Mapping[Path, Content], *, stale: Iterable[Path] = ()) -> None:
    """Write `contents` into the folder `root`, or BadInputError where they cannot be.

    A full disk or a folder that is none leaves the old set whole. The last file of `contents`, which holds the digest of each
    other, is taken away first and replaced last: without it, or with other digests, the set is not complete. Of two programs that
    write into one folder at once the later one's set is there in the end. `stale` are files of an older set that this one does not
    have any more.
    """
    staged = {path: path.with_name(f".{path.name}.{os.getpid()}.new") for path in contents}
    *_, vouching = contents
    try:
        if root.exists() and not root.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(root))
        for path in contents:
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        with ThreadPoolExecutor(2) as pool:  # to make one file and to write another one are different work
            parts = {path: pool.submit(_stage, staged[path], contents[path]) for path in contents if path != vouching}
            written = {path: part.result() for path, part in parts.items()}
        _stage(staged[vouching], contents[vouching], written)
        with _alone_in(root):
            vouching.unlink(missing_ok=True)
            for path in stale:
                path.unlink(missing_ok=True)
            for path, new in staged.items():
                new.replace(path)
    except OSError as error:
        raise BadInputError(
            f"{root}: the results cannot be written: {error.strerror} ({error.filename})",
            remedy="give a folder that can be written to, with free disk; the command may then be repeated as it is",
        ) from error
    finally:
        for new in staged.values():
            with suppress(OSError):
                new.unlink(missing_ok=True)


@contextmanager
def _alone_in(root: Path) -> Iterator[None]:
    """Hold the folder against another program that puts a set of its own there: files of two sets are no set."""
    handle = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _stage(path: Path, content: Content, before: Mapping[Path, Written] | None = None) -> Written:
    made = content(before or {}) if callable(content) else content
    pieces = _Measured((made,) if isinstance(made, bytes) else made)
    write_atomically(path, iter(pieces))
    return pieces.written


class _Measured:
    """Pieces of a file, counted and digested on their way."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self._n_bytes = 0
        self._digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._pieces:
            self._n_bytes += len(piece)
            self._digest.update(piece)
            yield piece

    @property
    def written(self) -> Written:
        return Written(self._n_bytes, self._digest.hexdigest())
