"""A server that takes connections and never answers, for what must be bounded in time."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

from tests.s3_service import HOST


@contextmanager
def silent_server() -> Iterator[str]:
    """Yield the host and port of a server whose system accepts connections that nobody reads from."""
    with socket.create_server((HOST, 0), backlog=64) as server:
        yield f"{HOST}:{server.getsockname()[1]}"


def closed_port() -> str:
    """Return a host and port where nobody listens."""
    with socket.create_server((HOST, 0)) as server:
        return f"{HOST}:{server.getsockname()[1]}"
