"""A delimited file, or a part of one, opened so that its rows come next."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dativo_core.errors import SourceError
from dativo_core.flow import Slice
from dativo_core.model.source_options import CsvOptions
from dativo_core.sources.base import ReadLimits
from dativo_core.sources.byte_stream import ByteStream, TextFormat, TextPart, open_stream
from dativo_core.sources.csv_cutter import BlockReader
from dativo_core.sources.csv_dialect import dialect_of
from dativo_core.sources.csv_grammar import grammar
from dativo_core.sources.csv_header import header_names, refuse_header
from dativo_core.sources.file_source import file_of
from dativo_core.sources.storage import Storage


@dataclass(frozen=True)
class OpenFile:
    """A file whose rows come next; `header` None when nothing but the contract names its columns."""

    path: str
    stream: ByteStream
    reader: BlockReader
    header: tuple[str, ...] | None
    names_line: int | None
    may_begin_with_names: bool

    @property
    def header_place(self) -> str:
        """Where the columns are named, as messages say it."""
        return self.path if self.names_line is None else f"{self.path}:{self.names_line}"

    def refuse_header(self, names: tuple[str, ...]) -> None:
        """Raise SourceError when a file that is said to have no header begins with these names."""
        if self.may_begin_with_names:
            line, record = self.reader.peek_record()
            refuse_header(record, names, self.reader.dialect, f"{self.path}:{line}")


@dataclass(frozen=True)
class CsvFiles:
    """How the files of a source are opened, wherever `storage` finds them."""

    options: CsvOptions
    storage: Storage

    @contextmanager
    def open_path(self, path: str) -> Iterator[OpenFile]:
        """Open whatever a path names now, with its header read. Raises SourceError."""
        with self._stream(TextPart(path), ReadLimits(), None) as (stream, reader):
            yield self._at_rows(path, stream, reader)

    @contextmanager
    def open(
        self, part: Slice, limits: ReadLimits, follow: Callable[[bytes], None] | None = None
    ) -> Iterator[OpenFile]:
        """Open what a slice covers, with its header read; `follow` is given its bytes. Raises SourceError."""
        file = file_of(part)
        text = TextPart(file, part.start, part.stop, part.sha256)
        with self._stream(text, limits, follow, part.first_line) as (stream, reader):
            if part.start == 0:
                yield self._at_rows(file.path, stream, reader)
            else:
                header = part.header if self.options.has_header_line else self.options.given_names
                yield OpenFile(file.path, stream, reader, header, None, may_begin_with_names=False)

    @contextmanager
    def _stream(
        self, text: TextPart, limits: ReadLimits, follow: Callable[[bytes], None] | None, first_line: int = 1
    ) -> Iterator[tuple[ByteStream, BlockReader]]:
        options = self.options
        rules = grammar(dialect_of(options))
        layout = TextFormat(options.encoding, options.compression, options.max_expanded_bytes)
        with open_stream(self.storage, text, layout, follow) as stream:
            yield (
                stream,
                BlockReader(
                    stream.read,
                    rules,
                    options.block_size_bytes,
                    limits.max_record_bytes,
                    encoding=stream.encoding,
                    first_line=first_line,
                ),
            )

    def _at_rows(self, path: str, stream: ByteStream, reader: BlockReader) -> OpenFile:
        self._skip_lines(path, reader)
        if not self.options.has_header_line:
            names = self.options.given_names
            return OpenFile(path, stream, reader, names, None, may_begin_with_names=True)
        line, record = reader.first_record()
        names = header_names(record, reader.dialect, f"{path}:{line}")
        return OpenFile(path, stream, reader, names, line, may_begin_with_names=False)

    def _skip_lines(self, path: str, reader: BlockReader) -> None:
        wanted = self.options.skip_rows
        skipped = reader.skip_lines(wanted)
        if skipped < wanted:
            message = f"file {path} has {skipped} lines, fewer than the {wanted} that are to be skipped"
            raise SourceError(message, hint="Set the engine option skip_rows to the lines before the header")
