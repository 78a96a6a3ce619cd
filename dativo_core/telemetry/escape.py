"""Text of strangers made safe to show: it cannot forge a line, colour the screen or turn the reading direction."""

import re

_CONTROLS = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
_IN_BLOCKS = re.compile(f"[{_CONTROLS}]")
_IN_LINES = re.compile(rf"[\t\n{_CONTROLS}]")


def escape_line(text: str) -> str:
    """Return `text` as one line: control, ANSI and direction characters and lone surrogates in backslash notation."""
    return _IN_LINES.sub(_notation, text)


def escape_block(text: str) -> str:
    """Return `text` as `escape_line` does, but keep line breaks and tabs, for tracebacks."""
    return _IN_BLOCKS.sub(_notation, text)


def _notation(match: re.Match[str]) -> str:
    return repr(match.group())[1:-1]
