"""What `reconcile` says of a run that left something in doubt."""

from __future__ import annotations

from pathlib import Path

from inventory.answer import describe_reconciliation
from inventory.store.telling import describe_kpis
from tests.inventory.worlds import reconciled


def test_a_run_with_doubts_says_how_to_fly_there_again(tmp_path: Path) -> None:
    doubtful = reconciled(tmp_path, "location,pallet\nA-1,P1\n", "A-1,unreadable,,,f1,\n")
    hint = "  to fly there again, otherwise than before: aislescan recount runs/monday --out runs/monday-again"
    assert hint in describe_reconciliation(doubtful, Path("runs/monday")).splitlines()
    assert "recount runs" not in describe_reconciliation(doubtful)
    sure = reconciled(tmp_path, "location,pallet\nA-1,P1\n", "A-1,read,P1,QRCode,f1,\n")
    assert "recount runs" not in describe_reconciliation(sure, Path("runs/monday"))


def test_the_key_figures_say_whose_they_are() -> None:
    assert describe_kpis([], ["Demo warehouse, Ibi"]) == 'Key figures of site "Demo warehouse, Ibi"'
    assert describe_kpis([], ["North", "South"]) == 'Key figures of the sites "North" and "South"'
