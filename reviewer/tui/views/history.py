"""All acts on an attempt, by every annotator, oldest first; those that were taken back are marked."""

from collections.abc import Iterator

from reviewer.model import Decision
from reviewer.project.entries import Entry
from reviewer.project.project import Project
from reviewer.text import one_line, plural, visible
from reviewer.tui.widgets.page import ListPage, Page, Styled, heading, pieced
from reviewer.verdicts.state import standing

_SOURCES = {"rule": "by rule", "twin": "copied from a twin"}


def page(project: Project, entry: Entry) -> Page:
    """All acts on the attempt in the order of time."""
    bound = (binding for binding in project.labels.acts.bindings if binding.key is not None)
    bindings = [binding for binding in bound if binding.decision.attempt == entry.id]
    if not bindings:
        return ListPage([Styled("nobody has recorded anything on this attempt yet", "dim")])
    in_force = {act.id for act in standing(project.labels.acts.all())}
    by_id = {binding.decision.id: binding.decision for binding in bindings}
    lines: list[Styled] = []
    for binding in sorted(bindings, key=lambda binding: binding.decision.id):
        moved = f"moved from {one_line(binding.recorded)}"
        state = {"stale": "on another patch", "re-bound": moved}.get(binding.state, "")
        act = binding.decision
        lines += _act(act, act.id in in_force, state, by_id)
    people = len({act.annotator for act in by_id.values()})
    undone = sum(key not in in_force for key in by_id)
    title = f"{plural(len(by_id), 'act')} of {plural(people, 'annotator')}"
    if undone:
        title += f" · {undone} taken back"
    return ListPage([heading(title), *lines], wrap=True)


def _act(act: Decision, in_force: bool, state: str, by_id: dict[str, Decision]) -> Iterator[Styled]:
    """One act: what, by whom and when on a line, its details below."""
    time = act.at.strftime("%Y-%m-%d %H:%M:%S") if act.at else "–"
    circumstances = [
        " · ".join(_circumstances(act)),
        state,
        "a judge model" if act.kind == "judge" else "",
        "edited by hand: not gold" if act.edited else "",
        "" if in_force else "taken back",
    ]
    yield pieced(
        (time, "dim"),
        (f"  {one_line(act.annotator):<14} ", "strong" if in_force else "dim"),
        (_action(act, by_id), (act.judgement or "text") if in_force else "dim"),
        *((f"  {text}", "dim") for text in circumstances if text),
        section=True,
        mark=not in_force,
        hang=4,
    )
    if act.criteria:
        answers = "  ".join(f"{one_line(name)}={answer}" for name, answer in act.criteria.items())
        yield Styled(f"    {answers}", "dim")
    for mark in act.evidence:
        yield Styled(f"    {mark.mark}: {one_line(mark.file)}:{mark.line} ({mark.side})", "dim")
    for line in filter(None, (act.notes or "").split("\n")):
        yield Styled(f"    {visible(line)}", "text" if in_force else "dim")


def _action(act: Decision, by_id: dict[str, Decision]) -> str:
    """What was done: the judgement and its verdict, what was undone, or the action's name."""
    if act.action in ("judge", "adjudicate"):
        verb = "" if act.action == "judge" else "adjudicated: "
        return f"{verb}{act.judgement} → {act.verdict}"
    if act.action == "undo":
        target = by_id.get(act.undoes or "")
        what = target.judgement or target.action if target else "an act that is not here"
        return f"undo of “{what}”"
    return act.action


def _circumstances(act: Decision) -> Iterator[str]:
    """How sure, how long, what was seen before, and where it came from."""
    if act.confidence:
        yield f"{act.confidence} confidence"
    if act.seconds is not None:
        yield f"{act.seconds:.0f} s"
    if act.blind:
        yield "blind"
    if act.saw:
        yield f"saw {', '.join(map(one_line, act.saw))}"
    if act.source in _SOURCES:
        yield _SOURCES[act.source]
    if act.tags:
        yield f"[{', '.join(map(one_line, act.tags))}]"
