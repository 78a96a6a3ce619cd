"""Run the demo tenant's five jobs through Dagster, each the way anyone would by hand, and show what each one did."""

import subprocess
import sys
import time

import dagster as dg

JOBS = ("flights", "weather", "planes", "airports", "airlines")
LINE = "{:<9} {:<12} {:>10} {:>10} {:>12}  {:<20} {:>7}"


def main() -> int:
    """Run the jobs one after the other, as `DAGSTER_HOME` records them. Returns the first exit code that is not 0."""
    print(f"\n$ {' '.join(_command('flights'))}    (and four more)")
    print(LINE.format("job", "outcome", "rows read", "written", "quarantined", "snapshot", "seconds"))
    with dg.DagsterInstance.get() as instance:
        for job in JOBS:
            begin = time.monotonic()
            code = subprocess.run([sys.executable, "-m", *_command(job)], check=False).returncode
            if code:
                print(f"{job} failed: see above, or start `make ui` and open its run", file=sys.stderr)
                return code
            print(LINE.format(job, *_outcome(instance, job), f"{time.monotonic() - begin:.1f}"))
    return 0


def _command(job: str) -> list[str]:
    return ["dagster", "job", "execute", "-m", "dativo_dagster.definitions", "-j", f"demo__{job}"]


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
