"""Which attempts were over before another began."""

from __future__ import annotations

from reviewer.checks.engine.corpus import Earlier, earlier_patches
from reviewer.model import Attempt


def attempt(name: str, written: float | None, duration: float | None, patch: int | None = 10) -> Attempt:
    return Attempt(
        id=name, run=name, item="0", root="/r", folder=f"/r/{name}", written=written, duration=duration, patch_bytes=patch
    )  # fmt: skip


def hash_of(folder: str) -> str:
    return f"hash of {folder}"


def earlier(*attempts: Attempt, commit: str = "c") -> dict[str, list[str]]:
    found = earlier_patches(((made, commit) for made in attempts), hash_of)
    return {folder[3:]: [patch.attempt for patch in before.patches] for folder, before in found.items()}


def test_only_what_was_over_before_the_beginning_counts():
    first, second, third = attempt("a", 100, 50), attempt("b", 200, 100), attempt("c", 210, 20)
    assert earlier(first, second, third) == {"a": [], "b": ["a"], "c": ["a"]}


def test_without_a_duration_an_attempt_began_when_it_was_written():
    assert earlier(attempt("a", 100, None), attempt("b", 100, None)) == {"a": ["b"], "b": ["a"]}


def test_attempts_without_time_or_patch_are_nobodys_predecessor():
    assert earlier(attempt("a", None, 1), attempt("b", 10, 1, None), attempt("c", 50, 1)) == {
        "b": [],
        "c": [],
    }


def test_another_commit_is_another_matter():
    first, other = attempt("a", 100, 1), attempt("b", 200, 1)
    found = earlier_patches([(first, "c"), (other, "d")], hash_of)
    assert set(found.values()) == {Earlier()}
