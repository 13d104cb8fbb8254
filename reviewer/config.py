"""Settings of the user and of a project, and the only place that knows paths.

A folder with ``reviewer.toml`` is a project: its runs, repositories, commits and verdicts are relative
to it and stay inside it, or are ignored with a notice. What changes behaviour (theme, keys, guard
time, artefacts) comes from the user's own settings alone. The command line wins over both.
"""

import getpass
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import platformdirs

from reviewer.files import write_whole
from reviewer.guide import Explained, Topic
from reviewer.schema_errors import explain, parse_toml
from reviewer.text import nearest

PROJECT_FILE = "reviewer.toml"
RUBRIC_FILE = "rubric.toml"
APPLICATION = "reviewer"
_T = TypeVar("_T")
AUTO, AUTO_CONTRAST = AUTOMATIC = ("auto", "auto-high-contrast")
"""The theme that goes by the terminal's background."""
DEFAULT_ARTEFACTS = ("model_patch.diff", ".bench_scratch/")
"""What harnesses leave in a patch. A pattern that ends in ``/`` names a folder, at any depth."""


class ConfigError(Explained):
    """A settings file that the user named, or their own, cannot be used; the message says where and why."""

    page = "settings"


class CheckSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Thresholds and patterns of the checks, ``[checks]`` in the user's settings; each begins with its check's name."""

    others: dict[str, dict[str, Any]] = {}
    """The tables ``[checks.<name>]`` of checks that other packages add."""

    template_names: tuple[str, ...] = (
        "some_*",
        "another_*",
        "your_*",
        "*_tensor_attribute",
        "optimized_*_allocation",
        "optimised_*_allocation",
    )
    """Globs of names that are made up; ``*`` stands for one character or more."""
    template_comments: tuple[str, ...] = (
        r"^placeholder(?: (?:implementation|code|logic|function|body|for now))?\W*$",
        r"^this is (?:just |only )?a placeholder\b",
        r"\byour (?:code|implementation|logic) (?:goes )?here\b",
        r"\b(?:implementation|code|logic) (?:goes|would go) here\b",
        r"\b(?:add|put|insert|write) (?:your|the actual|actual) (?:\w+ )?(?:code|implementation|logic)\b",
        r"\b(?:actual|real) implementation (?:goes|would|should)\b",
        r"\bin a (?:real|production) (?:implementation|scenario|application|system)\b",
        r"\breplace (?:this )?with (?:your|the actual|actual|real)\b",
        r"\bfor (?:demonstration|illustration) purposes\b",
        r"\bsimplified for (?:demonstration|illustration|brevity|the example)\b",
        r"^(?:\.\.\.|…)? ?(?:the )?(?:rest of (?:the )?|existing |remaining )(?:code|function|method|implementation)"
        r"(?: (?:remains|stays|is)? ?(?:unchanged|the same|here))?[\W]*$",
    )
    """Regular expressions of comments that stand for code still to be written; of any case."""
    scope_size_ratio: float = 3.0
    """Changed lines of the agent over the human's above which the sheer size warns."""
    scope_near_lines: int = 3
    """Base lines between two changes up to which one is the other's counterpart."""
    signatures_more: dict[str, tuple[str, ...]] = {}
    """Own signatures by name: words of which one is added, for example ``{"quantised" = ["int4"]}``."""
    provenance_carried: float = 0.9
    """Share of an earlier attempt's added lines from which a patch carries them on."""
    provenance_lines: int = 5
    """Lines that an earlier attempt must have added at least, those that the prompt gives away left out."""
    provenance_shared: float = 0.7
    """Share of a patch's added lines in that of an attempt at work in the same work tree at the same time."""
    provenance_worktree: str = r"\b(?:in|into|to|at) the (?:directory|folder|work ?tree) (/[^\s`'\"<>]+)"
    """Finds the work tree in a task text: a pattern whose first group is its path."""
    prompt_leak: float = 0.05
    """Share of the human's changed lines in the task text from which it gives the solution away."""
    prompt_issue: str = (
        r"\b(?=[slrcfhtqi\d])(?:slow(?:s|er|ly|ness|down)?|latenc(?:y|ies)|throughput|regress\w*|stalls?|contention|faster"
        r"|hot ?(?:path|spot|loop)s?|speed ?ups?|TTFT|TPOT|ITL|QPS"
        r"|\d+(?:\.\d+)?\s?(?:%|x|×|ms|µs|us|seconds|tok(?:ens)?/s|[GM]i?B))(?!\w)"
    )
    """Finds a performance issue in a task text: a symptom or a measured quantity, in any case."""
    prompt_generic: tuple[str, ...] = (
        "test_script", "str_replace_editor", "TestPack", "torch.zeros", "torch.empty", ".fill_", "e.g",
    )  # fmt: skip
    """Names in a task text that say nothing about the code at hand."""
    uninitialised_before: str = (
        r"\b(?:torch|np|numpy|jnp|cupy)(?:\.|::)(?:zeros|ones|full)(?:_like)?\b|\.new_(?:zeros|ones|full)\b"
    )
    """Finds where memory is made with a value."""
    uninitialised_after: str = (
        r"\b(?:torch|np|numpy|jnp|cupy)(?:\.|::)empty(?:_like|_strided)?\b|\.new_empty\b"
    )
    """Finds where memory is made without one."""

    def of(self, name: str, type_: type[_T]) -> _T:
        """The settings of a check that another package adds. Raises ``msgspec.ValidationError``."""
        return msgspec.convert(self.others.get(name, {}), type_)


_PATTERNS = (
    "template_comments", "provenance_worktree", "prompt_issue", "uninitialised_before", "uninitialised_after",
)  # fmt: skip
"""Settings of checks that are regular expressions, one or several."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The user's own settings, ``config.toml`` in their configuration folder."""

    theme: str = "dark"
    """``auto`` or ``auto-high-contrast`` (by the terminal's background), or a file of ``themes/`` or of your own ``themes`` folder, without ``.toml``."""
    annotator: str | None = None
    """Who judges; the login name where it is not set."""
    ascii: bool = False
    """Write nothing but ASCII; what else patches and logs hold shows as marks."""
    mouse: bool = True
    """Report mouse movements; off saves bytes over slow links."""
    guard_ms: Annotated[int, msgspec.Meta(ge=0, le=60_000)] = 150
    """Judging keys that arrive within this many milliseconds after an attempt was painted are dropped."""
    jobs: Annotated[int, msgspec.Meta(ge=1, le=256)] | None = None
    """Worker processes for checks; one per processor where it is not set."""
    rubric: str | None = None
    """Name of a rubric, or the path of its file, where neither the project nor ``--rubric`` names one."""
    artefacts: tuple[str, ...] = DEFAULT_ARTEFACTS
    """Files that a harness leaves in patches; never counted."""
    checks: CheckSettings = CheckSettings()
    """Settings of the checks."""
    prices: dict[str, tuple[float, float]] = {}
    """US dollars for a million input and a million output tokens by model, for agents that tell no cost."""
    keys: dict[str, str] = {}
    """Key bindings by their id, for example ``{"review.next_file": "n"}``."""


class ProjectFile(msgspec.Struct, frozen=True):
    """``reviewer.toml`` of a project; every path is relative to its folder."""

    runs: tuple[str, ...] = ("runs",)
    """Folders of attempts, files of predictions, agents' own records."""
    repositories: tuple[str, ...] = ()
    """Git repositories that have the human commits and their bases."""
    commits: tuple[str, ...] = ()
    """Folders of commit files (``<sha>.json``) for commits that no repository has."""
    measurements: tuple[str, ...] = ()
    """Files and folders of what was measured."""
    data: tuple[str, ...] = ()
    """Data files of benchmarks, and reports of their evaluations."""
    verdicts: str = "verdicts"
    """The folder of judgements and notes."""
    rubric: str | None = None
    """Name of a rubric, or the path of its file; ``rubric.toml`` where there is one."""


class Workspace(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was opened: absolute paths, the annotator, settings, and what was ignored and why."""

    roots: tuple[Path, ...]
    repositories: tuple[Path, ...] = ()
    commits: tuple[Path, ...] = ()
    measurements: tuple[Path, ...] = ()
    """Files and folders of what was measured."""
    data: tuple[Path, ...] = ()
    """Data files of benchmarks, and reports of their evaluations."""
    verdicts: Path
    annotator: str
    settings: Settings
    rubric: Path | str | None = None
    """A rubric's file or name; ``None`` for the program's own."""
    settings_file: Path | None = None
    """Where the user's settings lie, also where there is no such file yet."""
    notices: tuple[str, ...] = ()

    @property
    def shares_verdicts(self) -> bool:
        """Whether the verdicts folder is the one of all runs outside projects, where ids alone tell nothing apart."""
        return self.verdicts == data_folder().absolute() / "verdicts"


def config_folder() -> Path:
    """The folder of the user's ``config.toml`` and ``themes``."""
    return Path(platformdirs.user_config_dir(APPLICATION, appauthor=False))


def settings_file() -> Path:
    """The file of the user's settings."""
    return config_folder() / "config.toml"


def data_folder() -> Path:
    """The folder of verdicts on runs outside a project."""
    return Path(platformdirs.user_data_dir(APPLICATION, appauthor=False))


def state_folder() -> Path:
    """The folder of this machine's writer id and of what the screens remember."""
    return Path(platformdirs.user_state_dir(APPLICATION, appauthor=False))


def cache_folder() -> Path:
    """The folder of the index; safe to delete at any time."""
    return Path(platformdirs.user_cache_dir(APPLICATION, appauthor=False))


def theme_folders() -> tuple[Path, ...]:
    """The folders of themes, the user's own first; a wheel and an editable install differ."""
    package = Path(__file__).resolve().parent
    return (config_folder() / "themes", package / "_themes", package.parent / "themes")


def sample_folder() -> Path:
    """The folder of the sample as it was shipped; a wheel and an editable install differ."""
    package = Path(__file__).resolve().parent
    installed = package / "_sample"
    return installed if installed.is_dir() else package.parent / "sample_runs"


def save_theme(file: Path, name: str) -> None:
    """Write a theme into a settings file; all else in it stays as it is.

    Raises ``OSError`` where it cannot be written, :class:`ConfigError` where it cannot be used.
    """
    target = file.resolve()  # a link stays one
    text = target.read_text("utf-8") if target.exists() else ""
    before, table, after = re.match(r"(?s)(.*?)((?:^\[|\Z))(.*)", text, re.MULTILINE).groups()  # type: ignore[union-attr]
    line = f"theme = {msgspec.json.encode(name).decode()}"
    changed, found = re.subn(
        r"(?m)^theme *=[^#\n]*?( *#[^\n]*)?$", lambda m: line + (m[1] or ""), before, count=1
    )
    if not found:
        changed = (
            f"{before.rstrip()}\n{line}\n\n" if before.strip() else f"{line}\n\n" if table else f"{line}\n"
        )
    whole = changed + table + after
    try:
        kept = parse_toml(whole) == {**parse_toml(text), "theme": name}
    except ValueError as error:
        raise ConfigError(f"{file}: not TOML: {error}") from None
    if not kept:
        raise ConfigError(f"{file}: theme: write {line} there yourself")
    write_whole(target, [whole.encode()])


def theme_names() -> list[str]:
    """The names of all themes there are, the user's own included."""
    return sorted({file.stem for folder in theme_folders() for file in folder.glob("*.toml")})


def no_such_theme(name: str) -> ConfigError:
    """Says that there is no theme of a name, which the nearest has, and which there are."""
    names = [*AUTOMATIC, *theme_names()]
    return ConfigError(f"no theme {name!r}{nearest(name, names)}; there are: {', '.join(names)}")


def read_toml(
    path: Path,
    type_: type[_T],
    page: Topic = "settings",
    *,
    prepare: Callable[[dict[str, Any]], Any] = lambda data: data,
) -> _T:
    """Decode a TOML file, after what ``prepare`` does to it.

    Raises :class:`ConfigError` naming file and key, which the ``page`` of the guide explains.
    """
    data: Any = None
    try:
        data = prepare(parse_toml(path.read_bytes().decode("utf-8")))
        return msgspec.convert(data, type=type_)
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}", page) from None
    except msgspec.ValidationError as error:  # a ValueError too
        raise ConfigError(f"{path}: {explain(data, type_) or error}", page) from None
    except ValueError as error:
        raise ConfigError(f"{path}: not TOML: {error}", page) from None


def load_settings(path: Path | None) -> Settings:
    """The user's settings; ``path`` overrides where they lie. A missing default file means defaults.

    Raises :class:`ConfigError` where the file cannot be used, or where ``path`` does not exist.
    """
    chosen = path or settings_file()
    if path is None and not chosen.exists():
        return Settings()
    settings = read_toml(chosen, Settings, prepare=_set_apart)
    for model, price in settings.prices.items():
        if not all(0 <= dollars < float("inf") for dollars in price):
            raise ConfigError(f"{chosen}: prices.{model}: {list(price)} are no prices")
    for name in _PATTERNS:
        value = getattr(settings.checks, name)
        for pattern in (value,) if isinstance(value, str) else value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ConfigError(f"{chosen}: checks.{name}: not a pattern: {error}") from None
    return settings


def _set_apart(data: dict[str, Any]) -> dict[str, Any]:
    """Settings with the tables of other packages' checks in one field."""
    checks = data.get("checks")
    if not isinstance(checks, dict):
        return data
    own = CheckSettings.__struct_fields__
    others = {name: table for name, table in checks.items() if isinstance(table, dict) and name not in own}
    kept = {name: value for name, value in checks.items() if name not in others}
    return {**data, "checks": {**kept, "others": others}} if others else data


def default_annotator() -> str:
    """The login name, or ``annotator`` where the system knows none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "annotator"


def workspace(
    paths: tuple[Path, ...],
    *,
    repositories: tuple[Path, ...] = (),
    commits: tuple[Path, ...] = (),
    measurements: tuple[Path, ...] = (),
    data: tuple[Path, ...] = (),
    verdicts: Path | None = None,
    annotator: str | None = None,
    config: Path | None = None,
    rubric: str | None = None,
    theme: str | None = None,
    ascii_only: bool = False,
) -> Workspace:
    """The workspace that the command line, the project files and the user's settings come to.

    A path with a ``reviewer.toml`` in it stands for the project's runs. Raises :class:`ConfigError`.
    """
    settings = load_settings(config)
    if theme and theme not in (*AUTOMATIC, *theme_names()):
        raise no_such_theme(theme)
    theme, ascii_only = theme or settings.theme, ascii_only or settings.ascii
    settings = msgspec.structs.replace(settings, theme=theme, ascii=ascii_only)
    roots: list[Path] = []
    repos, commit_folders = list(repositories), list(commits)
    measured, data_files = list(measurements), list(data)
    own_verdicts: list[Path] = []
    rubrics: list[Path | str] = []
    notices: list[str] = []
    for path in paths:
        if not (path / PROJECT_FILE).is_file():
            roots.append(_absolute(path))
            continue
        file, folder = _project_file(path / PROJECT_FILE, notices), _absolute(path)
        roots += _roots(folder, file.runs, notices)
        repos += _inside(folder, "repositories", file.repositories, notices)
        commit_folders += _inside(folder, "commits", file.commits, notices)
        measured += _inside(folder, "measurements", file.measurements, notices)
        data_files += _inside(folder, "data", file.data, notices)
        default = ProjectFile().verdicts
        own_verdicts += _inside(folder, "verdicts", (file.verdicts or default,), notices, (default,))
        if file.rubric is not None and not _is_path(file.rubric):
            rubrics.append(file.rubric)
        elif file.rubric is not None or (folder / RUBRIC_FILE).is_file():
            rubrics += _inside(folder, "rubric", (file.rubric or RUBRIC_FILE,), notices)
    if len(set(rubrics)) > 1 and rubric is None:
        notices.append(f"{rubrics[1]}: another project's rubric is in use, {rubrics[0]}; ignored")
    return Workspace(
        roots=tuple(dict.fromkeys(roots)),
        repositories=tuple(dict.fromkeys(_absolute(repo) for repo in repos)),
        commits=tuple(dict.fromkeys(_absolute(folder) for folder in commit_folders)),
        measurements=tuple(dict.fromkeys(_absolute(path) for path in measured)),
        data=tuple(dict.fromkeys(_absolute(file) for file in data_files)),
        verdicts=_absolute(verdicts or (own_verdicts[0] if own_verdicts else data_folder() / "verdicts")),
        annotator=annotator or settings.annotator or default_annotator(),
        settings=settings,
        rubric=_named_rubric(rubric) or (rubrics[0] if rubrics else _named_rubric(settings.rubric)),
        settings_file=config or settings_file(),
        notices=tuple(notices),
    )


def _named_rubric(text: str | None) -> Path | str | None:
    """The file that a text is the path of, else the text, which is a rubric's name."""
    return _absolute(Path(text).expanduser()) if text and _is_path(text) else text


def _is_path(rubric: str) -> bool:
    return "/" in rubric or rubric.endswith(".toml")


def _absolute(path: Path) -> Path:
    """Without ``..`` in it, links left as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def _project_file(path: Path, notices: list[str]) -> ProjectFile:
    """A project's file; keys that it cannot have are named and ignored. Raises :class:`ConfigError`."""
    known = ProjectFile.__struct_fields__
    for key in read_toml(path, dict[str, Any], "data"):
        if key not in known and key in Settings.__struct_fields__:
            notices.append(f"{path}: {key}: that is for your own settings, {settings_file()}; ignored")
        elif key not in known:
            notices.append(
                f"{path}: {key}: there is no such key{nearest(key, known)}; there are {', '.join(known)}; ignored"
            )
    return read_toml(path, ProjectFile, "data")


def _roots(folder: Path, values: tuple[str, ...], notices: list[str]) -> list[Path]:
    """The runs of a project. Raises :class:`ConfigError` where none of what its file names can be opened."""
    ignored: list[str] = []
    roots = _inside(folder, "runs", values, ignored)
    if values == ProjectFile().runs or any(root.exists() for root in roots):
        notices += ignored
        return roots
    names = [path.name for path in folder.glob("*")]
    missing = ", ".join(f"{value!r}{nearest(value, names)}" for value in values) or "name in the list"
    reason = " ".join(ignored) or f"{folder / PROJECT_FILE}: runs: there is no {missing}"
    raise ConfigError(f"{reason}; `reviewer init --print {folder}` shows what is there", "data")


def _inside(
    folder: Path, key: str, values: tuple[str, ...], notices: list[str], default: tuple[str, ...] = ()
) -> list[Path]:
    """The absolute paths of one key of a project's file; what leaves the project is left out with a notice.

    Where nothing is left, the ``default`` stays.
    """
    kept, top = [], folder.resolve()
    where = {"runs": "on the command line", "repositories": "with --repo"}.get(key, f"with --{key}")
    for value in values:
        target, named = folder / value, f"{folder / PROJECT_FILE}: {key} = {value!r}"
        if not target.resolve().is_relative_to(top):
            notices.append(f"{named} leads out of the project; ignored; name it {where}")
        elif os.path.isabs(value):  # noqa: PTH117
            own = os.path.relpath(value, folder)
            notices.append(f"{named} is absolute, not relative to the project ({own}); ignored")
        else:
            kept.append(target)
    return kept or (_inside(folder, key, default, notices) if values != default else [])
