"""What an import makes of a file: places in aisles, rows that have no place with the reason, and what was taken for granted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from warehouse.errors import BadInputError
from warehouse.layout import Aisle, Bin, BinKind, KeepOut, RackFace, Tunnel
from warehouse.locations import LocationCode

TableRow = tuple[int, tuple[str, ...]]
"""The number of a row, as a spreadsheet shows it, and the text of its cells."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that has no place in the site."""

    row: int
    column: str
    """As the file's header calls it; empty where the whole row is at fault."""
    value: str
    why: str

    def __str__(self) -> str:
        """Return row, column and reason as one line."""
        column = f", column {self.column}" if self.column else ""
        return f"row {self.row}{column}: {self.why}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """One location that has its place: a row of `layout.csv` to be."""

    row: int
    code: LocationCode
    side: str
    along_m: float
    base_m: float
    width_m: float
    height_m: float
    depth_m: float
    kind: BinKind = BinKind.NORMAL

    def bin(self, face: RackFace) -> Bin:
        """Return it as the layout holds it."""
        return Bin(
            code=self.code,
            face=face.name,
            centre_m=face.on_face_m(self.along_m, self.base_m + self.height_m / 2),
            along_m=self.along_m,
            width_m=self.width_m,
            height_m=self.height_m,
            depth_m=self.depth_m,
            kind=self.kind,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The outcome. Every row that was read is either an opening or a refusal."""

    source: str
    n_rows: int
    """Rows that are not blank, the header and the titles above it left out."""
    regex: str | None
    """The location pattern; None where the codes say nothing."""
    aisles: tuple[Aisle, ...]
    openings: tuple[Opening, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...] = ()
    """What was worked out or taken for granted, for a person to check."""
    keep_outs: tuple[KeepOut, ...] = ()
    tunnels: tuple[Tunnel, ...] = ()
    noun: str = "row"
    """What is counted: rows of a master, locations of a rack map."""

    def bins(self) -> list[Bin]:
        """Return the openings as the layout holds them, in the order of the file."""
        return bins_of(self.openings, self.aisles)

    def describe(self, *, most: int = 20) -> str:
        """Return the counts, the notes, and the rows that have no place, as lines of text; at most `most` of those rows."""
        n_refused = len(self.refusals)
        lines = [f"{self.source}: {self.n_rows} {self.noun}(s) read, {len(self.openings)} placed, {n_refused} refused"]
        lines += [f"  note: {note}" for note in self.notes]
        if n_refused > most:
            reasons = Counter((r.column, r.why.partition(": ")[0] if r.value not in r.why else r.why) for r in self.refusals)
            for (column, why), n in reasons.most_common(5):
                lines.append(f"  {n} time(s){f', column {column}' if column else ''}: {why}")
        lines += [f"  {refusal}" for refusal in self.refusals[:most]]
        if n_refused > most:
            lines.append(f"  and {n_refused - most} more, all in refused.csv")
        return "\n".join(lines)


@dataclass(slots=True)
class Ledger:
    """Refusals and notes as they come up; a row is refused once, for the first reason found."""

    columns: dict[str, str] = field(default_factory=dict)
    """What the file's header calls each field."""
    refusals: dict[int, Refusal] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def refuse(self, row: int, field_name: str, value: str, why: str) -> None:
        """Note that a row has no place."""
        self.refusals.setdefault(row, Refusal(row, self.columns.get(field_name, field_name), value, why))

    def note(self, what: str) -> None:
        """Note something that was worked out or taken for granted."""
        if what not in self.notes:
            self.notes.append(what)


def bins_of(openings: Iterable[Opening], aisles: Iterable[Aisle]) -> list[Bin]:
    """Return openings as the layout holds them."""
    faces = {(aisle.name, side): aisle.face(side) for aisle in aisles for side in ("left", "right")}
    return [o.bin(faces[o.code.aisle, o.side]) for o in openings]


def nothing_placed(source: str, refusals: Sequence[Refusal]) -> BadInputError:
    """Return the error of a file of which no row has a place."""
    shown = "\n".join(f"  {refusal}" for refusal in refusals[:10])
    more = f"\n  and {len(refusals) - 10} more" if len(refusals) > 10 else ""
    return BadInputError(
        f"{source}: none of {len(refusals)} row(s) can be placed\n{shown}{more}",
        remedy="docs/reference/site-import.md says what the file and the template must hold",
    )
