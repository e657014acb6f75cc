"""AprilTags in a picture: the number, and where its corners are."""

import cv2
import numpy as np
import pytest

from sitl.tag_art import draw_tag
from vision.codes.april_tags import find_april_tags
from vision.codes.zxing_engine import read
from warehouse.tags import LocationTag


def tag(text: str, symbology: str = "AprilTag36h11") -> LocationTag:
    return LocationTag(text=text, symbology=symbology, face="A01-left", along_m=1.0, height_m=1.0, size_mm=80.0)


@pytest.mark.parametrize("scale", [0.1, 0.5])
def test_a_tag_is_found_with_the_corners_of_its_black_border(scale: float) -> None:
    art = draw_tag(tag("23"))
    turn = np.array([[np.cos(0.1), -np.sin(0.1), 1500.0], [np.sin(0.1), np.cos(0.1), 900.0]])
    turn[:, :2] *= scale
    picture = cv2.warpAffine(art, turn, (3840, 2400), flags=cv2.INTER_AREA, borderValue=120)
    (found,) = find_april_tags(picture.astype(np.uint8))
    margin, side = 80.0, 640.0
    corners = np.array([[0, 0], [side, 0], [side, side], [0, side]]) + margin - 0.5
    expected = np.column_stack([corners, np.ones(4)]) @ turn.T
    assert (found.text, found.symbology) == ("23", "AprilTag36h11")
    assert np.abs(np.asarray(found.corners_px) - expected).max() < 1.0


def test_a_picture_without_tags_gives_none() -> None:
    assert find_april_tags(np.random.default_rng(1).integers(0, 255, (600, 800)).astype(np.uint8)) == []


@pytest.mark.parametrize("symbology", ["QRCode", "Code128", "DataMatrix"])
def test_the_simulated_tags_of_other_symbologies_say_their_text(symbology: str) -> None:
    (found,) = read(draw_tag(tag("A01L-03-2", symbology)), (symbology,), variant="plain")
    assert (found.text, found.symbology) == ("A01L-03-2", symbology)
