import pytest

from dativo_core.odcs.server_fields import SERVERS
from tests.unit.odcs.contracts import codes, with_section

_VALUES = {"location": "sftp://example.com/a", "stagingDir": "s3://a/b", "port": "1", "format": "csv"}


def servers(*entries: str):
    return with_section("servers:\n" + "".join(f"  - {{{each}}}\n" for each in entries))


@pytest.mark.parametrize("type_", sorted(SERVERS))
def test_a_complete_server_of_every_type_is_not_remarked_on(type_):
    fields = SERVERS[type_]
    written = ", ".join(f"{name}: {_VALUES.get(name, 'x')}" for name in (*fields.required, *fields.wanted))
    assert codes(servers(f"server: a, type: {type_}, environment: prod" + (f", {written}" if written else ""))) == []


@pytest.mark.parametrize("type_", sorted(SERVERS))
def test_every_field_a_server_needs_is_told_when_it_is_missing(type_):
    fields = SERVERS[type_]
    expected = ["missing-key"] * len(fields.required) + ["server-prose-field"] * len(fields.wanted)
    assert codes(servers(f"server: a, type: {type_}")) == expected


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("type: custom", ["missing-key"]),
        ("server: a", ["missing-key"]),
        ("server: a, type: oracles", ["not-allowed"]),
        ("server: a, type: custom, colour: red", ["unknown-key"]),
        ("server: a, type: custom, port: true", ["wrong-type"]),
        ("server: a, type: custom, path: {a: b}", ["wrong-type"]),
        ("server: a, type: custom, account: 1234567", []),
        ("server: a, type: custom, location: here", ["url-invalid"]),
        ("server: a, type: sftp, location: 's3://a'", ["url-invalid"]),
        ("server: a, type: s3, location: 's3://a', delimiter: comma", ["not-allowed"]),
        ("server: a, type: custom, secretKey: x", ["server-secret"]),
        ("server: a, type: custom, location: 'https://u:p@example.com'", ["server-secret"]),
        ("server: a, type: custom, location: 'https://example.com/a?sv=1&sig=x'", ["server-secret"]),
        ("server: a, type: custom, location: 'sftp://user@example.com'", []),
        ("server: a, type: custom, description: 'disaster recovery'", []),
        ("server: a, type: custom, customProperties: [{property: password, value: x}]", ["server-secret"]),
    ],
)
def test_what_the_schema_lets_through_of_a_server_is_told(entry, told):
    assert codes(servers(entry)) == told


def test_two_servers_have_two_names():
    assert codes(servers("server: a, type: custom", "server: a, type: custom")) == ["server-duplicate"]
    assert codes(servers("server: a, type: custom", "server: b, type: custom")) == []


def test_one_store_is_addressed_in_one_way():
    pair = "server: a, type: s3, location: 's3://a'", "server: b, type: s3, location: 's3a://b'"
    assert codes(servers(*pair)) == ["server-scheme"]


def test_a_secret_is_never_shown():
    found = servers(
        "server: a, type: s3, location: 's3://key:hunter2@raw', endpointUrl: 'https://a:hunter2@b', password: hunter2"
    )
    assert "server-secret" in codes(found)
    assert not any("hunter2" in str(finding) for finding in found.findings)
