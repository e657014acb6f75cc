"""The published figures are those that were measured."""

from __future__ import annotations

from benchmarks.figures import PAGE, page


def test_the_page_says_what_the_benchmarks_measured() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run python -m benchmarks.figures"
