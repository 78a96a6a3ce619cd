"""Addresses of tenants and servers: every spelling of an inner address is refused, for the reason it should be."""

import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.model.origin import Authority
from dativo_core.net import check
from dativo_core.net.check import NetworkPolicy, check_address
from dativo_core.net.refusal import AddressRefused, Refusal

CLOUD = NetworkPolicy()
OWN_MACHINE = NetworkPolicy(allows_loopback=True)
PUBLIC = "93.184.215.14"
NAMES = {
    "api.example.com": [PUBLIC],
    "two.example.com": [PUBLIC, "10.0.0.7"],
    "inner.example.com": ["192.168.3.4"],
    "loop.example.com": ["127.0.0.1"],
    "meta.example.com": ["169.254.169.254"],
    "six.example.com": ["::ffff:169.254.169.254"],
    "ula.example.com": ["fd00:ec2::254"],
    "scoped.example.com": ["fe80::1%eth0"],
    "dns64.example.com": ["64:ff9b::5db8:d70e"],
    "127.0.0.1.nip.example.com": ["127.0.0.1"],
    "metadata.google.internal": ["169.254.169.254"],
    "localhost": ["127.0.0.1", "::1"],
    "a.localhost": ["127.0.0.1"],
    "empty.example.com": [],
}

REFUSED = [
    ("http://api.example.com/", Refusal.SCHEME),
    ("ftp://api.example.com/", Refusal.SCHEME),
    ("file:///etc/passwd", Refusal.SCHEME),
    ("gopher://127.0.0.1:6379/_INFO", Refusal.SCHEME),
    ("//127.0.0.1/", Refusal.SCHEME),
    ("127.0.0.1:80", Refusal.SCHEME),
    ("javascript:alert(1)", Refusal.SCHEME),
    ("https://", Refusal.NO_ADDRESS),
    ("https://:443/", Refusal.NO_ADDRESS),
    ("https://api.example.com:99999/", Refusal.NO_ADDRESS),
    ("https://[::1/", Refusal.NO_ADDRESS),
    ("https://user:pw@api.example.com/", Refusal.USER),
    ("https://api.example.com@169.254.169.254/", Refusal.USER),
    ("https://169.254.169.254#@api.example.com/", Refusal.LINK_LOCAL),
    ("https://@api.example.com/", Refusal.USER),
    ("https://127.0.0.1/", Refusal.LOOPBACK),
    ("http://127.0.0.1/", Refusal.LOOPBACK),
    ("https://127.255.255.254/", Refusal.LOOPBACK),
    ("https://[::1]/", Refusal.LOOPBACK),
    ("https://[0:0:0:0:0:0:0:1]/", Refusal.LOOPBACK),
    ("https://[::ffff:127.0.0.1]/", Refusal.LOOPBACK),
    ("https://[::ffff:7f00:1]/", Refusal.LOOPBACK),
    ("https://[::127.0.0.1]/", Refusal.LOOPBACK),
    ("https://localhost/", Refusal.LOOPBACK),
    ("https://LOCALHOST/", Refusal.LOOPBACK),
    ("http://localhost/", Refusal.LOOPBACK),
    ("https://a.localhost/", Refusal.LOOPBACK),
    ("https://loop.example.com/", Refusal.LOOPBACK),
    ("https://127.0.0.1.nip.example.com/", Refusal.LOOPBACK),
    ("https://localhost./", Refusal.SPELLING),
    ("https://127.0.0.1./", Refusal.SPELLING),
    ("https://api.example.com../", Refusal.SPELLING),
    ("https://0x7f.1/", Refusal.SPELLING),
    ("https://0x7f000001/", Refusal.SPELLING),
    ("https://0x7F.0x0.0x0.0x1/", Refusal.SPELLING),
    ("https://2130706433/", Refusal.SPELLING),
    ("https://0177.0.0.1/", Refusal.SPELLING),
    ("https://0177.0.0.01/", Refusal.SPELLING),
    ("https://017700000001/", Refusal.SPELLING),
    ("https://127.1/", Refusal.SPELLING),
    ("https://127.0.1/", Refusal.SPELLING),
    ("https://127.0.0.1.0/", Refusal.SPELLING),
    ("https://169.254.43518/", Refusal.SPELLING),
    ("https://2852039166/", Refusal.SPELLING),
    ("https://0xa9fea9fe/", Refusal.SPELLING),
    ("https://0/", Refusal.SPELLING),
    ("https://0x/", Refusal.SPELLING),
    ("https://256.256.256.256/", Refusal.SPELLING),
    ("https://127.0.0.1%2f@api.example.com/", Refusal.USER),
    ("https://%31%32%37.0.0.1/", Refusal.SPELLING),
    ("https://127。0。0。1/", Refusal.SPELLING),
    ("https://１２７.0.0.1/", Refusal.SPELLING),
    ("https://①②⑦.0.0.1/", Refusal.SPELLING),
    ("https://ⓛocalhost/", Refusal.SPELLING),
    ("https://аpi.example.com/", Refusal.SPELLING),
    ("https://api.example.com\\@127.0.0.1/", Refusal.SPELLING),
    ("https:\\\\127.0.0.1\\", Refusal.SPELLING),
    ("https://127.0.0.1\t/", Refusal.SPELLING),
    ("https://127.0.0.1\r\nHost: x/", Refusal.SPELLING),
    (" https://127.0.0.1/", Refusal.SPELLING),
    ("https://api.example.com\x00.evil/", Refusal.SPELLING),
    ("https://api_example..com/", Refusal.SPELLING),
    ("https://-api.example.com/", Refusal.SPELLING),
    ("https://[fe80::1%25eth0]/", Refusal.SPELLING),
    ("https://[v1.a]/", Refusal.SPELLING),
    ("https://" + "a" * 64 + ".com/", Refusal.SPELLING),
    ("https://0.0.0.0/", Refusal.ZERO),
    ("https://0.1.2.3/", Refusal.ZERO),
    ("https://[::]/", Refusal.ZERO),
    ("https://[::ffff:0.0.0.0]/", Refusal.ZERO),
    ("https://169.254.169.254/latest/meta-data/", Refusal.LINK_LOCAL),
    ("https://169.254.170.2/v2/credentials", Refusal.LINK_LOCAL),
    ("https://[::ffff:169.254.169.254]/", Refusal.LINK_LOCAL),
    ("https://[::ffff:a9fe:a9fe]/", Refusal.LINK_LOCAL),
    ("https://[64:ff9b::169.254.169.254]/", Refusal.LINK_LOCAL),
    ("https://[64:ff9b:1::a9fe:a9fe]/", Refusal.LINK_LOCAL),
    ("https://[2002:a9fe:a9fe::1]/", Refusal.LINK_LOCAL),
    ("https://[2001:0:4136:e378:8000:63bf:5601:5601]/", Refusal.LINK_LOCAL),
    ("https://[fe80::1]/", Refusal.LINK_LOCAL),
    ("https://meta.example.com/", Refusal.LINK_LOCAL),
    ("https://six.example.com/", Refusal.LINK_LOCAL),
    ("https://scoped.example.com/", Refusal.LINK_LOCAL),
    ("https://metadata.google.internal/", Refusal.LINK_LOCAL),
    ("https://10.0.0.1/", Refusal.PRIVATE),
    ("https://172.16.0.1/", Refusal.PRIVATE),
    ("https://172.31.255.255/", Refusal.PRIVATE),
    ("https://192.168.1.1/", Refusal.PRIVATE),
    ("https://[::ffff:10.0.0.1]/", Refusal.PRIVATE),
    ("https://inner.example.com/", Refusal.PRIVATE),
    ("https://two.example.com/", Refusal.PRIVATE),
    ("https://100.64.0.1/", Refusal.CARRIER),
    ("https://100.100.100.200/latest/meta-data/", Refusal.CARRIER),
    ("https://[fd00:ec2::254]/", Refusal.UNIQUE_LOCAL),
    ("https://[fc00::1]/", Refusal.UNIQUE_LOCAL),
    ("https://[fec0::1]/", Refusal.UNIQUE_LOCAL),
    ("https://ula.example.com/", Refusal.UNIQUE_LOCAL),
    ("https://224.0.0.1/", Refusal.MULTICAST),
    ("https://[ff02::1]/", Refusal.MULTICAST),
    ("https://255.255.255.255/", Refusal.RESERVED),
    ("https://240.0.0.1/", Refusal.RESERVED),
    ("https://192.0.2.1/", Refusal.RESERVED),
    ("https://198.18.0.1/", Refusal.RESERVED),
    ("https://192.0.0.8/", Refusal.RESERVED),
    ("https://[2001:db8::1]/", Refusal.RESERVED),
    ("https://[100::1]/", Refusal.RESERVED),
    ("https://api.example.com:22/", Refusal.PORT),
    ("https://api.example.com:25/", Refusal.PORT),
    ("https://api.example.com:0/", Refusal.PORT),
    ("https://nowhere.example.com/", Refusal.UNKNOWN_HOST),
    ("https://empty.example.com/", Refusal.UNKNOWN_HOST),
]


def names(host, _port):
    if host not in NAMES:
        raise OSError("no such host")
    return NAMES[host]


def refusal(url, policy=CLOUD, authority=Authority.TENANT):
    with pytest.raises(AddressRefused) as caught:
        check_address(url, authority, policy, names)
    return caught.value.reason


def test_there_are_enough_spellings():
    assert len(REFUSED) >= 60
    assert {reason for _, reason in REFUSED} == set(Refusal) - {Refusal.DOWNGRADE, Refusal.OTHER_HOST}


@pytest.mark.parametrize(("url", "reason"), REFUSED, ids=[repr(url) for url, _ in REFUSED])
def test_an_address_of_a_tenant_is_refused_for_its_reason(url, reason):
    assert refusal(url) is reason


@pytest.mark.parametrize(
    "url", [url for url, reason in REFUSED if reason not in {Refusal.LOOPBACK, Refusal.SCHEME, Refusal.UNKNOWN_HOST}]
)
def test_whoever_owns_the_machine_reaches_no_more_than_it(url):
    assert refusal(url, OWN_MACHINE)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9000/", "http://localhost:8080/a", "https://[::1]:1234/"])
def test_whoever_owns_the_machine_reaches_it_also_without_tls(url):
    assert check_address(url, Authority.TENANT, OWN_MACHINE, names)


@pytest.mark.parametrize("url", ["https://loop.example.com/", "https://a.localhost/", "https://[::ffff:127.0.0.1]/"])
def test_a_name_that_only_leads_to_this_machine_is_not_it(url):
    with pytest.raises(AddressRefused) as caught:
        check_address(url.replace("[::ffff:127.0.0.1]", "loop.example.com"), Authority.TENANT, OWN_MACHINE, names)
    assert caught.value.reason is Refusal.LOOPBACK


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/a?b=c#d",
        "https://API.example.com:8443/",
        f"https://{PUBLIC}/",
        "https://[2606:4700::1]/",
    ],
)
def test_public_addresses_are_connected_to_as_they_were_checked(url):
    (address,) = check_address(url, Authority.TENANT, CLOUD, names)
    assert address in {PUBLIC, "2606:4700::1"}


def test_an_address_that_a_gateway_made_counts_as_the_one_within():
    assert check_address("https://dns64.example.com/", Authority.TENANT, CLOUD, names) == ("64:ff9b::5db8:d70e",)


@pytest.mark.parametrize(
    "url", ["http://inner.example.com/", "https://192.168.3.4/", "http://127.0.0.1:9/", "https://meta.example.com/"]
)
def test_an_operator_may_name_any_address(url):
    assert check_address(url, Authority.OPERATOR, CLOUD, names)


@pytest.mark.parametrize("pattern", ["inner.example.com", "*.example.com", "192.168.0.0/16", "192.168.3.4"])
def test_what_the_operator_allows_is_reached_by_tenants(pattern):
    policy = NetworkPolicy(allowed_hosts=(pattern,))
    assert check_address("https://inner.example.com/", Authority.TENANT, policy, names) == ("192.168.3.4",)
    assert refusal("https://10.0.0.1/", policy) is Refusal.PRIVATE


def test_a_message_holds_no_part_of_an_address_but_its_host():
    with pytest.raises(AddressRefused) as caught:
        check_address("https://10.0.0.1/secret-path?token=secret", Authority.TENANT, CLOUD, names)
    assert "secret" not in str(caught.value)
    assert "network.allowed_hosts" in caught.value.hint


@given(st.text(max_size=40))
def test_no_text_does_anything_but_be_refused(text):
    for url in (text, f"https://{text}", f"https://{text}/"):
        try:
            check_address(url, Authority.TENANT, CLOUD, names)
        except AddressRefused:
            continue
        assert url.startswith("https://api.example.com")


def test_a_resolver_that_hangs_is_left_in_time(monkeypatch):
    done = threading.Event()
    monkeypatch.setattr(check, "RESOLVE_TIMEOUT_S", 0.2)
    monkeypatch.setattr(check.socket, "getaddrinfo", lambda *_, **__: done.wait(10) and [])
    begin = time.monotonic()
    with pytest.raises(AddressRefused) as caught:
        check_address("https://slow.example.com/", Authority.TENANT, CLOUD)
    done.set()
    assert caught.value.reason is Refusal.UNKNOWN_HOST
    assert time.monotonic() - begin < 5
