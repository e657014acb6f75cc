"""`plan.html`: the plan among the racks, to turn and to look into. One file that needs no network.

It carries Plotly's own script (https://plotly.com/javascript/), packed to a third of its size: every browser since 2023 unpacks it.
"""

from __future__ import annotations

import base64
import json
import zlib
from functools import cache
from importlib.resources import files
from pathlib import Path

import plotly
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mission.planning.plan_scene import plan_figure
from mission.planning.remedies import number_text
from mission.records import ScanPlan
from warehouse.run_folder import write_atomically
from warehouse.site import Site
from warehouse.texts import ENGLISH, Speech, Texts, texts_of


def write_plan_page(path: Path, site: Site, plan: ScanPlan, speech: Speech = ENGLISH) -> None:
    """Write the page, in the language of `speech`."""
    environment = Environment(
        loader=PackageLoader("mission.planning"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    t = texts_of("mission.planning", speech.lang)
    views = [view for sortie in plan.sorties for lane in sortie.lanes for view in lane.views]
    text = environment.get_template("plan.html").render(
        t=t,
        site=site.name,
        n_seen=sum(len(view.must_see) for view in views),
        n_lost=len(plan.uncovered),
        sorties=plan.sorties,
        number=lambda value, digits: number_text(f"{value:.{digits}f}", t),
        battery=number_text(f"{site.drone.battery_wh:g}", t),
        locale=_embedded(json.dumps(_locale(t), ensure_ascii=False)),
        figure=_embedded(json.dumps(plan_figure(site, plan, speech), separators=(",", ":"), ensure_ascii=False, allow_nan=False)),
        library=Markup(packed_plotly()),
        version=plotly.__version__,
    )
    write_atomically(path, text)


@cache
def packed_plotly() -> str:
    """Return Plotly's script, deflated, as base64."""
    source = (files("plotly") / "package_data" / "plotly.min.js").read_bytes()
    return base64.b64encode(zlib.compress(source, 6)).decode("ascii")


def _locale(t: Texts) -> dict[str, dict[str, str]]:
    """Return what Plotly says by itself, by its English, and its signs in numbers (https://plotly.com/javascript/configuration-options/)."""
    own = "plotly."
    decimal = number_text("0.5", t)[1]
    return {
        "dictionary": {key.removeprefix(own): words for key, words in t.words.items() if key.startswith(own)},
        "format": {"decimal": decimal, "thousands": "." if decimal == "," else ","},
    }


def _embedded(text: str) -> Markup:
    """Return JSON that cannot end the script element it stands in, whatever a name says."""
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)
