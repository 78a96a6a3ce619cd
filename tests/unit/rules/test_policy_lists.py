"""Hosts of the servers of a contract, and classifications, against the operator's lists."""

import shutil
from pathlib import Path

import pytest

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.strictness import strictly
from dativo_core.plan.build import check_workspace
from dativo_core.rules.server_hosts import check_server_hosts, hosts_of
from dativo_core.workspace.load import load_workspace
from dativo_core.workspace.read_yaml import parse_document

VALID = Path(__file__).parents[2] / "examples" / "valid" / "policy_that_is_met"
POLICY, ORDERS, REFUNDS = "configs/policy.yaml", "assets/csv/v1.0/orders.yaml", "assets/csv/v1.0/refunds.yaml"


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("https://a.example.com:8443/x", ["a.example.com"]),
        ("sftp://user@files.example.com/in", ["files.example.com"]),
        ("https://user:word@a.example.com", ["a.example.com"]),
        ("https://good.example.com@evil.net/", ["evil.net"]),
        ("abfss://box@account.dfs.core.windows.net/x", ["account.dfs.core.windows.net"]),
        ("jdbc:postgresql://db.example.com:5432/shop", ["db.example.com"]),
        ("jdbc:oracle:thin:@//db.example.com:1521/shop", ["db.example.com"]),
        ("mongodb://a.example.com:1,b.example.com:2/x", ["a.example.com", "b.example.com"]),
        ("https://[2001:db8::1]:8443/x", ["[2001:db8::1]"]),
        ("//a.example.com/x", ["a.example.com"]),
        ("s3://bucket/x", []),
        ("S3A://bucket/x", []),
        ("gs://bucket/x", []),
        ("file:///tmp/x", []),
        ("orders/2024", []),
    ],
)
def test_an_address_names_its_hosts(address, hosts):
    assert hosts_of(address) == hosts


def denied(server: str) -> list[tuple[str, str]]:
    document = parse_document("c.yaml", f"servers: [{server}]\n".encode()).document
    found = check_server_hosts(["*.example.com", "10.0.0.0/8"], document)
    return [(finding.key_path.removeprefix("servers[0]."), finding.message) for finding in found]


@pytest.mark.parametrize(
    ("server", "place", "host"),
    [
        ("{host: db.net}", "host", "db.net"),
        ("{host: 'a.example.com:9092, b.net:9092'}", "host", "b.net"),
        ("{host: 'https://b.net'}", "host", "b.net"),
        ("{host: 11.0.0.1}", "host", "11.0.0.1"),
        ("{host: '2001:db8::1'}", "host", "2001:db8::1"),
        ("{location: 'https://b.net/x'}", "location", "b.net"),
        ("{location: 's3://x', endpointUrl: 'https://b.net'}", "endpointUrl", "b.net"),
        ("{stagingDir: 'https://b.net'}", "stagingDir", "b.net"),
        (
            "{customProperties: [{property: dativoCatalogUrl, value: 'https://b.net'}]}",
            "customProperties[0].value",
            "b.net",
        ),
        ("{host: '${HOST}'}", "host", "${HOST}"),
    ],
)
def test_a_host_that_is_not_on_the_list_is_denied_where_it_is_written(server, place, host):
    assert denied(server) == [(place, f"the host '{host}' is none that the policy allows")]


@pytest.mark.parametrize(
    "server",
    [
        "{host: a.example.com}",
        "{host: 'A.EXAMPLE.COM:1'}",
        "{host: 10.1.1.1}",
        "{location: 's3://any/x'}",
        "{host: 7}",
        "7",
    ],
)
def test_other_hosts_are_allowed(server):
    assert denied(server) == []


def problems(root: Path) -> list[Finding]:
    found = check_workspace(load_workspace(root)).findings
    return [finding for finding in found if finding.severity is not Severity.INFO]


@pytest.fixture
def root(tmp_path):
    return shutil.copytree(VALID, tmp_path / "workspace")


def edit(root: Path, file: str, old: str, new: str) -> None:
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new))


def test_without_the_lists_nothing_is_asked(root):
    text = (root / POLICY).read_text().splitlines()
    (root / POLICY).write_text(
        "\n".join(line for line in text if "allowed" not in line and "classifications:" not in line)
    )
    edit(root, REFUNDS, "10.4.0.1", "11.4.0.1")
    edit(root, ORDERS, "[internal]", "[secret]")
    assert problems(root) == []


def test_a_denied_host_is_an_error_however_the_policy_is_enforced(root):
    edit(root, POLICY, "strict", "warn")
    edit(root, REFUNDS, "10.4.0.1", "11.4.0.1")
    assert [(each.code, each.severity) for each in problems(root)] == [("server-host-denied", Severity.ERROR)]


@pytest.mark.parametrize("kept", [True, False])
def test_a_contract_that_no_job_loads_is_checked_as_well(root, kept):
    edit(root, REFUNDS, "10.4.0.1", "11.4.0.1")
    edit(root, REFUNDS, "regulations: [GDPR]", "classification: [secret]")
    if not kept:
        (root / "jobs/acme/refunds.yaml").unlink()
    assert [each.code for each in problems(root)] == ["server-host-denied", "classification-unknown"]


@pytest.mark.parametrize(
    ("file", "old", "new", "place"),
    [
        (ORDERS, "classification: [internal]", "classification: [public, secret]", "compliance.classification[1]"),
        (ORDERS, "classification: [internal]", "classification: secret", "compliance.classification"),
        (
            ORDERS,
            "phone, type: string, classification: PII",
            "phone, type: string, classification: secret",
            "schema[2]",
        ),
        (REFUNDS, "regulations: [GDPR]", "classification: [secret]", "customProperties[0].value.classification[0]"),
        (
            "jobs/acme/orders.yaml",
            "tenant_id",
            "classification_overrides: {id: secret}\ntenant_id",
            "classification_ov",
        ),
        (
            "jobs/acme/orders.yaml",
            "tenant_id",
            "classification_overrides: {default: secret}\ntenant_id",
            "classification_ov",
        ),
    ],
)
def test_a_classification_that_is_no_step_is_told_where_it_is_written(root, file, old, new, place):
    edit(root, POLICY, "strict", "warn")
    edit(root, file, old, new)
    (finding,) = problems(root)
    assert (finding.file, finding.code, finding.severity) == (file, "classification-unknown", Severity.WARNING)
    assert finding.key_path.startswith(place)
    assert finding.hint == "Use one of: public, internal, pii."
    assert strictly([finding])[0].severity is Severity.ERROR


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("[public, internal, pii]", "[public, internal, Public, pii]", "wrong-value"),
        ("[public, internal, pii]", "[public, internal]", "policy-conflict"),
        ("10.0.0.0/8", "10.0.0.0/80", "wrong-value"),
        ("shop.example.com,", "'https://shop.example.com',", "wrong-value"),
    ],
)
def test_a_list_that_makes_no_sense_is_an_error_of_the_policy(root, old, new, code):
    edit(root, POLICY, old, new)
    assert code in {each.code for each in problems(root) if each.file == POLICY}
    assert not any(job.plan for job in check_workspace(load_workspace(root)).jobs)
