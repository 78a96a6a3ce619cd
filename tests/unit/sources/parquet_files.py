"""Builders for tests of Parquet files."""

import base64
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet.encryption as encryption
from pyarrow import parquet

from dativo_core.flow import Batch
from dativo_core.model.source_options import ParquetOptions
from dativo_core.odcs.types import FieldType
from dativo_core.sources.base import ReadLimits, WantedColumn, WindowPolicy
from dativo_core.sources.local_files import LocalFiles
from dativo_core.sources.parquet import ParquetSource


def source(root: Path, *files: str, **options: object) -> ParquetSource:
    return ParquetSource(ParquetOptions(files=files or ("data.parquet",), **options), "events", LocalFiles(root))


def columns(**types: FieldType) -> tuple[WantedColumn, ...]:
    return tuple(WantedColumn(name, type_) for name, type_ in types.items())


def read(root: Path, wanted: tuple[WantedColumn, ...], **options: object) -> list[Batch]:
    """Read `data.parquet` as the only slice of a source."""
    files = source(root, **options)
    (part,) = files.slices(files.window(None, WindowPolicy(replaces=False)))
    return list(files.read(part, wanted, ReadLimits()))


def read_table(root: Path, table: pa.Table, wanted: tuple[WantedColumn, ...], **written: object) -> list[Batch]:
    """Write a table and read it."""
    parquet.write_table(table, root / "data.parquet", **written)
    return read(root, wanted)


def text_of(*values: bytes) -> pa.StringArray:
    """Return an array of text that nobody checked."""
    return pa.StringArray.from_buffers(len(values), *pa.array(values, pa.binary()).buffers()[1:])


class _PlainKeys(encryption.KmsClient):
    """A key service that keeps nothing secret."""

    def __init__(self, _: object) -> None:
        encryption.KmsClient.__init__(self)

    def wrap_key(self, key_bytes: bytes, _: str) -> bytes:
        return base64.b64encode(key_bytes)

    def unwrap_key(self, wrapped_key: bytes, _: str) -> bytes:
        return base64.b64decode(wrapped_key)


def write_encrypted(path: Path, table: pa.Table, *, plaintext_footer: bool) -> None:
    """Write a table whose column `id` is encrypted, and its footer unless it is to stay readable."""
    settings = encryption.EncryptionConfiguration(
        footer_key="footer", column_keys={"column": ["id"]}, plaintext_footer=plaintext_footer
    )
    factory = encryption.CryptoFactory(_PlainKeys)
    properties = factory.file_encryption_properties(encryption.KmsConnectionConfig(), settings)
    with parquet.ParquetWriter(path, table.schema, encryption_properties=properties) as writer:
        writer.write_table(table)
