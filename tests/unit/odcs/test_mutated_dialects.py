"""Whatever stands where in a contract of any dialect or version, reading and upgrading it ends in findings or a result."""

import copy
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from dativo_core.model.finding import errors
from dativo_core.odcs.read import read_contract
from dativo_core.odcs.relations import related
from dativo_core.odcs.upgrade import upgraded
from dativo_core.workspace.document import Document, KeyPath
from dativo_core.workspace.read_yaml import parse_document
from dativo_core.workspace.related import related_files
from dativo_core.workspace.source_text import SourceText
from dativo_core.workspace.tree import made, nodes
from dativo_core.workspace.write_yaml import write_yaml
from tests.unit.odcs.flat_contracts import contracts

VALID = Path(__file__).parents[2] / "examples" / "valid"
EXAMPLES = [
    parse_document("c.yaml", (VALID / name / "assets/csv/v1.0/orders.yaml").read_bytes()).document
    for name in ("nested_asset", "standard_3_1", "standard_3_2", "standard_contract")
]
OTHERS = st.sampled_from([None, {}, [], [{}], [None], 0, 1.5, True, "x", "", {"x": 1}, [1, [2]], ["a"], -1, "a.b"])


def paths(data: dict) -> list[KeyPath]:
    return [path for path, _ in nodes(made(data)) if path]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([each.data for each in EXAMPLES if each]) | contracts(), st.data())
def test_a_value_of_another_kind_anywhere_gives_a_contract_or_findings(example, data):
    mutated = copy.deepcopy(example)
    *outer, last = data.draw(st.sampled_from(paths(mutated)))
    owner = mutated
    for part in outer:
        owner = owner[part]
    owner[last] = data.draw(OTHERS)
    text = write_yaml(made(mutated), SourceText({}, frozenset(), frozenset(), ()), Document("c.yaml", mutated, {}))
    document = parse_document("c.yaml", text.encode()).document
    assert document is not None
    assert all(map(str, related_files(document)))
    found = related(read_contract(document), {}.get)
    assert (found.contract is None) == bool(errors(found.findings))
    assert all(each.line >= 1 and each.message and each.hint for each in found.findings)
    result = upgraded("c.yaml", text.encode())
    assert (result.content is None) == bool(result.findings)
