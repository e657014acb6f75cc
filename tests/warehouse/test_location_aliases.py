"""The alias table of a site: what it makes of the ERP's codes, and what it must never make of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.errors import BadInputError, FaultsError
from warehouse.location_aliases import describe_aliases, load_aliases, read_aliases

KNOWN = ("A01", "A02", "A03", "02F02")
HEAD = "erp_location,location\n"


def table(rows: str) -> tuple[dict[str, str], list[str]]:
    aliases, faults = read_aliases((HEAD + rows).encode(), KNOWN)
    return aliases.exact, faults


def test_a_row_names_one_location_or_with_a_star_many() -> None:
    aliases, faults = read_aliases(f"{HEAD}RAMP 7,A03\nWH/Stock/*,*\n".encode(), KNOWN)
    assert faults == []
    assert [aliases.location(t) for t in ("RAMP 7", "WH/Stock/A01", "A02", "WH/Stock/B9", "a01", "A1")] == [
        *("A03", "A01", "A02", "WH/Stock/B9", "a01", "A1"),
    ]
    assert describe_aliases(aliases) == "Aliases for the ERP's codes: 1 location, rules WH/Stock/* -> *"


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ("X,A01\nY,A01\n", "row 3, column location: 'Y' and 'X' (row 2) would both be A01"),
        ("X,Y\nY,X\n", "row 2: the aliases go round in a circle: X -> Y -> X"),
        ("A01,A02\nA02,A01\n", "row 2: the aliases go round in a circle: A01 -> A02 -> A01"),
        ("X,B9\n", "row 2, column location: 'B9' is not in the layout; expected a code such as 02F02"),
        (
            "X,Y\nY,A01\n",
            "row 2, column location: 'Y' is not in the layout; it is an alias itself, of row 3; expected a code such as 02F02",
        ),
        ("A01,A02\n", "row 2, column erp_location: 'A01' is a location of the layout itself; it would become A02"),
        ("X,A01\nX,A02\n", "row 3, column erp_location: 'X' stands in row 2 already"),
        ("X,\n", "row 2: expected a code in both columns, got 'X' and ''"),
        ("*,*\n", "row 2: expected one * in both columns, with letters beside the left one, or none; got *, *"),
        ("A*,A0*\n", None),
        ("A0*,0*F02\n", "row 2: the rule A0* -> 0*F02 makes A02 and 02F02 one location"),
    ],
)
def test_what_makes_two_codes_one_or_leads_nowhere_is_refused_by_name(rows: str, fault: str | None) -> None:
    assert table(rows)[1][:1] == ([fault] if fault else [])


def test_two_rules_that_disagree_about_a_code_are_refused() -> None:
    aliases, faults = read_aliases(f"{HEAD}W*,A*\n*1,A0*\n".encode(), (*KNOWN, "A0W0"))
    assert faults == []
    with pytest.raises(BadInputError) as refused:
        aliases.location("W01")
    assert refused.value.what == (
        "locations-aliases.csv: the rules W* -> A* (row 2) and *1 -> A0* (row 3) make two locations of 'W01': A01 and A0W0"
    )


def test_a_site_without_the_file_has_no_aliases_and_a_faulty_file_names_its_rows(tmp_path: Path) -> None:
    assert load_aliases(tmp_path, KNOWN) is None
    (tmp_path / "locations-aliases.csv").write_text(f"{HEAD}X,B9\n", encoding="utf-8")
    with pytest.raises(FaultsError, match=r"locations-aliases\.csv: 1 fault"):
        load_aliases(tmp_path, KNOWN)
