"""Text in Arrow arrays that is no text: bytes that are not UTF-8, and NUL. Whoever made the arrays did not look."""

import re
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from dativo_core.contract.encodings import decoded
from dativo_core.contract.list_layout import is_list, map_entries, plain_list

NOT_UTF8 = "is not valid UTF-8"
NUL = re.compile(rb"\0")
NUL_CHARACTER = "holds a NUL character"


def flawed_rows(array: pa.Array) -> list[tuple[int, str]]:
    """Return the entries that hold a flaw, in whatever depth, and which one."""
    found: list[tuple[int, str]] = []
    waiting = [(0, len(array))]
    while waiting:
        start, count = waiting.pop()
        flaw = _flaw(array.slice(start, count)) if count else None
        if flaw is not None and count == 1:
            found.append((start, flaw))
        elif flaw is not None:
            waiting += [(start, count // 2), (start + count // 2, count - count // 2)]
    return found


def readable(array: pa.Array) -> pa.Array:
    """Return an array whose text can be shown: what is not UTF-8 replaced, and nothing of parts that hold any."""
    if _flaw(array) != NOT_UTF8:
        return array
    plain = decoded(array) if not pa.types.is_nested(array.type) else None
    if plain is None:
        return pa.nulls(len(array), pa.string())
    content = plain.cast(pa.binary()).to_pylist()
    return pa.array([None if each is None else each.decode(errors="replace") for each in content], pa.string())


def _flaw(array: pa.Array) -> str | None:
    flaws = {flaw for texts in _texts(array) if (flaw := _flaw_of_text(texts)) is not None}
    return min(flaws, key=[NOT_UTF8, NUL_CHARACTER].index, default=None)


def _flaw_of_text(texts: pa.StringArray) -> str | None:
    try:
        texts.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return NOT_UTF8
    return NUL_CHARACTER if _holds_nul(texts) else None


def _holds_nul(texts: pa.StringArray) -> bool:
    data = texts.buffers()[2]
    if data is None or texts.null_count == len(texts):
        return False
    ends = pa.Array.from_buffers(pa.int32(), len(texts) + 1, [None, texts.buffers()[1]], offset=texts.offset)
    # `re` looks through the bytes where they are.
    return NUL.search(memoryview(data), ends[0].as_py(), ends[-1].as_py()) is not None


def _texts(array: pa.Array) -> Iterator[pa.StringArray]:
    """Yield the arrays of text an array consists of."""
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        yield from _texts(array.storage)
    elif pa.types.is_struct(kind):
        for child in array.flatten():
            yield from _texts(child)
    elif pa.types.is_map(kind):
        yield from _texts(map_entries(array))
    elif is_list(kind):
        yield from _texts(pc.list_flatten(plain_list(array)))
    elif pa.types.is_dictionary(kind):
        yield from _texts(array.dictionary_decode())
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        yield decoded(array)
