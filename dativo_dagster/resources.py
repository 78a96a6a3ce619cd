"""What every ingest asset is bound to. Setting a resource up does nothing: clients are made when they are asked for.

Dagster keeps resource fields in its database, so fields hold places and references (`${NAME}`), never values.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from dativo_core.errors import ConfigError
from dativo_core.model.mode import Mode
from dativo_core.model.origin import Authority
from dativo_core.model.s3_connection import S3Connection
from dativo_core.net.check import NetworkPolicy, NetworkRules
from dativo_core.secrets.base import SecretStore, resolve_references
from dativo_core.secrets.load import open_store
from dativo_dagster.mode import deployment_mode

RESOURCE_KEYS = ("nessie", "s3", "secrets")


class SecretsResource(dg.ConfigurableResource[None]):
    """Where the secrets of tenants are.

    `secrets_dir`, `secret_manager` and `secret_manager_config` are what these options are on the command line; empty, the
    variables `DATIVO_SECRET_MANAGER` and `DATIVO_SECRET_MANAGER_CONFIG` of the run count. In `mode` `cloud` jobs keep
    to directories of their tenant, and their files cannot read the environment.
    """

    secrets_dir: str = ""
    secret_manager: str = ""
    secret_manager_config: str = Field(default="", description="A path or JSON, with references and no secret in it.")
    mode: str = "self_hosted"

    def store(self) -> SecretStore:
        """Return a store that has asked nobody yet. Raises ConfigError for an unknown mode, and as `open_store` does."""
        mode = Mode.named(self.mode, "the secrets resource")
        directory = Path(self.secrets_dir) if self.secrets_dir else None
        return open_store(directory, self.secret_manager or None, self.secret_manager_config or None, mode)

    def resolve(self, tenant: str, text: str) -> str:
        """Return an operator's `text` with its references replaced for `tenant`. Raises SecretError for a missing one."""
        return resolve_references(text, tenant, self.store(), self.mode, authority=Authority.OPERATOR)


class NessieResource(dg.ConfigurableResource[None]):
    """The Nessie catalog, for jobs that name it; the embedded catalog never asks. `ref` empty: the tenant's own branch."""

    uri: str = "${NESSIE_URI}"
    ref: str = ""

    def uri_of(self, secrets: SecretsResource, tenant: str) -> str:
        """Return the address of the catalog for `tenant`. Raises SecretError when it is not set."""
        return secrets.resolve(tenant, self.uri)


@dataclass(frozen=True)
class _OperatorReferences:
    """Replaces the references of a resource, which the deployment wrote, for one tenant."""

    secrets: SecretsResource
    tenant: str

    def resolve(self, text: str, key_path: str) -> str:
        """Return `text` with its references replaced. Raises SecretError for a missing one."""
        return self.secrets.resolve(self.tenant, text)

    def network_rules(self, key_path: str, written: str) -> NetworkRules:
        """Return the rules of addresses that the operator chose."""
        policy = NetworkPolicy((), allows_loopback=self.secrets.mode == Mode.SELF_HOSTED)
        return NetworkRules(Authority.OPERATOR, policy)

    def refresh(self) -> None:
        """Do nothing: every store that is opened reads anew."""


class S3Resource(dg.ConfigurableResource[None]):
    """Object storage, for jobs that keep files there. The two keys must be references; an empty endpoint is AWS itself."""

    endpoint: str = "${S3_ENDPOINT:-}"
    region: str = "${AWS_REGION:-us-east-1}"
    access_key_id: str = Field(default="${AWS_ACCESS_KEY_ID}", description="A reference, never the key itself.")
    secret_access_key: str = Field(default="${AWS_SECRET_ACCESS_KEY}", description="A reference, never the key itself.")
    path_style_access: bool = True

    def client(self, secrets: SecretsResource, tenant: str) -> Any:
        """Return an S3 client with the tenant's keys, the same that sources are read with; nothing is connected yet.

        Raises ConfigError when a key is written out or a value cannot be used, SecretError when a reference has no value.
        """
        from dativo_core.sources.s3_client import open_client

        self._refuse_values()
        connection = S3Connection(
            endpoint=self.endpoint or None,
            region=self.region,
            access_key_id=self.access_key_id,
            secret_access_key=self.secret_access_key,
            path_style_access=self.path_style_access,
        )
        return open_client(connection, _OperatorReferences(secrets, tenant), "the s3 resource")

    def _refuse_values(self) -> None:
        for name in ("access_key_id", "secret_access_key"):
            if not str(getattr(self, name)).startswith("${"):
                message = f"{name} of the s3 resource is written out, and Dagster stores it readable"
                raise ConfigError(message, hint="Write a reference such as ${AWS_ACCESS_KEY_ID} instead")


def sealed(resource: Any) -> Any:
    """Return a resource whose fields are the deployment's alone.

    Dagster lets whoever launches a run set the fields of a resource, and these hold paths, addresses and the mode. What is
    no ConfigurableResource is returned as it is.
    """
    if not isinstance(resource, dg.ConfigurableResource):
        return resource
    description = type(resource).__doc__
    return dg.ResourceDefinition(
        lambda _context: resource.process_config_and_initialize(), config_schema={}, description=description
    )


def default_resources() -> dict[str, Any]:
    """Return the resources of a deployment, set by `DATIVO_SECRETS_DIR` and `DATIVO_MODE`, by key.

    Raises ConfigError for an unknown mode.
    """
    secrets = SecretsResource(secrets_dir=os.environ.get("DATIVO_SECRETS_DIR", ""), mode=deployment_mode().value)
    return {"nessie": NessieResource(), "s3": S3Resource(), "secrets": secrets}
