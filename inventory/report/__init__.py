"""The report: a self-contained page that opens offline, for the clerk who settles the findings; of a large site one an aisle."""
