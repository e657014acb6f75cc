"""A whole run read in steps, by processes or machines that may die."""
