"""HTTP to addresses of operators, tenants and servers: checked when connecting, on every redirect, and without leftovers."""

from typing import Any
from urllib.parse import urljoin

import requests
from requests.adapters import HTTPAdapter
from requests.hooks import default_hooks
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from dativo_core.model.origin import Authority
from dativo_core.net.check import Address, NetworkPolicy, Resolve, addresses_of, check_spelling, parse_address, resolve
from dativo_core.net.pinned import Guard, pinned
from dativo_core.net.refusal import AddressRefused, Refusal

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0
MAX_REDIRECTS = 5

_HARMLESS = frozenset({"accept", "accept-encoding", "accept-language", "connection", "user-agent"})
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})


def guarded_session(
    authority: Authority, policy: NetworkPolicy, resolve: Resolve = resolve, *, ca_file: str | None = None
) -> "GuardedSession":
    """Return a session for addresses that `authority` wrote.

    Each connection goes to an address that was checked, also after redirects; what a server answers with is never
    exempt. Certificates are always verified, by `ca_file` where it is given. Nothing of the environment is used: no proxy,
    no netrc. Requests raise AddressRefused beside what `requests` raises.
    """
    return GuardedSession(authority, policy, resolve, ca_file)


def next_address(current: str, link: str) -> str:
    """Return a link to the next page as an address. Raises AddressRefused when it leaves the scheme, host or port."""
    url = urljoin(current, link)
    if parse_address(url).origin != parse_address(current).origin:
        raise AddressRefused(Refusal.OTHER_HOST, parse_address(url).host, "the link to the next page")
    return url


class GuardedSession(requests.Session):
    """A `requests.Session` as `guarded_session` describes it."""

    def __init__(self, authority: Authority, policy: NetworkPolicy, resolve: Resolve, ca_file: str | None) -> None:
        super().__init__()
        self.trust_env = False
        self.verify = ca_file or True
        self.max_redirects = MAX_REDIRECTS
        self._authority, self._policy, self._resolve = authority, policy, resolve
        self._exempt: set[tuple[str, int]] = set()
        self.adapters.clear()
        for scheme in ("http://", "https://"):
            self.mount(scheme, _GuardedAdapter(self.addresses))

    def addresses(self, host: str, port: int) -> tuple[str, ...]:
        """Return what a connection to `host` may use. Raises AddressRefused."""
        authority = Authority.OPERATOR if (host, port) in self._exempt else Authority.TENANT
        return addresses_of(host, port, authority, self._policy, self._resolve)

    def request(self, method: str, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request as `requests` does, once its address is checked."""
        written = url.decode() if isinstance(url, bytes) else url
        address = parse_address(written)
        if self._authority is Authority.OPERATOR:
            self._exempt.add((address.host, address.port))
        return super().request(method, written, *args, **kwargs)

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        """Send a prepared request, within the time limits; ValueError when it would not verify certificates."""
        if kwargs.get("verify", True) is False:
            message = "certificates are always verified"
            raise ValueError(message)
        kwargs["timeout"] = kwargs.get("timeout") or (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
        kwargs["proxies"] = {}
        address = parse_address(request.url or "")
        if (address.host, address.port) not in self._exempt:
            check_spelling(address, self._policy)
        return super().send(request, **kwargs)

    def rebuild_auth(self, prepared_request: requests.PreparedRequest, response: requests.Response) -> None:
        """Take every header that could be a credential from a redirect to another scheme, host or port.

        Raises AddressRefused when it leaves TLS, or would take a body along.
        """
        before, after = parse_address(response.request.url or ""), parse_address(prepared_request.url or "")
        if before.origin == after.origin:
            return
        _require_redirect(prepared_request, before, after)
        for name in [name for name in prepared_request.headers if name.lower() not in _HARMLESS]:
            del prepared_request.headers[name]
        prepared_request.hooks = default_hooks()


def _require_redirect(request: requests.PreparedRequest, before: Address, after: Address) -> None:
    if before.scheme == "https" and after.scheme != "https":
        raise AddressRefused(Refusal.DOWNGRADE, after.host, "the redirect")
    if request.body and request.method not in _WITHOUT_BODY:
        raise AddressRefused(Refusal.OTHER_HOST, after.host, "the redirect")


class _GuardedAdapter(HTTPAdapter):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Let every pool make connections that are checked."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._guard)


def _pools(guard: Guard) -> dict[str, type]:
    plain = type("GuardedPool", (HTTPConnectionPool,), {"ConnectionCls": pinned(HTTPConnection, guard)})
    secure = type("GuardedTlsPool", (HTTPSConnectionPool,), {"ConnectionCls": pinned(HTTPSConnection, guard)})
    return {"http": plain, "https": secure}
