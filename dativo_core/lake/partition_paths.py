"""Folders of partitions: readable, and different for different partitions."""

import hashlib
from urllib.parse import quote_plus

from pyiceberg.transforms import Transform
from pyiceberg.types import IcebergType

MAX_SEGMENT_CHARS = 200
"""File systems allow 255 bytes for a name; a quoted name is ASCII."""

_NULL = "null"


def path_segment(name: str, value: object, transform: "Transform[object, object]", source: IcebergType) -> str:
    """Return the folder of one partition field, `name=value`, spelt and escaped as Iceberg does.

    `value` is in the form manifests keep it. The text "null" is escaped, so that it is not the folder of null; a value too
    long for a folder is cut and told apart by its SHA-256, after a `=` that no escaped value contains.
    """
    text = quote_plus(transform.to_human_string(transform.result_type(source), value), safe="")
    if value is not None and text == _NULL:
        text = f"%{ord(_NULL[0]):X}{_NULL[1:]}"
    segment = f"{quote_plus(name, safe='')}={text}"
    if len(segment) <= MAX_SEGMENT_CHARS:
        return segment
    digest = hashlib.sha256(segment.encode()).hexdigest()[:32]
    return f"{segment[: MAX_SEGMENT_CHARS - 33]}={digest}"
