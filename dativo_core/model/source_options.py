"""Effective settings of each source type, after recipe and job were merged."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from dativo_core.model.base import Whole, Words
from dativo_core.model.declared_options import DeclaredOptions

GIBIBYTE = 1024 * 1024 * 1024

_SPELT = re.compile(r"\\(?:[tnr]|x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4})")
_NAMED = {"t": "\t", "n": "\n", "r": "\r"}
_HEADER_SCHEMA = {"anyOf": [{"type": "boolean"}, {"type": "array", "items": {"type": "string"}}]}


def _spelt_out(text: str) -> str:
    """Return a text with `\\t`, `\\n`, `\\r`, `\\xHH` and `\\uHHHH` as the characters they stand for."""

    def character(match: re.Match[str]) -> str:
        spelt = match.group()[1:]
        return _NAMED.get(spelt) or chr(int(spelt[1:], 16))

    return _SPELT.sub(character, text)


def _is_header(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    names = (value,) if isinstance(value, str) else value
    if isinstance(names, list | tuple) and all(isinstance(name, str) for name in names):
        return tuple(names)
    message = "expected true, false or a list of column names"
    raise ValueError(message)


Characters = Annotated[str, AfterValidator(_spelt_out)]
"""Text in which `\\t`, `\\n`, `\\r`, `\\xHH` and `\\uHHHH` may stand for what is hard to write."""

Header = Annotated[bool | tuple[str, ...], BeforeValidator(_is_header), WithJsonSchema(_HEADER_SCHEMA)]


class CsvOptions(BaseModel):
    """How delimited text files are found and read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    files: tuple[str, ...] = Field(description="paths or patterns, relative to the workspace root")
    encoding: str = Field(
        "utf-8",
        description="encoding of the text, such as utf-8, utf-16 (by its byte order mark), utf-16-le, cp1252 or latin-1",
    )
    compression: Literal["auto", "none", "gzip", "zip", "zstd"] = Field(
        "auto", description="auto: by the end of the file's name (.gz, .zip, .zst); a zip must hold exactly one file"
    )
    max_expanded_bytes: Whole | None = Field(
        None, ge=1, description="largest size of a compressed file's content; a file that grows beyond it is refused"
    )
    delimiter: Characters = Field(",", description="what stands between two fields, of any length; `\\t` is a tab")
    record_terminator: Characters | None = Field(
        None,
        description="what ends a record, of any length and exactly so; by default any of LF, CRLF and CR. "
        "The last record of a file may lack it, or the end of it",
    )
    quote_char: str = Field(
        '"',
        description="ASCII character around fields that hold delimiters or line ends; doubled inside them it stands for "
        "itself; '' switches quoting off",
    )
    escape_char: str = Field(
        "",
        description="ASCII character that is left out and makes the character after it text, inside and outside quotes; "
        "so does one before a CRLF, unless record_terminator says otherwise; '' for none",
    )
    comment: str = Field(
        "", description="a line that begins with this text where a record would begin is skipped; '' for none"
    )
    skip_rows: Whole = Field(0, ge=0, description="lines to skip before the header, or before the rows without one")
    header: Header = Field(
        True,
        description="true: the first record names the columns; false: there is none, and the columns are those of the "
        "contract in its order; a list: there is none, and these are the columns",
    )
    column_names: Words | None = Field(None, description="names of the columns of files without a header")
    null_values: Words = Field(
        ("", "NULL", "null", "None"),
        description="unquoted fields that mean null, as they are written in the file, escapes included",
    )
    ragged: Literal["reject", "pad"] = Field(
        "reject",
        description="reject: a row of another width than the header's is rejected; pad: fields it lacks at its end are "
        "null, and only one with too many is rejected",
    )
    block_size_bytes: Whole = Field(4 * 1024 * 1024, ge=1, description="how much text is parsed at once")
    slice_size_bytes: Whole = Field(
        GIBIBYTE,
        ge=1,
        description="an uncompressed UTF-8 file larger than this is cut into slices of about this size, at record ends",
    )

    @property
    def has_header_line(self) -> bool:
        """Whether the first record of a file names its columns."""
        return self.header is True and self.column_names is None

    @property
    def given_names(self) -> tuple[str, ...] | None:
        """The column names the options give; None when they are the file's or the contract's."""
        return self.header if isinstance(self.header, tuple) else self.column_names

    @property
    def named_by(self) -> str:
        """Who names the columns, in words."""
        if self.has_header_line:
            return "the header"
        if self.given_names is None:
            return "the contract"
        return "the option column_names" if self.column_names is not None else "the option header"


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


FileOptions = CsvOptions | JsonlOptions | ParquetOptions
"""The settings of a source that reads files."""

SourceOptions = FileOptions | DeclaredOptions
"""The settings of any source."""

SOURCE_OPTIONS: dict[str, type[CsvOptions] | type[JsonlOptions] | type[ParquetOptions]] = {
    "csv": CsvOptions,
    "jsonl": JsonlOptions,
    "parquet": ParquetOptions,
}
"""The options of each source type."""
