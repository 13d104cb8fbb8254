"""``reviewer report``: the analysis as Markdown and as HTML."""

import datetime
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

from rich.progress import FileSizeColumn, Progress, TextColumn

from reviewer.cli.analysing import analyse
from reviewer.cli.colours import message_console
from reviewer.cli.common import STANDARD_OUTPUT, ending, open_project, put_bytes, put_notice, stop
from reviewer.project.project import Project
from reviewer.reports.document import html, markdown
from reviewer.reports.material import Layout, Material
from reviewer.reports.output import NotWritten, check_writable, write
from reviewer.reports.report import TITLE, documents
from reviewer.text import plural

MANY = 2000
"""Attempts above which a report on one page is larger than most programs open at once: some 4 kB an attempt."""
_PAGES = 4
"""Pages that may wait for the disk."""
_DIFF_LINES = 400
_DIFF_LINES_MARKDOWN = 40


def report(
    output: Path,
    format_: str | None,
    title: str | None,
    date: str | None,
    diff_lines: int | None,
    split: bool,
    with_diffs: bool,
    gaps: bool,
    force: bool,
    jobs: int | None,
    cluster: str | None,
    **common: Any,
) -> None:
    """Write the analysis commit by commit and run by run, filled from data, checks, labels and notes."""
    try:
        if date is not None:
            datetime.date.fromisoformat(date)
    except ValueError:
        stop(f"--date {date}: not a date; for example --date 2025-11-10")
    suffix = ending(output, format_, "md")
    files = [output] if output == STANDARD_OUTPUT else _files(output)
    if split and output in files:
        stop(f"--split writes a page for each commit: name a folder, not {output}")
    layouts = {
        file: Layout(
            file.stem,
            suffix if file == STANDARD_OUTPUT else file.suffix,
            _FORMATS[suffix if file == STANDARD_OUTPUT else file.suffix.lower()]
            if diff_lines is None
            else diff_lines,
            gaps=gaps,
            print_diffs=with_diffs,
            split=split,
        )
        for file in files
    }
    project = open_project(**common)
    if len(project.entries) > MANY and not split:
        put_notice(
            f"{len(project.entries)} attempts on one page are slow to open: --split writes a page for each commit"
        )
    check = partial(check_writable, space=project.space, ours=_ours, force=force)
    try:
        for file in files:
            if file != STANDARD_OUTPUT:
                check(file)
        if status := analyse(project, jobs, cluster=cluster, control={}):
            raise SystemExit(status)  # a report on a part of the attempts would be a wrong one
        _write(project, layouts, check, title, date)
    except NotWritten as error:
        stop(error)


def _files(output: Path) -> list[Path]:
    """What to write. A path without an ending, or of a folder, is a folder; one that is missing is made."""
    if output.suffix.lower() in _FORMATS and not output.is_dir():
        return [output]
    if output.suffix and not output.is_dir():
        stop(f"{output}: a report is written as .md or .html; name such a file, or a folder")
    try:
        _make_folder(output)
    except NotWritten as error:
        stop(str(error))
    return [output / "report.md", output / "report.html"]


_FORMATS = {".html": _DIFF_LINES, ".htm": _DIFF_LINES, ".md": _DIFF_LINES_MARKDOWN}
"""The endings that a report may have, each with the lines of each diff that are shown."""


def _ours(data: bytes) -> bool:
    return not data or data.startswith(markdown.MARK.encode()) or html.MARK.encode() in data[:1000]


def _write(
    project: Project,
    layouts: Mapping[Path, Layout],
    check: Callable[[Path], None],
    title: str | None,
    date: str | None,
) -> None:
    """Write the report in the format of each file's name. Raises :class:`NotWritten`."""
    material, disk = Material(project), ThreadPoolExecutor(1)
    try:
        for file, layout in layouts.items():
            writer = markdown.write if layout.ending.lower() == ".md" else html.write
            size = pages = 0
            waiting = deque[Future[int]]()
            for page, document in documents(material, layout, date=date, title=title or TITLE):
                if file == STANDARD_OUTPUT:
                    put_bytes(part.encode("utf-8", "replace") for part in writer(document))
                    return
                path = file.parent / (page + layout.ending)
                _make_folder(path.parent)
                check(path)
                parts = _with_progress(writer(document), path.name)
                if page == layout.name:
                    size += write(path, parts)
                else:  # these are small, and many: the next is made while one waits for the disk
                    waiting.append(disk.submit(write, path, [*parts]))
                    size += waiting.popleft().result() if len(waiting) > _PAGES else 0
                pages += 1
            size += sum(written.result() for written in waiting)
            more = f" on {plural(pages, 'page')}" if layout.split else ""
            put_notice(f"{file}: {size} bytes{more}")
        put_notice("next: `reviewer note` writes what only a person can say, and the next report has it")
    finally:
        disk.shutdown(cancel_futures=True)
        material.close()


def _make_folder(folder: Path) -> None:
    """Make the folder of a page where it is missing. Raises :class:`NotWritten`."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise NotWritten(f"{folder}: cannot be made a folder: {error.strerror or error}") from None


def _with_progress(parts: Iterable[str], name: str) -> Iterator[bytes]:
    """The parts as bytes; a terminal shows how many are written."""
    encoded = (part.encode("utf-8", "replace") for part in parts)
    if not sys.stderr.isatty():
        yield from encoded
        return
    columns = (TextColumn("{task.description}", markup=False), FileSizeColumn())
    with Progress(*columns, console=message_console(), transient=True) as progress:
        task = progress.add_task(f"writing {name}:", total=None)
        for data in encoded:
            yield data
            progress.advance(task, len(data))
