"""Fork and kill: random histories of deliveries, runs and faults, each compared with a model of what must have landed.

The parent imports everything once and forks for each run, so that a killed run costs a fraction of a second. Seed and
failpoint decide a trial's steps; how rivals interleave is left to the machine.
"""

import json
import os
import random
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa

from dativo_core import failpoints
from dativo_core.errors import StateLost
from dativo_core.flow import RunState, StreamOutcome
from dativo_core.lake import locks, moves, state_document
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.table import ensure_table, stream_table
from dativo_core.odcs.contract import CheckSeverity, Metric, MetricRule, RuleScope, SqlQuery
from dativo_core.odcs.thresholds import Operator, Threshold
from dativo_core.plan.types import IngestPlan, RemovedFiles, ReplaceScope, WriteMode
from dativo_core.run.state_changes import Decide, Signer, adopting_snapshot, change, propose, resetting
from tests.faults.deliveries import Deliveries
from tests.support import KEY, PLACE, TABLE, load, orders_plan, services, stored_state, table_rows

Runner = Callable[[IngestPlan], None]

ERRORS = ("409", "500", "503", "504", "timeout", "reset")
DRAIN_RUNS = 2
REPLACING_POINTS = ("replace", "rewrite")
NOW = datetime.now(UTC)
ANY_ROWS = SqlQuery("select count(*) from orders")
QUERY = {
    "relations": (("orders", TABLE),),
    "metric_rules": (
        MetricRule(
            *("any_rows", Metric.SQL, (), (), (Threshold(Operator.GREATER_OR_EQUAL_TO, (0,)),), ""),
            *(CheckSeverity.ERROR, "", PLACE, ANY_ROWS, RuleScope.TABLE),
        ),
    ),
}
"""A query that always holds: asking it reads what is about to be published."""
FOREIGN_ROW = {"id": -1, "name": "foreign", "amount": 0.0, "_dativo_file": None}
STOPS = ("window.planned", "page.after", "quarantine.before", "quarantine.written", "commit.before")
VERB_POINTS = ("state.verb", "change.after")
HIT_ONCE = (
    *("schema.before", "schema.after", "change.after", "quarantine.before", "quarantine.written"),
    *("blob.partial", "blob.written", "commit.retry", "report.before", "report.after"),
    *("replace.planned", "rewrite.written", "queries.asked", "state.verb"),
)


def run_dativo(plan: IngestPlan) -> None:
    """Run the job as the command line does; a failed stream ends the process with exit code 2."""
    report = load(plan)
    sys.exit(2 if any(stream.outcome is StreamOutcome.FAILED for stream in report.streams) else 0)


def change_state(decide: Decide) -> Runner:
    """Return what changes the state of a job as the command line does."""

    def changer(plan: IngestPlan) -> None:
        around = services(Path(plan.root))
        proposals = propose(plan, around, Signer("harness", "trial"), decide)
        done = change(plan, around, proposals)
        sys.exit(2 if any(each.error for each in (*proposals, *done)) else 0)

    return changer


class Lost(AssertionError):
    """Rows of the table differ from the model: lost, doubled or changed."""


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
        self.mode = self._choose_mode()
        removed_files = self.random.choice(list(RemovedFiles))
        replaces = self.mode is WriteMode.DELETE_INSERT
        self.plan = orders_plan(
            self.root,
            write_mode=self.mode,
            replace=ReplaceScope.FILE if replaces else None,
            removed_files=removed_files if replaces else RemovedFiles.KEEP,
        )
        if self.point == "queries.asked" or self.random.random() < 0.2:
            self.plan = replace(self.plan, streams=(replace(self.plan.streams[0], **QUERY),))
        needs_bad = (self.point or "").startswith(("quarantine", "change"))
        deletes = removed_files is RemovedFiles.DELETE
        self.source = Deliveries(self.root, self.random, needs_bad=needs_bad, deletes_removed=deletes)
        self.foreign_rows = 0

    def _choose_mode(self) -> WriteMode:
        """A program that knows no changed files is not given any."""
        drawn = self.random.random()
        if (self.point or "").startswith(REPLACING_POINTS):
            return WriteMode.DELETE_INSERT
        if drawn < 0.25:
            return WriteMode.OVERWRITE
        return WriteMode.DELETE_INSERT if drawn < 0.6 and self.runner is run_dativo else WriteMode.APPEND

    def play(self) -> None:
        """Deliver, run and break things in random order, then drain and compare with the model."""
        self.deliver_file()
        if (self.point or "").startswith("schema"):
            self.killed_run()  # only the first run creates the tables
        steps = [self.deliver_file, self.killed_run, self.faulty_commit, self.twin_runs, self.zombie, self.foreign]
        steps += [self.disturb, self.disturb, self.join] if self.mode is WriteMode.DELETE_INSERT else []
        steps += [self.lose_state, self.forget] if self.runner is run_dativo else []
        for _ in range(self.random.randint(1, 3) + 2 * (self.mode is WriteMode.DELETE_INSERT)):
            self.random.choice(steps)()
            self.observe()
        if (self.point or "").startswith(REPLACING_POINTS):
            self.load_and_overtake()
        if (self.point or "") in VERB_POINTS:
            self.lose_state()
        self.deliver_file()
        self.killed_run()
        self.observe()
        self.drain()
        self.observe()
        self.check()

    def deliver_file(self) -> None:
        """Add a source file, or change one where its rows can be replaced."""
        changes = self.mode is WriteMode.DELETE_INSERT and self.random.random() < 0.5
        aimed = (self.point or "").startswith(REPLACING_POINTS)
        if aimed:
            self.log.append(self.source.change(back=0))
        else:
            self.log.append(self.source.change() if changes else self.source.add())

    def disturb(self) -> None:
        """Take a file away, bring one back, or rename one."""
        loaded, source = self.observe(), self.source
        act = self.random.choice([lambda: source.remove(loaded), source.bring_back, lambda: source.move(loaded)])
        self.log.append(act())

    def observe(self) -> dict[str, str]:
        """Tell the source what is loaded; no run is in flight."""
        return self.source.observe(stored_state(self.root)) if self.mode is WriteMode.DELETE_INSERT else {}

    def load_and_overtake(self) -> None:
        """Have several files loaded, and the table changed by another program while a run is about to replace rows of it.

        What that run meant to remove is then gone or has moved to another data file. Data files of mixed origin are left.
        """
        self.log += [self.source.add(), self.source.add()]
        self.expect_success([self.fork("")])
        self.observe()
        self.deliver_file()
        self.overtake("commit.before", self.random.choice([self.join, self.foreign]))
        self.observe()
        if self.point == "rewrite.written":
            self.join()

    def killed_run(self) -> None:
        """Run with one failpoint set to SIGKILL."""
        name = self.point or self.random.choice(sorted(failpoints.NAMES))
        hit = 1 if name in HIT_ONCE else self.random.choice([1, 1, 1, 2, 3])
        before = "commit.before=raise:409;" if name == "commit.retry" else ""
        self.log.append(f"kill at {name}:{hit}")
        if self.fork(f"{before}{name}=kill:{hit}") == -signal.SIGKILL:
            self.kills[name] += 1

    def faulty_commit(self) -> None:
        """Run with the catalog answering an error, before or after the commit landed."""
        side, error = self.random.choice(["before", "after"]), self.random.choice(ERRORS)
        self.log.append(f"commit.{side} answers {error}")
        self.expect_success([self.fork(f"commit.{side}=raise:{error}")])

    def twin_runs(self) -> None:
        """Run the job twice at once."""
        self.log.append("twins")
        children = [self.start(""), self.start("")]
        self.expect_success([wait(child) for child in children])

    def zombie(self) -> None:
        """Stop a run somewhere, let another program, another run or a person commit meanwhile, then let it go on."""
        rivals = [self.foreign, self.deliver_and_run, self.join, self.forget]
        self.overtake(self.random.choice(STOPS), self.random.choice(rivals))

    def overtake(self, point: str, rival: Callable[[], None]) -> None:
        """Stop a run at a failpoint until the rival is done."""
        self.log.append(f"zombie at {point} while {rival.__name__}")
        child = self.start(f"{point}=stop")
        _, status = os.waitpid(child, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            self.expect_success([os.waitstatus_to_exitcode(status)])
            return
        rival()
        os.kill(child, signal.SIGCONT)
        self.expect_success([wait(child)])

    def deliver_and_run(self) -> None:
        """A new file, and a run that loads it."""
        self.deliver_file()
        self.expect_success([self.fork("")])

    def foreign(self) -> None:
        """Commit to the table as another program would, without touching the state."""
        with open_lake(self.root / "lake") as lake:
            table = lake.load(TABLE)
            if table is None or self.mode is WriteMode.OVERWRITE or self.runner is not run_dativo:
                return
            if table.metadata.current_snapshot() is None:
                return
            foreign = pa.Table.from_pylist(
                [FOREIGN_ROW | {"ingest_date": NOW.date()}], schema=table.schema().as_arrow()
            )
            table.append(foreign)
        self.foreign_rows += 1
        self.log.append("foreign append")

    def join(self) -> None:
        """Join all data files into one, as another program's compaction does."""
        with open_lake(self.root / "lake") as lake:
            table = lake.load(TABLE)
            if table is None or self.mode is WriteMode.OVERWRITE or self.runner is not run_dativo:
                return
            rows = table.scan().to_arrow()
            if rows.num_rows == 0:
                return
            table.overwrite(rows)
        self.log.append("foreign join")

    def lose_state(self) -> None:
        """Remove the state as another program does, and take it back from an earlier metadata file."""
        if stored_state(self.root) is None:
            return
        with open_lake(self.root / "lake") as lake, lake.load(TABLE).transaction() as drop:
            drop.remove_properties(state_document.state_property(KEY))
        self.log.append("state lost and adopted")
        self._change_state(adopting_snapshot(None))

    def forget(self) -> None:
        """Reset the state, where rows that are loaded again take the place of those there are."""
        if self.mode is WriteMode.APPEND or self.runner is not run_dativo or stored_state(self.root) is None:
            return
        self.log.append("reset")
        self._change_state(resetting)
        self.observe()

    def _change_state(self, decide: Decide) -> None:
        """Change the state once: killed somewhere, or without an answer from the catalog, and made good then."""
        before = stored_state_or_none(self.root)
        point = self.point if self.point in VERB_POINTS else self.random.choice(VERB_POINTS)
        armed = self.random.choice([f"{point}=kill", f"{point}=raise:504", ""])
        code = self.fork(armed if self.point is None else f"{point}=kill", change_state(decide))
        if code == -signal.SIGKILL:
            self.kills[point] += 1
        else:
            assert code == 0, self.story(f"a change of the state ended with {code}")
        if stored_state_or_none(self.root) == before:
            assert self.fork("", change_state(decide)) == 0, self.story("a change of the state failed")

    def expect_success(self, codes: list[int]) -> None:
        """A run that was not killed ends well, whatever happened around it."""
        if self.runner is run_dativo:
            assert codes == [0] * len(codes), self.story(f"ended with {codes}")

    def drain(self) -> None:
        """Run until nothing is left to load."""
        codes = [self.fork("") for _ in range(DRAIN_RUNS)]
        assert codes == [0] * DRAIN_RUNS, self.story(f"drain ended with {codes}")

    def fork(self, armed: str, runner: Runner | None = None) -> int:
        return wait(self.start(armed, runner))

    def start(self, armed: str, runner: Runner | None = None) -> int:
        child = os.fork()
        if child:
            return child
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            failpoints.arm(armed)
            (runner or self.runner)(self.plan)
            os._exit(0)
        except SystemExit as exit_:
            os._exit(int(exit_.code or 0))
        except BaseException:
            (self.root / "bug.txt").write_text(traceback.format_exc())
            os._exit(70)

    def check(self) -> None:
        """Compare rows, quarantine and state with the model."""
        rows = table_rows(self.root).select(["id", "name", "amount", "_dativo_file"])
        found = Counter(tuple(row.values()) for row in rows.to_pylist())
        expected = self.source.rows
        expected[tuple(FOREIGN_ROW.values())] = self.foreign_rows
        if found != +expected:
            raise Lost(self.story(f"lost {expected - found}, doubled {found - expected}"))
        if self.runner is run_dativo:
            self._check_state()
            self._check_quarantine()

    def _check_state(self) -> None:
        state = stored_state(self.root)
        assert state is not None, self.story("no state")
        found = {Path(file.path).name: file.sha256 for file in state.files}
        expected = {name: version.sha256 for name, version in self.source.remembered.items()}
        assert found == expected, self.story(f"state names {found} instead of {expected}")
        with open_lake(self.root / "lake") as lake:
            snapshots = lake.catalog.load_table(TABLE.identifier).snapshots()
        ours = [each for each in snapshots if each.summary and each.summary[state_document.state_property(KEY)]]
        assert state.sequence == len(ours), self.story(f"sequence {state.sequence} after {len(ours)} loads")
        assert state.rows_read == state.rows_written + state.rows_quarantined, self.story("the state's rows")
        added = int(ours[-1].summary["added-records"] or 0)
        rewritten = added - state.rows_written
        assert rewritten == 0 or (rewritten > 0 and self.mode is WriteMode.DELETE_INSERT), self.story("rows written")

    def _check_quarantine(self) -> None:
        kept = table_rows(self.root, TABLE.quarantine)
        found = Counter(zip(kept.column("file").to_pylist(), kept.column("line").to_pylist(), strict=True))
        files = self.source.files.items()
        expected = Counter((f"in/{name}", line) for name, version in files for line in version.bad_lines)
        if self.mode is WriteMode.DELETE_INSERT:
            expected = self.source.rejects
        if self.mode is WriteMode.OVERWRITE:
            # Every load reads every file again, and each load's rejects are kept.
            assert found.keys() == expected.keys(), self.story(f"quarantine: {found} instead of {expected}")
        else:
            assert found == expected, self.story(f"quarantine: {found} instead of {expected}")

    def story(self, what: str) -> str:
        place = {"seed": self.seed, "point": self.point, "mode": self.mode}
        bug = self.root / "bug.txt"
        found = json.dumps({"what": what, **place, "steps": self.log}, indent=1)
        return f"{found}\n{bug.read_text()}" if bug.exists() else found


def stored_state_or_none(root: Path) -> RunState | None:
    """Return the state, None where it was lost."""
    try:
        return stored_state(root)
    except StateLost:
        return None


def wait(child: int) -> int:
    """Return the exit code of a child, negative for the signal that ended it."""
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def play_trial(seed: int, root: Path, point: str | None, runner: Runner = run_dativo) -> Trial:
    """Play one trial; `point` is the failpoint its kills are aimed at."""
    trial = Trial(seed, root, runner, point)
    with _small_scale(has_blob=(point or "").startswith("blob")):
        trial.play()
    return trial


@contextmanager
def _small_scale(*, has_blob: bool) -> Iterator[None]:
    """Scale limits down to the size of a trial.

    A state is never so small that its file set would not go into a blob. With few tokens kept, a run can outlive the memory
    of its rivals. Rivals hardly wait for the lock, so that the catalog's compare-and-swap, not the courtesy, keeps them apart.
    """
    before = state_document.INLINE_LIMIT_BYTES, moves.KEPT_TOKENS, locks.WAIT_S
    state_document.INLINE_LIMIT_BYTES = 256 if has_blob else before[0]
    moves.KEPT_TOKENS, locks.WAIT_S = 2, 0.05
    try:
        yield
    finally:
        state_document.INLINE_LIMIT_BYTES, moves.KEPT_TOKENS, locks.WAIT_S = before


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
