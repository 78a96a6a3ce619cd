"""Addresses that a tenant wrote: none of them leads into the network of the operator."""

from dativo_core.model.connection import Catalog
from dativo_core.model.finding import Finding
from dativo_core.model.mode import Mode
from dativo_core.model.origin import Authority
from dativo_core.model.policy import Policy
from dativo_core.model.s3_connection import S3Connection
from dativo_core.net.check import NetworkPolicy, check_written
from dativo_core.net.refusal import AddressRefused
from dativo_core.rules.s3_connection import connection_places
from dativo_core.workspace.document import KeyPath, Locator
from dativo_core.workspace.merge import Merged

_CATALOGS_OF_THE_WEB = frozenset({"nessie", "rest"})


def network_policy(policy: Policy | None, mode: Mode) -> NetworkPolicy:
    """Return what addresses of tenants may be; this machine only where whoever writes jobs owns it."""
    return NetworkPolicy(policy.reachable_hosts if policy else (), allows_loopback=mode is Mode.SELF_HOSTED)


def check_endpoint(settings: Merged, connection: S3Connection, allowed: NetworkPolicy) -> list[Finding]:
    """Return why the endpoint of a job cannot be connected to; one behind a reference is known only when it runs."""
    endpoint = connection.endpoint
    if endpoint is None:
        return []
    is_plain = connection.secure in {False, "false"}
    url = endpoint if "://" in endpoint else f"{'http' if is_plain else 'https'}://{endpoint}"
    return _check_of_tenant(settings, connection_places(settings)["endpoint"], url, allowed)


def check_catalog_address(settings: Merged, catalog: Catalog | None, allowed: NetworkPolicy) -> list[Finding]:
    """Return why the catalog server that a job names cannot be connected to."""
    if catalog is None or catalog.uri is None or catalog.type not in _CATALOGS_OF_THE_WEB:
        return []
    return _check_of_tenant(settings, ("catalog", "uri"), catalog.uri, allowed)


def check_address(at: Locator, path: KeyPath, url: str, allowed: NetworkPolicy) -> list[Finding]:
    """Return why an address that a tenant wrote cannot be connected to; one behind a reference is known when it is used."""
    if "${" in url:
        return []
    try:
        check_written(url, allowed)
    except AddressRefused as refused:
        return [at.finding(path, "address-refused", refused.message, f"{refused.hint}.")]
    return []


def _check_of_tenant(settings: Merged, path: KeyPath, url: str, allowed: NetworkPolicy) -> list[Finding]:
    is_of_operator = settings.leaves[path].origin.authority is Authority.OPERATOR
    return [] if is_of_operator else check_address(settings, path, url, allowed)
