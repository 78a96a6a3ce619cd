"""The code location: `defs` holds every job of the workspace that `DATIVO_ROOT` names, else of the one around here."""

import os
from pathlib import Path

from dativo_core.workspace.root import find_root
from dativo_dagster.compile import build_definitions

_named = os.environ.get("DATIVO_ROOT")

defs = build_definitions(find_root(Path(_named) if _named else None))
