"""What connectors without code in this version depend on, as far as their settings name it: hosts, addresses, files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

from dativo_core.health.database import TLS_KEYS, Database, asked_context, database_answer, default_port, is_known
from dativo_core.model.declared_options import masked
from dativo_core.net.check import NetworkRules
from dativo_core.net.reach import connect, place
from dativo_core.net.web_probe import web_answer
from dativo_core.probe import Answer, Part, Probe, failed, ok, skipped
from dativo_core.rules.connectors import without_code
from dativo_core.secrets.references import PlanReferences
from dativo_core.sources.boundary import Boundary
from dativo_core.sources.local_probe import local_answer

_CATALOG = "catalog"
_SECTIONS = ("connection", "engine", _CATALOG)
_ADDRESSES = frozenset(
    {"base_url", "url", "uri", "endpoint", "endpoint_url", "api_endpoint", "api_url", "address", "dsn"}
)
_DATABASES = {"postgres": "postgres", "postgresql": "postgres", "mysql": "mysql", "mariadb": "mysql"}
"""Kinds of databases by connector types and by schemes of addresses."""

_NEEDED = ("host", "port", *TLS_KEYS)


@dataclass(frozen=True)
class Side:
    """The settings of the source or the target of a job, and where they are in its plan.

    `is_refused`: another probe says what keeps the job from running.
    """

    part: Part
    type: str
    at: str
    values: Mapping[str, Any]
    is_refused: bool = False


def declared_probes(side: Side, boundary: Boundary, references: PlanReferences) -> Iterator[Probe]:
    """Yield a probe of every host, address and local path that a side names, and one that says what keeps it from running."""
    if not side.is_refused:
        yield Probe(side.part, side.type, partial(_refuse, side))
    yield from _files(side, boundary, references)
    for section in _SECTIONS:
        yield from _below(side, section, side.values.get(section), references)


def _refuse(side: Side, _limit_s: float) -> NoReturn:
    raise without_code(side.type, side.part)


def _files(side: Side, boundary: Boundary, references: PlanReferences) -> Iterator[Probe]:
    items = side.values.get("files")
    for number, item in enumerate(items if isinstance(items, list | tuple) else ()):
        written = item.get("path") if isinstance(item, Mapping) else None
        if isinstance(written, str) and "://" not in written:
            key_path = f"{side.at}.files[{number}].path"
            yield Probe(side.part, written, partial(_ask_file, written, key_path, boundary, references))


def _ask_file(written: str, key_path: str, boundary: Boundary, references: PlanReferences, _limit_s: float) -> Answer:
    return local_answer(references.resolve(written, key_path), boundary, references)


def _below(side: Side, path: str, node: Any, references: PlanReferences) -> Iterator[Probe]:
    if not isinstance(node, Mapping):
        return
    part = Part.CATALOG if path.split(".")[0] == _CATALOG else side.part
    where = _Where(side.type, f"{side.at}.{path}", node, references)
    if node.get("host"):
        port = f":{node['port']}" if node.get("port") else ""
        yield Probe(part, f"{side.type} at {node['host']}{port}", where.ask_host, where.identity)
    for key, value in node.items():
        if key in _ADDRESSES and isinstance(value, str) and value:
            yield Probe(part, f"{side.type} at {masked(value, key)}", partial(where.ask_address, key), where.identity)
        yield from _below(side, f"{path}.{key}", value, references)


@dataclass(frozen=True)
class _Where:
    """One mapping of the settings: what it belongs to, its place in the plan, and how its references are resolved."""

    type: str
    at: str
    node: Mapping[str, Any]
    references: PlanReferences

    @property
    def identity(self) -> tuple[tuple[str, str], ...]:
        return tuple((key, str(self.node[key])) for key in _NEEDED if key in self.node)

    def ask_host(self, limit_s: float) -> Answer:
        settings = self._settings()
        kind = _DATABASES.get(self.type, self.type)
        return _answer(kind, str(settings["host"]), settings.get("port"), settings, self._rules("host"), limit_s)

    def ask_address(self, key: str, limit_s: float) -> Answer:
        url = self.references.resolve(self.node[key], f"{self.at}.{key}")
        if not url:
            return skipped("it is empty")
        if "://" not in url:
            is_plain = str(self.node.get("secure", "true")).lower() == "false"
            url = f"{'http' if is_plain else 'https'}://{url}"
        scheme = url.partition("://")[0].lower()
        if scheme in {"http", "https"}:
            return web_answer(url, self._rules(key), limit_s)
        return self._ask_server(scheme.partition("+")[0], url, key, limit_s)

    def _ask_server(self, scheme: str, url: str, key: str, limit_s: float) -> Answer:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host:
            return failed(f"{self.at}.{key} is no address with a host", "Write scheme://host:port")
        settings = {**self._settings(), **dict(parse_qsl(parts.query))}
        return _answer(_DATABASES.get(scheme, scheme), host, port, settings, self._rules(key), limit_s)

    def _settings(self) -> dict[str, Any]:
        return {key: self._value(key) for key in _NEEDED if self.node.get(key) is not None}

    def _value(self, key: str) -> Any:
        value = self.node[key]
        return self.references.resolve(value, f"{self.at}.{key}") if isinstance(value, str) else value

    def _rules(self, key: str) -> NetworkRules:
        return self.references.network_rules(f"{self.at}.{key}", str(self.node[key]))


def _answer(
    kind: str, host: str, port: Any, settings: Mapping[str, Any], rules: NetworkRules, limit_s: float
) -> Answer:
    if host.startswith("/"):
        return skipped("a socket among the files of this machine")
    if port is None and not is_known(kind):
        return skipped("its settings name no port")
    number = int(port) if str(port).isascii() and str(port).isdecimal() else 0
    if port is None:
        number = default_port(kind)
    if not 0 < number < 65536:
        return failed("its port is no number from 1 to 65535", "Correct the port")
    if is_known(kind):
        return database_answer(Database(kind, host, number, asked_context(settings)), rules, limit_s)
    somewhere = place(host, number, limit_s)
    connect(somewhere, rules).close()
    return ok(f"{somewhere} takes connections")
