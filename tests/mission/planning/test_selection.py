"""Parts of a site by any combination of filters, with how many each leaves, and why none where none is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mission.planning.abc_classes import read_classes
from mission.planning.planner import _wanted
from mission.planning.selection import among, describe_selection, in_aisles, not_seen, of_classes, on_levels, refuse_unknown, select
from tests.mission.worlds import demo_site
from warehouse.errors import BadInputError

SITE = demo_site()
CODES = list(SITE.layout.bins_by_code)


def test_filters_one_after_the_other_say_what_each_leaves() -> None:
    filters = [
        in_aisles(SITE, ["A01"]),
        on_levels(SITE, ["2", "4"]),
        of_classes(["A"], {"A01-03-2-1": {"A"}, "A01-03-4-1": {"B", "A"}, "A01-03-1-1": {"A"}, "A01-05-2-1": {"B"}}, "classes.csv"),
        not_seen(["A01-03-2-1"], "2026-11-01"),
    ]
    selection = select(SITE, filters)
    assert selection.locations == ("A01-03-4-1",)
    assert describe_selection(SITE, selection) == (
        "96 location(s) -> 96 in aisle A01 -> 48 on level 2 or 4 -> 2 of class A -> 1 not read or seen empty since 2026-11-01"
    )


def test_no_filter_leaves_the_whole_site() -> None:
    assert select(SITE, []).locations == tuple(CODES)


def test_the_filter_that_leaves_none_is_named_with_what_was_left_before_it() -> None:
    with pytest.raises(BadInputError) as caught:
        select(SITE, [on_levels(SITE, ["4"]), not_seen(CODES, "2026-11-01")])
    assert caught.value.what == (
        "nothing to plan: 24 location(s) on level 4, and none of them not read or seen empty since 2026-11-01"
    )
    assert caught.value.remedy == "all of them were: nothing is due. Give a later day, or fewer days"


def test_what_cannot_be_observed_is_never_due() -> None:
    left = select(SITE, [not_seen([], "2026-11-01")]).locations
    assert set(CODES) - set(left) == {"A01-01-1-1", "A01-08-4-3"}


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: in_aisles(SITE, ["A1"]), "no aisle 'A1' is known; did you mean A01?"),
        (lambda: on_levels(SITE, ["7"]), "no level '7' is known"),
        (lambda: among(SITE, ["A01-03-2-9"], "part.txt"), "no location 'A01-03-2-9' is known; did you mean A01-03-2-3"),
        (lambda: among(SITE, [], "part.txt"), "part.txt: no location stands in it"),
        (lambda: of_classes(["C"], {"A01-03-2-1": {"A"}}, "classes.csv"), "no class 'C' is known"),
    ],
)
def test_a_name_that_is_not_there_is_refused_with_the_nearest(make: object, words: str) -> None:
    with pytest.raises(BadInputError) as caught:
        make()  # type: ignore[operator]
    assert caught.value.what.startswith(words)


@pytest.mark.parametrize(
    "text",
    [
        "location,class\nA01-03-2-1,A\nA01-03-2-1,B\nA01-03-2-2,\n",
        "Item;ABC Indicator;Storage Bin\n4711;A;A01-03-2-1\n4712;B;A01-03-2-1\n",
        "\ufeffmaterial\tmaabc\tlgpla\n4711\tA\tA01-03-2-1\n4712\tB\tA01-03-2-1\n\n",
    ],
)
def test_classes_are_read_from_a_list_or_from_an_export(tmp_path: Path, text: str) -> None:
    path = tmp_path / "classes.csv"
    path.write_text(text, encoding="utf-8")
    assert read_classes(path) == {"A01-03-2-1": {"A", "B"}}


def test_a_class_file_without_a_class_column_says_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "classes.csv"
    path.write_text("location,pallet\nA,B\n")
    with pytest.raises(BadInputError, match=r"classes.csv, row 1: no column class in location, pallet"):
        read_classes(path)
    with pytest.raises(BadInputError, match="cannot be read"):
        read_classes(tmp_path / "none.csv")


def test_a_long_list_of_names_is_looked_up_and_not_searched_through() -> None:
    class Name(str):
        n_compared = 0
        __hash__ = str.__hash__

        def __eq__(self, other: object) -> bool:
            Name.n_compared += 1
            return str.__eq__(self, other)

    class Known(list[str]):
        n_gone_through = 0

        def __iter__(self) -> Iterator[str]:
            self.n_gone_through += 1
            return super().__iter__()

    most = tuple(Name(code) for code in CODES if not code.endswith("1"))
    assert set(_wanted(SITE, (), most)) == set(map(str, most))
    assert Name.n_compared < 6 * len(CODES)  # one after the other it was 48 times
    known = Known(CODES)
    refuse_unknown("location", most, known, "layout.csv")
    assert known.n_gone_through == 1
