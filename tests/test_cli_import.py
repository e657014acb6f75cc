"""`aislescan import` refuses options that would do nothing."""

from pathlib import Path

import pytest

from cli_frames import import_frames, show_import
from vision.importing.frame_writing import ImportSummary
from warehouse.errors import BadInputError


def test_a_sortie_is_refused_where_poses_make_one_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="--sortie is for photos of a sortie that this program flew"):
        import_frames(tmp_path / "run", "photos", poses=tmp_path / "poses.csv", sortie="01")


def test_a_time_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="--starts-at: 'noon' is no time"):
        import_frames(tmp_path / "run", "photos", starts_at="noon")


def test_the_summary_says_by_what_a_video_has_its_time_of_day(capsys: pytest.CaptureFixture[str]) -> None:
    dated = "The video says that it began at 2025-11-23 12:00:00 UTC."
    show_import(Path("run"), ImportSummary(sortie="01", n_frames=3, n_facing=3, how="by time", faults=(), dated=dated))
    assert capsys.readouterr().out.splitlines() == [
        "3 photos imported as sortie 01, matched by time.",
        dated,
        "Next: aislescan read run",
    ]
