"""``reviewer import``."""

from pathlib import Path
from typing import Any

import click

from reviewer.cli.help import command as declare
from reviewer.cli.options import common_options, format_option

EXAMPLES = {
    "reviewer import gpt5_evaluations.json my_results --annotator gpt-5 --kind judge": "a model's labels",
    "reviewer import labels.csv my_results --annotator lin --kind human": "a person's",
    "reviewer import decisions.jsonl my_results": "acts that were exported",
    "reviewer import ../other-copy/verdicts my_results": "another verdicts folder",
    "reviewer import measured.csv my_results --kind measurement": "what was measured",
}


@declare("import", EXAMPLES)
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@common_options
@click.option("--kind", type=click.Choice(["judge", "human", "measurement"]),
              help="Who made the labels: a model, or a person; or that FILE is no label but what was measured.")  # fmt: skip
@format_option("table", "json")
def command(**options: Any) -> None:
    """Import labels or measurements that were made elsewhere; importing the same again adds nothing.

    FILE is one of four:

    An LLM judge's evaluations (JSON, a list of commits with evaluated_attempts). true_success becomes
    `correct`, else optimization_logic_match `partial`, else is_template_code `nothing`, else it is
    `wrong`. An entry whose text begins with "Evaluation error" is a missing label, whatever else it says.

    A table, one row an attempt: CSV, JSON lines, JSON or Parquet, also as pandas writes them:

    \b
      {"attempt": "run/item", "judgement": "wrong"}

    or "run" and "item" in place of "attempt"; optional: "commit" (must be the attempt's), "criteria"
    ({"complete": "no"}), "tags" (list), "notes", "confidence" (low, medium, high), and "error": the
    label is missing, for this reason. What `export` writes is such a table. Of gold, of everything and
    of targets the annotator's own judgements are taken, or those of nobody in it as the annotator's.

    Acts: a verdicts folder, one file of it, or what `export --what decisions` wrote. They come back whole,
    with ids, times and undos, of all annotators unless --annotator or --kind names some; of a folder the
    notes on commits, runs and sections too.

    Measurements (--kind measurement), a file or a folder: a copy is kept in the verdicts folder and read from
    then on, as --measurements PATH reads them where they lie. ISO-Bench's results, reports of SWE-fficiency
    and GSO, and your own, JSON lines or CSV, one row a value; `reviewer guide measuring` says what
    each field is:

    \b
      {"commit": "<sha>", "attempt": "run/item", "metric": "latency",
       "unit": "ms", "better": "lower", "value": 3.5}

    Rows whose attempt is not among RUNS are listed. A judge is scored against gold and is no part of it.
    Exit 2: a row could not be used (the others are saved), or none is about an attempt among RUNS.
    """  # noqa: D301
    from reviewer.cli.importing import import_file  # the door of the command

    import_file(**options)
