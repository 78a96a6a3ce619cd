"""Canaries: secrets that occur nowhere else, and the search for them, in every form, in what a run leaves behind."""

import base64
import html
import json
import os
import shlex
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain
from pathlib import Path
from urllib.parse import quote, quote_plus
from uuid import uuid4

from tests.unpacked import unpacked

BEGIN = "cnry"
"""What every canary begins with, so that the search of a whole session looks closely only where this stands."""

KEPT_IN = "secrets"
"""The name of directories that tests keep secrets in, which are not searched."""

_planted: set[str] = set()
_kept: set[Path] = set()


def planted(secret: str) -> str:
    """Return a secret that begins as canaries do; from now on the search at the end of the session knows it."""
    assert secret.startswith(BEGIN), f"a canary begins with {BEGIN}"
    _planted.add(secret)
    return secret


def new_canary(kind: str = "") -> str:
    """Return a new secret of letters that every encoding changes, known to the search at the end of the session."""
    return planted(f"{BEGIN}{kind}-{uuid4().hex[:12]}/+='\"x%y z")


def new_word(kind: str = "") -> str:
    """Return a canary that can stand in a URL, a variable and YAML as it is."""
    return planted(f"{BEGIN}{kind}{uuid4().hex[:16]}")


def not_searched(secret: str) -> str:
    """Return a canary that its test writes where secrets must not be; the search at the end forgets it."""
    _planted.discard(secret)
    return secret


def kept_in(*places: Path) -> None:
    """Say where a test or a service keeps secrets, below which the search at the end finds nothing wrong."""
    _kept.update(place.resolve() for place in places)


def all_planted() -> frozenset[str]:
    """Return every canary the search at the end looks for."""
    return frozenset(_planted)


@lru_cache(maxsize=4096)
def forms(secret: str) -> dict[bytes, str]:
    """Return the bytes a secret may be left as, each with the name of its form."""
    plain = secret.encode()
    found = {
        plain: "plain",
        quote(secret, safe="").encode(): "for a URL",
        quote(secret).encode(): "for a path",
        quote_plus(secret).encode(): "for a form",
        json.dumps(secret)[1:-1].encode(): "as JSON",
        repr(secret)[1:-1].encode(): "as Python",
        html.escape(secret).encode(): "for a page",
        shlex.quote(secret).strip("'").encode(): "for a shell",
        plain.hex().encode(): "hexadecimal",
        plain.hex().upper().encode(): "capital hexadecimal",
        plain[: len(plain) * 2 // 3]: "its beginning",
    }
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found[_encoded(encode(bytes(shift) + plain), shift, len(plain))] = f"base64 behind {shift} bytes"
    return found


def leaks(secrets: Iterable[str], *places: str | Path, without: Iterable[Path] = ()) -> list[str]:
    """Return where secrets are left: in texts, and in the names, bytes and packed contents of all files below directories.

    What lies below `without`, such as the place the secrets are kept in, is not searched.
    """
    searched, left_out = tuple(secrets), tuple(without)
    found: list[str] = []
    for number, place in enumerate(places):
        if isinstance(place, str):
            found += hits(f"text {number}", place.encode(), searched)
            continue
        for file in files_below(place):
            if not any(file.is_relative_to(path) for path in left_out):
                found += chain.from_iterable(hits(where, content, searched) for where, content in contents(file))
    return found


def hits(where: str, content: bytes, secrets: Iterable[str]) -> list[str]:
    """Return the secrets a content holds, each once for each of its forms."""
    return [
        f"{where}: {secret[:8]}… {name}"
        for secret in secrets
        for form, name in forms(secret).items()
        if form in content
    ]


def may_hold_canaries(content: bytes) -> bool:
    """Return whether the beginning of a canary stands in a content, in any form."""
    return any(begin in content for begin in _BEGINNINGS)


def files_below(place: Path) -> Iterator[Path]:
    """Yield the regular files below a directory, none of them by a link."""
    for folder, _, names in os.walk(place):
        for name in sorted(names):
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                yield file


def contents(file: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of a file, then each content that is packed in it; nothing of one that cannot be read."""
    try:
        content = file.read_bytes()
    except OSError:
        return
    place = os.fsencode(file).decode(errors="backslashreplace")
    yield place, os.fsencode(file.name) + b"\n" + content
    for part in unpacked(file, content):
        yield f"{place} (unpacked)", part


def is_kept(file: Path, below: Path) -> bool:
    """Return whether a test keeps secrets in a file by the name of its directory, or said so."""
    return KEPT_IN in file.relative_to(below).parts[:-1] or not _kept.isdisjoint((file, *file.parents))


def _encoded(text: bytes, shift: int, size: int) -> bytes:
    """Return those letters of a base64 text that only the secret has a part in."""
    return text[-(-shift * 8 // 6) : (shift + size) * 8 // 6]


def _beginnings() -> Iterator[bytes]:
    plain = BEGIN.encode()
    yield from (plain, plain.hex().encode(), plain.hex().upper().encode())
    for shift in range(3):
        yield _encoded(base64.b64encode(bytes(shift) + plain), shift, len(plain))


_BEGINNINGS = tuple(_beginnings())
