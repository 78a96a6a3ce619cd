"""What the endpoint of a job may be, when it is opened and whenever a connection is made."""

import pytest
from botocore.exceptions import BotoCoreError

from dativo_core.model.origin import Authority
from dativo_core.model.s3_connection import S3Connection
from dativo_core.net import check
from dativo_core.net.check import NetworkPolicy
from dativo_core.net.refusal import AddressRefused, Refusal
from dativo_core.sources.s3_address import Address
from dativo_core.sources.s3_client import open_client, s3_error
from tests.s3_service import Literal
from tests.unit.net.test_session import serving

OWN_MACHINE = NetworkPolicy(allows_loopback=True)


def client(endpoint, policy=OWN_MACHINE, authority=Authority.TENANT, **values):
    return open_client(S3Connection(endpoint=endpoint, **values), Literal(authority, policy))


def asked(client, bucket="lake"):
    try:
        client.head_object(Bucket=bucket, Key="a")
    except BotoCoreError as error:
        return s3_error(error, client, Address(bucket, "a"))
    return None


@pytest.mark.parametrize(
    ("endpoint", "reason"),
    [
        ("https://169.254.169.254", Refusal.LINK_LOCAL),
        ("https://10.0.0.1:9000", Refusal.PRIVATE),
        ("https://[::ffff:10.0.0.1]:9000", Refusal.PRIVATE),
        ("https://2130706433", Refusal.SPELLING),
        ("http://storage.example.com", Refusal.SCHEME),
    ],
)
def test_an_endpoint_of_a_job_is_refused_before_anything_is_sent(endpoint, reason):
    with pytest.raises(AddressRefused) as caught:
        client(endpoint)
    assert caught.value.reason is reason
    assert client(endpoint, authority=Authority.OPERATOR)


def test_this_machine_is_open_only_where_whoever_writes_jobs_owns_it():
    with serving() as (port, seen):
        assert asked(client(f"http://127.0.0.1:{port}")) is None
        with pytest.raises(AddressRefused) as caught:
            client(f"http://127.0.0.1:{port}", NetworkPolicy())
    assert (caught.value.reason, len(seen)) == (Refusal.LOOPBACK, 1)


def test_a_host_that_becomes_an_inner_one_is_refused_when_it_is_connected_to(monkeypatch):
    answers = iter([["93.184.215.14"]])
    monkeypatch.setattr(
        check, "_resolved", lambda *_: tuple(map(check.ipaddress.ip_address, next(answers, ["127.0.0.1"])))
    )
    with serving() as (port, seen):
        refused = asked(client(f"https://storage.example.com:{port}", NetworkPolicy()))
    assert isinstance(refused, AddressRefused)
    assert (refused.reason, seen) == (Refusal.LOOPBACK, [])


def test_a_bucket_in_the_name_of_a_host_is_checked_as_well(monkeypatch):
    inner = {"inner.storage.example.com": "10.0.0.1"}
    monkeypatch.setattr(
        check, "_resolved", lambda host, *_: (check.ipaddress.ip_address(inner.get(host, "93.184.215.14")),)
    )
    refused = asked(client("https://storage.example.com", NetworkPolicy(), path_style_access=False), "inner")
    assert isinstance(refused, AddressRefused)
    assert refused.reason is Refusal.PRIVATE
