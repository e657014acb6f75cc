"""Where the frames of a run lie, and how a worker gets at them: a folder, or an address that fsspec understands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vision.grey import Grey
from vision.pictures import grey_from_bytes, read_bytes
from warehouse.errors import AislescanError, BadInputError, MissingToolError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

_CLUSTER = "type: pip install 'aislescan[cluster]'"


@dataclass(frozen=True, slots=True)
class FrameFiles:
    """The run folder as workers see it. Files are named as frame records name them: relative to it, with forward slashes."""

    root: str
    """A folder, or an address such as `s3://bucket/monday` or `file:///mnt/runs/monday`."""

    def sizes(self, files: Iterable[str]) -> dict[str, int]:
        """Return the bytes of each file; -1 for one that is not there. An address is asked once a folder."""
        if not self._is_address:
            return {file: path.stat().st_size if (path := Path(self.root) / file).is_file() else -1 for file in files}
        fs, root = self._file_system()
        wanted = list(files)
        sizes: dict[str, int] = {}
        for folder in sorted({_folder(file) for file in wanted}):
            for entry in self._list(fs, f"{root}/{folder}"):
                if entry["type"] == "file":
                    sizes[f"{folder}/{entry['name'].rsplit('/', 1)[-1]}"] = int(entry["size"] or 0)
        return {file: sizes.get(file, -1) for file in wanted}

    def size(self, file: str) -> int:
        """Return the bytes of one file; -1 when it is not there."""
        return self.sizes([file])[file]

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

    @property
    def _is_address(self) -> bool:
        return "://" in self.root

    def _file_system(self) -> tuple[AbstractFileSystem, str]:
        try:
            from fsspec.core import url_to_fs
        except ModuleNotFoundError as error:
            raise MissingToolError(f"{self.root}: frames at an address need fsspec", remedy=_CLUSTER) from error
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


def _folder(file: str) -> str:
    return file.rsplit("/", 1)[0] if "/" in file else ""
