"""Reads patches: bytes to :class:`~reviewer.model.Patch`, hunks by unidiff."""

from collections.abc import Callable, Iterator
from itertools import groupby, islice

import msgspec
from unidiff.patch import Hunk as Counted
from unidiff.patch import PatchedFile, PatchSet

from reviewer import text
from reviewer.diffs.headers import HunkSpan, Outline, Section, cut_header, outline
from reviewer.diffs.series import BaseText, is_series, net_changes
from reviewer.model import FileChange, Hunk, Patch, PatchLine


def parse(data: bytes, counts: Callable[[str], bool] | None = None) -> Patch:
    """Read a patch. Never raises: if only a part can be read, ``error`` and ``error_row`` say why.

    Lines keep their terminators; bytes that are not UTF-8 are lone surrogates (:func:`text.encode`
    gives them back). A hunk that the patch cuts short is kept with the lines it has. A file that does not count
    (by its path) may be broken: the next is read all the same. One that lacks the line break at its end is read
    as if it had it (``unended`` says so).
    """
    whole = with_end(data)
    decoded = text.decode(whole)
    lines = text.split_lines(decoded)
    found = _outline(lines, counts)
    # unidiff takes a marker behind the last line in English only
    marked = "\n\\" in decoded
    english = [r"\ No newline at end of file" if x[0] == "\\" else x for x in lines] if marked else lines
    read = iter(_read(english, found.sections))
    files = tuple(_change(lines, section, read) for section in found.sections)
    together = groupby(zip(found.sections, files, strict=True), key=lambda pair: pair[0].step)
    steps = tuple(tuple(change for _, change in pairs) for _, pairs in together)
    if not files and found.error is None and data.strip():
        return Patch(error="no file is changed in it: this is not a patch", error_row=1)
    unended = found.error is None and whole != data and _is_needed(lines, found.sections)
    patch = Patch(files=files, error=found.error, error_row=found.error_row, unended=unended)
    return with_net_change(msgspec.structs.replace(patch, steps=steps)) if is_series(steps) else patch


def with_net_change(patch: Patch, base_text: BaseText | None = None) -> Patch:
    """A patch whose files are its net change, as the base's texts show it, or as its own lines do without them.

    Where the diffs of a series do not follow one another, its files stay one a diff.
    """
    if not patch.steps:
        return patch
    files = net_changes(patch.steps, base_text)
    return msgspec.structs.replace(
        patch, files=patch.sections if files is None else files, net=files is not None
    )


def with_end(patch: bytes) -> bytes:
    """A patch with the line break at its end that its writer stripped, as the line before has it; else as it is.

    Behind binary data an empty line must stand too.
    """
    stripped = patch.rstrip(b"\n")
    before, _, last = stripped.rpartition(b"\n")
    if _is_data(last) and b"\nGIT binary patch\n" in patch:
        return patch if patch.endswith(b"\n\n") else stripped + b"\n\n"
    if not last or patch.endswith(b"\n"):
        return patch
    return patch + (b"\r\n" if before.endswith(b"\r") and not last.endswith(b"\r") else b"\n")


def _is_data(line: bytes) -> bool:
    """Whether a line may be one of git's binary data: a letter for its length, groups of five signs in base 85."""
    return len(line) % 5 == 1 and line[:1].isalpha() and b" " not in line


def _is_needed(lines: list[str], sections: list[Section]) -> bool:
    """Whether the patch's last line says something of its last file, and is not a marker behind a whole hunk."""
    if not sections:
        return False
    last = sections[-1]
    data = last.binary and last.has_data and lines[-1] == "\n"
    return data or (last.end == len(lines) and not lines[-1].startswith("\\"))


def keep_files(data: bytes, keep: Callable[[str], bool]) -> bytes:
    """A patch without the files whose path ``keep`` refuses; what stands before the first file stays."""
    lines = text.split_lines(text.decode(data))
    sections = _outline(lines, keep).sections
    starts = [section.row - 1 for section in sections]
    ends = [*starts[1:], len(lines)]
    kept = lines[: starts[0]] if starts else lines
    for section, start, end in zip(sections, starts, ends, strict=True):
        if keep(_path(section)):
            kept += lines[start:end]
    return text.encode("".join(kept))


def _outline(lines: list[str], counts: Callable[[str], bool] | None) -> Outline:
    """The files of a patch; behind a broken one that does not count, reading goes on at git's next header."""
    found = outline(lines)
    while found.error is not None and counts and found.sections and not counts(_path(found.sections[-1])):
        at = max(found.sections[-1].row, (found.error_row or 0) - 1)
        while at < len(lines) and not lines[at].startswith("diff --git "):
            at += 1
        rest = outline(["\n"] * at + lines[at:])  # so that rows stay those of the file
        found = Outline([*found.sections, *rest.sections], rest.error, rest.error_row)
    return found


def _path(section: Section) -> str:
    old, new, _ = section.paths()
    return new if new is not None else (old or "")


def _read(lines: list[str], sections: list[Section]) -> PatchedFile:
    """All hunks as if they were of one file: unidiff reads their headers and counts their lines."""
    patch = ["--- a\n", "+++ b\n"]
    for section in sections:
        for span in section.hunks:
            whole = not (span.source_missing or span.target_missing)
            patch.append(lines[span.start] if whole else cut_header(lines[span.start], span))
            patch += lines[span.start + 1 : span.end]
    # Its line objects take four times as long as all the rest; ours are made from the text itself.
    return PatchSet(patch, metadata_only=True)[0]


def _change(lines: list[str], section: Section, read: Iterator[Counted]) -> FileChange:
    old, new, kind = section.paths()
    counted = list(islice(read, len(section.hunks)))
    return FileChange(
        old=old,
        new=new,
        kind=kind,
        hunks=tuple(_hunk(lines, *pair) for pair in zip(section.hunks, counted, strict=True)),
        binary=section.binary,
        has_data=section.has_data,
        old_mode=section.old_mode,
        new_mode=section.new_mode,
        old_blob=section.blobs[0],
        new_blob=section.blobs[1],
        added=sum(hunk.added for hunk in counted),
        removed=sum(hunk.removed for hunk in counted),
        row=section.row,
    )


def _hunk(lines: list[str], span: HunkSpan, read: Counted) -> Hunk:
    source, target = read.source_start, read.target_start
    result: list[PatchLine] = []
    add = result.append
    for row, line in enumerate(lines[span.start + 1 : span.end], span.start + 2):
        kind = line[0]
        if kind == "+":
            add(PatchLine("+", line[1:], None, target, row))
            target += 1
        elif kind == "-":
            add(PatchLine("-", line[1:], source, None, row))
            source += 1
        elif kind != "\\":
            add(PatchLine(" ", line[1:] if kind == " " else line, source, target, row))
            source += 1
            target += 1
        elif result:
            result[-1] = msgspec.structs.replace(result[-1], text=result[-1].text.removesuffix("\n"))
    return Hunk(
        source_start=read.source_start,
        source_length=read.source_length + span.source_missing,
        target_start=read.target_start,
        target_length=read.target_length + span.target_missing,
        section=read.section_header.rstrip("\r"),
        lines=tuple(result),
        row=span.start + 1,
    )


def restore_context(diff_text: str) -> str:
    """Give a diff back the blank context lines at its end that its writer stripped.

    Blank context lines are appended until the counts of the last hunk are right; a diff whose counts
    differ by anything else is returned with its line break only.
    """
    if not diff_text.strip():
        return diff_text
    diff_text = diff_text.rstrip("\n") + "\n"
    sections = outline(text.split_lines(diff_text)).sections
    last = sections[-1].hunks[-1:] if sections else []
    if last and last[0].source_missing == last[0].target_missing:
        return diff_text + " \n" * last[0].source_missing
    return diff_text
