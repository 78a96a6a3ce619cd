"""Text of files and sources as an event may hold it: without secrets, on one line, of bounded length."""

from collections.abc import Iterable

from dativo_core.telemetry.escape import escape_line
from dativo_core.telemetry.redact import redact

MAX_CHARACTERS = 300
MAX_LISTED = 20


def shown(text: str) -> str:
    """Return `text` redacted, with control characters escaped, cut after 300 characters."""
    line = escape_line(redact(text))
    return line if len(line) <= MAX_CHARACTERS else f"{line[:MAX_CHARACTERS]}…"


def shown_list(texts: Iterable[str]) -> list[str]:
    """Return up to twenty texts as `shown` does; whoever lists more tells their number beside."""
    return [shown(text) for _, text in zip(range(MAX_LISTED), texts, strict=False)]
