"""Which texts are booked as pallets, and which are only kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.vision.barcodes import SSCC, SSCC_TEXT
from vision.codes.labels import NOTHING, LabelMeaning, understand
from warehouse.pallet_ids import PalletId, PalletIdKind, check_digit
from warehouse.site import LabelRules

PALLET = PalletId(PalletIdKind.SSCC, SSCC)


def rules(*, prefixes: tuple[str, ...] = (), lpns: tuple[str, ...] = ()) -> LabelRules:
    return LabelRules(
        symbologies=("Code128",),
        narrowest_bar_mm=0.8,
        width_mm=148.0,
        height_mm=210.0,
        lowest_m=0.4,
        highest_m=0.8,
        lpn_patterns=lpns,
        sscc_prefixes=prefixes,
    )


def meaning(
    text: str,
    *,
    symbology: str = "Code128",
    is_gs1: bool | None = True,
    prefixes: tuple[str, ...] = (),
    lpns: tuple[str, ...] = (),
) -> LabelMeaning:
    return understand(text, symbology=symbology, is_gs1=is_gs1, rules=rules(prefixes=prefixes, lpns=lpns))


@pytest.mark.parametrize(
    "text",
    [SSCC_TEXT, f"]C1{SSCC_TEXT}", f"{SSCC_TEXT}\r\n", f"\x1d{SSCC_TEXT}\x1d", f"(00){SSCC}", f"https://id.gs1.org/00/{SSCC}"],
)
def test_an_sscc_is_a_pallet_however_its_reader_hands_it_over(text: str) -> None:
    assert meaning(text, symbology="QRCode" if text.startswith("http") else "Code128").pallet == PALLET


def test_an_sscc_may_carry_further_data() -> None:
    assert meaning(f"{SSCC_TEXT}02076123450000083712\x1d10AB1") == LabelMeaning(
        pallet=PALLET, data=(("02", "07612345000008"), ("37", "12"), ("10", "AB1"))
    )


@given(st.from_regex(r"[0-9]{17}", fullmatch=True), st.integers(1, 9))
def test_an_sscc_with_another_check_digit_is_never_booked(payload: str, off: int) -> None:
    wrong = str((int(check_digit(payload)) + off) % 10)
    for is_gs1 in (True, None, False):
        assert meaning(f"00{payload}{wrong}", is_gs1=is_gs1, prefixes=("0", "1", "2", "3", "4", "5")).pallet is None


def test_digits_of_another_script_are_not_digits() -> None:
    assert meaning(SSCC_TEXT[:-1] + "０") == NOTHING
    assert meaning("".join(chr(0x0660 + int(d)) for d in SSCC_TEXT)) == NOTHING


def test_two_ssccs_in_one_symbol_name_no_pallet() -> None:
    other = "37612345000000001" + check_digit("37612345000000001")
    assert meaning(f"{SSCC_TEXT}00{other}") == NOTHING


def test_only_the_beginnings_that_the_site_allows_are_booked() -> None:
    assert meaning(SSCC_TEXT, prefixes=("384123",)).pallet == PALLET
    assert meaning(SSCC_TEXT, prefixes=("376", "340")) == NOTHING


def test_a_plain_code_128_that_looks_like_an_sscc_needs_the_sites_list() -> None:
    assert meaning(SSCC_TEXT, is_gs1=False) == NOTHING
    assert meaning(SSCC_TEXT, is_gs1=False, prefixes=("384123",)).pallet == PALLET
    assert meaning(SSCC, is_gs1=None) == NOTHING
    assert meaning(SSCC, is_gs1=None, prefixes=("384123",)).pallet == PALLET


def test_a_retail_code_is_never_a_pallet() -> None:
    assert meaning("7032069804988", symbology="EAN13", is_gs1=None, lpns=(r"\d{13}",)) == NOTHING


def test_a_house_number_must_match_a_pattern_in_full() -> None:
    patterns = (r"LPN[0-9]{7}", r"P[0-9]{11}")
    assert meaning("LPN0001234", is_gs1=False, lpns=patterns).pallet == PalletId(PalletIdKind.LPN, "LPN0001234")
    assert meaning("LPN00012345", is_gs1=False, lpns=patterns) == NOTHING
    assert meaning("XLPN0001234", is_gs1=False, lpns=patterns) == NOTHING


@pytest.mark.parametrize("separator", ["\x1d", "<GS>", "{GS}", "␝", "^]"])
def test_content_is_label_data_whatever_the_reader_makes_of_fnc1(separator: str) -> None:
    found = meaning(f"02076123450000083712{separator}10AB1{separator}15271231")
    assert found == LabelMeaning(data=(("02", "07612345000008"), ("37", "12"), ("10", "AB1"), ("15", "271231")))


def test_a_batch_that_swallowed_the_next_field_is_left_out() -> None:
    assert meaning("020761234500000810LOT717261231").data == (("02", "07612345000008"),)


def test_a_date_that_does_not_exist_is_left_out_and_the_rest_kept() -> None:
    assert meaning("1727023110AB1").data == (("10", "AB1"),)


@pytest.mark.parametrize("text", ["", "\x00", "]C1", "hello world", "(00)", "https://example.com/x"])
def test_other_texts_mean_nothing(text: str) -> None:
    assert meaning(text, is_gs1=None) == NOTHING


@given(st.text(max_size=40), st.sampled_from(["Code128", "QRCode", "EAN13", "ITF"]), st.sampled_from([True, False, None]))
def test_no_text_breaks_the_rules(text: str, symbology: str, is_gs1: bool | None) -> None:
    found = meaning(text, symbology=symbology, is_gs1=is_gs1)
    assert found.pallet is None or found.pallet.kind is PalletIdKind.SSCC


@pytest.mark.parametrize("text", ["https://[domain]/p/1", "http://[::1", "https://[::1/00/384123453679486490"])
def test_a_link_to_no_host_means_nothing(text: str) -> None:
    assert meaning(text, symbology="QRCode", is_gs1=False) == NOTHING
