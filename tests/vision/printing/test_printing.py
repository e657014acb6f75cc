"""What is printed is read back, at the size that a ruler finds on the paper."""

import re
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pypdfium2
import pytest
from numpy.typing import NDArray

from vision.codes.decode import decode
from vision.codes.decoded import Decoded
from vision.codes.labels import understand
from vision.printing.camera_card import WIDTHS_MM, card_as_pdf, card_symbology, text_of_width
from vision.printing.pallet_labels import labels_as_pdf, trial_ssccs
from vision.printing.paper import paper_of
from vision.printing.tag_stickers import tags_as_pdf
from warehouse.errors import BadInputError, FaultsError
from warehouse.pallet_ids import is_sscc
from warehouse.site import Site
from warehouse.site_file import load_site
from warehouse.tags import LocationTag
from warehouse.tags_new import write_new_tags

PX_PER_MM = 6.0
SSCC = "095299999999999991"


@pytest.fixture
def site(demo_site_folder: Path) -> Site:
    return load_site(demo_site_folder)


def pages(pdf: bytes, *, px_per_mm: float = PX_PER_MM) -> list[NDArray[np.uint8]]:
    document = pypdfium2.PdfDocument(pdf)
    return [np.atleast_3d(page.render(scale=px_per_mm * 25.4 / 72, grayscale=True).to_numpy())[..., 0].copy() for page in document]


def words(pdf: bytes) -> str:
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def tag(text: str, symbology: str, along_m: float = 1.0, size_mm: float = 80.0) -> LocationTag:
    return LocationTag(text=text, symbology=symbology, face="A01-left", along_m=along_m, height_m=1.5, size_mm=size_mm)


def width_mm(found: Decoded) -> float:
    corners = np.asarray(found.corners_px)
    return float(np.linalg.norm(corners[1] - corners[0])) / PX_PER_MM


def booked(site: Site, pallet: str) -> list[str]:
    pdf = labels_as_pdf(site, paper_of("210x250"), lang="en", pallets=[pallet], is_test=False)
    read = decode(pages(pdf)[0], symbologies=site.labels.symbologies)
    return [str(understand(d.text, symbology=d.symbology, is_gs1=d.is_gs1, rules=site.labels).pallet) for d in read]


def with_rules(site: Site, *symbologies: str, lpn_patterns: tuple[str, ...] = (), sscc_prefixes: tuple[str, ...] = ()) -> Site:
    rules = replace(site.labels, symbologies=symbologies, lpn_patterns=lpn_patterns, sscc_prefixes=sscc_prefixes)
    return replace(site, labels=replace(rules, width_mm=200.0, narrowest_bar_mm=0.5))


def test_april_tags_have_the_size_of_tags_csv_and_say_where_they_hang(demo_site_folder: Path) -> None:
    write_new_tags(demo_site_folder, load_site(demo_site_folder), size_mm=60.0)
    site = load_site(demo_site_folder)
    pdf, n = tags_as_pdf(site, paper_of("A4"), lang="en", aisles=["A01"])
    assert n == sum(site.layout.faces[tag.face].aisle == "A01" for tag in site.tags)
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11))
    read = set()
    for page in pages(pdf)[:2]:
        corners, ids, _ = detector.detectMarkers(page)
        read |= {str(number) for number in np.ravel(ids)}
        assert [np.linalg.norm(c[0, 1] - c[0, 0]) / PX_PER_MM for c in corners] == pytest.approx([60.0] * len(corners), abs=0.4)
    on_face = sorted((t for t in site.tags if t.face == min(t.face for t in site.tags)), key=lambda t: (t.along_m, t.height_m))
    assert read == {tag.text for tag in on_face[: len(read)]}  # in the order in which they are hung
    assert f"Aisle A01, left: {on_face[0].along_m:.2f} m along, {on_face[0].height_m:.2f} m high" in words(pdf)


@pytest.mark.parametrize("symbology", ["QRCode", "Code128"])
def test_tags_of_any_symbology_read_as_they_are_listed(demo_site_folder: Path, symbology: str) -> None:
    write_new_tags(demo_site_folder, load_site(demo_site_folder), symbology=symbology, size_mm=60.0)
    site = load_site(demo_site_folder)
    pdf, _ = tags_as_pdf(site, paper_of("A4"), lang="es")
    read = decode(pages(pdf)[0], symbologies=(symbology,))
    assert read
    assert {d.text for d in read} <= {tag.text for tag in site.tags}
    assert [width_mm(d) for d in read] == pytest.approx([60.0] * len(read), abs=1.5)


def test_tags_of_unlike_sizes_all_read_at_their_size_in_the_order_in_which_they_are_hung(site: Site) -> None:
    sizes = {"1": 50.0, "2": 100.0, "3": 100.0, "4": 50.0, "5": 50.0}
    tags = tuple(tag(text, "AprilTag36h11", 0.1 * int(text), size) for text, size in sizes.items())
    pdf, n = tags_as_pdf(replace(site, tags=tags), paper_of("A4"), lang="en")
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_APRILTAG_36h11))
    read = []
    for page in pages(pdf):
        corners, ids, _ = detector.detectMarkers(page)
        found = {str(i): np.linalg.norm(c[0, 1] - c[0, 0]) / PX_PER_MM for c, i in zip(corners, ids.ravel(), strict=True)}
        assert found == pytest.approx({number: sizes[number] for number in found}, abs=0.4)
        read += sorted(found)
    assert read == list(sizes)
    assert n == len(sizes)


def test_tags_of_one_size_whose_texts_are_unlike_long_all_read(site: Site) -> None:
    texts = ["A01-03-2-1", *"12345678"]  # the white margin of a short code is the wider one
    tags = tuple(tag(text, "Code128", 0.1 * i, 60.0) for i, text in enumerate(texts))
    (sheet,) = pages(tags_as_pdf(replace(site, tags=tags), paper_of("A4"), lang="en")[0])
    assert sorted(d.text for d in decode(sheet, symbologies=("Code128",))) == sorted(texts)


def test_one_tag_that_is_larger_than_the_paper_is_named_and_the_paper_proposed_holds_all(site: Site) -> None:
    large = replace(site, tags=(tag("A", "QRCode", 0.1, 60.0), tag("B", "QRCode", 0.2, 150.0)))
    with pytest.raises(BadInputError, match="one sticker is 207 x 218 mm, and the paper has room for 200 x 273 mm") as refused:
        tags_as_pdf(large, paper_of("A4"), lang="en")
    sheet, roll = re.findall(r"--paper (\d+x\d+)", refused.value.remedy)
    n_pages = {paper: len(pages(tags_as_pdf(large, paper_of(paper), lang="en")[0], px_per_mm=1.0)) for paper in (sheet, roll)}
    assert n_pages == {"218x243": 2, "208x219": 2}


def test_a_sticker_that_fits_only_turned_is_turned_beside_upright_ones(site: Site) -> None:
    mixed = replace(site, tags=(tag("A", "QRCode", 0.1, 60.0), tag("A01-03-2", "Code128", 0.2, 120.0)))
    (sheet,) = pages(tags_as_pdf(mixed, paper_of("150x297"), lang="en")[0])
    assert {d.text for d in decode(sheet, symbologies=("QRCode", "Code128"))} == {"A", "A01-03-2"}


@pytest.mark.parametrize(
    ("symbology", "text", "said"),
    [
        ("ITF", "12345", "'12345' printed as ITF reads as '012345'; expected digits, an even number of them"),
        ("Code39", "a01-03", "'a01-03' printed as Code39 reads as 'A01-03'; expected capital letters without accents, digits"),
        ("Code39", "A+B+CX", "'A+B+CX' printed as Code39 reads as 'AbcX'"),
        (
            "Code128",
            "Ñandú",
            "'Ñandú' printed as Code128 reads as 'Ã\\x91andÃº'; expected letters without accents, digits and signs",
        ),
        ("ITF", "A1", "'A1' cannot be printed as ITF; expected digits, an even number of them"),
        ("Code93", "A1", "a code of Code93 cannot be printed"),
    ],
)
def test_a_tag_that_would_say_something_else_than_the_list_is_refused(site: Site, symbology: str, text: str, said: str) -> None:
    sound, unsound = tag("A01", "QRCode", 0.5), tag(text, symbology, 1.25)
    with pytest.raises(FaultsError) as refused:
        tags_as_pdf(replace(site, tags=(sound, unsound)), paper_of("A4"), lang="en")
    (fault,) = refused.value.faults
    assert fault.startswith(f"aisle A01, left, 1.25 m along, 1.50 m high: {said}")
    assert "another symbology: AprilTag36h11, Aztec, Code128" in refused.value.remedy


@pytest.mark.parametrize("text", ["Ñandú", "ア", "[01]x", "a\\Fb"])
@pytest.mark.parametrize("symbology", ["QRCode", "DataMatrix", "Aztec"])
def test_2d_tags_keep_accents_and_signs(site: Site, symbology: str, text: str) -> None:
    listed = replace(site, tags=(tag(text, symbology),))
    (sheet,) = pages(tags_as_pdf(listed, paper_of("A4"), lang="en")[0])
    assert [listed.is_location_text(d.symbology, d.text) for d in decode(sheet, symbologies=(symbology,))] == [True]


def test_test_labels_read_as_pallets_of_the_site_at_the_sites_bar_width(site: Site) -> None:
    pallets = trial_ssccs(site.labels, 3)
    pdf = labels_as_pdf(site, paper_of("A4"), lang="es", pallets=pallets, is_test=True)
    found = [d for page in pages(pdf) for d in decode(page, symbologies=site.labels.symbologies)]
    understood = [understand(d.text, symbology=d.symbology, is_gs1=d.is_gs1, rules=site.labels).pallet for d in found]
    assert [str(p) for p in understood] == pallets
    modules = 13 * 11 + 13  # start, FNC1, ten pairs of digits, check; stop
    assert width_mm(found[0]) == pytest.approx(modules * site.labels.narrowest_bar_mm, rel=0.02)
    assert "ETIQUETA DE PRUEBA" in words(pdf)


def test_test_labels_keep_to_the_prefixes_of_the_site_and_are_never_printed_twice(site: Site) -> None:
    rules = replace(site.labels, sscc_prefixes=("38412345",))
    first, more = trial_ssccs(rules, 40), trial_ssccs(rules, 40, first=41)
    assert all(is_sscc(sscc) and sscc.startswith("38412345") for sscc in first + more)
    assert len({*first, *more}) == 80
    assert first[0].startswith("38412345999999999")


def test_more_labels_than_the_prefix_has_numbers_are_refused(site: Site) -> None:
    rules = replace(site.labels, sscc_prefixes=("3841234500000000",))
    with pytest.raises(BadInputError, match="has 10 serial numbers, not 11"):
        trial_ssccs(rules, 11)


@pytest.mark.parametrize("prefixes", [("38412345678901234", "384123"), ("384123",)])
def test_a_prefix_that_is_a_whole_sscc_gives_no_test_labels(site: Site, prefixes: tuple[str, ...]) -> None:
    (sscc,) = trial_ssccs(replace(site.labels, sscc_prefixes=prefixes), 1)
    assert is_sscc(sscc)
    assert sscc.startswith("38412399999999999")


def test_prefixes_that_are_whole_ssccs_only_are_refused(site: Site) -> None:
    with pytest.raises(BadInputError, match="38412345678901234 leaves no serial numbers for test labels"):
        trial_ssccs(replace(site.labels, sscc_prefixes=("38412345678901234",)), 1)


def test_a_house_number_is_printed_as_it_is(site: Site) -> None:
    house = with_rules(site, "Code128", lpn_patterns=("PAL-[0-9]{6}",))
    pdf = labels_as_pdf(house, paper_of("A4"), lang="en", pallets=["PAL-000123"], is_test=False)
    assert [d.text for d in decode(pages(pdf)[0], symbologies=("Code128",))] == ["PAL-000123"]
    assert "TEST" not in words(pdf)


@pytest.mark.parametrize("written", [SSCC, f"00{SSCC}", f"(00) {SSCC}", "0952 9999 9999 9999 91"])
def test_an_sscc_is_booked_however_it_is_written(site: Site, written: str) -> None:
    assert booked(with_rules(site, "Code128"), written) == [SSCC]


@pytest.mark.parametrize(
    ("symbologies", "pattern", "number"),
    [
        (("Code39",), "[0-9]{18}", SSCC),
        (("ITF",), "[0-9]{18}", SSCC),
        (("Code39", "QRCode"), "PAL-[0-9]+", SSCC),  # as a QR code: in a Code 39 it would be no pallet
        (("Code39", "QRCode"), "PAL-[0-9]+", "PAL-7"),
        (("Code128",), "[0-9]{18}", "095299999999999992"),  # no SSCC, but a number of this house
    ],
)
def test_labels_are_booked_as_the_number_that_was_given(
    site: Site, symbologies: tuple[str, ...], pattern: str, number: str
) -> None:
    assert booked(with_rules(site, *symbologies, lpn_patterns=(pattern,)), number) == [number]


def test_an_aztec_label_is_booked_where_the_site_lists_its_prefixes(site: Site) -> None:
    assert booked(with_rules(site, "Aztec", sscc_prefixes=("0952",)), SSCC) == [SSCC]


@pytest.mark.parametrize(
    ("symbology", "number", "said"),
    [
        ("Code128", "NOT-A-PALLET", "'NOT-A-PALLET' is no pallet of this site"),
        ("Code128", "", "'' is no pallet of this site"),
        ("Code128", f"{SSCC[:-1]}2", f"'{SSCC[:-1]}2' is no SSCC: the check digit of {SSCC[:-1]} is 1, not 2"),
        ("QRCode", f"(00){SSCC[:-1]}2", f"'(00){SSCC[:-1]}2' is no SSCC: the check digit of {SSCC[:-1]} is 1, not 2"),
        ("Code39", SSCC, f"a label of Code39 that says '{SSCC}' is not booked as the pallet {SSCC} at this site"),
        ("ITF", SSCC, f"a label of ITF that says '{SSCC}' is not booked as the pallet {SSCC} at this site"),
        ("Aztec", SSCC, f"a label of Aztec that says '{SSCC}' is not booked as the pallet {SSCC} at this site"),
        ("Code39", "pal-7", "'pal-7' printed as Code39 reads as 'PAL-7'"),
    ],
)
def test_a_label_that_is_never_booked_is_refused(site: Site, symbology: str, number: str, said: str) -> None:
    with pytest.raises(BadInputError) as refused:
        booked(with_rules(site, symbology, lpn_patterns=("(?i)pal-[0-9]+",)), number)
    assert refused.value.what.startswith(said)


def test_what_is_refused_says_what_a_pallet_is_at_this_site(site: Site) -> None:
    with pytest.raises(BadInputError, match="'ñ' is no pallet of this site") as plain:
        booked(with_rules(site, "Code128"), "ñ")
    assert plain.value.remedy == (
        "site.toml, [label]: a pallet is an SSCC (18 digits, the last a check digit) in Code128, DataMatrix or QRCode;"
        " list numbers of your own as lpn_patterns"
    )
    strict = with_rules(site, "Code128", lpn_patterns=("PAL-[0-9]+", "LP[0-9]+"), sscc_prefixes=("384123", "3765"))
    with pytest.raises(BadInputError, match=f"is not booked as the pallet {SSCC}") as foreign:
        booked(strict, SSCC)
    assert foreign.value.remedy == (
        "site.toml, [label]: a pallet is an SSCC that begins with 384123 or 3765 (18 digits, the last a check digit)"
        " in Code128, DataMatrix or QRCode, or a number that fits PAL-[0-9]+ or LP[0-9]+"
    )


def test_the_code_of_a_location_is_no_label_of_a_pallet(site: Site) -> None:
    location = min(site.layout.bins_by_code)
    with pytest.raises(BadInputError, match=f"{location} is the code of a location or of a location tag"):
        booked(with_rules(site, "Code128", lpn_patterns=("[A-Z0-9-]+",)), location)


@pytest.mark.parametrize(("symbology", "bar_mm"), [("QRCode", 1.0), ("QRCode", 2.0), ("DataMatrix", 2.0), ("Aztec", 2.0)])
def test_a_2d_label_is_white_as_far_round_its_code_as_the_standard_asks(site: Site, symbology: str, bar_mm: float) -> None:
    house = with_rules(site, symbology, lpn_patterns=("PAL-[0-9]+",))
    house = replace(house, labels=replace(house.labels, width_mm=80.0, height_mm=90.0, narrowest_bar_mm=bar_mm))
    (label,) = pages(labels_as_pdf(house, paper_of("80x90"), lang="en", pallets=["PAL-000123"], is_test=True))
    (read,) = decode(label, symbologies=(symbology,))
    corners, module = np.asarray(read.corners_px), bar_mm * PX_PER_MM
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    dark = np.argwhere(label < 128)
    round_code = (dark > (top - 3.9 * module, left - 3.9 * module)) & (dark < (bottom + 3.9 * module, right + 3.9 * module))
    code = (dark > (top - 0.5 * module, left - 0.5 * module)) & (dark < (bottom + 0.5 * module, right + 0.5 * module))
    assert np.array_equal(round_code.all(axis=1), code.all(axis=1))


def test_a_2d_code_whose_margin_would_reach_into_the_words_is_refused(site: Site) -> None:
    house = with_rules(site, "QRCode", lpn_patterns=("PAL-[0-9]+",))
    house = replace(house, labels=replace(house.labels, width_mm=80.0, height_mm=71.0, narrowest_bar_mm=2.0))
    with pytest.raises(BadInputError, match="the code of PAL-7 is 58 x 58 mm with its white margin, and does not fit"):
        labels_as_pdf(house, paper_of("80x71"), lang="en", pallets=["PAL-7"], is_test=False)


def test_a_code_wider_than_the_sticker_is_refused_with_both_sizes(site: Site) -> None:
    narrow = replace(site, labels=replace(site.labels, width_mm=60.0))
    with pytest.raises(BadInputError, match=r"does not fit on a sticker of 60 x 210 mm"):
        labels_as_pdf(narrow, paper_of("A4"), lang="en", pallets=trial_ssccs(site.labels, 1), is_test=True)


@pytest.mark.parametrize("symbology", ["Code128", "QRCode"])
def test_the_card_says_which_bars_are_read(symbology: str) -> None:
    pdf = card_as_pdf(symbology, paper_of("A4"), lang="en")
    sharp, coarse = pages(pdf)[0], pages(pdf, px_per_mm=3.0)[0]
    assert {d.text for d in decode(sharp, symbologies=(symbology,))} == {text_of_width(w) for w in WIDTHS_MM}
    read_coarse = {d.text for d in decode(coarse, symbologies=(symbology,))}
    assert text_of_width(1.0) in read_coarse
    assert text_of_width(0.25) not in read_coarse  # three quarters of a pixel a bar


def test_a_site_of_other_bar_codes_gets_the_card_of_code_128() -> None:
    assert card_symbology(("EAN13", "ITF")) == "Code128"
    assert card_symbology(("DataMatrix",)) == "DataMatrix"
    assert card_symbology(("PDF417",)) == "QRCode"


def test_most_labels_fit_on_a_page_and_turned_ones_read_as_well(site: Site) -> None:
    small = replace(site, labels=replace(site.labels, width_mm=105.0, height_mm=148.0, narrowest_bar_mm=0.5))
    pallets = trial_ssccs(small.labels, 2)
    sheets = pages(labels_as_pdf(small, paper_of("A4"), lang="en", pallets=pallets, is_test=True))
    assert len(sheets) == 1
    assert sorted(d.text[2:] for d in decode(sheets[0], symbologies=("Code128",))) == sorted(pallets)


def test_a_label_roll_gets_one_label_a_page_and_nothing_else(site: Site) -> None:
    pallets = trial_ssccs(site.labels, 2)
    pdf = labels_as_pdf(site, paper_of("148x210"), lang="en", pallets=pallets, is_test=True)
    document = pypdfium2.PdfDocument(pdf)
    assert [page.get_size() for page in document] == [pytest.approx((148 * 72 / 25.4, 210 * 72 / 25.4), abs=0.1)] * 2
    assert "ruler" not in words(pdf)


def test_paper_that_is_too_small_is_refused_and_what_is_proposed_instead_works(site: Site) -> None:
    pallets = trial_ssccs(site.labels, 1)
    with pytest.raises(BadInputError, match="has room for 105 x 148 mm") as refused:
        labels_as_pdf(site, paper_of("A6"), lang="en", pallets=pallets, is_test=True)
    proposed = re.findall(r"--paper (\d+x\d+)", refused.value.remedy)
    assert len(proposed) == 2
    for paper in proposed:
        assert len(pages(labels_as_pdf(site, paper_of(paper), lang="en", pallets=pallets, is_test=True), px_per_mm=1.0)) == 1


@pytest.mark.parametrize("paper", ["A3x", "0x0", "210", "12x", "--"])
def test_paper_that_nobody_sells_is_refused(paper: str) -> None:
    with pytest.raises(BadInputError, match="no such paper"):
        paper_of(paper)


def test_a_site_without_tags_says_how_to_list_some(site: Site) -> None:
    with pytest.raises(BadInputError, match=r"tags\.csv lists no location tags") as refused:
        tags_as_pdf(site, paper_of("A4"), lang="en")
    assert "aislescan site tags" in refused.value.remedy


def test_the_same_labels_are_the_same_file(site: Site) -> None:
    once, again = (
        labels_as_pdf(site, paper_of("A4"), lang="en", pallets=trial_ssccs(site.labels, 2), is_test=True) for _ in range(2)
    )
    assert once == again
