"""What `aislescan print` says and writes."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from warehouse.errors import BadInputError

RUNNER = CliRunner()


def test_tags_are_listed_then_printed_and_an_unknown_aisle_is_named(demo_site_folder: Path, tmp_path: Path) -> None:
    site, target = str(demo_site_folder), tmp_path / "tags.pdf"
    assert f"aislescan print tags {site}" in " ".join(RUNNER.invoke(app, ["site", "tags", site]).output.split())
    done = RUNNER.invoke(app, ["print", "tags", site, "--out", str(target)])
    assert done.exit_code == 0, done.output
    assert target.read_bytes().startswith(b"%PDF")
    assert "check the line of 100 mm" in done.output
    refused = RUNNER.invoke(app, ["print", "tags", site, "--aisle", "Z9", "--out", str(tmp_path / "no.pdf")])
    assert "--aisle Z9: no such aisle" in str(refused.exception)
    assert not (tmp_path / "no.pdf").exists()


@pytest.mark.parametrize(("codes", "said"), [([], "3 labels"), (["--code", "(00)095299999999999991"], "1 label:")])
def test_labels_are_counted_in_words(demo_site_folder: Path, tmp_path: Path, codes: list[str], said: str) -> None:
    arguments = ["print", "labels", str(demo_site_folder), "--count", "3", *codes, "--out", str(tmp_path / "labels.pdf")]
    assert said in RUNNER.invoke(app, arguments).output


def test_a_number_that_is_no_pallet_of_the_site_is_refused(demo_site_folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "labels.pdf"
    refused = RUNNER.invoke(app, ["print", "labels", str(demo_site_folder), "--code", "PAL-1", "--out", str(target)])
    assert isinstance(refused.exception, BadInputError)
    assert "'PAL-1' is no pallet of this site" in str(refused.exception)
    assert not target.exists()


def test_a_card_needs_no_site(tmp_path: Path) -> None:
    done = RUNNER.invoke(app, ["print", "card", "--symbology", "QRCode", "--out", str(tmp_path / "card.pdf")])
    assert "Card with codes of QRCode" in done.output
