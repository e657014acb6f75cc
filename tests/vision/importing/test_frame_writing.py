"""Files taken over into a run leave the originals as they are."""

import os
from pathlib import Path

from vision.importing.frame_writing import take_over


def test_a_picture_that_takes_the_place_of_another_never_changes_an_original(tmp_path: Path) -> None:
    first, second, target = tmp_path / "a.jpg", tmp_path / "b.jpg", tmp_path / "frames" / "x.jpg"
    first.write_bytes(b"AAAA")
    second.write_bytes(b"BBBB")
    target.parent.mkdir()
    os.link(first, target)
    take_over(second, target)
    assert (first.read_bytes(), second.read_bytes(), target.read_bytes()) == (b"AAAA", b"BBBB", b"BBBB")
    assert [p.name for p in target.parent.iterdir()] == ["x.jpg"]


def test_a_picture_edited_in_the_run_stays_as_it_was_on_the_card(tmp_path: Path) -> None:
    original, target = tmp_path / "a.jpg", tmp_path / "frames" / "x.jpg"
    original.write_bytes(b"AAAA")
    take_over(original, target)
    with target.open("r+b") as stream:
        stream.write(b"ZZ")
    assert original.read_bytes() == b"AAAA"
