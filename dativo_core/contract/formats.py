"""Kinds of text that `logicalTypeOptions.format` names, each by a pattern that RE2 matches in linear time.

| format | text that satisfies it |
|---|---|
| email | RFC 5321 section 4.1.2, `Mailbox`, with a host name or an address in brackets; at most 254 characters, 64 before `@` |
| uri | RFC 3986 section 3, `URI`: it begins with a scheme |
| hostname | RFC 1123 section 2.1: labels of 1 to 63 letters, digits and inner hyphens; at most 253 characters, no last dot |
| ipv4 | RFC 3986 section 3.2.2, `IPv4address`: four numbers from 0 to 255 without leading zeros |
| ipv6 | RFC 3986 section 3.2.2, `IPv6address`, which is RFC 4291 section 2.2 without a zone |
| uuid | RFC 9562 section 4: 32 hexadecimal digits in groups of 8, 4, 4, 4 and 12 |
| byte | RFC 4648 section 4: base64 with its padding, on one line |

`binary` (any octets) and `password` (how a form shows the value) ask nothing of a text.
"""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOSTNAME = rf"{_LABEL}(?:\.{_LABEL})*"

_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = rf"{_OCTET}(?:\.{_OCTET}){{3}}"

_GROUP = "[0-9A-Fa-f]{1,4}"
_LAST = rf"(?:{_GROUP}:{_GROUP}|{_IPV4})"
_IPV6 = "|".join(
    (
        rf"(?:{_GROUP}:){{6}}{_LAST}",
        rf"::(?:{_GROUP}:){{5}}{_LAST}",
        rf"(?:{_GROUP})?::(?:{_GROUP}:){{4}}{_LAST}",
        rf"(?:(?:{_GROUP}:){{0,1}}{_GROUP})?::(?:{_GROUP}:){{3}}{_LAST}",
        rf"(?:(?:{_GROUP}:){{0,2}}{_GROUP})?::(?:{_GROUP}:){{2}}{_LAST}",
        rf"(?:(?:{_GROUP}:){{0,3}}{_GROUP})?::{_GROUP}:{_LAST}",
        rf"(?:(?:{_GROUP}:){{0,4}}{_GROUP})?::{_LAST}",
        rf"(?:(?:{_GROUP}:){{0,5}}{_GROUP})?::{_GROUP}",
        rf"(?:(?:{_GROUP}:){{0,6}}{_GROUP})?::",
    )
)

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_QUOTED = r'"(?:[ !#-\[\]-~]|\\[ -~])*"'
_LOCAL_PART = rf"(?:{_ATOM}(?:\.{_ATOM})*|{_QUOTED})"
_EMAIL = rf"{_LOCAL_PART}@(?:{_HOSTNAME}|\[(?:{_IPV4}|IPv6:(?:{_IPV6}))\])"
_LONG_LOCAL_PART = r'^.{65,}@[^@"]*$'

_ESCAPE = "%[0-9A-Fa-f]{2}"
_UNRESERVED = r"A-Za-z0-9._~-"
_DELIMITERS = r"!$&'()*+,;="
_SEGMENT = rf"(?:[{_DELIMITERS}:@{_UNRESERVED}]|{_ESCAPE})"
_USER = rf"(?:[{_DELIMITERS}:{_UNRESERVED}]|{_ESCAPE})*@"
_NAME = rf"(?:[{_DELIMITERS}{_UNRESERVED}]|{_ESCAPE})*"
_LITERAL = rf"\[(?:{_IPV6}|[vV][0-9A-Fa-f]+\.[{_DELIMITERS}:{_UNRESERVED}]+)\]"
_AUTHORITY = rf"//(?:{_USER})?(?:{_LITERAL}|{_NAME})(?::\d*)?(?:/{_SEGMENT}*)*"
_PATH = rf"/(?:{_SEGMENT}+(?:/{_SEGMENT}*)*)?|{_SEGMENT}+(?:/{_SEGMENT}*)*"
_TAIL = rf"(?:[/?]|{_SEGMENT})*"
_URI = rf"[A-Za-z][A-Za-z0-9+.-]*:(?:{_AUTHORITY}|{_PATH}|)(?:\?{_TAIL})?(?:#{_TAIL})?"

_BASE64 = "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?"
_UUID = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"

MAX_MAILBOX = 254
MAX_HOSTNAME = 253


@dataclass(frozen=True)
class TextFormat:
    """A format: what its texts are called, the pattern they match, their greatest length, and a pattern of what is not one."""

    noun: str
    pattern: str
    max_length: int | None = None
    forbidden: str | None = None

    def broken(self, text: pa.StringArray) -> pa.BooleanArray:
        """Return which texts are not of this format; null for null."""
        is_bad = pc.invert(pc.match_substring_regex(text, f"^(?:{self.pattern})$"))
        if self.max_length is not None:
            is_bad = pc.or_(is_bad, pc.greater(pc.binary_length(text), self.max_length))
        if self.forbidden is not None:
            is_bad = pc.or_(is_bad, pc.match_substring_regex(text, self.forbidden))
        return is_bad


TEXT_FORMATS = {
    "email": TextFormat("an e-mail address", _EMAIL, MAX_MAILBOX, _LONG_LOCAL_PART),
    "uri": TextFormat("a URI", _URI),
    "hostname": TextFormat("a host name", _HOSTNAME, MAX_HOSTNAME),
    "ipv4": TextFormat("an IPv4 address", _IPV4),
    "ipv6": TextFormat("an IPv6 address", _IPV6),
    "uuid": TextFormat("a uuid", _UUID),
    "byte": TextFormat("base64", _BASE64),
}
"""Formats of text by their name in the standard."""
