"""Fetching a tenant's secrets: once for all who ask, in time, and with no other tenant waiting for it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from dativo_core.errors import SecretError, SecretsUnavailable
from dativo_core.secrets import store
from dativo_core.secrets.store import CachedStore


class Slow(CachedStore):
    """A store that answers for no tenant but globex before it is told to, and then as it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.goes_on = Event()
        self.asked: list[str] = []
        self.error: SecretError | None = None

    def describe(self, tenant):
        return f"the place of {tenant}"

    def entries(self, tenant):
        self.asked.append(tenant)
        assert tenant == "globex" or self.goes_on.wait(30)
        if self.error is not None:
            raise self.error
        return ()


@pytest.fixture
def slow():
    made = Slow()
    yield made
    made.goes_on.set()


def test_a_place_that_never_ends_its_answer_is_given_up_on(slow, monkeypatch):
    monkeypatch.setattr(store, "FETCH_LIMIT_S", 0.2)
    with pytest.raises(SecretsUnavailable, match="the place of acme does not answer within"):
        slow.names("acme")
    slow.goes_on.set()
    monkeypatch.setattr(store, "FETCH_LIMIT_S", 30)
    assert slow.names("acme") == frozenset()


def test_no_tenant_waits_for_the_secrets_of_another(slow):
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(slow.names, "acme")
        assert slow.names("globex") == frozenset()
        assert not waiting.done()
        slow.goes_on.set()
        assert waiting.result(30) == frozenset()


def test_many_who_ask_at_once_ask_the_place_once(slow):
    slow.goes_on.set()
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(slow.names, ["acme"] * 50)) == {frozenset()}
    assert slow.asked == ["acme"]


def test_a_failure_is_not_kept(slow):
    slow.goes_on.set()
    slow.error = SecretError("denied")
    with pytest.raises(SecretError, match="denied"):
        slow.names("acme")
    slow.error = None
    assert slow.names("acme") == frozenset()
