"""Generated contracts of the flat dialect: what they say, and their text with comments everywhere."""

import json
from typing import Any

from hypothesis import strategies as st

TYPES = {
    "numbers": ["integer", "int", "bigint", "long", "number", "float", "double", "decimal(10,2)", "numeric(5)"],
    "wide": ["decimal", "numeric", "dec", "decimal(50,2)", "array<decimal>", "struct<a: decimal(40,0)>"],
    "nested": [
        "struct<a: int, b: timestamp not null>",
        "map<string, date>",
        "timestamp[]",
        "array<long>",
        "row(a float)",
    ],
    "texts": ["string", "uuid", "json"],
    "moments": ["date", "timestamp", "datetime", "timestamptz"],
    "others": ["boolean", "time", "binary", "object", "array", "vector(3)", "array<int>", "map<string, float>"],
}
WORDS = st.sampled_from(
    ["sales", "on", "1.10", "a: b", "it's", 'say "x"', "# no comment", "été", "true", "- x", "a, b"]
)
SENTENCES = WORDS | st.sampled_from(["two\nlines", "ends\n", "  indented\nx", "blank\n\nline\n", "x\n\n", "tab\there"])
SOURCES = st.sampled_from(
    ["csv", "postgres", "mysql", "oracle", "snowflake", "bigquery", "sqlserver", "databricks", "redshift", "duckdb"]
)
SEVERITIES = st.sampled_from(["error", "warning", "info"])


@st.composite
def columns(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return columns, the first ones of known types: a number, a text and a moment."""
    kinds = ["numbers", "texts", "moments", *draw(st.lists(st.sampled_from(sorted(TYPES)), max_size=4))]
    return [draw(column(f"c{at}", kind)) for at, kind in enumerate(kinds)]


@st.composite
def column(draw: st.DrawFn, name: str, kind: str) -> dict[str, Any]:
    word = draw(st.sampled_from(TYPES[kind]))
    made: dict[str, Any] = {"name": name, "type": "string" if kind == "texts" and name == "c1" else word}
    optional = {"required": st.booleans(), "classification": WORDS, "description": SENTENCES, "tags": st.lists(WORDS)}
    optional["format"] = st.sampled_from(["yyyy-MM-dd", "dd.MM.yyyy HH:mm", "what", "uuid"])
    if name not in {"c0", "c1", "c2"}:
        optional["on_loss"] = st.sampled_from(["fail", "quarantine", "stringify"])
    if kind in {"numbers", "texts"}:
        optional["unique"] = st.booleans()
    for key, values in optional.items():
        if draw(st.booleans()):
            made[key] = draw(values)
    if kind == "wide":
        made["on_loss"] = "stringify"
    if word == "array" and draw(st.booleans()):
        made["items"] = {"type": draw(st.sampled_from(TYPES["numbers"])), "required": draw(st.booleans())}
    if word == "object" and draw(st.booleans()):
        made["properties"] = [draw(column("inner", "numbers")), {"name": "other", "type": "string"}]
        made["properties"][0].pop("unique", None)
    return made


@st.composite
def expectation(draw: st.DrawFn) -> dict[str, Any]:
    made: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"not_null": "c1"},
                {"unique": "c1"},
                {"type": "unique", "properties": ["c1"], "description": "another one"},
                {"type": "unique", "arguments": {"properties": ["c1"]}},
                {"unique": "c1", "column": "c0"},
                {"type": "not_null", "columns": ["c0", "c2"]},
                {"accepted_values": {"column": "c1", "values": ["a", 1.10, "b"]}},
                {"type": "accepted_values", "column": "c1", "values": ["open"], "mustBeLessThan": 5},
                {"type": "between", "column": "c0", "min": 0, "max": 10},
                {"between": {"column": "c0", "min": 1, "max": 2}, "mustBeLessThan": 3, "unit": "percent"},
                {"type": "matches", "column": "c1", "regex": "^[a-z]+$"},
                {"rule": "pattern", "column": "c1", "arguments": {"pattern": "x"}},
                {"rule": "matches", "column": "c1", "arguments": {"regex": "x", "pattern": "x"}},
                {"rule": "accepted_values", "column": "c1", "arguments": {"values": ["a"]}, "values": ["a"]},
                {
                    "rule": "accepted_values",
                    "column": "c1",
                    "tags": "t",
                    "customProperties": [{"property": "values", "value": ["a"]}],
                },
                {"rule": "unique", "type": "sql", "column": "c0"},
                {"row_count": {"min": 1}},
                {"row_count": {"max": 100, "min": 2}},
                {"type": "row_count", "mustBeLessThan": 5, "mustBeGreaterThan": 1},
                {"type": "freshness", "column": "c2", "max": 2, "unit": "d"},
                {"unique": ["c0", "c1"]},
                {"type": "missingValues", "column": "c1", "missing_values": ["n/a", 0]},
                {"type": "sql", "query": "select count(*)\nfrom orders\n", "mustBe": 0},
                {"type": "text", "column": "c1", "description": "by hand"},
                {"expectation": "not_null", "column": "c0", "owner": "jo", "dimension": "completeness"},
                {
                    "type": "nullCheck",
                    "column": "c0",
                    "customProperties": [{"property": "dativoScope", "value": "run"}],
                },
            ]
        )
    )
    return {**made, "severity": draw(SEVERITIES)} if draw(st.booleans()) else dict(made)


@st.composite
def contracts(draw: st.DrawFn) -> dict[str, Any]:
    """Return a contract that is read without errors."""
    made: dict[str, Any] = {"name": "orders", "version": "1.0.0", "source_type": draw(SOURCES), "object": draw(WORDS)}
    made["schema"] = draw(columns())
    keys = draw(st.sampled_from([(), ("c1",), ("c1", "c2")]))
    for each in made["schema"]:
        if each["name"] in keys:
            each |= {"primary_key": True}
    made["team"] = {"owner": "a@example.com"}
    if draw(st.booleans()):
        made["team"]["roles"] = [{"name": "Jo", "email": None, "responsibility": draw(WORDS)}]
    parts = st.sampled_from(
        [
            ["c1"],
            ["c2"],
            ["bucket(16,c1)", "c2"],
            ["truncate[4](c1)"],
            [],
            "c1",
            "ingest_date",
            ["c1", "ingest_date"],
            ["c1", "bucket(16,c1)"],
            ["nothing"],
        ]
    )
    optional: dict[str, st.SearchStrategy[Any]] = {
        "id": WORDS,
        "status": st.sampled_from(["active", "draft"]),
        "domain": st.just("shop"),
        "tenant": st.just("acme"),
        "tags": WORDS | st.lists(WORDS),
        "description": SENTENCES
        | st.fixed_dictionaries({"purpose": st.none() | SENTENCES, "usage": st.none() | WORDS}),
        "target": st.fixed_dictionaries(
            {},
            optional={"partitioning": parts, "mode": st.sampled_from(["strict", None]), "sort_order": st.just(["c0"])},
        ),
        "data_quality": st.fixed_dictionaries(
            {},
            optional={
                "expectations": st.lists(expectation(), max_size=5),
                "alerts": st.dictionaries(WORDS, SENTENCES | st.integers() | st.booleans(), max_size=2),
                "monitoring": st.just({"enabled": True, "oncall_rotation": "shop"}),
            },
        ),
        "compliance": st.fixed_dictionaries(
            {},
            optional={
                "classification": WORDS,
                "retention_days": st.none() | st.integers(1, 900),
                "regulations": st.lists(WORDS),
            },
        ),
        "finops": st.fixed_dictionaries(
            {}, optional={"cost_center": WORDS, "business_tags": st.lists(WORDS), "environment": st.just("test")}
        ),
        "$schema": st.just("schemas/x.json"),
    }
    for key, values in optional.items():
        if draw(st.booleans()):
            made[key] = draw(values)
    return {key: made[key] for key in draw(st.permutations(list(made)))}


@st.composite
def nested_contracts(draw: st.DrawFn) -> dict[str, Any]:
    """Return a contract of the nested form, some of whose sections stand outside `asset` or below `governance`."""
    inner = draw(contracts())
    outside = {key: inner.pop(key) for key in draw(st.sets(st.sampled_from(sorted(inner)))) if key not in _INSIDE}
    governance: dict[str, Any] = {}
    if draw(st.booleans()) and "team" in inner and "roles" not in inner["team"]:
        governance["owner"] = inner.pop("team")["owner"]
    if "tags" in inner and draw(st.booleans()):
        governance["tags"] = inner.pop("tags")
    if governance:
        inner["governance"] = governance
    return {**outside, "asset": inner}


_INSIDE = frozenset({"name", "version", "source_type", "object", "schema"})


class Written:
    """A contract as text, with numbered comments; `comments` counts them."""

    def __init__(self, draw: st.DrawFn, contract: dict[str, Any]) -> None:
        self.draw = draw
        self.comments = 0
        self.text = "".join(f"{line}\n" for line in self._lines(contract, ""))

    def _comment(self) -> str:
        self.comments += 1
        return f"# comment {self.comments}"

    def _alone(self, indent: str) -> list[str]:
        return [indent + self._comment()] if self.draw(st.integers(0, 5)) == 0 else []

    def _behind(self) -> str:
        return "  " + self._comment() if self.draw(st.integers(0, 5)) == 0 else ""

    def _lines(self, value: Any, indent: str) -> list[str]:
        lines: list[str] = []
        entries = value.items() if isinstance(value, dict) else [(None, each) for each in value]
        for key, each in entries:
            start = "-" if key is None else f"{json.dumps(key, ensure_ascii=False)}:"
            lines += self._alone(indent)
            if not isinstance(each, dict | list) or not each or self.draw(st.integers(0, 3)) == 0:
                lines.append(f"{indent}{start} {json.dumps(each, ensure_ascii=False)}{self._behind()}")
            elif key is None:
                first, *rest = self._lines(each, indent + "  ")
                lines += [f"{indent}- {first.lstrip()}", *rest] if "#" not in first else [f"{indent}-", first, *rest]
            else:
                lines += [f"{indent}{start}{self._behind()}", *self._lines(each, indent + "  ")]
        return lines + self._alone(indent)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Return the text of a flat or nested contract with comments."""
    return Written(draw, draw(contracts() | nested_contracts())).text
