"""What each contender needs besides the CSV file: Dativo's workspace with a contract, floe's configuration."""

import shutil
from pathlib import Path

from benchmarks.lineitem import COLUMNS, ROOT

RULES: dict[str, dict[str, object]] = {
    "l_orderkey": {"minimum": 1},
    "l_partkey": {"minimum": 1, "maximum": 200_000},
    "l_suppkey": {"minimum": 1},
    "l_linenumber": {"minimum": 1, "maximum": 7},
    "l_quantity": {"minimum": 1, "maximum": 50},
    "l_extendedprice": {"minimum": 0},
    "l_discount": {"maximum": 0.1},
    "l_tax": {"maximum": 0.08},
    "l_returnflag": {"pattern": "^[ANR]$"},
    "l_shipmode": {"pattern": "^(AIR|FOB|MAIL|RAIL|REG AIR|SHIP|TRUCK)$"},
    "l_shipdate": {"minimum": "1992-01-01"},
    "l_comment": {"maxLength": 44},
}
"""Fifteen rules beside the types; every row keeps them."""

_LOGICAL = {"bigint": "integer", "integer": "integer", "decimal(15,2)": "number", "varchar": "string", "date": "date"}
_FLOE = {"bigint": "integer", "integer": "integer", "decimal(15,2)": "number", "varchar": "string", "date": "date"}

_JOB = """\
tenant_id: bench
source_connector_path: connectors/sources/csv.yaml
target_connector_path: connectors/targets/iceberg.yaml
asset_path: assets/csv/v1.0/lineitem.yaml
source: {files: [{path: lineitem.csv}]}
target: {write_mode: append}
"""

_CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: 0b8f7f0e-5f0e-4f0a-9a43-6f3c1a8c2d11
name: lineitem
version: 1.0.0
status: active
team: [{username: bench@example.com, role: Owner}]
schema:
  - name: lineitem
    properties:
"""


def write_dativo(directory: Path, csv: Path, *, with_rules: bool) -> None:
    """Write recipes, job and contract below `directory`; the job reads `csv`."""
    shutil.copytree(ROOT / "connectors", directory / "connectors")
    contract = directory / "assets" / "csv" / "v1.0" / "lineitem.yaml"
    job = directory / "jobs" / "bench" / "lineitem.yaml"
    for folder in (contract.parent, job.parent, directory / "secrets" / "bench"):
        folder.mkdir(parents=True)
    (directory / "lineitem.csv").hardlink_to(csv)
    lines = [_property(name, sql, with_rules=with_rules) for name, sql in COLUMNS.items()]
    contract.write_text(_CONTRACT + "".join(lines))
    job.write_text(_JOB)


def _property(name: str, sql: str, *, with_rules: bool) -> str:
    line = f"      - {{name: {name}, logicalType: {_LOGICAL[sql]}, physicalType: '{sql}', required: true"
    rules = RULES.get(name) if with_rules else None
    if rules:
        line += ", logicalTypeOptions: {" + ", ".join(f"{key}: {value!r}" for key, value in rules.items()) + "}"
    return line + "}\n"


def write_floe(directory: Path, csv: Path) -> None:
    """Write floe's configuration: the same types, not-null checks on every column, a local Iceberg table."""
    (directory / "lineitem.csv").hardlink_to(csv)
    columns = "".join(
        f"        - {{name: {name}, type: {_FLOE[sql]}, nullable: false}}\n" for name, sql in COLUMNS.items()
    )
    (directory / "floe.yml").write_text(f"""\
version: "0.1"
report: {{path: {directory}/report}}
entities:
  - name: lineitem
    source: {{format: csv, path: {directory}/lineitem.csv, options: {{separator: ","}}}}
    sink:
      accepted: {{format: iceberg, path: {directory}/accepted}}
      rejected: {{format: csv, path: {directory}/rejected}}
    policy: {{severity: reject}}
    schema:
      columns:
{columns}""")


def write_tiny(directory: Path) -> None:
    """Write Dativo's workspace with one job, `bench/tiny`, whose contract has three columns and whose file one row."""
    shutil.copytree(ROOT / "connectors", directory / "connectors")
    columns = {"id": "bigint", "name": "varchar", "day": "date"}
    lines = [_property(name, sql, with_rules=False) for name, sql in columns.items()]
    texts = {
        "assets/csv/v1.0/lineitem.yaml": _CONTRACT + "".join(lines),
        "jobs/bench/tiny.yaml": _JOB.replace("lineitem.csv", "tiny.csv"),
        "tiny.csv": "id,name,day\n1,one,2026-01-01\n",
    }
    for name, text in texts.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(text)
