"""Addresses that a tenant wrote: none of them leads into the network of the operator."""

from dativo_core.model.finding import Finding
from dativo_core.model.mode import Mode
from dativo_core.model.origin import Authority
from dativo_core.model.policy import Policy
from dativo_core.model.s3_connection import S3Connection
from dativo_core.net.check import NetworkPolicy, check_written
from dativo_core.net.refusal import AddressRefused
from dativo_core.rules.s3_connection import connection_places
from dativo_core.workspace.merge import Merged


def network_policy(policy: Policy | None, mode: Mode) -> NetworkPolicy:
    """Return what addresses of tenants may be; this machine only where whoever writes jobs owns it."""
    return NetworkPolicy(policy.reachable_hosts if policy else (), allows_loopback=mode is Mode.SELF_HOSTED)


def check_endpoint(settings: Merged, connection: S3Connection, allowed: NetworkPolicy) -> list[Finding]:
    """Return why the endpoint of a job cannot be connected to; one behind a reference is known only when it runs."""
    endpoint = connection.endpoint
    if endpoint is None or "${" in endpoint:
        return []
    path = connection_places(settings)["endpoint"]
    if settings.leaves[path].origin.authority is Authority.OPERATOR:
        return []
    is_plain = connection.secure in {False, "false"}
    try:
        check_written(endpoint if "://" in endpoint else f"{'http' if is_plain else 'https'}://{endpoint}", allowed)
    except AddressRefused as refused:
        return [settings.finding(path, "address-refused", refused.message, f"{refused.hint}.")]
    return []
