"""Since when, as a person gives it on the command line, and which locations the history has seen since then."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

from inventory.cell_values import parse_utc, utc_text
from inventory.store import last_seen
from warehouse.errors import BadInputError
from warehouse.site import Site

_DAYS = re.compile(r"([0-9]{1,5})\s*(?:d|days?)?", re.IGNORECASE | re.ASCII)


def moment_since(text: str, now: datetime | None = None) -> datetime:
    """Return the moment that `30`, `30 days` or `2026-11-01` (UTC) means; BadInputError for anything else and for the future."""
    now = now or datetime.now(UTC)
    days = _DAYS.fullmatch(text.strip())
    moment = now - timedelta(days=int(days[1])) if days else parse_utc(text, "--not-seen-since")
    if moment > now:
        raise BadInputError(f"--not-seen-since: {utc_text(moment)} is in the future", remedy="give a day of the past, or days ago")
    return moment


def seen_since(db_path: Path, site: Site, moment: datetime) -> frozenset[str]:
    """Return the locations of the site that any run has read or seen empty since then; BadInputError when there is no history."""
    return frozenset(
        location
        for location, seen_at in last_seen(db_path, site.name).items()
        if seen_at and parse_utc(seen_at, f"{db_path}, location {location}, seen_at") >= moment
    )
