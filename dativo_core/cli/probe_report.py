"""What places answered, for people and for programs."""

from collections.abc import Iterable, Iterator, Sequence

import click

from dativo_core.cli.failure import FAILURE, SUCCESS
from dativo_core.health.result import ProbeResult
from dativo_core.probe import ProbeStatus

_COLOURS = {ProbeStatus.FAILED: "red", ProbeStatus.WARNING: "yellow", ProbeStatus.OK: "green"}
_WORST_FIRST = (ProbeStatus.FAILED, ProbeStatus.WARNING, ProbeStatus.OK, ProbeStatus.SKIPPED)


def probes_exit_code(results: Iterable[ProbeResult]) -> int:
    """Return 2 when anything failed, else 0: what was warned about works."""
    return FAILURE if any(result.status is ProbeStatus.FAILED for result in results) else SUCCESS


def probe_lines(results: Sequence[ProbeResult], *, is_verbose: bool) -> Iterator[str]:
    """Yield one line per result, worst status in colour, and how many of each there are."""
    statuses, parts = (max((len(each) for each in texts), default=0) for texts in _texts(results))
    for result in results:
        status = click.style(result.status.value.ljust(statuses), fg=_COLOURS.get(result.status))
        yield f"{status}  {result.part.value.ljust(parts)}  {_told(result)}{_detail(result) if is_verbose else ''}"
    counts = [(status, sum(result.status is status for result in results)) for status in _WORST_FIRST]
    yield ", ".join(f"{count} {status}" for status, count in counts if count) or "nothing to check"


def part_documents(results: Sequence[ProbeResult]) -> dict[str, object]:
    """Return for each part its worst status with its message and remedy, and all answers below `probes`."""
    parts = dict.fromkeys(result.part for result in results)
    return {part.value: _document([result for result in results if result.part is part]) for part in parts}


def probe_document(result: ProbeResult) -> dict[str, object]:
    """Return one answer."""
    return {
        "subject": result.subject,
        "status": result.status,
        "message": result.message,
        "hint": result.hint,
        "seconds": round(result.seconds, 3),
    }


def _texts(results: Sequence[ProbeResult]) -> tuple[list[str], list[str]]:
    return [result.status.value for result in results], [result.part.value for result in results]


def _told(result: ProbeResult) -> str:
    return str(result).removeprefix(f"{result.part} ")


def _detail(result: ProbeResult) -> str:
    jobs = f"; {', '.join(result.jobs)}" if result.jobs else ""
    return f" ({result.seconds:.2f} s{jobs})"


def _document(results: Sequence[ProbeResult]) -> dict[str, object]:
    worst = min(results, key=lambda result: _WORST_FIRST.index(result.status))
    probes = [probe_document(result) for result in results]
    return {"status": worst.status, "message": worst.message, "hint": worst.hint, "probes": probes}
