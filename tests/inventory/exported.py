"""A stock list and scans, reconciled, to be exported: small worlds that the tests of the import files share."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

from inventory.exports import Exported, write_export
from inventory.reconcile import reconcile_scans
from inventory.settings import parse_settings
from tests.inventory.worlds import SCAN_HEADER, sscc
from warehouse.reconciliation_folder import ReconciliationFolder

FIELD_LISTS = tomllib.loads((Path(__file__).parent / "export_fields.toml").read_text(encoding="utf-8"))
P = {n: sscc(n) for n in range(1, 10)}
SCANS = f"""A-1,read,{P[1]},Code128,f1,2026-11-23T10:00:00Z
A-2,empty,,,f2,2026-11-23T10:01:00Z
A-3,unseen,,,,
A-4,empty,,,f4,2026-11-23T10:03:00Z
A-5,read,{P[4]},Code128,f5,2026-11-23T10:04:00Z
A-6,unreadable,,,f6,2026-11-23T10:05:00Z
"""
"""P1 stands at A-1; A-2 and A-4 are empty, P4 stands at A-5; nobody saw A-3, and the label at A-6 does not read."""


ODOO = f"""id,location_id,product_id,lot_id,package_id,quantity,product_uom_id
__export__.q1,A-1,[4711] Bolts,LOT7,{P[1]},48.5,Units
__export__.q2,A-2,[4711] Bolts,LOT8,{P[2]},10,Units
__export__.q3,A-3,[4711] Bolts,,{P[3]},12,Units
__export__.q4,A-4,"[12] Oil, 5 l",LOT9,{P[4]},6,Units
,A-6,[4711] Bolts,,{P[6]},5,Units
"""
ERPNEXT_COLUMNS = """location = ["bin"]
pallet = ["lpn"]
sku = ["item_code"]
batch = ["batch_no"]
quantity = ["qty"]
uom = ["stock_uom"]
"""
ERPNEXT = f"""bin,lpn,item_code,warehouse,batch_no,qty,stock_uom
A-1,{P[1]},ITEM-001,Stores - WP,LOT7,48,Nos
A-2,{P[2]},ITEM-001,Stores - WP,LOT7,10,Nos
A-3,{P[3]},ITEM-002,Stores - WP,,12,Nos
A-1,{P[1]},ITEM-002,Stores - WP,,5,Nos
A-4,{P[7]},ITEM-003,Stores - WP,,6,Nos
A-5,{P[8]},ITEM-004,Stores - WP,,7,Nos
"""


class Count:
    """A stock list and scans, reconciled, to be exported."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def reconcile(self, erp: str, scans: str = SCANS, columns: str = "") -> Count:
        """Reconcile; `columns` are those of a profile of its own, as TOML."""
        (self.folder / "stock.csv").write_text(erp, encoding="utf-8")
        (self.folder / "scans.csv").write_text(SCAN_HEADER + scans, encoding="utf-8")
        profile = None
        if columns:
            profile = str(self.folder / "our_list.toml")
            head = 'title = "t"\nrequired = ["location"]\n[numbers]\ndecimal = "."\n[dates]\nformats = ["%m/%d/%Y"]\n[columns]\n'
            Path(profile).write_text(head + columns, encoding="utf-8")
        reconcile_scans(self.folder / "scans.csv", self.folder / "stock.csv", self.folder / "out", parse_settings(profile=profile))
        return self

    def export(self, system: str, *, booked: bool = True, **given: str) -> Exported:
        """Export into the folder `export`."""
        results = ReconciliationFolder(self.folder / "out")
        return write_export(results, system, self.folder / "export", booked_quantities=booked, given=given)

    def text(self, name: str) -> str:
        """Return a file with its line ends as they are."""
        return (self.folder / "export" / name).read_bytes().decode()

    def why(self) -> dict[str, str]:
        """Return, by row of the list, why a line is in no file."""
        rows = csv.DictReader(self.text("lines.csv").splitlines())
        return {r["erp_row"]: r["why_left_out"] for r in rows if not r["file"]}


def lines(*rows: str) -> str:
    return "".join(f"{row}\r\n" for row in rows)


def header(name: str) -> str:
    return ",".join(FIELD_LISTS[name]["columns"])
