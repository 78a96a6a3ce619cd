"""Canaries: secrets that occur nowhere else, and the search for them, in every form, in what a run leaves behind."""

import base64
import gzip
import json
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus
from uuid import uuid4


def new_canary(kind: str = "") -> str:
    """Return a secret of letters that every encoding changes."""
    return f"cnry{kind}-{uuid4().hex[:12]}/+='\"x%y z"


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
        shlex.quote(secret).strip("'").encode(): "for a shell",
        plain.hex().encode(): "hexadecimal",
        plain.hex().upper().encode(): "capital hexadecimal",
        plain[: len(plain) * 2 // 3]: "its beginning",
    }
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            whole = (shift + len(plain)) * 8 // 6
            found[encode(bytes(shift) + plain)[-(-shift * 8 // 6) : whole]] = f"base64 behind {shift} bytes"
    return found


def leaks(secrets: Iterable[str], *places: str | Path, without: Iterable[Path] = ()) -> list[str]:
    """Return where secrets are left: in texts, and in the names and bytes of all files below directories.

    What lies below `without`, such as the place the secrets are kept in, is not searched.
    """
    wanted = [(secret, form, name) for secret in secrets for form, name in forms(secret).items()]
    return [
        f"{where}: {secret[:8]}… {name}"
        for where, content in _contents(places, tuple(without))
        for secret, form, name in wanted
        if form in content
    ]


def _contents(places: Iterable[str | Path], without: tuple[Path, ...]) -> Iterator[tuple[str, bytes]]:
    for number, place in enumerate(places):
        if isinstance(place, str):
            yield f"text {number}", place.encode()
            continue
        for file in sorted(place.rglob("*")):
            if file.is_file() and not any(file.is_relative_to(path) for path in without):
                content = file.read_bytes()
                yield str(file), file.name.encode() + b"\n" + content
                if content.startswith(b"\x1f\x8b"):
                    yield f"{file} (unpacked)", gzip.decompress(content)
