"""The S3 client: opened from a connection alone, never from what lies around, and its errors in our terms."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError, HTTPClientError, ParamValidationError, SSLError
from botocore.exceptions import ConnectionError as NoConnectionError

from dativo_core.errors import ConfigError, DativoError, SourceChanged, SourceError, SourceUnavailable
from dativo_core.model.origin import Authority
from dativo_core.model.s3_connection import S3Connection, endpoint_problem, is_contradicted
from dativo_core.net.check import NetworkRules, parse_address
from dativo_core.net.refusal import AddressRefused, Refusal
from dativo_core.sources.s3_address import Address
from dativo_core.sources.s3_pinned import pin
from dativo_core.sources.storage import References
from dativo_core.telemetry.redact import register

DEFAULT_REGION = "us-east-1"
KEY_PATH = "source.connection"

_ALONE = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""Variables of the client library without those of its sources that belong to the user of this machine."""

_REFUSED = {
    "InvalidAccessKeyId": "the access key is not known there",
    "SignatureDoesNotMatch": "the secret key does not belong to the access key",
    "ExpiredToken": "the session token has expired",
    "InvalidToken": "the session token is not valid",
    "RequestTimeTooSkewed": "the clock of this machine is wrong",
    "InvalidObjectState": "the object is archived",
}
_ELSEWHERE = frozenset(
    {"PermanentRedirect", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException", "301"}
)
_BUSY = frozenset({"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "500", "502", "503", "504"})


@dataclass(frozen=True)
class Patience:
    """How long a client waits, in seconds, and how often it asks."""

    connect_s: float = 10
    read_s: float = 60
    attempts: int = 4


@dataclass(frozen=True)
class _Settings:
    """A connection with its references resolved; lives in this process only and shows no secret."""

    endpoint: str | None
    region: str
    access_key_id: str | None = field(repr=False)
    secret_access_key: str | None = field(repr=False)
    session_token: str | None = field(repr=False)
    is_path_style: bool
    rules: NetworkRules | None
    patience: Patience


def open_client(
    connection: S3Connection, references: References, at: str = KEY_PATH, patience: Patience | None = None
) -> Any:
    """Return a client for a connection, which is `at` this key path of the plan; without keys it sends anonymous requests.

    A value that is empty once resolved counts as none. Raises ConfigError for a value that cannot be used, and what
    `references` raises for one that is missing.
    """
    values = {key: _resolved(connection, key, references, at) or None for key in S3Connection.model_fields}
    endpoint = _endpoint(values["endpoint"], values["secure"], at)
    _require_pair(values, at)
    for key in ("secret_access_key", "session_token"):
        register(values[key] or "")
    settings = _Settings(
        endpoint,
        values["region"] or DEFAULT_REGION,
        values["access_key_id"],
        values["secret_access_key"],
        values["session_token"],
        _flag(f"{at}.path_style_access", values["path_style_access"], default=endpoint is not None),
        None if endpoint is None else _rules_of(endpoint, connection.endpoint or "", references, at),
        patience or Patience(),
    )
    # A process that was forked must not share sockets with its parent.
    return _client(settings, os.getpid())


@lru_cache(maxsize=16)
def _client(settings: _Settings, process_id: int) -> Any:
    session = botocore.session.Session(session_vars=_ALONE)
    client = session.create_client(
        "s3",
        region_name=settings.region,
        endpoint_url=settings.endpoint,
        aws_access_key_id=settings.access_key_id,
        aws_secret_access_key=settings.secret_access_key,
        aws_session_token=settings.session_token,
        config=Config(
            signature_version=UNSIGNED if settings.access_key_id is None else "s3v4",
            connect_timeout=settings.patience.connect_s,
            read_timeout=settings.patience.read_s,
            retries={"mode": "standard", "total_max_attempts": settings.patience.attempts},
            s3={"addressing_style": "path" if settings.is_path_style else "virtual"},
            # What the environment says about proxies and endpoints is not part of the connection.
            proxies={},
            ignore_configured_endpoint_urls=True,
            response_checksum_validation="when_required",
        ),
    )
    if settings.rules is not None:
        pin(client, settings.rules.addresses)
    return client


def _rules_of(endpoint: str, written: str, references: References, at: str) -> NetworkRules | None:
    """Return what connections to an endpoint must keep to, None for one of the operator. Raises AddressRefused."""
    rules = references.network_rules(f"{at}.endpoint", written)
    if rules.authority is Authority.OPERATOR:
        return None
    rules.require(endpoint)
    address = parse_address(endpoint)
    try:
        rules.addresses(address.host, address.port)
    except AddressRefused as refused:
        if refused.reason is not Refusal.UNKNOWN_HOST:  # which may pass: the request tells it, and is tried again
            raise
    return rules


def _resolved(connection: S3Connection, key: str, references: References, at: str) -> str | None:
    value = getattr(connection, key)
    if isinstance(value, bool):
        return "true" if value else "false"
    return references.resolve(value, f"{at}.{key}") if value is not None else None


def _require_pair(values: Mapping[str, str | None], at: str) -> None:
    given = [key for key in ("access_key_id", "secret_access_key") if values[key] is not None]
    if len(given) == 1:
        message = f"{at} has a value for {given[0]} alone"
        raise ConfigError(message, hint="Set both keys, or neither for anonymous access")


def _flag(key: str, value: str | None, *, default: bool) -> bool:
    if value is None:
        return default
    if value not in {"true", "false"}:
        message = f"{key} is neither true nor false"
        raise ConfigError(message, hint="Correct what it refers to")
    return value == "true"


def _endpoint(written: str | None, secure: str | None, at: str) -> str | None:
    is_secure = _flag(f"{at}.secure", secure, default=True)
    if written is None:
        return None
    problem = endpoint_problem(written)
    if problem is None and is_contradicted(written, secure):
        problem = "the endpoint names a scheme, 'secure' says the opposite"
    if problem is not None:
        message = f"{at}.endpoint: {problem}"
        raise ConfigError(message, hint="Write https://host, http://host:port, or host:port with secure: true or false")
    return written if "://" in written else f"{'https' if is_secure else 'http'}://{written}"


def is_refusal(error: Exception) -> bool:
    """Return whether the service does not accept the keys, or not for this."""
    if not isinstance(error, ClientError):
        return False
    code, status = _code_and_status(error)
    return code not in _ELSEWHERE and (code in _REFUSED or status in {401, 403})


def s3_error(error: Exception, client: Any, at: Address) -> DativoError:
    """Return what an error of the client library means; texts from outside stay out of it."""
    endpoint = client.meta.endpoint_url
    if isinstance(error, ClientError):
        return _answer(error, endpoint, at)
    if isinstance(error, ParamValidationError):
        message = f"{at.bucket!r} or the key of {at} cannot be names in S3"
        return SourceError(message, hint="Check the path in source.files")
    if isinstance(error, SSLError):
        message = f"{at}: no trusted TLS connection to {endpoint}"
        hint = (
            "Correct the endpoint's certificate, or name its authority in AWS_CA_BUNDLE; an endpoint without TLS is "
            "written http://… or has secure: false"
        )
        return SourceError(message, hint=hint)
    if isinstance(error, HTTPClientError) and isinstance(refused := error.kwargs.get("error"), AddressRefused):
        return refused
    if isinstance(error, (HTTPClientError, NoConnectionError)):
        message = f"{at}: the endpoint {endpoint} does not answer ({type(error).__name__})"
        return SourceUnavailable(message, hint="Check source.connection.endpoint and the network, then run again")
    message = f"{at}: {type(error).__name__} from {endpoint}"
    return SourceError(message, hint="Check source.connection")


def _answer(error: ClientError, endpoint: str, at: Address) -> DativoError:
    code, status = _code_and_status(error)
    metadata = error.response.get("ResponseMetadata", {})
    if code == "NoSuchBucket":
        message = f"{at}: there is no bucket {at.bucket!r} at {endpoint}"
        return SourceError(message, hint="Check the path in source.files and source.connection.endpoint")
    if code in _ELSEWHERE:
        region = metadata.get("HTTPHeaders", {}).get("x-amz-bucket-region", "")
        message = f"{at}: the bucket is in another region{f', {region}' if region.isascii() and region else ''}"
        return SourceError(message, hint="Set source.connection.region")
    if status == 412:
        message = f"file {at} changed between planning and reading"
        return SourceChanged(message, hint="Run again once it is written completely")
    if status == 404:
        message = f"file {at} has disappeared since this run was planned"
        return SourceChanged(message, hint="Run again")
    if code in _REFUSED or status in {401, 403}:
        message = f"{at}: {endpoint} refuses access: {_REFUSED.get(code, 'the keys may not read this')}"
        hint = "Check access_key_id and secret_access_key of source.connection, and what they may list and read"
        return SourceError(message, hint=hint)
    if code in _BUSY or status in {500, 502, 503, 504}:
        message = f"{at}: {endpoint} is overloaded or out of order ({status})"
        pause_s = _pause_s(metadata.get("HTTPHeaders", {}).get("retry-after", ""))
        return SourceUnavailable(message, hint="Run again later", retry_after_s=pause_s)
    message = f"{at}: {endpoint} answered {status} {code if code.isalnum() else ''}".rstrip()
    return SourceError(message, hint="Check source.connection and the path in source.files")


def _code_and_status(error: ClientError) -> tuple[str, int | None]:
    answer = error.response
    return str(answer.get("Error", {}).get("Code", "")), answer.get("ResponseMetadata", {}).get("HTTPStatusCode")


def _pause_s(retry_after: str) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, 10.2.3); None for none and for a date."""
    return float(retry_after) if retry_after.isascii() and retry_after.isdecimal() else None
