"""Valid contracts made from the tables of the standard, small ones with one section in full and random ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.odcs.tables import OPTIONS, PROPERTIES, PROPERTY_BASE, RULE, RULES, SECTIONS, SERVER, SERVERS, Table

VALUES: dict[str, tuple[Any, ...]] = {
    "S": ("alpha", "beta", "gamma", "delta", "orders", "Owner", "1.0.0", "active", ""),
    "I": (-1, 0, 1, 5432, 2.0),
    "N": (1, 0, -1, 2.5, 1e6),
    "B": (False, True),
    "Any": (1, "alpha", 2.5, True, None, [1], {"alpha": 1}),
    "Scalar": (1, "alpha", 2.5, True, None),
    "Count": (1, 0, 255),
    "Positive": (1, 0.5),
    "Pair": ([1, 2], [0.5, 10], [2, 1]),
    "Set": (["alpha"], ["alpha", "beta"]),
    "Implementation": ("SELECT 1", {"alpha": 1}),
    "Anything": ({}, {"alpha": 1}),
    "Url": ("https://example.com/a", "s3://bucket/key"),
    "Sftp": ("sftp://example.com/in",),
    "Day": ("2024-01-31",),
    "Instant": ("2024-01-31T09:30:10Z",),
    "TextFormat": ("email", "alpha"),
    "Severity": ("error", "alpha"),
    "Unit": ("rows", "percent", "alpha"),
    "Cron": ("0 5 * * *", "alpha"),
    "Scheduler": ("cron", "alpha"),
    "Query": ("SELECT count(*) FROM gamma", "alpha"),
    "Sibling": ("beta", "alpha"),
    "Column": ("gamma.alpha", "alpha"),
    "Promise": ("latency", "alpha"),
    "TimeUnit": ("d", "alpha"),
    "Driver": ("operational", "alpha"),
    "DateFormat": ("yyyy-MM-dd", "alpha"),
}
"""Values of each kind; the first is one that Dativo accepts wherever the standard does."""

_DEEPEST = 3
_SMALL = {"name": "alpha", "logicalType": "boolean"}


@dataclass(frozen=True)
class Sample:
    """A valid contract; `focus` is the path of the section it is about, which holds every key it may have."""

    name: str
    data: dict[str, Any]
    focus: tuple[str | int, ...]


class Writer:
    """Writes sections from their tables: with every key when `full`, else with the required and some others."""

    def __init__(self, random: Random, *, full: bool = False) -> None:
        self.random, self.full, self.depth = random, full, 0

    def section(self, name: str) -> dict[str, Any]:
        return self.table(SECTIONS[name])

    def table(self, table: Table) -> dict[str, Any]:
        written = {}
        self.depth += 1
        for key, kind in table.items():
            if key.endswith("*") or self._wants(kind):
                written[key.removesuffix("*")] = self.value(kind)
        self.depth -= 1
        return written

    def rule(self, kind: str) -> dict[str, Any]:
        return self.table(RULES[kind])

    def server(self, kind: str) -> dict[str, Any]:
        return self.table({**SERVER, "type*": f"={kind}", **SERVERS[kind]})

    def property(self, logical: str) -> dict[str, Any]:
        return self.table(PROPERTIES[logical])

    def item(self) -> dict[str, Any]:
        """Return a property as the elements of an array have it: the name optional, members always allowed."""
        item = self.property("object" if self.full else self.random.choice(list(PROPERTIES)))
        if self.full or self.random.random() < 0.5:
            item.pop("name")
        if self.full or self.random.random() < 0.3:
            item["properties"] = [self.value("Property")]
        return item

    def value(self, kind: str) -> Any:
        if kind.endswith("[]"):
            count = 1 if self.full else self.random.randrange(0, 3)
            return [self.value(kind.removesuffix("[]")) for _ in range(count)]
        if kind.startswith("="):
            return self.random.choice(kind[1:].split())
        if kind.startswith("Options "):
            return self.table(OPTIONS[kind.split()[1]])
        return self.section(kind) if kind in SECTIONS else self._leaf(kind)

    def _wants(self, kind: str) -> bool:
        is_section = kind.removesuffix("[]") in {*SECTIONS, "Property", "Rule", "Item", "Server"}
        if is_section and self.depth > (2 if self.full else _DEEPEST):
            return False
        return self.full or self.random.random() < 0.3

    def _leaf(self, kind: str) -> Any:
        pick = self.random.choice
        match kind:
            case "Property":
                return dict(_SMALL) if self.full else self.property(pick(list(PROPERTIES)))
            case "Rule":
                return self.rule("text" if self.full else pick(list(RULES)))
            case "Server":
                return self.server(pick(list(SERVERS)))
            case "Item":
                return {"logicalType": "boolean"} if self.full else self.item()
        return VALUES[kind][0] if self.full else pick(VALUES[kind])


def samples() -> Iterator[Sample]:
    """Yield small contracts that together hold every key of every table: each has one section in full and little else.

    Keys that servers, properties or rules of all types share are written for one type only.
    """
    write = Writer(Random(0), full=True)
    root = {key.removesuffix("*"): kind for key, kind in SECTIONS["Root"].items()}
    plain = {key: write.value(kind) for key, kind in root.items() if kind in {"S", "S[]", "Instant", "Column"}}
    yield Sample("root", plain | _LITTLE, ())
    for key, kind in root.items():
        if kind.removesuffix("[]") in SECTIONS and kind != "Object[]":
            section = write.value(kind)
            yield _about(key, [*section, _OWNER] if key == "team" else section, key)
    for kind in SERVERS:
        yield _about(f"server {kind}", [_some(write.server(kind), kind == "custom", SERVER)], "servers", 0)
    yield _about("object", [write.section("Object") | {"quality": []} | _COLUMNS], "schema", 0)
    for kind in RULES:
        rule = _some(write.rule(kind), kind == "library", RULE)
        yield _about_rule(f"rule {kind}", rule)
    yield _about_rule("rule without type", {"rule": "rowCount", "mustBeGreaterThan": 0})
    for logical in PROPERTIES:
        column = _some(write.property(logical), logical == "string", PROPERTY_BASE)
        yield _about_property(f"property {logical}", column)
    item = _some(write.item(), False, PROPERTY_BASE)
    yield _about_property("item", {"name": "alpha", "logicalType": "array", "items": item}, "items")
    yield _about_property("items without type", {"name": "alpha", "items": {"logicalType": "boolean"}})
    yield _about_property("properties without type", {"name": "alpha", **_COLUMNS})


_OWNER = {"username": "alpha@example.com", "role": "Owner"}
_COLUMNS = {"properties": [_SMALL]}
_TABLE = {"name": "gamma", **_COLUMNS}
_LITTLE = {
    "apiVersion": "v3.0.2",
    "kind": "DataContract",
    "id": "alpha",
    "version": "1.0.0",
    "status": "active",
    "team": [_OWNER],
    "schema": [_TABLE],
}


def _some(section: dict[str, Any], in_full: bool, shared: Table) -> dict[str, Any]:
    """Return a section, without the optional keys that other types share unless `in_full`."""
    return section if in_full else {key: value for key, value in section.items() if key not in shared or key == "name"}


def _about(name: str, value: Any, key: str, *deeper: str | int) -> Sample:
    return Sample(name, {**_LITTLE, key: value}, (key, *deeper))


def _about_rule(name: str, rule: dict[str, Any]) -> Sample:
    return _about(name, [{**_TABLE, "quality": [rule]}], "schema", 0, "quality", 0)


def _about_property(name: str, column: dict[str, Any], *deeper: str) -> Sample:
    return _about(name, [{**_TABLE, "properties": [column]}], "schema", 0, "properties", 0, *deeper)


def random_document(random: Random) -> dict[str, Any]:
    """Return a random valid contract; some have no table, some several."""
    return Writer(random).section("Root")
