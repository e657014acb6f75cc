"""Import files for SAP without a document (MI09, MI10) and for SAP EWM: whole sums and whole bins, or nothing of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.inventory.exported import Count, P, header, lines
from warehouse.errors import BadInputError


@pytest.fixture
def count(tmp_path: Path) -> Count:
    return Count(tmp_path)


MM_COLUMNS = """location = ["LGPLA"]
pallet = ["LENUM"]
sku = ["MATNR"]
batch = ["CHARG"]
quantity = ["GESME"]
uom = ["MEINS"]
"""
MM = f"""WERKS,LGORT,LGPLA,MATNR,CHARG,GESME,MEINS,LENUM
1000,0001,A-1,4711,0000012345,48.500,KG,{P[1]}
1000,0001,A-2,100-120,,10,ST,{P[2]}
1000,0001,A-3,100-130,,12,ST,{P[3]}
1000,0002,A-2,100-120,,3,ST,{P[7]}
10000,0002,A-1,99,,5,ST,{P[1]}
"""


def test_mi10_gets_a_file_for_each_plant_and_storage_location_with_zero_said_twice(count: Count) -> None:
    done = count.reconcile(MM, columns=MM_COLUMNS).export("sap-mi10")
    assert count.text("sap_mi10_counts_1000_0001.csv") == lines(
        header("sap_mi10_counts"),
        "1000,0001,,20261123,20261123,000000000000004711,0000012345,,48.500,KG,",
        "1000,0001,,20261123,20261123,100-120,,,0,ST,X",
    )
    assert count.text("sap_mi10_counts_1000_0002.csv").count("\r\n") == 2
    assert count.why() == {
        "4": "its location was not seen, or what stands there could not be read",
        "6": "plant or storage location is no code of SAP's length",
    }
    note = (done.folder / "README.txt").read_text(encoding="utf-8")
    assert "MI10 asks for the same fields and posts the differences at once, without anybody's approval: take MI09." in note
    assert "5 lines of the ERP's list = 3 written + 2 left out" in note
    assert "sap_mi10_counts_1000_0001.csv: 2 rows, quantities add up to 48.5" in note


def test_mi10_takes_plant_and_storage_location_by_hand(count: Count) -> None:
    bare = MM.replace("WERKS,LGORT,", "A,B,")
    count.reconcile(bare, columns=MM_COLUMNS)
    with pytest.raises(BadInputError, match=r"(?s)column WERKS; .*--set WERKS=1000 --set LGORT=0001"):
        count.export("sap-mi10")
    count.export("sap-mi10", WERKS="1000", LGORT="0009")
    assert (count.folder / "export" / "sap_mi10_counts_1000_0009.csv").exists()


EWM = f"""DOC_NUMBER,DOC_YEAR,ITEM_NO,LGNUM,Storage Bin,Handling Unit,Top HU,Product,Batch,Quantity,BUn
100000004,2026,1,WH1,A-1,{P[1]},,4711,LOT7,48,EA
100000004,2026,1,WH1,A-1,{P[1]},,4712,,5,EA
100000004,2026,2,WH1,A-2,{P[2]},,4711,LOT8,10,EA
100000004,2026,3,WH1,A-3,{P[3]},,4711,LOT8,10,EA
100000005,2026,1,WH1,A-4,,,,,,
100000005,2026,2,WH1,A-5,INNER1,{P[4]},4711,LOT9,7,EA
"""


def test_ewm_gets_the_bin_then_its_units_then_what_they_hold_and_says_of_an_empty_bin_that_it_is(count: Count) -> None:
    count.reconcile(EWM).export("sap-ewm")
    assert count.text("sap_ewm_counts_100000004_2026.csv") == lines(
        header("sap_ewm_counts"),
        "100000004,2026,1,L,WH1,A-1,,,,,,,,,20261123",
        f"100000004,2026,1,C,WH1,A-1,,{P[1]},,,,,,,20261123",
        f"100000004,2026,1,C,,,{P[1]},,4711,LOT7,48,EA,,,20261123",
        f"100000004,2026,1,C,,,{P[1]},,4712,,5,EA,,,20261123",
        "100000004,2026,2,L,WH1,A-2,,,,,,,,X,20261123",
        f"100000004,2026,2,C,WH1,A-2,,{P[2]},,,,,X,,20261123",
        f"100000004,2026,2,C,,,{P[2]},,4711,LOT8,0,EA,X,,20261123",
    )
    assert count.text("sap_ewm_counts_100000005_2026.csv") == lines(
        header("sap_ewm_counts"),
        "100000005,2026,1,L,WH1,A-4,,,,,,,,X,20261123",
        "100000005,2026,2,L,WH1,A-5,,,,,,,,,20261123",
        f"100000005,2026,2,C,WH1,A-5,,{P[4]},,,,,,,20261123",
        f"100000005,2026,2,C,,,{P[4]},INNER1,,,,,,,20261123",
        "100000005,2026,2,C,,,INNER1,,4711,LOT9,7,EA,,,20261123",
    )
    assert count.why() == {"5": "its location was not seen, or what stands there could not be read"}


def test_a_bin_of_which_not_all_was_counted_or_in_which_a_stranger_stands_is_no_count(count: Count) -> None:
    count.reconcile(EWM.replace(f"{P[1]},,4712,,5", "HU9,,4712,,5").replace(",A-3,", ",A-6,")).export("sap-ewm")
    assert "A-1" not in count.text("sap_ewm_counts_100000004_2026.csv")
    assert count.why()["2"] == "other stock of the same sum was not counted, and this ERP takes only whole sums"
    stranger = EWM.replace(f"{P[4]}", f"{P[5]}")
    count.reconcile(stranger).export("sap-ewm")
    assert count.why()["7"].startswith("a pallet that the ERP books elsewhere or nowhere stands in that bin")


def test_ewm_refuses_a_list_of_which_a_row_was_refused_and_numbers_of_another_shape(count: Count) -> None:
    count.reconcile(EWM + f"100000004,2026,1,WH1,,{P[8]},,4711,,1,EA\n")
    with pytest.raises(BadInputError, match="this row may belong to any bin, and this ERP takes only whole bins"):
        count.export("sap-ewm")
    count.reconcile(EWM.replace("100000005,2026,1", "PI-5,2026,1")).export("sap-ewm")
    assert count.why()["6"] == "document, year or item of the document is no number of SAP's length"
