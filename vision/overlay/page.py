"""The page that lists the drawings by location: what was concluded, why, and the photos that show it. Plain HTML, no script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from urllib.parse import quote

from vision.overlay.story import STATUS_WORDS
from warehouse.observations import Observation, ObservationStatus
from warehouse.site import Site
from warehouse.texts import ENGLISH, Speech

_ORDER = (
    ObservationStatus.UNREADABLE,
    ObservationStatus.UNSEEN,
    ObservationStatus.EMPTY,
    ObservationStatus.READ,
    ObservationStatus.NOT_OBSERVABLE,
)
"""What a person wonders about first stands first."""
_STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 76rem; margin: 1.5rem auto; padding: 0 1rem; }
nav a { margin-right: 1rem; } summary { cursor: pointer; padding: .3rem 0; } details { border-bottom: 1px solid #8886; }
figure { display: inline-block; margin: .5rem .5rem .5rem 0; width: min(22rem, 100%); } img { width: 100%; height: auto; }
figcaption { font-size: .875rem; }
"""


def page(
    site: Site,
    observations: Sequence[Observation],
    names: Mapping[str, Sequence[str]],
    unplaced: Sequence[str],
    speech: Speech = ENGLISH,
) -> str:
    """Return the page. `names` are the drawings of each location, relative to the page; `unplaced` those of none."""
    say = speech.say
    groups = [(s, [o for o in observations if o.status is s]) for s in _ORDER]
    groups = [(s, group) for s, group in groups if group]
    links = [f'<a href="#{s.value}">{_word(s, speech)} ({len(group)})</a>' for s, group in groups]
    links += [f'<a href="#unplaced">{say("Photos that show no location")} ({len(unplaced)})</a>'] if unplaced else []
    title = say(f"What was seen where: {site.name}")
    about = say("Each photo has the outlines of its locations, every barcode that was read, and below it what became of each.")
    parts = [
        f'<!doctype html>\n<html lang="{speech.lang}">\n<head>\n<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>",
        f"<h1>{escape(title)}</h1>",
        f"<p>{about}</p>",
        f"<nav>{''.join(links)}</nav>",
    ]
    for status, group in groups:
        parts.append(f'<h2 id="{status.value}">{_word(status, speech)}</h2>')
        parts += [_details(f"<b>{escape(o.location)}</b> {escape(say(o.reason))}", names.get(o.location, ()), say) for o in group]
    if unplaced:
        parts.append('<h2 id="unplaced">' + say("Photos that show no location") + "</h2>")
        parts.append(_details(say("turns, climbs, and photos whose position was not certain"), unplaced, say))
    return "\n".join([*parts, "</body>\n</html>\n"])


def _word(status: ObservationStatus, speech: Speech) -> str:
    return speech.word(STATUS_WORDS[status]).capitalize()


def _details(summary: str, names: Sequence[str], say: Callable[[str], str]) -> str:
    count = say(f"{len(names)} photo{'' if len(names) == 1 else 's'}")
    figures = "\n".join(
        f'<figure><a href="{quote(name)}"><img src="{quote(name)}" loading="lazy" alt=""></a>'
        f"<figcaption>{escape(name.removesuffix('.jpg'))}</figcaption></figure>"
        for name in names
    )
    return f"<details><summary>{summary} ({count})</summary>\n{figures}\n</details>"
