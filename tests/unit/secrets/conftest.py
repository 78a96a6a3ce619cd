"""Secrets made in these tests are forgotten by the redactor afterwards."""

import pytest

from dativo_core.telemetry import redact


@pytest.fixture(autouse=True)
def _forget_secrets(monkeypatch):
    monkeypatch.setattr(redact, "_forms", frozenset())
