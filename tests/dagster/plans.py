"""Plans made by hand, for tests that need no files."""

from typing import Any

from dativo_core.model.names import job_key, table_name
from dativo_core.model.origin import Authority, Origin
from dativo_core.model.source_options import CsvOptions
from dativo_core.odcs.contract import CheckSeverity, Column, Rule, RuleKind, UnexecutedRule
from dativo_core.odcs.types import FieldType, TypeKind
from dativo_core.plan.types import (
    CatalogPlan,
    ContractReference,
    IngestPlan,
    SchemaPolicy,
    SourcePlan,
    StreamPlan,
    TargetPlan,
    UnknownColumns,
    WriteMode,
)

CONTRACT_FILE = "assets/csv/v1.0/orders.yaml"
ORIGIN = Origin(CONTRACT_FILE, 7, Authority.TENANT)


def column(name: str, kind: TypeKind = TypeKind.STRING, **changes: Any) -> Column:
    """Return a nullable column called the same in source and table."""
    plain: dict[str, Any] = {
        "name": name,
        "source_name": name,
        "type": FieldType(kind),
        "required": False,
        "primary_key_position": None,
        "description": "",
        "classification": None,
        "tags": (),
        "origin": ORIGIN,
    }
    return Column(**{**plain, **changes})


def rule(kind: RuleKind, on: str, *arguments: Any, severity: CheckSeverity = CheckSeverity.ERROR) -> Rule:
    """Return a rule whose id is made of its column and kind."""
    return Rule(f"{on}__{kind}", kind, on, arguments, severity, f"{on}: {kind}", ORIGIN)


COLUMNS = (
    column("id", TypeKind.LONG, required=True, primary_key_position=1, description="Number of the order."),
    column("email", classification="pii", tags=("contact",)),
    column("amount", TypeKind.DOUBLE),
)
RULES = (
    rule(RuleKind.REQUIRED, "id"),
    rule(RuleKind.PATTERN, "email", "@"),
    rule(RuleKind.MINIMUM, "amount", 0, severity=CheckSeverity.WARNING),
)


def contract(**changes: Any) -> ContractReference:
    """Return the contract the streams were planned from."""
    plain: dict[str, Any] = {
        "id": "orders-1",
        "name": "orders",
        "version": "1.0.0",
        "status": "active",
        "owner": "data@example.com",
        "description": "Orders of the shop.",
        "domain": "sales",
        "tags": ("core",),
        "file": CONTRACT_FILE,
    }
    return ContractReference(**{**plain, **changes})


def stream(source_object: str = "orders", tenant: str = "acme", job: str = "orders", **changes: Any) -> StreamPlan:
    """Return a stream of three columns, three executed rules and one unexecuted rule."""
    plain: dict[str, Any] = {
        "object": source_object,
        "job_key": job_key(tenant, job, source_object),
        "table": table_name(tenant, "sales", source_object),
        "description": "",
        "columns": COLUMNS,
        "rules": RULES,
        "unexecuted_rules": (UnexecutedRule("id__unique", "id is unique", ORIGIN),),
        "partition_by": (),
        "write_mode": WriteMode.APPEND,
        "unknown_columns": UnknownColumns.FAIL,
        "schema_policy": SchemaPolicy.EVOLVE,
        "contract": contract(),
    }
    return StreamPlan(**{**plain, **changes})


def plan(job: str = "orders", tenant: str = "acme", **changes: Any) -> IngestPlan:
    """Return a job with one stream, without schedule."""
    plain: dict[str, Any] = {
        "tenant": tenant,
        "job": job,
        "environment": None,
        "source": SourcePlan("csv", "csv", CsvOptions(files=("seeds/orders.csv",))),
        "target": TargetPlan("iceberg", "iceberg", CatalogPlan("local", ".dativo"), 134217728, "zstd"),
        "streams": (stream(tenant=tenant, job=job),),
        "max_rejects": 0,
        "schedule": None,
        "file": f"jobs/{tenant}/{job}.yaml",
        "line": 1,
        "root": "/workspace",
        "origins": {},
    }
    return IngestPlan(**{**plain, **changes})
