"""``reviewer keys``."""

from itertools import groupby
from pathlib import Path

from reviewer.cli.common import put_notice, stop, width
from reviewer.cli.help import command as declare
from reviewer.cli.options import config_option

EXAMPLES = {
    "reviewer keys": "all keys, with the ids by which settings give others",
    "reviewer keys | grep review.": "those of the review screen",
}


@declare("keys", EXAMPLES)
@config_option
def command(config: Path | None) -> None:
    """Print every key in force: what it does, its id, and whether it is the default or from your settings."""
    from reviewer.cli.colours import put_lines  # the doors of the command
    from reviewer.config import ConfigError, load_settings, settings_file
    from reviewer.reports.tables.table import Table, TableLine, table_line
    from reviewer.reports.tables.text import paint
    from reviewer.tui.app import ReviewerApp
    from reviewer.tui.keys import all_bindings, check_keys

    try:
        settings = load_settings(config)
    except ConfigError as error:
        stop(error)
    file = config or settings_file()
    keymap, problems = check_keys(settings.keys, ReviewerApp)
    lines: list[TableLine] = []
    for area, bindings in groupby(
        all_bindings(ReviewerApp), key=lambda each: (each.id or "").partition(".")[0]
    ):
        lines.append(table_line(area, "", "", ""))
        for each in bindings:
            name = each.id or ""
            key = keymap.get(name, each.key).replace(",", " ")
            lines.append(
                table_line(key, each.description, name, str(file) if name in keymap else "default", depth=1)
            )
    table = Table(
        header=("key", "what it does", "id", "from"),
        lines=tuple(lines),
        left=(0, 1, 2, 3),
        notes=(f'other keys stand under [keys] of {file}, by id: "review.next_file" = "n"',),
    )
    put_lines(paint(table, width()))
    for problem in problems:
        put_notice(f"{file}: {problem}")
