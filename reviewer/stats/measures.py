"""Figures by name, for claims and for programs that ask for a single number.

A measure is named by words with dots between them, from the summary (``totals.attempts``,
``rates.marked_success.all.any_attempt``, ``funnel.4``, ``defects.syntax.non_empty``,
``measurements.rules.published.agent``), or by a thing, ``#``,
and one of its figures: ``run:NAME#marked``, ``commit:HASH#attempts``, ``attempt:ID#steps``,
``attempt:ID#check.syntax``, ``by:run size:single#marked``, ``judge:NAME#labels``, ``sum#input_tokens`` over
all attempts, ``share#relation.same`` of and ``count#relation.same`` among non-empty patches, ``any#returncode_0`` over commits.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from reviewer.guide import Explained
from reviewer.stats.rows import StatRow, group_by, well_formed, without_copies
from reviewer.stats.summary import Summary


class NoSuchMeasure(Explained):
    """No measure has this name; the message says which part of it is wrong."""

    page = "statistics"


class Measured(msgspec.Struct, frozen=True):
    """What is measured: a number between ``low`` and ``high`` (the same where it is known), or a ``text``.

    Neither where it cannot be computed; ``details`` is then the reason, else how it is computed.
    A ``fraction`` is a share, between 0 and 1.
    """

    low: float | None = None
    high: float | None = None
    text: str | None = None
    details: str = ""
    fraction: bool = False


class Measures:
    """The measures of one summary and the rows it was made from."""

    def __init__(self, summary: Summary, rows: Sequence[StatRow]) -> None:
        self._rows = well_formed(rows)
        self._counted = without_copies(self._rows)
        self._plain = _named(msgspec.to_builtins(summary))

    def find(self, name: str) -> Measured:
        """A measure by its name. Raises :class:`NoSuchMeasure`."""
        subject, sign, figure = name.partition("#")
        if name.startswith("measurements.") and self._plain["measurements"] is None:
            return Measured(details="no measurements are given (--measurements)")
        if not sign:
            return _figure(self._plain, name, name)
        kind, _, which = subject.partition(":")
        if kind == "sum":
            return self._sum(figure)
        if kind in ("share", "count"):
            return self._share(figure, counted=kind == "count")
        if kind == "any":
            return self._any(figure)
        if kind == "attempt":
            return self._attempt(which, figure)
        if kind in ("run", "commit", "judge", "annotator"):
            return self._part(kind, which, figure, name)
        if kind == "by":
            return self._group(which, figure, name)
        raise NoSuchMeasure(
            f"{name}: {kind!r} is none of sum, share, count, any, attempt, run, commit, judge, by"
        )

    # Parts -----------------------------------------------------------------------------------

    def _part(self, kind: str, which: str, figure: str, name: str) -> Measured:
        parts: dict[str, Any] = self._plain[f"{kind}s"]
        found = [key for key in parts if key == which or (kind == "commit" and key.startswith(which))]
        if not found:
            return Measured(details=f"there is no {kind} {which} here")
        if len(found) > 1:
            raise NoSuchMeasure(f"{name}: {which} names {len(found)} commits")
        part = parts[found[0]]
        if figure == "true" and kind in ("run", "commit"):
            return self._true([row for row in self._counted if getattr(row, kind) == found[0]])
        if figure == "series":
            n = sum(series["n"] for series in part.get("series", []))
            return Measured(n, n, details="attempts that failed within 5 s, alike and without a message")
        return _figure({**part.get("counts", {}), **part}, figure, name)

    def _group(self, which: str, figure: str, name: str) -> Measured:
        """A figure of one part of a division; ``which`` is both, with a colon between them."""
        division, _, part = which.rpartition(":")
        groups = self._plain["breakdowns"].get(division)
        if groups is None:
            raise NoSuchMeasure(f"{name}: attempts are not divided by {division!r}")
        if part not in groups:
            return Measured(details=f"there is no attempt with {division} {part}")
        return _figure({**groups[part]["counts"], **groups[part]}, figure, name)

    def _true(self, rows: Sequence[StatRow]) -> Measured:
        """Gold true successes; attempts without gold may be some."""
        true, unknown = sum(row.true is True for row in rows), sum(row.gold is None for row in rows)
        return Measured(true, true + unknown, details=f"{unknown} of {len(rows)} without a gold label")

    def _attempt(self, which: str, figure: str) -> Measured:
        row = next((row for row in self._rows if row.attempt == which), None)
        if row is None:
            return Measured(details=f"there is no attempt {which} here")
        if figure.startswith("check."):
            outcome = row.outcomes.get(figure[6:])
            return Measured(text=outcome, details="" if outcome else f"{figure[6:]} was not run")
        return _plain(_field(row, figure), f"{figure} is not known of this attempt")

    # Over attempts ---------------------------------------------------------------------------

    def _sum(self, figure: str) -> Measured:
        known = [value for row in self._counted if isinstance(value := _field(row, figure), int | float)]
        if not known:
            return Measured(details=f"{figure} is known of no attempt")
        details = f"known of {len(known)} of {len(self._counted)} attempts"
        return Measured(sum(known), sum(known), details=details)

    def _share(self, figure: str, *, counted: bool) -> Measured:
        """Of the non-empty patches, those whose field has a value; labels that are missing leave bounds."""
        field, _, wanted = figure.partition(".")
        patches = [row for row in self._counted if row.non_empty]
        if field in ("relation", "source_relation"):
            answers = [getattr(row, field) for row in patches]
        elif field == "criterion":
            criterion, _, wanted = wanted.partition(".")
            answers = [row.criteria.get(criterion) for row in patches]
        elif field == "judgement":
            answers = [row.gold.judgement if row.gold else None for row in patches]
        else:
            raise NoSuchMeasure(f"share#{figure}: it is relation, source_relation, criterion or judgement")
        negated = wanted.startswith("not ")
        options = wanted.removeprefix("not ").split("|")
        known = [answer for answer in answers if answer is not None]
        k = sum((answer in options) != negated for answer in known)
        unknown = len(answers) - len(known)
        if counted:
            return Measured(k, k + unknown, details=f"{unknown} unknown" if unknown else "")
        return _bounded(k, len(known), unknown)

    def _any(self, figure: str) -> Measured:
        """Commits with any attempt of a kind."""
        tests: dict[str, Callable[[StatRow], bool]] = {
            "returncode_0": lambda row: row.returncode == 0,
            "returncode_0_or_patch_file": lambda row: row.returncode == 0 or row.patch_exists,
            "non_empty_patch": lambda row: row.non_empty,
            "marked_success": lambda row: row.marked,
            "marked_success_with_patch": lambda row: row.marked and row.non_empty,
        }
        if figure not in tests:
            raise NoSuchMeasure(f"any#{figure}: it is one of {', '.join(tests)}")
        commits = group_by(self._counted, lambda row: row.commit)
        return _bounded(sum(any(map(tests[figure], rows)) for rows in commits.values()), len(commits), 0)


def _figure(data: Any, path: str, name: str) -> Measured:
    """The figure at ``path``, words with dots between them, in plain ``data``; ``name`` is for messages."""
    value = _walk(data, path.split("."), name)
    if isinstance(value, Mapping):
        return _of_rate(value, name)
    if isinstance(value, list | tuple):
        raise NoSuchMeasure(f"{name}: is a list of {len(value)}, not a figure")
    return _plain(value, "nothing here says")


def _plain(value: Any, unknown: str) -> Measured:
    """A plain value as it is measured; ``unknown`` is said where there is none."""
    if isinstance(value, bool):
        return Measured(text="yes" if value else "no")
    if isinstance(value, int | float):
        return Measured(value, value)
    return Measured(text=value, details="" if value else unknown)


def _walk(data: Any, words: Sequence[str], name: str) -> Any:
    for depth, word in enumerate(words, 1):
        if isinstance(data, list | tuple):
            data = {str(number): value for number, value in enumerate(data, 1)}
        if not isinstance(data, Mapping) or word not in data:
            if depth == 2 and words[0] in ("defects", "checks", "scorecards", "judges", "annotators"):
                return None  # what is not there yet is not known; it is no wrong name
            raise NoSuchMeasure(f"{name}: there is no {'.'.join(words[:depth])}")
        data = data[word]
    return data


def _of_rate(value: Mapping[str, Any], name: str) -> Measured:
    """A rate, a level of the funnel, bounds, a weighted estimate: whatever has a fraction in it."""
    if "unknown" in value and "k" in value:
        return _bounded(value["k"], value["n"] - value["unknown"], value["unknown"])
    if {"k", "n", "unlabelled", "estimate"} <= value.keys():
        k, n, unlabelled, known = (value[key] for key in ("k", "n", "unlabelled", "estimate"))
        if k is not None and not name.endswith(("commit_mean", "any_attempt")):
            return _bounded(k, n, unlabelled)
        if known is None or unlabelled:
            return Measured(details=f"{unlabelled} attempts without a label", fraction=True)
        return Measured(known, known, details=f"{n} commits" if k is None else f"{k}/{n}", fraction=True)
    if {"low", "high", "unlabelled"} <= value.keys():
        return Measured(value["low"], value["high"], fraction=True)
    raise NoSuchMeasure(f"{name}: has parts: {', '.join(value)}")


def _bounded(k: int, n: int, unknown: int) -> Measured:
    """A share of ``n`` known units, between its bounds if others are unknown."""
    total = n + unknown
    if not total:
        return Measured(details="there is nothing to count")
    details = f"{k}/{n}" + (f", {unknown} unknown" if unknown else "")
    return Measured(k / total, (k + unknown) / total, details=details, fraction=True)


def _field(row: StatRow, figure: str) -> Any:
    if figure not in ("tokens", "true") and figure not in row.__struct_fields__:
        raise NoSuchMeasure(f"#{figure}: attempts have no such figure")
    return getattr(row, figure)


def _named(data: dict[str, Any]) -> dict[str, Any]:
    """The summary as plain data, with lists of things that have a name as objects by name."""
    data["totals"]["empty_patch_files"] = data["totals"]["patch_files"] - data["totals"]["non_empty_patches"]
    data["totals"]["unmarked"] = data["totals"]["attempts"] - data["totals"]["marked_success"]
    for name in ("defects", "checks", "annotators", "judges", "runs", "commits", "scorecards", "variants",
                 "progress", "distributions", "patch_sizes"):  # fmt: skip
        data[name] = _by_name(data[name])
    data["breakdowns"] = {name: _by_name(groups) for name, groups in data["breakdowns"].items()}
    data["pass_at"] = {
        name: {str(chance["k"]): chance["rate"] for chance in chances}
        for name, chances in data["pass_at"].items()
    }
    for variant in data["variants"].values():
        variant["defects"] = _by_name(variant["defects"])
        variant["relations"] = _by_files_and_kind(variant["relations"])
    data["relations"] = _by_files_and_kind(data["relations"])
    data["errors"]["in_series"] = sum(series["n"] for series in data["errors"]["series"])
    for name in ("statuses", "types", "causes", "classes"):
        data["errors"][name] = {count["name"]: count["n"] for count in data["errors"][name]}
    return data


def _by_files_and_kind(found: Iterable[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    data: dict[str, dict[str, Any]] = {}
    for relation in found:
        data.setdefault(relation["of"], {})[relation["kind"]] = relation
    return data


def _by_name(things: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {thing["name"]: thing for thing in things}
