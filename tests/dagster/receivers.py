"""Small HTTP servers on this machine that take alerts, or behave badly."""

import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Receiver:
    """A server and what was posted to it; answers with `statuses` in turn, then with the last one for good."""

    url: str = ""
    statuses: list[int] = field(default_factory=lambda: [200])
    headers: dict[str, str] = field(default_factory=dict)
    posted: list[Any] = field(default_factory=list)
    authorizations: list[str | None] = field(default_factory=list)


@contextmanager
def receiver(*statuses: int, tls: ssl.SSLContext | None = None, **headers: str) -> Iterator[Receiver]:
    """Run a server that answers with these statuses."""
    found = Receiver(statuses=list(statuses or (200,)), headers=headers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.posted.append(json.loads(body))
            found.authorizations.append(self.headers["Authorization"])
            status = found.statuses.pop(0) if len(found.statuses) > 1 else found.statuses[0]
            self.send_response(status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    found.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/services/T0000/a-secret-path"
    try:
        yield found
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


@contextmanager
def bad_socket(behaviour: str) -> Iterator[str]:
    """Listen and take connections that are reset, never answered, or answered one byte at a time; yields the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    stop = threading.Event()

    def answer(connection: socket.socket) -> None:
        with connection:
            if behaviour == "reset":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                return
            while behaviour == "drip" and not stop.is_set():
                try:
                    connection.sendall(b"H" if behaviour == "drip" else b"")
                except OSError:
                    return
                time.sleep(0.05)
            stop.wait(30)

    def serve() -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=answer, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/services/T0000/a-secret-path"
    finally:
        stop.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)
