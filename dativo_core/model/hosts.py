"""Which hosts an operator allows: names, all names below one, addresses and networks."""

import ipaddress
import re
from collections.abc import Callable, Iterable

_NAME = re.compile(r"(?:\*\.)?(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.ASCII)
_ADDRESS = re.compile(r"[0-9.]+(?:/.*)?|.*:.*", re.ASCII)
_LONGER = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*://)?(?:[^@/]*@)?(?P<host>[^/:@\[\]]+)(?P<port>:[0-9]+)?(?P<path>/.*)?"
)


def host_pattern(text: str) -> Callable[[str], bool]:
    """Return a test of hosts: `*.example.com` for every name below it, a name, an address, or a network such as 10.0.0.0/8.

    ValueError when the text is none of them.
    """
    wanted = _plain(text)
    if _ADDRESS.fullmatch(wanted):
        return _network(wanted)
    if not _NAME.fullmatch(wanted):
        message = _more_than_a_host(wanted) or (
            f"'{text}' is no host: write a name, *.example.com, an address, or a network such as 10.0.0.0/8"
        )
        raise ValueError(message)
    if wanted.startswith("*."):
        return lambda host: _plain(host).endswith(wanted[1:]) and len(_plain(host)) > len(wanted) - 1
    return lambda host: _plain(host) == wanted


def is_allowed(host: str, patterns: Iterable[str]) -> bool:
    """Return whether one of the patterns allows a host."""
    return any(host_pattern(pattern)(host) for pattern in patterns)


def _plain(host: str) -> str:
    return host.strip().lower().removesuffix(".").removeprefix("[").removesuffix("]")


def _more_than_a_host(text: str) -> str:
    """Return what to write instead of an address with a scheme, a port or a path; nothing for anything else."""
    match = _LONGER.fullmatch(text)
    if match is None or match["host"] == text or not _NAME.fullmatch(match["host"]):
        return ""
    is_network = _ADDRESS.fullmatch(match["host"]) and not (match["scheme"] or match["port"])
    return "" if is_network else f"'{text}' is more than a host: write {match['host']}"


def _network(text: str) -> Callable[[str], bool]:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        message = _more_than_a_host(text) or f"'{text}' is no address and no network"
        raise ValueError(message) from None

    def is_in(host: str) -> bool:
        try:
            return ipaddress.ip_address(_plain(host)) in network
        except ValueError:
            return False

    return is_in
