"""One run that was reconciled, and its report, for all tests of the page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from inventory.report.pages import write_report
from tests.inventory.parsed_page import Page
from tests.inventory.reported_run import make_run
from warehouse.run_folder import RunFolder
from warehouse.site import Site


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, Site]:
    return make_run(tmp_path_factory.mktemp("report") / "run-7")


@pytest.fixture(scope="session")
def page(made: tuple[RunFolder, Site]) -> Page:
    return Page(write_report(*made))


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, Site]:
    """The same run, its evidence pictures gone."""
    return make_run(tmp_path_factory.mktemp("report") / "run-8", pictures=False)


@pytest.fixture
def copied(bare: tuple[RunFolder, Site], tmp_path: Path) -> tuple[RunFolder, Site]:
    """A run folder without pictures that the test may change."""
    return RunFolder(Path(shutil.copytree(bare[0].root, tmp_path / "run"))), bare[1]


@pytest.fixture
def copied_in_full(made: tuple[RunFolder, Site], tmp_path: Path) -> tuple[RunFolder, Site]:
    """A run folder with pictures that the test may change."""
    return RunFolder(Path(shutil.copytree(made[0].root, tmp_path / "run", ignore=shutil.ignore_patterns("report.html")))), made[1]
