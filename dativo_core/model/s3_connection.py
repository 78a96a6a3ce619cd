"""How to reach an S3 service, with references where values are secret or differ between machines."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

MASKED = "[masked]"
_ONE_REFERENCE = re.compile(r"\$\{[^{}]*\}\Z")


def is_one_reference(text: str) -> bool:
    """Return whether a text is a reference and nothing else, so that showing it shows no part of a value."""
    return _ONE_REFERENCE.match(text) is not None and ":-" not in text


def _shown(value: str | None) -> str | None:
    return value if value is None or is_one_reference(value) else MASKED


SecretText = Annotated[str | None, Field(repr=False), PlainSerializer(_shown)]
"""A secret by reference; one that is written out is masked wherever the model is shown."""


class S3Connection(BaseModel):
    """Connection of the storage of files.

    `endpoint` is an address or a host with a port, AWS where it is None. `secure` says whether an endpoint without scheme
    speaks TLS. Without keys requests are anonymous. `bucket`, when given, is the only one that may be read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    endpoint: str | None = None
    bucket: str | None = None
    region: str | None = None
    access_key_id: SecretText = None
    secret_access_key: SecretText = None
    session_token: SecretText = None
    path_style_access: bool | str | None = None
    secure: bool | str | None = None


def endpoint_problem(endpoint: str) -> str | None:
    """Return what is wrong with an endpoint, None when nothing is. Its text stays out: it may hold a password."""
    try:
        parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
        is_host = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return "the endpoint is not an address"
    if parts.scheme not in {"http", "https"} or not is_host or any(map(str.isspace, endpoint)):
        return "the endpoint is not an address"
    if parts.username is not None or parts.query or parts.fragment or parts.path not in {"", "/"}:
        return "the endpoint has more than a host and a port"
    return None


def is_contradicted(endpoint: str, secure: bool | str | None) -> bool:
    """Return whether the scheme of an endpoint and the flag `secure` say different things."""
    if (
        not endpoint.startswith(("http://", "https://"))
        or secure is None
        or (isinstance(secure, str) and "${" in secure)
    ):
        return False
    return (urlsplit(endpoint).scheme == "https") != (secure in {True, "true"})
