"""A server that speaks the interface of AWS Secrets Manager for tests: moto, in a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.s3_service import HOST, ServiceMissing, free_ports, stop

REGION = "eu-central-1"
START_TIMEOUT_S = 60


@dataclass(frozen=True)
class AwsSecrets:
    """A running server, and a client of it for tests."""

    endpoint: str
    client: Any

    def put(self, secret_id: str, text: str) -> str:
        """Store a secret, or a new version of it; returns the id of the version."""
        try:
            return self.client.create_secret(Name=secret_id, SecretString=text)["VersionId"]
        except self.client.exceptions.ResourceExistsException:
            return self.client.put_secret_value(SecretId=secret_id, SecretString=text)["VersionId"]


@contextmanager
def running_aws(directory: Path) -> Iterator[AwsSecrets]:
    """Start the server, wait until it answers, and stop it by its process at the end."""
    program = Path(sys.executable).with_name("moto_server")
    if not program.exists():
        message = "moto_server is not installed: run `make`, which installs requirements/dev.txt with moto"
        raise ServiceMissing(message)
    (port,) = free_ports(1)
    with (directory / "moto.log").open("wb") as log:
        environment = {"HOME": str(directory), "PATH": os.environ["PATH"]}
        command = [sys.executable, str(program), "-H", HOST, "-p", str(port)]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
    try:
        yield _ready(f"http://{HOST}:{port}", process, directory / "moto.log")
    finally:
        stop(process)


def _ready(endpoint: str, process: subprocess.Popen[bytes], log: Path) -> AwsSecrets:
    client = botocore.session.Session().create_client(
        "secretsmanager",
        region_name=REGION,
        endpoint_url=endpoint,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}, proxies={}),
    )
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.list_secrets()
        except (BotoCoreError, ClientError):
            time.sleep(0.1)
        else:
            return AwsSecrets(endpoint, client)
    message = f"moto does not start; the end of its log:\n{log.read_text()[-2000:]}"
    raise ServiceMissing(message)
