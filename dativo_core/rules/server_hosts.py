"""Hosts of servers that the operator allows."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from dativo_core.model.finding import Finding
from dativo_core.model.hosts import is_allowed
from dativo_core.odcs.sections import entries
from dativo_core.workspace.document import Document, KeyPath

_ADDRESSES = ("location", "endpointUrl", "stagingDir")
_CATALOG = "dativoCatalogUrl"
_AUTHORITY = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):[^/]*)?//([^/?#\\]*)")
_BUCKETS = frozenset({"s3", "s3a", "s3n", "gs", "file", "dbfs"})
"""Schemes whose addresses begin with the name of a bucket, or with nothing, and name no host."""

_PORT = re.compile(r":\d*\Z", re.ASCII)


def check_server_hosts(allowed: Sequence[str], document: Document) -> list[Finding]:
    """Return the hosts of a contract's servers that are not on the list."""
    return [
        _finding(document, (*path, *place), host, allowed)
        for path, server in entries(document.data, "servers", ())
        for place, host in _hosts(server)
        if not is_allowed(host, allowed)
    ]


def _hosts(server: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Yield every host a server names, and the key that names it; `host` may be an address too, or a list of hosts."""
    if isinstance(host := server.get("host"), str):
        found = hosts_of(host) if "//" in host else _listed(host)
        yield from ((("host",), each) for each in found)
    for key in _ADDRESSES:
        if isinstance(address := server.get(key), str):
            yield from (((key,), each) for each in hosts_of(address))
    for place, entry in entries(server, "customProperties", ()):
        if entry.get("property") == _CATALOG and isinstance(address := entry.get("value"), str):
            yield from (((*place, "value"), each) for each in hosts_of(address))


def hosts_of(address: str) -> list[str]:
    """Return the hosts of an address, without users and ports; none where it names none."""
    match = _AUTHORITY.search(address)
    if match is None or (match[1] or "").lower() in _BUCKETS:
        return []
    return _listed(match[2].rpartition("@")[2])


def _listed(hosts: str) -> list[str]:
    return [_without_port(host) for each in hosts.split(",") if (host := each.strip())]


def _without_port(host: str) -> str:
    """Return a host less its port; several colons outside of brackets are an IPv6 address."""
    is_bare_ipv6 = host.count(":") > 1 and not host.startswith("[")
    return host if is_bare_ipv6 else _PORT.sub("", host)


def _finding(document: Document, path: KeyPath, host: str, allowed: Sequence[str]) -> Finding:
    message = f"the host '{host}' is none that the policy allows"
    hint = f"Use a host of allowed_hosts: {', '.join(allowed) or 'there is none'}; or ask the operator to add it."
    return document.finding(path, "server-host-denied", message, hint)
