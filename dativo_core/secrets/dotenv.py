"""`.env` text: `KEY=VALUE` lines with `export`, quotes, comments and quoted values over several lines.

Values are opaque: `$` is never expanded. Double quotes know `\\n`, `\\r`, `\\t`, `\\"` and `\\\\`; single quotes keep
every character.
"""

import re

from dativo_core.errors import SecretError

_BLANK = re.compile(r"[ \t\r]*(?:#[^\n]*)?(?:\n|\Z)")
_KEY = re.compile(r"[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*=")
_QUOTED = re.compile(r"""[ \t]*(?:"((?:[^"\\]|\\.)*)"|'([^']*)')[ \t\r]*(?:\#[^\n]*)?(?:\n|\Z)""", re.DOTALL)
_OPENS_QUOTE = re.compile(r"""[ \t]*["']""")
_PLAIN = re.compile(r"([^\n]*)(?:\n|\Z)")
_COMMENT = re.compile(r"[ \t]#")
_ESCAPE = re.compile(r'\\([nrt"\\])')
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


def parse_dotenv(text: str, place: str) -> dict[str, str]:
    """Return the variables of `text`; SecretError names `place` and the 1-based line, never a value."""
    variables: dict[str, str] = {}
    position = 0
    while position < len(text):
        if blank := _BLANK.match(text, position):
            position = blank.end()
            continue
        line = text.count("\n", 0, position) + 1
        key, value, position = _assignment(text, position, f"{place}:{line}")
        if key in variables:
            message = f"{place}:{line}: {key} is set twice"
            raise SecretError(message, hint="Keep one of the two lines")
        variables[key] = value
    return variables


def _assignment(text: str, position: int, where: str) -> tuple[str, str, int]:
    """Return key, value and end of the assignment that starts at `position`."""
    key = _KEY.match(text, position)
    if key is None:
        message = f"{where}: not a KEY=VALUE line"
        raise SecretError(message, hint="Write KEY=VALUE, and comments after #")
    if _OPENS_QUOTE.match(text, key.end()) is None:
        plain = _PLAIN.match(text, key.end())
        assert plain is not None
        return key[1], _COMMENT.split(plain[1], maxsplit=1)[0].strip(), plain.end()
    quoted = _QUOTED.match(text, key.end())
    if quoted is None:
        message = f"{where}: the quoted value of {key[1]} does not end, or text follows its closing quote"
        raise SecretError(message, hint='Close the quote at the end of the value; write \\" for a quote inside it')
    double, single = quoted.groups()
    value = single if double is None else _ESCAPE.sub(lambda match: _ESCAPED[match[1]], double)
    return key[1], value, quoted.end()
