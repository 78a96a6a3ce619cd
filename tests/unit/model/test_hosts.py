"""Which hosts an operator's list allows."""

import pytest

from dativo_core.model.hosts import host_pattern, is_allowed


@pytest.mark.parametrize(
    ("pattern", "host", "allowed"),
    [
        ("db.example.com", "db.example.com", True),
        ("db.example.com", "DB.Example.com.", True),
        ("db.example.com", "db.example.com.evil.net", False),
        ("db.example.com", "a.db.example.com", False),
        ("*.example.com", "a.example.com", True),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", ".example.com", False),
        ("*.example.com", "badexample.com", False),
        ("10.0.0.0/8", "10.200.1.1", True),
        ("10.0.0.0/8", "11.0.0.1", False),
        ("10.0.0.0/8", "10.example.com", False),
        ("10.1.2.3", "10.1.2.3", True),
        ("10.1.2.3", "10.1.2.4", False),
        ("10.1.2.3/8", "10.9.9.9", True),
        ("2001:db8::/32", "[2001:db8::1]", True),
        ("2001:db8::/32", "2001:db9::1", False),
        ("10.0.0.0/8", "2001:db8::1", False),
        ("localhost", "localhost", True),
    ],
)
def test_a_pattern_allows_what_it_names_and_nothing_else(pattern, host, allowed):
    assert is_allowed(host, [pattern]) is allowed


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "*",
        "*.",
        "a*.com",
        "*.*.com",
        "https://a.com",
        "a.com/x",
        "a.com:80",
        "10.0.0.0/33",
        "10.0.0",
        "a..b",
        "-a",
        "a b",
    ],
)
def test_what_no_host_can_be_is_refused(pattern):
    with pytest.raises(ValueError, match=r"is no|is more than a host"):
        host_pattern(pattern)


def test_an_empty_list_allows_nothing():
    assert not is_allowed("localhost", [])


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://x.com", "x.com"),
        ("https://jo@x.com:443/y", "x.com"),
        ("x.com:5432", "x.com"),
        ("x.com/y", "x.com"),
        ("10.0.0.1:5432", "10.0.0.1"),
    ],
)
def test_of_an_address_that_says_more_the_host_is_proposed(text, host):
    with pytest.raises(ValueError, match=f"is more than a host: write {host}$"):
        host_pattern(text)


@pytest.mark.parametrize("text", ["10.0.0.0/33", "10.0.0.999", "fe80::zz", "a b"])
def test_of_what_holds_no_host_none_is_proposed(text):
    with pytest.raises(ValueError, match="is no "):
        host_pattern(text)
