"""Where the frames of a run lie, and how a worker gets at them: a folder, or an address that fsspec understands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision.codes.grey import Grey
from vision.pictures.opening import MAX_BYTES, full_size_px, grey_from_bytes, read_bytes, too_large
from warehouse.errors import AislescanError, BadInputError, MissingToolError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_CHANGED = ("ETag", "etag", "mtime", "LastModified", "last_modified", "updated", "modified")
"""What file systems of fsspec call the mark of a file's content, or else the time when it was written."""
_CLUSTER = "type: pip install 'aislescan[cluster]'"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStamp:
    """One version of a file: another picture under the same name has another stamp, though it has as many bytes."""

    n_bytes: int
    """-1: it is not there."""
    changed: str = ""
    """When it was last written, or the store's own mark of its content; empty where the store tells neither."""

    def fault(self, file: str) -> str:
        """Return for people why the file, called `file`, is not to be opened; empty when nothing speaks against it."""
        if self.n_bytes < 0:
            return f"{file}: the photo is missing"
        return f"{file}: {too_large(self.n_bytes)}" if self.n_bytes > MAX_BYTES else ""


NOT_THERE = FileStamp(n_bytes=-1)


@dataclass(frozen=True, slots=True)
class FrameFiles:
    """The run folder as workers see it. Files are named as frame records name them: relative to it, with forward slashes."""

    root: str
    """A folder, or an address such as `s3://bucket/monday` or `file:///mnt/runs/monday`."""

    def stamps(self, files: Iterable[str]) -> dict[str, FileStamp]:
        """Return what tells the present version of each file from others. An address is asked once a folder."""
        if not self._is_address:
            return {file: _local_stamp(Path(self.root) / file) for file in files}
        fs, root = self._file_system()
        wanted = list(files)
        stamps: dict[str, FileStamp] = {}
        for folder in sorted({_folder(file) for file in wanted}):
            for entry in self._list(fs, f"{root}/{folder}"):
                if entry["type"] == "file":
                    stamps[f"{folder}/{entry['name'].rsplit('/', 1)[-1]}"] = _listed_stamp(entry)
        return {file: stamps.get(file, NOT_THERE) for file in wanted}

    def read(self, file: str) -> bytes:
        """Return the bytes of a file.

        BadInputError when the file is there and cannot be used. A file that is not there is another matter: the caller asks only
        for files that it has found, so AislescanError says that this machine does not see them.
        """
        if not self._is_address:
            path = Path(self.root) / file
            if not path.exists():
                raise self._out_of_reach(file, "not there")
            try:
                return read_bytes(path)
            except BadInputError as error:
                raise BadInputError(error.what.replace(str(path), file), remedy=error.remedy) from error
        fs, root = self._file_system()
        try:
            return bytes(fs.cat_file(f"{root}/{file}"))
        except Exception as error:  # every protocol has its own; none of them is a fault of the picture
            raise self._out_of_reach(file, str(error)) from error

    def grey(self, file: str, *, shrink: int = 1) -> Grey:
        """Return a picture as `grey_from_bytes` does; errors as `read`."""
        return grey_from_bytes(self.read(file), file, shrink=shrink)

    def measured(self, file: str, *, shrink: int = 1) -> tuple[Grey, tuple[int, int]]:
        """Return a picture as `grey` does, and the width and height that it has unshrunk, turned as its EXIF says."""
        data = self.read(file)
        image = grey_from_bytes(data, file, shrink=shrink)
        return image, full_size_px(image, data, file, shrink=shrink)

    @property
    def _is_address(self) -> bool:
        return "://" in self.root

    def _file_system(self) -> tuple[AbstractFileSystem, str]:
        try:
            from fsspec.core import url_to_fs
        except ModuleNotFoundError as error:
            raise MissingToolError(f"{self.root}: photos at an address need fsspec", remedy=_CLUSTER) from error
        try:
            fs, root = url_to_fs(self.root)
        except ImportError as error:
            raise MissingToolError(f"{self.root}: {error}", remedy=_CLUSTER) from error
        except ValueError as error:
            raise BadInputError(
                f"{self.root}: {error}", remedy="give a folder, or an address such as s3://bucket/monday"
            ) from error
        return fs, str(root).rstrip("/")

    def _list(self, fs: AbstractFileSystem, folder: str) -> list[dict[str, Any]]:
        try:
            return list(fs.ls(folder, detail=True, refresh=True))
        except FileNotFoundError:
            return []
        except Exception as error:
            raise self._out_of_reach(folder, str(error)) from error

    def _out_of_reach(self, file: str, why: str) -> AislescanError:
        import socket

        return AislescanError(
            f"{self.root}: {socket.gethostname()} cannot read {file}: {why}",
            remedy="give --frames-at an address that every worker reaches and may read; what was read so far is kept",
        )


def _local_stamp(path: Path) -> FileStamp:
    if not path.is_file():
        return NOT_THERE
    found = path.stat()
    return FileStamp(n_bytes=found.st_size, changed=str(found.st_mtime_ns))


def _listed_stamp(entry: dict[str, Any]) -> FileStamp:
    changed = next((str(entry[name]) for name in _CHANGED if entry.get(name)), "")
    return FileStamp(n_bytes=int(entry["size"] or 0), changed=changed)


def _folder(file: str) -> str:
    return file.rsplit("/", 1)[0] if "/" in file else ""
