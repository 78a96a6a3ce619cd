"""How many rows of a table, or elements of their lists, repeat a key, counted out of core by DuckDB."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from dativo_core.contract.key_cells import key_cells
from dativo_core.contract.uniqueness import Key
from dativo_core.errors import DativoError, TargetError
from dativo_core.lake.published_rows import Rows
from dativo_core.run.locked_duckdb import limited, open_session

MEMORY_LIMIT_MB = 192
SPILL_LIMIT_MB = 4096
_SURPLUS = "SELECT coalesce(sum(n), 0) - count(*) FROM (SELECT *, count(*) AS n FROM keys GROUP BY ALL)"


@dataclass
class Surplus:
    """How many rows have a key that another of the rows counted before them has, and how many there are.

    Of a key of which a row has any number of values, both are counts of values.
    """

    count: int = 0
    of: int = 0


def count_surplus(rows: Rows, key: Key, time_limit_s: float) -> Surplus:
    """Return how many rows, or values, repeat a key; memory does not grow with the rows.

    Raises TimeoutError, and TargetError when a file cannot be read or the keys do not fit into the space there is.
    """
    import duckdb

    found = Surplus()
    if time_limit_s <= 0:
        raise TimeoutError
    with (
        TemporaryDirectory(prefix="dativo-keys-", ignore_cleanup_errors=True) as directory,
        open_session(Path(directory), MEMORY_LIMIT_MB, SPILL_LIMIT_MB) as session,
    ):
        try:
            session.register("keys", _key_columns(rows, key, found))
            with limited(session, time_limit_s):
                ((surplus,),) = session.execute(_SURPLUS).fetchall()
            found.count = int(surplus)
            return found
        except duckdb.InterruptException as error:
            raise TimeoutError from error
        except duckdb.Error as error:
            raise rows.error or _uncounted(error) from error


def _key_columns(rows: Rows, key: Key, found: Surplus) -> pa.RecordBatchReader:
    nothing = key_cells(pa.RecordBatch.from_pylist([], schema=rows.schema), key)
    return pa.RecordBatchReader.from_batches(nothing.values.schema, _complete(rows, key, found))


def _complete(rows: Rows, key: Key, found: Surplus) -> Iterator[pa.RecordBatch]:
    for batch in rows.batches():
        cells = key_cells(batch, key)
        found.of += cells.values.num_rows
        yield cells.complete().values


def _uncounted(error: Exception) -> DativoError:
    told = next(iter(str(error).splitlines()), "")
    return TargetError(f"the keys cannot be counted: {told}")
