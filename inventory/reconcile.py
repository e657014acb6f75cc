"""Reconcile a run, or somebody else's scans, with the ERP's export: read, compare, write, remember."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from inventory.book import Book
from inventory.comparing import compare
from inventory.erp_clock import on_our_clock, with_times_doubted
from inventory.erp_file import file_bytes, read_erp, read_erp_bytes
from inventory.erp_lines import ErpFile, RowFault
from inventory.erp_rows import SiteRules
from inventory.findings import InputFile, Reconciliation
from inventory.movement_file import read_movements
from inventory.movements import NO_MOVEMENTS, MovementFile, Movements
from inventory.output import write_reconciliation
from inventory.places import Places
from inventory.recounted import Count, count_of
from inventory.report.texts import load_texts
from inventory.scans import booked_texts, read_scans
from inventory.settings import NO_SETTINGS, ReconcileSettings
from inventory.sightings import Looks
from inventory.store import record_meanwhile, record_run
from inventory.tallies import WHOLE_UP_TO, tally_of
from inventory.world import World
from warehouse.errors import BadInputError
from warehouse.location_aliases import ALIASES_FILE, LocationAliases, load_aliases
from warehouse.observations import Observation
from warehouse.run_folder import RunFolder
from warehouse.scan_folder import ScanFolder
from warehouse.site import Site

IN_COLUMNS_FROM = 3_000
"""Locations and ERP lines of two files that are compared in columns: about here that begins to be faster, its library loaded."""
_SHORT_ROW = 40
"""Bytes of a location with its pallet; two files of so few that their rows cannot be many are not looked at in columns."""


def reconcile_run(
    run: RunFolder,
    site: Site,
    erp_path: Path,
    settings: ReconcileSettings = NO_SETTINGS,
    *,
    lang: str = "en",
) -> Reconciliation:
    """Compare the observations of `run` with the ERP file; write `run.reconciliation_folder` and add to the store beside the run.

    A run that recounts another one counts together with it (`inventory.recounted`). `lang` is the language of the workbook.
    BadInputError names what cannot be used; then no file is touched.
    """
    load_texts(lang)  # refuses a language that there is not, before anything is remembered
    if run.site_digest() != site.digest:
        raise BadInputError(f"{run.root}: this run was made for another site than {site.name}", remedy="give the run's own site")
    count = count_of(run, site)
    observations = count.together
    erp, moved, aliases = read_files(run, site, erp_path, settings)
    moment = settings.snapshot_at
    places = Places.of_layout(site.layout, _named(erp, observations))
    inputs = (
        InputFile(role="erp", name=erp.name, digest=erp.digest),
        *_input(moved),
        *count.files,
        InputFile(role="site", name=site.name, digest=site.digest),
        *([InputFile(role="aliases", name=ALIASES_FILE, digest=aliases.digest)] if aliases is not None else ()),
    )
    world = World(
        book=Book(erp.lines, erp.faults, snapshot_at=moment),
        looks=Looks(observations),
        places=places,
        is_any_text_a_pallet=False,
        tolerances=settings.tolerances,
        movements=Movements(moved.movements, snapshot_at=moment) if moved else NO_MOVEMENTS,
    )
    reconciliation = _reconciled(world, erp, inputs, moment)
    reconciliation = replace(reconciliation, erp_clock_ahead_s=settings.erp_clock_ahead_s, movements=moved)
    # first: it is known by its inputs, so that a repetition adds nothing, and is told what the history said then
    reconciliation = record_run(run.store_path, count, reconciliation)
    write_reconciliation(run.reconciliation, reconciliation, lang=lang)
    return reconciliation


def read_files(
    run: RunFolder, site: Site, erp_path: Path, settings: ReconcileSettings
) -> tuple[ErpFile, MovementFile | None, LocationAliases | None]:
    """Return the stock list, the movements and the aliases by which a run is compared; BadInputError where one cannot be used."""
    aliases = load_aliases(run.root, site.layout.bins_by_code)
    rules = SiteRules.of_site(site, aliases)
    erp = read_erp_bytes(file_bytes(erp_path), erp_path.name, rules, profile=settings.profile)
    _refuse_other_site(erp, site)
    erp = with_times_doubted(on_our_clock(erp, settings.erp_clock_ahead_s), settings.snapshot_at)
    return erp, _movements(settings, rules), aliases


def reconcile_scans(
    scans_path: Path,
    erp_path: Path,
    out: Path,
    settings: ReconcileSettings = NO_SETTINGS,
    *,
    lang: str = "en",
    whole_up_to: int = WHOLE_UP_TO,
    in_columns_from: int = IN_COLUMNS_FROM,
) -> Reconciliation:
    """Compare a scan file (`inventory.scans`) with the ERP file, write the same files into the folder `out`, and add to the store
    beside it.

    No site is known: every text that nothing else explains names a pallet, and the locations are those that the two files name.
    From `in_columns_from` locations and ERP lines together on they are compared in columns (`inventory.columns`) where the files
    allow it, with the same result; its `lines`, `pallets` and `locations` are then only those that had to be judged one by one.
    The workbook holds each of up to `whole_up_to` of them.
    """
    load_texts(lang)  # refuses a language that there is not, before anything is remembered
    if RunFolder(out).manifest_path.exists():
        raise BadInputError(f"{out}: a run folder, with results of its own", remedy="give another folder with --out")
    moved = _movements(settings, SiteRules())
    folder, reconciliation = ScanFolder(out), None
    if _size(scans_path) + _size(erp_path) >= in_columns_from * _SHORT_ROW:
        from inventory.columns.comparing import reconcile_in_columns  # its library takes longer to load than a small file to read

        reconciliation = reconcile_in_columns(
            scans_path,
            erp_path,
            profile=settings.profile,
            snapshot_at=settings.snapshot_at,
            erp_clock_ahead_s=settings.erp_clock_ahead_s,
            tolerances=settings.tolerances,
            moved=moved,
        )
    if reconciliation is not None and tally_of(reconciliation).n_rows >= in_columns_from:
        seen: tuple[Observation, ...] = ()
    else:
        erp = on_our_clock(read_erp(erp_path, profile=settings.profile), settings.erp_clock_ahead_s)
        seen, reconciliation = _reconciled_by_row(scans_path, with_times_doubted(erp, settings.snapshot_at), moved, settings)
    reconciliation = replace(reconciliation, erp_clock_ahead_s=settings.erp_clock_ahead_s)
    *_, file = reconciliation.inputs
    count = Count(run=folder, own=seen, together=seen, file=file, origin=f"scans {file.digest[:16]}")
    with record_meanwhile(folder.store_path, count, reconciliation) as told:  # of a million rows it takes as long as the files
        write_reconciliation(folder.reconciliation, told, lang=lang, whole_up_to=whole_up_to)
    return told


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _reconciled_by_row(
    scans_path: Path, erp: ErpFile, moved: MovementFile | None, settings: ReconcileSettings
) -> tuple[tuple[Observation, ...], Reconciliation]:
    moment = settings.snapshot_at
    scans = read_scans(scans_path, booked=booked_texts(erp.lines), locations={line.location for line in erp.lines})
    inputs = (
        InputFile(role="erp", name=erp.name, digest=erp.digest),
        *_input(moved),
        InputFile(role="scans", name=scans.name, digest=scans.digest),
    )
    world = World(
        book=Book(erp.lines, erp.faults, snapshot_at=moment),
        looks=Looks(scans.observations, scans.shared_frames, scans.faults),
        places=Places.of_texts(_named(erp, scans.observations)),
        is_any_text_a_pallet=True,
        tolerances=settings.tolerances,
        movements=Movements(moved.movements, snapshot_at=moment) if moved else NO_MOVEMENTS,
    )
    reconciliation = _reconciled(world, erp, inputs, moment, scan_faults=scans.faults, n_scan_rows=scans.n_rows)
    return scans.observations, replace(reconciliation, movements=moved)


def _reconciled(
    world: World,
    erp: ErpFile,
    inputs: tuple[InputFile, ...],
    snapshot_at: datetime | None,
    *,
    scan_faults: tuple[RowFault, ...] = (),
    n_scan_rows: int = 0,
) -> Reconciliation:
    lines, pallets, locations, findings = compare(world)
    return Reconciliation(
        erp=erp,
        inputs=inputs,
        snapshot_at=snapshot_at,
        lines=lines,
        pallets=pallets,
        locations=locations,
        findings=findings,
        scan_faults=scan_faults,
        n_scan_rows=n_scan_rows,
        tolerances=world.tolerances,
    )


def _movements(settings: ReconcileSettings, rules: SiteRules) -> MovementFile | None:
    path, profile, ahead_s = settings.movements_path, settings.movements_profile, settings.erp_clock_ahead_s
    return read_movements(path, rules, profile=profile, clock_ahead_s=ahead_s) if path is not None else None


def _input(moved: MovementFile | None) -> tuple[InputFile, ...]:
    return (InputFile(role="movements", name=moved.name, digest=moved.digest),) if moved else ()


def _named(erp: ErpFile, observations: tuple[Observation, ...]) -> set[str]:
    return {line.location for line in erp.lines} | {o.location for o in observations}


def _refuse_other_site(erp: ErpFile, site: Site) -> None:
    """A list in which no location is of this layout says nothing of it, however well its codes are spelled."""
    strangers = sorted({line.location for line in erp.lines})
    if not any(location in site.layout.bins_by_code for location in strangers):
        shown = ", ".join(strangers[:3]) + (", …" if len(strangers) > 3 else "")
        raise BadInputError(
            f"{erp.name}: none of its locations ({shown}) is in the layout of {site.name}; "
            f"expected some like {next(iter(site.layout.bins_by_code), '')}",
            remedy="give the stock list of this site, or the run of that one",
        )
