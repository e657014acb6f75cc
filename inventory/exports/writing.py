"""Write the import files of one reconciliation, with a row for every ERP line (`lines.csv`) and a note (`README.txt`)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from inventory.exports import dynamics365, erpnext, odoo, openboxes, sap_ewm, sap_mi10, sap_mm, sap_wm
from inventory.exports.book_lines import CountedBook, read_book
from inventory.exports.import_file import csv_bytes, plain, totals
from inventory.exports.job import Job
from inventory.profiles import all_profiles
from inventory.written_together import write_together
from warehouse.errors import BadInputError
from warehouse.reconciliation_folder import ReconciliationFolder
from warehouse.texts import ENGLISH, Speech

LINE_COLUMNS = (
    "erp_row", "erp_row_ref", "location", "pallet", "item", "batch", "uom", "booked_quantity", "file", "counted_quantity",
    "quantity_source", "why_left_out", "case_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One ERP that takes counts."""

    title: str
    prefix: str
    """Of the names of its files."""
    quantity: str
    """The column of its files that holds the counted quantity."""
    profiles: tuple[str, ...]
    """How the names of the profiles begin that read its lists."""
    approval: tuple[str, ...]
    """Who approves what, and where."""
    build: Callable[[Job], dict[str, bytes]]


SYSTEMS: Mapping[str, System] = {
    "odoo": System(
        title="Odoo", prefix="odoo_", quantity="inventory_quantity", profiles=("odoo",), approval=odoo.APPROVAL, build=odoo.build
    ),
    "erpnext": System(
        title="ERPNext", prefix="erpnext_", quantity="qty", profiles=("erpnext",), approval=erpnext.APPROVAL, build=erpnext.build
    ),
    "sap-mm": System(
        title="SAP MM",
        prefix="sap_mm_",
        quantity="ENTRY_QNT",
        profiles=("sap_lx", "sap_mm"),
        approval=sap_mm.APPROVAL,
        build=sap_mm.build,
    ),
    "sap-wm": System(
        title="SAP WM",
        prefix="sap_wm_",
        quantity="MENGA",
        profiles=("sap_lx", "sap_wm"),
        approval=sap_wm.APPROVAL,
        build=sap_wm.build,
    ),
    "sap-mi10": System(
        title="SAP MM without a document",
        prefix="sap_mi10_",
        quantity="ERFMG",
        profiles=("sap_lx", "sap_mm"),
        approval=sap_mi10.APPROVAL,
        build=sap_mi10.build,
    ),
    "sap-ewm": System(
        title="SAP EWM",
        prefix="sap_ewm_",
        quantity="QUANTITY",
        profiles=("sap_ewm",),
        approval=sap_ewm.APPROVAL,
        build=sap_ewm.build,
    ),
    "dynamics365": System(
        title="Dynamics 365",
        prefix="dynamics365_",
        quantity="COUNTEDQUANTITY",
        profiles=("dynamics", "d365"),
        approval=dynamics365.APPROVAL,
        build=dynamics365.build,
    ),
    "openboxes": System(
        title="OpenBoxes",
        prefix="openboxes_",
        quantity="Physical QOH",
        profiles=("openboxes",),
        approval=openboxes.APPROVAL,
        build=openboxes.build,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What was written."""

    folder: Path
    files: dict[str, int]
    """Import files and how many bytes they have."""
    n_lines: int
    n_written: int
    n_zero: int
    """Of those written, counted as none."""
    left_out: dict[str, int]
    """Lines that were not written, by the reason."""
    n_refused_rows: int


def write_export(
    folder: ReconciliationFolder,
    system: str,
    out: Path,
    *,
    booked_quantities: bool = False,
    given: Mapping[str, str] | None = None,
    speech: Speech = ENGLISH,
) -> Exported:
    """Write the files for one of SYSTEMS into `out`; the same bytes for the same reconciliation and options.

    `booked_quantities`: the site says that a pallet which stands where the ERP books it is counted with the ERP's own quantity.
    `given`: values for columns that the ERP's rows do not hold. README.txt says its words by `speech`.
    BadInputError when the reconciled list is of another ERP or lacks a column that this one needs; then nothing is written.
    """
    about = SYSTEMS[system]
    book = read_book(folder)
    _refuse_other_erp(book, system, about)
    job = Job(book, booked_quantities=booked_quantities, given=given)
    files = about.build(job)
    contents = {out / name: content for name, content in sorted(files.items())}
    contents[out / "lines.csv"] = csv_bytes([LINE_COLUMNS, *_lines(job)])
    exported = Exported(
        folder=out,
        files={name: len(content) for name, content in sorted(files.items())},
        n_lines=len(book.lines),
        n_written=len(job.written),
        n_zero=sum(not w.count.quantity for w in job.written.values()),
        left_out=dict(sorted(Counter(job.left_out.values()).items(), key=lambda item: (-item[1], item[0]))),
        n_refused_rows=len({row for row, _ in book.refused_rows}),
    )
    contents[out / "README.txt"] = _said(_note(about, job, exported, contents), speech).encode()
    older = sorted(out.glob(f"{about.prefix}*.csv")) if out.is_dir() else []
    write_together(out, contents, stale=[path for path in older if path not in contents])
    return exported


def _refuse_other_erp(book: CountedBook, system: str, about: System) -> None:
    known = {p.name for p in all_profiles() if not p.is_fallback}
    if book.profile in known and not book.profile.startswith(about.profiles):
        fitting = [name for name, s in SYSTEMS.items() if book.profile.startswith(s.profiles)]
        raise BadInputError(
            f"{book.erp_file} was read as {book.profile}: its rows hold no ids of {about.title}, and an import file needs those",
            remedy=f"export the stock list from {about.title} and reconcile again"
            + (f"; or write the file for its own ERP: --for {fitting[0]}" if fitting else ""),
        )


def _lines(job: Job) -> Iterable[tuple[str, ...]]:
    for line in job.book.lines:
        written = job.written.get(line.row)
        yield (
            str(line.row),
            line.row_ref,
            line.location,
            line.pallet,
            line.item,
            line.batch,
            line.uom,
            "" if line.quantity is None else plain(line.quantity),
            written.file if written else "",
            plain(written.count.quantity) if written else "",
            written.count.source if written else "",
            "" if written else job.left_out[line.row],
            line.case_id,
        )


def _note(about: System, job: Job, done: Exported, contents: Mapping[Path, bytes]) -> list[str]:
    book, written = job.book, job.written
    by_source = Counter(w.count.source if w.count.quantity else "zero" for w in written.values())
    booked = _totals((line.uom, line.quantity or Decimal(0)) for line in book.lines if line.row in written)
    counted = _totals((line.uom, written[line.row].count.quantity) for line in book.lines if line.row in written)
    all_booked = _totals((line.uom, line.quantity or Decimal(0)) for line in book.lines)
    in_files = {path.name: totals(content, about.quantity) for path, content in contents.items() if path.name in done.files}
    n_moved = sum(bool(line.stands_at) for line in book.lines if line.row in written)
    says = "the site said so: --booked-quantities" if job.booked_quantities else "only with --booked-quantities"
    return [
        f"Counts for {about.title}, from {book.erp_file} (SHA-256 {book.erp_digest})",
        f"and from erp_lines.csv of the reconciliation (SHA-256 {book.digest}).",
        "",
        "FILES",
        *(f"  {path.name}: SHA-256 {hashlib.sha256(content).hexdigest()}" for path, content in contents.items()),
        *([] if done.files else ["  No import file: nothing was counted that could be written."]),
        "  lines.csv has a row for each line of the ERP's list: where it was written and with what, or why it was left out.",
        "  Open none of them in a spreadsheet before the import: it changes codes.",
        "",
        f"WHO APPROVES, AND HOW TO IMPORT INTO {about.title.upper()}",
        *(f"  {line}" for line in about.approval),
        "",
        "WHAT IS WRITTEN",
        f"  {by_source['counted']} lines counted by the drone (one pallet each)",
        f"  {by_source['erp']} lines whose pallet was seen, with the ERP's own quantity: the drone counts pallets, and nobody",
        f"  counted the pieces ({says})",
        f"  {n_moved} of these stand at another location: 0 at the old one, and their quantity at the new one",
        f"  {by_source['zero']} lines counted as none: the location was seen without it. Check each by hand before it is approved.",
        f"  It may stand at one of the {book.n_undecided} locations that nobody could look into or read:",
        "  recount them before anything is written off (aislescan recount).",
        "",
        "WHAT IS LEFT OUT, AND WHY (a line that was not counted is never a zero)",
        *(f"  {n} lines: {why}" for why, n in done.left_out.items()),
        *([] if done.left_out else ["  nothing"]),
        f"  {done.n_refused_rows} rows of the ERP's list could not be used and are in no file.",
        f"  {book.n_unexpected} pallets were read that the ERP does not list: discrepancies.csv; nothing is written for them.",
        "",
        "CONTROL TOTALS",
        f"  {done.n_lines} lines of the ERP's list = {done.n_written} written + {sum(done.left_out.values())} left out",
        f"  booked, all lines: {all_booked}",
        f"  booked, lines written: {booked}",
        f"  counted, lines written: {counted}",
        *(f"  {name}: {rows} rows, quantities add up to {plain(total)}" for name, (rows, total) in in_files.items()),
    ]


def _said(lines: Iterable[str], speech: Speech) -> str:
    """Return the note in its language: a line of one word is a heading."""
    return "".join(f"{speech.word(line) if line.strip().isalpha() else speech.say(line)}\n" for line in lines)


def _totals(quantities: Iterable[tuple[str, Decimal]]) -> str:
    """Return the sum of each unit; kilograms and pieces are never added up."""
    sums: dict[str, Decimal] = {}
    for unit, quantity in quantities:
        sums[unit] = sums.get(unit, Decimal(0)) + quantity
    shown = (
        f"{plain(total)} {''.join(c if c.isprintable() else '?' for c in unit)}".rstrip() for unit, total in sorted(sums.items())
    )
    return ", ".join(shown) or "0"
