"""Which settings of a delimited file contradict each other, for whoever reads them: rules and source alike."""

import codecs
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from dativo_core.model.source_options import CsvOptions

LINE_BREAKS = frozenset("\r\n")


@dataclass(frozen=True)
class OptionProblem:
    """An option that cannot be used: its key, what is wrong, and the remedy."""

    key: str
    message: str
    hint: str


def option_problems(options: CsvOptions) -> tuple[OptionProblem, ...]:
    """Return everything that keeps these options from being used."""
    parts = (_encoding, _quote, _delimiter, _terminator, _escape, _comment, _names)
    return tuple(problem for part in parts for problem in part(options))


def is_text_encoding(name: str) -> bool:
    """Whether Python knows this encoding, and as one of text."""
    try:
        codecs.getincrementaldecoder(name)
        return bool("a".encode(name))
    except (LookupError, UnicodeError):
        return False


def _encoding(options: CsvOptions) -> Iterator[OptionProblem]:
    if not is_text_encoding(options.encoding):
        message = f"the encoding '{options.encoding}' is not known"
        yield OptionProblem("encoding", message, "Use a name such as utf-8, utf-16, latin-1 or cp1252.")


def _quote(options: CsvOptions) -> Iterator[OptionProblem]:
    if options.quote_char and not _is_one_byte(options.quote_char):
        yield OptionProblem("quote_char", "the quote is not one ASCII character", "Use one, or '' for none.")


def _delimiter(options: CsvOptions) -> Iterator[OptionProblem]:
    hint = "Use a text such as ',' or ';' or '||'."
    if not options.delimiter or "\0" in options.delimiter:
        yield OptionProblem("delimiter", "the delimiter is empty or holds a NUL character", hint)
    elif options.record_terminator is None and LINE_BREAKS & set(options.delimiter):
        hint = "Use another delimiter, or set record_terminator as well."
        yield OptionProblem("delimiter", "the delimiter holds a line end", hint)
    elif options.quote_char and options.quote_char in options.delimiter:
        hint = "Use another delimiter, or set quote_char to the quote of the file, '' for none."
        yield OptionProblem("delimiter", "the delimiter holds the quote", hint)


def _terminator(options: CsvOptions) -> Iterator[OptionProblem]:
    terminator = options.record_terminator
    hint = "Use a text such as '\\n' or '|\\r\\n', or remove the key for any line end."
    if terminator is None:
        return
    if not terminator or "\0" in terminator:
        yield OptionProblem("record_terminator", "the record terminator is empty or holds a NUL character", hint)
    elif options.quote_char and options.quote_char in terminator:
        yield OptionProblem("record_terminator", "the record terminator holds the quote", hint)
    elif terminator == options.delimiter:
        yield OptionProblem("record_terminator", "the record terminator is the delimiter", hint)


def _escape(options: CsvOptions) -> Iterator[OptionProblem]:
    escape = options.escape_char
    if not escape:
        return
    if not _is_one_byte(escape):
        message, hint = "the escape is not one ASCII character", "Use one such as '\\', or '' for none."
        yield OptionProblem("escape_char", message, hint)
    elif escape == options.quote_char:
        hint = "Remove it: a doubled quote stands for a quote without it."
        yield OptionProblem("escape_char", "the escape is the quote", hint)
    elif escape in options.delimiter + (options.record_terminator or ""):
        hint = "Use another escape, or '' for none."
        yield OptionProblem("escape_char", "the delimiter or the record terminator holds the escape", hint)


def _comment(options: CsvOptions) -> Iterator[OptionProblem]:
    comment, hint = options.comment, "Use a text such as '#' or '//', or '' for none."
    begins_others = tuple(text for text in (options.quote_char, options.escape_char, options.delimiter) if text)
    ends = options.record_terminator
    if LINE_BREAKS & set(comment) or "\0" in comment or (ends and ends in comment):
        yield OptionProblem("comment", "the comment prefix holds a line end or a NUL character", hint)
    elif comment and (comment.startswith(begins_others) or any(text.startswith(comment) for text in begins_others)):
        message = "the comment prefix begins like the quote, the escape or the delimiter"
        yield OptionProblem("comment", message, hint)
    elif comment and ends and ends.startswith(comment):
        yield OptionProblem("comment", "the comment prefix begins like the record terminator", hint)


def _names(options: CsvOptions) -> Iterator[OptionProblem]:
    if options.column_names is not None and isinstance(options.header, tuple):
        yield OptionProblem("column_names", "header names the columns too", "Keep one of the two.")
    elif options.column_names is not None and "header" in options.model_fields_set and options.header is True:
        hint = "Set header: false for files without a header line, or remove column_names."
        yield OptionProblem("column_names", "column_names are for files without a header, and header is true", hint)
    key = "header" if isinstance(options.header, tuple) else "column_names"
    names = options.given_names
    if names is not None and not names:
        yield OptionProblem(key, "the list of column names is empty", "Name every column of the file in its order.")
    twice = [repr(name) for name, count in Counter(names or ()).items() if count > 1]
    if twice:
        message = f"more than one column is named {', '.join(twice)}"
        yield OptionProblem(key, message, "Give each column of the file a name of its own.")


def _is_one_byte(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text not in "\r\n\0"
