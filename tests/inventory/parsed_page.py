"""A page of the report, taken apart by an HTML parser, and its tables changed by hand."""

from __future__ import annotations

import csv
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from tests.inventory.reported_run import write_csv

VOID = {"meta", "link", "img", "input", "br", "hr"}


class Page(HTMLParser):
    """Every element with its attributes and the text directly or indirectly inside it."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str], list[str]]] = []
        self.open: list[tuple[str, list[str]]] = []
        self.source = path.read_text(encoding="utf-8")
        self.feed(self.source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words: list[str] = []
        self.elements.append((tag, {name: value or "" for name, value in attrs}, words))
        if tag not in VOID:
            self.open.append((tag, words))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, []))

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> without a start"
        assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        for _, words in self.open:
            words.append(data)

    def all(self, tag: str, **wanted: str) -> list[tuple[dict[str, str], str]]:
        """Return attributes and text of the elements whose attribute holds the wanted word; `_` in a name stands for `-`."""
        return [
            (attributes, " ".join("".join(words).split()))
            for name, attributes, words in self.elements
            if name == tag
            and all(value in attributes.get(key.strip("_").replace("_", "-"), "").split(" ") for key, value in wanted.items())
        ]

    def json(self, identity: str) -> Any:
        (found,) = self.all("script", id=identity)
        return json.loads(found[1])


def change(path: Path, **cells_of: dict[str, str]) -> None:
    """Change cells of the rows of a CSV, keyed by the row's location or case id; `ALL` changes every row."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row.update(cells_of.get("ALL", {}) | cells_of.get(row.get("case_id", ""), {}) | cells_of.get(row.get("location", ""), {}))
    write_csv(path, rows)
