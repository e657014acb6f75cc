"""Where the frames of a run lie, and how a worker gets at them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vision.grey import Grey
from vision.pictures import grey_from_bytes, read_bytes
from warehouse.errors import BadInputError


@dataclass(frozen=True, slots=True)
class FrameFiles:
    """The run folder as workers see it. Files are named as frame records name them: relative to it, with forward slashes."""

    root: Path

    def size(self, file: str) -> int:
        """Return the bytes of a file; -1 when it is not there."""
        path = self.root / file
        return path.stat().st_size if path.is_file() else -1

    def sizes(self, files: Iterable[str]) -> dict[str, int]:
        """Return the bytes of each file; -1 for one that is not there."""
        return {file: self.size(file) for file in files}

    def grey(self, file: str, *, shrink: int = 1) -> Grey:
        """Return a picture as `grey_from_bytes` does; errors name the file as the frame record does."""
        path = self.root / file
        try:
            data = read_bytes(path)
        except BadInputError as error:
            raise BadInputError(error.what.replace(str(path), file), remedy=error.remedy) from error
        return grey_from_bytes(data, file, shrink=shrink)
