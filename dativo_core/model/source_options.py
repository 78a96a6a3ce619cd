"""Effective settings of each source type, after recipe and job were merged."""

from pydantic import BaseModel, ConfigDict


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
    block_size_bytes: int = 8 * 1024 * 1024
