"""Requests to services that keep secrets: bounded in time, tried again a few times, TLS verified, nothing else believed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dativo_core.errors import SecretError, SecretsUnavailable

if TYPE_CHECKING:
    import requests

CONNECT_TIMEOUT_S = 3.0
READ_TIMEOUT_S = 10.0
MAX_ATTEMPTS = 3
BUSY = (429, 500, 502, 503, 504)
"""Answers that another try may change."""

_BACKOFF_S = 0.2


def harden(
    session: "requests.Session", verify: bool | str = True, max_attempts: int = MAX_ATTEMPTS
) -> "requests.Session":
    """Return `session` without proxies, `.netrc` and certificates of the environment, and with bounded retries."""
    from requests.adapters import HTTPAdapter
    from urllib3.util import Retry

    retries = Retry(
        total=max_attempts - 1,
        read=min(1, max_attempts - 1),
        backoff_factor=_BACKOFF_S,
        status_forcelist=BUSY,
        allowed_methods=None,
        respect_retry_after_header=False,
        raise_on_status=False,
    )
    session.trust_env = False
    session.verify = verify
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=retries))
    return session


@contextmanager
def network_errors(service: str, hint: str) -> Iterator[None]:
    """Raise what the network does to requests to `service` as SecretError or SecretsUnavailable with the remedy `hint`."""
    from requests.exceptions import RequestException, SSLError

    try:
        yield
    except SSLError:
        raise untrusted(service) from None
    except RequestException as error:
        raise silent(service, type(error).__name__, hint) from None


def untrusted(service: str) -> SecretError:
    """Return the error of a service whose certificate is not trusted."""
    message = f"no trusted TLS connection to {service}"
    return SecretError(message, hint="Correct its certificate, or say which certificates to trust")


def silent(service: str, reason: str, hint: str) -> SecretsUnavailable:
    """Return the error of a service that gives no answer."""
    return SecretsUnavailable(f"{service} does not answer ({reason})", hint=hint)


def no_credentials(service: str, hint: str) -> SecretError:
    """Return the error of a service nobody can log in to."""
    return SecretError(f"there are no credentials for {service}", hint=hint)


def wrong_credentials(service: str, hint: str) -> SecretError:
    """Return the error of a service that does not know who asks."""
    return SecretError(f"{service} does not accept these credentials", hint=hint)


def busy(service: str, status: object) -> SecretsUnavailable:
    """Return the error of a service that answers that it cannot."""
    return SecretsUnavailable(f"{service} is overloaded or out of order ({status})", hint="Run again later")
