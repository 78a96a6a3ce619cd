"""A real PostgreSQL server, and servers that greet as MySQL does, asked whether they would answer a job."""

import time

import pytest

from dativo_core.errors import DativoError
from dativo_core.health.database import Database, asked_context, database_answer
from dativo_core.model.origin import Authority
from dativo_core.net.check import NetworkPolicy, NetworkRules
from dativo_core.net.refusal import AddressRefused
from dativo_core.probe import Answer, ProbeStatus, answer_of
from tests.certificates import DAY, new_authority
from tests.postgres_service import running_postgres
from tests.s3_service import or_without
from tests.scripted_server import serving
from tests.silent_server import silent_server

OPERATOR = NetworkRules(Authority.OPERATOR, NetworkPolicy())


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return new_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def postgres(authority):
    with or_without(), running_postgres(*authority.files("localhost")) as port:
        yield port


def asked(kind, port, host="localhost", limit_s=5.0, **settings) -> Answer:
    try:
        return database_answer(Database(kind, host, port, asked_context(settings)), OPERATOR, limit_s)
    except DativoError as error:
        return answer_of(error)


def greeting(capabilities: int) -> bytes:
    """Return the first packet of a MySQL server (Protocol::HandshakeV10), up to its capabilities."""
    payload = (
        b"\x0a10.11.19-MariaDB\0" + bytes(4) + b"abcdefgh" + b"\0" + capabilities.to_bytes(2, "little") + bytes(30)
    )
    return len(payload).to_bytes(3, "little") + b"\0" + payload


def mysql(context=None):
    """Return what serves as MySQL does, with TLS where a context is given."""

    def serve(connection):
        connection.sendall(greeting(0xFFFF if context else 0xF7FF))
        request = connection.recv(36)
        if context and len(request) == 36:
            context.wrap_socket(connection, server_side=True).close()

    return serve


def test_a_server_that_is_up_answers_with_and_without_tls(postgres, authority):
    assert asked("postgres", postgres).message == f"localhost:{postgres} answers, and offers TLS"
    found = asked("postgres", postgres, sslmode="verify-full", sslrootcert=str(authority.file))
    assert (found.status, found.message) == (
        ProbeStatus.OK,
        f"localhost:{postgres} answers with a trusted certificate",
    )


def test_a_certificate_is_verified_as_the_connection_asks(postgres, authority):
    wanted = {"sslrootcert": str(authority.file)}
    assert asked("postgres", postgres, sslmode="require").message.startswith("the certificate of localhost")
    other = asked("postgres", postgres, host="127.0.0.1", sslmode="verify-full", **wanted)
    assert other.message == f"the certificate of 127.0.0.1:{postgres} is for another host"
    assert asked("postgres", postgres, host="127.0.0.1", sslmode="verify-ca", **wanted).status is ProbeStatus.OK


def test_a_server_of_another_kind_or_without_tls_is_told(postgres):
    assert "does not answer within 0.5 s" in asked("mysql", postgres, limit_s=0.5).message
    with serving(lambda connection: (connection.recv(8), connection.sendall(b"N"))) as port:
        assert asked("postgres", port).status is ProbeStatus.OK
        refused = asked("postgres", port, sslmode="require")
    assert refused.message == f"localhost:{port} offers no TLS, and the connection asks for it"
    with serving(lambda connection: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        assert asked("postgres", port).message == f"what answers at localhost:{port} is no PostgreSQL server"
        assert asked("mysql", port).message == f"what answers at localhost:{port} is no MySQL server"


def test_a_server_of_mysql_answers_with_and_without_tls(authority):
    with serving(mysql()) as port:
        assert asked("mysql", port).message == f"localhost:{port} answers"
        assert "offers no TLS" in asked("mysql", port, tls=True).message
    with serving(mysql(authority.context("localhost"))) as port:
        found = asked("mysql", port, ssl="true", ssl_ca=str(authority.file))
        assert found.message == f"localhost:{port} answers with a trusted certificate"
    with serving(mysql(authority.context("localhost", starts=-2 * DAY, ends=-DAY))) as port:
        assert asked("mysql", port, ssl="true", ssl_ca=str(authority.file)).message.endswith("has expired")


def test_a_server_of_mysql_that_refuses_this_machine_says_so():
    payload = b"\xff" + (1130).to_bytes(2, "little") + b"Host 'x' is not allowed to connect"
    with serving(lambda connection: connection.sendall(len(payload).to_bytes(3, "little") + b"\0" + payload)) as port:
        found = asked("mysql", port)
    assert found.message == f"localhost:{port} refuses connections (error 1130)"


@pytest.mark.parametrize("kind", ["postgres", "mysql"])
def test_a_server_that_hangs_or_breaks_off_is_given_up_on(kind):
    started = time.monotonic()
    with silent_server() as place:
        host, _, port = place.rpartition(":")
        assert (
            asked(kind, int(port), host, 0.3).message == f"{place} takes connections and does not answer within 0.3 s"
        )
    with serving(lambda connection: None) as port:
        assert asked(kind, port).message == f"localhost:{port} breaks the connection off"
    assert time.monotonic() - started < 5


def test_a_database_of_a_tenant_may_not_be_in_the_network_of_the_operator():
    rules = NetworkRules(Authority.TENANT, NetworkPolicy())
    for host in ("10.0.0.8", "169.254.169.254", "127.0.0.1"):
        with pytest.raises(AddressRefused):
            database_answer(Database("postgres", host, 5432, None), rules, 1)


@pytest.mark.parametrize("mode", ["disable", "prefer", "PREFERRED", False, None])
def test_what_does_not_insist_on_tls_asks_for_none(mode):
    assert asked_context({"sslmode": mode}) is None
