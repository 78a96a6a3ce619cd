"""What a person at a terminal sees: progress while jobs run, and a table of what they did."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)
from rich.table import Table
from rich.text import Text

from dativo_core.cli.failure import safe
from dativo_core.cli.result import JobResult
from dativo_core.cli.summary import size_text
from dativo_core.telemetry.log import logging_to

if TYPE_CHECKING:
    from dativo_core import flow
    from dativo_core.cli.execute import Watch

_NUMBERS = ("read", "written", "quarantined", "files", "size", "seconds")


@contextmanager
def progress_bar(console: Console | None = None) -> Iterator["Watch"]:
    """Show a bar per stream on stderr until the end, and warnings above the bars."""
    shown = console or Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=shown, transient=True) as progress, logging_to(_ConsoleHandler(shown)):
        yield lambda job: _Bars(progress, job)


def show_table(results: Sequence[JobResult], console: Console | None = None) -> None:
    """Print one line of numbers per table that was loaded or failed; nothing when there is none."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    table.add_column("table", overflow="fold")
    for name in _NUMBERS:
        table.add_column(name, justify="right", no_wrap=True)
    for result in results:
        for stream in result.report.streams if result.report else ():
            if stream.outcome.value in ("committed", "failed"):
                table.add_row(*_cells(stream))
    if table.row_count:
        (console or Console()).print(table)


class _Bars:
    """The bars of one job: one per stream, added at its first batch."""

    def __init__(self, progress: Progress, job: str) -> None:
        self._progress = progress
        self._job = job
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, seen: "flow.Progress") -> None:
        if seen.object not in self._tasks:
            title = safe(f"{self._job}/{seen.object}")
            self._tasks[seen.object] = self._progress.add_task(title, total=seen.bytes_total, rows=0)
        self._progress.update(self._tasks[seen.object], completed=seen.bytes_read, rows=seen.rows_read)


class _ConsoleHandler(logging.Handler):
    """Prints warnings and worse as lines of text."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.WARNING)
        self._console = console

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{record.levelname.lower()}: {record.getMessage()}"
        lines = [text, record.exc_text] if record.exc_text else [text]
        self._console.print(Text("\n".join(lines)), soft_wrap=True)


def _cells(stream: "flow.StreamReport") -> Iterator[Text | str]:
    counts = stream.counts
    yield Text(str(stream.table))
    yield from (f"{counts.read:,}", f"{counts.written:,}", f"{counts.quarantined:,}", f"{stream.files:,}")
    yield from (size_text(stream.size_bytes), f"{sum(stream.seconds.values()):.2f}")
