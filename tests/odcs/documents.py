"""Valid contracts made from the tables of the standard, small ones with one section in full and random ones."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.odcs.tables import OPTIONS, PROPERTIES, RULES, SECTIONS, SERVER, SERVERS, Table

_WORDS = ("alpha", "beta", "gamma", "delta", "orders", "Owner", "1.0.0", "active", "")
_DEEPEST = 3


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
        item = self.property(self.random.choice(list(PROPERTIES)))
        if self.full or self.random.random() < 0.5:
            del item["name"]
        if self.full or self.random.random() < 0.3:
            item["properties"] = [self.property("boolean")]
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
                return self.property(pick(list(PROPERTIES)))
            case "Rule":
                return self.rule(pick(list(RULES)))
            case "Server":
                return self.server(pick(list(SERVERS)))
            case "Item":
                return self.item()
        choices: dict[str, tuple[Any, ...]] = {
            "S": _WORDS if not self.full else ("alpha",),
            "I": (-1, 0, 1, 5432, 2.0),
            "N": (0, 1, -1, 2.5, 1e6),
            "B": (True, False),
            "Any": ("alpha", 1, 2.5, True, None, [1], {"alpha": 1}),
            "Scalar": ("alpha", 1, 2.5, True, None),
            "Count": (0, 1, 255),
            "Positive": (1, 0.5),
            "Pair": ([1, 2], [0.5, 10], [2, 1]),
            "Set": (["alpha"], ["alpha", "beta"]),
            "Implementation": ("SELECT 1", {"alpha": 1}),
            "Anything": ({}, {"alpha": 1}),
            "Url": ("https://example.com/a", "s3://bucket/key"),
            "Sftp": ("sftp://example.com/in",),
            "Day": ("2024-01-31",),
            "Instant": ("2024-01-31T09:30:10Z",),
        }
        return pick(choices[kind])


def samples() -> Iterator[Sample]:
    """Yield a small contract for every table, each with that section in full and little else."""
    write = Writer(Random(0), full=True)
    little = {
        "apiVersion": "v3.0.2",
        "kind": "DataContract",
        "id": "alpha",
        "version": "1.0.0",
        "status": "active",
    }

    def about(name: str, key: str, value: Any, *deeper: str | int) -> Sample:
        return Sample(name, {**little, key: value}, (key, *deeper))

    root = {key.removesuffix("*"): kind for key, kind in SECTIONS["Root"].items()}
    yield Sample("root", {key: write.value(kind) for key, kind in root.items() if kind in {"S", "Instant", "S[]"}} | little, ())
    for key, kind in root.items():
        if kind.removesuffix("[]") in SECTIONS and kind != "Object[]":
            yield about(key, key, write.value(kind))
    for kind in SERVERS:
        yield about(f"server {kind}", "servers", [write.server(kind)], 0)
    table = write.section("Object")
    yield about("object", "schema", [table | {"properties": [], "quality": []}], 0)
    for logical in PROPERTIES:
        column = write.property(logical)
        yield about(f"property {logical}", "schema", [{"name": "alpha", "properties": [column]}], 0, "properties", 0)
    column = {"name": "alpha", "logicalType": "array", "items": write.item()}
    place = (0, "properties", 0, "items")
    yield about("item", "schema", [{"name": "alpha", "properties": [column]}], *place)
    untyped = {"name": "alpha", "logicalTypeOptions": {}, "items": {"name": "beta"}, "properties": [{"name": "beta"}]}
    yield about("untyped", "schema", [{"name": "alpha", "properties": [untyped]}], 0, "properties", 0)
    for kind in RULES:
        yield about(f"rule {kind}", "schema", [{"name": "alpha", "quality": [write.rule(kind)]}], 0, "quality", 0)
    yield about("rule", "schema", [{"name": "alpha", "quality": [{"rule": "rowCount"}]}], 0, "quality", 0)


def random_document(random: Random) -> dict[str, Any]:
    """Return a random valid contract; some have no table, some several."""
    return Writer(random).section("Root")
