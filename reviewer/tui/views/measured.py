"""What was measured: each metric of base, human and agent on one scale, whether that is valid, and what failed."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from operator import attrgetter

from reviewer.cells import MISSING, cut_name, fit, format_count, pad
from reviewer.check_values import FilesValue
from reviewer.checks.measured import best_of, describe_noise, judge_measurements
from reviewer.measurement import (
    Failure,
    Flag,
    Joined,
    Joint,
    MeasuredComparison,
    MetricValues,
    OutputReference,
    Ratio,
    SideResult,
)
from reviewer.model import Side
from reviewer.project.entries import Entry
from reviewer.project.listing import at_commit
from reviewer.project.project import Project
from reviewer.sources.measurements.reading import read_output
from reviewer.text import mask_secrets, one_line, plural, visible
from reviewer.tui.signs import format_ratio, signs
from reviewer.tui.widgets.page import Folded, ListPage, Page, Styled, heading, pieced
from reviewer.tui.widgets.scales import BAR, STRIP, bar, strip

SHOWN_OF_OUTPUT = 100_000
"""Characters that are shown of the beginning of a raw output, and of its end."""
_SIDES: tuple[Side, ...] = ("base", "human", "agent")
_JOINTS: dict[Joint, str] = {
    "beside": "it lies in the attempt's folder",
    "path": "it has the attempt's path in another tree",
    "ids": "it names the attempt's run and item",
    "attempt": "it names the attempt",
    "output": "what it printed leaves this attempt alone",
    "commit": "it names the commit",
}
"""Why a measurement is taken to be of an attempt."""
_BLAMES = {"environment": "the environment's", "patch": "the patch's", "unknown": "not known whose"}
_DIFFERENCE_STYLES = {"faster": "pass", "slower": "fail", "no difference": "warn"}
_HELD = {True: ("pass", "pass"), False: ("fail", "fail"), None: ("unknown", "unknown")}
"""Sign and style of a question that holds, does not, or that nothing is written about."""

_Item = Styled | Folded


def page(project: Project, entry: Entry) -> Page:
    """Everything that was measured of an attempt, and of the others at its commit; reads files, so for a thread."""
    measurements, known = project.measurements, signs(project.space.settings.ascii)
    if not measurements.given:
        return ListPage(_nothing_given(), wrap=True)
    found = _compare(project, entry)
    answer = judge_measurements(found)
    sign = known[answer.outcome]
    lines: list[_Item] = [Styled(f"{sign} {one_line(mask_secrets(answer.summary))}", answer.outcome, hang=2)]
    if len(found) > 1:
        lines += _side_by_side(found, known)
    for number, comparison in enumerate(found, 1):
        lines += _measurement(comparison, f"{number} of {len(found)}" if len(found) > 1 else "", known)
    lines += _at_commit(project, entry, known)
    lines += [
        Styled(f"not read: {one_line(problem.file)}: {one_line(problem.reason)}", "warn", mark=True, hang=4)
        for problem in measurements.problems
        if problem.file in {comparison.joined.measurement.file for comparison in found} or not found
    ]
    return ListPage(lines, wrap=True)


def _compare(project: Project, entry: Entry) -> tuple[MeasuredComparison, ...]:
    files = entry.value(FilesValue)
    return project.measurements.compare(entry, files.human if files is not None else ())


def _nothing_given() -> list[Styled]:
    """What to do where there are no measurements."""
    ways = (
        "--measurements PATH              a file or a folder of results, when the program is started",
        'measurements = ["PATH"]          in the reviewer.toml of a project',
        "test_results.json, benchmark_result.json, measurements.jsonl or measurements.csv",
        "                                 in the folder of an attempt",
        "reviewer import PATH --kind measurement     keeps a copy beside the verdicts",
    )
    lines = [
        Styled("No measurements are given, so nothing is known here of how fast the patch is.", "strong"),
    ]
    lines += [Styled(""), heading("how they are given")]
    lines += [Styled(f"  {way}", hang=4) for way in ways]
    return [*lines, Styled(""), Styled("reviewer import --help has the forms that are read.", "dim")]


def _side_by_side(found: Iterable[MeasuredComparison], known: Mapping[str, str]) -> Iterator[Styled]:
    """A line for each measurement, so that those that disagree are seen beside each other."""
    yield Styled("")
    yield heading("all measurements, none averaged")
    for number, comparison in enumerate(found, 1):
        measurement, ratio = comparison.joined.measurement, comparison.ratio("agent")
        result = f"{'no ratio':<26}" if ratio is None else f"{_ratio_text(ratio, known):<26}"
        style = "dim" if ratio is None else _DIFFERENCE_STYLES[ratio.difference]
        yield pieced(
            (f"  {number:>2}  ", "dim"),
            (result, style),
            (f" {'' if comparison.joined.certain else 'perhaps '}", "warn"),
            (f"{one_line(comparison.metric or MISSING)}  {one_line(measurement.time or '')}", "text"),
            whole=True,
        )


def _measurement(comparison: MeasuredComparison, number: str, known: Mapping[str, str]) -> Iterator[_Item]:
    measurement = comparison.joined.measurement
    title = " · ".join(filter(None, (number, one_line(measurement.form), one_line(measurement.time or ""))))
    line = f":{measurement.line}" if measurement.line else ""
    yield Styled("")
    yield heading(f"measurement {title}")
    yield Styled(f"  {one_line(measurement.file)}{line}", "dim", hang=4)
    yield _joint(comparison.joined)
    if comparison.doubts and comparison.ratios:
        names = ", ".join(flag.name.replace("_", " ") for flag in comparison.doubts)
        yield Styled(f"  {known['fail']} in doubt: {names} (is it valid?, below)", "fail", hang=4)
    if claims := _claims(comparison):
        yield Styled(f"  the harness itself: {claims}", "dim", hang=4)
    yield from _metrics(comparison, known)
    yield from _failures(comparison.failures, known)
    yield Styled("")
    legend = f"{known['pass']} holds · {known['fail']} does not · {known['unknown']} not written"
    yield heading(f"is it valid?  {legend}")
    for flag in comparison.flags:
        yield from _flag(flag, known)
    for problem in measurement.problems:
        yield Styled(f"  not read: {one_line(problem)}", "warn", mark=True, hang=4)
    yield from _outputs(measurement.sides, known)


def _joint(joined: Joined) -> Styled:
    if joined.certain:
        return Styled(f"  of this attempt: {_JOINTS[joined.joint]}", "dim", hang=4)
    few = plural(joined.candidates, "attempt")
    text = f"  which patch was measured is not recorded: {_JOINTS[joined.joint]}; {few} here may be the one"
    return Styled(text, "warn", mark=True, hang=4)


def _claims(comparison: MeasuredComparison) -> str:
    measurement = comparison.joined.measurement
    claims = (
        f"status {one_line(measurement.status)}" if measurement.status else "",
        ""
        if measurement.improvement is None
        else f"improvement {'yes' if measurement.improvement else 'no'}",
        "" if measurement.speedup is None else f"speedup {measurement.speedup:.4g}",
    )
    return " · ".join(filter(None, claims))


# Metrics -----------------------------------------------------------------------------------------


def _metrics(comparison: MeasuredComparison, known: Mapping[str, str]) -> Iterator[Styled]:
    """Every metric that was measured, the main one first; sides that have no value are named once."""
    sides = comparison.joined.measurement.sides
    names = list(dict.fromkeys(series.metric for side in sides for series in side.series))
    names.sort(key=lambda name: name != comparison.metric)
    if names:
        drawn = f"{known['done']} up to the noise {known['noise']}, {known['value']} measured"
        yield Styled(f"  {drawn} · ratios above 1: faster, 95 % interval", "dim", hang=4)
    for name in names:
        yield Styled("")
        yield from _metric(comparison, name, known)


def _metric(comparison: MeasuredComparison, metric: str, known: Mapping[str, str]) -> Iterator[Styled]:
    measured = {side.side: side.find(metric) for side in comparison.joined.measurement.sides}
    found = {side: series for side, series in measured.items() if series is not None and series.values}
    ratios = {(r.side, r.against): r for r in comparison.ratios if r.metric == metric}
    units = {series.unit for series in found.values()}
    better = {series.better for series in found.values()} - {None}
    notes = [
        one_line(" / ".join(unit or "unit not written" for unit in sorted(units, key=str))),
        f"{better.pop()} is better" if len(better) == 1 else "which is better is not known",
        *(
            [describe_noise(max((r.noise for r in ratios.values()), key=attrgetter("share")))]
            if ratios
            else ()
        ),
    ]
    yield heading(f"{one_line(metric)} · {' · '.join(notes)}")
    ranges = {side: _range(series.values, _noise_of(side, ratios)) for side, series in found.items()}
    end = min(
        max((high for _, _, high in ranges.values()), default=1.0),
        1.5 * max((value for value, _, _ in ranges.values()), default=1.0),
        sys.float_info.max,
    )
    for side in _SIDES:
        if side not in found:
            yield Styled(f"  {side:<6}{'not measured':>18}", "dim")
            continue
        drawn = bar(*ranges[side], end, known) if len(units) == 1 else " " * BAR
        yield _side_line(found[side], side, drawn, ratios.get((side, "base")), known)
    to_human = ratios.get(("agent", "human"))
    if to_human is not None:
        text = f"  agent to human{'':<{BAR + 15}}"
        style = _DIFFERENCE_STYLES[to_human.difference]
        yield pieced((text, "dim"), (_ratio_text(to_human, known), style), whole=True)
    if len(units) > 1:
        yield Styled("  the sides have different units: no scale and no ratio", "warn", mark=True)


def _side_line(
    series: MetricValues, side: Side, drawn: str, ratio: Ratio | None, known: Mapping[str, str]
) -> Styled:
    value, _, _ = _range(series.values, 0)
    count = f"n={len(series.values)}" if len(series.values) > 1 else ""
    style = {"base": "text", "human": "region_human", "agent": "region_agent"}[side]
    pieces = [
        (f"  {side:<6}", style),
        (f"{_number(value):>9} {fit(one_line(series.unit or ''), 5)} {count:<4} ", "text"),
        (drawn, style),
    ]
    if ratio is not None:
        pieces.append((f"  {_ratio_text(ratio, known)}", _DIFFERENCE_STYLES[ratio.difference]))
    return pieced(*pieces, whole=True)


def _noise_of(side: Side, ratios: Mapping[tuple[Side, Side], Ratio]) -> float:
    """The noise that a side is drawn with: that of its own ratio, of the base that of the agent's."""
    keys: tuple[tuple[Side, Side], ...] = ((side, "base"), ("agent", "base"), ("human", "base"))
    return next((ratios[key].noise.share for key in keys if key in ratios), 0.0)


def _range(values: Sequence[float], noise: float) -> tuple[float, float, float]:
    """The middle of some values, and where they begin and end: repeats as they are, a single value by its noise."""
    ordered = sorted(values)
    middle = ordered[(len(ordered) - 1) // 2] / 2 + ordered[len(ordered) // 2] / 2
    if len(ordered) > 1:
        return middle, ordered[0], ordered[-1]
    return middle, middle / (1 + noise), middle * (1 + noise)


def _ratio_text(ratio: Ratio, known: Mapping[str, str]) -> str:
    sign = known[ratio.difference]
    return (
        f"{sign} {format_ratio(ratio.ratio)} ({format_ratio(ratio.low)[:-1]}–{format_ratio(ratio.high)[:-1]})"
    )


def _number(value: float) -> str:
    return f"{value:.0f}" if 1000 <= value < 1e8 else f"{value:.4g}"


# Validity, failures and outputs ------------------------------------------------------------------


def _flag(flag: Flag, known: Mapping[str, str]) -> Iterator[Styled]:
    sign, style = _HELD[flag.holds]
    text = f"  {known[sign]} {flag.name.replace('_', ' '):<13}{one_line(mask_secrets(flag.text))}"
    yield Styled(text, style if flag.holds is not True else "text", mark=flag.holds is False, hang=17)
    for evidence in flag.evidence:
        line = f":{evidence.line}" if evidence.line else ""
        where = f"{one_line(evidence.file or '')}{line}"
        yield Styled(
            f"{'':<17}{' '.join(filter(None, (where, one_line(evidence.text or ''))))}", "dim", hang=17
        )


def _failures(failures: Sequence[Failure], known: Mapping[str, str]) -> Iterator[Styled]:
    if failures:
        yield Styled("")
        yield heading("what failed")
    for failure in failures:
        sign, style = ("fail", "fail") if failure.blame == "patch" else ("unknown", "unknown")
        whose = f"{_BLAMES[failure.blame]} failure, by the rule: {one_line(failure.reason)}"
        yield Styled(f"  {known[sign]} {failure.side:<6} {whose}", style, mark=True, hang=11)
        yield Styled(f"{'':<11}{one_line(mask_secrets(failure.cause))}", hang=11)


def _outputs(sides: Iterable[SideResult], known: Mapping[str, str]) -> Iterator[_Item]:
    """What each side printed, folded; it is read when it is opened."""
    folds: list[Folded] = []
    for side in sides:
        fold = f"{known['fold']} {side.side}"
        if side.error:
            line = Styled(f"  {fold}: the error as it is written: enter opens", "accent")
            folds.append(Folded(line, partial(_text_lines, side.error)))
        if side.output is not None:
            size = f"{format_count(side.output.size)} bytes"
            line = Styled(f"  {fold}: what it printed, {size}: enter opens", "accent")
            folds.append(Folded(line, cache(partial(_output_lines, side.output))))
        elif side.tail:
            line = Styled(f"  {fold}: the end of what it printed: enter opens", "accent")
            folds.append(Folded(line, partial(_text_lines, side.tail)))
    if folds:
        yield Styled("")
        yield heading("raw output")
        yield from folds


def _output_lines(reference: OutputReference) -> list[Styled]:
    try:
        output = read_output(reference, SHOWN_OF_OUTPUT)
    except (OSError, ValueError) as error:
        return [
            Styled(
                f"    cannot be read: {one_line(reference.file)}: {one_line(str(error))} (reviewer guide measuring)",
                "warn",
                hang=6,
            )
        ]
    lines = _text_lines(output.begin)
    if output.between:
        lines.append(Styled(f"    … {format_count(output.between)} bytes are left out here …", "accent"))
        lines += _text_lines(output.end)
    return lines


def _text_lines(text: str) -> list[Styled]:
    return [Styled(f"    {line}", hang=4) for line in visible(mask_secrets(text)).split("\n")]


# The other attempts at the commit ----------------------------------------------------------------


def _at_commit(project: Project, entry: Entry, known: Mapping[str, str]) -> Iterator[Styled]:
    """A strip for each attempt at the commit, the ratios to their bases on one scale."""
    of_commit = project.measurements.of_commit(entry.commit_hash)
    yield Styled("")
    if project.measurements_hidden:
        yield heading("other attempts at this commit: closed while you judge blind")
        return
    same = at_commit(project.store, entry.commit_hash)
    best: dict[tuple[str, int], tuple[list[Entry], MeasuredComparison]] = {}
    unmeasured = 0
    for other in same:
        found = _compare(project, other)
        if found:
            chosen = best_of(found)
            best.setdefault(chosen.joined.measurement.key, ([], chosen))[0].append(other)
        unmeasured += not found
    ratios = [ratio for _, found in best.values() if (ratio := found.ratio("agent")) is not None]
    furthest = _furthest(ratios)
    without = f" · {plural(unmeasured, 'attempt')} not measured" if unmeasured else ""
    yield heading(f"all attempts at this commit, their ratios to the base{without}")
    if ratios:
        low, high = f"{1 / furthest:.2g}×", f"{furthest:.3g}×"
        middle = f"{low}{'1×':^{STRIP - len(low) - len(high)}}{high}"
        yield Styled(f"  {'':<24}{middle}", "dim", whole=True)
    for entries, comparison in best.values():
        yield _strip_line(entry, entries, comparison, furthest, known)
    elsewhere = sum(joined.candidates == 0 for joined in of_commit)
    if elsewhere:
        few = plural(elsewhere, "more measurement")
        yield Styled(
            f"  {few} at this commit {'is' if elsewhere == 1 else 'are'} of no attempt that is open", "dim"
        )


def _furthest(ratios: Sequence[Ratio]) -> float:
    """The ratio at the end of the scale: no interval stretches it beyond twice the largest difference."""
    largest = max((max(ratio.ratio, 1 / ratio.ratio) for ratio in ratios), default=1.0)
    edges = max((max(ratio.high, 1 / ratio.low) for ratio in ratios), default=1.0)
    return max(min(edges, 2 * largest), 1.1)


def _strip_line(
    here: Entry,
    entries: Sequence[Entry],
    found: MeasuredComparison,
    furthest: float,
    known: Mapping[str, str],
) -> Styled:
    ratio, own = found.ratio("agent"), here in entries
    name = one_line(entries[0].name) if len(entries) == 1 else f"one of {len(entries)} attempts"
    pieces = [
        (f"{known['closed'] if own else ' '} ", "accent"),
        (pad(cut_name(name, 24), 24), "strong" if own else "text"),
    ]
    if ratio is not None:
        drawn = strip(ratio.ratio, ratio.low, ratio.high, furthest, known)
        pieces += [(drawn, "text"), (f"  {_ratio_text(ratio, known)}", _DIFFERENCE_STYLES[ratio.difference])]
    else:
        failure = next(iter(found.failures), None)
        why = f"{_BLAMES[failure.blame]} failure: {one_line(failure.reason)}" if failure else "no ratio"
        if found.joined.measurement.status == "no_patch":
            why = "there was no patch"
        pieces.append((f"{known['unknown']} {why}", "unknown"))
    target = entries[0] if len(entries) == 1 and not own else None
    return pieced(*pieces, target=target, whole=True)
