"""Write `report.html`: everything inline, nothing fetched, and a policy in the page that forbids the browser to fetch anything."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from inventory.report.elevation import Elevation, draw_face
from inventory.report.model import DOUBT_VERDICTS, FINDING_VERDICTS, SHOWN, Report, build_report
from inventory.report.pictures import PictureBook
from inventory.report.tables import read_tables
from inventory.report.texts import Texts, load_texts
from warehouse.poses import FrameRecord
from warehouse.records import to_json
from warehouse.run_folder import RunFolder, write_atomically
from warehouse.site import Site


def write_report(run: RunFolder, site: Site | None, lang: str = "en") -> Path:
    """Write the report page of a reconciled run and return its path; without a site, as of scans of others, it has no rack map.

    Reads the run's own files only. Raises BadInputError when the run is not reconciled yet, when one of its files cannot be read,
    or for a language that the report does not speak. An evidence picture that is gone is said on the page, never an error.
    """
    texts = load_texts(lang)
    report = build_report(read_tables(run), site.layout if site else None)
    frames = list(_frames(run))
    elevations = [
        draw_face(face, site.layout.bins_of_face(name), aisle_width_m=site.layout.aisle(face.aisle).width_m, frames=frames)
        for name, face in site.layout.faces.items()
    ] if site else []  # fmt: skip
    name = site.name if site else texts("page.scans")
    write_atomically(run.report_path, render(report, elevations, gather_pictures(run, report), texts, site_name=name, run=run))
    return run.report_path


def gather_pictures(run: RunFolder, report: Report) -> PictureBook:
    """Embed the pictures of findings first and in full, then those of doubtful places, then the rest, reduced."""
    book = PictureBook(run)
    claims = (*FINDING_VERDICTS, *DOUBT_VERDICTS)
    open_places = [p for p in report.places.values() if p.findings or p.shown in claims]
    settled = [p for p in report.places.values() if not p.findings and p.shown not in claims]
    for finding in report.findings:
        book.add(finding.pictures, in_full=True)
    for place in sorted(open_places, key=lambda p: not p.findings):
        book.add((*place.labels, *place.pictures), in_full=True)
    for place in settled:
        book.add(place.pictures, in_full=False)
    for place in settled:
        book.add(place.labels, in_full=False)
    return book


def render(report: Report, elevations: list[Elevation], book: PictureBook, texts: Texts, *, site_name: str, run: RunFolder) -> str:
    """Return the page as text."""
    environment = Environment(
        loader=PackageLoader("inventory.report"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    style, script = (_source(environment, name) for name in ("report.css", "report.js"))
    data = {
        "lang": texts.lang,
        "texts": texts.words,
        "places": {code: _lean(to_json(place)) for code, place in report.places.items()},
        "findings": [_lean(to_json(finding)) for finding in report.findings],
    }
    return environment.get_template("report.html").render(
        t=texts,
        report=report,
        elevations=elevations,
        site_name=site_name,
        run_name=run.root.resolve().name,
        answer=answer(report, texts),
        steps=next_steps(report, texts),
        shown_order=SHOWN,
        finding_verdicts=FINDING_VERDICTS,
        style=Markup(style),
        script=Markup(script),
        style_hash=_csp_hash(style),
        script_hash=_csp_hash(script),
        data=embedded_json(data),
        pictures=embedded_json({"uris": book.uris, "problems": book.problems}),
    )


def answer(report: Report, texts: Texts) -> str:
    """Return the one sentence that a reader in a hurry needs."""
    agree, total = report.n_agree, report.n_total
    parts = [texts("answer.all_agree", total=total) if agree == total else texts("answer.agree", agree=agree, total=total)]
    if report.n_findings:
        parts.append(texts.count("answer.findings", report.n_findings))
    if report.n_unverified:
        parts.append(texts.count("answer.unverified", report.n_unverified))
    if len(parts) == 1:
        return parts[0] + "."
    comma = "," if len(parts) > 2 and texts.lang == "en" else ""
    return f"{', '.join(parts[:-1])}{comma} {texts('answer.and')} {parts[-1]}."


def next_steps(report: Report, texts: Texts) -> list[str]:
    """Return what to do now, in order."""
    steps = []
    if report.n_findings:
        steps.append(texts.count("todo.findings", report.n_findings))
    if report.erp.n_refused:
        steps.append(texts.count("todo.erp_rows", report.erp.n_refused))
    if report.recount:
        steps.append(texts.count("todo.recount", len(report.recount)))
    return [*steps, texts("todo.approve")] if steps else [texts("todo.nothing")]


def embedded_json(value: Any) -> Markup:
    """Return JSON that cannot end the script element it stands in, whatever a label or an ERP file says."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _lean(record: dict[str, Any]) -> dict[str, Any]:
    """Return the record without its empty fields: with 10,000 places they would be most of the page."""
    return {key: value for key, value in record.items() if value not in ("", [], None)}


def _frames(run: RunFolder) -> Iterator[FrameRecord]:
    for sortie in run.sorties():
        path = run.frames_path(sortie)
        records: Iterable[FrameRecord] = run.read_lines(path, FrameRecord) if path.is_file() else ()
        yield from records


def _source(environment: Environment, name: str) -> str:
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _csp_hash(source: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode("ascii")
