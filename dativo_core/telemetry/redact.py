"""The one redactor: secrets leave every log record, by the name of their field and by their value.

Values become known when a secret is loaded (`register`). They are found plain, in base64 and hexadecimal, also within
longer texts, and escaped for URLs, JSON, Python, shells and HTML, and broken over lines. Paths, hashes and labels stay.
"""

import logging
import math
import re
import threading
import traceback
from collections.abc import Mapping
from datetime import datetime
from itertools import islice

from dativo_core.telemetry.escape import escape_block, escape_line
from dativo_core.telemetry.numbers import bare_numbers, touched
from dativo_core.telemetry.values import Form, Span, forms_of, spans, united

REDACTED = "[REDACTED]"
MAX_VALUE_LENGTH = 1024
MAX_EXCEPTION_LENGTH = 64 * 1024
MAX_ITEMS = 100
MAX_DEPTH = 8

_CAMEL_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAMES = (
    r"pass(?:word|wd|phrase)|pwd|secrets?|tokens?|credentials?|authorization|cookie|dsn"
    r"|(?:api|access|private|secret|signing|account)[_-]?key(?:[_-]id)?"
)
_SECRET_NAME = re.compile(rf"(?:^|[_.\s-])(?:{_NAMES})$|password$", re.IGNORECASE)
_LABEL = rf"(?P<label>(?:{_NAMES}|signature|\bsig)"
_QUOTED = r"""(?P<open>["'])(?:(?!(?P=open))[^\\]|\\.|(?P=open)(?P=open))*+(?P=open)"""
_ASSIGNED = re.compile(rf"""{_LABEL}=)(?:{_QUOTED}|["']?[^\s,;&"']+)""", re.IGNORECASE | re.DOTALL)
_ENTRY = re.compile(
    rf"""{_LABEL}["']\s*(?::|=>)\s*)(?:{_QUOTED}|(?!(?:true|false|null|none)\b)[^\s,;&"'{{}}\[\]]+)""",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPED_ENTRY = re.compile(
    rf"""{_LABEL}(?P<open>\\+["'])\s*:\s*(?P=open))(?:(?!(?P=open)).)+(?=(?P=open))""", re.IGNORECASE
)
_LINE = re.compile(
    rf"""(?m)(?P<label>^[ \t]*(?:-[ \t]+)?[\w.-]*(?:{_NAMES}):[ \t]+)(?!["'|>&*{{\[])[^\s"']+(?=[ \t]*$)""",
    re.IGNORECASE,
)
_URL_PASSWORD = re.compile(r"""(://[^/\s:@]*:)(?:[^/\s]+(?=@)|(?!\d{1,5}[/?#])[^\s"'<>@]{1,256}(?=@))""")
_AUTHORIZATION = re.compile(
    r"\b(Bearer|Basic)\s+(?=(?-i:[A-Za-z._~+/-]*(?:[0-9=]|[a-z][A-Z])))[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE
)
_AFTER_BEARER = re.compile(
    r"(authorization[\"']?\s*[:=]\s*[\"']?(?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]+", re.IGNORECASE
)

_MARK = re.compile(re.escape(REDACTED))
_forms: frozenset[Form] = frozenset()
_lock = threading.Lock()


def register(*values: str) -> None:
    """Make values unprintable in this process, in every form they may take in a text; many take less time at once."""
    global _forms
    new = {form for value in values for form in forms_of(value)}
    with _lock:
        if not new <= _forms:
            _forms |= new


def is_secret_name(name: str) -> bool:
    """Return whether a field or variable of this name holds a secret, such as `api_key` or `PGPASSWORD`."""
    return _SECRET_NAME.search(_CAMEL_BOUNDARY.sub("_", name)) is not None


def redact(text: str) -> str:
    """Return `text` without registered secrets, URL passwords, bearer tokens and values assigned to secret names.

    What is redacted already stays as it is. Takes time linear in the length of the text.
    """
    text = _without_values(text)
    text = _URL_PASSWORD.sub(rf"\1{REDACTED}", text)
    text = _AFTER_BEARER.sub(rf"\1{REDACTED}", text)
    text = _AUTHORIZATION.sub(rf"\1 {REDACTED}", text)
    text = _ASSIGNED.sub(_hidden, text)
    text = _ENTRY.sub(_hidden_entry, text)
    text = _ESCAPED_ENTRY.sub(rf"\g<label>{REDACTED}", text)
    return _LINE.sub(rf"\g<label>{REDACTED}", text)


def clean(name: str, value: object) -> object:
    """Return a log field as a plain JSON value: redacted, escaped, each text cut to 1024 characters, lists to 100 items.

    Raises nothing, whatever the value does when it is asked for its text.
    """
    if value is not None and is_secret_name(name):
        return REDACTED
    try:
        return _plain(value, MAX_DEPTH)
    except Exception as error:
        return f"(a {type(value).__name__} that cannot be shown: {type(error).__name__})"


def clean_text(text: str) -> str:
    """Return one line that is safe to log: redacted, escaped, and cut to 1024 characters."""
    return _cut(escape_line(redact(text)), MAX_VALUE_LENGTH)


def clean_traceback(text: str) -> str:
    """Return a traceback that is safe to log or show: redacted, escaped, its line breaks kept."""
    return _cut(escape_block(redact(text)), MAX_EXCEPTION_LENGTH)


class RedactingFilter(logging.Filter):
    """Cleans message, extra fields and exception of each record in place, so that no formatter can print a secret."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Clean `record`; always True."""
        try:
            _clean_record(record)
        except Exception as error:
            kept = {name: record.__dict__[name] for name in _STANDARD_ATTRIBUTES - _CLEANED if name in record.__dict__}
            record.__dict__.clear()
            record.__dict__.update(kept | dict.fromkeys(_CLEANED))
            record.msg = f"(a record that cannot be shown: {type(error).__name__})"
        return True


def _clean_record(record: logging.LogRecord) -> None:
    record.msg, record.args = clean_text(_message(record)), None
    if isinstance(record.exc_info, tuple) and not record.exc_text:
        record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
    record.exc_text = clean_traceback(record.exc_text) if record.exc_text else None
    record.stack_info = clean_traceback(record.stack_info) if record.stack_info else None
    record.exc_info = None
    for name in record.__dict__.keys() - _STANDARD_ATTRIBUTES:
        record.__dict__[clean_text(name)] = clean(name, record.__dict__.pop(name))


_CLEANED = frozenset({"msg", "args", "exc_info", "exc_text", "stack_info"})
_STANDARD_ATTRIBUTES = frozenset(logging.makeLogRecord({}).__dict__)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # a library's arguments do not fit its own format; the text still tells
        return str(record.msg) if isinstance(record.msg, str) else f"(a message of type {type(record.msg).__name__})"


def _plain(value: object, depth: int) -> object:
    match value:
        case bool() | None:
            return value
        case int() | float():
            text = str(value)
            if _without_values(text) != text:
                return REDACTED
            return value if isinstance(value, int) or math.isfinite(value) else text
        case datetime():
            return value.isoformat()
        case Mapping() | list() | tuple() | set() | frozenset() if depth == 0:
            return f"… ({len(value)} more items)"
        case Mapping():
            items = {
                clean_text(str(key)): _item(str(key), each, depth) for key, each in islice(value.items(), MAX_ITEMS)
            }
            return items | dict.fromkeys(_left_out(len(value)))
        case list() | tuple() | set() | frozenset():
            return [*(_item("", each, depth) for each in islice(value, MAX_ITEMS)), *_left_out(len(value))]
    return clean_text(str(value))


def _item(name: str, value: object, depth: int) -> object:
    return REDACTED if value is not None and is_secret_name(name) else _plain(value, depth - 1)


def _left_out(size: int) -> list[str]:
    return [f"… ({size - MAX_ITEMS} more items)"] if size > MAX_ITEMS else []


def _without_values(text: str) -> str:
    """Replace all registered values; overlapping ones together, so that no rest of either stays.

    Starts again where a mark has come to stand within a value, until nothing is left.
    """
    for _ in range(MAX_DEPTH):
        hidden = spans(text, _forms)
        if not hidden:
            break
        numbers = touched(bare_numbers(text), hidden)
        marked = _with_marks(text, sorted([*hidden, *numbers]))
        if all(text[start:stop] == REDACTED for start, stop in marked):
            break
        text = _replaced(text, marked, frozenset(numbers))
    return text


def _with_marks(text: str, hidden: list[Span]) -> list[Span]:
    """Return the spans, each with all of a mark it touches a part of: a mark is never marked again."""
    return united(sorted([*hidden, *(match.span() for match in _MARK.finditer(text))]))


def _replaced(text: str, hidden: list[Span], numbers: frozenset[Span]) -> str:
    parts, shown = [], 0
    for start, stop in hidden:
        parts += [text[shown:start], f'"{REDACTED}"' if (start, stop) in numbers else REDACTED]
        shown = stop
    return "".join([*parts, text[shown:]])


def _hidden(match: re.Match[str]) -> str:
    quote = match["open"] or ""
    return f"{match['label']}{quote}{REDACTED}{quote}"


def _hidden_entry(match: re.Match[str]) -> str:
    """Return an entry of a mapping without its value; a number becomes text, so that JSON stays JSON."""
    quote = match["open"] or '"'
    return f"{match['label']}{quote}{REDACTED}{quote}"


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}… ({len(text) - length} more characters)"
