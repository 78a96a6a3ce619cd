"""Run the demo tenant's six jobs through Dagster and show what each one did.

The first is started the way anyone would by hand; the others follow in this process, which saves starting Dagster again.
"""

import subprocess
import sys
import time
from contextlib import redirect_stderr
from io import StringIO

import dagster as dg

from dativo_dagster.definitions import defs

FIRST, *OTHERS = ("flights", "weather", "planes", "airports", "airlines", "reports")
COMMAND = ("dagster", "job", "execute", "-m", "dativo_dagster.definitions", "-j", f"demo__{FIRST}")
SUPERSEDED = "ignore:Function `job_execute_command` is superseded"  # works for as long as dagster is below 2.0
LINE = "{:<9} {:<12} {:>10} {:>10} {:>12}  {:<20} {:>7}"


def main() -> int:
    """Run the jobs one after the other, recorded where `DAGSTER_HOME` says. Returns 0, or 2 after a failure."""
    print(f"\n{' '.join(COMMAND)}    (and {len(OTHERS)} more jobs)")
    print(LINE.format("job", "outcome", "rows read", "written", "quarantined", "snapshot", "seconds"))
    with dg.DagsterInstance.get() as instance:
        for job in (FIRST, *OTHERS):
            begin = time.monotonic()
            if not (_run_by_hand() if job == FIRST else _run_here(instance, job)):
                print(f"{job} failed: see above, or start `make ui` and open its run", file=sys.stderr)
                return 2
            print(LINE.format(job, *_outcome(instance, job), f"{time.monotonic() - begin:.1f}"))
    return 0


def _run_by_hand() -> bool:
    command = [sys.executable, "-W", SUPERSEDED, "-m", *COMMAND]
    done = subprocess.run(command, check=False, stderr=subprocess.PIPE, text=True)
    return _told(done.returncode == 0, done.stderr)


def _run_here(instance: dg.DagsterInstance, job: str) -> bool:
    definition = defs.resolve_job_def(f"demo__{job}")
    with redirect_stderr(StringIO()) as log:
        success = definition.execute_in_process(instance=instance, raise_on_error=False).success
    return _told(success, log.getvalue())


def _told(success: bool, log: str) -> bool:
    """Show the log of a run that failed, and pass on whether it did not."""
    if not success:
        sys.stderr.write(log)
    return success


def _outcome(instance: dg.DagsterInstance, job: str) -> tuple[str, ...]:
    """Return the outcome, row counts and snapshot of a job's newest run; a run without materialisation found nothing new."""
    run = instance.get_runs(filters=dg.RunsFilter(job_name=f"demo__{job}"), limit=1)[0]
    newest = instance.fetch_materializations(dg.AssetKey(["demo", job]), limit=1).records
    if not newest or newest[0].run_id != run.run_id or newest[0].asset_materialization is None:
        return ("nothing new", "0", "0", "0", "")
    metadata = newest[0].asset_materialization.metadata
    counts = [f"{metadata[f'dativo/rows_{name}'].value:,}" for name in ("read", "written", "quarantined")]
    return (str(metadata["dativo/outcome"].value), *counts, str(metadata["dativo/snapshot_id"].value))


if __name__ == "__main__":
    sys.exit(main())
