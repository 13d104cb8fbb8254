"""What counts as seen: the terminal's answer after a frame, and time where none comes."""

from collections.abc import Callable

from reviewer.tui.frame_echo import FIRST_PATIENCE, PATIENCE, QUERY, FrameEcho


class Line:
    """A terminal that answers when a test says so, and timers that run out when it says so."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.timers: list[tuple[float, Callable[[], None]]] = []
        self.seen: list[str] = []
        self.echo = FrameEcho(self.written.append, lambda after, call: self.timers.append((after, call)))

    def frame(self, name: str) -> None:
        self.echo.after_frame(lambda: self.seen.append(name))


def test_a_frame_is_seen_when_the_terminal_answers_its_own_request() -> None:
    line = Line()
    line.frame("first")
    line.frame("second")
    assert (line.written, line.seen) == ([QUERY, QUERY], [])
    line.echo.answered()
    assert line.seen == ["first"]
    line.echo.answered()
    assert line.seen == ["first", "second"]
    line.echo.answered()  # a function key that looks like an answer
    assert line.seen == ["first", "second"]


def test_a_terminal_that_never_answers_is_waited_for_once() -> None:
    line = Line()
    line.frame("first")
    ((after, give_up),) = line.timers
    assert after == FIRST_PATIENCE
    give_up()
    assert line.seen == ["first"]
    line.frame("second")
    assert (line.seen, len(line.timers)) == (["first", "second"], 1)
    line.echo.answered()  # late, on a slow line
    line.frame("third")
    assert line.seen == ["first", "second"]


def test_a_lost_answer_ends_no_session() -> None:
    line = Line()
    line.frame("first")
    line.echo.answered()
    line.frame("lost")
    line.frame("also lost")
    assert [after for after, _ in line.timers] == [FIRST_PATIENCE, PATIENCE, PATIENCE]
    line.timers[0][1]()  # the first was answered: nothing is overdue
    assert line.seen == ["first"]
    line.timers[2][1]()
    assert line.seen == ["first", "lost", "also lost"]
    line.frame("next")
    line.echo.answered()
    assert line.seen[-1] == "next"
