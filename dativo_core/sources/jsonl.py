"""Files with a JSON object per line, plain or compressed: numbers exact, broken lines with their place.

A line ends with LF, CRLF or a lone CR; blank lines are no rows. A key that is missing is null. Strings stay as they are,
numbers and booleans arrive as such or as the text that is written, and what has parts as JSON text where the contract
wants text. A line that is no JSON object, has a key twice, or is nested deeper than 200 levels is rejected.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from dativo_core.failpoints import fp
from dativo_core.flow import Batch, FileIdentity, Slice
from dativo_core.model.source_options import JsonlOptions
from dativo_core.sources.base import Discovered, ReadLimits, WantedColumn
from dativo_core.sources.block_rows import read_batches
from dativo_core.sources.byte_stream import ByteStream, TextFormat, TextPart, open_stream
from dativo_core.sources.csv_cutter import BlockReader
from dativo_core.sources.csv_grammar import lines
from dativo_core.sources.file_source import FileSource, file_of
from dativo_core.sources.jsonl_rows import Members, keys_of, parse_block


class JsonlSource(FileSource[JsonlOptions]):
    """Files of JSON lines of one source object."""

    def discover(self) -> tuple[Discovered, ...]:
        """Return the object with the keys in the first block of each file, in order of appearance."""
        names: dict[str, None] = {}
        for path in self.paths():
            with self._open(path, ReadLimits()) as (_, reader):
                first = next(reader.blocks(), None)
                names.update(dict.fromkeys(keys_of(first) if first else ()))
        return (Discovered(self.object_name, tuple(names)),)

    def read(self, part: Slice, columns: tuple[WantedColumn, ...], limits: ReadLimits) -> Iterator[Batch]:
        """Stream a file as batches, about two blocks of text in memory.

        A batch's `size_bytes` is what was read of the stored file for it. Raises SourceError for a file that is bad as a
        whole, SourceChanged after the last batch when the content is not what the slice says.
        """
        file = file_of(part)
        with self._open(file, limits) as (stream, reader):
            fp("source.connected")
            yield from read_batches(stream, reader, partial(parse_block, members=Members.of(file.path, columns)))
            stream.raw.verify()

    @contextmanager
    def _open(self, file: FileIdentity | str, limits: ReadLimits) -> Iterator[tuple[ByteStream, BlockReader]]:
        with open_stream(self.storage, TextPart(file), TextFormat(self.options.encoding)) as stream:
            size_bytes, most = self.options.block_size_bytes, limits.max_record_bytes
            yield stream, BlockReader(stream.read, lines(), size_bytes, most, encoding=stream.encoding)
