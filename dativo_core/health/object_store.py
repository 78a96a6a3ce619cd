"""Whether a bucket could be loaded into: listed, written to, kept from overwriting, and deleted from."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from dativo_core.model.s3_connection import S3Connection
from dativo_core.probe import Answer, ProbeStatus, failed, ok
from dativo_core.sources.s3_address import Address
from dativo_core.sources.s3_client import s3_error
from dativo_core.sources.s3_probe import endpoint_answer, probing_client
from dativo_core.sources.storage import References

_BODY = b"dativo check\n"
_PREFIX = ".dativo-check-"
_FORSAKEN = timedelta(hours=1)
"""No check takes as long, so its object is nobody's by then."""

_SWEPT = 10
"""Objects of earlier checks that one check deletes at most."""

_LOGINS = {
    "InvalidAccessKeyId": "does not know the access key",
    "SignatureDoesNotMatch": "does not accept the secret key",
    "ExpiredToken": "says that the session token has expired",
    "InvalidToken": "does not accept the session token",
    "RequestTimeTooSkewed": "says that the clock of this machine is wrong",
}
_ALREADY_THERE = 412


@dataclass(frozen=True)
class Store:
    """A bucket as a target names it: its connection, where that is in the plan, and the prefix of the tenant in it."""

    connection: S3Connection
    at: str
    prefix: str


def store_answer(store: Store, references: References, limit_s: float) -> Answer:
    """Return whether objects can be kept under the prefix of a store; the one that is written for it is deleted again.

    Raises DativoError where the connection cannot be used or the endpoint does not answer.
    """
    if store.connection.bucket is None:
        return failed(f"{store.at} names no bucket", f"Add {store.at}.bucket")
    bucket = references.resolve(store.connection.bucket, f"{store.at}.bucket")
    client = probing_client(store.connection, references, limit_s, store.at)
    answered = endpoint_answer(store.connection, client, references, limit_s, store.at)
    if answered.status is not ProbeStatus.OK:
        return answered
    refusal = _Steps(client, Address(bucket, store.prefix), store.at).refusal()
    told = "objects can be listed, written, kept from being overwritten, and deleted"
    return replace(refusal or ok(told), ahead_s=answered.ahead_s)


@dataclass(frozen=True)
class _Steps:
    client: Any
    place: Address
    at: str

    def refusal(self) -> Answer | None:
        """Return what the store does not let us do, None when it lets us do everything."""
        return self._tried("list", self._sweep) or self._written()

    def _sweep(self) -> None:
        """List, and delete what earlier checks wrote and could not delete, as they were ended or got no answer."""
        asked = {"Bucket": self.place.bucket, "Prefix": f"{self.place.key}{_PREFIX}", "MaxKeys": _SWEPT}
        for each in self.client.list_objects_v2(**asked).get("Contents", []):
            key, written_at = each.get("Key", ""), each.get("LastModified", datetime.now(UTC))
            if key.startswith(asked["Prefix"]) and datetime.now(UTC) - written_at > _FORSAKEN:
                self._tried("delete from", partial(self.client.delete_object, Bucket=self.place.bucket, Key=key))

    def _written(self) -> Answer | None:
        named = {"Bucket": self.place.bucket, "Key": f"{self.place.key}{_PREFIX}{uuid.uuid4()}"}
        unwritten = self._tried("write to", lambda: self.client.put_object(**named, Body=_BODY, IfNoneMatch="*"))
        overwritten = unwritten or self._overwritten(named)
        # Also where writing failed: what got no answer may be there all the same.
        deleting = f"delete {named['Key']} from"
        undeleted = self._tried(deleting, lambda: self.client.delete_object(**named))
        return unwritten or undeleted or overwritten

    def _overwritten(self, named: dict[str, str]) -> Answer | None:
        try:
            self.client.put_object(**named, Body=_BODY, IfNoneMatch="*")
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and _status(error) == _ALREADY_THERE:
                return None
            return self._answer("write to", error)
        message = f"{self.place} overwrites objects though it is asked not to (If-None-Match)"
        return failed(message, "Use a service with conditional writes: without them two runs can overwrite each other")

    def _tried(self, right: str, step: Callable[[], object]) -> Answer | None:
        try:
            step()
        except (ClientError, BotoCoreError) as error:
            return self._answer(right, error)
        return None

    def _answer(self, right: str, error: ClientError | BotoCoreError) -> Answer:
        """Return what an error means; texts from outside stay out of it."""
        endpoint = self.client.meta.endpoint_url
        if not isinstance(error, ClientError):
            known = s3_error(error, self.client, self.place)
            return failed(known.message, f"Check {self.at}, and the network")
        code, status = str(error.response.get("Error", {}).get("Code", "")), _status(error)
        if code in _LOGINS:
            return failed(f"{endpoint} {_LOGINS[code]}", f"Correct the keys of {self.at}, or the clock")
        if code == "NoSuchBucket":
            hint = f"Create it, or correct {self.at}.bucket"
            return failed(f"there is no bucket {self.place.bucket!r} at {endpoint}", hint)
        if status in {401, 403}:
            hint = "Allow s3:ListBucket on the bucket, s3:PutObject and s3:DeleteObject below the prefix"
            return failed(f"the keys may not {right} {self.place}", hint)
        known = s3_error(error, self.client, self.place)
        return failed(known.message, f"Check {self.at}")


def _status(error: ClientError) -> int | None:
    status: int | None = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return status
