"""A connection that breaks: passes bytes on to a server and resets each connection after so many answered bytes."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass
class BreakingProxy:
    """Listens on loopback; `resets` counts the connections it broke."""

    target: tuple[str, int]
    reset_after_bytes: int
    resets: int = 0
    server: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    threads: list[threading.Thread] = field(default_factory=list)
    upstreams: list[socket.socket] = field(default_factory=list)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server.getsockname()[1]}"

    def serve(self) -> None:
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            self._start(self._connect, client)

    def close(self) -> None:
        _shut(self.server)
        self.server.close()
        for upstream in self.upstreams:
            _shut(upstream)
        for thread in self.threads:
            thread.join(10)

    def _start(self, work, *arguments: socket.socket) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _connect(self, client: socket.socket) -> None:
        with client, socket.create_connection(self.target) as upstream:
            self.upstreams.append(upstream)
            sender = threading.Thread(target=_pass_on, args=(client, upstream), daemon=True)
            sender.start()
            self._answer(upstream, client)
            for end in (client, upstream):
                _shut(end)
            sender.join(10)

    def _answer(self, upstream: socket.socket, client: socket.socket) -> None:
        left = self.reset_after_bytes
        while chunk := _received(upstream, min(left, 65536)):
            try:
                client.sendall(chunk)
            except OSError:
                return
            left -= len(chunk)
            if left == 0:
                self.resets += 1
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
                return


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    while chunk := _received(source, 65536):
        try:
            target.sendall(chunk)
        except OSError:
            return


def _received(source: socket.socket, size: int) -> bytes:
    try:
        return source.recv(size)
    except OSError:
        return b""


def _shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RD)
    except OSError:
        return


@contextmanager
def breaking_proxy(endpoint: str, reset_after_bytes: int) -> Iterator[BreakingProxy]:
    """Run a proxy before the server at `endpoint`."""
    parts = urlsplit(endpoint)
    assert parts.hostname is not None
    assert parts.port is not None
    proxy = BreakingProxy((parts.hostname, parts.port), reset_after_bytes)
    accepting = threading.Thread(target=proxy.serve, daemon=True)
    accepting.start()
    try:
        yield proxy
    finally:
        proxy.close()
        accepting.join(10)
