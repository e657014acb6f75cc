"""Write down how far a reading has come, for whoever watches it; the reading itself never looks at that again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import BinaryIO

from vision.bins.face_view import find_face_view
from vision.bins.looking import BinLook
from vision.bins.placed_reads import placed_read
from vision.poses.correction import MAX_SIGMA_M
from vision.reads import FrameLook
from warehouse.layout import Bin
from warehouse.line_files import line_of
from warehouse.poses import FrameRecord
from warehouse.reading_step import BINS, DONE, LABELS, PHOTOS, PICTURES, ReadingStep
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site

_FLUSHED_EVERY_S = 0.25


class StepLog:
    """The steps of one reading: a line a photo, a bin or a label that was looked at again, and a photo that pictures were cut from.

    Use as a context manager. What a photo shows is placed by its recorded pose alone, which costs about a hundredth of decoding it.
    """

    def __init__(self, run: RunFolder, site: Site) -> None:
        """Begin anew."""
        self._path, self._site = run.reading_path, site
        self._n_total: dict[str, int] = {}
        self._n_done: dict[str, int] = {}
        self._flushed_at = 0.0
        self._stream: BinaryIO | None = None

    def __enter__(self) -> StepLog:
        """Open the file."""
        write_atomically(self._path, "")
        self._stream = self._path.open("ab")
        return self

    def __exit__(self, *_: object) -> None:
        """Close it, wherever the reading ended."""
        if self._stream is not None:
            self._stream.close()

    def begin(self, what: str, n_total: int) -> None:
        """Begin a step of `n_total` things; of one that comes again, so many more."""
        self._n_total[what] = self._n_total.get(what, 0) + n_total
        self._write(ReadingStep(what=what, n_done=self._n_done.get(what, 0), n_total=self._n_total[what]))

    def photo(self, frame: FrameRecord, look: FrameLook | None) -> None:
        """Note that a photo was searched; None: nobody could."""
        read: tuple[str, ...] = ()
        if look is not None and look.found and frame.is_ekf_healthy and frame.position_sigma_m <= MAX_SIGMA_M:
            view = find_face_view(self._site, frame)
            placed = [placed_read(self._site, frame, view, d) for d in look.found] if view is not None else []
            read = tuple(dict.fromkeys(r.location for r in placed if r.location and r.pallet))
        self._note(PHOTOS, read=read)

    def bin(self, looked_at: Bin, look: BinLook | None) -> None:
        """Note that a bin without a label was looked at hard."""
        is_empty = look is not None and look.occupancy.is_empty
        self._note(BINS, empty=(looked_at.code.text,) if is_empty else ())

    def label(self) -> None:
        """Note that a second photo of a label was looked for."""
        self._note(LABELS)

    def picture(self) -> None:
        """Note that the pictures of one photo were cut out."""
        self._note(PICTURES)

    def done(self) -> None:
        """Note that the results are written."""
        self._note(DONE)

    def _note(self, what: str, *, read: Sequence[str] = (), empty: Sequence[str] = ()) -> None:
        self._n_done[what] = n_done = self._n_done.get(what, 0) + 1
        n_total = self._n_total.get(what, n_done)
        self._write(ReadingStep(what=what, n_done=n_done, n_total=n_total, read=tuple(read), empty=tuple(empty)))

    def _write(self, step: ReadingStep) -> None:
        if self._stream is None:
            return
        self._stream.write(line_of(step).encode())
        if time.monotonic() - self._flushed_at > _FLUSHED_EVERY_S or step.n_done >= step.n_total:
            self._stream.flush()
            self._flushed_at = time.monotonic()
