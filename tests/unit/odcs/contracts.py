"""A short contract of the standard, with room for what a test is about."""

from dativo_core.model.finding import Severity
from dativo_core.odcs.read import ContractFile, read_contract
from dativo_core.workspace.read_yaml import parse_document

HEAD = """\
apiVersion: v3.0.2
kind: DataContract
id: c1
version: 1.0.0
status: active
"""
TEAM = "team: [{username: a@example.com, role: Owner}]\n"
TABLE = """\
schema:
  - name: orders
    physicalName: raw_orders
    properties:
      - {name: id, logicalType: integer}
"""


def read(text: str) -> ContractFile:
    parsed = parse_document("c.yaml", text.encode())
    assert parsed.document is not None, parsed.findings
    return read_contract(parsed.document)


def with_section(section: str, *properties: str) -> ContractFile:
    """Return a contract with one more section, and one more property per text."""
    team = "" if section.startswith("team:") else TEAM
    return read(HEAD + team + section + "\n" + TABLE + "".join(f"      - {each}\n" for each in properties))


def with_property(text: str) -> ContractFile:
    return with_section("", text)


def codes(found: ContractFile) -> list[str]:
    """Return the codes of errors and warnings, in order."""
    return [finding.code for finding in found.findings if finding.severity is not Severity.INFO]
