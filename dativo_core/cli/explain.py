"""`dativo explain`: what a finding code means, why it matters, and an example of each kind."""

from collections.abc import Iterator
from itertools import groupby

import click

from dativo_core.cli.catalogue import Explanation, catalogue
from dativo_core.cli.failure import debug_option
from dativo_core.errors import ConfigError
from dativo_core.workspace.validate import did_you_mean


@click.command(epilog="Example: dativo explain unknown-key")
@click.argument("code", required=False)
@debug_option
def explain(code: str | None) -> None:
    """Explain a finding CODE: why it matters, what to do, a wrong and a right example. Without CODE, list all."""
    click.echo("\n".join(_all() if code is None else _one(_found(code))))


def _found(code: str) -> Explanation:
    """Return what is known of a code, also when it is given as messages show it, in brackets."""
    known = catalogue()
    word = code.strip().strip("[]").lower()
    if word not in known:
        message = f"'{code}' is no finding code"
        raise ConfigError(message, hint=_nearest(word, list(known)))
    return known[word]


def _nearest(word: str, codes: list[str]) -> str:
    holding = [each for each in codes if word and word in each]
    near = did_you_mean(word, holding or codes)
    return near if holding or near.startswith("Did") else "Run dativo explain to see all codes"


def _one(found: Explanation) -> Iterator[str]:
    yield f"{found.code}: {found.title}"
    yield ""
    yield f"  {found.why}"
    yield f"  {found.fix}"
    for heading, text in (("wrong", found.wrong), ("right", found.right)):
        yield ""
        yield f"{heading}:"
        yield from (f"  {line}".rstrip() for line in text.splitlines())


def _all() -> Iterator[str]:
    found = catalogue().values()
    width = max(len(each.code) for each in found)
    for subject, group in groupby(found, key=lambda each: each.subject):
        yield f"{subject}:"
        yield from (f"  {each.code.ljust(width)}  {each.title}" for each in group)
        yield ""
    yield "dativo explain CODE shows more about one of them."
