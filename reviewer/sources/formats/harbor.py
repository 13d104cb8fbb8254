"""Harbor's jobs: a folder a trial, with ``result.json``, and below ``agent/`` a trajectory or what the agent printed.

What the verifier rewarded is the claim. Harbor keeps no patch.
"""

import errno
import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from reviewer.files import read_file
from reviewer.model import Attempt
from reviewer.sources.attempt_files import JOURNAL, STDOUT, TRAJECTORY
from reviewer.sources.json_files import read_members
from reviewer.sources.json_values import amount_of, inner, plain, text_of
from reviewer.sources.registry import Address, Format, Reading
from reviewer.sources.trajectories.atif import joined
from reviewer.sources.trajectories.contents import MOST_BYTES

_RESULT = "result.json"
_LOG = ".txt"


def _result_of(folder: Path) -> tuple[dict[str, Any], bytes] | None:
    """A trial's result and its bytes, ``None`` for a folder that is no trial."""
    try:
        data = read_file(folder / _RESULT, MOST_BYTES)
    except OSError:
        return None
    members = read_members(data)
    return (members, data) if members and "trial_name" in members and "task_name" in members else None


def _recognise(path: Path, head: bytes) -> str | None:
    return f"{_RESULT} is of a trial of Harbor" if not head and _result_of(path) else None


def _read(path: Path, run: str) -> Reading:
    found = _result_of(path)
    if found is None:
        raise OSError(errno.ENOENT, "its result is there no more", str(path / _RESULT))
    result, data = found
    job, _, item = run.rpartition("/")
    job = job or path.parent.name or "harbor"
    model, task = inner(result, "agent_info", "model_info"), plain(result.get("task_name"))
    failure = result.get("exception_info")
    begun, ended = _time(result.get("started_at")), _time(result.get("finished_at"))
    attempt = Attempt(
        id=f"{job}/{item}",
        run=job,
        item=item,
        root=str(path),
        folder=str(Address(FORMAT.name, str(path))),
        instance=task.rpartition("/")[2] or None,
        agent=text_of(inner(result, "agent_info", "name")),
        model="/".join(filter(None, (plain(inner(model, "provider")), plain(inner(model, "name"))))) or None,
        written=ended,
        duration=ended - begun if begun and ended else None,
        patch_unknown="a trial of Harbor keeps no patch",
        status=_status(inner(result, "verifier_result")),
        error=text_of(inner(failure, "exception_message")),
        error_type=text_of(inner(failure, "exception_type")),
        journal_sha256=hashlib.sha256(data).hexdigest(),
    )
    return Reading([attempt])


def _time(given: Any) -> float | None:
    """Seconds since the epoch of a time in ISO form."""
    try:
        return datetime.fromisoformat(plain(given)).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _status(verified: Any) -> str | None:
    """What the verifier says: success for a reward of 1, failed for 0, else the reward."""
    rewards = inner(verified, "rewards")
    reward = amount_of(inner(rewards, "reward") if isinstance(rewards, dict) else inner(verified, "reward"))
    return {None: None, 1.0: "success", 0.0: "failed"}.get(reward, f"reward {reward}")


def _list_files(address: Address) -> Sequence[str]:
    folder = Path(address.path) / "agent"
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    logs = [name.removesuffix(_LOG) + STDOUT for name in names if name.endswith(_LOG)]
    return [*sorted(logs), *(TRAJECTORY for name in names if name == TRAJECTORY)]


def _read_file(address: Address, name: str) -> bytes | None:
    folder = Path(address.path)
    if name == JOURNAL:
        return read_file(folder / _RESULT)
    if name == TRAJECTORY:
        return joined(_read_agent(folder, name) or b"", lambda beside: _read_agent(folder, beside))
    return _read_agent(folder, name.removesuffix(STDOUT) + _LOG) if name in _list_files(address) else None


def _read_agent(folder: Path, name: str) -> bytes | None:
    """A file of the agent, as far as a record is read; ``None`` where it is not there."""
    try:
        return read_file(folder / "agent" / name, MOST_BYTES + 1)
    except OSError:
        return None


FORMAT = Format(
    name="harbor",
    title="Harbor's jobs (a folder a trial, with result.json)",
    recognise=_recognise,
    read=_read,
    list_files=_list_files,
    read_file=_read_file,
)
