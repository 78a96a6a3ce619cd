"""The catalogue of finding codes: complete, and every example shows what it says."""

import ast
import re
from pathlib import Path

import pytest
import yaml

from dativo_core.cli.catalogue import Explanation, catalogue
from dativo_core.plan.build import check_workspace
from dativo_core.workspace.load import load_workspace
from tests.pages.findings import PAGE, page

ROOT = Path(__file__).parents[3]
READERS = ("model", "workspace", "odcs", "rules", "plan")
"""The packages that make findings."""

CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)+")
PROPERTIES = frozenset({"io-impl", "py-io-impl", "catalog-impl", "py-catalog-impl", "format-version"})
NOT_CODES = frozenset({"non-breaking", "p-s", "utf-8"}) | PROPERTIES
"""Words of those packages that look like codes."""

BASES = {
    "source": """\
name: csv_files
type: csv
roles: [source]
default_engine: {type: native, options: {native: {delimiter: ","}}}
""",
    "target": """\
name: lake
type: iceberg
roles: [target]
default_engine: {type: native}
catalog: {type: local, directory: lake}
partitioning_default: [ingest_date]
""",
    "asset": """\
apiVersion: v3.0.2
kind: DataContract
name: orders
version: 1.0.0
domain: shop
source_type: csv
object: orders
schema:
  - {name: id, type: long, required: true}
  - {name: city, type: string}
  - {name: placed_on, type: date}
team: {owner: shop@example.com}
""",
    "contract": """\
apiVersion: v3.0.2
kind: DataContract
id: orders-of-shops
name: orders
version: 1.0.0
status: active
domain: shop
team: [{username: shop@example.com, role: Owner}]
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: city, logicalType: string}
""",
    "job": """\
tenant_id: acme
source_connector_path: connectors/sources/csv.yaml
target_connector_path: connectors/targets/iceberg.yaml
asset_path: assets/csv/v1.0/orders.yaml
source: {files: [{path: in/orders.csv, object: orders}]}
""",
}
FILES = {
    "source": "connectors/sources/csv.yaml",
    "target": "connectors/targets/iceberg.yaml",
    "asset": "assets/csv/v1.0/orders.yaml",
    "contract": "assets/csv/v1.0/orders.yaml",
    "job": "jobs/acme/orders.yaml",
}
PLAYED = [each for each in catalogue().values() if each.played_in]


def played(example: str, kind: str, root: Path) -> set[str]:
    """Write a workspace with the example in a file of `kind`; return the codes of what is found."""
    for each in ("source", "target", "contract" if kind == "contract" else "asset", "job"):
        _write(root / FILES[each], BASES[each])
    if kind in {"jobs", "files"}:
        if "# jobs/" in example:
            (root / FILES["job"]).unlink()
        for file in example.split("---\n"):
            path = file.splitlines()[0].removeprefix("# ")
            _write(root / path, _over(BASES["job"], file) if kind == "jobs" else file)
    elif kind in BASES:
        _write(root / FILES[kind], _over(BASES[kind], example))
    else:
        _write(root / (FILES["job"] if kind == "job file" else kind), example)
    return {finding.code for finding in check_workspace(load_workspace(root)).findings}


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _over(base: str, example: str) -> str:
    """Return the base with the top-level keys of the example in the place of its own."""
    written = re.findall(r"^(\w+):", example, re.MULTILINE)
    kept = {key: value for key, value in yaml.safe_load(base).items() if key not in written}
    return yaml.safe_dump(kept) + example


def written_codes() -> set[str]:
    """Return every word of the packages that make findings that is written like a code."""
    words: set[str] = set()
    for package in READERS:
        for file in (ROOT / "dativo_core" / package).rglob("*.py"):
            constants = (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Constant))
            words |= {node.value for node in constants if isinstance(node.value, str) and CODE.fullmatch(node.value)}
    return words - NOT_CODES


def test_every_code_of_the_source_is_explained_and_no_other():
    assert sorted(written_codes()) == sorted(catalogue())


def test_every_code_that_an_example_workspace_shows_is_explained():
    shown = {
        code
        for file in (ROOT / "tests" / "examples").rglob("expected.txt")
        for code in re.findall(r"\[([^\[\]]+)\]$", file.read_text(), re.MULTILINE)
    }
    assert sorted(shown - set(catalogue())) == []


def test_no_code_is_explained_twice():
    folder = ROOT / "dativo_core" / "shipped" / "findings"
    codes = [line for file in folder.iterdir() for line in re.findall(r"^  ([a-z0-9-]+):", file.read_text(), re.M)]
    assert len(codes) == len(set(codes)) == len(catalogue())


@pytest.mark.parametrize("told", PLAYED, ids=lambda told: told.code)
def test_the_wrong_example_shows_its_finding_and_the_right_one_does_not(told: Explanation, tmp_path: Path):
    assert told.code in played(told.wrong, told.played_in, tmp_path / "wrong")
    assert told.code not in played(told.right, told.played_in, tmp_path / "right")


ONLY_TARGETS = "version: 3\nconnectors: {iceberg: {roles: [target]}}\n"


@pytest.mark.parametrize(
    ("kind", "example"),
    [
        ("registry/connectors.yaml", ONLY_TARGETS),
        ("files", f"# registry/connectors.yaml\n{ONLY_TARGETS}---\n# jobs/acme/a.yaml\n{BASES['job']}"),
    ],
)
def test_an_example_may_be_whole_files(kind: str, example: str, tmp_path: Path):
    assert "connector-unknown" in played(example, kind, tmp_path)


@pytest.mark.parametrize("told", catalogue().values(), ids=lambda told: told.code)
def test_examples_are_yaml(told: Explanation):
    assert told.wrong != told.right
    list(yaml.safe_load_all(told.right))
    if told.code not in {"yaml-syntax", "yaml-tab", "yaml-key", "yaml-unsafe"}:
        list(yaml.safe_load_all(told.wrong))


def test_the_page_is_what_its_generator_writes():
    assert PAGE.read_text() == page(), "run: python -m tests.pages.findings"


def test_explain_shows_reason_remedy_and_both_examples(workspace):
    told = catalogue()["max-rejects-strict"]
    shown = workspace.dativo("explain", "max-rejects-strict").stdout
    assert shown.startswith(f"max-rejects-strict: {told.title}\n")
    assert told.why in shown
    assert told.fix in shown
    assert "wrong:\n  schema_validation_mode: strict\n  max_rejects: 10\n" in shown
    assert "right:\n  schema_validation_mode: warn\n  max_rejects: 10\n" in shown


def test_explain_takes_a_code_as_messages_show_it(workspace):
    assert workspace.dativo("explain", "[unknown-key]").stdout.startswith("unknown-key: ")


def test_explain_without_a_code_lists_all_with_titles(workspace):
    shown = workspace.dativo("explain").stdout
    assert all(re.search(rf"^  {code} +{re.escape(told.title)}$", shown, re.M) for code, told in catalogue().items())


def test_an_unknown_code_names_the_nearest_and_fails(workspace):
    result = workspace.dativo("explain", "unknwon-key")
    assert result.exit_code == 2
    assert "'unknwon-key' is no finding code" in result.stderr
    assert "Did you mean 'unknown-key'?" in result.stderr


def test_a_part_of_a_code_names_the_codes_it_is_in(workspace):
    assert "Use one of: sort-column, sort-duplicate." in workspace.dativo("explain", "sort").stderr


def test_a_code_like_no_other_leads_to_the_list(workspace):
    assert "Run dativo explain to see all codes" in workspace.dativo("explain", "qqqq").stderr
