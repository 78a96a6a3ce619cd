"""Apache Parquet files: only wanted columns, in the types they are stored in, row group by row group.

What a type of the contract takes of them is for the contract to say. A row that is rejected is told by its number in the
file, counted from 1, and by its columns as JSON. A file that cannot be read as a whole is refused as a whole.
"""

from collections.abc import Iterator

from dativo_core.failpoints import fp
from dativo_core.flow import Batch, FileIdentity, Slice
from dativo_core.model.source_options import ParquetOptions
from dativo_core.sources.base import Discovered, ReadLimits, WantedColumn
from dativo_core.sources.file_source import FileSource, file_of
from dativo_core.sources.parquet_batches import read_batches
from dativo_core.sources.parquet_columns import Selection, select
from dativo_core.sources.parquet_file import OpenParquet, open_parquet
from dativo_core.sources.parquet_rows import RowNumbers, split_flawed


class ParquetSource(FileSource[ParquetOptions]):
    """Parquet files of one source object."""

    def discover(self) -> tuple[Discovered, ...]:
        """Return the object with the columns of all its files, in order of appearance; reads footers only."""
        names: dict[str, None] = {}
        for path in self.paths():
            with open_parquet(self.storage, self.storage.identify(path)) as opened:
                names.update(dict.fromkeys(opened.schema.names))
        return (Discovered(self.object_name, tuple(names)),)

    def read(self, part: Slice, columns: tuple[WantedColumn, ...], limits: ReadLimits) -> Iterator[Batch]:
        """Stream a file as batches in the types it is stored in; a batch and a page per column are in memory.

        A batch's `size_bytes` is its part of the stored file. Raises SourceError for a file that is bad as a whole,
        SourceChanged when the content is not what the slice says.
        """
        file = file_of(part)
        with open_parquet(self.storage, file) as opened:
            fp("source.connected")
            yield from self._batches(opened, select(opened, columns), file)
        self.storage.verify(file)

    def _batches(self, opened: OpenParquet, selection: Selection, file: FileIdentity) -> Iterator[Batch]:
        found, first = read_batches(opened, selection, self.options.batch_rows), 1
        while True:
            fp("page.before")
            stored = next(found, None)
            if stored is None:
                return
            records, numbers, rejects = split_flawed(stored.select(list(selection.columns)), file.path, first)
            size_bytes = _share(file.size_bytes, first - 1, stored.num_rows, opened.footer.num_rows)
            first += stored.num_rows
            fp("page.after")
            yield Batch(records, rejects, RowNumbers(file.path, records, numbers), size_bytes, selection.unknown)


def _share(size_bytes: int, before: int, rows: int, total: int) -> int:
    """Return the part of a file's size that some of its rows stand for; all parts add up to it."""
    return size_bytes * (before + rows) // total - size_bytes * before // total
