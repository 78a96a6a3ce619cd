"""Real HTTP on this machine: what is connected to, and which headers arrive where."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from dativo_core.model.origin import Authority
from dativo_core.net.check import NetworkPolicy
from dativo_core.net.refusal import AddressRefused, Refusal
from dativo_core.net.session import guarded_session, next_address

OWN_MACHINE = NetworkPolicy(allows_loopback=True)
CREDENTIALS = {
    "Authorization": "Bearer s3cr3t",
    "X-Api-Key": "s3cr3t",
    "X-Auth-Token": "s3cr3t",
    "Cookie": "session=s3cr3t",
    "DD-API-KEY": "s3cr3t",
    "Private-Token": "s3cr3t",
    "Referer": "http://x/?token=s3cr3t",
}


@contextmanager
def serving(answer=lambda path: (200, {})):
    """Run a server; yields its port and the list of the method, path and headers of each request."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            seen.append((self.command, self.path, dict(self.headers)))
            status, headers = answer(self.path)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_HEAD = do_GET

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield server.server_port, seen
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()


def session(authority=Authority.TENANT, policy=OWN_MACHINE, **options):
    return guarded_session(authority, policy, **options)


def refused(client, url, method="GET", **options):
    with pytest.raises(AddressRefused) as caught:
        client.request(method, url, timeout=3, **options)
    return caught.value.reason


def leading_to(url, status=302):
    return lambda path: (status, {"Location": url}) if path == "/go" else (200, {})


def leaked(headers):
    return [name for name, value in headers.items() if "s3cr3t" in value]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_credential_of_any_name_follows_a_redirect_to_another_host(status):
    with serving() as (port, seen), serving(leading_to(f"http://127.0.0.1:{port}/there", status)) as (first, asked):
        answer = session().get(f"http://127.0.0.1:{first}/go", headers=CREDENTIALS, cookies={"c": "s3cr3t"})
        assert answer.status_code == 200
    assert len(leaked(asked[0][2])) == len(CREDENTIALS)
    assert leaked(seen[0][2]) == []


def test_credentials_of_the_session_and_of_basic_authentication_do_not_follow_either():
    client = session()
    client.auth = ("bob", "s3cr3t")
    client.headers["X-Secret"] = "s3cr3t"
    with serving() as (port, seen), serving(leading_to(f"http://localhost:{port}/there")) as (first, asked):
        client.get(f"http://127.0.0.1:{first}/go")
    assert asked[0][2]["Authorization"].startswith("Basic ")
    assert "Authorization" not in seen[0][2]
    assert leaked(seen[0][2]) == []


def test_credentials_stay_within_one_host():
    with serving(leading_to("/there")) as (port, seen):
        session().get(f"http://127.0.0.1:{port}/go", headers=CREDENTIALS)
    assert len(seen) == 2
    assert len(leaked(seen[1][2])) >= len(CREDENTIALS) - 1


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("https://169.254.169.254/latest/meta-data/", Refusal.LINK_LOCAL),
        ("http://169.254.169.254/latest/meta-data/", Refusal.LINK_LOCAL),
        ("https://10.0.0.1/", Refusal.PRIVATE),
        ("https://2130706433/", Refusal.SPELLING),
        ("https://[::ffff:10.0.0.1]/", Refusal.PRIVATE),
        ("//192.168.0.1/", Refusal.PRIVATE),
        ("http://example.com/", Refusal.SCHEME),
        ("ftp://127.0.0.1/", Refusal.SCHEME),
        ("https://u:p@example.com/", Refusal.USER),
    ],
)
@pytest.mark.parametrize("authority", list(Authority))
def test_a_redirect_is_checked_whoever_wrote_the_first_address(location, reason, authority):
    with serving(leading_to(location)) as (port, seen), pytest.raises(AddressRefused) as caught:
        session(authority).get(f"http://127.0.0.1:{port}/go", timeout=3)
    assert caught.value.reason is reason
    assert len(seen) == 1


def test_a_redirect_of_an_operators_server_to_this_machine_is_refused():
    with serving() as (port, seen), serving(leading_to(f"http://127.0.0.1:{port}/there")) as (first, _):
        assert refused(session(Authority.OPERATOR, NetworkPolicy()), f"http://127.0.0.1:{first}/go") is Refusal.LOOPBACK
    assert seen == []


@pytest.mark.parametrize("status", [307, 308])
def test_a_body_does_not_follow_a_redirect_to_another_host(status):
    with serving() as (port, seen), serving(leading_to(f"http://127.0.0.1:{port}/there", status)) as (first, _):
        body = {"client_secret": "s3cr3t"}
        assert refused(session(), f"http://127.0.0.1:{first}/go", "POST", data=body) is Refusal.OTHER_HOST
    assert seen == []


def test_redirects_without_end_end():
    with serving(lambda path: (302, {"Location": path})) as (port, seen), pytest.raises(requests.TooManyRedirects):
        session().get(f"http://127.0.0.1:{port}/go")
    assert len(seen) == 6


def test_a_name_that_changes_its_address_is_connected_to_where_it_was_checked():
    answers = [["127.0.0.1"], ["10.0.0.1"]]
    asked = []

    def rebinding(host, _port):
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    policy = NetworkPolicy(allowed_hosts=("127.0.0.1",), allows_loopback=True)
    with serving() as (port, seen), session(Authority.OPERATOR, policy, resolve=rebinding) as client:
        assert client.get(f"http://api.example.com:{port}/").status_code == 200
    assert (asked, seen[0][2]["Host"]) == (["api.example.com"], f"api.example.com:{port}")


def test_a_name_that_is_public_first_and_inner_when_it_is_connected_to_is_refused():
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    client = session(policy=NetworkPolicy(), resolve=lambda *_: next(answers))
    client.addresses("api.example.com", 443)
    with serving() as (port, seen), pytest.raises(AddressRefused) as caught:
        client.get(f"https://api.example.com:{port}/", timeout=3)
    assert (caught.value.reason, seen) == (Refusal.LOOPBACK, [])


def test_the_second_address_of_a_name_is_used_when_the_first_does_not_answer():
    with serving() as (port, _seen):
        client = session(Authority.OPERATOR, resolve=lambda *_: ["127.0.0.2", "127.0.0.1"])
        assert client.get(f"http://api.example.com:{port}/", timeout=3).status_code == 200


def test_nothing_of_the_environment_is_used(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login bob password s3cr3t\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving() as (port, seen):
        assert session().get(f"http://127.0.0.1:{port}/", timeout=3).status_code == 200
    assert "Authorization" not in seen[0][2]


def test_certificates_cannot_be_left_unverified():
    with pytest.raises(ValueError, match="always verified"):
        session().get("https://127.0.0.1:9/", verify=False)


def test_waiting_is_bounded_unless_a_shorter_time_is_given(monkeypatch):
    seen = []
    monkeypatch.setattr(
        requests.Session, "send", lambda self, request, **kwargs: seen.append(kwargs) or requests.Response()
    )
    session().send(requests.Request("GET", "http://127.0.0.1:9999/").prepare())
    session().send(requests.Request("GET", "http://127.0.0.1:9999/").prepare(), timeout=1)
    assert [each["timeout"] for each in seen] == [(10.0, 60.0), 1]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("?page=2", "https://api.example.com/a?page=2"),
        ("/b", "https://api.example.com/b"),
        ("https://api.example.com:443/c", "https://api.example.com:443/c"),
    ],
)
def test_a_next_page_of_the_same_host_is_followed(link, url):
    assert next_address("https://api.example.com/a?page=1", link) == url


@pytest.mark.parametrize(
    ("link", "reason"),
    [
        ("https://other.example.com/a?page=2", Refusal.OTHER_HOST),
        ("http://api.example.com/a?page=2", Refusal.OTHER_HOST),
        ("https://api.example.com:8443/", Refusal.OTHER_HOST),
        ("//169.254.169.254/", Refusal.OTHER_HOST),
        ("https://api.example.com@169.254.169.254/", Refusal.USER),
        ("file:///etc/passwd", Refusal.SCHEME),
        ("https://api.example.com\\@x/", Refusal.SPELLING),
    ],
)
def test_a_next_page_elsewhere_is_refused(link, reason):
    with pytest.raises(AddressRefused) as caught:
        next_address("https://api.example.com/a?page=1", link)
    assert caught.value.reason is reason
