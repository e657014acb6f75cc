"""Real photographs beside the repository: what must be read, and what must never be."""

import csv
from pathlib import Path

import pytest

from vision.pictures.decoding import decode_file
from warehouse.errors import BadInputError

pytestmark = pytest.mark.shared


def pictures(data: Path, symbology: str) -> dict[str, list[str]]:
    listed: dict[str, list[str]] = {}
    with (data / "barcodes" / "manifest.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            if row["format"] == symbology:
                listed.setdefault(row["file"], []).append(row["text"])
    return listed


def test_code_128_labels_are_read_and_none_is_read_wrong(shared_data: Path) -> None:
    expected = pictures(shared_data, "Code128")
    n_read = 0
    for file, texts in expected.items():
        read = {d.text for d in decode_file(shared_data / "barcodes" / file) if d.symbology == "Code128"}
        bare = {"".join(c for c in text if c.isalnum()) for text in texts}
        assert {"".join(c for c in text if c.isalnum()) for text in read} <= bare, file
        n_read += bool(read)
    assert n_read >= 0.95 * len(expected)


def test_nothing_is_read_on_pictures_without_a_barcode(shared_data: Path) -> None:
    expected = pictures(shared_data, "NONE")
    assert len(expected) > 30
    for file in expected:
        try:
            assert decode_file(shared_data / "barcodes" / file) == (), file
        except BadInputError as error:
            assert "falsepositives-1" in file, error  # pictures of one pixel
