"""What the page of an asset says of it, as Markdown that starts with one plain sentence."""

import re
from collections.abc import Iterator

from dativo_core.odcs.contract import Column
from dativo_core.plan.types import IngestPlan, StreamPlan

_MARKS = re.compile(r"^[#>*\s-]+|\*\*|`")
"""What Markdown begins a line with, and what it emphasises by: the catalog list shows the first line as it is."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z\u00c0-\u00de])")


def table_description(plan: IngestPlan, stream: StreamPlan) -> str:
    """Return the meaning of a table: its own, the contract's, how to use it, what it is not for, and where it comes from."""
    return "\n\n".join(part for part in _parts(plan, stream) if part)


def _parts(plan: IngestPlan, stream: StreamPlan) -> Iterator[str]:
    contract = stream.contract
    opening, rest = _opening(stream.description or contract.description)
    yield opening or f"Rows of `{stream.object}`, read from {plan.source.type}."
    yield rest
    if stream.description and contract.description != stream.description:
        yield contract.description.strip()
    for title, text in (("Usage", contract.about.usage), ("Limitations", contract.about.limitations)):
        yield f"**{title}:** {text.strip()}" if text.strip() else ""
    links = ", ".join(f"[{_escaped(name)}](<{url}>)" for name, url in contract.about.links)
    yield f"**Links:** {links}" if links else ""
    yield (
        f"Lands in `{stream.table}` ({stream.write_mode}), as contract **{contract.name}** {contract.version} "
        f"({contract.status}) says: `{contract.file}`. Job: `{plan.file}`."
    )


def _opening(text: str) -> tuple[str, str]:
    """Return the first sentence of a text without its Markdown, and the rest of it."""
    first, _, rest = text.strip().partition("\n")
    sentence, *more = _SENTENCE_END.split(_MARKS.sub("", first).strip(), maxsplit=1)
    return sentence, "\n".join([*more, rest]).strip()


def _escaped(name: str) -> str:
    return re.sub(r"([\[\]\\])", r"\\\1", name)


def column_description(column: Column) -> str | None:
    """Return the meaning of a column, and what it is made from as far as the contract says."""
    made_from = ", ".join(f"`{name}`" for name in column.made_from)
    made = " ".join(part for part in (f"Made from {made_from}." if made_from else "", column.made_by.strip()) if part)
    return "\n\n".join(part for part in (column.description, made) if part) or None
