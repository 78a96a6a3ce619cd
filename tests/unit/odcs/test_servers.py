import pytest

from tests.unit.odcs.contracts import codes, with_section


def servers(*entries: str):
    return with_section("servers:\n" + "".join(f"  - {{{each}}}\n" for each in entries))


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("server: a, type: custom, location: here", ["url-invalid"]),
        ("server: a, type: custom, stagingDir: here", []),
        ("server: a, type: kinesis", ["server-prose-field"]),
        ("server: a, type: kinesis, stream: clicks", []),
        (
            "server: a, type: snowflake, account: a, database: b, schema: c",
            ["server-prose-field", "server-prose-field", "server-prose-field"],
        ),
        ("server: a, type: custom, secretKey: x", ["server-secret"]),
        ("server: a, type: custom, location: 'https://u:p@example.com'", ["server-secret"]),
        ("server: a, type: custom, location: 'https://example.com/a?sv=1&sig=x'", ["server-secret"]),
        ("server: a, type: custom, location: 'sftp://user@example.com'", []),
        ("server: a, type: custom, description: 'disaster recovery'", []),
        ("server: a, type: custom, customProperties: [{property: password, value: x}]", ["server-secret"]),
    ],
)
def test_what_the_schema_lets_through_of_a_server_is_told(entry, told):
    assert [code for code in codes(servers(entry)) if code != "unknown-key"] == told


def test_two_servers_have_two_names():
    assert codes(servers("server: a, type: custom", "server: a, type: custom")) == ["server-duplicate"]
    assert codes(servers("server: a, type: custom", "server: b, type: custom")) == []


def test_one_store_is_addressed_in_one_way():
    pair = "server: a, type: s3, location: 's3://a'", "server: b, type: s3, location: 's3a://b'"
    assert codes(servers(*pair)) == ["server-scheme"]


def test_a_secret_is_never_shown():
    found = servers(
        "server: a, type: s3, location: 's3://key:hunter2@raw', endpointUrl: 'a b:hunter2@c', password: hunter2"
    )
    assert "server-secret" in codes(found)
    assert not any("hunter2" in str(finding) for finding in found.findings)
