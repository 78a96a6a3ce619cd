"""The columns of a delimited file: named by its first record or by its options, held against those that are wanted."""

import csv
from collections import Counter

from dativo_core.errors import SourceError
from dativo_core.sources.column_names import listed, with_nearest
from dativo_core.sources.csv_dialect import Dialect
from dativo_core.sources.csv_rewrite import rewriting


def header_names(record: bytes | None, dialect: Dialect, place: str) -> tuple[str, ...]:
    """Return the column names of a header record at `place` (`file:line`). Raises SourceError when they are no use."""
    if record is None:
        message = f"{place}: the file has no header line that ends"
        hint = (
            "Its first record must name the columns; check quotes in it, and delimiter, record_terminator and skip_rows"
        )
        raise SourceError(message, hint=hint)
    names = _header_fields(record, dialect, place)
    twice = [repr(name) for name, count in Counter(names).items() if count > 1]
    if twice:
        message = f"{place}: the header names more than one column {listed(twice)}"
        raise SourceError(message, hint="Give each column of the file a name of its own")
    return names


def require_columns(names: tuple[str, ...], columns: tuple[str, ...], place: str, named_by: str) -> None:
    """Raise SourceError naming every wanted column that `names` lack.

    Columns the contract can do without must be there too: a misspelt header would load nothing but nulls.
    """
    missing = [column for column in columns if column not in names]
    if missing:
        each = [with_nearest(name, names) for name in missing]
        message = f"{place}: {named_by} lacks columns of the contract: {listed(each, '; ')}"
        hint = (
            "Every column of the contract, required or not, must be in the header: deliver the file with them, correct "
            "their names in the contract, or check the delimiter; for a file without a header set header: false"
        )
        raise SourceError(message, hint=hint)


def refuse_header(record: bytes | None, names: tuple[str, ...], dialect: Dialect, place: str) -> None:
    """Raise SourceError when a file that is said to have no header begins with these very names."""
    if record is not None and _is_header(record, names, dialect):
        message = f"{place}: the first record names the columns, and header says that none does"
        raise SourceError(message, hint="Set the engine option header: true, or skip_rows to leave it out")


def _is_header(record: bytes, names: tuple[str, ...], dialect: Dialect) -> bool:
    try:
        return _fields(record, dialect) == list(names)
    except (UnicodeDecodeError, csv.Error):
        return False


def _header_fields(record: bytes, dialect: Dialect, place: str) -> tuple[str, ...]:
    try:
        return tuple(_fields(record, dialect))
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{place}: the header cannot be read: {error}"
        raise SourceError(message, hint="Set the engine options encoding and delimiter to those of the file") from error


def _fields(record: bytes, dialect: Dialect) -> list[str]:
    """Return the fields of one record without its end. Raises UnicodeDecodeError or csv.Error."""
    rewrite = rewriting(dialect)
    record.decode()
    text = rewrite.rewrite([record + dialect.end])
    delimiter, quote = rewrite.delimiter.decode(), dialect.quote
    if quote is None:
        reader = csv.reader([text.decode()], delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
    else:
        reader = csv.reader([text.decode()], delimiter=delimiter, quotechar=quote.decode(), strict=True)
    fields = [field.encode() for field in next(reader)]
    for mark, meant in rewrite.marks_in(text):
        fields = [field.replace(mark, meant) for field in fields]
    return [field.decode() for field in fields]
