"""The check of an address: how it is spelled, what it resolves to, and what the operator allows."""

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from urllib.parse import urlsplit

from dativo_core.model.hosts import is_allowed
from dativo_core.model.origin import Authority
from dativo_core.net.ranges import IP, refusal_of
from dativo_core.net.refusal import AddressRefused, Refusal

RESOLVE_TIMEOUT_S = 5.0
Resolve = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses of a host; raises OSError when it has none."""

_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.ASCII)
_PORTS = {"http": 80, "https": 443}
_FIRST_OPEN_PORT = 1024


@dataclass(frozen=True)
class NetworkPolicy:
    """What an operator allows beyond the public network.

    `allowed_hosts` (names, `*.example.com`, addresses, networks) may be anywhere and speak http. With `allows_loopback`
    this machine may be, as where whoever writes jobs owns it.
    """

    allowed_hosts: tuple[str, ...] = ()
    allows_loopback: bool = False


@dataclass(frozen=True)
class Address:
    """The parts of a web address that decide whether it is connected to."""

    scheme: str
    host: str
    port: int

    @property
    def origin(self) -> tuple[str, str, int]:
        """What credentials are bound to."""
        return self.scheme, self.host, self.port


@dataclass(frozen=True)
class NetworkRules:
    """What one address may be: who wrote it, and what the operator allows. Picklable."""

    authority: Authority
    policy: NetworkPolicy

    def require(self, url: str) -> None:
        """Raise AddressRefused unless `url` may be connected to, as far as that can be told without asking for its host."""
        if self.authority is not Authority.OPERATOR:
            check_written(url, self.policy)

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Return what a connection to `host` may use. Raises AddressRefused."""
        return addresses_of(host, port, self.authority, self.policy)


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the IP addresses of `host` as the system knows them, within 5 seconds; OSError when it has none."""
    found: Future[Sequence[str]] = Future()
    Thread(target=_look_up, args=(host, port, found), daemon=True).start()
    return found.result(RESOLVE_TIMEOUT_S)


def parse_address(url: str) -> Address:
    """Return the parts of `url`. Raises AddressRefused when different programs could read it differently."""
    if not url.isascii() or any(letter <= " " or letter in '\\<>"{}|^`\x7f' for letter in url):
        raise AddressRefused(Refusal.SPELLING, "")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressRefused(Refusal.NO_ADDRESS, "") from None
    if parts.scheme not in _PORTS:
        raise AddressRefused(Refusal.SCHEME, "")
    if not host:
        raise AddressRefused(Refusal.NO_ADDRESS, "")
    if "@" in parts.netloc:
        raise AddressRefused(Refusal.USER, "")
    if parts.netloc.startswith("[") is not (":" in host):
        raise AddressRefused(Refusal.SPELLING, "")
    _require_plain(host)
    return Address(parts.scheme, host, _PORTS[parts.scheme] if port is None else port)


def check_address(url: str, authority: Authority, policy: NetworkPolicy, resolve: Resolve = resolve) -> tuple[str, ...]:
    """Return the IP addresses that `url` may be connected to, once each is checked; connect to these and resolve no more.

    What an operator wrote is only resolved. Raises AddressRefused with the rule that is broken.
    """
    address = parse_address(url)
    if authority is not Authority.OPERATOR:
        check_spelling(address, policy)
    return addresses_of(address.host, address.port, authority, policy, resolve)


def check_written(url: str, policy: NetworkPolicy) -> None:
    """Raise AddressRefused for an address of a tenant or a server that no answer for its host could make right."""
    address = parse_address(url)
    check_spelling(address, policy)
    literal = _literal(address.host)
    if literal is not None and not is_allowed(address.host, policy.allowed_hosts):
        _require_public(literal, address.host, policy)


def check_spelling(address: Address, policy: NetworkPolicy) -> None:
    """Raise AddressRefused for what can be told of an address of a tenant or a server without asking for its host."""
    if is_allowed(address.host, policy.allowed_hosts):
        return
    is_this_machine = _is_loopback(address.host) and policy.allows_loopback
    if address.scheme != "https" and not is_this_machine:
        raise AddressRefused(_local_refusal(address.host) or Refusal.SCHEME, address.host)
    if address.port not in _PORTS.values() and address.port < _FIRST_OPEN_PORT:
        raise AddressRefused(Refusal.PORT, address.host)


def addresses_of(
    host: str, port: int, authority: Authority, policy: NetworkPolicy, resolve: Resolve = resolve
) -> tuple[str, ...]:
    """Return what `host` resolves to. Raises AddressRefused when it is nothing, or one of it may not be connected to."""
    literal = _literal(host)
    found = (literal,) if literal is not None else _resolved(host, port, resolve)
    if authority is not Authority.OPERATOR and not is_allowed(host, policy.allowed_hosts):
        for each in found:
            _require_public(each, host, policy)
    return tuple(map(str, found))


def _require_public(address: IP, host: str, policy: NetworkPolicy) -> None:
    reason = refusal_of(address)
    if reason is Refusal.LOOPBACK and policy.allows_loopback and _is_loopback(host):
        return
    if reason is not None and not is_allowed(str(address), policy.allowed_hosts):
        raise AddressRefused(reason, host)


def _require_plain(host: str) -> None:
    if ":" in host:
        try:
            ipaddress.IPv6Address(host)
        except ValueError:
            raise AddressRefused(Refusal.SPELLING, "") from None
        if "%" in host:
            raise AddressRefused(Refusal.SPELLING, "")
        return
    labels = host.split(".")
    if len(host) > 253 or not all(map(_LABEL.fullmatch, labels)):
        raise AddressRefused(Refusal.SPELLING, "")
    # Whoever ends in a number is read as an address by some programs, however it is written.
    if _NUMBER.fullmatch(labels[-1]) and _literal(host) is None:
        raise AddressRefused(Refusal.SPELLING, host)


def _literal(host: str) -> IP | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_loopback(host: str) -> bool:
    literal = _literal(host)
    return literal.is_loopback if literal is not None else host == "localhost"


def _local_refusal(host: str) -> Refusal | None:
    literal = _literal(host)
    if literal is None:
        return Refusal.LOOPBACK if host == "localhost" else None
    return refusal_of(literal)


def _resolved(host: str, port: int, resolve: Resolve) -> tuple[IP, ...]:
    try:
        found = tuple(ipaddress.ip_address(each.partition("%")[0]) for each in resolve(host, port))
    except (OSError, ValueError):
        found = ()
    if not found:
        raise AddressRefused(Refusal.UNKNOWN_HOST, host)
    return found


def _look_up(host: str, port: int, found: "Future[Sequence[str]]") -> None:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found.set_result(list(dict.fromkeys(str(answer[4][0]) for answer in answers)))
    except Exception as error:
        found.set_exception(error if isinstance(error, OSError) else OSError(str(error)))
