"""What is asked of arrays and objects whose shape nobody declared, which are JSON text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dativo_core.contract.conform import Conformer
from dativo_core.odcs.contract import RuleKind
from tests.unit.contract.build import batch, column, rule


def reasons(kind: RuleKind, arguments: tuple, *cells: str | None, type_text: str = "string") -> list[str | None]:
    """Return per cell why it is rejected, None where it is not."""
    conformed = Conformer((column("c", type_text),), (rule("c", kind, *arguments),)).conform(batch(c=list(cells)))
    told = {row["line"] - 2: row["reason"] for row in conformed.rejects.to_pylist()}
    return [told.get(at) for at in range(len(cells))]


@pytest.mark.parametrize(
    ("kind", "arguments", "good", "bad"),
    [
        (RuleKind.MIN_ITEMS, (2,), ["[1,2]", "[[],null, {}]", "null"], ["[1]", "[]", "[[1,2]]", '{"a":1,"b":2}', "[1,2"]),
        (RuleKind.MAX_ITEMS, (1,), ["[]", "[[1,2]]"], ["[1,2]", "x", "{}", "3", '""', "[1],[2]"]),
        (RuleKind.UNIQUE_ITEMS, (), ["[1,2]", '[1,true,"1",[1],null]', '[{"a":1},{"a":2}]', "[0.1,0.10000000000000001]"],
         ["[1,1.0]", "[10,1e1]", "[null,null]", '[{"a":1,"b":2},{"b":2,"a":1}]', "[[1],[1]]", "{}"]),
        (RuleKind.MIN_PROPERTIES, (2,), ['{"a":1,"b":[]}'], ['{"a":1,"b":null}', "[1,2]", '{"a":1,"a":2}']),
        (RuleKind.MAX_PROPERTIES, (1,), ['{"a":1,"b":null}', "{}"], ['{"a":1,"b":2}', "NaN", "[]"]),
        (RuleKind.HAS_MEMBER, ("a",), ['{"a":0}', '{"b":1,"a":""}'], ['{"b":1}', '{"a":null}', '["a"]', '{"b":{"a":1}}']),
    ],
)  # fmt: skip
def test_the_content_of_a_text_is_held_against_the_rule(kind, arguments, good, bad):
    found = reasons(kind, arguments, *good, None, *bad)
    assert found[: len(good) + 1] == [None] * (len(good) + 1)
    assert None not in found[len(good) + 1 :]


def test_what_is_no_json_of_the_shape_is_told():
    assert reasons(RuleKind.MIN_ITEMS, (1,), "[]") == ["c: '[]' has fewer than 1 elements, or is not an array in JSON"]
    assert reasons(RuleKind.HAS_MEMBER, ("k",), "[]") == ["c: '[]' lacks the member k, or is not an object in JSON"]


def test_numbers_of_any_length_are_compared():
    assert reasons(RuleKind.UNIQUE_ITEMS, (), "[1e99999999999999999999,1]", f"[{'1' * 5000},{'1' * 5000}.0]")[0] is None
    assert reasons(RuleKind.UNIQUE_ITEMS, (), f"[{'1' * 5000},{'1' * 5000}]") != [None]


ANY = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from(["a", "b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
    max_leaves=6,
)


def tagged(value):
    """Return a value that is equal to another exactly when their JSON is: `true` is not 1."""
    if isinstance(value, list):
        return [tagged(each) for each in value]
    return {key: tagged(each) for key, each in value.items()} if isinstance(value, dict) else (type(value), value)


@given(cells=st.lists(ANY, max_size=6))
def test_each_rule_says_what_a_plain_look_at_the_value_says(cells):
    texts = [json.dumps(each) for each in cells]
    lists = [each if isinstance(each, list) else None for each in cells]
    objects = [each if isinstance(each, dict) else None for each in cells]
    present = [None if each is None else sum(item is not None for item in each.values()) for each in objects]
    wanted = {
        (RuleKind.MIN_ITEMS, (2,)): [each is not None and len(each) >= 2 for each in lists],
        (RuleKind.MAX_ITEMS, (2,)): [each is not None and len(each) <= 2 for each in lists],
        (RuleKind.UNIQUE_ITEMS, ()): [
            each is not None and all(tagged(item) not in tagged(each[:at]) for at, item in enumerate(each)) for each in lists
        ],
        (RuleKind.MIN_PROPERTIES, (1,)): [each is not None and each >= 1 for each in present],
        (RuleKind.MAX_PROPERTIES, (1,)): [each is not None and each <= 1 for each in present],
        (RuleKind.HAS_MEMBER, ("a",)): [each is not None and each.get("a") is not None for each in objects],
    }  # fmt: skip
    for (kind, arguments), holds in wanted.items():
        found = [reason is None for reason in reasons(kind, arguments, *texts)]
        assert found == [cell is None or held for cell, held in zip(cells, holds, strict=True)], kind


def test_a_map_or_a_struct_has_a_member_when_a_value_is_under_its_name():
    cells = ['{"a":1}', '{"a":null,"b":2}', "{}", None]
    found = reasons(RuleKind.HAS_MEMBER, ("a",), *cells, type_text="map<string, long>")
    assert [each is None for each in found] == [True, False, False, True]
    structs = reasons(RuleKind.HAS_MEMBER, ("a",), '{"a":1}', '{"b":2}', None, type_text="struct<a: long, b: long>")
    assert [each is None for each in structs] == [True, False, True]
    numbers = reasons(RuleKind.HAS_MEMBER, ("7",), '{"7":"x"}', '{"8":"x"}', type_text="map<long, string>")
    assert [each is None for each in numbers] == [True, False]
