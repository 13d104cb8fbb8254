"""Queues, required criteria, suggestion, labels by rule, agreement and adjudication on the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from memory import MemoryRuns
from pilots import FLAT, decisions, opened, reviewing, settled
from small_runs import start_session
from textual.pilot import Pilot

from reviewer.project.project import Project
from reviewer.tui.app import ReviewerApp
from reviewer.tui.review.review import ReviewScreen
from reviewer.tui.screens.agreement import AgreementScreen
from reviewer.tui.screens.browse import BrowseScreen
from reviewer.tui.screens.queues import QueuesScreen


def side_text(screen: ReviewScreen) -> str:
    return "\n".join(screen.side.text_of(i) for i in range(screen.side.count))


async def test_the_suggestion_is_shown_with_its_reason_and_on_record(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    async with reviewing(runs, tmp_path, "0000") as (pilot, screen, project):
        wrong = next(entry for entry in project.entries if entry.suggestion and entry.attempt.patch_bytes)
        screen.show(wrong)
        await settled(pilot)
        assert wrong.suggestion is not None
        assert f"suggested: {wrong.suggestion.judgement}" in side_text(screen)
        await pilot.press("3")
        await settled(pilot)
        assert "suggestion" in decisions(tmp_path)[-1]["saw"]
    async with reviewing(runs, tmp_path / "blind", "0000", blind=True) as (pilot, screen, project):
        again = project.find(wrong.attempt.id)
        assert again is not None
        screen.show(again)
        await settled(pilot)
        assert "suggested" not in side_text(screen)
        await pilot.press("3")
        await settled(pilot)
        assert "saw" not in decisions(tmp_path / "blind")[-1]


async def test_nothing_by_rule_for_all_without_a_patch_and_undone_as_one(
    runs: MemoryRuns, tmp_path: Path
) -> None:
    project = opened(runs, tmp_path)
    app = ReviewerApp(project)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        screen = app.screen
        assert isinstance(screen, BrowseScreen)
        await pilot.press("A")
        assert "attempts without a patch as nothing, by rule" in screen.message.plain
        await pilot.press("j")
        assert not decisions(tmp_path)
        await pilot.press("A")
        screen.question.reading_time = 0  # it has been read
        await pilot.press("A")
        saved = decisions(tmp_path)
        assert saved
        assert {(d["source"], d["judgement"]) for d in saved} == {("rule", "nothing")}
        assert f"saved nothing by rule for {len(saved)} attempts" in screen.message.plain
        await pilot.press("u")
        assert project.totals().labelled == 0


@asynccontextmanager
async def at_queues(
    runs: MemoryRuns, verdicts: Path
) -> AsyncIterator[tuple[Pilot[None], QueuesScreen, Project]]:
    """The screen of queues, opened from the list."""
    project = opened(runs, verdicts)
    app = ReviewerApp(project)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("Q")
        assert isinstance(app.screen, QueuesScreen)
        yield pilot, app.screen, project


async def test_make_a_queue_work_in_it_and_hand_it_over(runs: MemoryRuns, tmp_path: Path) -> None:
    async with at_queues(runs, tmp_path) as (pilot, _screen, project):
        app = pilot.app
        await pilot.press("n", "end", "ctrl+u")
        await pilot.press(*"random:n=4,seed=3,of=non-empty,criteria=required,name=mine", "enter")
        browse = app.screen
        assert isinstance(browse, BrowseScreen)
        assert project.session is not None
        assert project.blind
        assert "mine" in browse.header.plain
        assert "0 of 4" in browse.header.plain
        await pilot.press("enter")
        await settled(pilot)
        review = app.screen
        assert isinstance(review, ReviewScreen)
        assert "mine  1 of 4" in review.header.plain
        await pilot.press("2")
        assert "wants answers to same_files" in review.message.plain
        assert not decisions(tmp_path / "tester")
        await pilot.press("y", "y", "y", "y", "p", "2")
        assert "addresses_issue" in review.message.plain
        await pilot.press("y", "2")
        await settled(pilot)
        (saved,) = decisions(tmp_path / "tester")
        assert (saved["queue"], saved["place"], saved["blind"]) == ("mine", 1, True)
        await pilot.press("q", "Q")
        queues = app.screen
        assert isinstance(queues, QueuesScreen)
        text = "\n".join(queues.list.text_of(i) for i in range(queues.list.count))
        assert "1 of 4" in text
        target = tmp_path / "handed.toml"
        await pilot.press("w", "end", "ctrl+u", *str(target), "enter")
        assert target.is_file()
        await pilot.press("g", "enter")
        assert project.session is None
        assert not project.blind
    second = opened(runs, tmp_path, "second")
    session = start_session(second, str(target))
    assert [entry.attempt.id for entry in session.entries] == [item.attempt for item in session.queue.items]


async def test_an_empty_queue_and_bad_words_say_so(runs: MemoryRuns, tmp_path: Path) -> None:
    async with at_queues(runs, tmp_path) as (pilot, screen, project):
        app = pilot.app
        for words, message in (("skipped", "queue 'skipped' is empty"), ("nonsense", "no queue 'nonsense'")):
            await pilot.press("n", "end", "ctrl+u", *words, "enter")
            assert app.screen is screen
            assert message in screen.message.plain
        assert project.session is None
        await pilot.press("b")
        assert "blind (b)" in screen.header.plain
        await pilot.press("n", "escape", "q")
        assert isinstance(app.screen, BrowseScreen)


async def agreement_of(pilot: Pilot[None], app: ReviewerApp) -> str:
    """Open the agreement screen: what it tells."""
    await pilot.press("D")
    await settled(pilot)
    screen = app.screen
    assert isinstance(screen, AgreementScreen)
    return "\n".join(screen.pane.text_of(i) for i in range(screen.pane.count))


async def test_disagreements_are_listed_and_decided_in_turn(runs: MemoryRuns, tmp_path: Path) -> None:
    for annotator, judgements in (("ada", "wrong partial correct"), ("lin", "wrong unsure nothing")):
        project = opened(runs, tmp_path, annotator)
        for number, judgement in enumerate(judgements.split()):
            entry = project.find(f"{FLAT}000{number}")
            assert entry is not None
            project.labels.judge(
                entry, judgement, notes=f"{annotator} on {number}", tags=("syntax",), blind=True
            )
    project = opened(runs, tmp_path, "judy")
    app = ReviewerApp(project)
    async with app.run_test(size=(150, 45)) as pilot:
        await settled(pilot)
        text = await agreement_of(pilot, app)
        assert "ada and lin" in text
        assert "33.3 %" in text
        assert "open disagreements: 2" in text
        await pilot.press("a")
        await settled(pilot)
        review = app.screen
        assert isinstance(review, ReviewScreen)
        assert project.blind
        text = side_text(review)
        assert "annotator 1  partial" in text
        assert "annotator 2  unsure" in text
        assert "ada on 1" in text
        assert "ada  partial" not in text
        await pilot.press("v")
        assert "ada  partial" in side_text(review)
        first = review.entry
        await pilot.press("d")
        assert "decided by itself" in review.message.plain
        await pilot.press("e", *"ada is right", "enter", "2")
        await settled(pilot)
        act = decisions(tmp_path / "judy")[-1]
        assert (act["action"], act["judgement"], act["notes"]) == ("adjudicate", "partial", "ada is right")
        assert len(act["refers_to"]) == 2
        assert "names" in act["saw"]
        assert review.entry is not first
        await pilot.press("3")
        await settled(pilot)
        assert not project.labels.disagreements()
        golden = project.labels.gold()
        assert [golden[f"{FLAT}000{n}"].strength for n in (0, 1, 2)] == [
            "agreed",
            "adjudicated",
            "adjudicated",
        ]
        await pilot.press("q", "a")
        assert "No open disagreement" in app.screen.query_one("#message").plain  # type: ignore[attr-defined]


async def test_agreement_says_what_to_do_where_there_is_none(runs: MemoryRuns, tmp_path: Path) -> None:
    app = ReviewerApp(opened(runs, tmp_path))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        text = await agreement_of(pilot, app)
        assert "Fewer than two people" in text
        await pilot.press("enter", "q")
        assert isinstance(app.screen, BrowseScreen)


async def test_agreement_tells_how_repeats_were_judged(runs: MemoryRuns, tmp_path: Path) -> None:
    project = opened(runs, tmp_path)
    session = start_session(project, "random:n=10,repeats=0.3,seed=1,blind=no")
    for entry in session.entries:
        project.labels.judge(entry, "unsure" if entry.showing else "wrong", **project.session_details(entry))
    app = ReviewerApp(project)
    async with app.run_test(size=(100, 40)) as pilot:
        await settled(pilot)
        text = await agreement_of(pilot, app)
        assert "repeats and known answers of queues" in text
        assert f"{session.queue.name}: 0 of 3 repeats as at first" in text
