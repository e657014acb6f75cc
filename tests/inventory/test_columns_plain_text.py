"""A CSV as a table of columns: each row is read as the csv module reads it, or is left to it."""

from __future__ import annotations

import csv

from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.columns.plain_text import cell, plain_table
from inventory.table_file import csv_rows

TEXTS = st.text(alphabet='ab,;"\\\n\r\t é\u00a0', max_size=24)


@settings(max_examples=60)
@given(st.lists(TEXTS, max_size=6).map("\n".join), st.sampled_from([",", ";"]))
def test_each_row_of_a_csv_is_plain_or_read_as_the_csv_module_reads_it(text: str, delimiter: str) -> None:
    text = f"x{delimiter}y\n{text}"
    found = plain_table(text.encode(), delimiter, 2, 1)
    if found is None:
        return
    plain = {row: tuple(cells) for *cells, row in found.frame.select(cell(0), cell(1), "row").iter_rows()}
    others = {row.number: row.texts for row in found.others}
    assert not plain.keys() & others.keys()
    assert plain | others == {row.number: row.texts for row in csv_rows(text, delimiter, "x.csv") if row.number > 1}


def test_lines_that_csv_would_join_are_left_to_it() -> None:
    for text in ('a,b\n"1\n2",3\n', "a,b\n1,2\r3,4\n", 'a,b\n1,"2\n'):
        assert plain_table(text.encode(), ",", 2, 1) is None
    assert len(list(csv.reader(['"1\n', '2",3']))) == 1
