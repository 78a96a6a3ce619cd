"""Files that are read in several slices land whole or not at all."""

import os
from dataclasses import replace
from pathlib import Path

from dativo_core.flow import Progress, StreamOutcome
from dativo_core.model.source_options import CsvOptions
from dativo_core.run.job import run
from tests.support import deliver, load, orders_plan, services, table_rows

ROWS = [(number, "n", 1.0) for number in range(2000)]
IN_SLICES = CsvOptions(files=("in/*.csv",), slice_size_bytes=4096, block_size_bytes=4096)


def sliced(root: Path):
    plan = orders_plan(root)
    return replace(plan, source=replace(plan.source, options=IN_SLICES))


def test_a_file_in_slices_lands_like_one_read_whole(tmp_path: Path) -> None:
    deliver(tmp_path, "a.csv", ROWS)
    (report,) = load(sliced(tmp_path)).streams
    assert (report.outcome, report.counts.written) == (StreamOutcome.COMMITTED, len(ROWS))
    assert sorted(table_rows(tmp_path).column("id").to_pylist()) == list(range(len(ROWS)))


def test_a_file_that_fails_in_a_later_slice_leaves_no_row_of_an_earlier_one(tmp_path: Path) -> None:
    spoilt, _ = deliver(tmp_path, "a.csv", ROWS), deliver(tmp_path, "b.csv", [(5000, "n", 1.0)])

    def spoil(progress: Progress) -> None:
        if spoilt.is_file():
            spoilt.unlink()
            os.mkfifo(spoilt)

    (report,) = run(sliced(tmp_path), replace(services(tmp_path), progress=spoil)).streams
    assert (report.outcome, report.counts.written, len(report.rejected_files)) == (StreamOutcome.COMMITTED, 1, 1)
    assert table_rows(tmp_path).column("id").to_pylist() == [5000]
    spoilt.unlink()
    deliver(tmp_path, "a.csv", ROWS)
    assert load(sliced(tmp_path)).streams[0].counts.written == len(ROWS)
    assert len(table_rows(tmp_path)) == len(ROWS) + 1
