"""The keys of the review screen, in the order in which the line of keys and the help show them."""

import dataclasses
from collections.abc import Mapping

from textual.binding import ActiveBinding, Binding, BindingType

from reviewer.verdicts.rubric import Rubric

REVIEW_KEYS: list[BindingType] = [
    # What a digit means is the rubric's decision, and shown by its name: these are the default rubric's.
    Binding("1", "judge('1')", "correct", id="review.correct"),
    Binding("2", "judge('2')", "partial", id="review.partial"),
    Binding("3", "judge('3')", "wrong", id="review.wrong"),
    Binding("4", "judge('4')", "nothing", id="review.nothing"),
    Binding("5", "judge('5')", "unsure", id="review.unsure"),
    *(Binding(str(n), f"judge('{n}')", f"judgement {n}", show=False, id=f"review.judgement{n}") for n in range(6, 10)),
    Binding("0", "act('skip')", "skip", id="review.skip"),
    Binding("J", "attempt(1)", "next attempt", key_display="J", id="review.next"),
    Binding("K", "attempt(-1)", "previous attempt", show=False, id="review.previous"),
    Binding("greater_than_sign,right_square_bracket", "look('next_file', 1)", "file", key_display="> <", id="review.next_file"),
    Binding("less_than_sign,left_square_bracket", "look('next_file', -1)", "previous file", show=False, id="review.previous_file"),
    Binding("full_stop,right_curly_bracket", "look('next_hunk', 1)", "hunk", key_display=". ,", id="review.next_hunk"),
    Binding("comma,left_curly_bracket", "look('next_hunk', -1)", "previous hunk", show=False, id="review.previous_hunk"),
    Binding("f", "look('next_finding', 1)", "finding", id="review.next_finding"),
    Binding("F", "look('next_finding', -1)", "previous finding", show=False, id="review.previous_finding"),
    Binding("L", "look('next_layout')", "layout", id="review.layout"),
    Binding("x", "look('change_context', True)", "more context", show=False, id="review.more_context"),
    Binding("X", "look('change_context', False)", "less context", show=False, id="review.less_context"),
    Binding("z", "look('toggle_whole_file')", "whole file", show=False, id="review.whole_file"),
    Binding("Z", "look('toggle_function_heads')", "up to the function's head", show=False, id="review.function_head"),
    Binding("enter", "look('open_here')", "open a fold", show=False, id="review.open_fold"),
    Binding("w", "look('toggle_space')", "ignore white space", show=False, id="review.space"),
    Binding("W", "look('change_wrap')", "wrap", show=False, id="review.wrap"),
    Binding("I", "look('toggle_indent')", "fold indentation", show=False, id="review.indent"),
    Binding("o", "file_by_name", "file by name", show=False, id="review.file_by_name", priority=True),
    Binding("O", "files", "list of files", show=False, id="review.files"),
    Binding("V", "look('toggle_viewed')", "file viewed", show=False, id="review.viewed"),
    Binding("U", "look('next_unviewed')", "next file not viewed", show=False, key_display="U", id="review.next_unviewed"),
    Binding("equals_sign", "compare", "compare", key_display="=", show=False, id="review.compare", priority=True),
    Binding("tab", "view(1)", "views", id="review.view"),
    Binding("shift+tab", "view(-1)", "previous view", show=False, id="review.view_back"),
    Binding("slash", "search", "search", show=False, id="review.search", priority=True),
    Binding("n", "look('find', 1)", "next found", show=False, id="review.next_found"),
    Binding("N", "look('find', -1)", "previous found", show=False, id="review.previous_found"),
    Binding("r", "look('read_again')", "read a view again", show=False, id="review.read_again"),
    Binding("y", "copy", "copy", show=False, id="review.copy"),
    Binding("Y", "write_file", "write the patch to a file", show=False, id="review.write_file", priority=True),
    Binding("ctrl+e", "look('open_file')", "file in your editor", show=False, id="review.editor"),
    Binding("E", "note", "note on commit (or run, in its view)", show=False, key_display="E", id="review.commit_note", priority=True),
    Binding("i", "checks", "checks", id="review.checks"),
    Binding("vertical_line", "look('toggle_wide_side')", "checks wider and whole", show=False, key_display="|", id="review.wider"),
    Binding("c", "fill_in('criteria')", "criteria", id="review.criteria"),
    Binding("t", "fill_in('tags')", "tags", id="review.tags"),
    Binding("e", "notes", "notes", id="review.notes", priority=True),
    Binding("m", "mark", "mark line", show=False, id="review.mark"),
    Binding("plus", "act('change_confidence', 1)", "more confident", show=False, key_display="+", id="review.surer"),
    Binding("minus", "act('change_confidence', -1)", "less confident", show=False, key_display="-", id="review.less_sure"),
    Binding("u", "undo", "undo", id="review.undo"),
    Binding("d", "act('judge_twins')", "same for twins", show=False, id="review.twins"),
    Binding("M", "app.guidelines", "guidelines", show=False, key_display="M", id="review.guidelines"),
    Binding("exclamation_mark", "act('flag')", "flag", show=False, key_display="!", id="review.flag"),
    Binding("R", "reveal", "reveal", show=False, key_display="R", id="review.reveal"),
    Binding("v", "names", "annotators' names", show=False, id="review.names"),
    Binding("s", "app.statistics", "statistics", show=False, id="review.statistics"),
    Binding("escape,q", "back", "back", key_display="q", id="review.back"),
]  # fmt: skip


def name_judgements(bindings: Mapping[str, ActiveBinding], rubric: Rubric) -> dict[str, ActiveBinding]:
    """Keys that act, the digits with the names of the rubric's judgements and without those that it has none for."""
    names = {f"judge('{choice.key}')": choice.name for choice in rubric.judgements}
    found: dict[str, ActiveBinding] = {}
    for key, active in bindings.items():
        binding = active.binding
        if binding.action in names:
            named = dataclasses.replace(binding, description=names[binding.action], show=True)
            found[key] = active._replace(binding=named)
        elif not binding.action.startswith("judge("):
            found[key] = active
    return found
