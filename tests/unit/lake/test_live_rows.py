"""Reading what is alive of a data file: as PyIceberg reads it, in small batches."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.manifest import DataFile, FileFormat
from pyiceberg.typedef import Record
from pyiceberg.types import DoubleType

from dativo_core.errors import TargetError
from dativo_core.lake import live_rows
from dativo_core.lake.live_rows import LiveFile, live_files, read_rows
from dativo_core.odcs.types import TypeKind
from tests.support import column, deliver, orders_columns
from tests.unit.lake.other_engine import data_directory, mark_deleted, opened
from tests.unit.lake.test_delete_insert import load_one


def test_rows_are_read_as_pyiceberg_reads_them_in_bounded_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_rows, "BATCH_ROWS", 1000)
    columns = (orders_columns()[0], column("name", TypeKind.STRING), column("amount", TypeKind.FLOAT))
    deliver(tmp_path, "a.csv", [(n, "n", 1.0) for n in range(5000)])
    assert load_one(tmp_path, columns=columns).error is None
    for row in (0, 1234, 4999):
        mark_deleted(tmp_path, row)
    with opened(tmp_path) as table, table.update_schema() as update:
        update.rename_column("name", "title").update_column("amount", DoubleType()).move_first("amount")
    with opened(tmp_path) as table:
        (file,) = live_files(table)
        batches = list(read_rows(table, file, table.schema()))
        assert pa.Table.from_batches(batches).to_pylist() == table.scan().to_arrow().to_pylist()
    assert (max(batch.num_rows for batch in batches), sum(batch.num_rows for batch in batches)) == (1000, 4997)


@pytest.mark.parametrize(
    ("file_format", "reason"), [(FileFormat.ORC, "not Parquet"), (FileFormat.PARQUET, "not a parquet file")]
)
def test_a_data_file_that_cannot_be_read_is_refused_by_name(tmp_path: Path, file_format, reason: str) -> None:
    deliver(tmp_path, "a.csv", [(1, "n", 1.0)])
    load_one(tmp_path)
    with opened(tmp_path) as table:
        path = data_directory(table) / "strange"
        path.write_bytes(b"no data file of any kind")
        strange = DataFile.from_args(file_path=f"file://{path}", file_format=file_format, partition=Record())
        with pytest.raises(TargetError, match=rf"data file file://.*strange .*{reason}"):
            list(read_rows(table, LiveFile(strange, frozenset()), table.schema()))
