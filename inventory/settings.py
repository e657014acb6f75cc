"""What a person says of the ERP's file beside the file itself: how it is to be read, when it was printed, and what may differ."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from inventory.cell_values import parse_utc
from inventory.tolerance import NO_TOLERANCE, Tolerances, parse_tolerances
from warehouse.errors import BadInputError

FARTHEST_CLOCK_S = 86_400.0
"""Of a clock that is wrong, time zone and all; beyond that, milliseconds or something else were given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileSettings:
    """Settings of one comparison; `parse_settings` makes them of what was typed."""

    profile: str | None = None
    """Of the stock list; None: the one that fits."""
    snapshot_at: datetime | None = None
    """When the list was made, on the drone's clock; None when nobody said."""
    erp_clock_ahead_s: float = 0.0
    """By how much the ERP's clock is ahead of the drone's; negative: behind."""
    tolerances: Tolerances = NO_TOLERANCE
    movements_path: Path | None = None
    """What the ERP moved since then; never without `snapshot_at`."""
    movements_profile: str | None = None


NO_SETTINGS = ReconcileSettings()


def parse_settings(
    *,
    profile: str | None = None,
    snapshot_at: str | None = None,
    erp_clock_ahead_s: float = 0.0,
    tolerances: Iterable[str] = (),
    movements_path: Path | None = None,
    movements_profile: str | None = None,
) -> ReconcileSettings:
    """Return the settings that were typed; BadInputError names the one that cannot be.

    `snapshot_at` is by the ERP's clock (ISO 8601, UTC without an offset); `tolerances` are such as `A=1%`.
    """
    if not math.isfinite(erp_clock_ahead_s) or abs(erp_clock_ahead_s) > FARTHEST_CLOCK_S:
        raise BadInputError(
            f"--erp-clock-ahead {erp_clock_ahead_s:.12g}: more than a day; expected seconds by which the ERP's clock is wrong",
            remedy="give seconds, such as --erp-clock-ahead 180; a time zone belongs to --snapshot-at: 2026-11-23T07:00:00+01:00",
        )
    moment = _moment(snapshot_at, erp_clock_ahead_s) if snapshot_at is not None else None
    if movements_path is not None and moment is None:
        raise BadInputError(
            f"--movements {movements_path}: nobody can tell which of these movements the stock list knows already",
            remedy="say when the stock list was printed: --snapshot-at 2026-11-23T06:00:00Z",
        )
    if movements_profile is not None and movements_path is None:
        raise BadInputError(
            f"--movements-profile {movements_profile}: there is no list of movements", remedy="give it with --movements FILE"
        )
    return ReconcileSettings(
        profile=profile,
        snapshot_at=moment,
        erp_clock_ahead_s=erp_clock_ahead_s,
        tolerances=parse_tolerances(tolerances),
        movements_path=movements_path,
        movements_profile=movements_profile,
    )


def _moment(text: str, ahead_s: float) -> datetime:
    try:
        return parse_utc(text, "--snapshot-at") - timedelta(seconds=ahead_s)
    except OverflowError as error:  # the first or the last day of the calendar
        raise BadInputError(f"--snapshot-at {text}: no day that a stock list is of", remedy="say when it was printed") from error
