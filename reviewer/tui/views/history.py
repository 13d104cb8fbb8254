"""Everything that was ever said of an attempt, by anybody, oldest first; what was taken back is marked so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reviewer.text import one_line, visible
from reviewer.tui.widgets.page import ListPage, Page, Styled, pieced

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reviewer.model import Decision
    from reviewer.project.entries import Entry
    from reviewer.project.project import Project


def page(project: Project, entry: Entry) -> Page:
    """All acts on the attempt in the order of time."""
    from reviewer.verdicts.state import standing

    bindings = [
        binding
        for binding in project.labels.bindings
        if binding.key is not None and binding.decision.attempt == entry.attempt.id
    ]
    if not bindings:
        return ListPage([Styled("nobody has said anything of this attempt yet", "dim")])
    stands = {act.id for act in standing(project.labels.bound())}
    by_id = {binding.decision.id: binding.decision for binding in bindings}
    lines: list[Styled] = []
    for binding in sorted(bindings, key=lambda binding: binding.decision.id):
        act = binding.decision
        state = {"stale": "on another patch", "re-bound": f"moved from {one_line(binding.recorded)}"}.get(
            binding.state, ""
        )
        lines += _act(act, act.id in stands, state, by_id)
    people = len({act.annotator for act in by_id.values()})
    undone = sum(key not in stands for key in by_id)
    heading = f"── {len(by_id)} acts of {people} annotator{'s' * (people > 1)}"
    if undone:
        heading += f" · {undone} taken back"
    return ListPage([Styled(heading, "group", section=True), *lines], wrap=True)


def _act(act: Decision, stands: bool, state: str, by_id: dict[str, Decision]) -> Iterator[Styled]:
    """One act: what, by whom and when on a line, its details below."""
    at = act.at.strftime("%Y-%m-%d %H:%M:%S") if act.at else "–"
    style = act.judgement or "text" if stands else "dim"
    said = [(at, "dim"), (f"  {one_line(act.annotator):<14} ", "strong" if stands else "dim")]
    said.append((_what(act, by_id), style))
    told = [_in_words(act), state]
    if act.kind == "judge":
        told.append("a judge model")
    if act.edited:
        told.append("edited by hand: not gold")
    if not stands:
        told.append("taken back")
    said += [(f"  {text}", "dim") for text in told if text]
    yield pieced(*said, section=True, mark=not stands, hang=4)
    detail = "dim" if not stands else "text"
    if act.criteria:
        answers = "  ".join(f"{one_line(name)}={answer}" for name, answer in act.criteria.items())
        yield Styled(f"    {answers}", "dim")
    for mark in act.evidence:
        yield Styled(f"    {mark.mark}: {one_line(mark.file)}:{mark.line} ({mark.side})", "dim")
    for line in (act.notes or "").split("\n"):
        if line:
            yield Styled(f"    {visible(line)}", detail)


def _what(act: Decision, by_id: dict[str, Decision]) -> str:
    if act.action in ("judge", "adjudicate"):
        verb = "" if act.action == "judge" else "adjudicated: "
        return f"{verb}{act.judgement} → {act.verdict}"
    if act.action == "undo":
        target = by_id.get(act.undoes or "")
        what = target.judgement or target.action if target else "an act that is not here"
        return f"undo of {what}"
    return act.action


def _in_words(act: Decision) -> str:
    """Under which circumstances, in short."""
    told = [f"{act.confidence} confidence"] if act.confidence else []
    told += [f"{act.seconds:.0f} s"] if act.seconds is not None else []
    told += ["blind"] if act.blind else []
    told += [f"saw {', '.join(map(one_line, act.saw))}"] if act.saw else []
    if act.source == "rule":
        told.append("by rule")
    elif act.source == "twin":
        told.append("copied from a twin")
    told += [f"[{', '.join(map(one_line, act.tags))}]"] if act.tags else []
    return " · ".join(told)
