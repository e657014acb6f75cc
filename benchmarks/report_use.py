"""Use a page of the report as a clerk does, whatever its size: by mouse, by keys alone, on paper; each step says what it found.

The tests go through the same steps with a small report, `benchmarks.report_page` with one of 10,000 locations.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

Page = Any
"""Of Playwright."""
_TABS = 60
"""After which a key that has not reached its goal never will."""


class LostError(Exception):
    """Somebody who uses the page would be stuck here."""


@contextmanager
def listened_to(
    browser: Any, path: Path, *, width: int = 1400, scheme: Literal["light", "dark"] = "light"
) -> Iterator[tuple[Page, list[str]]]:
    """Open a page and yield it with what it logs, and whatever it asks for beyond itself; both should stay empty."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    noise: list[str] = []
    own = (path.as_uri(), "data:image/", "data:,", "blob:")
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(own) else noise.append(request.url[:80]))
    page.goto(path.as_uri())
    yield page, noise
    page.close()


def open_a_finding(page: Page) -> int:
    """Choose the first finding whose pictures are in the page; return how many of them are really drawn, after enlarging one."""
    for item in page.query_selector_all("#list li:not([hidden]) [data-finding]"):
        item.click()
        drawn = int(page.eval_on_selector_all("#detail img", "all => all.filter((img) => img.naturalWidth > 0).length"))
        if drawn:
            break
        page.click("#detail-close")
    else:
        raise LostError("no finding shows a picture")
    chosen = set(page.eval_on_selector_all(".bin.chosen", "bins => bins.map((bin) => bin.dataset.code)"))
    named = set(str(item.get_attribute("data-places")).split("|"))
    drawn_bins = {code for code in named if page.query_selector(f'.bin[data-code="{code}"]')}
    _expect(chosen == drawn_bins, f"{sorted(named)} are chosen on the racks, not {sorted(chosen)}")
    page.click("#detail .shots button >> nth=0")
    width = _width(page)
    page.keyboard.press("+")
    _expect(_width(page) > 1.3 * width, "a picture that is enlarged is larger")
    page.keyboard.press("Escape")
    page.click("#detail-close")
    return drawn


def filter_the_list(page: Page) -> int:
    """Press each verdict's filter, and search one location; return how many filters were tried."""
    chips = [str(name) for name in page.eval_on_selector_all(".chip", "all => all.map((c) => c.dataset.filter)") if name]
    for verdict in chips:
        page.click(f'.chip[data-filter="{verdict}"]')
        shown = set(page.eval_on_selector_all("#list li:not([hidden])", "all => all.map((li) => li.dataset.verdict)"))
        _expect(shown == {verdict}, f"the filter {verdict} shows {sorted(shown)}")
        wanted = {
            code
            for places in page.eval_on_selector_all("#list li:not([hidden]) button", "all => all.map((b) => b.dataset.places)")
            for code in str(places).split("|")
        }
        hits = set(page.eval_on_selector_all(".bin.hit", "bins => bins.map((bin) => bin.dataset.code)"))
        _expect(hits <= wanted, f"the filter {verdict} marks {sorted(hits - wanted)[:3]} on the racks")
    page.click('.chip[data-filter=""]')
    code = str(page.get_attribute("#list button", "data-places")).split("|")[0]
    page.fill("#search", code.lower())
    listed = page.eval_on_selector_all("#list li:not([hidden]) button", "all => all.map((b) => b.dataset.places)")
    _expect(bool(listed) and all(code in str(places).split("|") for places in listed), f"the search for {code} lists {listed[:3]}")
    page.fill("#search", "")
    return len(chips)


def decide_by_keys(page: Page) -> None:
    """Go from the top of the page to a decision and back without a mouse, then from bin to bin."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    _press_until(page, "Tab", "dataset.finding", "0")
    page.keyboard.press("ArrowDown")
    _expect(_focused(page, "dataset.finding") == "1", "the arrow goes to the second finding")
    page.keyboard.press("Enter")
    _press_until(page, "Tab", "dataset.decide", "confirm")
    page.keyboard.press("Space")
    _expect(_focused(page, "ariaPressed") == "true", "the decision is taken")
    page.keyboard.press("Space")  # and taken back
    page.keyboard.press("Escape")
    _expect(_focused(page, "dataset.finding") == "1", "Escape goes back to the finding")
    page.focus('.bin[tabindex="0"]')
    first = _focused(page, "dataset.code")
    page.keyboard.press("ArrowRight")
    _expect(_focused(page, "dataset.code") not in ("", None, first), "an arrow goes to the next bin")


def print_it(page: Page) -> tuple[int, int]:
    """Print to PDF; return the number of sheets that lie, one a rack face, and of those that stand."""
    paper = page.pdf(prefer_css_page_size=True)
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", paper)
    lying = sum(float(width) > float(height) for width, height in boxes)
    return lying, len(boxes) - lying


def fits(page: Page, width: int) -> bool:
    """Return whether nothing reaches beyond the screen, with a finding open."""
    page.click("#list li:not([hidden]) [data-finding]")
    found = int(page.evaluate("document.documentElement.scrollWidth"))
    page.click("#detail-close")
    return found == width


def _expect(holds: bool, what: str) -> None:
    if not holds:
        raise LostError(what)


def _width(page: Page) -> float:
    return float(page.evaluate("document.getElementById('zoom-picture').getBoundingClientRect().width"))


def _focused(page: Page, what: str) -> Any:
    return page.evaluate(f"document.activeElement.{what}")


def _press_until(page: Page, key: str, what: str, value: str) -> None:
    for _ in range(_TABS):
        page.keyboard.press(key)
        if _focused(page, what) == value:
            return
    raise LostError(f"{_TABS} times {key} never reach {what} {value}")
