"""What a listing alone tells of files: enough to notice a change, too little to tell what a file is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class FileHint:
    """A file as its directory or bucket shows it, unread: `version` is its time of change, or its entity tag in S3.

    `modified_s` is when it was changed last, in seconds since 1970, by the clock of whoever keeps it.
    """

    path: str
    size_bytes: int
    version: str
    modified_s: float
