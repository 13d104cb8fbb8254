"""What comes next once everything is judged, in the words of the line that says so."""

from reviewer.project.session import Session


def next_steps(session: Session | None) -> str:
    """What there is to do after the last attempt of a queue, or of all where there is none."""
    if session is None:
        return "next: q, then s for the statistics · Q draws a queue for a second rater"
    if session.queue.kind == "adjudication":
        return "next: q, then s for statistics on gold labels · D for agreement"
    return "next: q, then s for the statistics · Q for another queue, or to hand this one over"


def after_last(session: Session | None) -> str:
    """What is said when the last attempt that is gone through got its judgement."""
    return f"That was the last one; {next_steps(session)}"
