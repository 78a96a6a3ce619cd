"""A planned Parquet file, opened for reading in pieces; whatever is wrong with it names it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from dativo_core.errors import SourceError
from dativo_core.flow import FileIdentity
from dativo_core.sources.storage import Storage


@dataclass(frozen=True)
class OpenParquet:
    """A file whose footer has been read."""

    path: str
    source: pa.NativeFile
    footer: parquet.FileMetaData
    schema: pa.Schema

    def reader(self, **options: Any) -> parquet.ParquetFile:
        """Return a reader of the file's pages that reads nothing ahead and checks their checksums, where there are any."""
        return parquet.ParquetFile(
            self.source, metadata=self.footer, pre_buffer=False, page_checksum_verification=True, **options
        )


@contextmanager
def open_parquet(storage: Storage, file: FileIdentity) -> Iterator[OpenParquet]:
    """Open a planned file. Raises SourceError for one that is broken, encrypted or no Parquet, also while it is read."""
    with storage.open_random_access(file) as source:
        try:
            found = parquet.ParquetFile(source, pre_buffer=False)
            yield OpenParquet(file.path, source, found.metadata, found.schema_arrow)
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            storage.verify(file)
            raise _unreadable(file.path, error) from error


def _unreadable(path: str, error: Exception) -> SourceError:
    first_line = str(error).strip().split("\n")[0].rstrip(".")
    if "encrypt" in first_line.lower() or "decrypt" in first_line.lower():
        return SourceError(f"file {path} is encrypted: {first_line}", hint="Deliver it decrypted; no key is asked for")
    message = f"file {path} cannot be read as Parquet: {first_line}"
    return SourceError(message, hint="Deliver it again, whole and as Apache Parquet; nothing of it was loaded")
