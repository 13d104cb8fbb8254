"""Statistics of the real runs as the program reads and checks them, and the claims of their analysis."""

from __future__ import annotations

import shutil
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from reviewer.config import read_toml, workspace
from reviewer.project.claims import examine
from reviewer.project.design_rates import misfit
from reviewer.project.project import Project
from reviewer.project.queues import open_queue
from reviewer.project.rows import make_rows
from reviewer.project.statistics import Statistics
from reviewer.reports.document.markdown import to_markdown
from reviewer.reports.tables.json import to_json
from reviewer.reports.tables.statistics import statistics, to_text
from reviewer.stats.claims import ClaimsFile
from reviewer.stats.rows import StatRow
from reviewer.verdicts import queues
from reviewer.verdicts.queues import SCHEMA, Item, Queue
from reviewer.verdicts.sampling import Design, Stratum

pytestmark = pytest.mark.xdist_group("isobench statistics")


@pytest.fixture(scope="module")
def project(isobench: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("statistics")
    space = workspace(
        (isobench / "state" / "runs",),
        repositories=(isobench / "vllm.git",),
        commits=(isobench / "tmp_single_commit",),
        verdicts=folder / "verdicts",
        annotator="ada",
    )
    project = Project.open(space)
    project.apply_commits(project.load_commits())
    for _ in project.analyse():
        pass
    yield project
    project.close()


@pytest.fixture(scope="module")
def summary(project: Project):
    return Statistics(project).summary()


def test_defects_and_controls(summary):
    found = {defect.name: defect for defect in summary.defects}
    assert {name: (defect.non_empty.k, defect.non_empty.n) for name, defect in found.items() if defect.non_empty} == {
        "artefacts": (0, 143), "applies": (5, 143), "state": (5, 143), "syntax": (9, 138), "names": (9, 130), "template": (5, 143), "files": (26, 143),
        "incomplete": (26, 143), "scope": (31, 143), "provenance": (78, 143),
    }  # fmt: skip
    assert (found["empty"].marked.k, found["empty"].marked.n) == (1, 134)
    controls = {check.name: check.control for check in summary.checks if check.control is not None}
    assert {controls[name].k for name in ("syntax", "names", "template")} == {0}


def test_funnel(summary):
    assert [(level.k, level.unknown) for level in summary.funnel] == [
        (134, 0), (133, 0), (110, 0), (99, 4), (0, 103),
    ]  # fmt: skip


def test_rates_without_the_shared_work_tree_and_without_twins(summary):
    shared, twins = summary.variants
    assert shared.name == "without the shared work tree"
    rate = shared.rates.marked_success.all.per_attempt
    assert (rate.k, rate.n, shared.excluded) == (73, 233, 67)
    rate = twins.rates.marked_success.all.per_attempt
    assert (rate.k, rate.n, twins.excluded) == (97, 259, 41)


def test_files_against_the_humans_with_and_without_the_shared_work_tree(summary):
    def counts(of):
        return {
            relation.kind: (relation.non_empty.k, relation.non_empty.n)
            for relation in of.relations
            if relation.of == "all files" and relation.non_empty.k
        }

    assert counts(summary) == {
        "same": (113, 143),
        "subset": (25, 143),
        "overlap": (3, 143),
        "disjoint": (2, 143),
    }
    assert counts(summary.variants[0]) == {"same": (56, 76), "subset": (17, 76), "overlap": (3, 76)}
    syntax = next(defect.non_empty for defect in summary.variants[0].defects if defect.name == "syntax")
    assert (syntax.k, syntax.n) == (5, 73)


def test_every_figure_can_be_asked_without_the_shared_work_tree(project, summary):
    alone = Statistics(project, without="shared").summary(resample=False)
    assert alone.scope.attempts == "all attempts, without the shared work tree (−67)"
    assert (alone.totals.attempts, alone.totals.marked_success) == (233, 73)
    assert [(level.k, level.unknown) for level in alone.funnel] == [
        (level.k, level.unknown) for level in summary.variants[0].funnel
    ]
    text = to_text(summary, 200, full=True)
    assert "113/143 79.0 %" in text
    assert "56/76 73.7 %" in text
    assert "56/76 73.7 %" in to_markdown(summary)


def test_errors_and_series(summary):
    silent = summary.errors.without_message
    assert (silent.k, silent.n) == (162, 166)
    assert sum(series.n for series in summary.errors.series) == 105
    assert {series.returncode for series in summary.errors.series} == {1}
    assert {run.size for run in summary.runs} == {"single", "2–9", "10–49", "50+"}
    single = next(group for group in summary.breakdowns["run size"] if group.name == "single")
    assert (single.marked.k, single.marked.n) == (15, 22)


def test_pass_at_two(summary):
    rates = {share.k: share.rate.estimate for share in summary.pass_at["marked_success"]}
    assert rates[1] == pytest.approx(0.604, abs=0.0005)
    assert rates[2] == pytest.approx(0.756, abs=0.0005)


def test_claims_of_the_analysis(project):
    claims = read_toml(Path(__file__).parent.parent / "data" / "claims.toml", ClaimsFile)
    answers = {examined.claim.name: examined.answer for examined in examine(project, claims)}
    for name in ("attempts", "reported success rate", "non-empty of patch files", "errors without a message",
                 "file mismatch", "same files of patch files", "8aa1485f: attempts", "3368ff88: seconds",
                 "34aabdf0: steps", "a40b2039/0015: steps", "GPT-5 errors, as log lines"):  # fmt: skip
        assert answers[name] == "holds", name
    for name in ("syntax errors, of non-empty patches", "template code, of marked success", "3368ff88: steps",
                 "3368ff88: syntax error (missing `if`)", "4be69dfd: items", "a40b2039: success rate",
                 "4be69dfd/0003 is an attempt at 0ec82edd", "GPT-5 errors, as incidents", "empty, as 157 of 296",
                 "single-item runs: success rate", "level 4, no syntax errors"):  # fmt: skip
        assert answers[name] == "does not hold", name
    for name in ("true success rate, finding 1", "true success among marked", "8aa1485f: true successes",
                 "a40b2039/0015: cost", "wrong or incomplete logic"):  # fmt: skip
        assert answers[name] == "cannot be computed from what is here", name


def test_text_and_markdown_say_it_and_nothing_raw_is_in_them(summary):
    text = to_text(summary, 120, full=True)
    assert "9/138" in text
    assert "105 attempts that failed within 5 s" in text
    markdown = to_markdown(summary)
    assert "| marked success, all, per attempt | 134/300 | 44.7 % |" in markdown
    assert "| marked success, all, per attempt |  |  | 39.1–50.3 |  | (Wilson) |" in markdown


def test_every_rate_of_the_json_stands_in_a_table(summary):
    def rates(value):
        if isinstance(value, dict):
            if {"k", "n", "estimate"} <= value.keys():
                yield value
            for inner in value.values():
                yield from rates(inner)
        elif isinstance(value, list):
            for inner in value:
                yield from rates(inner)

    tables = statistics(summary, full=True)
    cells = {text for table in tables for line in table.lines for text in line.texts}
    words = {word for cell in cells for word in cell.replace("%", "").split()}
    json = msgspec.json.decode(to_json(summary, full=True))
    names = ("rates", "pass_at", "defects", "relations", "suggestions", "breakdowns")
    shown = [json[name] for name in names] + [
        variant[name] for variant in json["variants"] for name in names[:2]
    ]
    found = [rate for rate in rates(shown) if rate["estimate"]]
    assert len(found) > 100
    for rate in found:
        assert f"{100 * rate['estimate']:.1f}" in words, rate
        assert rate["k"] is None or f"{rate['k']}/{rate['n']}" in words, rate
        assert rate["low"] is None or f"{100 * rate['low']:.1f}–{100 * rate['high']:.1f}" in words, rate


def test_cost_is_what_the_agent_tells_else_its_tokens_at_the_users_prices(project):
    def cost(prices):
        rows = {row.attempt: row for row in make_rows(project.store, project.entries, {}, prices)}
        return rows["vllm_core-a40b2039/vllm_core-0015"].cost, sum(r.cost is not None for r in rows.values())

    assert cost({}) == (None, 0)
    dollars, known = cost({"gpt-5": (2.0, 10.0)})
    assert dollars == pytest.approx((2_585_584 * 2 + 18_938 * 10) / 1e6)
    assert 50 < known < 157


# Designs -----------------------------------------------------------------------------------------


def queue(items, **design):
    strata = design.pop("strata", (Stratum("", 10, 2),))
    made = Design(unit="attempt", frame=10, frame_sha256="", of="all", seed=1, strata=strata, **design)
    return Queue(
        schema=SCHEMA,
        name="q",
        kind="random",
        spec="random",
        created=datetime.now(UTC),
        design=made,
        items=items,
    )


def drawn(*names, probability=0.2, stratum=""):
    return tuple(Item(attempt=name, probability=probability, stratum=stratum) for name in names)


ROWS = {f"r/{i}": StatRow(attempt=f"r/{i}", run="r") for i in range(10)}


def test_a_design_that_fits_is_used():
    made = queue(drawn("r/1", "r/2"))
    assert misfit(made, made.design, ROWS) is None


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (queue(drawn("r/1", "gone/0")), "1 of its 2 drawn attempts are not here"),
        (queue(drawn("r/1")), "should hold 2 drawn attempts and holds 1"),
        (queue(drawn("r/1", "r/2", probability=0.5)), "has the probability 0.5"),
        (queue(drawn("r/1", "r/2", stratum="x")), "stratum 'x'"),
        (queue(drawn("r/1", "r/2"), strata=(Stratum("", 8, 2),)), "do not add up"),
        (queue((Item(attempt="r/1"),)), "no attempt of it was drawn"),
    ],
)
def test_a_design_that_does_not_fit_is_refused_with_the_reason(made, reason):
    assert reason in misfit(made, made.design, ROWS)


def test_a_queue_of_the_sample_gives_a_weighted_rate(sample: Path, tmp_path: Path):
    project = Project.open(workspace((sample,), verdicts=tmp_path / "verdicts", annotator="ada"))
    project.apply_commits(project.load_commits())
    session = open_queue(project, "random:n=6,seed=3")
    for index, item in enumerate(session.queue.items):
        project.labels.judge(project.find(item.attempt), "correct" if index % 2 else "wrong", seconds=5.0)
    summary = Statistics(project).summary()
    project.close()
    (design,) = summary.designs
    assert design.refused is None
    assert (design.true_success.labelled, design.true_success.drawn) == (6, 6)
    assert design.true_success.estimate == pytest.approx(0.5)
    assert not summary.convenience
    text = to_text(summary, 120)
    assert "true success in the frame" in text
    assert msgspec.to_builtins(summary)["designs"]


def test_one_label_is_a_convenience_sample(sample: Path, tmp_path: Path):
    project = Project.open(workspace((sample,), verdicts=tmp_path / "verdicts", annotator="ada"))
    entry = next(entry for entry in project.entries if entry.attempt.malformed is None)
    project.labels.judge(entry, "correct", seconds=5.0)
    summary = Statistics(project).summary()
    project.close()
    assert summary.convenience
    assert summary.rates.true_success.all.per_attempt.n == 1
    assert "convenience sample" in to_text(summary, 120)
    assert Statistics(project, labels="ada").summary(resample=False).gold.n == 1


def test_runs_that_lie_in_two_folders_are_counted_once(sample: Path, tmp_path: Path):
    import shutil

    shutil.copytree(sample / "runs", tmp_path / "again")
    project = Project.open(
        workspace((sample / "runs", tmp_path / "again"), verdicts=tmp_path / "v", annotator="ada")
    )
    summary = Statistics(project).summary(resample=False)
    project.close()
    once = Project.open(workspace((sample / "runs",), verdicts=tmp_path / "v", annotator="ada"))
    alone = Statistics(once).summary(resample=False)
    once.close()
    assert summary.totals.copies >= alone.totals.attempts - alone.totals.copies - 5
    assert summary.rates.marked_success.all.per_attempt.k == alone.rates.marked_success.all.per_attempt.k
    assert "copies are left out" in to_text(summary, 120)


def drawn_sample(runs: Path, verdicts: Path, words: str) -> None:
    project = Project.open(workspace((runs,), verdicts=verdicts, annotator="ada"))
    session = open_queue(project, words)
    for item in session.queue.items:
        project.labels.judge(project.find(item.attempt), "correct", seconds=5.0)
    project.close()


def refusal(runs: Path, verdicts: Path) -> str | None:
    with closing(Project.open(workspace((runs,), verdicts=verdicts, annotator="ada"))) as project:
        (design,) = Statistics(project).summary().designs
    assert (design.refused is None) == (design.true_success is not None)
    return design.refused


@pytest.mark.parametrize("of", ["all", "non-empty", "marked", "unlabelled"])
def test_a_drawn_queue_fits_what_it_was_drawn_from(sample: Path, tmp_path: Path, of: str):
    drawn_sample(sample, tmp_path / "verdicts", f"random:n=3,of={of}")
    assert refusal(sample, tmp_path / "verdicts") is None


def test_a_design_is_refused_once_a_drawn_attempt_has_another_patch(sample: Path, tmp_path: Path):
    runs = tmp_path / "runs"
    shutil.copytree(sample / "runs", runs)
    drawn_sample(runs, tmp_path / "verdicts", "random:n=3,of=non-empty")
    assert refusal(runs, tmp_path / "verdicts") is None
    (queue,), _ = queues.stored(tmp_path / "verdicts")
    attempt = queue.items[0].attempt
    (patch,) = (path for path in runs.rglob("model_patch.diff") if str(path.parent).endswith(attempt))
    patch.write_text(patch.read_text() + " \n")
    reason = refusal(runs, tmp_path / "verdicts")
    assert reason == f"1 of its drawn attempts has another patch now than when it was drawn: {attempt}"


def test_a_design_is_refused_where_its_frame_is_another(sample: Path, tmp_path: Path):
    runs = tmp_path / "runs"
    shutil.copytree(sample / "runs", runs)
    drawn_sample(runs, tmp_path / "verdicts", "random:n=3")
    (queue,), _ = queues.stored(tmp_path / "verdicts")
    frame, names = queue.design.frame, {item.attempt for item in queue.items}
    taken = next(path for path in runs.rglob("*") if str(path).endswith(queue.items[0].attempt))
    shutil.copytree(taken, runs / "later-1" / "item-0")
    journal = runs / "later-1" / "item-0" / "journal.json"
    journal.write_text(journal.read_text().replace('"written": 1', '"written": 2'))
    reason = refusal(runs, tmp_path / "verdicts")
    assert reason is not None
    assert f"drawn from {frame} attempts" in reason
    assert f"and here are {frame + 1}" in reason
    shutil.rmtree(runs / "later-1")
    assert refusal(runs, tmp_path / "verdicts") is None
    not_drawn = next(
        path.parent
        for path in runs.rglob("journal.json")
        if path.stat().st_size and not any(str(path.parent).endswith(name) for name in names)
    )
    not_drawn.rename(not_drawn.with_name("renamed-0000"))
    reason = refusal(runs, tmp_path / "verdicts")
    assert reason is not None
    assert f"and here are {frame} others" in reason


def test_a_queue_file_that_cannot_be_read_is_told(sample: Path, tmp_path: Path):
    drawn_sample(sample, tmp_path / "verdicts", "random:n=3")
    (file,) = (tmp_path / "verdicts" / queues.FOLDER).iterdir()
    file.write_text("x = [")
    reason = refusal(sample, tmp_path / "verdicts")
    assert reason is not None
    assert "not TOML" in reason
