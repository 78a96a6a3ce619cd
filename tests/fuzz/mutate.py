"""Documents made wrong: one to three changes of a sound YAML document, in its structure or in its text."""

import copy
from collections.abc import Callable, Iterator
from datetime import date
from random import Random
from typing import Any

import yaml

Path = tuple[str | int, ...]

HOSTILE_VALUES: tuple[Any, ...] = (
    None,
    "",
    " ",
    "NO",
    "off",
    True,
    0,
    -1,
    10**40,
    1.5,
    float("nan"),
    float("inf"),
    "1.10",
    "010",
    "0x1F",
    "2026-02-30",
    date(2026, 2, 28),
    "../../etc/passwd",
    "/app/../x",
    "${HOME}",
    "${",
    "${a${b}}",
    "$$",
    "a\nb",
    "a\x1b[31mb",
    "\u202egnirts",
    "é" * 300,
    "проверка",
    "数",
    "--",
    "x" * 100_000,
    [],
    {},
    [[]],
    [None],
    {"a": {"b": {"c": 1}}},
    {"": 1},
    ["a", 1, None, {"b": []}],
    "*",
    "&a",
    "!tag x",
    "(a+)+$",
    "[",
)
"""Values that belong nowhere, or that YAML readers like to turn into something else."""

SPLICES: tuple[bytes, ...] = (
    b"\t",
    b"\0",
    b"\xff\xfe",
    b"\xc3",
    b"\xef\xbb\xbf",
    b"\r",
    b"\n---\n",
    b"\n...\n",
    b": ",
    b"- ",
    b"? ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"'",
    b'"',
    b"*a",
    b"&a ",
    b"!!python/object:os.system ",
    b"|",
    b">",
    b"#",
    b"%YAML 1.1\n",
    b"<<: {a: 1}\n",
    b"\xe2\x80\xa8",
    b"a: &a [x,x]\nb: &b [*a,*a]\nc: [*b,*b]\n",
    b"{a: " * 100,
    b"[" * 200,
    b"    deep: \n" * 3,
)
"""Bytes put into the text of a document."""


def mutated(document: dict[str, Any], random: Random) -> bytes:
    """Return the text of a document after one to three changes."""
    changed = copy.deepcopy(document)
    for _ in range(random.randint(0, 2)):
        random.choice(STRUCTURAL)(changed, random)
    text = yaml.safe_dump(changed, sort_keys=False, allow_unicode=True).encode()
    return random.choice(TEXTUAL)(text, random) if random.random() < 0.4 else text


def _places(value: Any, path: Path = ()) -> Iterator[Path]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from _places(item, (*path, key))


def _pick(document: Any, random: Random) -> tuple[Any, Any] | None:
    """Return a mapping or list of a document, and a key of it."""
    places = list(_places(document))
    if not places:
        return None
    *path, key = random.choice(places)
    owner = document
    for part in path:
        owner = owner[part]
    return owner, key


def _drop(document: Any, random: Random) -> None:
    if picked := _pick(document, random):
        del picked[0][picked[1]]


def _replace(document: Any, random: Random) -> None:
    if picked := _pick(document, random):
        picked[0][picked[1]] = copy.deepcopy(random.choice(HOSTILE_VALUES))


def _wrap(document: Any, random: Random) -> None:
    if picked := _pick(document, random):
        value = picked[0][picked[1]]
        picked[0][picked[1]] = random.choice([[value], {"value": value}, [value, value], str(value)])


def _misspell(document: Any, random: Random) -> None:
    picked = _pick(document, random)
    if picked and isinstance(picked[0], dict) and picked[1]:
        at = random.randrange(len(picked[1]))
        picked[0][picked[1][:at] + random.choice("xé_ -.") + picked[1][at + 1 :]] = picked[0].pop(picked[1])


def _swap(document: Any, random: Random) -> None:
    one, other = _pick(document, random), _pick(document, random)
    if one and other:
        kept = copy.deepcopy(one[0][one[1]]), copy.deepcopy(other[0][other[1]])
        one[0][one[1]] = kept[1]
        other[0][other[1]] = kept[0]


def _double(document: Any, random: Random) -> None:
    if picked := _pick(document, random):
        owner, key = picked
        if isinstance(owner, list):
            owner.insert(key, copy.deepcopy(owner[key]))
        else:
            owner[f"{key}_2"] = copy.deepcopy(owner[key])


def _nest(document: Any, random: Random) -> None:
    if picked := _pick(document, random):
        for _ in range(random.choice([3, 70])):
            picked[0][picked[1]] = {"a": picked[0][picked[1]]}


def _splice(text: bytes, random: Random) -> bytes:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice(SPLICES) + text[at:]


def _cut(text: bytes, random: Random) -> bytes:
    return text[: random.randrange(len(text) + 1)]


def _repeat_line(text: bytes, random: Random) -> bytes:
    lines = text.splitlines(keepends=True)
    at = random.randrange(len(lines)) if lines else 0
    return b"".join([*lines[: at + 1], *lines[at : at + 1], *lines[at + 1 :]])


def _flip(text: bytes, random: Random) -> bytes:
    at = random.randrange(len(text)) if text else 0
    return text[:at] + bytes((random.randrange(256),)) + text[at + 1 :]


def _indent(text: bytes, random: Random) -> bytes:
    lines = text.splitlines(keepends=True)
    at = random.randrange(len(lines)) if lines else 0
    return b"".join(
        [*lines[:at], *(random.choice([b" ", b"\t", b"   "]) + line for line in lines[at : at + 1]), *lines[at + 1 :]]
    )


STRUCTURAL: tuple[Callable[[Any, Random], None], ...] = (
    _drop,
    _replace,
    _replace,
    _wrap,
    _misspell,
    _swap,
    _double,
    _nest,
)
TEXTUAL: tuple[Callable[[bytes, Random], bytes], ...] = (_splice, _splice, _cut, _repeat_line, _flip, _indent)
