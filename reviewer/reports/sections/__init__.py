"""The sections of the report, a module each, in the order of a published per-run, per-commit analysis."""
