"""Secrets in Google Cloud Secret Manager, read over its REST interface (`projects.secrets.versions.access`, v1)."""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from dativo_core.errors import DativoError, SecretError
from dativo_core.model.web_address import is_loopback
from dativo_core.secrets.bundle import Entry
from dativo_core.secrets.cloud import fetched, ids_of
from dativo_core.secrets.extras import client_library
from dativo_core.secrets.http import (
    BUSY,
    CONNECT_TIMEOUT_S,
    READ_TIMEOUT_S,
    busy,
    harden,
    network_errors,
    no_credentials,
    silent,
    wrong_credentials,
)
from dativo_core.secrets.settings import GcpSecret, GcpSettings, endpoint_address
from dativo_core.secrets.settings_source import SettingsSource
from dativo_core.secrets.store import CachedStore

EXTRA = "gcp"
DEFAULTS = {"project_id": "GOOGLE_CLOUD_PROJECT"}
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
ENDPOINT = "https://secretmanager.googleapis.com"
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,255}\Z")
_FULL_ID = re.compile(r"projects/[^/]+/(?:locations/[^/]+/)?secrets/[^/]+(?P<version>/versions/[^/]+)?\Z")
_DOWN = "Check client_options.api_endpoint and the network"
_LOGIN_HINT = "Set GOOGLE_APPLICATION_CREDENTIALS or client_options.credentials_file"


class GcpStore(CachedStore):
    """Logs in anew for every tenant it fetches. Pickling keeps the place of its settings."""

    def __init__(self, source: SettingsSource) -> None:
        super().__init__()
        self._source = source
        self._settings = source.read(GcpSettings, DEFAULTS)
        self._auth = client_library("google.auth", EXTRA)
        self._transport = client_library("google.auth.transport.requests", EXTRA)
        self._endpoint = endpoint_address(self._settings.client_options.api_endpoint or ENDPOINT)

    def describe(self, tenant: str) -> str:
        """Return the ids of a tenant's secrets."""
        return f"{', '.join(each for each, _ in ids_of(self._settings, tenant))} in {self._service}"

    def entries(self, tenant: str) -> Sequence[Entry]:
        """Fetch a tenant's secrets one by one, or the one that holds them all."""
        with self._errors(), self._session() as session:
            return fetched(self._settings, tenant, self._service, lambda id, secret: self._text(session, id, secret))

    def __reduce__(self) -> tuple[type["GcpStore"], tuple[SettingsSource]]:
        return GcpStore, (self._source,)

    @property
    def _service(self) -> str:
        return f"Google Secret Manager{'' if self._endpoint == ENDPOINT else f' at {self._endpoint}'}"

    def _session(self) -> Any:
        import requests

        # Logins are tried again by the library itself.
        request = self._transport.Request(harden(requests.Session(), max_attempts=1))
        session = self._transport.AuthorizedSession(self._credentials(request), auth_request=request)
        return harden(session)

    def _credentials(self, request: Any) -> Any:
        options = self._settings.client_options
        if options.credentials_file is not None:
            account = client_library("google.oauth2.service_account", EXTRA)
            try:
                return account.Credentials.from_service_account_file(options.credentials_file, scopes=[SCOPE])
            except (OSError, ValueError):
                message = f"{options.credentials_file} is no key of a service account that can be read"
                raise SecretError(message, hint="Check client_options.credentials_file") from None
        if is_loopback(self._endpoint):
            # What runs on this machine only stands in for Google, and must not see the credentials meant for it.
            return client_library("google.auth.credentials", EXTRA).AnonymousCredentials()
        credentials, _project = self._auth.default(
            scopes=[SCOPE], request=request, quota_project_id=options.quota_project_id
        )
        return credentials

    def _text(self, session: Any, secret_id: str, secret: GcpSecret | None) -> str | None:
        version = (secret.version if secret else None) or self._settings.version
        url = f"{self._endpoint}/v1/{self._resource(secret_id, version)}:access"
        answer = session.get(url, timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S), allow_redirects=False)
        if answer.status_code == 404:
            return None
        if answer.status_code != 200:
            raise self._refusal(answer.status_code, secret_id)
        try:
            return base64.b64decode(answer.json()["payload"]["data"], validate=True).decode()
        except UnicodeDecodeError:
            message = f"the secret {secret_id} in {self._service} is not UTF-8 text"
            raise SecretError(message, hint="Store binary values base64-encoded") from None
        except (ValueError, KeyError, TypeError, binascii.Error):
            message = f"{self._service} answers something that is no secret"
            raise SecretError(message, hint="Check client_options.api_endpoint") from None

    def _resource(self, secret_id: str, version: str) -> str:
        if _PLAIN_ID.match(secret_id):
            secret_id = f"projects/{self._settings.project_id}/secrets/{secret_id}"
        full = _FULL_ID.match(secret_id)
        if full is None:
            message = f"{secret_id!r} is no id of a secret of Google"
            raise SecretError(message, hint="Use letters, digits, - and _, or projects/<project>/secrets/<id>")
        return quote(secret_id) if full["version"] else f"{quote(secret_id)}/versions/{quote(version, safe='')}"

    def _refusal(self, status: int, secret_id: str) -> DativoError:
        if status == 401:
            return wrong_credentials(self._service, _LOGIN_HINT)
        if status == 403:
            hint = "Grant roles/secretmanager.secretAccessor on it, and check the project and that the API is enabled"
            return SecretError(f"{self._service} denies {secret_id}", hint=hint)
        if status in BUSY:
            return busy(self._service, status)
        message = f"{self._service} does not hand out {secret_id} ({status})"
        return SecretError(message, hint="Check its id, and that this version is enabled")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Raise what the login or the network does in our terms; texts from outside stay out of it."""
        known = client_library("google.auth.exceptions", EXTRA)
        try:
            with network_errors(self._service, _DOWN):
                yield
        except known.DefaultCredentialsError:
            raise no_credentials(self._service, _LOGIN_HINT) from None
        except known.TransportError as error:
            raise silent(self._service, type(error).__name__, _DOWN) from None
        except known.GoogleAuthError:
            raise wrong_credentials(self._service, _LOGIN_HINT) from None
