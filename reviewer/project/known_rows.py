"""What the table of facts holds of a root, as a scan of it asks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from reviewer.project.sqlite_values import listed
from reviewer.project.table import AttemptTable


class KnownRows:
    """For a scan that looks at every attempt."""

    def __init__(self, table: AttemptTable, root: int) -> None:
        self._table, self._root = table, root

    def attempts(self, parent: str) -> Mapping[str, str]:
        """The stamps of the attempts right below a folder."""
        query = "SELECT folder, stamp FROM record WHERE root = ? AND parent = ?"
        return dict(self._table.all(query, self._root, parent))

    unsure = attempts

    def folders(self, parent: str) -> Mapping[str, str]:
        """The stamps of the other folders right below a folder."""
        query = "SELECT path, stamp FROM folder WHERE root = ? AND parent = ?"
        return dict(self._table.all(query, self._root, parent))

    def holds(self, folder: str) -> bool:
        """Nothing is left out."""
        return False


class LateRows:
    """For a scan that leaves out attempts of which nothing was written lately, but for the ``watched`` ones."""

    def __init__(self, table: AttemptTable, root: int, watched: Iterable[int]) -> None:
        self._table, self._root = table, root
        self.attempts = KnownRows(table, root).attempts
        self._unsure: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self._folders: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for parent, folder, stamp in table.all(
            "SELECT parent, folder, stamp FROM record WHERE root = ? AND stamp = '' UNION "
            "SELECT parent, folder, stamp FROM record WHERE +root = ? AND id IN (SELECT value FROM json_each(?))",
            root, root, listed(watched),
        ):  # fmt: skip
            self._unsure[parent][folder] = stamp
        for parent, path, stamp in table.all("SELECT parent, path, stamp FROM folder WHERE root = ?", root):
            self._folders[parent][path] = stamp

    def unsure(self, parent: str) -> Mapping[str, str]:
        """The attempts right below a folder that may just be written."""
        return self._unsure.get(parent, {})

    def folders(self, parent: str) -> Mapping[str, str]:
        """The stamps of the other folders right below a folder."""
        return self._folders.get(parent, {})

    def holds(self, folder: str) -> bool:
        """Whether an attempt lies below a folder."""
        query = "SELECT 1 FROM record WHERE root = ? AND (parent = ? OR parent >= ? AND parent < ?) LIMIT 1"
        return bool(self._table.all(query, self._root, folder, f"{folder}/", f"{folder}0"))
