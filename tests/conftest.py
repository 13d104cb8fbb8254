"""What all tests share."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = ["packages"]

# A machine that others use too is slow at times: no test is about that.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")

PROJECT = Path(__file__).resolve().parent.parent
SHARED = PROJECT.parent / "shared"


def pytest_collection_finish() -> None:
    """What collecting made lives to the end: the garbage collector need not walk it again and again."""
    gc.collect()
    gc.freeze()


def _shared(part: str) -> Path:
    folder = SHARED / part
    if not folder.is_dir():
        reason = f"needs ../shared/{part} beside the project, and it is not there"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


@pytest.fixture(scope="session")
def isobench() -> Path:
    """The real runs; absent: skipped with the reason, and a failure in CI."""
    return _shared("isobench")


@pytest.fixture(scope="session")
def cases() -> Path:
    """Small inputs of each kind of fault, each with what is right of it; absent: as the real runs."""
    return _shared("cases")


@pytest.fixture(scope="session")
def other_sources() -> Path:
    """Samples of other benchmarks and agents; absent: as the real runs."""
    return _shared("other_sources")


@pytest.fixture(scope="session")
def invisible() -> Path:
    """A case whose patch holds characters that cannot be seen; absent: as the real runs."""
    return _shared("cases/07-invisible")


@pytest.fixture(scope="session")
def only_comments() -> Path:
    """A case of patches that are more than comments and white space; absent: as the real runs."""
    return _shared("cases/01-only-comments")


@pytest.fixture(scope="session")
def template_case() -> Path:
    """A case of people's code that has what example code has too; absent: as the real runs."""
    return _shared("cases/17-template-on-real-work")


@pytest.fixture(scope="session")
def human_commits() -> Path:
    """Human commits of seven repositories; absent: as the real runs."""
    return _shared("human_commits")


@pytest.fixture(scope="session")
def sample() -> Path:
    """The sample that ships with the project."""
    return PROJECT / "sample_runs"


@pytest.fixture(scope="session")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where each test has its home; ``mktemp`` for each of them would list all that are there every time."""
    return tmp_path_factory.mktemp("homes")


@pytest.fixture(autouse=True)
def _own_home(homes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's settings, data or cache."""
    home = Path(tempfile.mkdtemp(dir=homes))
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(home / name.lower()))


@pytest.fixture(scope="session")
def cache_of_sample(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that holds the checks of the sample, made once for all processes of a test run; to be copied."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    cache = shared / "cache-of-sample"
    with (shared / "cache-of-sample.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not cache.exists():
            unfinished = tmp_path_factory.mktemp("unfinished")
            command = [sys.executable, "-m", "reviewer", "check", str(sample), "--control"]
            environment = {**os.environ, "XDG_CACHE_HOME": str(unfinished)}
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
            unfinished.rename(cache)
    return cache


@pytest.fixture
def sample_checked(cache_of_sample: Path) -> None:
    """The test starts with the checks of the sample in its own cache."""
    shutil.copytree(cache_of_sample, os.environ["XDG_CACHE_HOME"])
