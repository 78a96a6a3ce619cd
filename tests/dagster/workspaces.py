"""A small workspace of CSV jobs, written to a directory of the test."""

from pathlib import Path

SOURCE_RECIPE = """\
name: csv
type: csv
roles: [source]
credentials: {type: none}
default_engine: {type: native, options: {native: {encoding: utf-8, delimiter: ","}}}
incremental: {strategy: file_modified_time, lookback_days_default: 0}
"""
TARGET_RECIPE = """\
name: iceberg
type: iceberg
roles: [target]
default_engine: {type: native, options: {native: {compression: zstd, max_file_size_mb: 128}}}
catalog: {type: local, directory: .dativo}
file_format: parquet
"""
CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: NAME-1
name: NAME
version: 1.0.0
status: active
domain: sales
description: {purpose: Orders of the shop.}
team: [{username: data@example.com, role: Owner}]
schema:
  - name: NAME
    physicalName: NAME
    properties:
      - {name: id, logicalType: integer, physicalType: long, required: true, primaryKey: true, primaryKeyPosition: 1}
      - name: email
        logicalType: string
        classification: pii
        description: Who ordered.
        logicalTypeOptions: {pattern: "@"}
      - {name: amount, logicalType: number, physicalType: double}
"""
HEADER = "id,email,amount\n"
GOOD_ROWS = "1,a@b.org,1.5\n2,c@d.org,\n"
BAD_ROW = "3,nobody,2\n"


def write_workspace(root: Path) -> Path:
    """Write recipes below `root`; jobs and rows are for the test to add. Returns `root`."""
    _write(root / "connectors" / "sources" / "csv.yaml", SOURCE_RECIPE)
    _write(root / "connectors" / "targets" / "iceberg.yaml", TARGET_RECIPE)
    return root


def write_job(root: Path, name: str = "orders", *, tenant: str = "acme", mode: str = "strict", extra: str = "") -> None:
    """Write a job that reads `seeds/<name>*.csv`, and the contract of its table."""
    text = f"""\
tenant_id: {tenant}
source_connector_path: connectors/sources/csv.yaml
target_connector_path: connectors/targets/iceberg.yaml
asset_path: assets/csv/v1.0/{name}.yaml
schema_validation_mode: {mode}
source:
  files: [{{path: "seeds/{name}*.csv", object: orders}}]
{extra}"""
    _write(root / "jobs" / tenant / f"{name}.yaml", text)
    _write(root / "assets" / "csv" / "v1.0" / f"{name}.yaml", CONTRACT.replace("NAME", name))


def write_rows(root: Path, rows: str = GOOD_ROWS, file: str = "orders.csv") -> None:
    """Write a CSV file with header."""
    _write(root / "seeds" / file, HEADER + rows)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
