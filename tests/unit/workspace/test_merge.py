import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from dativo_core.model.origin import Authority
from dativo_core.workspace.document import Document
from dativo_core.workspace.merge import Merged, layer, merge
from dativo_core.workspace.read_yaml import parse_document

JOB = Document("job.yaml", {}, {})


def merged(*texts: str) -> Merged:
    layers = []
    for number, text in enumerate(texts):
        document = parse_document(f"{number}.yaml", text.encode()).document
        assert document is not None
        layers.append(layer(document, (), document.data, Authority.OPERATOR))
    return merge(layers, JOB, ("source",))


def test_mappings_merge_to_full_depth():
    result = merged("a: {b: {c: 1, d: 2}, e: 3}", "a: {b: {d: 9}}")
    assert result.data == {"a": {"b": {"c": 1, "d": 9}, "e": 3}}


def test_lists_replace():
    assert merged("a: [1, 2]", "a: [3]").data == {"a": [3]}


def test_null_removes_what_lies_below_and_a_higher_layer_may_set_it_again():
    assert merged("a: {b: 1}\nc: 2", "a: null").data == {"c": 2}
    assert merged("a: {b: 1}", "a: null", "a: {d: 2}").data == {"a": {"d": 2}}


def test_every_value_knows_its_file_and_line():
    result = merged("a:\n  b: 1\n  c: 2\n", "\n\na: {c: 3}\n")
    places = {path: f"{origin.file}:{origin.line}" for path, origin in result.origins.items()}
    assert places == {"a.b": "0.yaml:2", "a.c": "1.yaml:3"}


def test_a_mapping_against_a_scalar_is_a_finding_and_the_lower_value_stays():
    result = merged("a: {b: 1}", "\na: 5")
    (finding,) = result.findings
    assert (finding.file, finding.line, finding.key_path, finding.code) == ("1.yaml", 2, "a", "merge-conflict")
    assert result.data == {"a": {"b": 1}}


def test_a_finding_on_a_merged_value_is_placed_where_it_was_written():
    result = merged("a:\n  b: 1\n", "c: 1")
    assert result.finding(("a", "b"), "x", "x", "x").file == "0.yaml"
    assert result.finding(("a", "b"), "x", "x", "x").line == 2
    assert result.finding(("z",), "x", "x", "x").key_path == "source.z"


TREES: Any = st.recursive(
    st.integers() | st.none() | st.lists(st.integers(), max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
SETTINGS = st.dictionaries(st.sampled_from("abc"), TREES, max_size=3)


@given(st.lists(SETTINGS, max_size=4))
def test_merging_never_changes_its_inputs(trees):
    before = copy.deepcopy(trees)
    merge([layer(JOB, (), tree, Authority.TENANT) for tree in trees], JOB, ())
    assert trees == before


@given(SETTINGS)
def test_a_layer_over_itself_is_itself(tree):
    once = merge([layer(JOB, (), tree, Authority.TENANT)], JOB, ())
    twice = merge([layer(JOB, (), tree, Authority.TENANT)] * 2, JOB, ())
    assert once.data == twice.data


def test_a_finding_about_a_key_that_is_nowhere_names_it_below_its_parent():
    found = merged("incremental: {strategy: x}").finding(("incremental", "cursor_field"), "code", "message", "hint")
    assert (found.file, found.line, found.key_path) == ("0.yaml", 1, "incremental.cursor_field")
