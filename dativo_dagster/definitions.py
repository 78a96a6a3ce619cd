"""The code location: `defs` holds every job of the workspace that `DATIVO_ROOT` names, else of the current directory."""

import os
from pathlib import Path

from dativo_dagster.compile import build_definitions


def find_root() -> Path:
    """Return `DATIVO_ROOT`, else the nearest parent of the current directory that holds `jobs/`, else that directory."""
    named = os.environ.get("DATIVO_ROOT")
    if named:
        return Path(named).absolute()
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "jobs").is_dir()), here)


defs = build_definitions(find_root())
