"""What shells complete: the values of options. Nothing is read but folders' names and small files, never for long."""

from __future__ import annotations

import contextlib
import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, get_args

import click
from click.shell_completion import CompletionItem

Items = list[CompletionItem]
Complete = Callable[[click.Context, click.Parameter, str], Items]

_SECONDS = 0.1
"""After so long no further folder is looked into: a shell waits for the answer at every press of the key."""
_MOST = 500
"""Values that are offered at most."""
_SMALL = 1_000_000
"""Bytes up to which a file is read for the attempts in it."""


def _offered(names: Iterable[str], begun: str, before: str = "") -> Items:
    """The names that begin so, each behind what stands ``before`` it."""
    return [CompletionItem(f"{before}{name}") for name in names if name.startswith(begun)]


def words(names: Callable[[], Iterable[str]]) -> Complete:
    """Completes to one of ``names``, which is called when it is needed; of several with commas to the last."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
        before, comma, begun = incomplete.rpartition(",") if parameter.multiple else ("", "", incomplete)
        taken = before.split(",")
        return _offered((name for name in names() if name not in taken), begun, f"{before}{comma}")

    return complete


def described(table: Callable[[], dict[str, str]]) -> Complete:
    """Completes to a key of a table, with what it means."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
        return [CompletionItem(key, help=text) for key, text in table().items() if key.startswith(incomplete)]

    return complete


def checks() -> Iterable[str]:
    """The names of all checks, those of other packages behind the program's own; none of them is loaded."""
    from reviewer.checks import CHECK_NAMES  # the doors here: a shell waits
    from reviewer.entry_points import CHECKS, find

    return (*CHECK_NAMES, *(point.name for point in find(CHECKS, CHECK_NAMES).points))


def themes() -> Iterable[str]:
    """The names of all themes."""
    from reviewer.config import AUTOMATIC, theme_names

    return (*AUTOMATIC, *theme_names())


def findings(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """``--fail-on``: a check or ``any``, and after the sign an outcome."""
    name, equals, begun = incomplete.partition("=")
    if not equals:
        return _offered(("any", *checks()), name)
    from reviewer.model import Outcome

    return _offered(get_args(Outcome), begun, f"{name}=")


def runs(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Files and folders; as the first word of the line commands too."""
    from reviewer.cli.common import COMMANDS, NO_COMMAND

    first = context.meta.get(NO_COMMAND) and not context.params.get(parameter.name or "")
    found = described(lambda: COMMANDS)(context, parameter, incomplete) if first else []
    return [*found, CompletionItem(incomplete, type="file")]


def attempts(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """The ids of attempts of the runs that the line names so far, or of the project here."""
    roots = _roots(context)
    found = itertools.chain.from_iterable(_ids(root, incomplete, _SECONDS / len(roots)) for root in roots)
    return list(map(CompletionItem, itertools.islice(dict.fromkeys(found), _MOST)))


def run_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """The runs of these attempts."""
    found = dict.fromkeys(
        str(item.value).rpartition("/")[0] for item in attempts(context, parameter, incomplete)
    )
    return list(map(CompletionItem, found))


def labels(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Gold, and every annotator."""
    return [*_offered(("gold",), incomplete), *annotators(context, parameter, incomplete)]


def annotators(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Everybody who has a folder among the verdicts."""
    from reviewer.verdicts.names import name_of

    folders = (name for name in _listed(_verdicts(context)) if not name.startswith(("+", ".")))
    return _offered(map(name_of, folders), incomplete)


def queues(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """Kinds of queues, the names of those that are kept, and files."""
    from reviewer.project.queue_spec import KINDS
    from reviewer.verdicts.names import name_of
    from reviewer.verdicts.queues import FOLDER

    kept = [
        CompletionItem(name_of(name.removesuffix(".toml")), help="a kept queue")
        for name in _listed(_verdicts(context) / FOLDER)
        if name.endswith(".toml")
    ]
    kinds = [CompletionItem(kind, help=text) for kind, text in KINDS.items()]
    found = [item for item in (*kept, *kinds) if str(item.value).startswith(incomplete)]
    return [*found, CompletionItem(incomplete, type="file")]


def subjects(context: click.Context, parameter: click.Parameter, incomplete: str) -> Items:
    """What a note can be on."""
    kind, colon, begun = incomplete.partition(":")
    if not colon:
        return _offered(("section:", "commit:", "run:"), incomplete)
    if kind == "section":
        from reviewer.project.note_sections import SECTIONS

        return _offered(SECTIONS, begun, "section:")
    if kind == "run":
        return [CompletionItem(f"run:{item.value}") for item in run_names(context, parameter, begun)]
    return []


def _workspace(context: click.Context) -> Any:
    """What the line opens so far, ``None`` where it cannot be opened."""
    from reviewer.config import ConfigError, workspace

    paths = context.params.get("runs") or (".",)
    verdicts = context.params.get("verdicts")
    with contextlib.suppress(ConfigError, OSError, ValueError):
        return workspace(tuple(map(Path, paths)), verdicts=verdicts)
    return None


def _roots(context: click.Context) -> tuple[Path, ...]:
    space = _workspace(context)
    return space.roots if space else ()


def _verdicts(context: click.Context) -> Path:
    space = _workspace(context)
    return space.verdicts if space else Path(os.devnull)


def _listed(folder: Path) -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir())
    except OSError:
        return []


def _ids(root: Path, begin: str, seconds: float) -> Iterator[str]:
    """The ids of attempts at a root that begin so."""
    if root.is_dir():
        from reviewer.sources.run_folders import attempt_ids

        yield from attempt_ids(root, begin, seconds)
        return
    with contextlib.suppress(OSError):
        if root.stat().st_size <= _SMALL:
            from reviewer.sources.recognition import read_root

            yield from (each.id for each in read_root(root).attempts if each.id.startswith(begin))
