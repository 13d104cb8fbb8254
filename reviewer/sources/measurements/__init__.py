"""Readers of measurements: one module a form, and the table of forms, which are recognised by a file's content."""
