"""Lists of movements, system by system: what is read, what is refused by name, what has not happened yet."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from inventory.erp_rows import SiteRules
from inventory.movement_file import MOVEMENT_FIELDS, movement_profiles, read_movements
from tests.inventory.worlds import sscc

P, Q = sscc(1), sscc(2)
AT = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def written(folder: Path, text: str) -> Path:
    (folder / "moves.csv").write_text(text, encoding="utf-8")
    return folder / "moves.csv"


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        (f"pallet,from,to,moved at,document,sku,quantity\n{P},A-1,C-5,2026-11-23T09:30:00Z,17,4711,48\n", "plain"),
        (f"Palé;Origen;Destino;Fecha;Hora;Documento;Artículo;Cantidad\n{P};A-1;C-5;2026-11-23;09:30;17;4711;48\n", "plain"),
        (
            "date,reference,product_id,package_id,result_package_id,location_id,location_dest_id,quantity,state\n"
            f"2026-11-23 09:30:00,17,4711,{P},{P},A-1,C-5,48.0,done\n",
            "odoo_move_line",
        ),
        (
            "TANUM\tMATNR\tVLPLA\tVLENR\tNLPLA\tNLENR\tVSOLM\tQDATU\tQZEIT\n"
            f"17\t4711\tA-1\t00{P}\tC-5\t00{P}\t48,000\t23.11.2026\t093000\n",
            "sap_lt24",
        ),
        (
            "TO Number;Material;Source Storage Bin;Source Storage Unit;Dest. Storage Bin;Dest. Storage Unit;Source Target Qty;"
            f"Confirmation Date;Confirmation Time\n17;4711;A-1;00{P};C-5;00{P};48;20261123;09:30:00\n",
            "sap_lt24",
        ),
    ],
)  # fmt: skip
def test_each_system_is_known_by_its_headers(tmp_path: Path, text: str, profile: str) -> None:
    found = read_movements(written(tmp_path, text), SiteRules())
    (m,) = found.movements
    assert (found.profile, str(m.pallet), m.start, m.end, m.moved_at, m.until) == (profile, P, "A-1", "C-5", AT, AT)
    assert (m.document, m.sku, m.quantity) == ("17", "4711", Decimal(48))


def test_a_list_without_bins_and_pallets_is_read_as_what_it_is(tmp_path: Path) -> None:
    text = "Material Document;Material;Movement Type;Entry Date;Time of Entry;Quantity\n49000;4711;601;23.11.2026;09:30:00;5-\n"
    (m,) = read_movements(written(tmp_path, text), SiteRules()).movements
    assert (m.pallet, m.names_a_place, m.sku, m.quantity, m.moved_at) == (None, False, "4711", Decimal(5), AT)


def test_goods_that_went_onto_another_pallet_unpack_the_first_and_place_the_second(tmp_path: Path) -> None:
    text = f"pallet,to pallet,from,to,date,qty\n{P},{Q},A-1,C-5,2026-11-23T09:30:00Z,48\n"
    first, second = read_movements(written(tmp_path, text), SiteRules()).movements
    assert (str(first.pallet), first.start, first.end, str(first.onto)) == (P, "A-1", "", Q)
    assert (str(second.pallet), second.start, second.end) == (Q, "", "C-5")


def test_what_does_not_read_is_named_and_what_is_only_planned_is_no_movement(tmp_path: Path) -> None:
    text = f"""pallet,from,to,date,time,state
{P},A-1,C-5,2026-11-23,09:30,done
{Q},A-2,C-6,2026-11-23,25:99,done
{Q},A-2,C-6,,,assigned
,A-2,C-6,2026-11-23,10:00,done
{Q},A-2,C-6,2026-11-23
"""
    found = read_movements(written(tmp_path, text), SiteRules())
    assert (len(found.movements), found.n_refused, found.n_rows) == (1, 3, 4)
    assert [str(f) for f in found.faults] == [
        "moves.csv, row 3, column time: '25:99' is no time of day; expected one like 07:30:00",
        "moves.csv, row 5: names neither a pallet nor an item",
        "moves.csv, row 6: 4 cells where the header has 6; a text with a separator in it needs quotes",
    ]
    assert found.reading == "moves.csv: profile plain; 1 movements read, 1 not carried out yet, 3 rows refused, of 4"


def test_the_clock_of_the_erp_is_set_right_and_a_day_is_a_whole_day(tmp_path: Path) -> None:
    path = written(tmp_path, f"pallet,from,to,date\n{P},A-1,C-5,2026-11-23T09:30:00Z\n{Q},A-2,C-6,2026-11-23\n")
    late, day = read_movements(path, SiteRules(), clock_ahead_s=120).movements
    assert late.moved_at == AT - timedelta(minutes=2)
    assert day.until - day.moved_at == timedelta(days=1)


def test_the_last_day_of_the_calendar_is_named_and_not_reckoned_with(tmp_path: Path) -> None:
    path = written(tmp_path, f"pallet,from,to,date\n{P},A-1,C-5,9999-12-31\n{Q},A-2,C-6,2026-11-23\n")
    found = read_movements(path, SiteRules())
    assert [str(f) for f in found.faults] == ["moves.csv, row 2, column date: '9999-12-31' is no time at which anything was moved"]


def test_the_document_of_erp_files_names_every_profile_and_field() -> None:
    document = (Path(__file__).parents[2] / "docs" / "reference" / "erp-files.md").read_text(encoding="utf-8")
    assert [name for name in (*(p.name for p in movement_profiles()), *MOVEMENT_FIELDS) if f"`{name}`" not in document] == []
