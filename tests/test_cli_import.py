"""`aislescan import` refuses options that would do nothing."""

from pathlib import Path

import pytest

from cli_frames import import_frames
from warehouse.errors import BadInputError


def test_a_sortie_is_refused_where_poses_make_one_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="--sortie is for photos of a sortie that this program flew"):
        import_frames(tmp_path / "run", "photos", poses=tmp_path / "poses.csv", sortie="01")


def test_a_time_that_is_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="--starts-at: 'noon' is no time"):
        import_frames(tmp_path / "run", "photos", starts_at="noon")
