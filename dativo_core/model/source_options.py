"""Effective settings of each source type, after recipe and job were merged."""

from pydantic import BaseModel, ConfigDict, Field

from dativo_core.model.base import Whole


class CsvOptions(BaseModel):
    """How delimited text files are found and read.

    `files` are paths or globs relative to the workspace root. `null_values` are the cell texts that mean null.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","
    quote_char: str = '"'
    null_values: tuple[str, ...] = ("", "NULL", "null", "None")
    block_size_bytes: int = 4 * 1024 * 1024


class JsonlOptions(BaseModel):
    """How files of JSON lines are found and read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[str, ...] = Field(description="paths or patterns, relative to the workspace root")
    encoding: str = Field("utf-8", description="encoding of the text, such as utf-8, utf-16 or latin-1")
    block_size_bytes: Whole = Field(8 * 1024 * 1024, description="how much text is parsed at once")


class ParquetOptions(BaseModel):
    """How Parquet files are found and read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[str, ...] = Field(description="paths or patterns, relative to the workspace root")
    batch_rows: Whole = Field(64 * 1024, description="how many rows are read at once, at most")


SourceOptions = CsvOptions | JsonlOptions | ParquetOptions
"""The settings of any source."""
