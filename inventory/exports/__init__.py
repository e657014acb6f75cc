"""Import files for ERPs: what was truly counted, in the form that each ERP takes, with a note on who approves what."""

from inventory.exports.writing import SYSTEMS, Exported, write_export

__all__ = ["SYSTEMS", "Exported", "write_export"]
