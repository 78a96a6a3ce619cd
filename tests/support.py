"""Builders shared by tests: a small contract, plans for it, and readers of what landed."""

import resource
from pathlib import Path

import pyarrow as pa

from dativo_core.flow import RunReport, RunState
from dativo_core.lake.catalog import open_lake
from dativo_core.lake.state import read_state
from dativo_core.model.names import TableName, job_key
from dativo_core.model.origin import Authority, Origin
from dativo_core.model.ownership import TenantBounds
from dativo_core.model.source_options import CsvOptions
from dativo_core.odcs.contract import CheckSeverity, Column, Rule, RuleKind
from dativo_core.odcs.partition import LayoutProblem, read_partition
from dativo_core.odcs.sort_order import read_sort
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.plan.types import (
    CatalogPlan,
    ContractReference,
    IngestPlan,
    RemovedFiles,
    ReplaceScope,
    SchemaPolicy,
    SourcePlan,
    StreamPlan,
    TargetPlan,
    UnknownColumns,
    WriteMode,
)
from dativo_core.run import Services, run
from dativo_core.secrets.filesystem import FilesystemStore
from dativo_core.sources.boundary import Boundary

PLACE = Origin("assets/orders.yaml", 1, Authority.TENANT)
TABLE = TableName(("acme__default",), "orders")
KEY = job_key("acme", "orders", "orders")


def column(name: str, kind: TypeKind, *, required: bool = False) -> Column:
    return Column(name, name, FieldType(kind), required, None, "", None, (), PLACE)


def orders_columns() -> tuple[Column, ...]:
    return (
        column("id", TypeKind.LONG, required=True),
        column("name", TypeKind.STRING),
        column("amount", TypeKind.DOUBLE),
    )


def orders_rules() -> tuple[Rule, ...]:
    return (
        Rule("id__required", RuleKind.REQUIRED, "id", (), CheckSeverity.ERROR, "id is required", PLACE),
        Rule("amount__minimum", RuleKind.MINIMUM, "amount", (0,), CheckSeverity.ERROR, "amount is at least 0", PLACE),
    )


def orders_plan(
    root: Path,
    *,
    files: tuple[str, ...] = ("in/*.csv",),
    write_mode: WriteMode = WriteMode.APPEND,
    max_rejects: int | None = None,
    columns: tuple[Column, ...] | None = None,
    rules: tuple[Rule, ...] | None = None,
    partition_by: tuple[str, ...] = ("ingest_date",),
    sort_order: tuple[str, ...] = (),
    target_file_size_bytes: int = 128 * 1024 * 1024,
    replace: ReplaceScope | None = None,
    removed_files: RemovedFiles = RemovedFiles.KEEP,
) -> IngestPlan:
    reference = ContractReference("c1", "orders", "1.0.0", "active", "team:data", "", None, (), "assets/orders.yaml")
    stream = StreamPlan(
        object="orders",
        job_key=KEY,
        table=TABLE,
        description="",
        columns=columns or orders_columns(),
        rules=orders_rules() if rules is None else rules,
        unexecuted_rules=(),
        partition_by=read_layout(read_partition, partition_by, columns or orders_columns()),
        sort_order=read_layout(read_sort, sort_order, columns or orders_columns()),
        write_mode=write_mode,
        unknown_columns=UnknownColumns.FAIL,
        schema_policy=SchemaPolicy.EVOLVE,
        contract=reference,
        replace=replace,
    )
    return IngestPlan(
        tenant="acme",
        job="orders",
        environment=None,
        source=SourcePlan("csv", "csv", CsvOptions(files=files), removed_files=removed_files),
        target=TargetPlan("iceberg", "iceberg", CatalogPlan("local", "lake"), target_file_size_bytes, "zstd"),
        streams=(stream,),
        max_rejects=max_rejects,
        schedule=None,
        file="jobs/acme/orders.yaml",
        line=1,
        root=str(root),
        origins={},
    )


def read_layout(read, texts: tuple[str, ...], columns: tuple[Column, ...]) -> tuple:
    types = {each.name: each.type for each in columns} | {"ingest_date": FieldType(TypeKind.DATE)}
    fields = tuple(read(text, types) for text in texts)
    assert not any(isinstance(field, LayoutProblem) for field in fields), fields
    return fields


def services(root: Path) -> Services:
    return Services(secrets=FilesystemStore(root / "secrets"))


def boundary(root: Path) -> Boundary:
    return Boundary(TenantBounds("acme"), root)


def load(plan: IngestPlan) -> RunReport:
    return run(plan, services(Path(plan.root)))


def deliver(root: Path, name: str, rows: list[tuple[object, ...]]) -> Path:
    path = root / "in" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["id,name,amount", *(",".join(str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n")
    return path


def table_rows(root: Path, name: TableName = TABLE) -> pa.Table:
    with open_lake(root / "lake") as lake:
        table = lake.load(name)
        return table.scan().to_arrow() if table is not None else pa.table({})


def stored_state(root: Path) -> RunState | None:
    with open_lake(root / "lake") as lake:
        table = lake.load(TABLE)
        return read_state(table, KEY) if table is not None else None


def peak_mb() -> int:
    """Return the largest memory this process had, in MB; what its parent had before starting it is not in it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024 // 1024  # bytes where there is no /proc
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // 1024
