"""Two tenants in one real workspace: acme, who tries everything, and the victim, whose things are marked by canaries."""

import hashlib
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dativo_core.model.mode import Mode
from dativo_core.plan.build import check_workspace
from dativo_core.plan.types import IngestPlan
from dativo_core.run import Services, run
from dativo_core.secrets.load import open_store
from dativo_core.workspace.load import load_workspace
from tests.canary import kept_in, new_canary

ATTACKER, VICTIM = "acme", "victim"
LAKE = "lake"
JOB = f"jobs/{ATTACKER}/orders.yaml"
CONTRACT = f"assets/csv/v1.0/{ATTACKER}_orders.yaml"
VICTIM_PLACES = (f"jobs/{VICTIM}", f"data/{VICTIM}", f"secrets/{VICTIM}", f"{LAKE}/warehouse/{VICTIM}__default")

_SOURCE = {
    "name": "csv",
    "type": "csv",
    "roles": ["source"],
    "credentials": {"type": "none"},
    "default_engine": {"type": "native"},
}
_TARGET = {
    "name": "iceberg",
    "type": "iceberg",
    "roles": ["target"],
    "default_engine": {"type": "native"},
    "catalog": {"type": "local", "directory": LAKE},
}


def job_of(tenant: str) -> dict[str, Any]:
    """Return an honest job of a tenant."""
    return {
        "tenant_id": tenant,
        "source_connector_path": "connectors/sources/csv.yaml",
        "target_connector_path": "connectors/targets/iceberg.yaml",
        "asset_path": f"assets/csv/v1.0/{tenant}_orders.yaml",
        "source": {"files": [{"path": f"data/{tenant}/*.csv", "object": "orders"}]},
    }


def contract_of(tenant: str) -> dict[str, Any]:
    """Return an honest contract of a tenant, in the flat dialect."""
    return {
        "name": f"{tenant}_orders",
        "id": f"{tenant}-orders-1",
        "version": "1.0.0",
        "status": "active",
        "source_type": "csv",
        "object": "orders",
        "team": {"owner": "shop@example.com"},
        "schema": [{"name": "id", "type": "long", "required": True}, {"name": "note", "type": "string"}],
    }


class Scene:
    """The workspace below `root`. What the victim owns is there once; what acme does is undone by `restore`.

    Jobs are planned and run in `mode`.
    """

    mode = Mode.SELF_HOSTED

    def __init__(self, root: Path) -> None:
        self.root = root
        self.canaries = tuple(new_canary(kind) for kind in ("row", "json", "text"))
        self.write("connectors/sources/csv.yaml", _SOURCE)
        self.write("connectors/targets/iceberg.yaml", _TARGET)
        for tenant in (ATTACKER, VICTIM):
            self.write(f"jobs/{tenant}/orders.yaml", job_of(tenant))
            self.write(f"assets/csv/v1.0/{tenant}_orders.yaml", contract_of(tenant))
        self._fill()
        # The victim's own rows belong there.
        kept_in(root / "data" / VICTIM, root / LAKE / "warehouse" / f"{VICTIM}__default")
        run(self.plan(VICTIM), self.services())
        self._first = self._files()

    def _fill(self) -> None:
        row, part, text = self.canaries
        quoted = row.replace('"', '""')
        self.text(f"data/{VICTIM}/orders.csv", f'id,note\n1,"{quoted}"\n')
        self.text(f"secrets/{VICTIM}/postgres.json", json.dumps({"password": part}))
        self.text(f"secrets/{VICTIM}/api_key", text)
        self.text(f"data/{ATTACKER}/orders.csv", "id,note\n7,own\n")
        self.text(f"secrets/{ATTACKER}/api_key", "own-key-of-acme")

    def write(self, name: str, content: Mapping[str, Any]) -> None:
        """Write a mapping as a file; JSON is YAML, and writes every character."""
        self.text(name, json.dumps(content, indent=1))

    def text(self, name: str, text: str) -> None:
        """Write a file."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_symlink():
            path.unlink()
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)

    def link(self, name: str, target: str) -> None:
        """Put a link in place of whatever is there; `target` is below the root unless absolute."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
        path.symlink_to(self.root / target)

    def plan(self, tenant: str = ATTACKER) -> IngestPlan:
        """Return the plan of a tenant's honest job."""
        checked = check_workspace(load_workspace(self.root, [Path(f"jobs/{tenant}/orders.yaml")]), self.mode)
        (plan,) = (job.plan for job in checked.jobs)
        assert plan is not None, checked.findings
        return plan

    def services(self) -> Services:
        """Return what a run needs, with secrets in files."""
        return Services(secrets=open_store(self.root / "secrets", mode=self.mode), mode=self.mode)

    def of_victim(self) -> dict[str, str]:
        """Return a digest of every file of the victim."""
        return {name: digest for name, digest in self._files().items() if name.startswith(VICTIM_PLACES)}

    def restore(self) -> None:
        """Undo all that was written since the beginning; the catalog keeps the victim's table alone."""
        for path in sorted(self.root.rglob("*"), reverse=True):
            name = str(path.relative_to(self.root))
            if path.is_symlink() or (path.is_file() and name not in self._first):
                path.unlink()
            elif path.is_dir() and not path.is_symlink() and not any(path.iterdir()):
                path.rmdir()
        for name in self._first:
            if name in self._kept:
                self.root.joinpath(name).parent.mkdir(parents=True, exist_ok=True)
                self.root.joinpath(name).write_bytes(self._kept[name])
                self.root.joinpath(name).chmod(0o600)

    def _files(self) -> dict[str, str]:
        found: dict[str, str] = {}
        kept: dict[str, bytes] = {}
        for path in sorted(self.root.rglob("*")):
            if path.is_file() and not path.is_symlink():
                name, content = str(path.relative_to(self.root)), path.read_bytes()
                found[name], kept[name] = hashlib.sha256(content).hexdigest(), content
        if not hasattr(self, "_kept"):
            self._kept = kept
        return found


_watched: list[tuple[str, ...]] = []
_opened: list[str] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _watched and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
        path = os.path.realpath(os.fsdecode(arguments[0]))
        if path.startswith(_watched[-1]):
            _opened.append(path)


sys.addaudithook(_note)


@contextmanager
def opened_files_of_victim(root: Path) -> Iterator[list[str]]:
    """Yield the files of the victim that this process opens meanwhile, whichever link it comes by; jobs are read by all."""
    _opened.clear()
    _watched.append(tuple(f"{os.path.realpath(root)}/{place}/" for place in VICTIM_PLACES if "jobs" not in place))
    try:
        yield _opened
    finally:
        _watched.pop()
