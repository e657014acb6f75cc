"""The page that watches a run: the racks of the report, which a small script fills from what the server says."""

from __future__ import annotations

from collections.abc import Sequence

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from inventory.report.elevation import Elevation, draw_face
from inventory.report.model import ErpExport, Place, Report
from inventory.report.page import csp_hash, embedded_json, read_source
from inventory.watching.states import NOT_IN_COUNT, STATES
from warehouse.site import Site
from warehouse.texts import Texts

_SCRIPTS = ("live.js", "racks.js", "following.js")
"""Parts of one script, in this order, within one function; the second is the report's own."""
MANY = 8
"""Racks beyond which those out of view are not drawn."""


def elevations_of(site: Site) -> list[Elevation]:
    """Return the drawings of all rack faces."""
    layout = site.layout
    return [
        draw_face(face, layout.bins_of_face(name), aisle_width_m=layout.aisle(face.aisle).width_m)
        for name, face in layout.faces.items()
        if layout.bins_of_face(name)
    ]


def watch_page(site: Site, run_name: str, elevations: Sequence[Elevation], t: Texts) -> tuple[str, str]:
    """Return the page, and the content security policy to send with it: its own script, style and server, and nothing else."""
    environment = Environment(
        loader=ChoiceLoader([PackageLoader("inventory.watching"), PackageLoader("inventory.report")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = read_source(environment, "report.css") + read_source(environment, "watch.css")
    parts = "\n".join(read_source(environment, name) for name in _SCRIPTS)
    script = f'"use strict";\n(() => {{\n{parts}\n}})();'
    places = {code: Place(code=code, shown=NOT_IN_COUNT) for code in site.layout.bins_by_code}
    names = {state: t(f"verdict.{state}.name") for state in STATES}
    data = {
        "codes": list(places),
        "names": names,
        "texts": {key: t.words[f"watch.{key}"] for key in ("chosen", "rack_of", "rack_share", "ended")},
    }
    text = environment.get_template("watch.html").render(
        t=t,
        site_name=site.name,
        run_name=run_name,
        report=Report(places=places, findings=(), recount=(), erp=ErpExport()),
        elevations=elevations,
        is_many=len(elevations) > MANY,
        states=STATES,
        style=Markup(style),
        script=Markup(script),
        data=embedded_json(data),
    )
    return text, (
        f"default-src 'none'; style-src '{csp_hash(style)}'; script-src '{csp_hash(script)}'; connect-src 'self'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
