"""Whatever a bucket answers and whenever a check ends, the object it writes does not stay."""

import socket
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from dativo_core.health.object_store import Store, store_answer
from dativo_core.model.s3_connection import S3Connection
from dativo_core.probe import ProbeStatus
from tests.s3_service import Literal
from tests.scripted_server import serving

KEPT = b"HTTP/1.1 412 Precondition Failed"
FINE = b"HTTP/1.1 200 OK"


class Bucket:
    """The keys of a bucket and when each was written; `put_answers` are the first lines of answers, "" for none."""

    def __init__(self, *put_answers: bytes) -> None:
        self.objects: dict[str, datetime] = {}
        self._put_answers = list(put_answers)

    def serve(self, connection: socket.socket) -> None:
        method, path = connection.recv(65536).split(b" ")[:2]
        key = path.decode().removeprefix("/bucket/")
        first, body = FINE, ""
        if method == b"GET":
            body = f"<ListBucketResult>{''.join(map(self._told, self.objects))}</ListBucketResult>"
        elif method == b"PUT":
            self.objects.setdefault(key, datetime.now(UTC))
            first = self._put_answers.pop(0)
        elif method == b"DELETE":
            del self.objects[key]
        if first:
            head = b"Connection: close\r\nContent-Type: application/xml\r\nContent-Length: %d" % len(body)
            connection.sendall(b"\r\n".join([first, head, b"", body.encode()]))

    def _told(self, key: str) -> str:
        return f"<Contents><Key>{key}</Key><LastModified>{self.objects[key].isoformat()}</LastModified></Contents>"


@contextmanager
def asked(bucket):
    with serving(bucket.serve) as port:
        own = S3Connection(endpoint=f"http://127.0.0.1:{port}", bucket="bucket")
        yield store_answer(Store(own, "target.connection", "acme/"), Literal(), 5)


@pytest.mark.parametrize(
    ("answers", "status"),
    [([FINE, KEPT], ProbeStatus.OK), ([b""], ProbeStatus.FAILED), ([FINE, b""], ProbeStatus.FAILED)],
)
def test_an_object_whose_writing_was_never_answered_is_deleted_too(answers, status):
    bucket = Bucket(*answers)
    with asked(bucket) as found:
        assert found.status is status, found
    assert bucket.objects == {}


def test_what_a_killed_check_left_is_deleted_by_the_next_and_nothing_else_is():
    bucket = Bucket(FINE, KEPT)
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    kept = {"acme/.dativo-check-now": datetime.now(UTC), "acme/shop/orders": long_ago}
    bucket.objects = {"acme/.dativo-check-1": long_ago, **kept}
    with asked(bucket) as found:
        assert found.status is ProbeStatus.OK, found
    assert bucket.objects == kept
