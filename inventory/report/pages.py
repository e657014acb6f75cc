"""Which pages a report has: one, or for a large site one an aisle with an index that leads to them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from markupsafe import Markup

from inventory.report.building import build_report
from inventory.report.elevation import Elevation, Photos, draw_face
from inventory.report.model import Report
from inventory.report.page import Heading, answer, csp_hash, environment_of, next_steps, read_source, render
from inventory.report.shots import Shots
from inventory.report.tables import read_tables
from inventory.report.texts import Texts, load_texts
from inventory.store.standing import record_of, standing_of
from warehouse.poses import FrameRecord
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site

ONE_PAGE_UP_TO = 12_000
"""Locations that one page carries: beyond, an old laptop takes more than a moment to filter and to print it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AislePage:
    """One page of a large site's report, as the index lists it."""

    aisle: str
    """Empty for what no aisle of the layout holds."""
    file: str
    report: Report


def write_report(run: RunFolder, site: Site | None, lang: str = "en", *, one_page_up_to: int = ONE_PAGE_UP_TO) -> Path:
    """Write the report of a reconciled run and return the path of its first page; without a site, as of scans of others, no map.

    Reads the run's own files, and of the history beside it what became of the findings. Raises BadInputError when the run is not
    reconciled yet, when one of its files or the history cannot be read, or for a language that the report does not speak. An
    evidence picture that is gone is said on the page, never an error.
    """
    texts = load_texts(lang)
    layout = site.layout if site else None
    report = build_report(read_tables(run), layout, standing_of(run), record_of(run))
    frames = list(_frames(run))
    photos, shots = Photos(frames), Shots(run, layout, frames)
    heading = Heading(site_name=site.name if site else texts("page.scans"), run_name=run.root.resolve().name)
    aisles = {place.aisle for place in report.places.values()}
    if len(report.places) <= one_page_up_to or len(aisles) < 2:
        elevations = _elevations(site, photos)
        text = render(report, elevations, texts, heading=heading, run=run, shots=shots)
        write_atomically(run.report_path, text)
        run.remove(run.report_pages_folder)
        return run.report_path
    pages = split_by_aisle(report)
    for page in pages:
        own = replace(heading, aisle=page.aisle, way_back=f"../{run.report_path.name}")
        elevations = _elevations(site, photos, page.aisle)
        text = render(page.report, elevations, texts, heading=own, run=run, shots=shots)
        write_atomically(run.report_pages_folder / page.file, text)
    run.keep_only(run.report_pages_folder, {page.file for page in pages})
    write_atomically(run.report_path, _index(report, pages, texts, heading, run))
    return run.report_path


def split_by_aisle(report: Report) -> list[AislePage]:
    """Return a page an aisle, by name, with its places and all findings that touch it; then one for what is in no aisle.

    A finding that touches two aisles stands on both pages, with its places of the other aisle, which are not counted there.
    """
    aisle_of = {code: place.aisle if place.is_on_map else "" for code, place in report.places.items()}
    codes: dict[str, list[str]] = {}
    for code, aisle in aisle_of.items():
        codes.setdefault(aisle, []).append(code)
    touching: dict[str, dict[int, None]] = {}
    for finding in report.findings:
        for aisle in {aisle_of[code] for code in finding.places} or {""}:
            touching.setdefault(aisle, {})[finding.index] = None
    files: set[str] = set()
    pages = []
    for aisle in sorted({*codes, *touching}, key=lambda a: (a == "", a)):
        file = _file_name(aisle, files)
        part = _part(report, aisle, codes.get(aisle, []), [*touching.get(aisle, {})], aisle_of)
        pages.append(AislePage(aisle=aisle, file=file, report=part))
    return pages


def _part(report: Report, aisle: str, codes: Sequence[str], indices: Sequence[int], aisle_of: dict[str, str]) -> Report:
    new_index = {index: i for i, index in enumerate(indices)}
    findings = tuple(replace(report.findings[index], index=i) for index, i in new_index.items())
    shown = dict.fromkeys((*codes, *(code for finding in findings for code in finding.places)))
    places = {}
    for code in shown:
        place, is_elsewhere = report.places[code], aisle_of[code] != aisle
        own = tuple(new_index[i] for i in place.findings if i in new_index)
        places[code] = replace(place, findings=own, is_elsewhere=is_elsewhere, is_on_map=place.is_on_map and not is_elsewhere)
    recount = tuple(item for item in report.recount if aisle_of.get(item.code, "") == aisle)
    return replace(report, places=places, findings=findings, recount=recount, reviews=())


def _file_name(aisle: str, taken: set[str]) -> str:
    """Return a file name that every file system takes, and that no other aisle has."""
    words = re.sub(r"[^A-Za-z0-9_-]+", "_", aisle)[:60] if aisle else "elsewhere"
    name, number = f"{words}.html", 1
    while name.casefold() in taken:
        number += 1
        name = f"{words}.{number}.html"
    taken.add(name.casefold())
    return name


def _index(report: Report, pages: Sequence[AislePage], texts: Texts, heading: Heading, run: RunFolder) -> str:
    environment = environment_of()
    style = read_source(environment, "report.css")
    return environment.get_template("index.html").render(
        t=texts,
        report=report,
        pages=pages,
        folder=run.report_pages_folder.name,
        heading=heading,
        answer=answer(report, texts),
        steps=next_steps(report, texts),
        style=Markup(style),
        style_hash=csp_hash(style),
    )


def _elevations(site: Site | None, photos: Photos, aisle: str | None = None) -> list[Elevation]:
    if site is None:
        return []
    return [
        draw_face(face, site.layout.bins_of_face(name), aisle_width_m=site.layout.aisle(face.aisle).width_m, frames=photos)
        for name, face in site.layout.faces.items()
        if aisle in (None, face.aisle) and site.layout.bins_of_face(name)
    ]


def _frames(run: RunFolder) -> Iterator[FrameRecord]:
    for sortie in run.sorties():
        path = run.frames_path(sortie)
        if path.is_file():
            yield from run.read_lines(path, FrameRecord)
