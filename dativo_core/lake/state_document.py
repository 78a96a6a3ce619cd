"""The written form of a run state: JSON in a table property, with big file sets in a content-addressed blob beside it."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
from pyiceberg.io import FileIO

from dativo_core.errors import StateLost, Trouble
from dativo_core.failpoints import fp
from dativo_core.flow import FileIdentity, RunState, StateChange

VERSION = 1
INLINE_LIMIT_BYTES = 8 * 1024
STATE_PREFIX = "dativo.state."
_MALFORMED = (KeyError, TypeError, ValueError, AttributeError)
RANGES_PREFIX = "dativo.ranges."
REMEDY = (
    "Nothing was loaded. dativo state adopt --from-snapshot newest takes the state that an earlier metadata file of the table "
    "holds; dativo state reset forgets it, and the next run loads everything again"
)


def state_property(job_key: str) -> str:
    """Return the table property that holds the state of a job key."""
    return f"{STATE_PREFIX}{job_key}"


def ranges_property(job_key: str) -> str:
    """Return the table property that holds what loads of single partitions left for a job key."""
    return f"{RANGES_PREFIX}{job_key}"


def summary_of(state: RunState) -> str:
    """Return the small copy for the snapshot summary (well under 512 bytes): sequence and token."""
    return json.dumps({"v": VERSION, "seq": state.sequence, "token": state.token}, separators=(",", ":"))


def encode(state: RunState, blob: Mapping[str, str] | None) -> str:
    """Return the property's text; the file set is inline, or replaced by `blob` (see `write_blob`)."""
    document = _document_without_files(state)
    document |= {"files_blob": dict(blob)} if blob else {"files": _files_document(state.files)}
    return _compact(document)


def state_document(state: RunState) -> dict[str, Any]:
    """Return a state with its file set as plain JSON values."""
    return {**_document_without_files(state), "files": _files_document(state.files)}


def _document_without_files(state: RunState) -> dict[str, Any]:
    return {**_load_document(state), **_place_document(state), "cursor": state.cursor}


def _load_document(state: RunState) -> dict[str, Any]:
    """Return what one load was."""
    return {
        "v": VERSION,
        "seq": state.sequence,
        "token": state.token,
        "tokens": list(state.tokens),
        "run_id": state.run_id,
        "config_hash": state.config_digest,
        "contract_version": state.contract_version,
        "rows": {
            "read": state.rows_read,
            "written": state.rows_written,
            "quarantined": state.rows_quarantined,
            "skipped": state.rows_skipped,
        },
        "ts": state.committed_at.isoformat(),
        **({"change": _change_document(state.change)} if state.change else {}),
    }


def _change_document(change: StateChange) -> dict[str, Any]:
    load = {} if change.load is None else {"load": {**_load_document(change.load), **_place_document(change.load)}}
    return {**_told(change), **load}


def _told(change: StateChange) -> dict[str, str]:
    return {"verb": change.verb, "actor": change.actor, "reason": change.reason}


def change_text(change: StateChange) -> str:
    """Return who changed a state by hand, and why, as the snapshot summary has it."""
    return _compact(_told(change))


def _place_document(state: RunState) -> dict[str, Any]:
    """Return which snapshot of which table a load became."""
    return {
        "table_uuid": state.table_uuid,
        "snapshot_id": state.snapshot_id,
        "sequence_number": state.sequence_number,
    }


def _compact(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def decode(text: str, io: FileIO) -> RunState:
    """Return the state a property's text stands for. Raises StateLost when it is unreadable or of a newer form."""
    document = _parsed(text)
    try:
        files = _read_blob(document["files_blob"], io) if "files_blob" in document else document["files"]
        return _decode_document(document, files)
    except _MALFORMED:
        message = "the load state in the table is incomplete"
        raise StateLost(message, hint=REMEDY) from None


def decode_state_document(document: Mapping[str, Any]) -> RunState:
    """Return the state of `state_document`'s values. Raises ValueError when they are incomplete or of a newer form."""
    try:
        _require_version(document)
        return _decode_document(document, document["files"])
    except _MALFORMED:
        message = "the load state is incomplete"
        raise ValueError(message) from None


def decode_ranges_document(
    document: Mapping[str, Any],
) -> tuple[dict[str, RunState], dict[str, FileIdentity | None], RunState]:
    """Return what `ranges_document` was made of. Raises ValueError when it is incomplete or of a newer form."""
    try:
        _require_version(document)
        return _decode_ranges(document, document)
    except _MALFORMED:
        message = "what is remembered of partitions is incomplete"
        raise ValueError(message) from None


def _require_version(document: Mapping[str, Any]) -> None:
    if document["v"] != VERSION:
        message = f"form {document['v']} is not known"
        raise ValueError(message)


def _parsed(text: str) -> dict[str, Any]:
    try:
        document: dict[str, Any] = json.loads(text)
        version = document["v"]
    except (ValueError, TypeError, KeyError):
        message = "the load state in the table cannot be parsed"
        raise StateLost(message, hint=REMEDY) from None
    if version != VERSION:
        message = f"the load state has form {version}, this version of Dativo reads form {VERSION}"
        raise StateLost(message, hint="Upgrade Dativo before running this job again", trouble=Trouble.TOO_NEW)
    return document


def encode_ranges(
    loads: Mapping[str, RunState],
    files: Mapping[str, FileIdentity | None],
    newest: RunState,
    location: str,
    io: FileIO,
) -> str:
    """Return the text of the property of partition loads; beside the table's metadata in `location` when it is too big.

    `newest` says which snapshot the last of them became.
    """
    document = ranges_document(loads, files, newest)
    text = _compact(document)
    if len(text.encode()) <= INLINE_LIMIT_BYTES:
        return text
    content = {key: document.pop(key) for key in ("loads", "files")}
    return _compact({**document, "ranges_blob": _written(content, "dativo-ranges", location, io)})


def ranges_document(
    loads: Mapping[str, RunState], files: Mapping[str, FileIdentity | None], newest: RunState
) -> dict[str, Any]:
    """Return partition loads as plain JSON values."""
    return {
        **_load_document(newest),
        **_place_document(newest),
        "loads": {key: _load_document(load) for key, load in loads.items()},
        "files": {path: None if file is None else _file_document(file) for path, file in files.items()},
    }


def decode_ranges(text: str, io: FileIO) -> tuple[dict[str, RunState], dict[str, FileIdentity | None], RunState]:
    """Return the loads by partition, the files and the newest load of a property's text. Raises StateLost as `decode`."""
    document = _parsed(text)
    try:
        content = _read_blob(document["ranges_blob"], io) if "ranges_blob" in document else document
        return _decode_ranges(document, content)
    except _MALFORMED:
        message = "what the table remembers of loaded partitions is incomplete"
        raise StateLost(message, hint=REMEDY) from None


def _decode_ranges(
    document: Mapping[str, Any], content: Mapping[str, Any]
) -> tuple[dict[str, RunState], dict[str, FileIdentity | None], RunState]:
    place = {key: document[key] for key in ("table_uuid", "snapshot_id", "sequence_number")} | {"cursor": None}
    loads = {key: _decode_document({**load, **place}, {}) for key, load in content["loads"].items()}
    files = {path: None if file is None else _decode_file(path, *file) for path, file in content["files"].items()}
    return loads, files, _decode_document({**document, **place}, {})


def write_blob(state: RunState, location: str, io: FileIO) -> Mapping[str, str] | None:
    """Write the file set beside the table's metadata when it is too big to be inline; return its pointer.

    `location` is the table's metadata directory. The name carries the content's hash, and is unique besides: a file of
    the same content that a killed run left half written must never be taken for this one.
    """
    if len(encode(state, None).encode()) <= INLINE_LIMIT_BYTES:
        return None
    return _written(_files_document(state.files), "dativo-state", location, io)


def _written(value: Mapping[str, Any], name: str, location: str, io: FileIO) -> dict[str, str]:
    content = json.dumps(value, separators=(",", ":"), sort_keys=True).encode()
    digest = hashlib.sha256(content).hexdigest()
    path = f"{location}/{name}-{digest}-{uuid.uuid4()}.json.zst"
    with io.new_output(path).create() as stream:
        stream.write(pa.Codec("zstd").compress(content, asbytes=True))
    fp("blob.written")
    return {"path": path, "sha256": digest, "size": str(len(content))}


def _read_blob(pointer: Mapping[str, str], io: FileIO) -> dict[str, Any]:
    try:
        with io.new_input(pointer["path"]).open() as stream:
            packed = stream.read()
        content: bytes = pa.Codec("zstd").decompress(packed, int(pointer["size"]), asbytes=True)
    except (FileNotFoundError, pa.ArrowInvalid):
        content = b""
    except OSError as error:
        # Arrow reports damaged compressed data without an errno; with one, it is the disk, and another try may help.
        if error.errno is not None:
            raise
        content = b""
    if hashlib.sha256(content).hexdigest() != pointer["sha256"]:
        message = f"the file set of the load state, {pointer['path']}, is missing or was altered"
        raise StateLost(message, hint=REMEDY)
    files: dict[str, Any] = json.loads(content)
    return files


def _files_document(files: tuple[FileIdentity, ...]) -> dict[str, list[object]]:
    return {file.path: _file_document(file) for file in files}


def _file_document(file: FileIdentity) -> list[object]:
    document: list[object] = [file.size_bytes, file.sha256]
    if file.is_forgotten:
        return [*document, file.etag, True]
    return document if file.etag is None else [*document, file.etag]


def _decode_file(
    path: str, size_bytes: object, sha256: object, etag: object = None, is_forgotten: object = False
) -> FileIdentity:
    tag = None if etag is None else str(etag)
    return FileIdentity(path, int(str(size_bytes)), str(sha256), tag, is_forgotten=is_forgotten is True)


def _decode_document(document: Mapping[str, Any], files: Mapping[str, Any]) -> RunState:
    if str(document["token"]) not in document["tokens"]:
        message = "the token is not among the last tokens"
        raise ValueError(message)
    return RunState(
        sequence=int(document["seq"]),
        token=str(document["token"]),
        tokens=tuple(document["tokens"]),
        run_id=str(document["run_id"]),
        config_digest=str(document["config_hash"]),
        contract_version=str(document["contract_version"]),
        table_uuid=str(document["table_uuid"]),
        snapshot_id=int(document["snapshot_id"]),
        sequence_number=int(document["sequence_number"]),
        rows_read=int(document["rows"]["read"]),
        rows_written=int(document["rows"]["written"]),
        rows_quarantined=int(document["rows"]["quarantined"]),
        rows_skipped=int(document["rows"]["skipped"]),
        committed_at=datetime.fromisoformat(document["ts"]),
        files=tuple(_decode_file(path, *document) for path, document in files.items()),
        cursor=document["cursor"],
        change=_decode_change(document.get("change")),
    )


def _decode_change(document: dict[str, Any] | None) -> StateChange | None:
    if document is None:
        return None
    load = document.get("load")
    before = None if load is None else _decode_document({**load, "cursor": None}, {})
    return StateChange(str(document["verb"]), str(document["actor"]), str(document["reason"]), before)
