"""Watch a run while it is flown, read and compared: the rack map of the report as it fills, in a terminal or a browser."""
