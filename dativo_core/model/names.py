"""Every name that is derived from a tenant, a job or an object is made here, and only here."""

import hashlib
import keyword
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

TENANT_PATTERN = re.compile(r"[a-z][a-z0-9_-]{0,62}\Z")


@lru_cache(maxsize=65_536)
def slug(text: str) -> str:
    """Return the form of `text` that may reach a path, table, branch, op, pool or tag: `[a-z][a-z0-9_]{0,62}`.

    Never holds `__` and never ends in `_`, so that slugs joined by `__` cannot collide. Raises ValueError when no
    letter or digit remains.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    parts = [part for part in re.split(r"[^a-z0-9]+", plain) if part]
    if not parts:
        message = f"{text!r} has no letter or digit to make a name of"
        raise ValueError(message)
    name = "_".join(parts)
    if not name[0].isalpha():
        name = f"n_{name}"
    return name[:63].rstrip("_")


def tenant_slug(tenant: str) -> str:
    """Return a tenant as it stands in every name that is derived from it.

    Raises ValueError for what is no tenant id, so that no text that merely resembles one gets a tenant's names.
    """
    if TENANT_PATTERN.match(tenant) is None:
        message = f"{tenant!r} is not a tenant id"
        raise ValueError(message)
    return slug(tenant)


def slug_or(text: str, word: str) -> str:
    """Return the slug of `text`, or `word` when no letter or digit remains: for what is named by a file that is wrong."""
    try:
        return slug(text)
    except ValueError:
        return word


@dataclass(frozen=True, order=True)
class TableName:
    """A table as (namespace, name); it travels as parts and is joined only to be shown."""

    namespace: tuple[str, ...]
    name: str

    @property
    def identifier(self) -> tuple[str, ...]:
        """The parts in catalog order."""
        return (*self.namespace, self.name)

    @property
    def quarantine(self) -> "TableName":
        """The table that keeps this table's rejected rows."""
        return TableName(self.namespace, f"{self.name}__quarantine")

    def __str__(self) -> str:
        return ".".join(self.identifier)


def table_name(tenant: str, domain: str | None, contract_object: str) -> TableName:
    """Return the table of a stream, the same on every catalog: `<tenant>__<domain or default>` and the object's slug."""
    return TableName((f"{tenant_slug(tenant)}__{slug(domain or 'default')}",), slug(contract_object))


def job_key(tenant: str, job: str, source_object: str) -> str:
    """Return the key under which a stream's load state is kept in its table: slugs plus a short hash of the exact names."""
    exact = "\0".join((tenant, job, source_object))
    return f"{tenant_slug(tenant)}/{slug(job)}/{slug(source_object)}-{hashlib.sha256(exact.encode()).hexdigest()[:8]}"


def source_key(tenant: str, source_type: str, source_object: str) -> tuple[str, ...]:
    """Return the Dagster asset key of what a stream reads."""
    return ("sources", tenant_slug(tenant), slug(source_type), slug(source_object))


def secret_scope(tenant: str) -> str:
    """Return a tenant as it stands in the names of variables that hold secrets."""
    return tenant_slug(tenant).upper()


def asset_key(tenant: str, job: str) -> tuple[str, str]:
    """Return the Dagster asset key of a job with one object."""
    return (tenant_slug(tenant), slug(job))


def op_name(tenant: str, job: str) -> str:
    """Return the Dagster op of a job; never equal to the job's own name, which would refuse to load."""
    return f"ingest__{tenant_slug(tenant)}__{slug(job)}"


def dagster_job_name(tenant: str, job: str) -> str:
    """Return the Dagster job that materialises a job's asset."""
    return f"{tenant_slug(tenant)}__{slug(job)}"


def schedule_name(tenant: str, job: str) -> str:
    """Return the Dagster schedule of a job."""
    return f"{tenant_slug(tenant)}__{slug(job)}__schedule"


def config_sensor_name(tenant: str) -> str:
    """Return the Dagster sensor that starts a tenant's jobs when their configuration has changed."""
    return f"{tenant_slug(tenant)}__config_sensor"


def file_sensor_name(tenant: str) -> str:
    """Return the Dagster sensor that starts a tenant's jobs when their files have changed."""
    return f"{tenant_slug(tenant)}__file_sensor"


def spread_key(tenant: str, job: str) -> str:
    """Return what decides where the `H` of a job's schedules come to stand."""
    return f"{tenant}/{job}"


def runner_schedule_name(name: str) -> str:
    """Return the Dagster schedule or sensor of a schedule of runner.yaml.

    Never equal to that of a job, which holds `__`. ValueError when no letter or digit remains.
    """
    plain = slug(name)
    return f"{plain}_" if keyword.iskeyword(plain) else plain


def pool_name(tenant: str) -> str:
    """Return the concurrency pool all runs of a tenant share."""
    return f"tenant_{tenant_slug(tenant)}"


def group_name(tenant: str, source_type: str) -> str:
    """Return the Dagster asset group."""
    return f"{tenant_slug(tenant)}/{slug(source_type)}"


def same_name(name: str) -> str:
    """Return the form in which names that people give are compared: case aside, and a blank is an underscore."""
    return name.strip().casefold().replace(" ", "_")
