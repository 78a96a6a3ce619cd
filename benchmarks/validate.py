"""How long `dativo validate` takes over many jobs, each with a contract of its own: `python -m benchmarks.validate [JOBS]`."""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.lineitem import ROOT

JOBS = 1_000
JOBS_PER_TENANT = 50


def write_workspace(directory: Path, jobs: int) -> None:
    """Write so many jobs, and for each a copy of the contract of flights (19 columns), under identities of their own."""
    for folder in ("connectors", "registry"):
        shutil.copytree(ROOT / folder, directory / folder)
    contract = (ROOT / "assets" / "csv" / "v1.0" / "flights.yaml").read_text()
    job = (ROOT / "jobs" / "demo" / "flights.yaml").read_text()
    for number in range(jobs):
        name, tenant = f"flights_{number}", f"tenant{number // JOBS_PER_TENANT}"
        _write(directory / "assets" / "csv" / "v1.0" / f"{name}.yaml", _contract(contract, number))
        text = job.replace("tenant_id: demo", f"tenant_id: {tenant}").replace("flights.yaml", f"{name}.yaml")
        _write(directory / "jobs" / tenant / f"{name}.yaml", text.replace("object: flights", f"object: {name}"))


def seconds_of(directory: Path) -> float:
    """Return how long one `dativo validate` of a workspace takes, start of the process included."""
    command = [str(Path(sys.executable).with_name("dativo")), "validate", "--root", str(directory)]
    begun = perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stdout + done.stderr)
    return perf_counter() - begun


def main(jobs: int) -> None:
    """Print the seconds."""
    with TemporaryDirectory(prefix="dativo-validate-") as directory:
        write_workspace(Path(directory), jobs)
        seconds = seconds_of(Path(directory))
    print(f"dativo validate of {jobs:,} jobs and contracts: {seconds:.1f} s, {1000 * seconds / jobs:.1f} ms each")


def _contract(text: str, number: int) -> str:
    name = f"flights_{number}"
    renamed = text.replace("name: flights\n", f"name: {name}\n").replace("- {path: flights", f"- {{path: {name}")
    return renamed.replace("5d0cbd1e-9a5b-4f0e-8d0e-1b6b5f4c2a01", f"5d0cbd1e-9a5b-4f0e-8d0e-{number:012d}")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else JOBS)
