"""Messages over HTTP: what is tried again, what is not, and that nothing takes longer than it may."""

import logging
import shutil
import ssl
import subprocess
import time

import pytest

from dativo_dagster.delivery import Limits, NotSent, send_json
from tests.dagster.receivers import bad_socket, receiver

QUICK = Limits(connect_s=0.5, total_s=1.0, pause_s=0.01)


def refused(url, limits=QUICK):
    with pytest.raises(NotSent) as caught:
        send_json(url, {"a": 1}, limits)
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    return str(caught.value)


def test_a_message_arrives_as_json():
    with receiver() as server:
        send_json(server.url, {"text": "größe"}, QUICK)
        assert server.posted == [{"text": "größe"}]


def test_a_server_that_is_out_of_order_for_a_moment_gets_the_message_once_it_is_back():
    with receiver(500, 503, 204) as server:
        send_json(server.url, {"a": 1}, QUICK)
        assert len(server.posted) == 3


def test_a_server_that_stays_out_of_order_is_asked_three_times():
    with receiver(500) as server:
        assert refused(server.url) == "it answered 500"
        assert len(server.posted) == 3


@pytest.mark.parametrize("status", [302, 400, 404])
def test_an_answer_that_will_not_change_ends_the_tries(status):
    with receiver(status, Location="http://127.0.0.1:9/") as server:
        assert refused(server.url) == f"it answered {status}"
        assert len(server.posted) == 1


@pytest.mark.parametrize("behaviour", ["hang", "drip"])
def test_a_server_that_does_not_come_to_an_end_is_left_in_time(behaviour):
    with bad_socket(behaviour) as url:
        begin = time.monotonic()
        refused(url)
        assert time.monotonic() - begin < 3


def test_a_connection_that_is_reset_is_tried_again_and_then_told():
    with bad_socket("reset") as url:
        assert refused(url) == "it does not answer (ConnectionError)"


def test_nobody_listening_is_told():
    assert "does not answer" in refused("http://127.0.0.1:9/secret-hook")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl makes the certificate")
def test_the_certificate_of_a_server_is_verified(tmp_path):
    certificate, key = str(tmp_path / "certificate.pem"), str(tmp_path / "key.pem")
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
        timeout=60,
    )
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with receiver(tls=tls) as server:
        assert refused(server.url) == "there is no trusted TLS connection"
        assert server.posted == []


def test_the_client_library_logs_no_address(caplog):
    caplog.set_level(logging.DEBUG)
    with receiver(500) as server:
        refused(server.url)
        assert "a-secret-path" not in caplog.text


def test_a_password_file_of_the_home_directory_is_not_read(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login somebody password hidden\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with receiver() as server:
        send_json(server.url, {"a": 1}, QUICK)
        assert server.authorizations == [None]
