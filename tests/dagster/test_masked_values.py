"""Values of classified columns appear in no event of Dagster and nowhere on the command line, whatever is wrong with them."""

import json

import dagster as dg
import pytest
from click.testing import CliRunner

from dativo_core.cli import main
from dativo_dagster.compile import build_definitions
from tests.dagster.workspaces import SOURCE_RECIPE, TARGET_RECIPE

TEXT, NUMBER = "zq7secret", "90817263544"
CONTRACT = """\
apiVersion: v3.0.2
kind: DataContract
id: people-1
name: people
version: 1.0.0
status: active
domain: sales
team: [{username: data@example.com, role: Owner}]
schema:
  - name: people
    quality:
      - {type: sql, name: who, query: select max(email) from people, mustBe: nobody, severity: warning}
      - {type: sql, name: how much, query: select max(salary) from people, mustBeLessThan: 5, severity: warning}
      - {type: sql, name: not a number, query: select max(cast(email as integer)) from people, mustBe: 0, severity: warning}
      - {type: sql, name: not a list, query: "select list(email) from people", mustBe: 0, severity: warning}
      - {type: sql, name: not a date, query: "select count(strptime(email, '%Y')) from people", mustBe: 0, severity: warning}
    properties:
      - {name: id, logicalType: integer, required: true, unique: true}
      - {name: email, logicalType: string, classification: pii, unique: true, logicalTypeOptions: {pattern: "@", maxLength: 12}}
      - name: pay
        logicalType: number
        physicalType: decimal(12,2)
        classification: confidential
        logicalTypeOptions: {maximum: 99}
      - {name: born, logicalType: date, logicalTypeOptions: {format: yyyy-MM-dd}, classification: pii}
      - {name: salary, logicalType: integer, classification: confidential}
      - {name: kind, logicalType: string, classification: pii, quality: [{rule: validValues, validValues: [a, b]}]}
      - name: home
        logicalType: object
        properties:
          - {name: street, logicalType: string, classification: pii, logicalTypeOptions: {maxLength: 3}}
          - {name: number, logicalType: integer}
"""
JOB = """\
tenant_id: acme
source_connector_path: connectors/sources/SOURCE.yaml
target_connector_path: connectors/targets/iceberg.yaml
asset_path: assets/csv/v1.0/people.yaml
schema_validation_mode: MODE
source: {files: [{path: seeds/people.SOURCE, object: people}]}
"""
HOME = {"street": TEXT, "number": TEXT}
GOOD = {"id": 1, "email": f"{TEXT}@b", "pay": 1, "born": "2000-01-02", "salary": int(NUMBER), "kind": "a"}
GOOD["home"] = {"street": "a", "number": 1}
BAD = (
    {**GOOD, "id": 2, "email": TEXT},
    {**GOOD, "id": 3, "email": f"{TEXT}@{TEXT}"},
    {**GOOD, "id": 4, "pay": NUMBER},
    {**GOOD, "id": 5, "pay": f"{NUMBER}{NUMBER}"},
    {**GOOD, "id": 6, "pay": TEXT},
    {**GOOD, "id": 7, "born": TEXT},
    {**GOOD, "id": 8, "kind": TEXT},
    {**GOOD, "id": 9, "home": HOME},
    {**GOOD, "id": 10, "home": TEXT},
    {**GOOD, "id": 11},
)


def csv_text(rows):
    cells = [[each if not isinstance(each, dict) else json.dumps(each) for each in row.values()] for row in rows]
    lines = [",".join('"' + str(cell).replace('"', '""') + '"' for cell in row) for row in cells]
    broken = [f"12,{TEXT},{NUMBER},{TEXT},{TEXT},{TEXT},{TEXT},{TEXT},{TEXT}", f'13,"{TEXT}']
    return "\n".join(["id,email,pay,born,salary,kind,home", *lines, *broken]) + "\n"


def jsonl_text(rows):
    broken = [f'{{"id": 12, "email": "{TEXT}"', f'"{TEXT}"', NUMBER, f'{{"id": 13, "email": {NUMBER}}}']
    return "\n".join([*map(json.dumps, rows), *broken]) + "\n"


@pytest.fixture(params=["csv", "jsonl"])
def people(request, tmp_path, monkeypatch):
    """A function that writes a workspace whose job reads bad rows in a mode, and returns its root."""
    source = request.param
    recipe = SOURCE_RECIPE if source == "csv" else SOURCE_RECIPE.replace("csv", "jsonl").replace(', delimiter: ","', "")
    texts = {
        f"connectors/sources/{source}.yaml": recipe,
        "connectors/targets/iceberg.yaml": TARGET_RECIPE,
        "assets/csv/v1.0/people.yaml": CONTRACT,
        f"seeds/people.{source}": (csv_text if source == "csv" else jsonl_text)([GOOD, *BAD]),
    }
    monkeypatch.chdir(tmp_path)

    def write(mode):
        texts["jobs/acme/people.yaml"] = JOB.replace("SOURCE", source).replace("MODE", mode)
        for name, text in texts.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return tmp_path

    return write


def is_told(text):
    return TEXT in text or NUMBER in text


@pytest.mark.parametrize(("mode", "lands"), [("strict", False), ("warn", True)])
def test_no_event_shows_a_classified_value(people, instance, mode, lands):
    job = build_definitions(people(mode)).resolve_job_def("acme__people")
    result = job.execute_in_process(instance=instance, raise_on_error=False)
    entries = [dg.serialize_value(entry) for entry in instance.all_logs(result.run_id)]
    assert result.success is lands
    assert any("people" in entry for entry in entries)
    assert [entry for entry in entries if is_told(entry)] == []


@pytest.mark.parametrize(("mode", "code"), [("strict", 2), ("warn", 1)])
@pytest.mark.parametrize("form", [[], ["--json"]])
def test_the_command_line_shows_no_classified_value(people, mode, code, form):
    people(mode)
    result = CliRunner().invoke(main, ["run", "--config", "jobs/acme/people.yaml", *form])
    assert result.exit_code == code, result.output
    assert "***" in result.output
    assert [line for line in result.output.splitlines() if is_told(line)] == []
