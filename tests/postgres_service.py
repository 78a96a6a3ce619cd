"""A real PostgreSQL server for tests: on a free port of the loopback interface, with TLS, in a directory of its own."""

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.s3_service import HOST, ServiceMissing, free_ports, stop

START_TIMEOUT_S = 60
_USER = "postgres"


@contextmanager
def running_postgres(certificate: Path, key: Path) -> Iterator[int]:
    """Start a server that proves itself with a certificate, yield its port, and stop it by its process at the end."""
    initdb, postgres = _program("initdb"), _program("postgres")
    # It refuses to be root, and another user cannot reach the directories of our tests.
    user = _USER if os.geteuid() == 0 else None
    with TemporaryDirectory(prefix="dativo-postgres-") as parent:
        data = Path(parent) / "data"
        _give(Path(parent), user)
        subprocess.run(
            [initdb, "-D", data, "-A", "trust", "-U", "tests", "--no-sync"], user=user, check=True, capture_output=True
        )
        for name, file in (("server.crt", certificate), ("server.key", key)):
            shutil.copy(file, data / name)
            (data / name).chmod(0o600)
            _give(data / name, user)
        (port,) = free_ports(1)
        command = [postgres, "-D", data, "-h", HOST, "-p", str(port), "-k", parent, "-c", "ssl=on", "-c", "fsync=off"]
        with (Path(parent) / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, user=user, cwd=parent)
        try:
            _wait(port, process, Path(parent) / "log")
            yield port
        finally:
            stop(process)


def _program(name: str) -> str:
    places = [os.environ["PATH"], *map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True))]
    found = shutil.which(name, path=os.pathsep.join(places))
    if found is None:
        message = f"PostgreSQL ({name}) is not installed: install it, such as with apt-get install postgresql"
        raise ServiceMissing(message)
    return found


def _give(path: Path, user: str | None) -> None:
    if user is not None:
        try:
            owner = pwd.getpwnam(user)
        except KeyError:
            message = f"PostgreSQL does not run as root, and there is no user {user}"
            raise ServiceMissing(message) from None
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _wait(port: int, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    message = f"PostgreSQL does not start; the end of its log:\n{log.read_text()[-2000:]}"
    raise ServiceMissing(message)
