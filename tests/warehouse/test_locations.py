import pytest

from warehouse.errors import BadInputError, ExitCode
from warehouse.locations import LocationCode, LocationPattern

DEMO = LocationPattern(r"(?P<aisle>[A-Z]\d\d)-(?P<bay>\d\d)-(?P<level>\d)-(?P<slot>\d)")


def test_a_code_is_taken_apart_by_the_sites_pattern() -> None:
    assert DEMO.parse("A01-03-2-1") == LocationCode(text="A01-03-2-1", aisle="A01", bay="03", level="2", slot="1")


def test_a_site_without_slots_has_an_empty_slot() -> None:
    pattern = LocationPattern(r"(?P<aisle>\d\d)-(?P<bay>\d\d)(?P<level>[A-F])\d\d")
    assert pattern.parse("01-07B44").slot == ""


def test_an_optional_slot_that_is_not_written_is_empty() -> None:
    pattern = LocationPattern(r"(?P<aisle>A)(?P<bay>\d)(?P<level>\d)(-(?P<slot>\d))?")
    assert (pattern.parse("A12").slot, pattern.parse("A12-3").slot) == ("", "3")


@pytest.mark.parametrize(
    "text",
    ["a01-03-2-1", "A1-03-2-1", " A01-03-2-1", "A01-03-2-1\n", "A01-03-2-1-9", "", "A01-03-2-١", "Ａ01-03-2-1", "A01-03-２-1"],
)
def test_what_is_not_written_exactly_so_is_no_location(text: str) -> None:
    assert DEMO.match(text) is None


def test_zeros_and_case_are_kept_because_they_tell_locations_apart() -> None:
    pattern = LocationPattern(r"(?P<aisle>\w+)-(?P<bay>\w+)-(?P<level>\w+)")
    assert pattern.parse("01-1-a") != pattern.parse("1-01-A")
    assert str(pattern.parse("01-1-a")) == "01-1-a"


def test_an_aisle_that_the_pattern_leaves_out_is_no_location() -> None:
    assert LocationPattern(r"(?P<aisle>A)?(?P<bay>\d)(?P<level>\d)").match("12") is None


def test_parse_says_what_did_not_fit_and_where_to_mend_it() -> None:
    with pytest.raises(BadInputError) as error:
        LocationPattern("(?P<aisle>A)(?P<bay>1)(?P<level>1)").parse("B11")
    assert str(error.value) == (
        "location 'B11' does not fit the site's pattern '(?P<aisle>A)(?P<bay>1)(?P<level>1)'\n"
        "  -> correct the code, or the location_pattern in site.toml"
    )
    assert error.value.exit_code is ExitCode.BAD_INPUT


def test_a_pattern_without_its_groups_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"lacks the group\(s\) bay, level"):
        LocationPattern("(?P<aisle>.*)")


def test_a_pattern_that_is_no_regular_expression_is_refused() -> None:
    with pytest.raises(BadInputError, match="is not a regular expression: missing"):
        LocationPattern("(?P<aisle>.*")
