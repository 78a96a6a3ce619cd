"""The connection of files on S3: flat or below `s3` or `minio`, one value per key, secrets by reference."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from dativo_core.model.finding import Finding, Severity
from dativo_core.model.s3_connection import S3Connection, endpoint_problem, is_contradicted, is_one_reference
from dativo_core.workspace.document import KeyPath, dotted
from dativo_core.workspace.merge import Merged
from dativo_core.workspace.validate import did_you_mean

S3_SCHEME = "s3://"
SECTION = "connection"
NESTED = ("s3", "minio")
ALIASES = {"access_key": "access_key_id", "secret_key": "secret_access_key"}
KEYS = tuple(S3Connection.model_fields)
SECRETS = ("secret_access_key", "session_token")
CREDENTIALS = ("access_key_id", *SECRETS)
FLAGS = ("path_style_access", "secure")


def s3_connection(
    settings: Merged, paths: Sequence[str], source_type: str
) -> tuple[S3Connection | None, list[Finding]]:
    """Return how to reach the files' storage, None when they need no connection or it cannot be used, and why not."""
    written = settings.data.get(SECTION)
    if not any(_may_be_s3(path) for path in paths):
        return None, [_unused(settings, source_type)] if written else []
    if not written:
        return None, [_missing(settings)] if any(path.startswith(S3_SCHEME) for path in paths) else []
    places, findings = _places(settings)
    findings += _two_values(settings, places)
    findings += [
        found for key, paths_of_key in places.items() for path in paths_of_key for found in _check(settings, path, key)
    ]
    if any(finding.severity is Severity.ERROR for finding in findings):
        return None, findings
    connection = S3Connection(**{key: settings.leaves[found[0]].value for key, found in places.items()})
    findings += [*_check_keys(settings, connection, places), *_check_scheme(settings, connection, places)]
    findings += _check_bucket(settings, connection, places, paths)
    is_usable = not any(finding.severity is Severity.ERROR for finding in findings)
    return (connection if is_usable else None), findings


def connection_places(settings: Merged) -> dict[str, KeyPath]:
    """Return where the effective value of each connection key was written, by the key's one name."""
    return {key: found[0] for key, found in _places(settings)[0].items()}


def _may_be_s3(path: str) -> bool:
    return path.startswith((S3_SCHEME, "${"))


def _unused(settings: Merged, source_type: str) -> Finding:
    message, hint = f"{source_type} files need no 'connection'", "Remove it; it changes nothing."
    return settings.finding((SECTION,), "unused-key", message, hint, Severity.WARNING)


def _missing(settings: Merged) -> Finding:
    hint = (
        "Add connection: {endpoint, access_key_id, secret_access_key} with references such as ${S3_ENDPOINT}, or "
        "{region} for a public bucket."
    )
    return settings.finding((SECTION,), "connection-missing", "files on S3 need a connection", hint)


def _places(settings: Merged) -> tuple[dict[str, list[KeyPath]], list[Finding]]:
    """Return where each key is written, by its one name, and the keys that are none."""
    places: dict[str, list[KeyPath]] = {}
    findings: list[Finding] = []
    for path in _written(settings):
        parts = path[2:] if path[1] in NESTED else path[1:]
        key = ALIASES.get(str(parts[0]), str(parts[0])) if parts else ""
        if not parts:
            message = f"expected a mapping below '{path[1]}', found a single value"
            findings.append(settings.finding(path, "wrong-type", message, "Write 'key: value' lines below it."))
        elif key not in KEYS:
            message = f"the connection of files does not read '{dotted(path[1:])}'"
            hint = did_you_mean(str(parts[0]), (*KEYS, *ALIASES))
            findings.append(settings.finding(path, "unused-key", message, hint, Severity.WARNING))
        elif len(parts) > 1:
            message = f"expected a single value for '{key}', found a mapping"
            findings.append(settings.finding(path, "wrong-type", message, "Write the value after the colon."))
        else:
            places.setdefault(key, []).append(path)
    return places, findings


def _written(settings: Merged) -> Iterator[KeyPath]:
    yield from (path for path in settings.leaves if path[0] == SECTION and len(path) > 1)


def _two_values(settings: Merged, places: dict[str, list[KeyPath]]) -> list[Finding]:
    findings = []
    for key, (first, *others) in places.items():
        leaf = settings.leaves[first]
        there = f"{leaf.origin.file}:{leaf.origin.line} ({dotted(leaf.written)})"
        message, hint = f"'{key}' has another value at {there}", "Keep one of the two, or set the other to null."
        findings += [
            settings.finding(path, "connection-conflict", message, hint)
            for path in others
            if settings.leaves[path].value != leaf.value
        ]
    return findings


def _check(settings: Merged, path: KeyPath, key: str) -> list[Finding]:
    value: Any = settings.leaves[path].value
    if key in FLAGS:
        if isinstance(value, bool) or (isinstance(value, str) and (value in {"true", "false"} or "${" in value)):
            return []
        return [settings.finding(path, "wrong-type", f"'{key}' is not true or false", "Write true or false.")]
    if not isinstance(value, str):
        return [settings.finding(path, "wrong-type", f"'{key}' is not text", "Put quotes around it.")]
    if not value.strip():
        return [settings.finding(path, "empty-value", f"'{key}' is empty", "Write a value, or remove the key.")]
    if key in SECRETS and not is_one_reference(value):
        message = f"'{key}' is written out in the file, where everybody who reads the file can read it"
        hint = "Write a reference such as ${secret:s3.secret_access_key}, and put the value in the tenant's secrets."
        return [settings.finding(path, "secret-inline", message, hint, Severity.WARNING)]
    problem = endpoint_problem(value) if key == "endpoint" and "${" not in value else None
    hint = "Write https://host, http://host:port, or host:port with secure: true or false."
    return [settings.finding(path, "wrong-value", problem, hint)] if problem else []


def _check_keys(settings: Merged, connection: S3Connection, places: dict[str, list[KeyPath]]) -> list[Finding]:
    given = [key for key in CREDENTIALS if getattr(connection, key) is not None]
    absent = [key for key in CREDENTIALS[:2] if key not in given]
    if not given or not absent:
        return []
    message = f"'{given[0]}' without {' and '.join(map(repr, absent))}"
    hint = f"Add {' and '.join(absent)}, or remove all keys for anonymous access."
    return [settings.finding(places[given[0]][0], "missing-key", message, hint)]


def _check_scheme(settings: Merged, connection: S3Connection, places: dict[str, list[KeyPath]]) -> list[Finding]:
    endpoint = connection.endpoint
    if endpoint is None or not is_contradicted(endpoint, connection.secure):
        return []
    message = f"the endpoint says {urlsplit(endpoint).scheme}, 'secure' says the opposite"
    hint = "Remove 'secure', or correct the endpoint."
    return [settings.finding(places["endpoint"][0], "connection-conflict", message, hint)]


def _check_bucket(
    settings: Merged, connection: S3Connection, places: dict[str, list[KeyPath]], paths: Sequence[str]
) -> list[Finding]:
    bucket = connection.bucket
    if bucket is None or "${" in bucket:
        return []
    others = {path.removeprefix(S3_SCHEME).partition("/")[0] for path in paths if path.startswith(S3_SCHEME)}
    strange = sorted(other for other in others - {bucket} if "${" not in other)
    if not strange:
        return []
    message = f"the files are in the bucket {', '.join(map(repr, strange))}, the connection is for {bucket!r}"
    hint = "Correct one of them, or remove 'bucket'."
    return [settings.finding(places["bucket"][0], "connection-conflict", message, hint)]
