"""Delimited text files, plain or compressed: new files by content, rows as text, broken rows with their place."""

from collections.abc import Iterator
from functools import partial

from dativo_core.failpoints import fp
from dativo_core.flow import Batch, Slice, Window
from dativo_core.model.source_options import CsvOptions
from dativo_core.sources.base import Discovered, ReadLimits, WantedColumn
from dativo_core.sources.block_rows import read_batches
from dativo_core.sources.csv_files import CsvFiles, OpenFile
from dativo_core.sources.csv_header import require_columns
from dativo_core.sources.csv_rows import Layout, parse_block
from dativo_core.sources.csv_slices import cut_slices
from dativo_core.sources.file_source import FileSource


class CsvSource(FileSource[CsvOptions]):
    """Delimited text files of one source object."""

    def discover(self) -> tuple[Discovered, ...]:
        """Return the object with the columns of all its files, in order of appearance; reads headers only.

        Files without names for their columns, whether in themselves or in the options, have none.
        """
        names: dict[str, None] = {}
        for path in self.paths():
            with self._files.open_path(path) as opened:
                names.update(dict.fromkeys(opened.header or ()))
        return (Discovered(self.object_name, tuple(names)),)

    def slices(self, window: Window) -> tuple[Slice, ...]:
        """Return one slice per file, several for one that is plain, large and on a disk; that is read once to be cut.

        Raises SourceChanged when such a file is not what the window says.
        """
        return cut_slices(window, self._files)

    def read(self, part: Slice, columns: tuple[WantedColumn, ...], limits: ReadLimits) -> Iterator[Batch]:
        """Stream a file, or a part of one, as batches of text columns, about two blocks in memory.

        A batch's `size_bytes` is what was read of the stored file for it. Raises SourceError for a file that is bad as
        a whole, SourceChanged after the last batch when the content is not what the slice says.
        """
        with self._files.open(part, limits) as opened:
            fp("source.connected")
            layout = self._layout(opened, tuple(column.name for column in columns))
            opened.refuse_header(layout.names)
            yield from read_batches(opened.stream, opened.reader, partial(parse_block, layout=layout), part.start)
            opened.stream.raw.verify()

    @property
    def _files(self) -> CsvFiles:
        return CsvFiles(self.options, self.storage)

    def _layout(self, opened: OpenFile, wanted: tuple[str, ...]) -> Layout:
        """Return how blocks are read. Raises SourceError when the file lacks a wanted column."""
        named_by = self.options.named_by
        names = wanted if opened.header is None else opened.header
        require_columns(names, wanted, opened.header_place, named_by)
        pads = self.options.ragged == "pad"
        return Layout(opened.path, names, named_by, wanted, self.options.null_values, pads, opened.names_line)
