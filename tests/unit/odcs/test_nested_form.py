from dativo_core.odcs.contract import Contract
from dativo_core.odcs.read import ContractFile, read_contract
from dativo_core.workspace.read_yaml import parse_document

NESTED = """\
asset:
  name: orders
  source_type: csv
  object: raw_orders
  version: 1.10
  schema:
    - {name: id, type: integer, required: true}
    - {name: day, type: date}
  target: {partitioning: [day], mode: merge}
  governance:
    owner: a@example.com
    tags: [sales]
    classification: [internal]
    retention_days: 90
"""
FLAT = """\
name: orders
source_type: csv
object: raw_orders
version: 1.10
schema:
  - {name: id, type: integer, required: true}
  - {name: day, type: date}
target: {partitioning: [day], mode: merge}
team: {owner: a@example.com}
tags: [sales]
compliance: {classification: [internal], retention_days: 90}
"""


def read(text: str) -> ContractFile:
    parsed = parse_document("c.yaml", text.encode())
    assert parsed.document is not None, parsed.findings
    return read_contract(parsed.document)


def facts(contract: Contract | None) -> tuple:
    assert contract is not None
    table = contract.objects[0]
    columns = [(each.name, each.type, each.required) for each in table.columns]
    about = (contract.id, contract.name, contract.version, contract.owner, contract.tags, contract.source_type)
    return *about, table.source_object, table.partition_by, columns, [rule.id for rule in table.rules]


def test_the_nested_form_is_the_flat_form_with_one_deprecation():
    nested, flat = read(NESTED), read(FLAT)
    assert facts(nested.contract) == facts(flat.contract)
    assert nested.target == flat.target
    more = [each.code for each in nested.findings]
    assert more.pop(0) == "dialect-nested"
    assert more == [each.code for each in flat.findings]


def test_governance_fills_gaps_of_compliance_and_replaces_nothing():
    found = read(NESTED + "compliance: {retention_days: 30, regulations: [GDPR]}\n")
    compliance = found.document.value(("compliance",))
    assert compliance == {"retention_days": 30, "regulations": ["GDPR"], "classification": ["internal"]}
    told = [(each.code, each.line, each.key_path) for each in found.findings if each.code == "dialect-nested-differs"]
    assert told == [("dialect-nested-differs", 14, "asset.governance.retention_days")]


def test_a_value_said_twice_is_no_difference():
    text = NESTED.replace("  governance:\n", "  tags: sales\n  compliance: {retention_days: 90}\n  governance:\n")
    assert "dialect-nested-differs" not in [each.code for each in read(text).findings]


def test_findings_stand_at_the_lines_and_key_paths_of_the_file():
    found = read(NESTED.replace("type: date", "type: dat").replace("owner: a@", "owner: ' ' #"))
    assert {(each.code, each.line, each.key_path) for each in found.findings} >= {
        ("type-unparsed", 8, "asset.schema[1].type"),
        ("dialect-owner-missing", 11, "asset.governance.owner"),
        ("version-not-semver", 5, "asset.version"),
    }


def test_what_is_missing_is_missing_in_the_asset():
    found = read("# orders\nasset: {name: orders, source_type: csv, object: o, version: 1.0.0}\n")
    assert ("missing-key", 2, "asset.schema") in [(each.code, each.line, each.key_path) for each in found.findings]
