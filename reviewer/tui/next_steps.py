"""What comes next once everything is judged, in the words of the line that says so."""

from reviewer.project.session import Session


def next_steps(session: Session | None) -> str:
    """What there is to do after the last attempt of a queue, or of all where there is none."""
    if session is None:
        return "next: q, s statistics · Q a queue for a second annotator"
    if session.queue.kind == "adjudication":
        return "next: q, s statistics on gold labels · D agreement"
    return "next: q, s statistics · Q another queue, or hand it over"


def after_last(session: Session | None) -> str:
    """What is said when the last attempt that is gone through got its judgement."""
    return f"That was the last one; {next_steps(session)}"
