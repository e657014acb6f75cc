"""A page of the report: everything inline, nothing fetched, and a policy in it that forbids the browser to fetch anything."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from inventory.report.elevation import Elevation
from inventory.report.model import DOUBT_VERDICTS, FINDING_VERDICTS, SHOWN, Report
from inventory.report.pictures import MAX_TOTAL_BYTES, MAX_TOTAL_BYTES_OF_MANY, PictureBook
from inventory.report.shots import Shots
from inventory.report.texts import Texts
from warehouse.records import to_json
from warehouse.run_folder import RunFolder

SHOWN_DIGITS = 12
"""Of what the history knows a reconciliation by: enough to tell the few of one run apart."""
LARGE = 4_000
"""Locations beyond which a page has less room for pictures."""
_SCRIPTS = ("core.js", "details.js", "deciding.js", "racks.js", "start.js")
"""Parts of one script, in this order, within one function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """Whose page it is."""

    site_name: str
    run_name: str
    aisle: str = ""
    """Empty for the page of the whole site."""
    way_back: str = ""
    """Address of the index; empty where there is none."""


def gather_pictures(run: RunFolder, report: Report, *, is_one_of_many: bool = False) -> PictureBook:
    """Embed the pictures of findings first and in full, then those of doubtful places, then the rest, reduced.

    Where a site has many pages the rest is left out: the pages together would fill a disk.
    """
    is_large = len(report.places) > LARGE
    book = PictureBook(run, budget=MAX_TOTAL_BYTES_OF_MANY if is_large else MAX_TOTAL_BYTES)
    claims = (*FINDING_VERDICTS, *DOUBT_VERDICTS)
    accused = [p for p in report.places.values() if p.findings]
    doubtful = [p for p in report.places.values() if not p.findings and p.shown in claims]
    settled = [p for p in report.places.values() if not p.findings and p.shown not in claims]
    named = [path for finding in report.findings for path in finding.pictures]
    book.add((*named, *(path for place in accused for path in (*place.labels, *place.pictures))), in_full=True)
    book.add((path for place in doubtful for path in (*place.labels, *place.pictures)), in_full=True)
    if is_one_of_many:
        book.budget = 0
    book.add((path for place in settled for path in place.pictures), in_full=False)
    book.add((path for place in settled for path in place.labels), in_full=False)
    return book


def render(
    report: Report,
    elevations: Sequence[Elevation],
    texts: Texts,
    *,
    heading: Heading,
    run: RunFolder,
    shots: Shots,
) -> str:
    """Return the page of a site or an aisle as text."""
    book = gather_pictures(run, report, is_one_of_many=bool(heading.way_back))
    data = {
        "lang": texts.lang,
        "texts": texts.words,
        "run": heading.run_name,
        "reconciliation": report.reconciliation[:SHOWN_DIGITS],
        "to_root": "../" if heading.way_back else "",
        "places": {code: _lean_place(to_json(place)) for code, place in report.places.items()},
        "findings": [_lean(to_json(finding)) for finding in report.findings],
    }
    environment = environment_of()
    style, script = read_source(environment, "report.css"), _script(environment)
    return environment.get_template("report.html").render(
        t=texts,
        report=report,
        elevations=elevations,
        heading=heading,
        answer=answer(report, texts),
        steps=next_steps(report, texts),
        shown_order=SHOWN,
        say_aisle=lambda aisle: texts("page.aisle", aisle=aisle),
        say_plainly=str,
        say_severity=lambda severity: texts(f"severity.{severity}"),
        style=Markup(style),
        script=Markup(script),
        style_hash=csp_hash(style),
        script_hash=csp_hash(script),
        data=embedded_json(data),
        pictures=embedded_json(
            {
                "uris": book.uris,
                "problems": {path: why for path, why in book.problems.items() if why != "left_out"},
                "photos": shots.of(book.uris),
            }
        ),
    )


def answer(report: Report, texts: Texts) -> str:
    """Return the one sentence that a reader in a hurry needs: how many agree, and what to do now."""
    agree, total = report.n_agree, report.n_total
    first = texts("answer.all_agree", total=total) if agree == total else texts("answer.agree", agree=agree, total=total)
    todo = []
    if report.n_undecided:
        todo.append(texts.count("answer.settle", report.n_undecided))
    if report.recount:
        todo.append(texts.count("answer.recount", len(report.recount)))
    joined = f" {texts('answer.and')} ".join(todo)
    return f"{first}; {texts('answer.now')} {joined}." if todo else f"{first}."


def next_steps(report: Report, texts: Texts) -> list[str]:
    """Return what to do now, in order."""
    steps = []
    if report.n_undecided:
        steps.append(texts.count("todo.findings", report.n_undecided))
        steps.append(texts("todo.decide"))
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


def _lean_place(record: dict[str, Any]) -> dict[str, Any]:
    """Return it without what most places have in common, which the page knows by itself."""
    usual: dict[str, Any] = {"code": record["code"], "kind": "normal", "is_elsewhere": False, "is_on_map": True}
    if record["shown"] == "match":
        usual |= {"reason": record["reason"], "aisle": record["aisle"]}
        if record["status"] == "read":
            usual["observed"] = record["expected"]
    return _lean({key: value for key, value in record.items() if key not in usual or value != usual[key]})


def environment_of(*packages: str) -> Environment:
    """Return the templates of the report, behind those of pages in its dress from other packages."""
    loader = ChoiceLoader([PackageLoader(package) for package in (*packages, "inventory.report")])
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def read_source(environment: Environment, name: str) -> str:
    """Return a style or script as it is written."""
    assert environment.loader is not None
    return environment.loader.get_source(environment, name)[0]


def _script(environment: Environment) -> str:
    parts = "\n".join(read_source(environment, name) for name in _SCRIPTS)
    return f'"use strict";\n(() => {{\n{parts}\n}})();'


def csp_hash(source: str) -> str:
    """Return what a content security policy knows an inline script or style by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(source.encode()).digest()).decode("ascii")
