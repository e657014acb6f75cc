"""A camera that hangs on this computer: how it is named on the command line, opened, and told of after a flight."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli_options import out
from warehouse.errors import BadInputError

if TYPE_CHECKING:
    from mission.flying.companion_photos import PictureCount
    from warehouse.companion_camera import CompanionCamera
    from warehouse.site import Site

_SHOWN = 10
CameraOption = Annotated[
    str | None,
    typer.Option("--camera", help="Take the photos from a camera of this computer: 0, rtsp://..., http://..., or a video file."),
]
CameraDelayOption = Annotated[
    float,
    typer.Option(
        "--camera-delay", min=-1.0, max=10.0, help="Seconds by which a frame comes later than the autopilot's word of the photo."
    ),
]


@contextmanager
def companion_camera(text: str | None, delay_s: float, site: Site) -> Iterator[CompanionCamera | None]:
    """Film with the camera that was named until the flights are over; None when none was."""
    if text is None:
        yield None
        return
    from vision.companion.camera import StreamCamera
    from vision.companion.stream import Source

    source = Source.of(text)
    if len(site.cameras) > 1:
        raise BadInputError(
            'the drone of this site has two cameras (site.toml, camera.mounting = "both"), and --camera names one',
            remedy='say mounting = "right" or "left" and plan again; or let the cameras keep their photos, and import them',
        )
    with StreamCamera(source, delay_s=delay_s) as camera:
        yield camera


def show_pictures(count: PictureCount | None) -> None:
    """Say how many frames were found, how near to their photos, and which were not."""
    if count is None:
        return
    n_found = count.n_asked_for - count.n_missing
    out.print(
        f"  {n_found} of {count.n_asked_for} frames found in {count.camera}: {count.off_ms_median:.0f} ms"
        f" (worst {count.off_ms_worst:.0f} ms) from when they were due. Each photo's place is that of its frame."
    )
    for line in count.missing[:_SHOWN]:
        out.print(f"  not found: {line}")
    if count.n_missing > _SHOWN:
        out.print(f"  not found: {count.n_missing - _SHOWN} more; see flight.json")
    if count.n_missing:
        out.print("  A location that only such photos would have shown counts as not seen.")
