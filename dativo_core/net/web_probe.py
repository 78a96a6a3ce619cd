"""Whether a web address answers; nothing but the question for its headers is sent, and no credentials."""

import socket
from contextlib import closing
from http.client import HTTPException, HTTPResponse
from urllib.parse import urlsplit

from dativo_core.net.check import NetworkRules, parse_address
from dativo_core.net.reach import Place, connect, place, secured, silent, trusting
from dativo_core.probe import Answer, ahead_s, failed, ok

_OUT_OF_ORDER = frozenset({500, 502, 503, 504})


def web_answer(url: str, rules: NetworkRules, limit_s: float, ca_file: str | None = None) -> Answer:
    """Return whether what is at `url` answers, whatever it answers to somebody without credentials.

    Raises AddressRefused for an address that `rules` forbid, Unreachable for a port that does not answer.
    """
    rules.require(url)
    address = parse_address(url)
    at = place(address.host, address.port, limit_s)
    connection = connect(at, rules)
    with closing(connection):
        if address.scheme == "http":
            return _answer(connection, at, url)
        with closing(secured(connection, at, trusting(ca_file))) as protected:
            return _answer(protected, at, url)


def _answer(connection: socket.socket, at: Place, url: str) -> Answer:
    connection.settimeout(at.left_s)
    with closing(HTTPResponse(connection, method="HEAD")) as response:
        try:
            connection.sendall(_question(url))
            response.begin()
        except HTTPException:
            hint = "Correct the address: scheme, host and port; a port with TLS needs https://"
            return failed(f"{at} does not speak HTTP", hint)
        except OSError as error:
            raise silent(at, error) from None
        ahead = ahead_s(response.getheader("Date"))
    if response.status in _OUT_OF_ORDER:
        return failed(f"{at} is overloaded or out of order ({response.status})", "Try again later", ahead)
    return ok(f"{at} answers", ahead)


def _question(url: str) -> bytes:
    parts = urlsplit(url)
    lines = [f"HEAD {parts.path or '/'} HTTP/1.1", f"Host: {parts.netloc}", "User-Agent: dativo", "Connection: close"]
    return "\r\n".join([*lines, "", ""]).encode()
