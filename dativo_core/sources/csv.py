"""Delimited text files, plain or gzip: new files by content, rows as text, broken rows with their place."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from dativo_core.failpoints import fp
from dativo_core.flow import Batch, FileIdentity, Slice
from dativo_core.model.source_options import CsvOptions
from dativo_core.sources.base import Discovered, ReadLimits, WantedColumn
from dativo_core.sources.block_rows import read_batches
from dativo_core.sources.byte_stream import ByteStream, open_stream
from dativo_core.sources.csv_blocks import BlockReader
from dativo_core.sources.csv_grammar import grammar
from dativo_core.sources.csv_header import read_header, require_columns
from dativo_core.sources.csv_rows import Layout, parse_block
from dativo_core.sources.file_source import FileSource, file_of


class CsvSource(FileSource[CsvOptions]):
    """Delimited text files of one source object."""

    def discover(self) -> tuple[Discovered, ...]:
        """Return the object with the columns of all its files, in order of appearance; reads headers only."""
        names: dict[str, None] = {}
        for path in self.paths():
            with self._open(path, ReadLimits()) as opened:
                names.update(dict.fromkeys(opened.header))
        return (Discovered(self.object_name, tuple(names)),)

    def read(self, part: Slice, columns: tuple[WantedColumn, ...], limits: ReadLimits) -> Iterator[Batch]:
        """Stream a file as batches of text columns, about two blocks in memory.

        A batch's `size_bytes` is what was read of the file on disk for it. Raises SourceError for a file that is bad as
        a whole, SourceChanged after the last batch when the content is not what the slice says.
        """
        file = file_of(part)
        with self._open(file, limits) as opened:
            fp("source.connected")
            names = tuple(column.name for column in columns)
            require_columns(opened.header, names, file.path)
            layout = Layout(file.path, opened.header, names, self.options.null_values)
            yield from read_batches(opened.stream, opened.reader, partial(parse_block, layout=layout))
            opened.stream.raw.verify()

    @contextmanager
    def _open(self, file: FileIdentity | str, limits: ReadLimits) -> Iterator["_OpenFile"]:
        dialect = grammar(self.options.delimiter, self.options.quote_char)
        with open_stream(self.storage, file, self.options.encoding) as stream:
            reader = BlockReader(stream.read, dialect, self.options.block_size_bytes, limits.max_record_bytes)
            yield _OpenFile(stream, reader, read_header(reader, dialect, file if isinstance(file, str) else file.path))


@dataclass(frozen=True)
class _OpenFile:
    """A file whose header has been read."""

    stream: ByteStream
    reader: BlockReader
    header: tuple[str, ...]
