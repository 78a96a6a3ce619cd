"""The one redactor: secrets leave every log record, by the name of their field and by their value.

Values become known when a secret is loaded (`register`). They are found plain, URL-encoded, base64-encoded, escaped as
JSON or Python text, and broken over lines. Paths, hashes and labels stay.
"""

import base64
import json
import logging
import math
import re
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, quote_plus

from dativo_core.telemetry.escape import escape_block, escape_line

REDACTED = "[REDACTED]"
MIN_SECRET_LENGTH = 4
"""Shorter values are not searched for: they would eat ordinary text."""

MAX_VALUE_LENGTH = 1024
MAX_EXCEPTION_LENGTH = 64 * 1024

_WORDS = frozenset({"true", "false", "none", "null"})
_MIN_LINE_LENGTH = 20
_LINE_BREAK = re.compile(r"[\r\n]+[ \t]*")
_CAMEL_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NAMES = (
    r"pass(?:word|wd|phrase)|pwd|secrets?|tokens?|credentials?|authorization|cookie|dsn"
    r"|(?:api|access|private|secret|signing|account)[_-]?key(?:[_-]id)?"
)
_SECRET_NAME = re.compile(rf"(?:^|[_.\s-])(?:{_NAMES})$|password$", re.IGNORECASE)
_ASSIGNED = re.compile(
    rf"""((?:{_NAMES})(?:=|["']\s*:\s*))("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^\s,;&"']+)""", re.IGNORECASE
)
_URL_PASSWORD = re.compile(r"(://[^/\s:@]*:)[^/\s]+(?=@)")
_AUTHORIZATION = re.compile(r"\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE)

_forms: frozenset[str] = frozenset()
_lock = threading.Lock()


def register(value: str) -> None:
    """Make `value` unprintable in this process, in every form it may take in a text."""
    global _forms
    with _lock:
        _forms |= frozenset(_forms_of(value))


def is_secret_name(name: str) -> bool:
    """Return whether a field or variable of this name holds a secret, such as `api_key` or `PGPASSWORD`."""
    return _SECRET_NAME.search(_CAMEL_BOUNDARY.sub("_", name)) is not None


def redact(text: str) -> str:
    """Return `text` without registered secrets, URL passwords, bearer tokens and values assigned to secret names."""
    text = _without_values(text)
    text = _URL_PASSWORD.sub(rf"\1{REDACTED}", text)
    text = _AUTHORIZATION.sub(rf"\1 {REDACTED}", text)
    return _ASSIGNED.sub(rf"\1{REDACTED}", text)


def clean(name: str, value: object) -> object:
    """Return a log field as a plain JSON value: redacted, escaped, and cut to 1024 characters per text."""
    if is_secret_name(name) and value is not None:
        return REDACTED
    match value:
        case bool() | int() | None:
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {escape_line(redact(str(key))): clean(str(key), item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [clean("", item) for item in value]
        case datetime():
            return value.isoformat()
    return clean_text(str(value))


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
        record.msg, record.args = clean_text(_message(record)), None
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        record.exc_text = clean_traceback(record.exc_text) if record.exc_text else None
        record.exc_info = None
        for name in record.__dict__.keys() - _STANDARD_ATTRIBUTES:
            record.__dict__[name] = clean(name, record.__dict__[name])
        return True


_STANDARD_ATTRIBUTES = frozenset(logging.makeLogRecord({}).__dict__)


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):  # a library's arguments do not fit its own format; the text still tells
        return str(record.msg)


def _forms_of(value: str) -> Iterator[str]:
    """Yield every text `value` is searched as, without line breaks."""
    secrets = [value, *(line for line in value.splitlines() if len(line) >= _MIN_LINE_LENGTH and "-----" not in line)]
    for secret in map(str.strip, secrets):
        if len(secret) < MIN_SECRET_LENGTH or secret.lower() in _WORDS:
            continue
        plain = secret.encode("utf-8", "surrogatepass")
        for form in (
            secret,
            quote(plain, safe=""),
            quote_plus(plain),
            base64.b64encode(plain).decode().rstrip("="),
            base64.urlsafe_b64encode(plain).decode().rstrip("="),
            json.dumps(secret)[1:-1],
            json.dumps(secret, ensure_ascii=False)[1:-1],
            repr(secret)[1:-1],
        ):
            yield _LINE_BREAK.sub("", form)


def _without_values(text: str) -> str:
    """Replace all registered values; overlapping ones together, so that no rest of either stays."""
    joined, places = _joined(text)
    hidden = sorted(
        (places[start], places[start + len(form) - 1] + 1) for form in _forms for start in _occurrences(joined, form)
    )
    parts, shown = [], 0
    for start, stop in hidden:
        if start >= shown:
            parts += [text[shown:start], REDACTED]
        shown = max(shown, stop)
    return "".join([*parts, text[shown:]])


def _joined(text: str) -> tuple[str, Sequence[int]]:
    """Return `text` without line breaks and their indentation, and the place of each remaining character in `text`."""
    breaks = list(_LINE_BREAK.finditer(text))
    if not breaks:
        return text, range(len(text))
    dropped = {place for match in breaks for place in range(*match.span())}
    places = [place for place in range(len(text)) if place not in dropped]
    return "".join(text[place] for place in places), places


def _occurrences(text: str, form: str) -> Iterator[int]:
    start = text.find(form)
    while start >= 0:
        yield start
        start = text.find(form, start + 1)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[:length]}… ({len(text) - length} more characters)"
