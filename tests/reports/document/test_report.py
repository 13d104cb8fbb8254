"""The report on the sample, on hostile input and on the real attempts; in Chromium where there is one."""

from __future__ import annotations

import base64
import html
import json
import re
import shutil
import subprocess
import zlib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from exporting import command, label, make_attempt, own_sample
from hostile import hostile_commits, leaks, make_hostile_repository, make_hostile_run
from rubrics import OWN
from test_writers import MARKUP, elements

from reviewer.cli import main
from reviewer.project.notes import Notes
from reviewer.project.table import AttemptTable

SECTIONS = [
    "Analysis Methodology",
    "Commit-by-Commit Analysis",
    "Detailed Patch Content Analysis",
    "Comprehensive Success Rate Analysis",
    "Task Prompt Quality Analysis",
    "Per-Run Detailed Observations",
    "Summary: What Actually Happened Per Run",
    "Pattern Analysis Across All Commits",
    "Critical Findings",
    "Recommendations",
    "Conclusion",
    "Appendix: Complete Commit Analysis",
    "Data Availability",
    "Methodology Validation",
]
"""As the published analysis has them."""


def report(*arguments: str | Path, to: Path, **options) -> str:
    return command("report", *arguments, "-o", to, **options)


def dump(page: Path, folder: Path, *flags: str) -> str:
    """What Chromium made of a page after it was loaded."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("needs Chromium (on Debian: apt install chromium), and it is not installed")
    done = subprocess.run(
        [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            f"--user-data-dir={folder / 'chromium'}", *flags, page.as_uri(),
        ],
        capture_output=True,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2000:]
    return done.stdout.decode("utf-8")


def make_notes(verdicts: Path, annotator: str, **told: str) -> None:
    from reviewer.config import workspace

    table = AttemptTable(verdicts.parent / "attempts.sqlite", "")
    notes = Notes(workspace((verdicts,), verdicts=verdicts, annotator=annotator), table)
    for subject, text in told.items():
        notes.write(subject.replace("__", ":").replace("_", " "), text)


def test_sections_come_in_the_order_of_the_published_analysis(sample: Path, tmp_path: Path) -> None:
    report(own_sample(sample, tmp_path), "--gaps", to=tmp_path / "out")
    page = elements((tmp_path / "out" / "report.html").read_text())
    assert [tag for tag, _ in page.tags].count("h1") == 1
    found = re.findall(r"<h2[^>]*>(.*?)</h2>", (tmp_path / "out" / "report.html").read_text())
    assert [title.replace("&#x27;", "'") for title in found] == ["At a Glance", *SECTIONS]
    text = (tmp_path / "out" / "report.md").read_text()
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == ["At a Glance", *SECTIONS]
    for part in ("Human Optimization", "Task Prompt Analysis", "Agent Attempts Analysis"):
        assert text.count(f"\n#### {part}\n") == len(re.findall(r"^### Commit \d+: ", text, re.MULTILINE)) > 5


def test_every_link_leads_somewhere_and_every_attempt_has_its_place(sample: Path, tmp_path: Path) -> None:
    report(own_sample(sample, tmp_path), to=tmp_path / "r.html")
    page = elements((tmp_path / "r.html").read_text())
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert len(ids) == len(set(ids))
    links = {a["href"] for tag, a in page.tags if tag == "a" and "download" not in a}
    assert {str(link)[1:] for link in links} <= set(ids)
    assert sum(str(id).startswith("attempt-") for id in ids) == 36
    report(own_sample(sample, tmp_path / "m"), to=tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text()
    anchors = re.findall(r'<a id="([^"]*)"></a>', text)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= set(anchors)


def test_notes_fill_what_a_person_must_write_and_the_rest_is_a_gap(tmp_path: Path) -> None:
    make_attempt(tmp_path / "runs", "r/0")
    make_notes(
        tmp_path / "v",
        "ada",
        **{
            f"commit__{'c' * 40}": "it removes a copy\n<b>twice</b>",
            "run__r": "died early",
            "section__findings": "marks mislead",
        },
    )
    arguments = (tmp_path / "runs", "--verdicts", tmp_path / "v")
    report(*arguments, "--gaps", to=tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    for told in ("it removes a copy\n&lt;b&gt;twice&lt;/b&gt;", "died early", "marks mislead"):
        assert f"<blockquote><p>{told}</p><footer>ada</footer>" in page
    assert "To be written:</b> the conclusion" in page
    assert "1 of 1 commits and 1 of 1 runs have notes" in page
    report(*arguments, "--gaps", to=tmp_path / "r.md")
    assert "> marks mislead" in (tmp_path / "r.md").read_text()
    assert "_To be written:_ the conclusion" in (tmp_path / "r.md").read_text()


def test_without_gaps_a_section_that_nobody_wrote_is_not_there(tmp_path: Path) -> None:
    make_attempt(tmp_path / "runs", "r/0")
    make_notes(tmp_path / "v", "ada", section__recommendations="ask people")
    report(tmp_path / "runs", "--verdicts", tmp_path / "v", to=tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text()
    assert "To be written" not in text
    assert "\n## Recommendations\n\n> ask people" in text
    assert "[Recommendations](#recommendations)" in text
    assert "Conclusion" not in text


def test_a_page_for_each_commit(sample: Path, tmp_path: Path) -> None:
    """All links lead to an anchor of the page that they name; attempts stand on their commit's page."""
    opened = own_sample(sample, tmp_path)
    assert "name a folder" in report(opened, "--split", to=tmp_path / "r.html", code=2)
    report(opened, "--split", to=tmp_path / "out")
    for ending, link, anchor in (
        ("html", r'href="([^"#:]*)#([^"]*)"', r' id="([^"]*)"'),
        ("md", r"\]\(([^)#]*)#([^)]*)\)", r'<a id="([^"]*)"></a>'),
    ):
        pages = {path.resolve(): path.read_text() for path in (tmp_path / "out").rglob(f"*.{ending}")}
        anchors = {path: set(re.findall(anchor, text)) | {"top"} for path, text in pages.items()}
        for path, text in pages.items():
            found = re.findall(link, text)
            assert found
            for file, name in found:
                assert name in anchors[(path.parent / file).resolve() if file else path], (path, file, name)
        main_page = (tmp_path / "out" / f"report.{ending}").resolve()
        of_commits = {
            path: [name for name in names if re.match("commit-[0-9a-f]{12}$", name)]
            for path, names in anchors.items()
        }
        assert of_commits.pop(main_page) == []
        assert len(of_commits) > 5
        assert all(len(names) == 1 for names in of_commits.values())
    written = {path: path.stat().st_ino for path in (tmp_path / "out" / "commits").iterdir()}
    report(opened, "--split", to=tmp_path / "out")  # its own pages are replaced
    assert all(path.stat().st_ino != before for path, before in written.items())
    foreign = next(iter(written))
    foreign.write_text("mine")
    assert "--force replaces it" in report(opened, "--split", to=tmp_path / "out", code=2)
    assert foreign.read_text() == "mine"


def test_the_first_page_warns_as_stats_does(sample: Path, tmp_path: Path) -> None:
    opened = own_sample(sample, tmp_path)
    report(opened, to=tmp_path / "r.md")
    glance = (tmp_path / "r.md").read_text().partition("## Analysis Methodology")[0].replace("\\", "")
    stats = CliRunner().invoke(main, ["stats", str(opened)]).stdout
    warning = "a convenience sample: nobody drew it"
    assert warning in stats
    assert f"- ! {warning}" in glance


def test_a_plot_can_be_saved_as_a_file_of_its_own(sample: Path, tmp_path: Path) -> None:
    report(own_sample(sample, tmp_path), to=tmp_path / "r.html")
    source = (tmp_path / "r.html").read_text()
    files = re.findall(
        r'<a download="([^"]*)" href="data:image/svg\+xml;base64,([^"]*)">Save as SVG</a></figcaption>',
        source,
    )
    assert len(files) == source.count("<figure>") > 5
    assert {"rates.svg", "attempts.svg", "levels.svg"} <= {name for name, _ in files}
    for _, data in files:
        text = base64.b64decode(data).decode()
        drawing = ElementTree.fromstring(text)
        assert drawing.tag == "{http://www.w3.org/2000/svg}svg"
        assert len(drawing) > 1
        assert "href" not in text
        assert "--ink:" in text


def test_labels_verdicts_and_disagreements_are_told(sample: Path, tmp_path: Path) -> None:
    report(own_sample(sample, tmp_path), to=tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text()
    assert "judged correct; gold, agreed (2 people)" in text
    assert re.search(r"\| ada and grace \| \d+/\d+ \|", text)
    assert "judged differently" in text
    assert "gpt-5-judge, a judge model, never part of gold: ✗ nothing" in text


def test_no_labels_at_all_divides_by_nothing(tmp_path: Path) -> None:
    make_attempt(tmp_path / "runs", "r/0")
    report(tmp_path / "runs", "--verdicts", tmp_path / "v", to=tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text()
    assert "How many are true successes cannot be said" in text
    assert "There are no labels at all" in text
    assert "no second annotator" in text
    assert not re.search(r"\b(nan|inf)\b", text.lower())


def test_bad_input_is_told_and_stops_nothing(tmp_path: Path) -> None:
    for root in ("one", "two"):
        make_attempt(tmp_path / root, "r/0", timestamps={"written": 1.0})
    make_attempt(tmp_path / "one", "r/1").joinpath("journal.json").write_text("{")
    make_attempt(tmp_path / "one", "r/2", patch="no patch at all\n")
    label(tmp_path / "v", "ada", "r/9", "correct")
    label(tmp_path / "v", "gpt", "r/0", "wrong", kind="judge")
    report(tmp_path / "one", tmp_path / "two", "--verdicts", tmp_path / "v", to=tmp_path / "r.md")
    text = (tmp_path / "r.md").read_text()
    assert "1 act on attempts that are not here" in text
    assert "1 attempt there twice" in text
    assert "1 attempt malformed, listed here" in text
    assert "a judge model, never part of gold" in text
    assert "the human change cannot be read" in text


def test_the_same_inputs_give_the_same_bytes_and_other_labels_another_stamp(
    sample: Path, tmp_path: Path
) -> None:
    opened = own_sample(sample, tmp_path)
    for name, cache in (("a", "one"), ("b", "one"), ("c", "two")):
        report(opened, to=tmp_path / name, env={"XDG_CACHE_HOME": str(tmp_path / cache)})
    for file in ("report.html", "report.md"):
        assert len({(tmp_path / name / file).read_bytes() for name in "abc"}) == 1
    before = (tmp_path / "a" / "report.md").read_text()
    label(opened / "verdicts", "zoe", "tinyseries-1a2b3c4d/tinyseries-0002", "partial")
    report(opened, "--date", "2030-01-02", to=tmp_path / "a")
    after = (tmp_path / "a" / "report.md").read_text()
    stamps = [dict(re.findall(r"^\*\*(.*?):\*\* (.*?)  $", text, re.MULTILINE)) for text in (before, after)]
    assert stamps[0]["Inputs"] == stamps[1]["Inputs"]
    assert stamps[0]["Labels and notes"] != stamps[1]["Labels and notes"]
    assert stamps[1]["Analysis Date"] == "2030-01-02 (given on the command line)"
    assert stamps[0]["Scope"].startswith("all 36 attempts in 3 runs")
    assert re.fullmatch(r"reviewer \d+\.\d+\.\d+", stamps[0]["Program"])


def test_only_reports_are_replaced_and_errors_help(sample: Path, tmp_path: Path) -> None:
    make_attempt(tmp_path / "runs", "r/0")
    arguments = (tmp_path / "runs", "--verdicts", tmp_path / "v")
    own = tmp_path / "paper.md"
    own.write_text("# My paper\n")
    assert "--force replaces it" in report(*arguments, to=own, code=2)
    assert own.read_text() == "# My paper\n"
    report(*arguments, "--force", to=own)
    report(*arguments, to=own)
    report(*arguments, to=tmp_path / "r.html")
    report(*arguments, to=tmp_path / "r.html")
    assert "written as .md or .html" in report(*arguments, to=tmp_path / "r.pdf", code=2)
    assert "is never written to" in report(*arguments, to=tmp_path / "runs" / "r.html", code=2)
    assert "not a date" in report(*arguments, "--date", "yesterday", to=tmp_path / "r.html", code=2)
    assert "there is no folder" in report(*arguments, to=tmp_path / "no" / "r.html", code=2)


def corner(picture: Path) -> tuple[int, ...]:
    """The first pixel of a PNG: nothing precedes it, so whatever filter its row has leaves it as it is."""
    data, place, pixels = picture.read_bytes(), 8, b""
    while place < len(data):
        length = int.from_bytes(data[place : place + 4])
        if data[place + 4 : place + 8] == b"IDAT":
            pixels += data[place + 8 : place + 8 + length]
        place += length + 12
    return tuple(zlib.decompressobj().decompress(pixels, 4)[1:])


def test_the_page_is_light_dark_and_on_paper(sample: Path, tmp_path: Path) -> None:
    page = tmp_path / "r.html"
    report(own_sample(sample, tmp_path), to=page)
    shown = elements(dump(page, tmp_path, "--dump-dom"))
    written = elements(page.read_text())
    assert [tag for tag, _ in shown.tags] == [
        tag for tag, _ in written.tags
    ]  # with the policy, nothing is missing
    dump(page, tmp_path, "--window-size=600,400", f"--screenshot={tmp_path / 'light.png'}")
    dump(
        page, tmp_path, "--window-size=600,400", "--force-dark-mode", f"--screenshot={tmp_path / 'dark.png'}"
    )
    assert min(corner(tmp_path / "light.png")) > 230
    assert max(corner(tmp_path / "dark.png")) < 50
    dump(page, tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'r.pdf'}")
    folded = (tmp_path / "r.pdf").read_bytes().count(b"/Type /Page\n")
    assert 5 < folded < 90
    report(own_sample(sample, tmp_path / "again"), "--with-diffs", to=page)
    dump(page, tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'r.pdf'}")
    assert (tmp_path / "r.pdf").read_bytes().count(b"/Type /Page\n") > folded + 5


def test_no_page_is_wider_than_its_window_and_contents_follow_the_reader(
    sample: Path, tmp_path: Path
) -> None:
    """Each width is a frame of a page, which measures what it shows: the report itself runs no script."""
    report(own_sample(sample, tmp_path), "--split", to=tmp_path / "out")
    files = [tmp_path / "out" / "report.html", *(tmp_path / "out" / "commits").glob("001*.html")]
    anchors = ("methodology", "patterns", "validation")
    printed = tmp_path / "printed.html"  # as it is on A4, where a wider table would make all text smaller
    text = files[0].read_text()
    assert "`" not in text[text.index("What the Checks Ask") : text.index("Commit-by-Commit Analysis</h2>")]
    printed.write_text(text.replace("@media print", "@media all"))
    frames = [(file, width, "top") for file in files for width in (390, 1300, 2000)] + [(printed, 703, "top")]
    frames += [(files[0], 1300, anchor) for anchor in anchors]
    body = "".join(
        f'<iframe src="{file.as_uri()}#{anchor}" style="width:{width}px;height:900px"></iframe>'
        for file, width, anchor in frames
    )
    script = """
        onload = () => setTimeout(() => {
            const pages = [...document.querySelectorAll("iframe")].map(frame => frame.contentDocument);
            document.title = JSON.stringify(pages.map(page => [
                page.scrollingElement.scrollWidth - page.scrollingElement.clientWidth,
                [...page.querySelectorAll("nav a")].filter(link => link.matches(":target-current"))
                    .map(link => link.getAttribute("href")),
            ]));
        }, 2000);
    """
    (tmp_path / "frames.html").write_text(f"<script>{script}</script>{body}")
    flags = (
        "--disable-web-security",
        "--allow-file-access-from-files",
        "--virtual-time-budget=10000",
        "--dump-dom",
    )
    shown = dump(tmp_path / "frames.html", tmp_path, *flags)
    title = re.search(r"<title>(.*?)</title>", shown)
    assert title
    measured = json.loads(html.unescape(title[1]))
    assert [more for more, _ in measured] == [0] * len(frames)
    assert [current for _, current in measured[-len(anchors) :]] == [[f"#{anchor}"] for anchor in anchors]


@pytest.fixture
def hostile(tmp_path: Path) -> tuple[str | Path, ...]:
    """The hostile attempt, with what HTML and Markdown read as markup in every text too, and hostile labels."""
    repository = make_hostile_repository(tmp_path, tmp_path / "canary")
    base, human = hostile_commits(repository)
    runs = make_hostile_run(tmp_path, base, human)
    markup = "\n".join(MARKUP)
    patch = "".join(f"+{text}\n" for text in markup.split("\n"))
    size = patch.count("\n")
    make_attempt(
        runs,
        "<img src=x onerror=alert(1)>/<script>document.title='owned'<script>",
        patch=f"diff --git a/a<b>.py b/a<b>.py\n--- a/a<b>.py\n+++ b/a<b>.py\n@@ -0,0 +1,{size} @@ <i>\n{patch}",
        commits={"human": human, "pre": base},
        error=markup,
        error_type=markup,
        run_metadata={"agent": markup, "model": markup, "repo": markup},
    ).joinpath("task.txt").write_text(markup)
    for attempt in (
        "hostile-run/hostile-0000",
        "<img src=x onerror=alert(1)>/<script>document.title='owned'<script>",
    ):
        label(tmp_path / "v", "<b>ada</b>", attempt, "wrong", notes=markup, tags=("<i>x</i>",))
        label(tmp_path / "v", "bo\x1b[2J", attempt, "correct", notes="\x1b]0;t\x07 \u202e")
    make_notes(tmp_path / "v", "<u>eve</u>", **{f"commit__{human}": markup, "section__conclusion": markup})
    return (runs, "--repo", repository, "--verdicts", tmp_path / "v")


def test_hostile_text_stays_text_in_chromium(hostile: tuple[str | Path, ...], tmp_path: Path) -> None:
    said = report(*hostile, "--title", "T <script>document.title='owned'</script>", to=tmp_path / "r.html")
    assert leaks(said.encode()) == []
    source = (tmp_path / "r.html").read_text()
    assert leaks(source.encode()) == []
    # Without the page's own policy, so that the escaping alone is on trial.
    policy = re.search(r'<meta http-equiv="Content-Security-Policy"[^>]*>', source)
    assert policy
    bare = tmp_path / "bare.html"
    bare.write_text(source.replace(policy[0], ""))
    page = elements(dump(bare, tmp_path, "--dump-dom"))
    allowed = {
        "html", "head", "meta", "title", "style", "body", "nav", "main", "h1", "h2", "h3", "h4", "h5", "p", "b", "i",
        "a", "ol", "ul", "li", "dl", "dt", "dd", "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "pre",
        "span", "strong", "code", "details", "summary", "blockquote", "footer", "figure", "figcaption",
        "svg", "line", "rect", "circle", "text", "defs", "pattern",
    }  # fmt: skip
    for tag, attributes in page.tags:
        assert tag in allowed, tag
        assert not any(name.startswith("on") or name in ("src", "style", "action") for name in attributes), (
            attributes
        )
        if "href" in attributes:
            assert (attributes["href"] or "").startswith(("#", "data:image/svg+xml;base64,"))
    assert not any(text.strip() == "owned" for text in page.texts)
    title = "".join(page.texts[: page.texts.index("Analysis Date")])
    assert "T <script>document.title='owned'</script>" in title
    assert not (tmp_path / "canary").exists()


def test_hostile_text_stays_text_in_markdown(hostile: tuple[str | Path, ...], tmp_path: Path) -> None:
    from test_writers import tokens

    report(*hostile, to=tmp_path / "r.md")
    source = (tmp_path / "r.md").read_text()
    assert leaks(source.encode()) == []
    for token in tokens(source):
        assert token.type != "image"
        if token.type == "link_open":
            assert token.attrs["href"].startswith("#")
        if token.type in ("html_inline", "html_block"):
            rest = re.sub(r"<!--.*?-->", "", token.content, flags=re.DOTALL)
            assert set(re.findall(r"<\s*/?\s*([^\s>/]*)", rest)) <= {"details", "summary", "a"}, token.content


def test_secrets_are_masked(tmp_path: Path) -> None:
    secret = "sk-ant-api03-AbCdEfGhIjKlMnOpQrStUvWx"
    patch = f"--- a/x.py\n+++ b/x.py\n@@ -1 +1,2 @@\n a = 1\n+key = '{secret}'\n"
    folder = make_attempt(tmp_path / "runs", "r/0", patch=patch, error=f"401 for {secret}")
    (folder / "task.txt").write_text(f"use {secret}")
    label(tmp_path / "v", "ada", "r/0", "wrong", notes=f"has {secret}")
    report(tmp_path / "runs", "--verdicts", tmp_path / "v", to=tmp_path / "out")
    for file in ("report.md", "report.html"):
        assert secret not in (tmp_path / "out" / file).read_text()


@pytest.mark.xdist_group("real reports")
def test_the_real_attempts(isobench: Path, tmp_path: Path, real_cache: dict[str, str]) -> None:
    repository = ("--repo", isobench / "vllm.git")
    arguments = (isobench / "state" / "runs", *repository, "--verdicts", tmp_path / "v")
    report(*arguments, to=tmp_path / "out", env=real_cache)
    text = (tmp_path / "out" / "report.md").read_text()
    assert "all 300 attempts in 30 runs at 96 commits" in text
    assert "134/300 = 44.7 %" in text
    assert "92/96 = 95.8 %" in text
    assert "60.4 %" in text
    assert "143 a patch that is not empty" in text
    assert len(re.findall(r"^### Commit \d+: `[0-9a-f]{40}`$", text, re.MULTILINE)) == 96
    assert len(re.findall(r"^### Run `vllm\\?_core-", text.replace("\\", ""), re.MULTILINE)) == 30
    assert "[Perf] Disable chunked local attention by default with llama4" in text.replace("\\", "")
    assert re.search(r"^\| syntax \|.*\| 0/92 = 0.0 % \|$", text, re.MULTILINE)  # never fails a human patch
    assert re.search(r"^\| quotes the commit message \| 295 \| 100.0 % \|$", text, re.MULTILINE)
    page = elements((tmp_path / "out" / "report.html").read_text())
    ids = [attributes["id"] for _, attributes in page.tags if attributes.get("id")]
    assert sum(str(id).startswith("attempt-") for id in ids) == 300
    squares = [
        attributes
        for tag, attributes in page.tags
        if tag == "rect" and "q " in (attributes.get("class") or "")
    ]
    assert len(squares) == 300


def test_a_projects_own_judgements_are_told_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "reviewer.toml").write_text("")
    (tmp_path / "rubric.toml").write_text(OWN)
    for item in "01":
        make_attempt(tmp_path / "runs", f"r/{item}")
    label(tmp_path / "verdicts", "ada", "r/0", "good", verdict="true_success", rubric=3)
    label(tmp_path / "verdicts", "ada", "r/1", "correct", rubric=1)  # under another rubric: not gold
    report(tmp_path, to=tmp_path / "out")
    text = (tmp_path / "out" / "report.md").read_text()
    assert "**Verdict:** ✓ true success, judged good; gold, single" in text
    assert "| ✗ bad | does not | ✗ false positive | ✗ failure |" in text
    assert "true among marked, all, per attempt | 1/1 |" in text
    assert 'class="s true_success short">✓ good' in (tmp_path / "out" / "report.html").read_text()
