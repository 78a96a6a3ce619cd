"""A workspace of one tenant in a temporary directory, and the command line over it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from dativo_core.cli import main
from dativo_core.telemetry import redact

FILES = {
    "connectors/sources/csv.yaml": """\
name: csv_files
type: csv
roles: [source]
credentials: {type: none}
default_engine: {type: native}
""",
    "connectors/targets/iceberg.yaml": """\
name: lake
type: iceberg
roles: [target]
default_engine: {type: native}
catalog:
  type: local
  directory: "${DATIVO_LAKE:-lake}"
partitioning_default: [ingest_date]
""",
    "assets/csv/v1.0/orders.yaml": """\
apiVersion: v3.0.2
kind: DataContract
id: 0b1c9b52-3f0e-4a51-a3c7-1f0a5d5b7a01
name: orders
version: 1.0.0
status: active
domain: shop
source_type: csv
object: orders
schema:
  - {name: id, type: long, required: true}
  - {name: city, type: string}
team:
  owner: shop@example.com
""",
}
JOB = """\
tenant_id: acme
source_connector_path: connectors/sources/csv.yaml
target_connector_path: connectors/targets/iceberg.yaml
asset_path: assets/csv/v1.0/orders.yaml
schema_validation_mode: {mode}
source:
  files:
    - {{path: {files}, object: orders}}
"""


class Workspace:
    """Files below a root and the command line run from there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name, text in FILES.items():
            self.write(name, text)
        self.write("in/orders-1.csv", "id,city\n1,Rome\n2,Oslo\n")

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        if name.startswith("secrets/"):
            path.chmod(0o600)
        return path

    def job(
        self, name: str = "orders", mode: str = "strict", files: str = "in/orders-*.csv", tenant: str = "acme"
    ) -> str:
        text = JOB.format(mode=mode, files=files).replace("tenant_id: acme", f"tenant_id: {tenant}")
        self.write(f"jobs/{tenant}/{name}.yaml", text)
        return f"jobs/{tenant}/{name}.yaml"

    def second_job(self, name: str, files: str = "in/orders-*.csv") -> str:
        """Add a job with a contract, and so a table, of its own."""
        contract = FILES["assets/csv/v1.0/orders.yaml"].replace("orders", name)
        contract = contract.replace("id: 0b1c9b52", f"id: {name}")
        self.write(f"assets/csv/v1.0/{name}.yaml", contract)
        text = JOB.format(mode="strict", files=files).replace("orders.yaml", f"{name}.yaml")
        self.write(f"jobs/acme/{name}.yaml", text.replace("object: orders", f"object: {name}"))
        return f"jobs/acme/{name}.yaml"

    def dativo(self, *arguments: str):
        return CliRunner().invoke(main, list(arguments))

    def report(self, *arguments: str):
        return json.loads(self.dativo(*arguments, "--json").stdout)


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    for name in ("DATIVO_ROOT", "DATIVO_LAKE", "DATIVO_SECRET_MANAGER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(redact, "_forms", frozenset())
    monkeypatch.chdir(tmp_path)
    return Workspace(tmp_path)
