"""Secrets in HashiCorp Vault or OpenBao: maps at paths of key-value engines."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dativo_core.errors import DativoError, SecretError, SecretsUnavailable
from dativo_core.secrets.bundle import Entry, entries_of_map
from dativo_core.secrets.extras import client_library
from dativo_core.secrets.http import CONNECT_TIMEOUT_S, busy, harden, network_errors
from dativo_core.secrets.settings import TENANT, VaultSettings
from dativo_core.secrets.settings_source import SettingsSource
from dativo_core.secrets.store import CachedStore, warn

EXTRA = "vault"
DEFAULTS = {
    "address": "VAULT_ADDR",
    "token": "VAULT_TOKEN",
    "role_id": "VAULT_ROLE_ID",
    "secret_id": "VAULT_SECRET_ID",
    "namespace": "VAULT_NAMESPACE",
    "verify": "VAULT_CACERT",
}
_DOWN = "Check the address (VAULT_ADDR) and the network"


class VaultStore(CachedStore):
    """Logs in anew for every tenant it fetches. Pickling keeps the place of its settings."""

    def __init__(self, source: SettingsSource) -> None:
        super().__init__()
        self._source = source
        self._settings = source.read(VaultSettings, DEFAULTS)
        self._hvac = client_library("hvac", EXTRA)

    def describe(self, tenant: str) -> str:
        """Return the paths of a tenant and their server."""
        paths = [f"{mount}/{path.replace(TENANT, tenant)}" for mount, path, _ in self._settings.places]
        return f"{' and '.join(paths)} of {self._service}"

    def entries(self, tenant: str) -> Sequence[Entry]:
        """Fetch the maps at all paths of a tenant; a later path wins, with a warning where it says otherwise."""
        found: dict[str, Entry] = {}
        client = self._client()
        for mount, template, version in self._settings.places:
            path = template.replace(TENANT, tenant)
            place = f"{mount}/{path}"
            values = self._values(client, mount, path, version)
            if values is None:
                warn(f"there is nothing at {place} of {self._service} as version {version}", place)
                continue
            for entry in entries_of_map(values, place):
                before = found.get(entry.stem)
                if before is not None and before.text != entry.text:
                    warn(f"{entry.place} takes the place of {before.place}", place)
                found[entry.stem] = entry
        return tuple(found.values())

    def __reduce__(self) -> tuple[type["VaultStore"], tuple[SettingsSource]]:
        return VaultStore, (self._source,)

    @property
    def _service(self) -> str:
        return f"Vault at {self._settings.address}"

    def _client(self) -> Any:
        settings = self._settings
        import requests

        client = self._hvac.Client(
            url=settings.address,
            token=settings.token.reveal() if settings.token and settings.auth_method == "token" else "",
            verify=settings.verify,
            timeout=(CONNECT_TIMEOUT_S, settings.timeout),
            # A redirect to another host would take the token along.
            allow_redirects=False,
            session=harden(requests.Session(), settings.verify),
            namespace=settings.namespace,
        )
        if settings.auth_method == "approle":
            secret_id = settings.secret_id.reveal() if settings.secret_id else ""
            with self._errors(self._refused_login):
                answer = client.auth.approle.login(settings.role_id, secret_id, use_token=False)
                client.token = self._answer(answer)["auth"]["client_token"]
        return client

    def _values(self, client: Any, mount: str, path: str, version: int) -> Mapping[str, Any] | None:
        """Return the map at a path, None when there is none."""
        engine = client.secrets.kv
        try:
            with self._errors(lambda: self._denied(mount, path, version)):
                if version == 1:
                    return dict(self._answer(engine.v1.read_secret(path, mount_point=mount))["data"])
                answer = engine.v2.read_secret_version(path, mount_point=mount, raise_on_deleted_version=True)
                return dict(self._answer(answer)["data"]["data"])
        except self._hvac.exceptions.InvalidPath as missing:
            self._require_engine(missing, mount, version)
            return None
        except (KeyError, TypeError, ValueError):
            message = f"{mount}/{path} of {self._service} is no map of a key-value engine of version {version}"
            raise SecretError(message, hint="Check mount_point and kv_version") from None

    def _answer(self, answer: Any) -> Mapping[str, Any]:
        if isinstance(answer, dict):
            return answer
        message = f"{self._service} answers {getattr(answer, 'status_code', 'nothing')} and no secret"
        raise SecretError(message, hint="Set the address to the active server itself, without a redirect")

    def _require_engine(self, missing: Any, mount: str, version: int) -> None:
        """Raise SecretError when nothing was found because the engine is another one than it was taken for."""
        told = f"{missing.json or ''} {missing.text or ''}"
        if "no handler for route" in told:
            message = f"{self._service} has no secrets engine at {mount!r}"
            raise SecretError(message, hint="Check mount_point and namespace") from None
        if "Invalid path for a versioned K/V secrets engine" in told:
            message = f"the secrets engine at {mount!r} of {self._service} is not of version {version}"
            raise SecretError(message, hint="Set kv_version: 2") from None

    def _denied(self, mount: str, path: str, version: int) -> DativoError:
        api_path = f"{mount}/data/{path}" if version == 2 else f"{mount}/{path}"
        message = f"{self._service} denies {mount}/{path}"
        return SecretError(
            message, hint=f"Check that the login is valid, and that its policy allows read on {api_path}"
        )

    def _refused_login(self) -> DativoError:
        message = f"{self._service} refuses the AppRole login"
        return SecretError(message, hint="Check role_id (VAULT_ROLE_ID), secret_id (VAULT_SECRET_ID) and namespace")

    @contextmanager
    def _errors(self, refused: Callable[[], DativoError]) -> Iterator[None]:
        """Raise what the server or the network answers in our terms; its own texts stay out, for they are not ours."""
        exceptions = self._hvac.exceptions
        try:
            with network_errors(self._service, _DOWN):
                yield
        except (exceptions.Forbidden, exceptions.Unauthorized, exceptions.InvalidRequest):
            raise refused() from None
        except exceptions.InvalidPath:
            raise
        except exceptions.VaultDown:
            message = f"{self._service} is sealed or out of order"
            raise SecretsUnavailable(message, hint="Unseal it, or run again later") from None
        except (exceptions.RateLimitExceeded, exceptions.InternalServerError, exceptions.BadGateway) as error:
            raise busy(self._service, type(error).__name__) from None
        except exceptions.VaultError as error:
            message = f"{type(error).__name__} from {self._service}"
            raise SecretError(message, hint="Check the settings of the backend") from None
