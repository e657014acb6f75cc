from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from inventory.cell_values import parse_quantity
from inventory.erp_file import read_erp
from inventory.profiles import all_profiles, profile_named
from tests.inventory.worlds import sscc
from warehouse.errors import BadInputError
from warehouse.locations import LocationPattern
from warehouse.pallet_ids import PalletId, PalletIdKind

PATTERN = LocationPattern(r"(?P<aisle>[A-Z][0-9]{2})-(?P<bay>[0-9]{2})-(?P<level>[0-9])-(?P<slot>[0-9])")
P = sscc(1)


def write(folder: Path, content: str | bytes, name: str = "erp.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_the_plainest_form_is_read_with_every_column_kept(tmp_path: Path) -> None:
    header = "location,pallet,sku,quantity,batch,expiry,moved_at,colour"
    text = f"{header}\nA01-01-1-1,{P},0001,48.50,007,2027-01-31,2026-11-23T08:00:00+01:00,red\n"
    erp = read_erp(write(tmp_path, text))
    assert (erp.profile, erp.encoding, erp.delimiter, erp.n_rows, erp.faults) == ("plain", "utf-8", ",", 1, ())
    (line,) = erp.lines
    assert (line.row, line.location, line.pallet_text) == (2, "A01-01-1-1", P)
    assert line.pallet == PalletId(PalletIdKind.SSCC, P)
    assert (line.sku, line.quantity, line.batch, line.expiry) == ("0001", Decimal("48.50"), "007", date(2027, 1, 31))
    assert line.moved_at == datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    assert line.source[-1] == ("colour", "red")
    assert erp.reading == "erp.csv: profile plain, utf-8, separated by commas; 1 rows read, 0 refused, of 1"


@pytest.mark.parametrize(
    ("header", "delimiter"),
    [
        ("Ubicación;Palé;Artículo;Cantidad;Lote", ";"),
        ("Lagerplatz\tPalette\tArtikel\tMenge\tCharge", "\t"),
        ("EMPLACEMENT|N° palette|Référence|Quantité|Lot", "|"),
        ("storage_bin,LPN,item code,Qty,lot number", ","),
    ],
    ids=["Spanish", "German", "French", "English"],
)
def test_headers_are_known_in_four_languages(tmp_path: Path, header: str, delimiter: str) -> None:
    cells = delimiter.join(("A-1", "LPN7", "S1", "12", "B1"))
    (line,) = read_erp(write(tmp_path, f"{header}\r\n{cells}\r\n")).lines
    assert (line.location, line.pallet_text, line.sku, line.quantity, line.batch) == ("A-1", "LPN7", "S1", Decimal(12), "B1")


def test_an_sscc_with_its_application_identifier_is_the_same_pallet(tmp_path: Path) -> None:
    lines = read_erp(write(tmp_path, f"location,pallet\nA,{P}\nB,00{P}\nC,(00){P}\n")).lines
    assert [line.key for line in lines] == [PalletId(PalletIdKind.SSCC, P)] * 3


def test_a_pallet_text_that_fits_no_rule_is_a_plain_key(tmp_path: Path) -> None:
    (line,) = read_erp(write(tmp_path, "location,pallet\nA,PAL 17/b\n")).lines
    assert (line.pallet, line.key) == (None, PalletId(PalletIdKind.LPN, "PAL 17/b"))


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (b"\xef\xbb\xbflocation,pallet\nA,\xc3\x91-1\n", "utf-8"),
        ("\ufefflocation\tpallet\nA\tÑ-1\n".encode("utf-16-le"), "utf-16"),
        ("\ufefflocation;pallet\nA;Ñ-1\n".encode("utf-16-be"), "utf-16"),
    ],
)
def test_a_byte_order_mark_decides_the_encoding(tmp_path: Path, raw: bytes, encoding: str) -> None:
    erp = read_erp(write(tmp_path, raw))
    assert (erp.encoding, erp.lines[0].pallet_text) == (encoding, "Ñ-1")


def test_another_encoding_is_refused_with_its_row_and_never_guessed(tmp_path: Path) -> None:
    path = write(tmp_path, "location,pallet\nA-1,LPN1\nCÁDIZ-1,LPN2\n".encode("cp1252"))
    with pytest.raises(BadInputError) as refused:
        read_erp(path)
    assert str(refused.value) == (
        "erp.csv, row 3: not UTF-8 (byte 0xC1), and there is no byte order mark\n"
        "  -> save it as CSV UTF-8 or .xlsx; a guessed encoding would change letters"
    )


def test_a_missing_column_is_refused_with_what_the_header_says(tmp_path: Path) -> None:
    with pytest.raises(BadInputError) as refused:
        read_erp(write(tmp_path, "Bin location,Product code\nA-1,X\n"))
    assert refused.value.what == "erp.csv, row 1: no column for pallet; the header reads: Bin location, Product code"
    others = ", ".join(p.name for p in all_profiles() if p.name != "plain")
    assert refused.value.remedy == (
        "a pallet column may be called pallet, lpn, sscc, pale, matricula, palette, …; or make it one of the exports that the "
        f"profiles {others} describe; columns may be separated by commas, semicolons, tabs, bars"
    )


def test_rows_that_the_erp_itself_tells_apart_are_all_used(tmp_path: Path) -> None:
    erp = read_erp(write(tmp_path, f"location,pallet,sku,id\nA-1,{P},X,q-1\nA-1,{P},X,q-2\nA-1,{P},X,q-1\n"))
    assert [(line.row, line.row_ref) for line in erp.lines] == [(2, "q-1"), (3, "q-2")]
    assert [fault.row for fault in erp.faults] == [4]


def test_a_repeated_location_and_pallet_is_refused_and_the_first_row_kept(tmp_path: Path) -> None:
    erp = read_erp(write(tmp_path, f"location,pallet\nA-1,{P}\nA-2,LPN2\nA-1,00{P}\n"))
    assert [line.row for line in erp.lines] == [2, 3]
    assert [str(f) for f in erp.faults] == [f"erp.csv, row 4, column location: pallet {P} at location A-1 stands in row 2 already"]
    assert (erp.n_rows, erp.n_refused) == (3, 1)


def test_a_pallet_of_two_items_may_stand_in_two_rows(tmp_path: Path) -> None:
    erp = read_erp(write(tmp_path, "location,pallet,sku\nA-1,LPN1,S1\nA-1,LPN1,S2\n"))
    assert (len(erp.lines), erp.faults) == (2, ())


def test_a_location_that_does_not_fit_the_site_is_refused_and_its_pallet_remembered(tmp_path: Path) -> None:
    erp = read_erp(write(tmp_path, f"location,pallet\nA01-01-1-1,LPN1\nA01-1-1-1,{P}\n"), site_pattern=PATTERN)
    (fault,) = erp.faults
    assert str(fault) == (
        "erp.csv, row 3, column location: 'A01-1-1-1' does not fit the site's pattern "
        "(?P<aisle>[A-Z][0-9]{2})-(?P<bay>[0-9]{2})-(?P<level>[0-9])-(?P<slot>[0-9])"
    )
    assert fault.pallets == {PalletId(PalletIdKind.SSCC, P)}


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (f"A-2,Oil, 5 l,{P}", "4 cells where the header has 3; a text with a separator in it needs quotes"),
        (f"A-2,Oil,{P[:7]}\u200b{P[7:]}", f"an invisible character in '{P[:7]}\\u200b{P[7:]}'; expected plain text"),
        (f",Oil,{P}", "empty; expected the code of a location"),
    ],
    ids=["too many cells", "invisible character", "no location"],
)
def test_whatever_is_wrong_with_a_row_its_pallet_is_remembered(tmp_path: Path, row: str, fault: str) -> None:
    (found,) = read_erp(write(tmp_path, f"location,item,pallet\nA-1,Salt,LPN1\n{row}\n")).faults
    assert (found.row, found.what) == (3, fault)
    assert PalletId(PalletIdKind.SSCC, P) in found.pallets
    assert ("A-2" in found.locations) == ("A-2" in row)


def test_a_refused_row_is_named_once_whatever_else_is_wrong_with_it(tmp_path: Path) -> None:
    text = "location,pallet,quantity\nA01-01-1-1,LPN1,1\nA1,LPN2,many\n"
    (fault,) = read_erp(write(tmp_path, text), site_pattern=PATTERN).faults
    assert (fault.row, fault.column, fault.is_refused) == (3, "location", True)


def test_a_file_of_another_site_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"erp\.csv: none of its 2 rows can be used: 2 faults"):
        read_erp(write(tmp_path, "location,pallet\nX,LPN1\nY,LPN2\n"), site_pattern=PATTERN)


def test_a_row_that_is_cut_short_is_refused_and_the_others_are_kept(tmp_path: Path) -> None:
    erp = read_erp(write(tmp_path, "location,pallet,sku\nA-1,LPN1,S1\nA-2,LPN2\nA-3,LPN3,S3,more\n"))
    assert [line.location for line in erp.lines] == ["A-1"]
    assert [f.what for f in erp.faults] == [
        "2 cells where the header has 3; a text with a separator in it needs quotes",
        "4 cells where the header has 3; a text with a separator in it needs quotes",
    ]


def test_a_quantity_or_date_that_does_not_read_costs_the_cell_not_the_row(tmp_path: Path) -> None:
    erp = read_erp(write(tmp_path, 'location,pallet,quantity,expiry\nA-1,LPN1,"1,2,3",31/01/2027\n'))
    assert (erp.lines[0].quantity, erp.lines[0].expiry, erp.n_refused) == (None, None, 0)
    assert [str(f) for f in erp.faults] == [
        "erp.csv, row 2, column expiry: '31/01/2027' is no date of profile plain; expected 2026-11-23 or 20261123; the row is used "
        "without it",
        "erp.csv, row 2, column quantity: '1,2,3' is no number of profile plain; expected one written like 1,234.5; the row is "
        "used without it",
    ]


def test_a_sheet_with_decimal_commas_has_thousands_points(tmp_path: Path) -> None:
    erp = read_erp(write(tmp_path, "ubicación;palé;cantidad;valor\nA-1;LPN1;1.200;1.234,50\nA-2;LPN2;12,5;900\n"))
    assert [(line.quantity, line.value) for line in erp.lines] == [(1200, Decimal("1234.50")), (Decimal("12.5"), 900)]
    assert [str(f) for f in erp.faults] == [
        "erp.csv, row 1: '1.234,50' proves that this file has a decimal comma, unlike most of profile plain"
    ]


@pytest.mark.parametrize("text", ["1.200", '"1,200"'])
def test_a_quantity_that_may_be_a_thousand_times_another_is_left_out_and_named(tmp_path: Path, text: str) -> None:
    erp = read_erp(write(tmp_path, f"location,pallet,quantity\nA-1,LPN1,{text}\nA-2,LPN2,900\n"))
    assert [line.quantity for line in erp.lines] == [None, 900]
    assert erp.n_refused == 0


def test_a_row_that_calls_a_location_empty_beside_one_that_books_stock_there_is_refused(tmp_path: Path) -> None:
    erp = read_erp(write(tmp_path, "location,pallet\nA-1,\nA-1,LPN1\nA-2,\n"))
    assert [(line.location, line.pallet_text) for line in erp.lines] == [("A-1", "LPN1"), ("A-2", "")]
    assert erp.faults[0].what == "location A-1 is without stock here, but row 3 books stock there"


def test_codes_that_differ_in_a_zero_or_in_case_are_two_locations(tmp_path: Path) -> None:
    erp = read_erp(write(tmp_path, "location,pallet\n01-2F02,LPN1\n01-02F02,LPN1\n01-2f02,LPN1\n"))
    assert len({line.location for line in erp.lines}) == 3


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "erp.csv: the file is empty"),
        (b"\n\n", "erp.csv: no rows"),
        (b"location,pallet\n", "erp.csv: no rows under the header in row 1"),
        (b"location,pallet,Pallet\nA,B,C\n", "erp.csv, row 1: the columns 'pallet' and 'Pallet' both mean pallet in profile plain"),
        (b'location,pallet\nA-1,LPN1\nA-2,"LPN2\n', "erp.csv, row 3: a quote that opens in this row is never closed"),
        (
            b'location,pallet\nA-1,"LPN1\n' + b"A-2,LPN2\n" * 15000,
            "erp.csv, row 2: a quote that opens in this row is never closed",
        ),
        (
            "location,pallet\nA,B\n".encode("utf-16")[:-1],
            "erp.csv, row 2: the byte order mark says UTF-16, but the letters are not; the file may be cut short",
        ),
        (
            b"location,pallet\nA,3.84123E+17\n",
            "erp.csv: ids kept as numbers, so that their last digits are lost: 1 fault\n"
            "  erp.csv, row 2, column pallet: a number shortened by a spreadsheet (3.84123E+17); expected all its digits, as text",
        ),
        (
            b"location,pallet\nA,384123454890254000\nB,384123454890255000\nC,384123454890256000\n",
            "erp.csv: ids kept as numbers, so that their last digits are lost: 1 fault\n"
            "  erp.csv, row 2, column pallet: all 3 long numbers from here on end in zeros behind their 15th digit;"
            " expected every digit",
        ),
        (
            "location,pallet\nA,B\n".encode("utf-16-le"),
            "erp.csv, row 1: a NUL character, so this is UTF-16 without a byte order mark, or no text at all",
        ),
        (b"PK\x03\x04 cut", "erp.csv: cannot be opened as a workbook"),
    ],
    ids=[
        "empty",
        "blank",
        "no rows",
        "doubled column",
        "open quote",
        "open quote in a long file",
        "cut UTF-16",
        "shortened number",
        "rounded numbers",
        "UTF-16 without mark",
        "cut workbook",
    ],
)
def test_a_file_that_cannot_be_trusted_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    with pytest.raises(BadInputError) as refused:
        read_erp(write(tmp_path, content))
    assert refused.value.what.startswith(what)
    assert refused.value.remedy


def test_a_missing_file_and_an_unknown_profile_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"nowhere\.csv: cannot be read: No such file or directory"):
        read_erp(tmp_path / "nowhere.csv")
    with pytest.raises(BadInputError) as refused:
        read_erp(write(tmp_path, "location,pallet\nA,B\n"), profile="sap")
    names = ", ".join(p.name for p in all_profiles())
    assert str(refused.value) == f"--profile sap: there is no profile of that name\n  -> choose one of {names}, or a .toml file"


def test_a_header_that_two_profiles_claim_needs_a_name(tmp_path: Path) -> None:
    path = write(tmp_path, "Location,Package,Product,Lagerplatz,Lagereinheit,x\nA,LPN1,S1,A,LPN1,\n")
    with pytest.raises(
        BadInputError, match=r"erp\.csv: several profiles fit: odoo_quant, sap_lx02\n  -> name one: --profile odoo_quant"
    ):
        read_erp(path)
    assert read_erp(path, profile="sap_lx02").profile == "sap_lx02"


# -- workbooks -----------------------------------------------------------------------------------------------------------------


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "encoding", "first_row"),
    [("lx02_semicolon_cp1252.csv", "cp1252", 2), ("lx02_unconverted.txt", "cp1252", 8), ("lx02_tab_utf16.xls", "utf-16", 2)],
)
def test_the_three_ways_in_which_sap_saves_a_stock_list_read_alike(
    shared_data: Path, name: str, encoding: str, first_row: int
) -> None:
    erp = read_erp(shared_data / "erp" / "synthetic_sap" / name)
    assert (erp.profile, erp.encoding, len(erp.lines), erp.faults) == ("sap_lx02", encoding, 3, ())
    assert [line.row for line in erp.lines] == [first_row, first_row + 1, first_row + 2]
    assert [line.location for line in erp.lines] == ["001-01-01", "01-01-03", "1E10"]
    assert [line.quantity for line in erp.lines] == [Decimal("48.000"), Decimal("1234.500"), Decimal("-10.000")]
    assert [line.pallet_text for line in erp.lines] == ["340123450000000018", "340123450000000025", ""]
    assert [line.batch for line in erp.lines] == ["0000012345", "", "0000000007"]
    assert [line.expiry for line in erp.lines] == [None, None, None]
    assert dict(erp.lines[0].source)["Lagereinheit"].strip() == "00000000340123450000000018"


def test_zeros_that_sap_puts_before_a_storage_unit_do_not_hide_its_sscc(tmp_path: Path) -> None:
    text = f"Lagerplatz;Lagereinheit;Gesamtbestand\nA-1;00{P};1\nA-2;0000000000{P};1\n"
    assert [line.pallet for line in read_erp(write(tmp_path, text)).lines] == [PalletId(PalletIdKind.SSCC, P)] * 2


def test_an_odoo_export_keeps_the_id_of_its_quant(tmp_path: Path) -> None:
    header = "id,location_id,product_id,lot_id,package_id,quantity"
    text = f'{header}\n__export__.stock_quant_9,WH/Stock/A-1,[S1] Oil,L7,PACK0000123,"1,234.5"\n'
    erp = read_erp(write(tmp_path, text))
    (line,) = erp.lines
    assert (erp.profile, line.row_ref, line.pallet_text, line.quantity) == (
        "odoo_quant",
        "__export__.stock_quant_9",
        "PACK0000123",
        Decimal("1234.5"),
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [("1.234,500", "1234.500"), ("10,000-", "-10.000"), ("-3", "-3"), ("48,000", "48.000"), ("1.234.567", "1234567"), ("0", "0")],
)
def test_sap_numbers_are_read_as_sap_writes_them(text: str, value: str) -> None:
    assert parse_quantity(text, profile_named("sap_lx02")) == Decimal(value)


@pytest.mark.parametrize("text", ["1.23", "1,234.5", "1e3", "１２", "--1", "1-", "NaN", "1 234"])
def test_a_number_in_another_notation_is_not_guessed_at(text: str) -> None:
    name = "plain" if text == "1-" else "sap_lx02"
    with pytest.raises(ValueError, match="is no number of profile"):
        parse_quantity(text, profile_named(name))


def test_a_profile_of_ones_own_is_a_file_and_its_mistakes_are_all_named(tmp_path: Path) -> None:
    good = "\n".join(
        (
            'title = "ours"',
            'required = ["location", "pallet"]',
            'encodings = ["cp1252"]',
            "[columns]",
            'location = ["Hueco"]',
            'pallet = ["Matrícula"]',
            "[numbers]",
            'decimal = ","',
            "[dates]",
            'formats = ["%d/%m/%Y"]',
        )
    )
    ours = write(tmp_path, good, "ours.toml")
    path = write(tmp_path, "Matrícula;Hueco\nLPN1;A-1\n".encode("cp1252"))
    erp = read_erp(path, profile=str(ours))
    assert (erp.profile, erp.encoding, erp.lines[0].location) == ("ours", "cp1252", "A-1")
    broken = write(tmp_path, good.replace("[numbers]", "[numbers]\nthousand = 1").replace('"pallet"]', '"palet"]'), "broken.toml")
    with pytest.raises(BadInputError) as refused:
        read_erp(path, profile=str(broken))
    assert "required: 'palet' is no field" in str(refused.value)
    assert "numbers.thousand: unknown name; did you mean thousands?" in str(refused.value)


@pytest.mark.parametrize("wrapped", ['="{}"', "'{}"])
def test_an_id_wrapped_to_keep_its_digits_in_a_spreadsheet_is_the_id(tmp_path: Path, wrapped: str) -> None:
    ids = wrapped.format(sscc(1)), wrapped.format("0007")
    erp = read_erp(write(tmp_path, f'location;pallet\nA-1;{ids[0]}\n="A-2";{ids[1]}\nA-3;\'n Ort\n'))
    assert [(line.location, line.pallet_text) for line in erp.lines] == [("A-1", sscc(1)), ("A-2", "0007"), ("A-3", "'n Ort")]
