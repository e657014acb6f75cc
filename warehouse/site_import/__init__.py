"""Sites out of what a warehouse has already: a location master of its WMS, or a map of its racks. Used by the command line only."""
