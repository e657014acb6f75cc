"""What the documents promise must be what the code does: names, codes, libraries and links."""

import ast
import dataclasses
import json
import re
import tomllib
from pathlib import Path

import pytest

from benchmarks.flight_failures import table
from benchmarks.random_failures import in_words
from mission.estimating.candidates import Owner
from sitl.mishaps import MISHAPS
from tests.conftest import ROOT
from warehouse.errors import ExitCode
from warehouse.layout import BinKind
from warehouse.site_csv import LAYOUT_COLUMNS
from warehouse.symbologies import SYMBOLOGIES
from warehouse.tags_file import TAG_COLUMNS

DOCUMENTS = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
TAKES = {
    "number",
    "optional_number",
    "between",
    "numbers",
    "some_numbers",
    "text",
    "optional_text",
    "texts",
    "table",
    "optional_table",
    "tables",
}


def text_of(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def names_taken_from_site_toml() -> set[str]:
    calls = [node for node in ast.walk(ast.parse(text_of("warehouse/site_file.py"))) if isinstance(node, ast.Call)]
    taken = {
        c.args[0].value
        for c in calls
        if isinstance(c.func, ast.Attribute) and c.func.attr in TAKES and isinstance(c.args[0], ast.Constant)
    }
    return {str(name) for name in taken}


def test_the_site_format_explains_every_name_and_no_other() -> None:
    document = text_of("docs/reference/site-format.md").partition("## layout.csv")[0]
    tables = set(re.findall(r"^### `\[+(\w+)\]+`", document, re.MULTILINE))
    rows = set(re.findall(r"^\| `(\w+)` \|", document, re.MULTILINE))
    assert "`format = 1`" in document
    assert tables | rows | {"format"} == names_taken_from_site_toml()


def test_the_site_format_explains_every_column_kind_and_symbology() -> None:
    document = text_of("docs/reference/site-format.md")
    rows = re.findall(r"^\| `(\w+)` \|", document.partition("## layout.csv")[2], re.MULTILINE)
    assert rows == [*LAYOUT_COLUMNS, *BinKind, *TAG_COLUMNS]
    listed = re.findall(r"`(\w+)`", document.partition("Symbologies:")[2].partition(". A GS1-128")[0])
    assert tuple(listed) == SYMBOLOGIES


def test_the_estimate_explains_every_figure_that_its_owner_may_set() -> None:
    document = text_of("docs/reference/estimate.md").partition("### `[owner]`")[2].partition("### `[[candidate]]`")[0]
    rows = [row for row in document.splitlines() if row.startswith("| `")]
    explained = [name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert explained == [field.name for field in dataclasses.fields(Owner)]
    shipped = tomllib.loads(text_of("mission/estimating/candidates.toml"))["owner"]
    values = [value for row in rows for value in re.findall(r"`([^`]+)`", row.split("|")[3])]
    assert [tomllib.loads(f"x = {value}")["x"] for value in values] == [shipped[name] for name in explained]


def test_every_exit_code_is_explained() -> None:
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", text_of("docs/reference/exit-codes.md"), re.MULTILINE)] == list(
        ExitCode
    )


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads(text_of("pyproject.toml"))
    document = text_of("docs/decisions/0002-dependencies.md")
    for requirements, part in (
        (project["project"]["dependencies"], document.partition("For reading on several machines")[0]),
        (
            project["project"]["optional-dependencies"]["cluster"],
            document.partition("For reading on several machines")[2].partition("For development only")[0],
        ),
        (project["dependency-groups"]["dev"], document.partition("For development only")[2]),
    ):
        names = {re.split(r"[^a-z0-9-]", requirement.lower())[0] for requirement in requirements}
        assert set(re.findall(r"^\| ([a-z0-9-]+) \|", part, re.MULTILINE)) - {"library", "tool", "---"} == names


def test_every_mishap_stands_in_the_table_of_failures_with_the_figures_that_were_measured() -> None:
    document = text_of("docs/failures.md")
    described = re.findall(r"^\| `(\w+)`:", document, re.MULTILINE)
    assert described == [mishap.name for mishap in MISHAPS]
    assert "\n".join(table()) in document
    random = json.loads(text_of("benchmarks/results/random_failures.json"))
    assert "\n".join(in_words(random["total"])) in document


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_to_files_of_the_repository_lead_somewhere(document: Path) -> None:
    prose = re.sub(r"`[^`]*`", "", document.read_text(encoding="utf-8"))
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", prose)
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_the_modules_that_the_architecture_names_are_there() -> None:
    named = re.findall(r"`((?:\w+/)+\w+\.py)`", text_of("ARCHITECTURE.md"))
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert len(named) > 10
