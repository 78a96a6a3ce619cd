"""Objects in S3: found by pattern in paged listings, known by size and entity tag, read in the version that was planned."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from dativo_core.errors import SourceChanged, SourceError
from dativo_core.flow import FileIdentity
from dativo_core.model.s3_connection import S3Connection
from dativo_core.sources.file_hints import FileHint
from dativo_core.sources.s3_access import S3Access
from dativo_core.sources.s3_address import Address, parse
from dativo_core.sources.s3_client import KEY_PATH
from dativo_core.sources.s3_reader import ObjectReader, random_access
from dativo_core.sources.storage import References


class S3Files:
    """The objects a connection reaches. Pickling keeps the connection and forgets client and listings.

    References of the connection are resolved when the first object is asked for, in the process that asks.
    """

    def __init__(self, connection: S3Connection, references: References) -> None:
        self._connection = connection
        self._references = references
        self._access = S3Access(connection, references)
        self._listed: dict[str, FileIdentity] = {}

    def match(
        self, patterns: Sequence[str], may_be_gone: Collection[str] | None = None, *, may_be_empty: bool = False
    ) -> tuple[str, ...]:
        """Return the objects that addresses and globs name, sorted.

        Raises SourceError naming every pattern that matches nothing or may not be listed, SourceUnavailable at once.
        """
        found: dict[str, FileIdentity] = {}
        problems: list[str] = []
        hints: dict[str, None] = {}
        for pattern in patterns:
            try:
                found |= self._found(pattern, may_be_gone, may_be_empty=may_be_empty)
            except SourceError as error:
                if error.retryable:
                    raise
                problems.append(error.message)
                hints[error.hint] = None
        if problems:
            raise SourceError("; ".join(problems), hint="; ".join(hints))
        self._listed = found
        return tuple(sorted(found))

    def hints(self, patterns: Sequence[str]) -> Iterator[FileHint]:
        """Yield what listings tell of the objects that addresses and globs name, one page of each in memory.

        Raises SourceError for a bucket that is not there or may not be listed, SourceUnavailable.
        """
        for pattern in patterns:
            address = self._address(pattern)
            for entry in self._listing(address, flat=address.is_flat):
                key = str(entry["Key"])
                if key == address.key or (address.is_pattern and address.names(key)):
                    yield _hint(Address(address.bucket, key), entry)
                if not address.is_pattern:
                    # Keys come in order, and the one that is its own prefix is the first.
                    break

    def named(self, pattern: str) -> str:
        """Return a pattern as the paths it matches are written."""
        return pattern

    def require_directory(self, pattern: str) -> None:
        """Do nothing: a bucket has no directories, and listing tells when there is no bucket."""

    def identify(self, path: str) -> FileIdentity:
        """Return size and entity tag, as the last listing told them where there was one."""
        return self._listed.get(path) or self._head(self._address(path))

    def size_bytes(self, path: str) -> int:
        """Return the bytes of an object."""
        return self.identify(path).size_bytes

    @contextmanager
    def open(self, file: FileIdentity | str, start: int = 0) -> Iterator[ObjectReader]:
        """Open an object from byte `start` on; opened by its address alone, it is the version there now."""
        planned = self._head(self._address(file)) if isinstance(file, str) else file
        reader = ObjectReader(self._access, planned, self._address(planned.path), start)
        try:
            yield reader
        finally:
            reader.close()

    @contextmanager
    def open_random_access(self, file: FileIdentity) -> Iterator[pa.NativeFile]:
        """Open an object for seeking and reading, in ranged requests."""
        with (
            random_access(self._access, file, self._address(file.path)) as seekable,
            pa.PythonFile(seekable, mode="r") as opened,
        ):
            yield opened

    def verify(self, file: FileIdentity) -> None:
        """Do nothing: no request is answered with another version than the planned one."""

    def _address(self, path: str) -> Address:
        found = parse(path)
        if found is None:
            message = f"{path!r} names no object in S3"
            raise SourceError(message, hint="Write s3://bucket/key, or a pattern such as s3://bucket/prefix/*.csv")
        bucket = self._connection.bucket
        allowed = self._references.resolve(bucket, f"{KEY_PATH}.bucket") if bucket is not None else found.bucket
        if allowed != found.bucket:
            message = f"{path!r} is in another bucket than {KEY_PATH} names"
            raise SourceError(message, hint="Correct one of them, or remove 'bucket'")
        return found

    def _found(
        self, pattern: str, may_be_gone: Collection[str] | None, *, may_be_empty: bool
    ) -> dict[str, FileIdentity]:
        """Return the objects a pattern names; SourceError when there is none and none of those that were there is gone."""
        address = self._address(pattern)
        found = self._matching(address) if address.is_pattern else self._named(address)
        if not found and not may_be_empty and not any(_is_named(address, path) for path in may_be_gone or ()):
            message = f"no file matches {pattern!r}"
            raise SourceError(message, hint="Check source.files: name existing objects, e.g. 's3://bucket/data/*.csv'")
        return found

    def _named(self, address: Address) -> dict[str, FileIdentity]:
        try:
            found = self._head(address)
        except SourceChanged:
            # The answer does not tell a missing object from a missing bucket, listing does.
            next(self._listing(address, flat=True), None)
            return {}
        return {found.path: found}

    def _matching(self, address: Address) -> dict[str, FileIdentity]:
        found: dict[str, FileIdentity] = {}
        for entry in self._listing(address, flat=address.is_flat):
            key = str(entry["Key"])
            if key == address.key:
                return {str(address): _identity(address, entry)}
            if address.names(key):
                named = Address(address.bucket, key)
                found[str(named)] = _identity(named, entry)
        return found

    def _listing(self, address: Address, *, flat: bool) -> Iterator[dict[str, Any]]:
        """Yield what a bucket says of the keys that begin as the address does, one page in memory."""
        asked = {"Bucket": address.bucket, "Prefix": address.prefix, **({"Delimiter": "/"} if flat else {})}
        while True:
            page = self._access.ask(address, lambda client: client.list_objects_v2(**asked))
            yield from page.get("Contents", ())
            if not page.get("IsTruncated"):
                return
            asked["ContinuationToken"] = page["NextContinuationToken"]

    def _head(self, address: Address) -> FileIdentity:
        answer = self._access.ask(address, lambda client: client.head_object(Bucket=address.bucket, Key=address.key))
        return _identity(address, {"Size": answer["ContentLength"], "ETag": answer["ETag"]})

    def __reduce__(self) -> tuple[type["S3Files"], tuple[S3Connection, References]]:
        return S3Files, (self._connection, self._references)


def _identity(address: Address, entry: dict[str, Any]) -> FileIdentity:
    return FileIdentity(str(address), int(entry["Size"]), "", str(entry["ETag"]).strip('"'))


def _hint(address: Address, entry: dict[str, Any]) -> FileHint:
    identity = _identity(address, entry)
    return FileHint(identity.path, identity.size_bytes, identity.etag or "", entry["LastModified"].timestamp())


def _is_named(address: Address, path: str) -> bool:
    """Whether a pattern names an object that need not exist."""
    known = parse(path)
    return known is not None and known.bucket == address.bucket and (path == str(address) or address.names(known.key))
