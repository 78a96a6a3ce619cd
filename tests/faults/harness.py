"""Fork and kill: random histories of deliveries, runs and faults, each compared with a model of what must have landed.

The parent imports everything once and forks for each run, so that a killed run costs a fraction of a second. A trial is
decided by its seed alone.
"""

import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from dativo_core import failpoints
from dativo_core.flow import StreamOutcome
from dativo_core.lake import state_document
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.quarantine import RUN_COLUMN
from dativo_core.lake.table import ensure_table, stream_table
from dativo_core.plan.types import IngestPlan, WriteMode
from tests.support import TABLE, deliver, load, orders_plan, stored_state, table_rows

Row = tuple[int, str, float]
Runner = Callable[[IngestPlan], None]

ERRORS = ("409", "500", "503", "504", "timeout", "reset")
DRAIN_RUNS = 2
HIT_ONCE = ("schema.before", "schema.after", "blob.written", "commit.retry", "report.before", "report.after")


def run_dativo(plan: IngestPlan) -> None:
    """Run the job as the command line does; a failed stream ends the process with exit code 2."""
    report = load(plan)
    sys.exit(2 if any(stream.outcome is StreamOutcome.FAILED for stream in report.streams) else 0)


@dataclass
class Trial:
    """One random history in its own directory."""

    seed: int
    root: Path
    runner: Runner = run_dativo
    point: str | None = None
    kills: Counter[str] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.mode = WriteMode.OVERWRITE if self.random.random() < 0.25 else WriteMode.APPEND
        self.plan = orders_plan(self.root, write_mode=self.mode)
        self.delivered: dict[str, tuple[list[Row], list[int]]] = {}
        self.foreign_rows = 0
        self.next_id = 0

    def play(self) -> None:
        """Deliver, run and break things in random order, then drain and compare with the model."""
        self.deliver_file()
        for _ in range(self.random.randint(1, 3)):
            step = self.random.choice(
                [self.deliver_file, self.killed_run, self.faulty_commit, self.twin_runs, self.foreign]
            )
            step()
        self.deliver_file()
        self.killed_run()
        self.drain()
        self.check()

    def deliver_file(self) -> None:
        """Add a source file of a few good and sometimes some bad rows."""
        count, bad = self.random.randint(1, 8), self.random.choice([0, 0, 1, 2])
        rows = [(self.next_id + n, f"n{self.next_id + n}", float(n)) for n in range(count)]
        self.next_id += count
        name = f"f{len(self.delivered):03d}-{'x' * self.random.choice([1, 100])}.csv"
        broken = [(f"bad{n}", "b", 1.0) for n in range(bad)]
        deliver(self.root, name, [*rows, *broken])
        self.delivered[name] = (rows, list(range(count + 2, count + 2 + bad)))
        self.log.append(f"deliver {name[:4]} {count}+{bad}")

    def killed_run(self) -> None:
        """Run with one failpoint set to SIGKILL."""
        name = self.point or self.random.choice(sorted(failpoints.NAMES))
        hit = 1 if name in HIT_ONCE else self.random.choice([1, 1, 1, 2, 3])
        before = "commit.before=raise:409;" if name == "commit.retry" else ""
        if self.fork(f"{before}{name}=kill:{hit}") == -signal.SIGKILL:
            self.kills[name] += 1
        self.log.append(f"kill at {name}:{hit}")

    def faulty_commit(self) -> None:
        """Run with the catalog answering an error, before or after the commit landed."""
        side, error = self.random.choice(["before", "after"]), self.random.choice(ERRORS)
        code = self.fork(f"commit.{side}=raise:{error}")
        self.log.append(f"commit.{side} answers {error} -> {code}")

    def twin_runs(self) -> None:
        """Run the job twice at once."""
        children = [self.start(""), self.start("")]
        codes = [wait(child) for child in children]
        self.log.append(f"twins -> {codes}")

    def foreign(self) -> None:
        """Commit to the table as another program would, without touching the state."""
        with open_lake(self.root / "lake") as lake:
            table = lake.load(TABLE)
            if table is None or table.metadata.current_snapshot() is None:
                return
            arrow = table.scan(limit=1).to_arrow()
            if arrow.num_rows == 0 or self.mode is WriteMode.OVERWRITE:
                return
            foreign = arrow.set_column(0, arrow.schema.field(0), [[-1]])
            table.append(foreign)
        self.foreign_rows += 1
        self.log.append("foreign append")

    def drain(self) -> None:
        """Run until nothing is left to load."""
        codes = [self.fork("") for _ in range(DRAIN_RUNS)]
        assert codes == [0] * DRAIN_RUNS, self.story(f"drain ended with {codes}")

    def fork(self, armed: str) -> int:
        return wait(self.start(armed))

    def start(self, armed: str) -> int:
        child = os.fork()
        if child:
            return child
        try:
            quiet = os.open(os.devnull, os.O_WRONLY)
            os.dup2(quiet, 2)
            failpoints.arm(armed)
            self.runner(self.plan)
            os._exit(0)
        except SystemExit as exit_:
            os._exit(int(exit_.code or 0))
        except BaseException:
            os._exit(70)

    def check(self) -> None:
        """Compare rows, quarantine and state with the model."""
        rows = table_rows(self.root)
        ids = Counter(rows.column("id").to_pylist())
        expected = Counter(row[0] for good, _ in self.delivered.values() for row in good)
        foreign = ids.pop(-1, 0)
        assert ids == expected, self.story(f"lost {expected - ids}, doubled {ids - expected}")
        assert foreign == self.foreign_rows, self.story("foreign rows changed")
        if self.runner is run_dativo:
            self._check_state()
            self._check_quarantine()

    def _check_state(self) -> None:
        state = stored_state(self.root)
        assert state is not None, self.story("no state")
        files = {Path(file.path).name for file in state.files}
        assert files == set(self.delivered), self.story("state names other files")

    def _check_quarantine(self) -> None:
        kept = table_rows(self.root, TABLE.quarantine)
        if self.mode is WriteMode.OVERWRITE:
            return
        found = Counter(zip(kept.column("file").to_pylist(), kept.column("line").to_pylist(), strict=True))
        expected = Counter((f"in/{name}", line) for name, (_, bad) in self.delivered.items() for line in bad)
        assert found == expected, self.story(f"quarantine: {found} instead of {expected}; {RUN_COLUMN} leftovers?")

    def story(self, what: str) -> str:
        return json.dumps({"what": what, "seed": self.seed, "mode": self.mode, "steps": self.log}, indent=1)


def wait(child: int) -> int:
    """Return the exit code of a child, negative for the signal that ended it."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def play_trial(seed: int, root: Path, point: str | None, runner: Runner = run_dativo) -> Trial:
    """Play one trial; `point` is the failpoint its kills are aimed at."""
    trial = Trial(seed, root, runner, point)
    # A state is never this small, so that its file set always goes into a blob.
    state_document.INLINE_LIMIT_BYTES = 256 if trial.point == "blob.written" else 8 * 1024
    trial.play()
    return trial


def naive_runner(plan: IngestPlan) -> None:
    """The obvious program: PyIceberg's own append, then a JSON file that says which files were loaded."""
    root = Path(plan.root)
    memory = root / "seen.json"
    seen = json.loads(memory.read_text()) if memory.exists() else []
    new = [path for path in sorted((root / "in").glob("*.csv")) if path.name not in seen]
    with open_lake(root / "lake") as lake:
        table = ensure_table(lake, stream_table(plan.streams[0]))
        for path in new:
            table.append(_good_rows(path, table.schema().as_arrow()))
    failpoints.fp("report.before")
    memory.write_text(json.dumps([*seen, *(path.name for path in new)]))
    sys.exit(0)


def _good_rows(path: Path, schema: pa.Schema) -> pa.Table:
    cells = [line.split(",") for line in path.read_text().splitlines()[1:] if not line.startswith("bad")]
    today = datetime.now(UTC).date()
    rows = [(int(a), b, float(c), f"in/{path.name}", today) for a, b, c in cells]
    columns = list(zip(*rows, strict=True))
    return pa.table(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )
