"""Pages in a real Chromium, driven by Playwright: nothing may be asked of a network, and nothing logged."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium (apt-get install chromium)")


@contextmanager
def chromium() -> Iterator[Any]:
    """Start a browser; skips where Playwright is not installed."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="needs Playwright (pip install playwright)")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
        )
        yield browser
        browser.close()


@contextmanager
def opened(
    browser: Any, path: Path, *, address: str = "", width: int = 1400, scheme: Literal["light", "dark"] = "light"
) -> Iterator[Any]:
    """Open a page, and fail at the end when it logged something, asked for anything but itself, or opened a dialog."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    noise: list[str] = []
    page.on("console", lambda message: noise.append(message.text))
    page.on("pageerror", lambda error: noise.append(str(error)))
    page.on(
        "request",
        lambda request: (
            noise.append(request.url[:80])
            if not request.url.startswith((path.as_uri(), "data:image/", "data:,", "blob:"))
            else None
        ),
    )
    page.on("dialog", lambda dialog: noise.append(dialog.message))
    page.goto(f"{path.as_uri()}{'#' if address else ''}{address}")
    yield page
    page.close()
    assert noise == []


def violations(page: Any) -> list[str]:
    """Return what axe finds, each with the first element at fault."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe (pip install axe-playwright-python)")
    found = axe.Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]
