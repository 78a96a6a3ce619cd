"""A real secrets server asked by the check: well, down, hanging, with a wrong login, and for another tenant's secrets."""

import json
import time

import pytest

from dativo_core.health import ProbeStatus
from dativo_core.health.ask import ask_all
from dativo_core.secrets.environment import EnvironmentStore
from dativo_core.secrets.load import open_store
from dativo_core.secrets.probe import store_probe
from tests.canary import leaks
from tests.silent_server import closed_port, silent_server


def answer(address, token, monkeypatch, tenant="acme", limit_s=20.0):
    monkeypatch.setenv("VAULT_TOKEN", token)
    store = open_store(None, "vault", json.dumps({"address": address}))
    (asked,) = ask_all([store_probe(store, tenant)], limit_s)
    assert leaks([token], asked.answer.message, asked.answer.hint) == []
    return asked.answer


@pytest.fixture(autouse=True)
def _environment(monkeypatch):
    for name in ("ADDR", "TOKEN", "ROLE_ID", "SECRET_ID", "NAMESPACE", "CACERT"):
        monkeypatch.delenv(f"VAULT_{name}", raising=False)


def test_a_server_that_is_well_tells_how_many_secrets_there_are(vault, monkeypatch):
    vault.put("acme", api_key="x")
    found = answer(vault.address, vault.token_of("acme"), monkeypatch)
    assert (found.status, found.message) == (ProbeStatus.OK, "1 name of secrets can be read")


def test_a_wrong_login_and_the_secrets_of_another_tenant_are_refused(vault, monkeypatch):
    vault.put("globex", api_key="y")
    for token, tenant in (("wr0ng-t0ken-7731", "acme"), (vault.token_of("acme"), "globex")):
        found = answer(vault.address, token, monkeypatch, tenant)
        assert found.status is ProbeStatus.FAILED
        assert found.hint


def test_a_server_that_is_down_or_hangs_is_told_in_time(monkeypatch):
    started = time.monotonic()
    down = answer(f"http://{closed_port()}", "a-t0ken-7732", monkeypatch)
    assert "does not answer" in down.message
    assert down.hint == "Check the address (VAULT_ADDR) and the network"
    with silent_server() as place:
        hung = answer(f"http://{place}", "a-t0ken-7733", monkeypatch, limit_s=1)
    assert hung.message == "no answer within 1 s"
    assert time.monotonic() - started < 15


def test_a_tenant_whose_variables_would_be_everybodys_is_told():
    (asked,) = ask_all([store_probe(EnvironmentStore(allow_global_scope=True), "global")], 1)
    assert asked.answer.message == "the secrets of the tenant global would be every tenant's"
