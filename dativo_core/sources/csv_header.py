"""The first record of a delimited file: its column names, held against the columns that are wanted."""

import csv
from collections import Counter

from dativo_core.errors import SourceError
from dativo_core.sources.column_names import with_nearest
from dativo_core.sources.csv_blocks import BlockReader
from dativo_core.sources.csv_grammar import Grammar


def read_header(reader: BlockReader, grammar: Grammar, path: str) -> tuple[str, ...]:
    """Take the header off a file and return its column names. Raises SourceError when there is no usable one."""
    record = reader.first_record()
    if record is None:
        message = f"{path}:1: the file has no header line that ends"
        raise SourceError(message, hint="Its first line must name the columns; check quotes in it and the delimiter")
    names = _split(record, grammar, path)
    twice = [repr(name) for name, count in Counter(names).items() if count > 1]
    if twice:
        message = f"{path}:1: the header names more than one column {', '.join(twice)}"
        raise SourceError(message, hint="Give each column of the file a name of its own")
    return names


def require_columns(names: tuple[str, ...], columns: tuple[str, ...], path: str) -> None:
    """Raise SourceError naming every wanted column the header lacks.

    Columns the contract can do without must be there too: a misspelt header would load nothing but nulls.
    """
    missing = [column for column in columns if column not in names]
    if missing:
        each = "; ".join(with_nearest(name, names) for name in missing)
        message = f"{path}:1: the header lacks columns of the contract: {each}"
        hint = (
            "Every column of the contract, required or not, must be in the header: deliver the file with them, correct "
            "their names in the contract, or check the delimiter"
        )
        raise SourceError(message, hint=hint)


def _split(record: bytes, grammar: Grammar, path: str) -> tuple[str, ...]:
    try:
        text = record.decode()
        if grammar.quote is None:
            return tuple(text.split(grammar.delimiter))
        return tuple(next(csv.reader([text], delimiter=grammar.delimiter, quotechar=grammar.quote, strict=True)))
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path}:1: the header cannot be read: {error}"
        raise SourceError(message, hint="Set the engine options encoding and delimiter to those of the file") from error
