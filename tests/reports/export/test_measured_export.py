"""``reviewer export --what measurements``: every metric of every result, with what follows from it."""

import csv
import json
from pathlib import Path

from click.testing import CliRunner

from reviewer.cli import main


def test_every_metric_of_every_result_is_a_row(isobench: Path, tmp_path: Path) -> None:
    output = tmp_path / "measured.csv"
    runs, measurements = isobench / "state" / "runs", isobench / "measurements" / "state"
    result = CliRunner().invoke(
        main,
        [
            "export",
            str(runs),
            "--measurements",
            str(measurements),
            "--what",
            "measurements",
            "-o",
            str(output),
        ],
    )
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(output.read_text().splitlines()))
    assert len({row["file"] for row in rows}) == 295
    main_rows = [row for row in rows if row["main"] == "true"]
    assert len(main_rows) == 14
    for row in main_rows:
        base, patched = json.loads(row["base"])[0], json.loads(row["patched"])[0]
        assert abs(float(row["ratio"]) - base / patched) < 1e-9
        assert float(row["low"]) < float(row["ratio"]) < float(row["high"])
    failed = [row for row in rows if row["blame"] == "environment"]
    assert {row["reason"] for row in failed}
    assert not any(row["file"].startswith("/") for row in rows)
