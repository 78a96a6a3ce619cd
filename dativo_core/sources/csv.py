"""Delimited text files, plain or gzip: new files by content, rows as text, broken rows with their place."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dativo_core.errors import SourceError
from dativo_core.failpoints import fp
from dativo_core.flow import Batch, FileIdentity, RunState, Slice, Window
from dativo_core.model.source_options import CsvOptions
from dativo_core.sources.base import Discovered, ReadLimits, WantedColumn, WindowPolicy
from dativo_core.sources.byte_stream import ByteStream, open_stream
from dativo_core.sources.csv_blocks import Block, BlockReader
from dativo_core.sources.csv_grammar import grammar
from dativo_core.sources.csv_header import read_header, require_columns
from dativo_core.sources.csv_rows import Layout, parse_block
from dativo_core.sources.file_window import file_slices, plan_files, removable_paths
from dativo_core.sources.storage import Storage


@dataclass(frozen=True)
class CsvSource:
    """The files of one source object, wherever `storage` finds them. Picklable, holds no secret."""

    options: CsvOptions
    object_name: str
    storage: Storage

    def discover(self) -> tuple[Discovered, ...]:
        """Return the object with the columns of all its files, in order of appearance; reads headers only."""
        names: dict[str, None] = {}
        for path in self._paths():
            with self._open(path, ReadLimits()) as opened:
                names.update(dict.fromkeys(opened.header))
        return (Discovered(self.object_name, tuple(names)),)

    def window(self, state: RunState | None, policy: WindowPolicy) -> Window:
        """Fix the files this run covers; every file is hashed. Raises SourceError naming all files that cannot be loaded."""
        paths = self._paths(removable_paths(state, policy))
        found = tuple(self.storage.identify(path) for path in paths)
        return plan_files(found, state, policy)

    def slices(self, window: Window) -> tuple[Slice, ...]:
        """Return one slice per file."""
        return file_slices(window)

    def read(self, part: Slice, columns: tuple[WantedColumn, ...], limits: ReadLimits) -> Iterator[Batch]:
        """Stream a file as batches of text columns, about two blocks in memory.

        A batch's `size_bytes` is what was read of the file on disk for it. Raises SourceError for a file that is bad as
        a whole, SourceChanged after the last batch when the content is not what the slice says.
        """
        file = _file_of(part)
        with self._open(file, limits) as opened:
            fp("source.connected")
            names = tuple(column.name for column in columns)
            require_columns(opened.header, names, file.path)
            layout = Layout(file.path, opened.header, names, self.options.null_values)
            yield from _batches(opened, layout)
            opened.stream.raw.verify()

    def probe(self) -> str:
        """Return how many files there are and how large they are. Raises SourceError when there is none."""
        paths = self._paths()
        size_bytes = sum(self.storage.size_bytes(path) for path in paths)
        return f"{self.object_name}: {len(paths)} file(s), {size_bytes} bytes"

    def _paths(self, may_be_gone: frozenset[str] | None = None) -> tuple[str, ...]:
        return self.storage.match(self.options.files, may_be_gone)

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


def _batches(opened: _OpenFile, layout: Layout) -> Iterator[Batch]:
    blocks, seen = opened.reader.blocks(), 0
    while True:
        fp("page.before")
        block: Block | None = next(blocks, None)
        if block is None:
            return
        position = opened.stream.raw.position
        batch = parse_block(block, layout, position - seen)
        seen = position
        fp("page.after")
        yield batch


def _file_of(part: Slice) -> FileIdentity:
    if part.file is None:
        message = "a slice of delimited text names no file"
        raise SourceError(message, hint="This is a bug in Dativo")
    return part.file
