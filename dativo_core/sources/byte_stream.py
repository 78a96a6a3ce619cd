"""A file as UTF-8 bytes: decompressed, decoded, without a byte order mark."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from dativo_core.flow import FileIdentity
from dativo_core.sources import compression, text_encoding
from dativo_core.sources.compression import Expanded, compression_of, refuse_compressed
from dativo_core.sources.file_part import FilePart, FollowedFile
from dativo_core.sources.storage import OpenFile, Storage
from dativo_core.sources.text_encoding import MARK, MARKED_ENCODINGS, check_mark, decoder, encoding_name
from dativo_core.sources.zip_directory import Entry, read_directory

HEAD_BYTES = max(compression.HEAD_BYTES, text_encoding.HEAD_BYTES)


@dataclass(frozen=True)
class TextFormat:
    """How text is laid down in a file: its encoding, the option `compression`, and how large it may become in bytes."""

    encoding: str = "utf-8"
    compression: str = "auto"
    max_expanded_bytes: int | None = None


@dataclass(frozen=True)
class TextPart:
    """What is read: a planned file, or whatever a path names now, from byte `start` to `stop` (None: its end).

    A part of a file has the SHA-256 it must have; a whole file is held against its plan by its storage.
    """

    file: FileIdentity | str
    start: int = 0
    stop: int | None = None
    sha256: str | None = None

    @property
    def path(self) -> str:
        """The file as messages name it."""
        return self.file if isinstance(self.file, str) else self.file.path


class ByteStream:
    """Reads the text of a file; `raw` tells how far the stored file was read, `mark_bytes` what its mark took of the text.

    `is_begin`: whether the text begins with the file, and so may begin with a byte order mark.
    """

    def __init__(
        self, path: str, raw: OpenFile, expanded: Expanded, kind: str, encoding: str, *, is_begin: bool
    ) -> None:
        self.raw = raw
        self.mark_bytes = 0
        self.encoding = encoding
        self._path = path
        self._kind = kind
        self._expanded = expanded
        self._decode = decoder(path, encoding)
        self._is_begin = is_begin
        # The decoders of these take the mark themselves.
        self._may_be_mark = is_begin and encoding not in MARKED_ENCODINGS

    def read(self, size: int) -> bytes:
        """Return about `size` bytes of UTF-8 text, none at the end; bytes that are no text are no UTF-8 either.

        Raises SourceError when the file is not what its name and its options say.
        """
        while True:
            chunk = self._head() if self._is_begin else self._expanded.read(size)
            text = self._decode(chunk)
            if self._may_be_mark and text:
                unmarked = text.removeprefix(MARK.encode())
                self.mark_bytes, text = len(text) - len(unmarked), unmarked
                self._may_be_mark = False
            if text or not chunk:
                return text

    def _head(self) -> bytes:
        """Return the first bytes, enough of them to tell what they are."""
        self._is_begin = False
        head = b""
        while len(head) < HEAD_BYTES and (chunk := self._expanded.read(HEAD_BYTES - len(head))):
            head += chunk
        refuse_compressed(self._path, head, self._kind)
        check_mark(self._path, head, self.encoding)
        return head


@contextmanager
def open_stream(
    storage: Storage, part: TextPart, layout: TextFormat, follow: Callable[[bytes], None] | None = None
) -> Iterator[ByteStream]:
    """Open a planned file, a part of one, or whatever a path names now, for reading as UTF-8 text. Raises SourceError.

    `follow` is given the bytes as they are stored.
    """
    encoding, kind = encoding_name(layout.encoding), compression_of(part.path, layout.compression)
    with storage.open(part.file, part.start) as opened:
        raw: OpenFile = opened
        if part.sha256 is not None:
            raw = FilePart(part.path, opened, part.stop, part.sha256)
        elif follow is not None:
            raw = FollowedFile(opened, follow)
        expanded = Expanded(part.path, raw, kind, layout.max_expanded_bytes, lambda: _zip_entry(storage, part))
        yield ByteStream(part.path, raw, expanded, kind, encoding, is_begin=part.start == 0)


def _zip_entry(storage: Storage, part: TextPart) -> Entry:
    file = storage.identify(part.file) if isinstance(part.file, str) else part.file
    with storage.open_random_access(file) as archive:
        return read_directory(part.path, archive)
