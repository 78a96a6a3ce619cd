"""Connections of urllib3 that go to the address that was checked, and nowhere else."""

import socket
from collections.abc import Callable, Sequence
from typing import Any

from urllib3.connection import HTTPConnection
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from dativo_core.net.refusal import AddressRefused, Refusal

Guard = Callable[[str, int], Sequence[str]]
"""Returns the IP addresses that a host and port may be connected to, at least one; raises AddressRefused for none."""


def pinned(base: type[HTTPConnection], guard: Guard) -> type[HTTPConnection]:
    """Return a kind of connection that resolves its host by `guard`, once, and connects to what that returned.

    The certificate is still that of the host's name.
    """

    def _new_conn(self: Any) -> socket.socket:
        name = self._dns_host
        try:
            addresses = guard(self.host, self.port)
        except AddressRefused as refused:
            if refused.reason is not Refusal.UNKNOWN_HOST:
                raise
            message = "the host has no address"
            raise NewConnectionError(self, message) from None
        try:
            return _first_that_answers(lambda: base._new_conn(self), self, addresses)
        finally:
            self._dns_host = name

    return type(f"Pinned{base.__name__}", (base,), {"_new_conn": _new_conn})


def _first_that_answers(
    connect: Callable[[], socket.socket], connection: Any, addresses: Sequence[str]
) -> socket.socket:
    for address in addresses[:-1]:
        connection._dns_host = address
        try:
            return connect()
        except (ConnectTimeoutError, NewConnectionError):
            continue
    connection._dns_host = addresses[-1]
    return connect()
