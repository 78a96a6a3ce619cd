"""A double of Google Secret Manager that speaks the REST interface of its discovery document, version v1.

Methods: `secrets.create`, `secrets.list`, `secrets.addVersion`, `versions.access` and `versions.disable`, errors in the
shape of `google.rpc.Status`.
"""

import base64
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from tests.http_answers import HttpAnswers, responding

_SECRETS = re.compile(r"/v1/(projects/[^/]+(?:/locations/[^/]+)?)/secrets\Z")
_ADD = re.compile(r"/v1/(projects/.+/secrets/[^/]+):addVersion\Z")
_VERSION = re.compile(r"/v1/(projects/.+/secrets/[^/]+)/versions/([^/:]+):(access|disable)\Z")
_STATUS = {400: "FAILED_PRECONDITION", 403: "PERMISSION_DENIED", 404: "NOT_FOUND", 409: "ALREADY_EXISTS"}


@dataclass
class GoogleSecrets:
    """The secrets by resource name, each with the texts of its versions; None is a version that is disabled."""

    server: HttpAnswers = field(default_factory=lambda: HttpAnswers(""))
    versions: dict[str, list[str | None]] = field(default_factory=dict)
    denied: set[str] = field(default_factory=set)

    def put(self, secret_id: str, text: str, project: str = "p") -> None:
        """Store a secret, or a new version of it."""
        self.versions.setdefault(f"projects/{project}/secrets/{secret_id}", []).append(text)

    def respond(self, method: str, target: str, body: str) -> tuple[int, str]:
        path, query = unquote(urlsplit(target).path), parse_qs(urlsplit(target).query)
        if found := _SECRETS.match(path):
            return self._create(found[1], query) if method == "POST" else self._list(found[1])
        if (found := _ADD.match(path)) and method == "POST":
            return self._add(found[1], body)
        if (found := _VERSION.match(path)) and method == ("GET" if found[3] == "access" else "POST"):
            return self._version(found[1], found[2], found[3])
        return _error(404)

    def _create(self, parent: str, query: dict[str, list[str]]) -> tuple[int, str]:
        name = f"{parent}/secrets/{query['secretId'][0]}"
        if name in self.versions:
            return _error(409)
        self.versions[name] = []
        return 200, json.dumps({"name": name})

    def _list(self, parent: str) -> tuple[int, str]:
        names = [name for name in self.versions if name.startswith(f"{parent}/secrets/")]
        return 200, json.dumps({"secrets": [{"name": name} for name in names], "totalSize": len(names)})

    def _add(self, name: str, body: str) -> tuple[int, str]:
        if name not in self.versions:
            return _error(404)
        self.versions[name].append(base64.b64decode(json.loads(body)["payload"]["data"]).decode())
        return 200, json.dumps({"name": f"{name}/versions/{len(self.versions[name])}"})

    def _version(self, name: str, version: str, verb: str) -> tuple[int, str]:
        texts = self.versions.get(name, [])
        number = len(texts) if version == "latest" else int(version)
        if name in self.denied:
            return _error(403)
        if not 1 <= number <= len(texts):
            return _error(404)
        text, resource = texts[number - 1], f"{name}/versions/{number}"
        if verb == "disable":
            texts[number - 1] = None
            return 200, json.dumps({"name": resource, "state": "DISABLED"})
        if text is None:
            return _error(400)
        return 200, json.dumps({"name": resource, "payload": {"data": base64.b64encode(text.encode()).decode()}})


@contextmanager
def running_google_secrets() -> Iterator[GoogleSecrets]:
    """Serve an empty double until the end."""
    found = GoogleSecrets()
    with responding(found.respond) as server:
        found.server = server
        yield found


def _error(code: int) -> tuple[int, str]:
    return code, json.dumps({"error": {"code": code, "message": "not for your eyes", "status": _STATUS[code]}})
