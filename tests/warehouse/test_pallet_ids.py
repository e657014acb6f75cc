import pytest
from biip.sscc import Sscc
from hypothesis import given
from hypothesis import strategies as st

from warehouse.pallet_ids import PalletId, PalletIdKind, check_digit, is_sscc, parse_pallet_id

SSCC = "376123450000000016"
payloads = st.from_regex(r"[0-9]{17}", fullmatch=True)


@given(payloads)
def test_the_check_digit_is_the_one_that_an_independent_gs1_library_accepts(payload: str) -> None:
    assert Sscc.parse(payload + check_digit(payload)).value == payload + check_digit(payload)


@given(payloads, st.integers(0, 17), st.integers(1, 9))
def test_no_single_wrong_digit_passes(payload: str, position: int, shift: int) -> None:
    good = payload + check_digit(payload)
    wrong = good[:position] + str((int(good[position]) + shift) % 10) + good[position + 1 :]
    assert is_sscc(good)
    assert not is_sscc(wrong)


@pytest.mark.parametrize("text", ["", SSCC[:-1], SSCC + "0", "37612345000000001٦", "３76123450000000016", SSCC + "\n", " " + SSCC])
def test_anything_but_18_ascii_digits_is_no_sscc(text: str) -> None:
    assert not is_sscc(text)
    with pytest.raises(ValueError, match="is not an SSCC: expected 18 ASCII digits with a valid check digit"):
        PalletId(PalletIdKind.SSCC, text)


@pytest.mark.parametrize("text", [SSCC, "00" + SSCC, "(00)" + SSCC, "(00) " + SSCC, f" {SSCC} ", "00 3 7612345 000000001 6"])
def test_an_sscc_is_known_however_people_write_it(text: str) -> None:
    assert parse_pallet_id(text) == PalletId(PalletIdKind.SSCC, SSCC)


@pytest.mark.parametrize("text", ["", "376123450000000017", "(01)" + SSCC, "3.76123450000000E+17", "pallet 7"])
def test_what_no_rule_makes_a_pallet_is_none(text: str) -> None:
    assert parse_pallet_id(text) is None


def test_a_house_number_must_match_its_pattern_in_full_and_in_ascii() -> None:
    patterns = (r"LP\d{6}", r"P-[A-Z]+")
    assert parse_pallet_id(" LP000123", patterns) == PalletId(PalletIdKind.LPN, "LP000123")
    assert parse_pallet_id("P-XY", patterns) == PalletId(PalletIdKind.LPN, "P-XY")
    assert parse_pallet_id("LP0001234", patterns) is None
    assert parse_pallet_id("LP00012٣", patterns) is None


def test_only_an_sscc_would_have_shown_a_misread_character() -> None:
    assert PalletId(PalletIdKind.SSCC, SSCC).has_check_digit
    assert not PalletId(PalletIdKind.LPN, "LP000123").has_check_digit


def test_a_pallet_is_never_nameless() -> None:
    with pytest.raises(ValueError, match="never empty"):
        PalletId(PalletIdKind.LPN, "")
