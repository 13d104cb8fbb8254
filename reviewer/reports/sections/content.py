"""Detailed patch content analysis: simple against complex optimisations, and which patterns patches show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reviewer.check_values import SignaturesValue
from reviewer.reports.document.document import Block, Entry, Heading, Para, Table, line, row
from reviewer.reports.material import Material, usable
from reviewer.reports.sections.attempts import links
from reviewer.reports.tables import units
from reviewer.stats.groups import GroupFigures

ANCHOR = "patch-content"
TITLE = "Detailed Patch Content Analysis"


def contents(material: Material) -> Entry:
    """The section's line in the contents."""
    return Entry(line(TITLE), ANCHOR)


def blocks(material: Material) -> Iterator[Block]:
    """The section."""
    yield Heading(2, line(TITLE), ANCHOR)
    yield Heading(3, line("Pattern: Simple and Complex Optimizations"))
    yield Para(
        line(
            "A commit is simple where the human changed one source file, at most three hunks and at most 40 lines, and "
            "no C++ or CUDA; tests, documentation and benchmarks are left out. Every other one is complex. What annotators "
            "say of a commit goes before."
        )
    )
    yield breakdown("human change", material.summary.breakdowns.get("complexity", ()))
    yield from material.section(
        "patch content", "what simple and complex optimisations have in common, and why"
    )
    yield from _signatures(material)
    yield Heading(3, line("Patch Size"))
    sizes = material.summary.patch_sizes
    total = sum(size.n for size in sizes)
    rows = (row(s.name, str(s.n), units.percent(s.n / total if total else None)) for s in sizes)
    yield Table(("patch", "attempts", f"of {total}"), tuple(rows), frozenset({1, 2}))


_ORDER = ("nothing", "under 25 %", "25–50 %", "50–75 %", "75 % and more", "single", "2–9", "10–49", "50+")
"""Classes that have an order of their own."""


def breakdown(name: str, groups: tuple[GroupFigures, ...]) -> Table:
    """The rates per attempt of parts of the attempts, side by side."""
    ordered = sorted(groups, key=lambda g: _ORDER.index(g.name) if g.name in _ORDER else len(_ORDER))
    return _side_by_side(name, [(g.name if g.name != units.NONE else "not known", g) for g in ordered])


def yes_and_no(name: str, ways: Mapping[str, tuple[GroupFigures, ...]]) -> Table:
    """The same for several questions with yes and no for an answer; where that is not known is left out."""
    told = [(f"{way}: {g.name}", g) for way, groups in ways.items() for g in groups if g.name != units.NONE]
    return _side_by_side(name, told)


def _side_by_side(name: str, groups: Sequence[tuple[str, GroupFigures]]) -> Table:
    head = (name, "attempts", "marked", "95 %", "gold labels", "true success", "95 %", "true among marked")
    rows = (
        row(
            called,
            str(group.counts.attempts),
            units.short(group.marked),
            units.interval(group.marked.low, group.marked.high),
            str(group.true.n),
            units.short(group.true),
            units.interval(group.true.low, group.true.high),
            units.short(group.true_given_marked),
        )
        for called, group in groups
    )
    return Table(head, tuple(rows), frozenset(range(1, 8)))


def _signatures(material: Material) -> Iterator[Block]:
    """Which known optimisation patterns the human changes and the patches show, where the check looked."""
    humans: dict[str, set[str | None]] = {}
    agents: Counter[str] = Counter()
    shared: Counter[str] = Counter()
    example: dict[str, str] = {}
    looked = 0
    for case in usable(material.cases):
        found = case.entry.analysis.value(SignaturesValue) if case.entry.analysis else None
        if found is None:
            continue
        looked += 1
        human, agent = set(found.human), set(found.agent)
        for name in human:
            humans.setdefault(name, set()).add(case.entry.commit_hash)
        agents.update(agent)
        shared.update(human & agent)
        for name in agent:
            example.setdefault(name, case.attempt.id)
    if not looked:
        return
    yield Heading(3, line("Pattern: Known Optimizations in Human and Agent Patches"))
    yield Para(
        line(
            f"Over the {looked} patches that the check signatures looked at; a patch may show several patterns."
        )
    )
    names = sorted({*humans, *agents}, key=lambda name: (-agents[name], name))
    rows = (
        row(
            name,
            str(len(humans.get(name, ()))),
            str(agents[name]),
            str(shared[name]),
            links(material, [example[name]]) if name in example else units.NONE,
        )
        for name in names
    )
    head = ("pattern", "human commits", "agent patches", "in both", "for example")
    yield Table(head, tuple(rows), frozenset({1, 2, 3}))
