"""The history over all runs: an append-only SQLite database beside the runs (docs/reference/store.md).

`formats` are the numbered formats of the file and the way from each to the next, `database` opens it, `recording` adds a
reconciliation, `deciding` what people decided, and the others ask.
"""

from inventory.store.asking import HistoryEntry, history, last_seen
from inventory.store.recording import record_meanwhile, record_run

__all__ = ["HistoryEntry", "history", "last_seen", "record_meanwhile", "record_run"]
