"""Requests to an S3 service; a login that is refused is tried once more with the secrets of now."""

from collections.abc import Callable
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from dativo_core.model.s3_connection import S3Connection
from dativo_core.sources.s3_address import Address
from dativo_core.sources.s3_client import is_refusal, open_client, s3_error
from dativo_core.sources.storage import References

_Answer = TypeVar("_Answer")


class S3Access:
    """Opens the client of a connection when it is first needed, and again when its keys were changed meanwhile."""

    def __init__(self, connection: S3Connection, references: References) -> None:
        self._connection = connection
        self._references = references
        self._opened: Any = None

    @property
    def client(self) -> Any:
        """The client that requests go by now."""
        if self._opened is None:
            self._opened = open_client(self._connection, self._references)
        return self._opened

    def ask(self, at: Address, request: Callable[[Any], _Answer]) -> _Answer:
        """Return what `request` returns for the client; raises SourceError, SourceChanged or SourceUnavailable.

        Secrets are read again when the service refuses the keys; with others than before the request is sent once more.
        """
        client = self.client
        try:
            return request(client)
        except (ClientError, BotoCoreError) as error:
            if not (is_refusal(error) and self._has_other_keys(client)):
                raise s3_error(error, client, at) from None
        try:
            return request(self.client)
        except (ClientError, BotoCoreError) as error:
            raise s3_error(error, self.client, at) from None

    def _has_other_keys(self, refused: Any) -> bool:
        # Equal settings give the same client.
        self._references.refresh()
        self._opened = open_client(self._connection, self._references)
        return self._opened is not refused
