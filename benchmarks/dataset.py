"""A workspace with one generated CSV file: ten columns as business exports have them, the same bytes for the same seed."""

import shutil
from pathlib import Path

import duckdb

ROOT = Path(__file__).parent.parent
CSV = Path("data.csv")

_PICK = "create temp macro pick(i, salt, n) as (hash(i + salt) % n)::bigint"

COLUMNS = {
    "id": ("bigint", "i"),
    "account": ("integer", "pick(i, 0, 90000)"),
    "status": ("varchar", "['open', 'paid', 'late', 'void'][1 + pick(i, 1, 4)]"),
    "country": ("varchar", "['DE', 'FR', 'PL', 'US', 'JP', 'BR'][1 + pick(i, 2, 6)]"),
    "amount": ("decimal(12,2)", "(pick(i, 3, 100000000) / 100.0)::decimal(12,2)"),
    "rate": ("double", "pick(i, 4, 1000000) / 7919.0"),
    "ordered_on": ("date", "date '2020-01-01' + pick(i, 5, 1500)::integer"),
    "placed_at": ("timestamptz", "to_timestamp(1577836800 + pick(i, 6, 126230400))"),
    "is_trial": ("boolean", "pick(i, 7, 20) = 0"),
    "note": ("varchar", "case when pick(i, 8, 3) > 0 then 'note, with a comma ' || pick(i, 9, 1000000) end"),
}
"""Name, DuckDB type and expression over the row number `i`; the SQL types are also the contract's."""

_JOB = """\
tenant_id: bench
source_connector_path: connectors/sources/csv.yaml
target_connector_path: connectors/targets/iceberg.yaml
asset_path: assets/csv/v1.0/data.yaml
source: {files: [{path: data.csv, object: data}]}
target: {write_mode: append}
"""

_CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: 0b8f7f0e-5f0e-4f0a-9a43-6f3c1a8c2d11
name: data
version: 1.0.0
status: active
source_type: csv
object: data
team: {owner: bench@example.com}
schema:
"""


def write_workspace(directory: Path, rows: int) -> Path:
    """Write recipes, contract, job and a CSV file of `rows` rows below `directory`; returns the job's file."""
    shutil.copytree(ROOT / "connectors", directory / "connectors")
    contract = directory / "assets" / "csv" / "v1.0" / "data.yaml"
    job = directory / "jobs" / "bench" / "data.yaml"
    contract.parent.mkdir(parents=True)
    job.parent.mkdir(parents=True)
    (directory / "secrets" / "bench").mkdir(parents=True)
    lines = [f"  - {{name: {name}, type: '{_flat_type(sql)}'}}\n" for name, (sql, _) in COLUMNS.items()]
    contract.write_text(_CONTRACT + "".join(lines))
    job.write_text(_JOB)
    selected = ", ".join(f"{expression} as {name}" for name, (_, expression) in COLUMNS.items())
    options = "header, timestampformat '%Y-%m-%dT%H:%M:%SZ'"
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(_PICK)
        connection.execute(f"copy (select {selected} from range({rows}) r(i)) to '{directory / CSV}' ({options})")
    return job


def _flat_type(sql: str) -> str:
    return "string" if sql == "varchar" else sql
