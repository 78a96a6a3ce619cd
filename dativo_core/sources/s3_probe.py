"""Whether an S3 endpoint answers, before anything is asked of it with keys."""

import os
from typing import Any

from dativo_core.model.origin import Authority
from dativo_core.model.s3_connection import S3Connection
from dativo_core.net.check import NetworkPolicy, NetworkRules
from dativo_core.net.web_probe import web_answer
from dativo_core.probe import Answer
from dativo_core.sources.s3_client import KEY_PATH, Patience, open_client
from dativo_core.sources.storage import References


def probing_client(connection: S3Connection, references: References, limit_s: float, at: str = KEY_PATH) -> Any:
    """Return a client that asks once, and waits for `limit_s` seconds at most for each answer; raises as `open_client`."""
    return open_client(connection, references, at, Patience(limit_s, limit_s, 1))


def endpoint_answer(
    connection: S3Connection, client: Any, references: References, limit_s: float, at: str = KEY_PATH
) -> Answer:
    """Return whether the endpoint of a client answers without keys; raises Unreachable, AddressRefused."""
    rules = NetworkRules(Authority.OPERATOR, NetworkPolicy())
    if connection.endpoint is not None:
        rules = references.network_rules(f"{at}.endpoint", connection.endpoint)
    # Where the client library takes its authorities from, too.
    return web_answer(client.meta.endpoint_url, rules, limit_s, os.environ.get("AWS_CA_BUNDLE"))
