"""An address that does not answer, or not as what it should be, is told in one line with the remedy, in time."""

import datetime as dt
import re
import time
from email.utils import format_datetime

import pytest

from dativo_core.errors import DativoError
from dativo_core.model.origin import Authority
from dativo_core.net.check import NetworkPolicy, NetworkRules
from dativo_core.net.reach import Unreachable
from dativo_core.net.refusal import AddressRefused
from dativo_core.net.web_probe import web_answer
from dativo_core.probe import ProbeStatus
from tests.certificates import DAY, new_authority, self_signed
from tests.scripted_server import http_answer, serving, with_tls
from tests.silent_server import closed_port, silent_server

OPERATOR = NetworkRules(Authority.OPERATOR, NetworkPolicy())
TENANT = NetworkRules(Authority.TENANT, NetworkPolicy())


@pytest.fixture
def authority(tmp_path):
    return new_authority(tmp_path)


def told(url, limit_s=2.0, **options):
    """Return message and remedy of an address that cannot be used."""
    with pytest.raises(DativoError) as caught:
        web_answer(url, OPERATOR, limit_s, **options)
    assert "\n" not in str(caught.value)
    return caught.value.message, caught.value.hint


@pytest.mark.parametrize("status", ["200 OK", "401 Unauthorized", "403 Forbidden", "404 Not Found", "302 Found"])
def test_whatever_is_answered_without_credentials_is_an_answer(status):
    with serving(http_answer(status)) as port:
        answer = web_answer(f"http://127.0.0.1:{port}/api/v1", OPERATOR, 2)
    assert (answer.status, answer.message) == (ProbeStatus.OK, f"127.0.0.1:{port} answers")


def test_a_service_that_is_out_of_order_says_so():
    with serving(http_answer("503 Service Unavailable")) as port:
        answer = web_answer(f"http://127.0.0.1:{port}", OPERATOR, 2)
    assert (answer.status, answer.message) == (
        ProbeStatus.FAILED,
        f"127.0.0.1:{port} is overloaded or out of order (503)",
    )


def test_only_the_path_is_asked_for_and_nothing_secret_is_sent():
    seen = []

    def remember(connection):
        seen.append(connection.recv(65536))
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")

    with serving(remember) as port:
        web_answer(f"http://127.0.0.1:{port}/v1?token=s3cr3t", OPERATOR, 2)
    assert seen == [
        f"HEAD /v1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: dativo\r\nConnection: close\r\n\r\n".encode()
    ]


def test_the_time_a_server_tells_is_compared_with_ours():
    late = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(hours=1), usegmt=True)
    with serving(http_answer(Date=late)) as port:
        answer = web_answer(f"http://127.0.0.1:{port}", OPERATOR, 2)
    assert answer.ahead_s == pytest.approx(3600, abs=5)


def test_a_closed_port_and_an_unknown_host_are_told_apart():
    closed = closed_port()
    assert told(f"http://{closed}") == (
        f"nothing listens at {closed}",
        "Start the service, or correct its host and port",
    )
    message, hint = told("https://no-such-host.invalid")
    assert message == "the host no-such-host.invalid has no address"
    assert "DNS" in hint


def test_a_server_that_takes_connections_and_says_nothing_is_given_up_on():
    started = time.monotonic()
    with silent_server() as place:
        message, hint = told(f"http://{place}", 0.3)
        assert message == f"{place} takes connections and does not answer within 0.3 s"
        assert told(f"https://{place}", 0.3)[0] == message
    assert hint.startswith("Check that the service there is well")
    assert time.monotonic() - started < 3


def test_a_server_that_breaks_off_and_one_that_speaks_something_else_are_told():
    with serving(lambda connection: connection.recv(65536)) as port:
        assert told(f"https://127.0.0.1:{port}")[0] == f"127.0.0.1:{port} does not speak TLS"
    with serving(lambda connection: connection.sendall(b"220 mail.example.com ESMTP\r\n\r\n")) as port:
        answer = web_answer(f"http://127.0.0.1:{port}", OPERATOR, 2)
    assert (answer.status, answer.message) == (ProbeStatus.FAILED, f"127.0.0.1:{port} does not speak HTTP")


def test_a_trusted_certificate_is_right(authority):
    with serving(with_tls(authority.context("localhost"), http_answer())) as port:
        answer = web_answer(f"https://localhost:{port}", OPERATOR, 2, ca_file=str(authority.file))
    assert answer.status is ProbeStatus.OK


@pytest.mark.parametrize(
    ("hosts", "times", "what", "remedy"),
    [
        (["localhost"], {"starts": -2 * DAY, "ends": -DAY}, "has expired", "Renew it"),
        (["localhost"], {"starts": DAY, "ends": 2 * DAY}, "is not valid yet", "Check the clock"),
        (["db.example.com"], {}, "is for another host", "Use a name that is in the certificate"),
    ],
)
def test_each_fault_of_a_certificate_has_its_own_remedy(authority, hosts, times, what, remedy):
    with serving(with_tls(authority.context(*hosts, **times), http_answer())) as port:
        message, hint = told(f"https://localhost:{port}", ca_file=str(authority.file))
    assert message == f"the certificate of localhost:{port} {what}"
    assert hint.startswith(remedy)


def test_a_certificate_for_a_name_is_not_one_for_an_address(authority):
    with serving(with_tls(authority.context("localhost"), http_answer())) as port:
        assert told(f"https://127.0.0.1:{port}", ca_file=str(authority.file))[0].endswith("is for another host")


def test_an_authority_that_is_not_trusted_and_a_certificate_that_nobody_signed_are_told(authority, tmp_path):
    with serving(with_tls(authority.context("localhost"), http_answer())) as port:
        assert re.search("signed by an authority", told(f"https://localhost:{port}")[0])
    with serving(with_tls(self_signed(tmp_path, "localhost"), http_answer())) as port:
        assert told(f"https://localhost:{port}")[0] == f"the certificate of localhost:{port} is signed by itself"


def test_a_port_without_tls_is_told(authority):
    with serving(http_answer()) as port:
        message, hint = told(f"https://localhost:{port}")
    assert message == f"localhost:{port} does not speak TLS"
    assert "without TLS" in hint


def test_a_file_of_authorities_that_cannot_be_read_is_told(tmp_path):
    with serving(http_answer()) as port:
        assert "cannot be read" in told(f"https://localhost:{port}", ca_file=str(tmp_path / "none.pem"))[0]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9", "https://10.0.0.1", "https://169.254.169.254/latest", "http://a.example"]
)
def test_what_a_tenant_wrote_is_not_asked_where_it_may_not_lead(url):
    with pytest.raises(AddressRefused):
        web_answer(url, TENANT, 2)


def test_nobody_is_connected_to_who_has_no_time():
    with silent_server() as place, pytest.raises(Unreachable):
        web_answer(f"http://{place}", OPERATOR, 0.0)
