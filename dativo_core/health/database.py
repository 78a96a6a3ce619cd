"""Whether a database answers as one, and with TLS where that is asked for. Nobody logs in."""

import socket
import ssl
import struct
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass

from dativo_core.net.check import NetworkRules
from dativo_core.net.reach import Place, connect, place, secured, silent, trusting
from dativo_core.probe import Answer, failed, ok

_POSTGRES_TLS = struct.pack("!ii", 8, 80877103)
"""SSLRequest (PostgreSQL, Message Formats)."""

_MYSQL_VERSION = 10
_MYSQL_ERROR = 0xFF
_MYSQL_TLS = 0x0800
_MYSQL_CAPABILITIES = 0x0200 | 0x8000 | _MYSQL_TLS
"""Protocol 4.1, secure connection, TLS (MySQL, Capabilities Flags)."""

_MAX_GREETING_BYTES = 4096
_NOT_OFFERED = "Switch TLS on in the database server, or configure the connection without it"


_MODES = ("sslmode", "ssl_mode", "ssl", "tls", "use_ssl")
_AUTHORITIES = ("sslrootcert", "ssl_ca", "ca_file")
TLS_KEYS = (*_MODES, *_AUTHORITIES)
"""Settings of a connection that say whether it uses TLS, and which authorities it trusts."""

_WITHOUT = frozenset({"none", "", "false", "no", "off", "0", "disable", "disabled", "allow", "prefer", "preferred"})
"""Values that ask for no TLS, or for none that would be missed."""


@dataclass(frozen=True)
class Database:
    """Where a database is, and how it proves who it is; no TLS is asked for where `context` is None."""

    kind: str
    host: str
    port: int
    context: ssl.SSLContext | None


def database_answer(database: Database, rules: NetworkRules, limit_s: float) -> Answer:
    """Return whether a database answers; raises Unreachable, AddressRefused."""
    at = place(database.host, database.port, limit_s)
    with closing(connect(at, rules)) as connection:
        connection.settimeout(at.left_s)
        try:
            return _GREETINGS[database.kind](connection, at, database.context)
        except OSError as error:
            raise silent(at, error) from None


def default_port(kind: str) -> int:
    """Return the port a kind of database has unless it is configured otherwise."""
    return {"postgres": 5432, "mysql": 3306}[kind]


def is_known(kind: str) -> bool:
    """Return whether a kind of database can be asked."""
    return kind in _GREETINGS


def _postgres(connection: socket.socket, at: Place, context: ssl.SSLContext | None) -> Answer:
    connection.sendall(_POSTGRES_TLS)
    offer = _exactly(connection, 1)
    if offer not in {b"S", b"N"}:
        return _another(at, "PostgreSQL")
    if context is None:
        return ok(f"{at} answers{', and offers TLS' if offer == b'S' else ''}")
    if offer == b"N":
        return failed(f"{at} offers no TLS, and the connection asks for it", _NOT_OFFERED)
    with closing(secured(connection, at, context)):
        return ok(f"{at} answers with a trusted certificate")


def _mysql(connection: socket.socket, at: Place, context: ssl.SSLContext | None) -> Answer:
    greeting = _packet(connection)
    if greeting[:1] == bytes([_MYSQL_ERROR]):
        code = int.from_bytes(greeting[1:3], "little")
        return failed(
            f"{at} refuses connections (error {code})", "See what the server allows this machine, and its log"
        )
    if greeting[:1] != bytes([_MYSQL_VERSION]) or b"\0" not in greeting:
        return _another(at, "MySQL")
    # version, 0, thread id (4), scramble (8), filler (1), lower half of the capabilities (2)
    start = greeting.index(b"\0") + 1 + 4 + 8 + 1
    offers_tls = bool(int.from_bytes(greeting[start : start + 2], "little") & _MYSQL_TLS)
    if context is None:
        return ok(f"{at} answers{', and offers TLS' if offers_tls else ''}")
    if not offers_tls:
        return failed(f"{at} offers no TLS, and the connection asks for it", _NOT_OFFERED)
    request = struct.pack("<IIB23x", _MYSQL_CAPABILITIES, 1 << 24, 45)
    connection.sendall(len(request).to_bytes(3, "little") + b"\x01" + request)
    with closing(secured(connection, at, context)):
        return ok(f"{at} answers with a trusted certificate")


def _packet(connection: socket.socket) -> bytes:
    """Return the first packet of a MySQL server; what is none comes back as it is."""
    head = _exactly(connection, 4)
    size = int.from_bytes(head[:3], "little")
    return _exactly(connection, size) if len(head) == 4 and head[3] == 0 and size <= _MAX_GREETING_BYTES else b"?"


def _exactly(connection: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size and (more := connection.recv(size - len(found))):
        found += more
    if not found:
        raise ConnectionResetError
    return found


def _another(at: Place, name: str) -> Answer:
    return failed(f"what answers at {at} is no {name} server", "Correct host and port")


_Greeting = Callable[[socket.socket, Place, ssl.SSLContext | None], Answer]
_GREETINGS: Mapping[str, _Greeting] = {"postgres": _postgres, "mysql": _mysql}


def asked_context(settings: Mapping[str, object]) -> ssl.SSLContext | None:
    """Return how a connection's settings want certificates verified, None where they ask for no TLS.

    Where TLS is asked for at all, certificates are verified. Raises Unreachable for a file that cannot be read.
    """
    wanted = next((str(settings[key]).lower().replace("_", "-") for key in _MODES if key in settings), "none")
    if wanted in _WITHOUT:
        return None
    ca_file = next((str(settings[key]) for key in _AUTHORITIES if settings.get(key)), None)
    return trusting(ca_file, checks_host=wanted != "verify-ca")
