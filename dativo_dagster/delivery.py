"""Sending one message over HTTP, within a time that nothing on the other side can stretch.

An address may be a secret: it is in no message, log line or exception of this module.
"""

import json
import logging
import os
import time
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import count
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from dativo_core.model.origin import Authority
from dativo_core.net.check import NetworkPolicy
from dativo_core.net.refusal import AddressRefused
from dativo_core.telemetry.redact import RedactingFilter, register

_CLIENT_LOGGERS = ("urllib3.connectionpool", "urllib3.util.retry")
_LONG_PATH = 16
"""A path this long may be what only the receiver and the operator know; a shorter word would eat ordinary text."""


@dataclass(frozen=True)
class Limits:
    """Seconds to connect, seconds for everything together, and how often sending is tried in that time."""

    connect_s: float = 3.0
    total_s: float = 10.0
    tries: int = 3
    pause_s: float = 0.5


DEFAULT_LIMITS = Limits()


class NotSent(Exception):
    """A message was not taken; the text says why, without the address."""


class _Undecided(NotSent):
    """Sending again may help."""


def send_json(url: str, document: Mapping[str, Any], limits: Limits = DEFAULT_LIMITS) -> None:
    """Post `document` to `url`. Raises NotSent when it was not taken, at the latest after `limits.total_s`.

    Certificates are verified and redirects are not followed. After an error that may pass, sending is tried again.
    """
    _hide(url)
    ended: Future[None] = Future()
    body = json.dumps(document).encode()
    # A thread of its own: a server that answers one byte at a time resets every time-out of a socket.
    Thread(target=_send, args=(url, body, limits, ended), daemon=True).start()
    try:
        ended.result(limits.total_s)
    except TimeoutError:
        message = f"there was no answer within {limits.total_s:g} s"
        raise NotSent(message) from None


def _hide(url: str) -> None:
    register(url)
    path = urlsplit(url).path
    if len(path) >= _LONG_PATH:
        register(path)
    for name in _CLIENT_LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, RedactingFilter) for each in logger.filters):
            logger.addFilter(RedactingFilter())


def _send(url: str, body: bytes, limits: Limits, ended: "Future[None]") -> None:
    try:
        _try_in_time(url, body, limits)
    except Exception as error:
        ended.set_exception(error)
    else:
        ended.set_result(None)


def _try_in_time(url: str, body: bytes, limits: Limits) -> None:
    deadline = time.monotonic() + limits.total_s
    for failed_tries in count(1):
        left_s = deadline - time.monotonic()
        try:
            _post(url, body, (min(limits.connect_s, left_s), left_s))
        except _Undecided:
            pause_s = limits.pause_s * 2 ** (failed_tries - 1)
            if failed_tries == limits.tries or time.monotonic() + pause_s >= deadline:
                raise
            time.sleep(pause_s)
        else:
            return


def _post(url: str, body: bytes, timeout_s: tuple[float, float]) -> None:
    """Post once. Raises NotSent; texts of the client library hold the address and stay out of it."""
    import requests

    from dativo_core.net.session import guarded_session

    try:
        answer = guarded_session(
            Authority.OPERATOR, NetworkPolicy(), ca_file=os.environ.get("REQUESTS_CA_BUNDLE")
        ).post(
            url,
            data=body,
            headers={"Content-Type": "application/json", "User-Agent": "dativo"},
            timeout=timeout_s,
            allow_redirects=False,
            stream=True,
        )
    except requests.exceptions.SSLError:
        message = "there is no trusted TLS connection"
        raise NotSent(message) from None
    except (requests.exceptions.ConnectionError, requests.exceptions.Timeout) as error:
        message = f"it does not answer ({type(error).__name__})"
        raise _Undecided(message) from None
    except (requests.exceptions.RequestException, ValueError) as error:
        message = f"the request could not be made ({type(error).__name__})"
        raise NotSent(message) from None
    except AddressRefused:
        message = "its address cannot be used"
        raise NotSent(message) from None
    answer.close()
    _require_taken(answer.status_code)


def _require_taken(status: int) -> None:
    if status in {408, 429} or status >= 500:
        message = f"it answered {status}"
        raise _Undecided(message)
    if not 200 <= status < 300:
        message = f"it answered {status}"
        raise NotSent(message)
