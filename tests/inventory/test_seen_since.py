"""Which locations are due: those that no run of this site has read or seen empty since a day."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from inventory.reconcile import reconcile_run
from inventory.seen_since import moment_since, seen_since
from tests.inventory.worlds import look, read, sscc
from warehouse.errors import BadInputError
from warehouse.run_folder import RunFolder
from warehouse.site_file import load_site

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)


def test_read_and_empty_count_as_seen_and_the_latest_run_decides(tmp_path: Path, demo_site_folder: Path) -> None:
    site = load_site(demo_site_folder)
    a, b, c, d = [x.code.text for x in site.layout.bins if x.kind.is_observable][:4]
    erp = tmp_path / "erp.csv"
    erp.write_text(f"location,pallet\n{a},{sscc(1)}\n")
    for name, seen in (
        ("early", [read(a, sscc(1), seen_at="2026-11-01T10:00:00Z"), look(b, "empty", seen_at="2026-11-01T10:00:00Z")]),
        ("late", [look(a, "unreadable", seen_at="2026-11-20T10:00:00Z"), look(c, "empty", seen_at="2026-11-20T10:00:00Z")]),
    ):
        run = RunFolder.create(tmp_path / "runs" / name, demo_site_folder)
        run.write_lines(run.observations_path, [*seen, look(d, "unseen")])
        reconcile_run(run, site, erp)
    store = tmp_path / "runs" / "inventory.db"
    assert seen_since(store, site, moment_since("2026-10-31", NOW)) == {a, b, c}
    assert seen_since(store, site, moment_since("10 days", NOW)) == {c}
    assert seen_since(store, site, moment_since("3", NOW)) == set()


def test_another_sites_runs_say_nothing_of_this_one(tmp_path: Path, demo_site_folder: Path) -> None:
    toml = demo_site_folder / "site.toml"
    site = load_site(demo_site_folder)
    a = next(x.code.text for x in site.layout.bins if x.kind.is_observable)
    erp = tmp_path / "erp.csv"
    erp.write_text(f"location,pallet\n{a},{sscc(1)}\n")
    run = RunFolder.create(tmp_path / "runs" / "one", demo_site_folder)
    run.write_lines(run.observations_path, [read(a, sscc(1))])
    reconcile_run(run, site, erp)
    toml.write_text(toml.read_text().replace("Demo warehouse, Ibi", "Another hall"))
    other = load_site(demo_site_folder)
    assert seen_since(tmp_path / "runs" / "inventory.db", other, moment_since("2026-01-01", NOW)) == set()


@pytest.mark.parametrize(("text", "moment"), [("30", "2026-10-27T12:00"), ("1d", "2026-11-25T12:00"), ("2026-11-01", "2026-11-01")])
def test_since_is_a_day_or_days_ago(text: str, moment: str) -> None:
    assert moment_since(text, NOW) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_a_day_to_come_a_word_and_a_missing_history_are_refused(tmp_path: Path, demo_site_folder: Path) -> None:
    with pytest.raises(BadInputError, match="is in the future"):
        moment_since("2027-01-01", NOW)
    with pytest.raises(BadInputError, match="'soon' is no time"):
        moment_since("soon", NOW)
    with pytest.raises(BadInputError, match="no history yet"):
        seen_since(tmp_path / "inventory.db", load_site(demo_site_folder), NOW)
