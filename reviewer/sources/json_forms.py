"""The forms of an attempt's small JSON files; keys that are not named here are ignored."""

from __future__ import annotations

import msgspec


class Commits(msgspec.Struct):
    """The human commit and its base, as the journal, the prompt and the summary name them."""

    pre: str | None = None
    human: str | None = None


class Timestamps(msgspec.Struct):
    """``written`` is in seconds since the epoch."""

    written: float | None = None


class RunMetadata(msgspec.Struct):
    """Which repository, agent and model a run was for."""

    repo: str | None = None
    agent: str | None = None
    model: str | None = None


class Metrics(msgspec.Struct):
    """What the harness measured."""

    patch_size_loc: int | None = None
    changed_files_count: int | None = None
    time_to_first_edit_s: float | None = None
    commit_count: int | None = None
    violations_count: int | None = None


class AgentSection(msgspec.Struct):
    """What the journal keeps of the agent's process."""

    cli: str | None = None
    returncode: int | None = None
    duration_s: float | None = None
    time_budget_minutes: float | None = None
    model: str | None = None


class Journal(msgspec.Struct):
    """``journal.json``. The agent's section stands under the agent's name, also under names not listed here."""

    commits: Commits | None = None
    status: str | None = None
    error: str | None = None
    error_type: str | None = None
    timestamps: Timestamps | None = None
    run_metadata: RunMetadata | None = None
    metrics: Metrics | None = None
    task_id: str | None = None
    agent_branch: str | None = None
    experiment: object = None
    trae: AgentSection | None = None
    claude_code: AgentSection | None = None
    codex_cli: AgentSection | None = None
    codex: AgentSection | None = None
    openhands: AgentSection | None = None


class Prompt(msgspec.Struct):
    """``prompt.json``."""

    task: str | None = None
    description: str | None = None
    target_files: list[str] | None = None
    commits: Commits | None = None


class SummaryMeta(msgspec.Struct):
    """Which repository, agent and model the summary is about."""

    repo: str | None = None
    agent: str | None = None
    model: str | None = None
    model_full: str | None = None


class SummaryAgent(msgspec.Struct):
    """How the agent ended, by the summary."""

    status: str | None = None
    duration_s: float | None = None


class RunSummary(msgspec.Struct):
    """``run_summary.json``."""

    meta: SummaryMeta | None = None
    agent: SummaryAgent | None = None
    commits: Commits | None = None


class Targets(msgspec.Struct):
    """``diff_targets.json``."""

    ok: bool | None = None
    disallowed: list[str] | None = None
