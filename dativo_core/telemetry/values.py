"""Where known secret values stand in a text, in whatever form."""

import base64
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from dativo_core.telemetry.views import View, views, without_blanks

MIN_SECRET_LENGTH = 4
"""Shorter values are not searched for: they would eat ordinary text."""

_WORDS = frozenset({"true", "false", "none", "null"})
_MIN_LINE_LENGTH = 20
_BASE64_LETTER = re.compile(r"[A-Za-z0-9+/_=-]")
_PADDING = re.compile(r"={0,2}")
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|[\s\S])")

Span = tuple[int, int]


class Form(NamedTuple):
    """A text a secret is searched as. `before` and `after` are letters at its edges that hold bits of it too."""

    text: str
    before: int = 0
    after: int = 0


def forms_of(value: str) -> Iterator[Form]:
    """Yield every form of a secret; escapes and line breaks are undone in the text that is searched.

    Of a value of several lines, such as a private key, each long line is a secret of its own. A value that is too short
    or an ordinary word has no forms.
    """
    lines = [line for line in value.splitlines() if len(line) >= _MIN_LINE_LENGTH and "-----" not in line]
    for secret in dict.fromkeys(map(str.strip, [value, *lines])):
        if len(secret) >= MIN_SECRET_LENGTH and secret.lower() not in _WORDS:
            for form in _forms(secret):
                yield from (
                    form._replace(text=text)
                    for text in {_same_blanks(form.text), _same_blanks(without_blanks(form.text))}
                    if len(text) >= MIN_SECRET_LENGTH
                )


def spans(text: str, forms: frozenset[Form]) -> list[Span]:
    """Return where secrets stand in `text`, from and to before which letter, apart from each other and in order.

    Takes time linear in the length of the text, however many secrets there are.
    """
    if not forms:
        return []
    index = _index(forms)
    found = {span for view in views(text) for span in index.spans(view)}
    return united(_with_whole_escapes(text, found)) if found else []


def _forms(secret: str) -> Iterator[Form]:
    plain = secret.encode("utf-8", "surrogatepass")
    yield Form(secret)
    yield Form(plain.decode("latin-1"))  # bytes that were escaped one by one
    # Escapes are undone in the text, but what stands before a secret can swallow the first of its escapes.
    yield from map(Form, (quote(plain, safe=""), quote(plain), json.dumps(secret)[1:-1], repr(secret)[1:-1]))
    yield Form(plain.hex())
    yield Form(plain.hex().upper())
    for shift in range(3):
        yield from _base64(plain, shift)


def _base64(plain: bytes, shift: int) -> Iterator[Form]:
    """Yield what base64 makes of the secret behind `shift` other bytes, as far as no other byte has a part in it."""
    first, whole = math.ceil(shift * 8 / 6), (shift + len(plain)) * 8 // 6
    after = int((shift + len(plain)) * 8 % 6 > 0)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield Form(encode(bytes(shift) + plain).decode()[first:whole], int(shift > 0), after)


def _same_blanks(text: str) -> str:
    """Return `text` with blanks for plus signs: in a form that was sent, one stands for the other."""
    return text.replace("+", " ")


class _Index:
    """Forms by their first letters, so that each place of a text is looked at once."""

    def __init__(self, forms: frozenset[Form]) -> None:
        self._edges: dict[str, Span] = {}
        lengths: dict[str, set[int]] = {}
        for form in forms:
            before, after = self._edges.get(form.text, (0, 0))
            self._edges[form.text] = max(before, form.before), max(after, form.after)
            lengths.setdefault(form.text[:MIN_SECRET_LENGTH], set()).add(len(form.text))
        self._lengths: Mapping[str, Sequence[int]] = {
            start: sorted(each, reverse=True) for start, each in lengths.items()
        }

    def spans(self, view: View) -> Iterator[Span]:
        """Yield where forms stand, the longest at each place, in letters of the text behind the view."""
        text, lengths, size = _same_blanks(view.text), self._lengths, MIN_SECRET_LENGTH
        for start in [at for at in range(len(text) - size + 1) if text[at : at + size] in lengths]:
            for length in lengths[text[start : start + size]]:
                edges = self._edges.get(text[start : start + length])
                if edges is not None and start + length <= len(text):
                    first, last = _with_edges(view.text, start, start + length, edges)
                    yield view.starts[first], view.stops[last - 1]
                    break


@lru_cache(maxsize=2)
def _index(forms: frozenset[Form]) -> _Index:
    return _Index(forms)


def _with_edges(text: str, start: int, stop: int, edges: Span) -> Span:
    before, after = edges
    if before and start and _BASE64_LETTER.match(text, start - 1):
        start -= 1
    if after:
        if _BASE64_LETTER.match(text, stop):
            stop += 1
        padding = _PADDING.match(text, stop)
        stop = padding.end() if padding else stop
    return start, stop


def _with_whole_escapes(text: str, found: set[Span]) -> list[Span]:
    """Return the spans, none of which begins or ends within an escape, so that JSON stays JSON."""
    if "\\" not in text:
        return sorted(found)
    escapes = {at: match.span() for match in _ESCAPE.finditer(text) for at in range(match.start() + 1, match.end())}
    return sorted((escapes.get(start, (start, 0))[0], escapes.get(stop, (0, stop))[1]) for start, stop in found)


def united(found: Iterable[Span]) -> list[Span]:
    """Return spans that are in order, with those that overlap as one."""
    apart: list[Span] = []
    for start, stop in found:
        if apart and start < apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], stop)
        else:
            apart.append((start, stop))
    return apart
