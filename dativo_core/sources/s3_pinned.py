"""The one use of private names of botocore: an S3 client whose connections go to addresses that were checked."""

from typing import Any

from botocore.awsrequest import AWSHTTPConnectionPool, AWSHTTPSConnectionPool

from dativo_core.net.pinned import Guard, pinned


def pin(client: Any, guard: Guard) -> None:
    """Let every connection of `client` ask `guard` where it may go, also after the service names another host."""
    pools = {
        scheme: type(f"Guarded{base.__name__}", (base,), {"ConnectionCls": pinned(base.ConnectionCls, guard)})
        for scheme, base in {"http": AWSHTTPConnectionPool, "https": AWSHTTPSConnectionPool}.items()
    }
    client._endpoint.http_session._manager.pool_classes_by_scheme = pools
