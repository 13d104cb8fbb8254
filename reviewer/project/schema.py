"""The tables of the table of facts, as SQLite makes them."""

ORDERS_BY_CHECKS = ("model", "checks", "measured")
"""Orders of the list by what checks find; what is remembered of them is gone once they find something else."""
KEPT = f"""
CREATE TABLE IF NOT EXISTS attempt (
    id INTEGER PRIMARY KEY, root INTEGER NOT NULL, full TEXT NOT NULL, run TEXT NOT NULL, item TEXT NOT NULL,
    short TEXT NOT NULL, prefix TEXT NOT NULL DEFAULT '', rank INTEGER, name TEXT NOT NULL, reference INTEGER, agent TEXT, model TEXT,
    status TEXT, error TEXT, written REAL, duration REAL, patch_bytes INTEGER, malformed TEXT, copy_of TEXT,
    outcomes TEXT, fails INTEGER, warns INTEGER, found_model TEXT, speed_rank INTEGER, speed REAL);
CREATE TABLE IF NOT EXISTS record (
    id INTEGER PRIMARY KEY, root INTEGER NOT NULL, parent TEXT NOT NULL, folder TEXT NOT NULL, stamp TEXT NOT NULL,
    edition INTEGER NOT NULL, data BLOB NOT NULL, patch_sha256 TEXT);
CREATE UNIQUE INDEX IF NOT EXISTS record_folder ON record (root, parent, folder);
CREATE TABLE IF NOT EXISTS folder (
    root INTEGER, parent TEXT, path TEXT, stamp TEXT, PRIMARY KEY (root, parent, path)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reference (
    id INTEGER PRIMARY KEY, spelling TEXT UNIQUE, own TEXT, hash TEXT, subject TEXT, problem TEXT, position INTEGER);
CREATE TABLE IF NOT EXISTS basis (value TEXT, arranged INTEGER);
CREATE TABLE IF NOT EXISTS checked (id INTEGER PRIMARY KEY, key TEXT NOT NULL, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS compared (id INTEGER PRIMARY KEY, digest TEXT NOT NULL, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS derived (name TEXT PRIMARY KEY, newest INTEGER, numbers BLOB, texts TEXT);
CREATE TRIGGER IF NOT EXISTS attempt_checked AFTER UPDATE OF fails, warns, found_model, speed_rank, speed ON attempt
    BEGIN DELETE FROM derived WHERE name IN ({", ".join(f"'order {name}'" for name in ORDERS_BY_CHECKS)}); END;
CREATE TRIGGER IF NOT EXISTS reference_other AFTER UPDATE OF hash, position ON reference BEGIN DELETE FROM derived; END;
"""
"""What outlives a session. ``derived`` is what follows from rows (:mod:`reviewer.project.derived`): gone when one changes. Of
attempts ``AttemptTable.mark_arranged`` sees to that: a trigger at each of many takes a fourth of their writing."""
INDICES = """
CREATE INDEX IF NOT EXISTS attempt_full ON attempt (full);
CREATE INDEX IF NOT EXISTS attempt_reference ON attempt (reference, written);
CREATE INDEX IF NOT EXISTS record_unsure ON record (root) WHERE stamp = '';
"""
"""Made when all has been read: to keep them while many rows come takes as long as to write these."""
AT_COMMITS = "reference CROSS JOIN attempt ON attempt.reference = reference.id"
"""The attempts at a few commits: these are found first, else SQLite goes through all attempts."""
OWN = """
CREATE TEMP TABLE own (
    line INTEGER PRIMARY KEY, decided INTEGER, judgement TEXT, verdict TEXT, stale INTEGER, old_rubric INTEGER, skipped INTEGER,
    flagged INTEGER);
CREATE TEMP TABLE analysis (id INTEGER PRIMARY KEY, key TEXT, value BLOB NOT NULL, whole INTEGER NOT NULL);
CREATE TEMP TABLE comparison (id INTEGER PRIMARY KEY, value BLOB NOT NULL);
CREATE TEMP TABLE scope (position INTEGER PRIMARY KEY, line INTEGER NOT NULL, id INTEGER NOT NULL);
"""
