"""Which locations of a site a plan is for: filters one after the other, with what each of them leaves."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from warehouse.errors import BadInputError
from warehouse.layout import Bin
from warehouse.site import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The locations that are left, and how it came to that."""

    locations: tuple[str, ...]
    """In the order of the layout."""
    steps: tuple[str, ...]
    """In words, a line a filter; none where nothing was filtered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """One condition, with its words for people: `in aisle A01`."""

    words: str
    holds: Callable[[Bin], bool]
    why_none: str
    """What to do when it leaves nothing."""


def select(site: Site, filters: Sequence[Filter]) -> Selection:
    """Return the locations that pass every filter; BadInputError says which of them left none, and why."""
    left = list(site.layout.bins)
    words: list[str] = []
    steps: list[str] = []
    for each in filters:
        kept = [b for b in left if each.holds(b)]
        if not kept:
            before = " and ".join(words) or "in the site"
            raise BadInputError(
                f"nothing to plan: {len(left)} location(s) {before}, and none of them {each.words}", remedy=each.why_none
            )
        left = kept
        words.append(each.words)
        steps.append(f"{len(left)} {each.words}")
    return Selection(locations=tuple(b.code.text for b in left), steps=tuple(steps))


def in_aisles(site: Site, aisles: Collection[str]) -> Filter:
    """Keep the locations of these aisles; BadInputError for one that the site does not have."""
    refuse_unknown("aisle", aisles, [aisle.name for aisle in site.layout.aisles], "site.toml")
    return Filter(words=f"in aisle {_or(aisles)}", holds=lambda b: b.code.aisle in aisles, why_none="leave out --aisle")


def on_levels(site: Site, levels: Collection[str]) -> Filter:
    """Keep the locations on these levels, as the location codes write them; BadInputError for one that no location has."""
    known = sorted({b.code.level for b in site.layout.bins})
    refuse_unknown("level", levels, known, f"the location codes ({', '.join(known)})")
    return Filter(
        words=f"on level {_or(levels)}",
        holds=lambda b: b.code.level in levels,
        why_none="leave out --level, or one of the filters before it",
    )


def among(site: Site, locations: Collection[str], where: str) -> Filter:
    """Keep the locations of a list; BadInputError for one that the site does not have, and for an empty list."""
    refuse_unknown("location", locations, list(site.layout.bins_by_code), "layout.csv")
    if not locations:
        raise BadInputError(f"{where}: no location stands in it", remedy="write one location a line")
    wanted = frozenset(locations)
    return Filter(
        words=f"listed in {where}",
        holds=lambda b: b.code.text in wanted,
        why_none="leave out one of the filters: they leave nothing in common",
    )


def of_classes(classes: Collection[str], by_location: Mapping[str, Collection[str]], where: str) -> Filter:
    """Keep the locations with goods of these classes, whatever else lies there; BadInputError for a class that the file lacks."""
    known = sorted({name for names in by_location.values() for name in names})
    refuse_unknown("class", classes, known, f"{where} ({', '.join(known) or 'it has none'})")
    wanted = frozenset(classes)
    return Filter(
        words=f"of class {_or(classes)}",
        holds=lambda b: not wanted.isdisjoint(by_location.get(b.code.text, ())),
        why_none=f"see whether {where} spells its locations as layout.csv does, to the letter",
    )


def not_seen(seen: Collection[str], since: str) -> Filter:
    """Keep the locations that are not among those `seen` (read, or seen empty) since then."""
    known = frozenset(seen)
    return Filter(
        words=f"not read or seen empty since {since}",
        holds=lambda b: b.code.text not in known and b.kind.is_observable,
        why_none="all of them were: nothing is due. Give a later day, or fewer days",
    )


def describe_selection(site: Site, selection: Selection) -> str:
    """Return in one line what the filters left."""
    return " -> ".join([f"{len(site.layout.bins)} location(s)", *selection.steps])


def refuse_unknown(noun: str, asked: Collection[str], known: Sequence[str], where: str, *, scope: str = "is known") -> None:
    """BadInputError, with what was perhaps meant, when a name that was asked for is none of the known ones that `where` spells."""
    spelt = frozenset(known)
    unknown = [name for name in asked if name not in spelt]
    if unknown:
        close = difflib.get_close_matches(unknown[0], known, n=3)
        hint = f"; did you mean {', '.join(close)}?" if close else ""
        more = f" (and {len(unknown) - 1} more)" if len(unknown) > 1 else ""
        raise BadInputError(f"no {noun} {unknown[0]!r}{more} {scope}{hint}", remedy=f"write it as {where} spells it, to the letter")


def _or(names: Collection[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
