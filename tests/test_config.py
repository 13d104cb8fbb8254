from pathlib import Path

import pytest

from reviewer import config


def project(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reviewer.toml").write_text(text)
    return folder


def test_a_project_gives_its_paths(tmp_path: Path) -> None:
    folder = project(tmp_path / "p", 'runs = ["a", "b"]\nrepositories = ["r.git"]\nverdicts = "v"\n')
    (folder / "a").mkdir()
    space = config.workspace((folder,))
    assert space.roots == (folder / "a", folder / "b")
    assert space.repositories == (folder / "r.git",)
    assert space.verdicts == folder / "v"


@pytest.mark.parametrize("value", ["../outside", "/etc", "a/../../b", "link"])
def test_what_leads_out_of_a_project_is_ignored_and_said(tmp_path: Path, value: str) -> None:
    folder = project(tmp_path / "p", f'runs = ["runs"]\nrepositories = ["{value}"]\nverdicts = "{value}"\n')
    (folder / "link").symlink_to(tmp_path)
    space = config.workspace((folder,))
    assert space.repositories == ()
    assert space.verdicts == folder / "verdicts"  # the default is kept
    assert len(space.notices) == 2
    assert all("leads out of the project" in notice for notice in space.notices)


def test_a_project_cannot_change_behaviour(tmp_path: Path) -> None:
    folder = project(tmp_path / "p", 'theme = "evil"\nguard_ms = 0\nannotator = "mallory"\n[keys]\nx = "1"\n')
    space = config.workspace((folder,))
    assert space.settings == config.Settings()
    assert space.annotator != "mallory"


def test_where_the_default_leads_out_of_a_project_too_it_is_not_taken(tmp_path: Path) -> None:
    folder = project(tmp_path / "p", 'verdicts = "/etc"\n')
    (folder / "verdicts").symlink_to(tmp_path)
    (folder / "runs").symlink_to(tmp_path)
    space = config.workspace((folder,))
    assert space.roots == ()
    assert space.verdicts == config.data_folder() / "verdicts"
    assert len(space.notices) == 3


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ('["../x"]', "runs = '../x' leads out of the project; ignored; name it on the command line"),
        ('["/etc"]', "runs = '/etc' leads out of the project"),
        ("[]", "runs: there is no name in the list"),
        ('["rnus"]', "runs: there is no 'rnus'; did you mean runs?"),
        ('["gone", "away"]', "runs: there is no 'gone', 'away'"),
    ],
)
def test_where_none_of_the_runs_of_a_project_is_there_no_others_are_opened(
    tmp_path: Path, value: str, reason: str
) -> None:
    folder = project(tmp_path / "p", f"runs = {value}\n")
    (folder / "runs").mkdir()
    with pytest.raises(config.ConfigError) as caught:
        config.workspace((folder,))
    assert str(caught.value).startswith(f"{folder / 'reviewer.toml'}: {reason}")
    assert f"`reviewer init --print {folder}` shows what is there" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "option"), [("repositories", "--repo"), ("data", "--data"), ("commits", "--commits")]
)
def test_what_leads_out_of_a_project_can_be_named_with_an_option(
    tmp_path: Path, key: str, option: str
) -> None:
    (notice,) = config.workspace((project(tmp_path / "p", f'{key} = ["../x"]\n'),)).notices
    assert notice.endswith(f"{key} = '../x' leads out of the project; ignored; name it with {option}")


@pytest.mark.parametrize("key", ["repositories", "commits", "verdicts"])
def test_absolute_paths_of_a_project_are_named_and_the_default_kept(tmp_path: Path, key: str) -> None:
    folder = tmp_path / "p"
    inside = folder / "own"
    project(folder, f"{key} = " + (f'"{inside}"' if key == "verdicts" else f'["{inside}"]'))
    space = config.workspace((folder,))
    (notice,) = space.notices
    assert notice == (
        f"{folder / 'reviewer.toml'}: {key} = '{inside}' is absolute, not relative to the project (own); ignored"
    )
    assert (space.roots, space.repositories, space.commits) == ((folder / "runs",), (), ())
    assert space.verdicts == folder / "verdicts"


ALL = "runs, repositories, commits, measurements, data, verdicts, rubric"


def test_keys_that_a_project_cannot_have_are_named_and_ignored(tmp_path: Path) -> None:
    text = (
        'run = ["a"]\nrepositries = ["r.git"]\ntheme = "light"\nnonsense = 1\n[keys]\n"review.next" = "x"\n'
    )
    folder = project(tmp_path / "p", text)
    space = config.workspace((folder,))
    file, own = folder / "reviewer.toml", config.settings_file()
    assert space.notices == (
        f"{file}: run: there is no such key; did you mean runs?; there are {ALL}; ignored",
        f"{file}: repositries: there is no such key; did you mean repositories?; there are {ALL}; ignored",
        f"{file}: theme: that is for your own settings, {own}; ignored",
        f"{file}: nonsense: there is no such key; there are {ALL}; ignored",
        f"{file}: keys: that is for your own settings, {own}; ignored",
    )
    assert (space.roots, space.repositories) == ((folder / "runs",), ())


def test_the_command_line_wins(tmp_path: Path) -> None:
    folder = project(tmp_path / "p", 'verdicts = "v"\n')
    user = tmp_path / "config.toml"
    user.write_text('annotator = "ada"\n')
    space = config.workspace((folder,), verdicts=tmp_path / "w", annotator="grace", config=user)
    assert space.verdicts == tmp_path / "w"
    assert space.annotator == "grace"
    assert config.workspace((folder,), config=user).annotator == "ada"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("guard_ms = 'x'", "guard_ms: found 'x', a text; possible is a whole number from 0 to 60000$"),
        ("jobs = 0", "jobs: found 0, a whole number; possible is a whole number from 1 to 256"),
        ("ascii = 'yes'", "ascii: found 'yes', a text; possible is true or false"),
        ("artefacts = 'x'", "artefacts: found 'x', a text; possible is a list, each a text"),
        ("artefacts = [1]", r"artefacts\[0\]: found 1, a whole number; possible is a text"),
        ("prices.m = [1]", r"prices.m: found \[1\], a list; possible is a list of 2: a number, a number"),
        ("keys.x = 1", "keys.x: found 1, a whole number; possible is a text"),
        ("keys = 'x'", "keys: found 'x', a text; possible is a table"),
        ("colour = 1", "colour: there is no such key. Keys: theme, annotator"),
        ("thme = 'dark'", "thme: there is no such key; did you mean theme. Keys: theme, annotator"),
        (
            "checks.scope_near_line = 1",
            r"checks\.scope_near_line: there is no such key; did you mean scope_near_lines\?",
        ),
        ("[", "TOML"),
        ("checks.prompt_issue = '('", "prompt_issue: not a pattern"),
        ("checks.provenance_lines = 'x'", "provenance_lines"),
    ],
)
def test_a_bad_setting_is_named(tmp_path: Path, text: str, named: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(config.ConfigError, match=named):
        config.load_settings(file)
    with pytest.raises(config.ConfigError, match=r"missing\.toml"):
        config.load_settings(tmp_path / "missing.toml")


def test_prices_of_models_are_read_and_what_is_none_is_told(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[prices]\n"gpt-5" = [1.25, 10]\n')
    assert config.load_settings(file).prices == {"gpt-5": (1.25, 10.0)}
    for wrong in ("[-1.0, 2.0]", "[1.0, inf]", "[1.0, nan]", "[1.0]", "1.0"):
        file.write_text(f'[prices]\n"gpt-5" = {wrong}\n')
        with pytest.raises(config.ConfigError, match="prices"):
            config.load_settings(file)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'theme = "light"\n'),
        ("ascii = true\n", 'ascii = true\ntheme = "light"\n\n'),
        ("# a comment\n[keys]\n", '# a comment\ntheme = "light"\n\n[keys]\n'),
        ("[keys]\na = 'b'\n", "theme = \"light\"\n\n[keys]\na = 'b'\n"),
        ("theme='dark'#x\n", 'theme = "light"#x\n'),
        ('theme = "dark"   # quiet\njobs = 2\n', 'theme = "light"   # quiet\njobs = 2\n'),
    ],
)
def test_a_theme_is_kept_and_nothing_else_changes(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "linked.toml"
    (tmp_path / "mine.toml").write_text(before)
    file.symlink_to("mine.toml")
    config.save_theme(file, "light")
    assert file.is_symlink()
    assert (tmp_path / "mine.toml").read_text() == after
    config.save_theme(file, "dark")
    config.save_theme(file, "light")
    assert (tmp_path / "mine.toml").read_text() == after
    config.save_theme(tmp_path / "new" / "config.toml", "light")
    assert config.load_settings(tmp_path / "new" / "config.toml").theme == "light"


@pytest.mark.parametrize("text", ["[", 'theme = """\ndark"""\n', '"theme" = "dark"\n'])
def test_a_file_that_a_theme_cannot_be_written_into_stays_as_it_is(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(config.ConfigError, match=r"config\.toml: "):
        config.save_theme(file, "light")
    assert file.read_text() == text
