"""The code location: `defs` holds every job of the workspace that `DATIVO_ROOT` names, else of the one around here.

`DATIVO_RUNNER_CONFIG` names a file to read instead of `configs/runner.yaml`.
"""

import os
from pathlib import Path

from dativo_core.collection import collection_held_back

with collection_held_back():
    from dativo_core.workspace.root import find_root
    from dativo_dagster.compile import build_definitions

_named = os.environ.get("DATIVO_ROOT")

_runner = os.environ.get("DATIVO_RUNNER_CONFIG")

defs = build_definitions(find_root(Path(_named) if _named else None), runner_file=Path(_runner) if _runner else None)
