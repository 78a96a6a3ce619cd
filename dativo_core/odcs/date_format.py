"""Date formats of the standard (JDK DateTimeFormatter patterns): which type they describe."""

import re
from dataclasses import dataclass

from dativo_core.odcs.types import TypeKind

_QUOTED = re.compile(r"'[^']*'")
_ISO = re.compile(
    r"(?:(?:yyyy|uuuu|YYYY)-MM-(?:dd|DD)(?:(?:T|'T'| )HH:mm(?::ss(?:[.,]S+|\[[.,]S+\])?)?)?(?:'Z'|[XxZ]+)?"
    r"|HH:mm(?::ss(?:[.,]S+|\[[.,]S+\])?)?)\Z"
)


@dataclass(frozen=True)
class DateFormat:
    """The type a format describes, and whether its values are the ISO 8601 forms that are read."""

    kind: TypeKind
    is_iso: bool


def read_date_format(text: str) -> DateFormat:
    """Return what a format describes. Raises ValueError on letters that describe no date or time."""
    plain = _QUOTED.sub("", text).replace("YYYY", "yyyy").replace("DD", "dd").replace("T", "")
    letters = set(re.findall(r"[A-Za-z]", plain))
    unknown = sorted(letters - set("yuMdHhmsSanXxZV"))
    if unknown:
        message = f"'{unknown[0]}' is not a letter of date formats"
        raise ValueError(message)
    has_date, has_time = bool(letters & set("yuMd")), bool(letters & set("HhmsSan"))
    has_zone = bool(letters & set("XxZV")) or "'Z'" in text
    return DateFormat(_kind(has_date, has_time, has_zone), _ISO.match(text) is not None)


def _kind(has_date: bool, has_time: bool, has_zone: bool) -> TypeKind:
    if has_date and has_time:
        return TypeKind.TIMESTAMPTZ if has_zone else TypeKind.TIMESTAMP
    if has_time and not has_zone:
        return TypeKind.TIME
    if has_date and not has_zone:
        return TypeKind.DATE
    message = "a zone needs both date and time"
    raise ValueError(message)
