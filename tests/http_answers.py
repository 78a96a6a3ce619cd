"""A small HTTP server for tests that answers what it is told to, and remembers what it was asked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.s3_service import HOST

Respond = Callable[[str, str, str], tuple[int, str]]
"""Given method, path and body, returns status and body."""


@dataclass
class HttpAnswers:
    """A running server; `requests` are method and path of each request, `headers` those of the last one."""

    address: str
    requests: list[tuple[str, str]] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def answering(status: int, body: str, **headers: str) -> Iterator[HttpAnswers]:
    """Answer every request alike."""
    with responding(lambda method, path, content: (status, body), **headers) as server:
        yield server


@contextmanager
def responding(respond: Respond, **headers: str) -> Iterator[HttpAnswers]:
    """Answer as `respond` says."""
    found = HttpAnswers("")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found.requests.append((self.command, self.path))
            found.headers = dict(self.headers)
            status, body = respond(self.command, self.path, content.decode())
            self.send_response(status)
            for name, text in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, text)
            self.end_headers()
            self.wfile.write(body.encode())

        do_POST = do_GET

        def log_message(self, format: str, *args: object) -> None:
            """Write nothing."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    server.daemon_threads = True
    found.address = f"http://{HOST}:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)
