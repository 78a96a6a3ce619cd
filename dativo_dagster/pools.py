"""How many runs of a tenant there may be at one time, as limits of Dagster's pools.

A pool without a limit of its own lets its first runs through all at once, so limits are set before anything is started.
"""

from collections.abc import Iterable, Mapping

import dagster as dg

from dativo_core.model.names import pool_name


def tenant_limits(tenants: Iterable[str], concurrency_per_tenant: int) -> dict[str, int]:
    """Return the limit of each tenant's pool."""
    return {pool_name(tenant): concurrency_per_tenant for tenant in tenants}


def limit_pools(instance: dg.DagsterInstance, limits: Mapping[str, int]) -> None:
    """Set the limit of each pool in the records of `instance`, where it is another one or none."""
    storage = instance.event_log_storage
    if not storage.supports_global_concurrency_limits:
        return
    known = {pool.name: pool.limit for pool in storage.get_pool_limits() if not pool.from_default}
    for pool, limit in limits.items():
        if known.get(pool) != limit:
            storage.set_concurrency_slots(pool, limit)
