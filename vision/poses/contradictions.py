"""What corrected poses still contradict: photos whose place jumped, and passes along another face than recorded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from vision.bins.face_view import FaceView
from vision.codes.decoded import Decoded
from vision.poses.group import LOOSEST_GATE_M
from vision.poses.jumps import jumped
from vision.poses.other_face import WrongFace, wrong_faces
from warehouse.site import Site


def contradicted(
    site: Site, views: Sequence[FaceView], found: Mapping[str, Sequence[Decoded]]
) -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the frames that are not to be believed, and why, in sentences for people.

    `views` are those of all frames that are believed so far, in flight order, with corrected poses.
    """
    wrong = wrong_faces(site, views, found)
    at_wrong_face = frozenset[str]().union(*(w.frames for w in wrong))
    bad = jumped(site, [v for v in views if v.frame.frame not in at_wrong_face], found)
    said = [*map(_wrong_face, wrong), *_jumps([v for v in views if v.frame.frame in bad])]
    return at_wrong_face | bad, tuple(said)


def _wrong_face(wrong: WrongFace) -> str:
    n, shown = len(wrong.frames), len(wrong.texts)
    tags = f"{shown} tags" if shown > 1 else f"tag {wrong.texts[0]}"
    return (
        f"{n} photos of flight {wrong.sortie}, recorded before {wrong.face}, show {tags} of {wrong.shown}: the drone was elsewhere,"
        " the camera looked the other way, or tags.csv is wrong; nothing that is read there is booked."
    )


def _jumps(bad: Sequence[FaceView]) -> list[str]:
    said = []
    for sortie, n in sorted(Counter(v.frame.sortie for v in bad).items()):
        photos = f"{n} photos of flight {sortie} show" if n > 1 else f"1 photo of flight {sortie} shows"
        far = f"more than {LOOSEST_GATE_M:.2f} m from where photos beside show them"
        said.append(f"{photos} labels {far}: the recorded position jumped, and nothing that is read there is booked.")
    return said
