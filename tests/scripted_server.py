"""A TCP server for tests that does with each connection what it is told to."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from tests.s3_service import HOST

Serve = Callable[[socket.socket], None]


@contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """Yield the port of a server that hands each connection to `serve`, in a thread of its own, and then closes it."""
    with socket.create_server((HOST, 0)) as server:
        thread = threading.Thread(target=_accept, args=(server, serve), daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            with suppress(OSError):
                server.shutdown(socket.SHUT_RD)
    thread.join(5)


def http_answer(status: str = "200 OK", **headers: str) -> Serve:
    """Return what answers one HTTP request, without a body."""
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
    return lambda connection: (connection.recv(65536), connection.sendall("\r\n".join(lines).encode()))[1]


def with_tls(context: ssl.SSLContext, serve: Serve) -> Serve:
    """Return what speaks TLS first."""

    def secured(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as protected:
            serve(protected)

    return secured


def _accept(server: socket.socket, serve: Serve) -> None:
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(connection, serve), daemon=True).start()


def _serve(connection: socket.socket, serve: Serve) -> None:
    with connection, suppress(OSError):
        connection.settimeout(10)
        serve(connection)
