"""The benchmark of mutated stock lists: a few of its files, and that its laws notice a loss."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.erp_mutated import broken_law, measure
from inventory.erp_file import read_erp_bytes
from inventory.erp_rows import SiteRules

RAW = b'Title\nlocation,pallet,note\nA-1,P1,"two\nlines"\n\nA-2,P2,x\nA-3,P3\n'


def test_a_handful_of_mutated_files_break_no_law() -> None:
    found = measure(42, 0, None)
    assert found["broken"] == []
    assert sum(found["outcomes"].values()) == 42


def test_the_counter_of_the_benchmark_notices_a_row_that_is_lost_or_told_twice() -> None:
    erp = read_erp_bytes(RAW, "a.csv", SiteRules())
    assert broken_law(RAW, erp, "") == ""
    assert broken_law(RAW + b"A-4,P4,y\n", erp, "") == "6 rows told, 7 in the file"
    assert broken_law(RAW, replace(erp, lines=erp.lines[:1], n_rows=2), "") == "a row stands in two parts, or in none"
    assert (
        broken_law(RAW, replace(erp, lines=(*erp.lines, erp.lines[0])), "") == "read and refused are not the rows under the header"
    )
