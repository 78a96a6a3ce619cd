"""Plays a delivery: writes it into a workspace, runs the job for real, and gathers what came of it."""

import json
import os
import pickle
import pwd
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from dativo_core import failpoints
from dativo_core.flow import RunReport, RunState, StreamReport
from dativo_core.model.source_options import SOURCE_OPTIONS
from dativo_core.plan.types import IngestPlan, SourcePlan, UnknownColumns
from tests.hostile.corpus import CORPUS
from tests.hostile.entry import Entry, FileRefused, Meanwhile, Row
from tests.support import TABLE, load, orders_plan, peak_mb, stored_state, table_rows

STRICT, WARN = "strict", "warn"
GOOD_ROW: Row = (7, "good", 0.0)


@dataclass(frozen=True)
class Evidence:
    """What a run left behind. `data_files` counts the Parquet files below the lake, published or not."""

    run: RunReport
    rows: pa.Table
    rejects: list[dict[str, object]]
    state: RunState | None
    data_files: int

    @property
    def stream(self) -> StreamReport:
        (stream,) = self.run.streams
        return stream


def play(entry: Entry, mode: str, root: Path) -> Evidence:
    """Deliver an entry below `root`, run its job once, and return the evidence."""
    inbox = root / "in"
    inbox.mkdir()
    plan = plan_of(entry, mode, root)
    entry.build(inbox)
    if has_companion(entry):
        (root / "good").mkdir()
        write_companion(entry, root / "good")
    run = _run_apart(entry, plan) if entry.meanwhile or entry.without_rights else load(plan)
    return _evidence(run, root)


def play_measured(name: str, mode: str, root: Path) -> tuple[Evidence, int]:
    """Play a delivery of the corpus; tells also the most memory this process has used so far, in MB."""
    return play(CORPUS[name], mode, root), peak_mb()


def plan_of(entry: Entry, mode: str, root: Path) -> IngestPlan:
    """Return the plan of an entry's job."""
    files = (*entry.files, *(("good/*",) if has_companion(entry) else ()))
    plan = orders_plan(root, columns=entry.columns, max_rejects=0 if mode == STRICT else None)
    options = SOURCE_OPTIONS[entry.source_type].model_validate({"files": files, **entry.options})
    unknown = UnknownColumns.DROP if entry.drops_unknown else UnknownColumns.FAIL
    stream = replace(plan.streams[0], rules=entry.rules, unknown_columns=unknown)
    source = SourcePlan(entry.source_type, entry.source_type, options)
    return replace(plan, source=source, streams=(stream,))


def has_companion(entry: Entry) -> bool:
    """Whether a good file lies beside the bad one."""
    return isinstance(entry.outcome, FileRefused)


def write_companion(entry: Entry, directory: Path) -> None:
    """Write the good file, for text with the encoding and the delimiter of the entry."""
    columns = dict(zip(("id", "name", "amount"), GOOD_ROW, strict=True))
    if entry.source_type == "parquet":
        pq.write_table(pa.Table.from_pylist([columns]), directory / "good.parquet")
        return
    text = json.dumps(columns) + "\n"
    if entry.source_type == "csv":
        delimiter = str(entry.options.get("delimiter", ","))
        text = f"{delimiter.join(columns)}\n{delimiter.join(map(str, GOOD_ROW))}\n"
    (directory / f"good.{entry.source_type}").write_bytes(text.encode(str(entry.options.get("encoding", "utf-8"))))


@contextmanager
def open_workspace(entry: Entry, tmp_path: Path) -> Iterator[Path]:
    """Yield an empty directory for an entry, one that its user may enter."""
    if not (entry.without_rights and os.getuid() == 0):
        yield tmp_path
        return
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def _run_apart(entry: Entry, plan: IngestPlan) -> RunReport:
    """Run in a child, which stops where the entry wants something to happen to its files."""
    report, meanwhile = Path(plan.root) / "report", entry.meanwhile
    child = os.fork()
    if child == 0:
        try:
            if entry.without_rights:
                _drop_rights(Path(plan.root))
            failpoints.arm(f"{meanwhile.failpoint}=stop:{meanwhile.hit}" if meanwhile else "")
            report.write_bytes(pickle.dumps(load(plan)))
        finally:
            os._exit(0)
    stops = _change_at_stops(child, meanwhile, Path(plan.root) / "in")
    assert stops or not meanwhile, "the run never came to the failpoint"
    assert report.exists(), "the run died of a bug"
    found: RunReport = pickle.loads(report.read_bytes())
    return found


def _change_at_stops(child: int, meanwhile: Meanwhile | None, inbox: Path) -> int:
    """Wait for a child, changing its files whenever it stands still; returns how often it did."""
    stops = 0
    while os.WIFSTOPPED(os.waitpid(child, os.WUNTRACED)[1]):
        stops += 1
        if meanwhile:
            meanwhile.change(inbox)
        os.kill(child, signal.SIGCONT)
    return stops


def _drop_rights(root: Path) -> None:
    """Go on as nobody, to whom the workspace then belongs, where the tests are root's; permissions do not bind root."""
    if os.getuid() != 0:
        return
    # The catalog imports it late, from a directory that nobody may not be allowed to enter.
    import_module("sqlite3.dbapi2")
    nobody = pwd.getpwnam("nobody").pw_uid
    for path in (root, *root.rglob("*")):
        os.chown(path, nobody, -1, follow_symlinks=False)
    os.setgroups([])
    os.setuid(nobody)


def _evidence(run: RunReport, root: Path) -> Evidence:
    rejects = table_rows(root, TABLE.quarantine).to_pylist()
    data_files = sum(1 for path in (root / "lake").rglob("*.parquet"))
    return Evidence(run, table_rows(root), rejects, stored_state(root), data_files)
