"""Bytes of a text encoding as UTF-8, piece by piece; what is no text in it spoils its own row and no other."""

import codecs
from collections.abc import Callable

from dativo_core.errors import SourceError

MARK = "\ufeff"
MARKS = {
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
"""Byte order marks and what they announce; the longer ones first, as the shorter ones begin alike."""
MARKED_ENCODINGS = frozenset({"utf-16", "utf-32"})
"""Encodings in which a byte order mark tells the order of bytes."""
HEAD_BYTES = 4
"""How much of a file shows its byte order mark."""

_NOT_TEXT = "dativo.not_text"
_CUT_SHORT = ("truncated", "unexpected end", "incomplete")
"""What decoders say when text ends inside a character."""


def encoding_name(encoding: str) -> str:
    """Return the one name of an encoding that has several; `utf-8` also for UTF-8 with a mark. Raises SourceError."""
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        message = f"encoding {encoding!r} is not known"
        hint = "Set the engine option encoding, e.g. utf-8, utf-16, latin-1 or cp1252"
        raise SourceError(message, hint=hint) from error
    return {"utf-8-sig": "utf-8", "iso8859-1": "latin-1"}.get(name, name)


def check_mark(path: str, head: bytes, encoding: str) -> None:
    """Raise SourceError when the first bytes of a file contradict its encoding."""
    found = next((name for mark, name in MARKS.items() if head.startswith(mark)), None)
    wide = encoding.startswith(("utf-16", "utf-32"))
    if found is None and encoding in MARKED_ENCODINGS and head:
        message = f"file {path} has no byte order mark, so {encoding} does not tell the order of its bytes"
        raise SourceError(message, hint=f"Set the engine option encoding: {encoding}-le, or {encoding}-be")
    if found is None and not wide:
        _refuse_unmarked_utf16(path, head, encoding)
    if found is None or found == encoding or found.rpartition("-")[0] == encoding:
        return
    # What the mark of UTF-8 or UTF-16 is made of is text in encodings of single bytes, though hardly ever meant.
    short = found.removesuffix("-le").removesuffix("-be")
    message = f"file {path} begins like {short.upper()} text, not {encoding.upper()}"
    raise SourceError(message, hint=f"Set the engine option encoding: {short}")


def decoder(path: str, encoding: str) -> Callable[[bytes], bytes]:
    """Return what turns the next bytes of a file into UTF-8, the last call with none; UTF-8 is passed on as it is.

    Bytes that are no text come out as bytes that are no UTF-8. Raises SourceError when the file ends inside a character.
    """
    if encoding == "utf-8":
        return bytes
    incremental = codecs.getincrementaldecoder(encoding)(errors=_NOT_TEXT)

    def decode(chunk: bytes) -> bytes:
        try:
            return incremental.decode(chunk, final=not chunk).encode(errors="surrogateescape")
        except UnicodeError as error:
            message = f"file {path} is not {encoding} text: {error}"
            hint = "Deliver it again if it was cut short, or set the engine option encoding to the file's encoding"
            raise SourceError(message, hint=hint) from error

    return decode


def _refuse_unmarked_utf16(path: str, head: bytes, encoding: str) -> None:
    nul = [index for index, byte in enumerate(head) if byte == 0]
    order = "le" if nul == [1, 3] else "be" if nul == [0, 2] else None
    if order:
        message = f"file {path} looks like UTF-16 text without a byte order mark, not {encoding.upper()}"
        raise SourceError(message, hint=f"Set the engine option encoding: utf-16-{order}")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Return a stand-in for bytes that are no text, one that UTF-8 cannot hold either, and where to go on."""
    if not isinstance(error, UnicodeDecodeError) or any(word in error.reason for word in _CUT_SHORT):
        raise error
    byte = error.object[error.start]
    return chr(0xDC00 + byte) if byte > 127 else "\udcff", error.end


codecs.register_error(_NOT_TEXT, _escaped)
