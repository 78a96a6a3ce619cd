"""The settings of each secret backend, as `--secret-manager-config` holds them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from dativo_core.model.base import FileModel
from dativo_core.model.web_address import is_loopback, send_problem
from dativo_core.secrets.base import Secret
from dativo_core.secrets.bundle import Format
from dativo_core.secrets.environment import DEFAULT_DELIMITER, DEFAULT_PREFIX, is_delimiter

TENANT = "{tenant}"
NAME = "{name}"

_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_TENANT_LETTERS = re.compile(r"[a-z0-9_-]+\Z")
_VERIFY = {"true": True, "false": False}


def _known_placeholders(text: str) -> str:
    strange = [found for found in _PLACEHOLDER.findall(text) if found not in (TENANT, NAME)]
    if strange:
        message = f"'{strange[0]}' is not replaced here; the placeholders are {TENANT} and {NAME}"
        raise ValueError(message)
    if any(part in {"..", "."} for part in text.split("/")):
        message = "the place leads elsewhere by '..' or '.'"
        raise ValueError(message)
    return text


def _of_tenant(text: str) -> str:
    if TENANT not in text:
        message = f"without {TENANT} all tenants would share one place"
        raise ValueError(message)
    return text


def _of_name(text: str) -> str:
    if NAME not in text:
        message = f"without {NAME} all secrets would be one"
        raise ValueError(message)
    return text


def _address(text: str) -> str:
    problem = send_problem(text)
    if problem is not None:
        message = f"nothing is asked there: {problem}"
        raise ValueError(message)
    return text.rstrip("/")


def _delimiter(text: str) -> str:
    if not is_delimiter(text):
        message = "one tenant's variables could be another's: use two or more underscores, or one of . : / -"
        raise ValueError(message)
    return text


def _as_item(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


def _as_path(value: object) -> object:
    return {"path": value} if isinstance(value, str) else value


def _as_verify(value: object) -> object:
    return _VERIFY.get(value.lower(), value) if isinstance(value, str) else value


Template = Annotated[str, Field(min_length=1), AfterValidator(_known_placeholders)]
TenantTemplate = Annotated[Template, AfterValidator(_of_tenant)]
NameTemplate = Annotated[TenantTemplate, AfterValidator(_of_name)]
Address = Annotated[str, AfterValidator(_address)]
KvVersion = Annotated[int, Field(ge=1, le=2)]


class FilesystemSettings(FileModel):
    """Files below a directory."""

    secrets_dir: str = Field("/secrets", min_length=1, description="directory of <tenant>/<name>.<ext>")


class EnvSettings(FileModel):
    """Variables of this process."""

    prefix: str = Field(DEFAULT_PREFIX, min_length=1, description="what every variable begins with")
    delimiter: Annotated[str, AfterValidator(_delimiter)] = Field(
        DEFAULT_DELIMITER, description="what parts prefix, tenant and name"
    )
    allow_global_scope: bool = Field(
        False, description="whether GLOBAL and ALL in the tenant's place mean every tenant"
    )


class VaultPath(FileModel):
    """One path of Vault; what it leaves out is as for the others."""

    path: Template = Field(description="path in the secrets engine; {tenant} is the tenant's id")
    mount_point: str | None = Field(None, min_length=1, description="where the secrets engine is mounted")
    kv_version: KvVersion | None = Field(None, description="version of the key-value engine, 1 or 2")


class VaultSettings(FileModel):
    """HashiCorp Vault, or OpenBao."""

    address: Address = Field(description="address of the server, such as https://vault.example.com (VAULT_ADDR)")
    mount_point: str = Field("secret", min_length=1, description="where the key-value engine is mounted")
    path_template: TenantTemplate = Field(TENANT, description="path of a tenant's secrets")
    kv_version: KvVersion = Field(2, description="version of the key-value engine, 1 or 2")
    namespace: str | None = Field(None, description="namespace of the server (VAULT_NAMESPACE)")
    auth_method: Literal["token", "approle"] = Field("token", description="how to log in: token or approle")
    token: Secret | None = Field(None, description="the token (VAULT_TOKEN)")
    role_id: str | None = Field(None, description="the AppRole's id (VAULT_ROLE_ID)")
    secret_id: Secret | None = Field(None, description="the AppRole's secret (VAULT_SECRET_ID)")
    verify: Annotated[bool | str, BeforeValidator(_as_verify)] = Field(
        True, description="true, or the path of the certificates to trust (VAULT_CACERT)"
    )
    timeout: float = Field(10.0, ge=0.1, le=60, description="longest wait for an answer, in seconds")
    paths: tuple[Annotated[VaultPath, BeforeValidator(_as_path)], ...] = Field(
        (), description="paths to read in this order, in place of path_template; a later one wins"
    )

    @property
    def places(self) -> tuple[tuple[str, str, int], ...]:
        """Mount point, path template and engine version of each path, in the order they are read."""
        paths = self.paths or (VaultPath(path=self.path_template),)
        return tuple((p.mount_point or self.mount_point, p.path, p.kv_version or self.kv_version) for p in paths)

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """Yield key, what is wrong and the remedy of what no key shows on its own."""
        if self.auth_method == "token" and not _is_given(self.token):
            yield "token", "there is no token to log in with", "Set VAULT_TOKEN, or auth_method: approle."
        if self.auth_method == "approle":
            for key, value in (("role_id", self.role_id), ("secret_id", self.secret_id)):
                if not _is_given(value):
                    yield key, f"there is no {key} to log in with", f"Set VAULT_{key.upper()}."
        if self.verify is False and not is_loopback(self.address):
            hint = "Remove it, or write the path of the certificates to trust."
            yield "verify", "a server whose certificate is not verified may be anybody", hint
        if isinstance(self.verify, str) and not Path(self.verify).exists():
            yield "verify", f"there are no certificates at {self.verify}", "Correct the path, or VAULT_CACERT."


class CloudSecret(FileModel):
    """One secret of a cloud's secret manager, and the name it has here."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")] = Field(description="name of the secret")
    id: Template | None = Field(None, description="its id where secret_id_template does not say it")
    format: Format | None = Field(None, description="json, env, text or raw; else as the name's extension says")


class AwsSecret(CloudSecret):
    """One secret of AWS."""

    version_id: str | None = Field(None, description="one version by its id")
    version_stage: str | None = Field(None, description="a version by its label, such as AWSPREVIOUS")


class AwsSettings(FileModel):
    """AWS Secrets Manager."""

    region_name: str | None = Field(None, description="region (AWS_REGION)")
    profile_name: str | None = Field(None, description="profile of the AWS configuration of this machine")
    endpoint_url: Address | None = Field(None, description="address of a service that stands in for AWS")
    secret_id_template: NameTemplate = Field("{tenant}/{name}", description="id of a secret in `secrets`")
    secrets: tuple[Annotated[AwsSecret, BeforeValidator(_as_item)], ...] = Field((), description="secrets of a tenant")
    bundle_secret_id_template: TenantTemplate | None = Field(None, description="id of one secret that holds them all")
    bundle_format: Literal["json", "env"] = Field("json", description="how that one is written: json or env")

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """Yield key, what is wrong and the remedy of what no key shows on its own."""
        return _cloud_problems(self.secrets, self.secret_id_template, self.bundle_secret_id_template)


class GcpClientOptions(FileModel):
    """How Google's service is reached."""

    api_endpoint: str | None = Field(
        None, description="host of the service, or the address of one that stands in for it"
    )
    credentials_file: str | None = Field(None, description="path of a service account's key")
    quota_project_id: str | None = Field(None, description="project that requests are counted for")


class GcpSecret(CloudSecret):
    """One secret of Google."""

    version: str | None = Field(None, description="version number, alias or latest")


class GcpSettings(FileModel):
    """Google Cloud Secret Manager."""

    project_id: str | None = Field(None, description="project of ids without one (GOOGLE_CLOUD_PROJECT)")
    secret_id_template: NameTemplate = Field("{tenant}-{name}", description="id of a secret in `secrets`")
    secrets: tuple[Annotated[GcpSecret, BeforeValidator(_as_item)], ...] = Field((), description="secrets of a tenant")
    bundle_secret_id_template: TenantTemplate | None = Field(None, description="id of one secret that holds them all")
    bundle_format: Literal["json", "env"] = Field("json", description="how that one is written: json or env")
    version: str = Field("latest", min_length=1, description="version of secrets that name none")
    client_options: GcpClientOptions = Field(default_factory=GcpClientOptions, description="how the service is reached")

    def problems(self) -> Iterator[tuple[str, str, str]]:
        """Yield key, what is wrong and the remedy of what no key shows on its own."""
        yield from _cloud_problems(self.secrets, self.secret_id_template, self.bundle_secret_id_template)
        ids = [each.id or self.secret_id_template for each in self.secrets]
        if self.project_id is None and any(not each.startswith("projects/") for each in [*ids, *self._bundle_ids()]):
            yield (
                "project_id",
                "there are ids without a project",
                "Set it or GOOGLE_CLOUD_PROJECT, or write projects/… ids.",
            )
        problem = self.client_options.api_endpoint and send_problem(endpoint_address(self.client_options.api_endpoint))
        if problem:
            yield "client_options", f"api_endpoint: nothing is asked there: {problem}", "Write a host or https://host."

    def _bundle_ids(self) -> tuple[str, ...]:
        return (self.bundle_secret_id_template,) if self.bundle_secret_id_template and not self.secrets else ()


def endpoint_address(endpoint: str) -> str:
    """Return the address of an endpoint, which may be written as a host alone."""
    return (endpoint if "://" in endpoint else f"https://{endpoint}").rstrip("/")


def _is_given(value: Secret | str | None) -> bool:
    return bool(value.reveal() if isinstance(value, Secret) else value)


def _cloud_problems(
    secrets: Sequence[CloudSecret], template: str, bundle_template: str | None
) -> Iterator[tuple[str, str, str]]:
    if not secrets and bundle_template is None:
        hint = "List the names of a tenant's secrets, or give bundle_secret_id_template."
        yield "secrets", "nothing says which secrets a tenant has", hint
    names = [each.name for each in secrets]
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield "secrets", f"'{name}' is there twice", "Remove one of them."
    for one, other in _collisions([each.id or template.replace(NAME, each.name) for each in secrets]):
        message = f"'{one}' of one tenant could be '{other}' of another"
        yield "secrets", message, "Use another template, one with a separator no tenant's id can hold, or rename one."


def _collisions(ids: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield ids that can be the same for two tenants, since a part of the name can be read as a part of the tenant."""
    parts = [tuple(text.split(TENANT, 1)) for text in ids if text.count(TENANT) == 1]
    for start, end in parts:
        for other_start, other_end in parts:
            is_longer = start == other_start and len(end) > len(other_end) and end.endswith(other_end)
            if is_longer and _TENANT_LETTERS.match(end[: -len(other_end) or None]):
                yield f"{start}{TENANT}{end}", f"{other_start}{TENANT}{other_end}"
