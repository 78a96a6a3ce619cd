"""A row that repeats a key five million rows later, in bounded memory."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pytest

ROWS = 5_000_000
MEMORY_LIMIT_MB = 500

LOAD = """
import json, sys
from dataclasses import replace
from pathlib import Path
from dativo_core.odcs.contract import CheckSeverity, Rule, RuleKind
from dativo_core.odcs.types import TypeKind
from tests.support import PLACE, column, load, orders_plan, peak_mb

rule = Rule("id__unique", RuleKind.UNIQUE, "id", ("id",), CheckSeverity.ERROR, "", PLACE)
plan = orders_plan(Path(sys.argv[1]), columns=(column("id", TypeKind.STRING),), partition_by=())
(report,) = load(replace(plan, streams=(replace(plan.streams[0], rules=(rule,)),))).streams
samples = [sample for check in report.checks for sample in check.samples]
print(json.dumps([report.counts.written, report.counts.quarantined, samples, peak_mb()]))
"""


def deliver(path: Path) -> None:
    """Write keys that fall, the first of them once more at the end."""
    path.parent.mkdir()
    with pa.OSFile(str(path), "wb") as file, pa.csv.CSVWriter(file, pa.schema([("id", pa.int64())])) as writer:
        for first in range(2 * ROWS, ROWS, -500_000):
            writer.write(pa.table({"id": pa.arange(first, first - 500_000, -1)}))
        writer.write(pa.table({"id": [2 * ROWS]}))


@pytest.mark.slow
def test_a_duplicate_five_million_rows_apart_is_found_in_bounded_memory(tmp_path: Path) -> None:
    deliver(tmp_path / "in" / "a.csv")
    command = [sys.executable, "-c", LOAD, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    written, quarantined, samples, peak_mb = json.loads(done.stdout)
    assert (written, quarantined) == (ROWS, 1)
    assert samples == [f"in/a.csv:{ROWS + 2}: id: '{2 * ROWS}' is not unique: an earlier row has it"]
    assert peak_mb < MEMORY_LIMIT_MB, peak_mb
