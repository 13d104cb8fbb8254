"""What rows of the table of facts say of each other: names, commits, copies, and the order of commits."""

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import partial

from reviewer.model import HASH, Attempt, Commit, from_json
from reviewer.project.attempt_names import own_hash
from reviewer.project.references import NoCommit
from reviewer.project.sqlite_values import listed
from reviewer.project.table import RANK_BITS, AttemptTable, RowChanges
from reviewer.sources.attempt_files import patch_sha256
from reviewer.sources.git.objects import FULL_HASH

_NO_COMMIT = 1 << 30
"""Stands for the position of a commit where there is none: behind all."""


def arrange(table: AttemptTable, roots: Sequence[str]) -> None:
    """Bring what rows say of each other up to date: step by step, so that another thread waits for no more than one."""
    steps = (
        partial(_name, table, roots),
        *(partial(step, table) for step in (_complete_hashes, _find_copies, order_commits)),
    )

    def finish() -> None:
        if table.value("PRAGMA data_version") != before:  # another program has written meanwhile
            for step in steps:
                step()
        table.mark_arranged(True)

    before = table.value("PRAGMA data_version")
    for step in steps:
        table.write(step)
    table.write(finish)


def find_changes_elsewhere(table: AttemptTable, known: Collection[int], difference: RowChanges) -> None:
    """What another program that shares the table has changed since it was arranged last; ``known`` are the rows before."""
    with table.lock:
        at: int | None = table.value("SELECT arranged FROM basis")
        if at is None or at == table.arranged_at * table.arranged:  # none: that was lost with the file
            return
        rows = {*table.numbers("SELECT id AS number FROM attempt")}
        younger = table.numbers("SELECT id AS number FROM record WHERE edition > ?", table.arranged_at)
        table.arranged_at, table.arranged = at or table.arranged_at, at > 0
    changed = rows.intersection(known).intersection(younger)
    table.run_all("DELETE FROM analysis WHERE id = ?", [(row,) for row in changed])
    difference.added = len(rows.difference(known))
    difference.changed |= changed
    difference.gone |= {*known} - rows


def put_commits(table: AttemptTable, commits: Mapping[str, Commit | NoCommit]) -> None:
    """Take in commits that were looked up, by how attempts write them: names, groups and order go by them."""

    def work() -> None:
        for written, found in commits.items():
            if isinstance(found, Commit):
                table.put_commit(written, found.hash, found.subject, None)
            else:
                # what other attempts call the commit does not say which one this is
                table.put_commit(written, own_hash(written) if found.ambiguous else None, None, str(found))
        order_commits(table)

    table.write(work)


def _name(table: AttemptTable, roots: Sequence[str]) -> None:
    """Short names where that leaves attempts apart; with the root's name where two roots hold the same run."""
    for number, prefix in enumerate(_prefixes(roots)) if len(roots) > 1 else ():
        table.run("UPDATE attempt SET prefix = '' WHERE root = ? AND prefix != ''", number)
        table.run(
            "UPDATE attempt SET prefix = ? WHERE root = ? AND run IN "
            "(SELECT run FROM attempt GROUP BY run HAVING count(DISTINCT root) > 1)",
            prefix, number,
        )  # fmt: skip
    often = "(SELECT prefix || short FROM attempt WHERE short IN (SELECT short FROM attempt GROUP BY short HAVING count(*) > 1) GROUP BY 1 HAVING count(*) > 1)"
    name = f"prefix || CASE WHEN prefix || short IN {often} THEN full ELSE short END"
    table.run(f"UPDATE attempt SET name = {name} WHERE name IS NOT {name}")


def _prefixes(roots: Sequence[str]) -> list[str]:
    """What stands before ids of each root: the last parts of its path, since many are called ``runs``, as far as that tells it apart."""
    for parts in range(2, 2 + max(root.count("/") for root in roots)):
        prefixes = [f"{'/'.join(root.split('/')[-parts:])}:" for root in roots]
        if len({*prefixes}) == len(prefixes):
            break
    return prefixes


def _complete_hashes(table: AttemptTable) -> None:
    """Give a shortened hash the full one that another attempt writes, where it begins only that one.

    Where it begins several, it stays as it is: a commit of its own.
    """
    used = "id IN (SELECT reference FROM attempt WHERE reference IS NOT NULL)"
    table.run(f"DELETE FROM reference WHERE NOT {used}")
    table.forget_references()
    found = table.all("SELECT id, spelling, own, hash FROM reference")
    full = sorted({own_hash(written) for _, written, _, _ in found if FULL_HASH.fullmatch(own_hash(written))})
    for id_, written, before, hash_ in found:
        own = own_hash(written)
        if HASH.fullmatch(own) and not FULL_HASH.fullmatch(own):
            matching = [name for name in full[bisect_left(full, own) :][:2] if name.startswith(own)]
            own = matching[0] if len(matching) == 1 else own
        if own != before:
            table.run(
                "UPDATE reference SET own = ?, hash = ? WHERE id = ?",
                own,
                own if hash_ == before else hash_,
                id_,
            )


def _find_copies(table: AttemptTable) -> None:
    """Mark attempts that are another's copy: same commit, time written and patch, as far as patches can be read.

    Of two hashes that are not both in full the first 7 digits are compared.
    """
    copies: dict[int, str] = {}
    groups: defaultdict[tuple[str, float], list[tuple[int, str, str, str]]] = defaultdict(list)
    for id_, folder, full, own, written in table.all(
        "SELECT attempt.id, folder, full, own, attempt.written FROM attempt JOIN record ON record.id = attempt.id "
        "JOIN reference ON reference.id = attempt.reference WHERE malformed IS NULL AND written IN ("
        "SELECT written FROM attempt WHERE malformed IS NULL GROUP BY written HAVING count(*) > 1) "
        "ORDER BY attempt.run, attempt.root, attempt.item"
    ):
        groups[own[:7], written].append((id_, folder, full, own))
    for group in groups.values():
        if len(group) < 2:
            continue
        several = len({own for _, _, _, own in group if FULL_HASH.fullmatch(own)}) > 1
        originals: dict[tuple[str | None, str | None], tuple[int, str]] = {}
        for id_, folder, full, own in group:
            key = own if several else None, patch_sha256(folder)
            if key[1] is None and _patch_is_unknown(table, id_):
                continue
            original = originals.setdefault(key, (id_, full))
            if original[0] != id_:
                copies[id_] = original[1]
    for id_, before in table.all("SELECT id, copy_of FROM attempt WHERE copy_of IS NOT NULL"):
        if copies.get(id_) == before:
            del copies[id_]
        elif id_ not in copies:
            table.run("UPDATE attempt SET copy_of = NULL WHERE id = ?", id_)
    for id_, full in copies.items():
        table.run("UPDATE attempt SET copy_of = ? WHERE id = ?", full, id_)


def _patch_is_unknown(table: AttemptTable, id_: int) -> bool:
    data: bytes = table.value("SELECT data FROM record WHERE id = ?", id_)
    try:
        return from_json(data, Attempt).patch_unknown is not None
    except ValueError:  # damaged, which SQLite does not notice
        return True


def order_commits(table: AttemptTable) -> None:
    """Number the commits by when each was tried first, and the attempts in the queue's order."""
    first: dict[str, float] = {}
    for hash_, written in table.all(
        "SELECT hash, min(attempt.written) FROM reference JOIN attempt ON attempt.reference = reference.id "
        "GROUP BY reference.id"
    ):
        first[hash_] = min(first.get(hash_, math.inf), math.inf if written is None else written)
    positions = {hash_: n for n, hash_ in enumerate(sorted(first, key=lambda hash_: (first[hash_], hash_)))}
    for id_, hash_, position in table.all("SELECT id, hash, position FROM reference"):
        if positions.get(hash_) != position:
            table.run("UPDATE reference SET position = ? WHERE id = ?", positions.get(hash_), id_)
    _rank(table)


def _rank(table: AttemptTable) -> None:
    """Give each attempt its rank in the queue's order: by commit, then time, then id; without commit last.

    Only those at commits where something is other get another one.
    """
    position = f"coalesce(position, {_NO_COMMIT})"
    is_other = f"rank IS NULL OR rank & 1 OR rank >> {RANK_BITS} != {position}"
    others = table.numbers(
        f"SELECT DISTINCT {position} AS number FROM attempt LEFT JOIN reference ON reference.id = reference WHERE {is_other}"
    )
    number = f"row_number() OVER (ORDER BY {position}, written NULLS LAST, full, root, attempt.id)"
    table.run(
        f"UPDATE attempt SET rank = found.number FROM (SELECT attempt.id, ({position} << {RANK_BITS}) | ({number} << 1) AS number "
        "FROM attempt LEFT JOIN reference ON reference.id = reference WHERE coalesce(reference, 0) IN "
        f"(SELECT id FROM reference WHERE {position} IN (SELECT value FROM json_each(?1)) "
        f"UNION SELECT 0 WHERE {_NO_COMMIT} IN (SELECT value FROM json_each(?1)))) AS found "
        "WHERE found.id = attempt.id AND rank IS NOT found.number",
        listed(others),
    )
