"""Observations and ERP export -> verdicts, findings, their files, the store and the report."""
