"""Secrets in AWS Secrets Manager, read with the credentials of this machine."""

from collections.abc import Sequence
from typing import Any

from dativo_core.errors import DativoError, SecretError
from dativo_core.secrets.bundle import Entry
from dativo_core.secrets.cloud import fetched, ids_of
from dativo_core.secrets.http import (
    CONNECT_TIMEOUT_S,
    MAX_ATTEMPTS,
    READ_TIMEOUT_S,
    busy,
    no_credentials,
    silent,
    untrusted,
    wrong_credentials,
)
from dativo_core.secrets.settings import AwsSecret, AwsSettings
from dativo_core.secrets.settings_source import SettingsSource
from dativo_core.secrets.store import CachedStore

DEFAULTS = {"region_name": "AWS_REGION"}
_MISSING = "ResourceNotFoundException"
_WRONG_LOGIN = frozenset(
    {
        "ExpiredTokenException",
        "IncompleteSignature",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationTokenException",
        "UnrecognizedClientException",
    }
)
_DENIED = frozenset({"AccessDeniedException", "AccessDenied", "DecryptionFailure"})
_BUSY = frozenset({"ThrottlingException", "InternalServiceError", "InternalServiceErrorException", "InternalFailure"})
_LOGIN_HINT = "Check the AWS credentials of this machine: variables AWS_…, profile_name, or the role it runs as"
_DOWN = "Check region_name, endpoint_url and the network"


class AwsStore(CachedStore):
    """Makes its client anew for every tenant it fetches. Pickling keeps the place of its settings."""

    def __init__(self, source: SettingsSource) -> None:
        super().__init__()
        self._source = source
        self._settings = source.read(AwsSettings, DEFAULTS)

    def describe(self, tenant: str) -> str:
        """Return the ids of a tenant's secrets."""
        return f"{', '.join(each for each, _ in ids_of(self._settings, tenant))} in {self._service}"

    def entries(self, tenant: str) -> Sequence[Entry]:
        """Fetch a tenant's secrets one by one, or the one that holds them all."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            client = self._client()
            return fetched(self._settings, tenant, self._service, lambda id, secret: self._text(client, id, secret))
        except (BotoCoreError, ClientError) as error:
            raise self._error(error) from None

    def __reduce__(self) -> tuple[type["AwsStore"], tuple[SettingsSource]]:
        return AwsStore, (self._source,)

    @property
    def _service(self) -> str:
        return f"AWS Secrets Manager{f' at {self._settings.endpoint_url}' if self._settings.endpoint_url else ''}"

    def _client(self) -> Any:
        import boto3
        from botocore.config import Config

        session = boto3.session.Session(
            profile_name=self._settings.profile_name, region_name=self._settings.region_name
        )
        return session.client(
            "secretsmanager",
            endpoint_url=self._settings.endpoint_url,
            config=Config(
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=READ_TIMEOUT_S,
                retries={"mode": "standard", "total_max_attempts": MAX_ATTEMPTS},
                # An endpoint of the environment is mostly that of a store of files.
                ignore_configured_endpoint_urls=True,
                proxies={},
            ),
        )

    def _text(self, client: Any, secret_id: str, secret: AwsSecret | None) -> str | None:
        from botocore.exceptions import ClientError

        version = {"VersionId": secret.version_id, "VersionStage": secret.version_stage} if secret else {}
        try:
            answer = client.get_secret_value(
                SecretId=secret_id, **{key: value for key, value in version.items() if value}
            )
        except ClientError as error:
            if _code(error) == _MISSING:
                return None
            raise self._error(error, secret_id) from None
        if "SecretString" in answer:
            return str(answer["SecretString"])
        try:
            return bytes(answer["SecretBinary"]).decode()
        except UnicodeDecodeError:
            message = f"the secret {secret_id} in {self._service} is not UTF-8 text"
            raise SecretError(message, hint="Store binary values base64-encoded") from None

    def _error(self, error: Exception, secret_id: str = "") -> DativoError:
        """Return what an error of the client library means; texts from outside stay out of it."""
        from botocore import exceptions as known

        if isinstance(error, known.ClientError):
            return self._answer(error, secret_id)
        if isinstance(error, known.NoRegionError):
            return SecretError("no region is set for AWS Secrets Manager", hint="Set region_name or AWS_REGION")
        if isinstance(error, known.NoCredentialsError | known.PartialCredentialsError | known.ProfileNotFound):
            return no_credentials(self._service, _LOGIN_HINT)
        if isinstance(error, known.SSLError):
            return untrusted(self._service)
        if isinstance(error, known.HTTPClientError | known.ConnectionError):
            return silent(self._service, type(error).__name__, _DOWN)
        return SecretError(f"{type(error).__name__} from {self._service}", hint="Check the settings of the backend")

    def _answer(self, error: Any, secret_id: str) -> DativoError:
        code, status = _code(error), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if code in _WRONG_LOGIN or status == 401:
            return wrong_credentials(self._service, _LOGIN_HINT)
        if code in _DENIED or status == 403:
            hint = "Allow secretsmanager:GetSecretValue on it, and kms:Decrypt where a key of your own is used"
            return SecretError(f"{self._service} denies {secret_id}", hint=hint)
        if code in _BUSY or (isinstance(status, int) and status >= 500) or status == 429:
            return busy(self._service, status)
        told = code if code.isalnum() else ""
        message = f"{self._service} does not hand out {secret_id} ({status} {told})".replace(" )", ")")
        return SecretError(message, hint="Check its id and version, and that it is not being deleted")


def _code(error: Any) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
