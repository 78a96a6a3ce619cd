"""Problems of configuration files in words."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

import click

from dativo_core.cli.excerpt import excerpt_lines
from dativo_core.cli.failure import safe
from dativo_core.cli.source_file import read_source
from dativo_core.model.finding import Finding, Severity

_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """Return one line per finding, each once: `file:line: key.path: what. how to fix [code]`; milder ones say so."""
    return [_line(finding) for finding in dict.fromkeys(findings)]


def findings_with_excerpts(findings: Sequence[Finding], root: Path) -> Iterator[str]:
    """Yield the lines of each finding, in the colours of a terminal: what it says, and the line of its file below."""
    source = cache(lambda file: read_source(root, file))
    for finding in dict.fromkeys(findings):
        colour = _COLOURS[finding.severity]
        yield _coloured(finding, colour)
        *excerpt, carets = excerpt_lines(finding, source(finding.file)) or [""]
        yield from (click.style(line, dim=True) for line in excerpt)
        if carets:
            yield click.style(carets, fg=colour)


def finding_counts(findings: Sequence[Finding]) -> str:
    """Return `2 errors, 1 warning in 3 files`, or `no problems`; notes are counted behind them."""
    distinct = set(findings)
    problems = {finding for finding in distinct if finding.severity is not Severity.INFO}
    counts = Counter(_NOUNS[finding.severity] for finding in problems)
    words = ", ".join(plural(counts[noun], noun) for noun in _NOUNS.values() if counts[noun])
    files = plural(len({finding.file for finding in problems}), "file")
    text = f"{words} in {files}" if problems else "no problems"
    return f"{text}, {plural(len(distinct - problems), 'note')}" if distinct - problems else text


def plural(count: int, noun: str) -> str:
    """Return `1 file` or `2 files`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _coloured(finding: Finding, colour: str) -> str:
    """Return a finding as one line whose place is bold and whose code has a colour."""
    place = safe(f"{finding.file}:{finding.line}:")
    rest, bracket, code = _line(finding).removeprefix(place).rpartition("[")
    return click.style(place, bold=True) + rest + click.style(bracket + code, fg=colour)


def _line(finding: Finding) -> str:
    text = safe(str(finding))
    return text if finding.severity is Severity.ERROR else f"{text} ({_NOUNS[finding.severity]})"
