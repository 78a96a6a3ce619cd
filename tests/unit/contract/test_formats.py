"""Kinds of text: what satisfies each and what does not."""

import base64
import ipaddress
import uuid

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dativo_core.contract.formats import TEXT_FORMATS

GOOD = {
    "email": [
        "a@b",
        "first.last+tag@sub.example.com",
        '"quoted @ space"@example.org',
        r'"a\"b"@example.org',
        "x@[192.0.2.1]",
        "x@[IPv6:2001:db8::1]",
        "a" * 64 + "@example.com",
        "!#$%&'*+/=?^_`{|}~-@example.com",
    ],
    "uri": [
        "http://example.com",
        "https://user:pw@example.com:8080/a/b;c=1?q=%20x#frag",
        "mailto:a@b.org",
        "urn:isbn:0451450523",
        "file:///etc/hosts",
        "http://[2001:db8::1]/",
        "ldap://[::1]?one",
        "a:",
        "x:/",
    ],
    "hostname": ["localhost", "a.b-c.example", "1and1.com", "a" * 63, ".".join(["a" * 49] * 5)],
    "ipv4": ["0.0.0.0", "255.255.255.255", "192.168.1.10"],
    "ipv6": ["::", "::1", "1::", "2001:db8::8:800:200c:417a", "::ffff:192.0.2.1", "1:2:3:4:5:6:7:8", "FE80::a"],
    "uuid": ["123e4567-e89b-12d3-a456-426614174000", "F" * 8 + "-ffff" * 3 + "-" + "0" * 12],
    "byte": ["", "TQ==", "TWE=", "TWFu", "+/+/"],
}  # fmt: skip
BAD = {
    "email": [
        "",
        "nobody",
        "a@",
        "@b",
        "a@@b",
        "a.@b",
        ".a@b",
        "a..b@c",
        "a b@c",
        "a@b.",
        "a@-b",
        "a@b_c",
        "a@b\n",
        "a@[300.0.0.1]",
        "ä@b.org",
        "a" * 65 + "@example.com",
        "a@" + ".".join(["b" * 62] * 4) + ".com",
    ],
    "uri": ["", "example.com/x", "//example.com", "/path", "http://a b", "http://[::1", "1http://a", "http://a/%zz", "a:b\n", "http://ä"],
    "hostname": ["", "-a", "a-", "a..b", ".a", "a.", "a_b", "a b", "a" * 64, ".".join(["a" * 50] * 5), "a\n", "ä"],
    "ipv4": ["", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1.2.3.4 ", "a.b.c.d", "1.2.3.4\n"],
    "ipv6": ["", ":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "fe80::1%eth0", "::256.1.1.1", "g::"],
    "uuid": ["", "123e4567e89b12d3a456426614174000", "123e4567-e89b-12d3-a456-42661417400g", "{" + "0" * 36 + "}"],
    "byte": ["T", "TQ", "TQ=", "TQ==TQ==", "T Q=", "_-_-", "TWFu\n", "===="],
}  # fmt: skip


def is_broken(form, *texts):
    return TEXT_FORMATS[form].broken(pa.array(texts, pa.string())).to_pylist()


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, texts in GOOD.items() for text in texts])
def test_text_of_a_format_satisfies_it(form, text):
    assert is_broken(form, text) == [False]


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, texts in BAD.items() for text in texts])
def test_other_text_does_not(form, text):
    assert is_broken(form, text) == [True]


@pytest.mark.parametrize("form", TEXT_FORMATS)
def test_a_missing_value_is_of_every_format(form):
    assert is_broken(form, None) == [None]


@settings(deadline=None)
@given(addresses=st.lists(st.ip_addresses()))
def test_addresses_are_told_apart(addresses):
    texts = [str(address) for address in addresses]
    assert is_broken("ipv4", *texts) == [address.version != 4 for address in addresses]
    assert is_broken("ipv6", *texts) == [address.version != 6 for address in addresses]


@settings(deadline=None)
@given(text=st.text(st.sampled_from("0123456789abf:.")))
def test_an_ipv6_address_is_what_the_standard_library_takes_for_one(text):
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        expected = True
    else:
        expected = False
    assert is_broken("ipv6", text) == [expected]


@settings(deadline=None)
@given(content=st.binary(), number=st.integers(0, 2**128 - 1))
def test_encoded_bytes_and_uuids_satisfy_their_formats(content, number):
    assert is_broken("byte", base64.b64encode(content).decode()) == [False]
    assert is_broken("uuid", str(uuid.UUID(int=number))) == [False]


@settings(deadline=None)
@given(
    host=st.sampled_from(GOOD["hostname"]),
    url=st.from_regex(r"[a-z]{1,5}://[a-z.]{1,9}(/[a-z0-9%]{0,4})?", fullmatch=True),
)
def test_every_url_with_whole_escapes_is_a_uri(host, url):
    assert is_broken("uri", f"http://{host}/", url.replace("%", "%20")) == [False, False]
