"""Faults of configuration and secrets, each with a canary in it: what every command must fail on without telling it."""

import json
from collections.abc import Callable
from pathlib import Path

RECIPE = """\
name: csv_files
type: csv
roles: [source]
credentials: {type: none}
default_engine: {type: native}
connection_template:
  s3:
    endpoint: "http://127.0.0.1:1"
    region: eu-west-1
    access_key_id: "${secret:lake.id}"
    secret_access_key: "${secret:lake.key}"
"""
KEY = '"${secret:lake.key}"'
SOUND = '{"id": "access", "key": "unused"}'

Fault = Callable[[Path, str], None]


def text(secret: str) -> str:
    """Return a secret as a quoted scalar of YAML."""
    return json.dumps(secret)


def in_recipe(old: str, new: Callable[[str], str]) -> Fault:
    """Return a fault that puts other text into the recipe of the source."""

    def write(root: Path, secret: str) -> None:
        assert old in RECIPE
        (root / "connectors/sources/csv.yaml").write_text(RECIPE.replace(old, new(secret)))

    return write


def in_file(name: str, content: Callable[[str], str], *, more: bool = False, alone: bool = False) -> Fault:
    """Return a fault that writes a file, or adds to it; with `alone` no other secrets are there."""

    def write(root: Path, secret: str) -> None:
        if alone:
            (root / "secrets/acme/lake.json").unlink()
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text((path.read_text() if more else "") + content(secret))

    return write


def in_job(content: Callable[[str], str]) -> Fault:
    """Return a fault that adds lines to the job."""
    return in_file("jobs/acme/orders.yaml", content, more=True)


def _runner(url: str) -> str:
    return f"orchestrator:\n  alerts:\n    - {{name: team, type: webhook, url: {url}, on: [sometimes]}}\n"


WRITTEN: dict[str, Fault] = {
    "a key written out": in_recipe(KEY, text),
    "a key as a mapping": in_recipe(KEY, lambda s: f"{{a: {text(s)}}}"),
    "a key as a mapping below it": in_recipe(KEY, lambda s: f"\n      value: {text(s)}"),
    "a key as a list": in_recipe(KEY, lambda s: f"[{text(s)}]"),
    "a key as a list below it": in_recipe(KEY, lambda s: f"\n      - {text(s)}"),
    "a key in a block": in_recipe(KEY, lambda s: f"|\n      {s}"),
    "a key without its last quote": in_recipe(KEY, lambda s: f"'{s}"),
    "a key behind a tab": in_recipe(f" {KEY}", lambda s: f"\n\t\t- {text(s)}"),
    "a key twice": in_recipe(KEY, lambda s: f"{KEY}\n    secret_access_key: {text(s)}"),
    "a key as an anchor": in_recipe(KEY, lambda s: f"&key {text(s)}\n    session_token: *key"),
    "a key of a strange tag": in_recipe(KEY, lambda s: f"!secret {text(s)}"),
    "a misspelt key": in_recipe("secret_access_key", lambda s: f"secret_acess_key: {text(s)}\n    secret_access_key"),
    "a key at the wrong place": in_recipe("default_engine", lambda s: f"secret_access_key: {text(s)}\ndefault_engine"),
    "a default": in_recipe(KEY, lambda s: text(f"${{LAKE_KEY_X:-{s}}}")),
    "a broken reference": in_recipe(KEY, lambda s: text(f"${{secret:lake.key {s}")),
    "a reference and more": in_recipe(KEY, lambda s: text(f"${{secret:lake.key}}{s}")),
    "a password of an endpoint": in_recipe("http://127", lambda s: f"http://me:{s.replace(chr(34), '')}@127"),
    "a token of an endpoint": in_recipe("127.0.0.1:1", lambda s: f"127.0.0.1:1/?token={s.replace(chr(34), '')}"),
    "a flag": in_recipe("    region", lambda s: f"    secure: {text(s)}\n    region"),
    "credentials": in_recipe("{type: none}", lambda s: f"{{type: api_key, api_key: {text(s)}}}"),
    "credentials of a strange type": in_recipe("{type: none}", lambda s: f"{{type: {text(s)}, token: {text(s)}}}"),
    "credentials as text": in_recipe("{type: none}", text),
    "an option of the engine": in_recipe(
        "{type: native}", lambda s: f"{{type: native, options: {{token: {text(s)}}}}}"
    ),
    "a catalog": in_job(lambda s: f"target: {{catalog: {{type: local, directory: lake, password: {text(s)}}}}}\n"),
    "a job": in_job(lambda s: f"password: {text(s)}\n"),
    "a connection of a job": in_job(lambda s: f"  connection: {{s3: {{secret_access_key: {text(s)}}}}}\n"),
    "a connection as text": in_job(
        lambda s: f"  connection: {text('postgres://me:' + s.replace(chr(34), '') + '@db/x')}\n"
    ),
    "a path": in_job(
        lambda s: f"    - {{path: {text('http://me:' + s.replace(chr(34), '') + '@db/x.csv')}, object: b}}\n"
    ),
    "an alert": in_file("configs/runner.yaml", lambda s: _runner(text(f"https://me:{s}@127.0.0.1:1"))),
    "an alert of a strange scheme": in_file("configs/runner.yaml", lambda s: _runner(text(f"hook://x/?token={s}"))),
    "a server of a contract": in_file(
        "assets/csv/v1.0/orders.yaml",
        lambda s: f"servers: [{{server: x, type: postgres, host: h, password: {text(s)}}}]\n",
        more=True,
    ),
}
"""Secrets where none belong: in the files of the workspace."""

KEPT: dict[str, Fault] = {
    "broken JSON": in_file("secrets/acme/lake.json", lambda s: f'{{"id": "a", "key": {text(s)}'),
    "JSON that is a list": in_file("secrets/acme/lake.json", lambda s: f"[{text(s)}]"),
    "JSON with a mapping": in_file("secrets/acme/lake.json", lambda s: f'{{"id": "a", "key": {{"a": {text(s)}}}}}'),
    "JSON with a list": in_file("secrets/acme/lake.json", lambda s: f'{{"id": "a", "key": [{text(s)}]}}'),
    "JSON with a misspelt key": in_file("secrets/acme/lake.json", lambda s: f'{{"id": "a", "kye": {text(s)}}}'),
    "a file that is no JSON": in_file("secrets/acme/lake.json", str),
    "variables without a name": in_file("secrets/acme/lake.env", lambda s: f"id=a\n{s}\n", alone=True),
    "variables with half a quote": in_file("secrets/acme/lake.env", lambda s: f"id=a\nkey='{s}\n", alone=True),
    "a variable twice": in_file("secrets/acme/lake.env", lambda s: f"id=a\nkey={s}\nkey=x\n", alone=True),
    "one name in two files": in_file("secrets/acme/lake.txt", str),
    "a key that is refused": in_file("secrets/acme/lake.json", lambda s: json.dumps({"id": s, "key": s})),
}
"""Faults of the place where secrets are kept."""
